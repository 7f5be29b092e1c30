"""Imports that are interrupted, run twice, or race with others."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests import make
from tests.imports.test_usage_files import HEADER
from tests.local.instances import ENVIRONMENT, command, run

from birthreg.access.models import Role
from birthreg.imports import service
from birthreg.imports.jobs import run_waiting_imports
from birthreg.imports.lanes import ImportTakenOver
from birthreg.imports.models import Import, ImportStatus, Kind, NewImport
from birthreg.imports.service import ImportUnderway
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id

SMALL = 20_000
"""Bytes of a block of some hundred rows."""


async def begin(
    database: Database, path: Path, *, import_id: UUID | None = None, uploaded: bool = False, officer: str = "operator"
) -> UUID:
    """An import that waits."""
    asked = NewImport(
        id=import_id or new_id(),
        kind=Kind.USAGE,
        officer=officer,
        organization="-",
        terminal="terminal",
        reach=("%",),
        file_name=path.name,
        uploaded=uploaded,
        bytes_total=size_of(path),
    )
    async with database.transaction() as tx:
        return await service.start_import(tx, asked)


def size_of(path: Path) -> int:
    """Bytes of a file."""
    return path.stat().st_size


def write_rows(path: Path, count: int, *, flawed_every: int = 0) -> Path:
    """A file of that many different usages, of which some are flawed."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for n in range(count):
            organization = "?" if flawed_every and n % flawed_every == 0 else "420106510000"
            file.write(f"K{n * 7919 % 10**9:09},2020-01-02T08:00:00+08:00,{organization},R{n}\n")
    return path


async def test_many_blocks_bring_every_row_in_the_order_of_the_file(database: Database, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "file.csv", 5000, flawed_every=1000)
    watched: list[Import] = []
    ended = await service.run_import(
        database, import_id=await begin(database, path), path=path, block_bytes=SMALL, on_progress=watched.append
    )
    assert (ended.rows_new, ended.rows_rejected, ended.lines_done) == (4995, 5, 5001)
    assert len(watched) > 10
    assert [w.bytes_done for w in watched] == sorted(w.bytes_done for w in watched)
    async with database.transaction() as tx:
        rejections = await service.list_rejections(tx, import_id=ended.id)
    assert [r.line for r in rejections] == [2, 1002, 2002, 3002, 4002]


async def test_a_number_twice_in_different_blocks_is_the_same_or_refused(database: Database, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "file.csv", 2000)
    content = path.read_text(encoding="utf-8")
    path.write_text(content + content.removeprefix(HEADER).replace(",R1999\n", ",other\n"), encoding="utf-8")
    ended = await service.run_import(database, import_id=await begin(database, path), path=path, block_bytes=SMALL)
    assert (ended.rows_new, ended.rows_same, ended.rows_rejected) == (2000, 1999, 1)


async def test_an_import_that_is_cancelled_goes_on_where_it_was_committed(database: Database, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "file.csv", 5000)
    import_id = await begin(database, path)
    reached = asyncio.Event()

    def watch(progress: Import) -> None:
        if progress.rows_new > 1000:
            reached.set()

    running = asyncio.create_task(
        service.run_import(database, import_id=import_id, path=path, block_bytes=SMALL, on_progress=watch)
    )
    await reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    watched: list[Import] = []
    ended = await service.run_import(
        database, import_id=import_id, path=path, block_bytes=SMALL, on_progress=watched.append
    )
    assert watched[0].rows_new > 1000
    assert (ended.status, ended.rows_new, ended.rows_same, ended.lines_done) == (ImportStatus.DONE, 5000, 0, 5001)


async def test_an_import_runs_once(database: Database, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "file.csv", 10)
    import_id = await begin(database, path)
    outcomes = await asyncio.gather(
        *(service.run_import(database, import_id=import_id, path=path, block_bytes=SMALL) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Import) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ImportUnderway) for outcome in outcomes) == 3


async def test_who_was_taken_over_writes_nothing_more(database: Database, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "file.csv", 5000)
    import_id = await begin(database, path)
    other: list[asyncio.Task[Import]] = []

    async def take_over() -> Import:
        async with database.transaction() as tx:
            await tx.connection.execute("UPDATE imports SET lease_until = $1", tx.now - timedelta(seconds=1))
        return await service.run_import(database, import_id=import_id, path=path, block_bytes=SMALL)

    def watch(progress: Import) -> None:
        if progress.rows_new > 500 and not other:
            other.append(asyncio.create_task(take_over()))

    running = service.run_import(database, import_id=import_id, path=path, block_bytes=SMALL, on_progress=watch)
    first = await asyncio.gather(running, return_exceptions=True)
    outcomes = first + await asyncio.gather(*other, return_exceptions=True)
    assert sum(isinstance(outcome, ImportTakenOver) for outcome in outcomes) == 1
    async with database.transaction() as tx:
        row = await tx.connection.fetchrow("SELECT rows_new, rows_same, lines_done, status FROM imports")
    assert tuple(row) == (5000, 0, 5001, "done")


async def test_another_writer_who_is_faster_is_met_as_the_book_has_it(database: Database, tmp_path: Path) -> None:
    """Two files with the same numbers at once: each number goes to one of them."""
    one, other = write_rows(tmp_path / "one.csv", 3000), tmp_path / "other.csv"
    other.write_text(one.read_text(encoding="utf-8").replace("420106510000", "420106510001"), encoding="utf-8")
    identifiers = [await begin(database, path) for path in (one, other)]
    ended = await asyncio.gather(
        service.run_import(database, import_id=identifiers[0], path=one, block_bytes=SMALL),
        service.run_import(database, import_id=identifiers[1], path=other, block_bytes=SMALL),
    )
    assert [e.status for e in ended] == [ImportStatus.DONE, ImportStatus.DONE]
    assert sum(e.rows_new for e in ended) == 3000
    assert sum(e.rows_rejected for e in ended) == 3000


async def test_the_worker_runs_what_waits_and_removes_the_file(database: Database, tmp_path: Path) -> None:
    import_id = UUID(int=7)
    path = write_rows(tmp_path / str(import_id), 10)
    await begin(database, path, import_id=import_id, uploaded=True)
    assert await run_waiting_imports(database, uploads=tmp_path)
    assert not await run_waiting_imports(database, uploads=tmp_path)
    assert not path.exists()


async def test_the_worker_leaves_files_of_a_terminal_alone(database: Database, tmp_path: Path) -> None:
    await begin(database, write_rows(tmp_path / "file.csv", 10))
    assert not await run_waiting_imports(database, uploads=tmp_path)


async def test_an_upload_that_is_gone_fails_the_import(database: Database, tmp_path: Path, tx: Transaction) -> None:
    path = write_rows(tmp_path / "elsewhere", 10)
    await begin(database, path, uploaded=True)
    assert await run_waiting_imports(database, uploads=tmp_path)
    assert await tx.connection.fetchval("SELECT error_code FROM imports") == "file_gone"


@pytest.mark.slow
async def test_a_killed_process_loses_no_row_and_doubles_none(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "usage.csv", 700_000, flawed_every=1000)
    environment = {**ENVIRONMENT, "BIRTHREG_DATABASE_URL": database_url}
    killed = subprocess.Popen(command("import", "usage", str(path)), env=environment, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - the test waits for it
    while not await _read(database, "SELECT max(rows_new) FROM imports"):
        assert killed.poll() is None, "it ended before it could be killed"
        await asyncio.sleep(0.01)
    killed.kill()
    killed.wait()
    done = await _read(database, "SELECT lines_done FROM imports")
    assert 1 < done < 700_001
    # The lease of the dead lapses in half a minute; the test doesn't wait for it.
    async with database.transaction() as tx:
        await tx.connection.execute("UPDATE imports SET lease_until = $1", tx.now - timedelta(seconds=1))
    ended = await asyncio.to_thread(run, "import", "usage", str(path), environment=environment)
    assert (ended.returncode, f"line {done + 1}" in ended.stderr) == (1, True)
    assert await _read(database, "SELECT (rows_new, rows_same, rows_rejected) FROM imports") == (699_300, 0, 700)
    assert await _read(database, "SELECT count(*) FROM usages") == 699_300
    report = path.with_name("usage.csv.rejected.csv").read_text(encoding="utf-8-sig")
    assert len(report.splitlines()) == 701


@pytest.mark.slow
async def test_a_long_file_takes_no_more_memory_than_a_short_one(database_url: str, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "usage.csv", 1_000_000)
    program = (  # what getrusage tells begins with the memory of the process that started it
        "import pathlib, re, sys; from birthreg.cli import run; code = run(sys.argv[1:]);"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1]) // 1024);"
        "sys.exit(code)"
    )
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program, "import", "usage", str(path)],
        env={**ENVIRONMENT, "BIRTHREG_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(ended.stdout.split()[-1]) < 300


async def _read(database: Database, question: str) -> Any:
    async with database.transaction() as tx:
        return await tx.connection.fetchval(question)


async def test_an_import_ends_when_its_officer_is_suspended(database: Database, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "file.csv", 5000)
    async with database.transaction() as tx:
        await make.officer(tx, "admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    import_id = await begin(database, path, officer="admin.wuhan")
    async with database.transaction() as tx:
        await tx.connection.execute("UPDATE officers SET suspended_at = now() WHERE id = 'admin.wuhan'")
    ended = await service.run_import(database, import_id=import_id, path=path, block_bytes=SMALL)
    assert (ended.status, ended.error_code, ended.rows_new) == (ImportStatus.FAILED, "officer_suspended", 0)
    assert ended.error_message is not None
