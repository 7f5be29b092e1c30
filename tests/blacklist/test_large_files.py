"""Large files of void numbers: workers that are killed on the way, and what desks do meanwhile."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests import make
from tests.local.instances import ENVIRONMENT, command

from birthreg.access.models import Officer, Role
from birthreg.access.rules import scope_of
from birthreg.blacklist import carrying
from birthreg.blacklist.jobs import carry_out_batches, look_back_on_batches
from birthreg.imports import batch_files
from birthreg.imports.batch_models import BatchFile
from birthreg.imports.jobs import compare_staged_batch, run_waiting_imports
from birthreg.kernel.database import Database

pytestmark = pytest.mark.slow

ROWS = 60_000
HEADER = "first,last,count,reason,document_number,event_date,institution,note\n"
SCOPE = scope_of(make.WUHAN)
ADMIN: Officer = make.signed_in(Role.PREFECTURE_ADMIN, make.WUHAN, "admin.wuhan")
PUT_IN_FORCE, TAKE_BACK = "WITH replaced AS%", "WITH lifted AS%"


def write_file(path: Path, rows: int = ROWS) -> Path:
    """A file of single numbers, every hundredth a range of five."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for n in range(rows):
            last, count = (f"X42{n * 7 + 4:07}", 5) if n % 100 == 0 else ("", "")
            file.write(f"X42{n * 7:07},{last},{count},stolen,武卫{n % 50}号,2024-03-01,武汉市第一妇幼保健院,\n")
    return path


async def send(database: Database, path: Path, folder: Path) -> UUID:
    """A file that waits for the worker."""
    async with database.transaction() as tx:
        await make.officer(tx, ADMIN.id, role=ADMIN.role, organization=make.WUHAN)
        with path.open("rb") as content:
            taken = await batch_files.take_batch(
                tx,
                ADMIN,
                scope=SCOPE,
                uploads=folder / "imports",
                content=content,
                file_name=path.name,
                terminal="desk",
            )
    return taken.id


async def stage(database: Database, folder: Path) -> None:
    """Let the worker read and compare."""
    while await run_waiting_imports(database, uploads=folder / "imports"):
        pass
    while await compare_staged_batch(database):
        pass


async def decide(database: Database, batch: UUID, *, undo: bool = False) -> None:
    """Two persons want it."""
    prefix = "undo_" if undo else ""
    first = (
        "undo_proposed_by = 'admin.wuhan', undo_proposed_at = now(), undo_reason = '-'"
        if undo
        else "proposed_at = now()"
    )
    async with database.transaction() as tx:
        await tx.connection.execute(
            f"UPDATE blacklist_batches SET status = '{prefix}proposed', {first} WHERE id = $1", batch
        )
        await tx.connection.execute(
            f"UPDATE blacklist_batches SET status = '{prefix}approved', {prefix}decided_by = 'admin2.wuhan',"
            f" {prefix}decided_by_organization = organization, {prefix}decided_at = now(),"
            f" {prefix}decision_reason = '-'"
            " WHERE id = $1",
            batch,
        )


async def find(database: Database, batch: UUID) -> BatchFile:
    """A batch as it stands."""
    async with database.transaction() as tx:
        return await batch_files.find_batch(tx, scope=SCOPE, batch=batch)


async def ask(database: Database, question: str, *arguments: Any) -> Any:
    """One value from the books."""
    async with database.transaction() as tx:
        return await tx.connection.fetchval(question, *arguments)


@asynccontextmanager
async def a_worker(database_url: str, folder: Path) -> AsyncIterator["subprocess.Popen[bytes]"]:
    """A worker's process."""
    environment = {**ENVIRONMENT, "BIRTHREG_DATABASE_URL": database_url, "BIRTHREG_DATA_DIR": str(folder)}
    environment["BIRTHREG_REDIS_URL"] = "redis://127.0.0.1:1"
    process = subprocess.Popen(command("work"), env=environment, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - the test waits for it
    try:
        yield process
    finally:
        process.kill()
        process.wait()


UNDERWAY = """
SELECT count(*) FROM pg_stat_activity
 WHERE state = 'active' AND query LIKE $1 AND datname = current_database()
"""


async def wait_for_statement(database_url: str, like: str) -> None:
    """Wait until some backend is in the middle of a statement."""
    owner = await asyncpg.connect(database_url)
    while not await owner.fetchval(UNDERWAY, like):  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.005)
    await owner.close()


async def carry_out_again(database: Database) -> None:
    """What the next worker does, as soon as the server has noticed that the last one is gone."""
    while not await carry_out_batches(database):  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.1)


async def test_a_worker_killed_in_staging_loses_no_row_and_doubles_none(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    batch = await send(database, write_file(tmp_path / "list.csv", 250_000), tmp_path)
    async with a_worker(database_url, tmp_path) as killed:
        while not await ask(database, "SELECT rows_new FROM imports"):
            assert killed.poll() is None
            await asyncio.sleep(0.01)
    assert 0 < await ask(database, "SELECT count(*) FROM blacklist_batch_rows") < 250_000
    async with database.transaction() as tx:
        await tx.connection.execute("UPDATE imports SET lease_until = $1", tx.now - timedelta(seconds=1))
    await stage(database, tmp_path)
    found = await find(database, batch)
    assert (found.status, found.rows_new, found.rows_same) == ("ready", 250_000, 0)
    assert found.numbers == 247_500 + 5 * 2_500


async def test_a_worker_killed_in_the_commit_lists_nothing_and_the_next_one_everything(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    batch = await send(database, write_file(tmp_path / "list.csv"), tmp_path)
    await stage(database, tmp_path)
    await decide(database, batch)
    version = await ask(database, "SELECT version FROM blacklist_state")
    async with a_worker(database_url, tmp_path):
        await wait_for_statement(database_url, PUT_IN_FORCE)
    assert await ask(database, "SELECT count(*) FROM blacklist_entries") == 0
    assert await ask(database, "SELECT version FROM blacklist_state") == version
    await carry_out_again(database)
    found = await find(database, batch)
    assert (found.status, found.entries_listed) == ("in_force", ROWS)
    assert await ask(database, "SELECT version FROM blacklist_state") == version + 1
    assert await ask(database, "SELECT count(*) FROM blacklist_versions") == ROWS


async def test_a_worker_killed_in_the_undo_lifts_nothing_and_the_next_one_everything(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    batch = await send(database, write_file(tmp_path / "list.csv"), tmp_path)
    await stage(database, tmp_path)
    await decide(database, batch)
    assert await carry_out_batches(database)
    await decide(database, batch, undo=True)
    async with a_worker(database_url, tmp_path):
        await wait_for_statement(database_url, TAKE_BACK)
    assert await ask(database, "SELECT count(*) FROM blacklist_entries WHERE lifted_at IS NULL") == ROWS
    await carry_out_again(database)
    found = await find(database, batch)
    assert (found.status, found.entries_lifted, found.entries_left) == ("undone", ROWS, 0)
    assert await ask(database, "SELECT count(*) FROM blacklist_entries WHERE lifted_at IS NULL") == 0
    assert await ask(database, "SELECT count(*) FROM blacklist_blocks") == 0
    assert await ask(database, "SELECT count(*) FROM blacklist_versions") == 2 * ROWS
    assert await ask(database, "SELECT count(*) FROM blacklist_versions WHERE valid_to IS NOT NULL") == ROWS


async def test_a_look_back_in_parts_finds_every_past_use_once(database: Database, tmp_path: Path) -> None:
    async with database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO usages (certificate_number, used_at, organization)"
            " SELECT 'X42' || lpad((n * 21)::text, 7, '0'), now(), '420106510000' FROM generate_series(0, 999) AS n"
        )
    batch = await send(database, write_file(tmp_path / "list.csv", 3_000), tmp_path)
    await stage(database, tmp_path)
    await decide(database, batch)
    assert await carry_out_batches(database)
    assert await carrying.look_back(database, part=700)
    assert 0 < (await find(database, batch)).uses_found < 1_000
    while await look_back_on_batches(database):
        pass
    found = await find(database, batch)
    assert (found.uses_found, found.looked_back_at is not None, found.numbers_used) == (1_000, True, 1_000)
    assert await ask(database, "SELECT count(*) FROM lookback_findings") == 1_000


async def test_claims_and_look_ups_go_on_while_a_batch_is_put_in_force(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """The lock that claims share is taken alone only at the end: until then who asks for it gets it at once."""
    batch = await send(database, write_file(tmp_path / "list.csv"), tmp_path)
    await stage(database, tmp_path)
    await decide(database, batch)
    carrying_out = asyncio.create_task(carry_out_batches(database))
    await wait_for_statement(database_url, PUT_IN_FORCE)
    owner = await asyncpg.connect(database_url)
    assert await owner.fetchval("SELECT pg_try_advisory_xact_lock_shared(list_lock())")
    assert await owner.fetchval("SELECT count(*) FROM blacklist_entries WHERE first = 'X420000000'") == 0
    await owner.close()
    assert await carrying_out
