"""A long file whose worker and database are killed on the way."""

from pathlib import Path
from uuid import UUID

import httpx
import pytest
from tests import make
from tests.story.desks import sign_in_at
from tests.story.plant import opened
from tests.story.sheets import find, free, has_done, has_ended, result, send

from birthreg.access.models import Role

pytestmark = pytest.mark.slow


async def test_a_file_is_answered_whole_and_once_whoever_is_killed_on_the_way(data_folder: Path) -> None:
    numbers = [f"X42{place:07}" for place in range(60_000)]
    async with opened(data_folder / "killed worker") as plant, plant.books() as books:
        async with books.transaction() as tx:
            await make.officer(tx, role=Role.PROVINCE_ADMIN)  # who may ask so many in an hour
        header = await sign_in_at(plant.address, "clerk.wuchang")
        async with httpx.AsyncClient(base_url=plant.address, headers=header, timeout=60, trust_env=False) as desk:
            job = await send(desk, "\n".join(numbers))
            for rows in (1, 8_000, 25_000):
                plant.work.start()
                done = await has_done(desk, job, rows=rows)
                plant.kill_worker()
                assert done["status"] == "running"
                await free(books)
            plant.work.start()
            await has_done(desk, job, rows=35_000)
            plant.kill_postgres()
            plant.postgres.start()
            assert (await find(desk, job))["status"] == "running"
            await free(books)
            await has_ended(desk, job)
            told = await result(desk, job)
        assert [(row["line"], row["typed"]) for row in told] == [(f"{n}", typed) for n, typed in enumerate(numbers, 1)]
        async with books.transaction() as tx:
            recorded = await tx.connection.fetch("SELECT id FROM lookups WHERE batch_id = $1", UUID(job["id"]))
    assert sorted(row["verification_id"] for row in told) == sorted(str(row[0]) for row in recorded)
