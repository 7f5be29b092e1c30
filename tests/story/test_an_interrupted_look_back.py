"""The worker is killed in the middle of a look back, again and again: every past use is found, none twice."""

import asyncio
from pathlib import Path

import pytest
from tests import make
from tests.story.plant import opened

from birthreg.kernel.database import Database

pytestmark = pytest.mark.slow

USED = 80_000
"""Four stretches of a look back, of which three are cut short."""
FIRST, LAST = "Y420000000", "Y420999999"
FOUND = "SELECT coalesce(sum(found), 0)::bigint FROM blacklist_lookbacks"


async def ask(books: Database, query: str) -> int:
    async with books.transaction() as tx:
        answer: int = await tx.connection.fetchval(query)
        return answer


async def test_no_past_use_is_lost_or_found_twice(data_folder: Path) -> None:
    async with opened(data_folder / "look back") as plant, plant.books() as books:
        async with books.transaction() as tx:
            await make.organization(tx)
            await tx.connection.execute(
                "INSERT INTO usages (certificate_number, used_at, organization)"
                f" SELECT 'Y420' || lpad((n * 3)::text, 6, '0'), now(), '{make.WUCHANG}'"
                f" FROM generate_series(1, {USED}) AS n"
            )
            await make.listing(tx, FIRST, LAST)
        for _ in range(3):
            before = await ask(books, FOUND)
            plant.work.start()
            while (now := await ask(books, FOUND)) == before and now < USED:
                assert plant.work.is_running
                await asyncio.sleep(0.02)
            plant.kill_worker()
        plant.work.start()
        unfinished = "SELECT count(*) FROM blacklist_lookbacks WHERE finished_at IS NULL"
        while await ask(books, unfinished):
            assert plant.work.is_running
            await asyncio.sleep(0.1)
        assert await ask(books, FOUND) == USED
        assert await ask(books, "SELECT count(*) FROM lookback_findings") == USED
        assert await ask(books, "SELECT count(DISTINCT certificate_number) FROM lookback_findings") == USED
