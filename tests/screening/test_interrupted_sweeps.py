"""Real processes that are killed in the middle of a sweep: nothing is lost and nothing doubled."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests import make
from tests.local.instances import Instance, run, wait_for
from tests.registrations.houses import House, house
from tests.screening.many_facts import seed_facts

from birthreg.access.models import Officer, Role, Scope
from birthreg.cli.databases import database_url
from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id
from birthreg.local.servers import Postgres, Valkey
from birthreg.screening import sweeps
from birthreg.screening.sweep_models import SweepRequest
from birthreg.settings import Settings

pytestmark = pytest.mark.slow

FACTS = 300_000
RULE = "collective_household"


async def request(database: Database, *, note: str = "") -> UUID:
    """Somebody asks for a sweep."""
    officer = Officer(
        id="lead", name="审核", role=Role.LEAD_INVESTIGATOR, organization=make.HUBEI, organization_name="",
        session=new_id(),
    )  # fmt: skip
    asked = SweepRequest(rules=[RULE], note=note)
    async with database.transaction() as tx:
        sweep = await sweeps.request_sweep(
            tx, officer, scope=Scope(patterns=("42%",)), asked=asked, terminal="terminal"
        )  # fmt: skip
    return sweep.id


async def ask(database: Database, query: str, *arguments: Any) -> Any:
    async with database.transaction() as tx:
        return await tx.connection.fetchval(query, *arguments)


async def until(condition: Callable[[], Any], *, seconds: float = 60.0) -> None:
    """Wait for what the books will say."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the books have no event
            await asyncio.sleep(0.01)


async def check_whole(database: Database, sweep: UUID, expected: int) -> None:
    """Every registration was looked at once, and every finding is there once."""
    async with database.transaction() as tx:
        row = await tx.connection.fetchrow("SELECT status, done, total, found FROM sweeps WHERE id = $1", sweep)
        assert row is not None
        assert tuple(row) == ("done", FACTS, FACTS, expected)
        found = await tx.connection.fetchrow(
            "SELECT count(*), count(DISTINCT registration_id) FROM findings WHERE rule = $1", RULE
        )
        assert found is not None
        assert tuple(found) == (expected, expected)
        ends = await tx.connection.fetchval("SELECT count(*) FROM audit_entries WHERE act = 'finish_sweep'")
    assert ends == 1


async def kill_in_the_middle(house: House, sweep: UUID) -> None:
    """Start a worker, and kill it when it has come a part further."""
    before = await ask(house.database, "SELECT parts_done FROM sweeps WHERE id = $1", sweep)
    further = "SELECT parts_done > $2 OR status = 'done' FROM sweeps WHERE id = $1"

    async def is_further() -> bool:
        return bool(await ask(house.database, further, sweep, before))

    house.worker.start()
    await until(is_further)
    pid = house.worker.pid
    assert pid is not None
    os.killpg(pid, signal.SIGKILL)
    wait_for(lambda: not house.worker.is_running)


async def test_a_worker_killed_several_times_loses_and_doubles_nothing(
    server: Postgres, template: str, valkey: Valkey, tmp_path: Path
) -> None:
    async with house(server, template, valkey, tmp_path / "house", services=0) as made:
        async with made.database.transaction() as tx:
            expected = await seed_facts(tx, FACTS)
        sweep = await request(made.database)
        for _ in range(3):
            await kill_in_the_middle(made, sweep)
        made.worker.start()

        async def is_done() -> bool:
            return bool(await ask(made.database, "SELECT status = 'done' FROM sweeps WHERE id = $1", sweep))

        await until(is_done)
        await check_whole(made.database, sweep, expected)


async def test_a_sweep_survives_a_power_cut(data_folder: Path) -> None:
    """PostgreSQL, the worker and all else are killed in the middle, and started again."""
    data = data_folder / "swept"
    url = {}

    async def books() -> Database:
        database = Database(url.setdefault("of", database_url(Settings(data_dir=data))))
        await database.open()
        return database

    with Instance(data) as instance:
        database = await books()
        async with database.transaction() as tx:
            expected = await seed_facts(tx, FACTS)
        sweep = await request(database)

        async def is_begun() -> bool:
            return bool(await ask(database, "SELECT parts_done > 0 FROM sweeps WHERE id = $1", sweep))

        await until(is_begun)
        instance.kill_everything()
        await database.close()
    with Instance(data):
        database = await books()

        async def is_done() -> bool:
            return bool(await ask(database, "SELECT status = 'done' FROM sweeps WHERE id = $1", sweep))

        await until(is_done)
        await check_whole(database, sweep, expected)
        await database.close()


async def test_the_command_sweeps_says_what_it_found_and_ends_with_1_and_then_with_0(
    server: Postgres, template: str, valkey: Valkey, tmp_path: Path
) -> None:
    async with house(server, template, valkey, tmp_path / "house", services=0) as made:
        async with made.database.transaction() as tx:
            await seed_facts(tx, 1_000)
        first = run("sweep", "--rule", RULE, environment=made.environment)
        assert first.returncode == 1, first.stderr
        assert "落户在派出所(社区)集体户" in first.stdout
        assert first.stdout.count("落户在派出所集体户 · registered in the collective household") == 3
        assert "new findings 10" in first.stdout
        again = run("sweep", "--rule", RULE, "--since", "2015-01-01", environment=made.environment)
        assert again.returncode == 0, again.stderr
        assert "new findings 0" in again.stdout
        wrong = run("sweep", "--rule", "no_such_rule", environment=made.environment)
        assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)
        assert run("sweep", "--since", "yesterday", environment=made.environment).returncode == 2
