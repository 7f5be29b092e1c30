"""What the worker runs for verification: files of any size, and the months of the record."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

import msgspec

from birthreg.access.models import Officer
from birthreg.access.suspensions import OfficerSuspended
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import BudgetSpent, DomainError
from birthreg.kernel.language import Language
from birthreg.kernel.spreadsheets import FileGone, SpreadsheetTooLarge, SpreadsheetUnreadable, as_text_file
from birthreg.kernel.uploads import list_files, remove_files, sync_folder
from birthreg.verification import service, store
from birthreg.verification.budget import LookupBudget
from birthreg.verification.files import FileUnreadable, read_rows, write_header, write_result
from birthreg.verification.job_models import ClaimedJob
from birthreg.verification.models import Asker, Lookup
from birthreg.verification.service import Grammars

LEASE = timedelta(minutes=1)
PART = 1_000
"""Rows verified in one transaction; small, so that desks get their turn in between."""

MOST_ATTEMPTS = 5
"""How often a file is taken up without getting on, whether its worker fails or dies of it."""
RESULT_KEPT = timedelta(days=30)
"""For how long a result can be fetched."""

Row = tuple[str, str | None]
"""A number as typed, and the asker's reference."""


class GivenUp(DomainError):
    """文件核验多次中断,已停止。

    The verification of the file broke off again and again, and was given up.
    """


class _TakenOver(Exception):
    """Another worker goes on with the file."""


class _Postponed(Exception):
    """The officer has spent their look-ups; the file goes on later."""


class Files(msgspec.Struct, frozen=True):
    """Where uploaded files and results lie; shared by service and worker."""

    folder: Path

    def upload(self, job: UUID) -> Path:
        """Return the place of an uploaded file."""
        return self.folder / f"{job}.upload"

    def result(self, job: UUID) -> Path:
        """Return the place of a result."""
        return self.folder / f"{job}.csv"


async def verify_waiting_file(database: Database, *, files: Files, grammars: Grammars, budget: LookupBudget) -> bool:
    """Verify the file that waits longest, to its end; False when none waits.

    Killed at any point, it is taken up where the last commit left it: rows done and bytes of
    the result are kept in the transaction that recorded the look-ups. A worker that was only slow
    finds its file taken over and lets go of it: only who holds the file writes to its result.
    A file that asks more than its officer may waits for the rest of its rows until there is room.
    """
    async with database.transaction() as tx:
        job = await store.claim_job(tx, lease_until=tx.now + LEASE)
    if job is None:
        return False
    error_code = None
    try:
        if job.attempts > MOST_ATTEMPTS:
            raise GivenUp
        async with as_text_file(files.upload(job.id)) as text:
            await _verify_file(database, job, text, files=files, grammars=grammars, budget=budget)
    except (OfficerSuspended, FileUnreadable, SpreadsheetTooLarge, GivenUp) as error:
        error_code = error.code
    except SpreadsheetUnreadable:
        error_code = "file_unreadable"
    except (FileGone, FileNotFoundError):
        error_code = "file_missing"
    except (_TakenOver, _Postponed):
        return True
    if not await _finish(database, job, error_code=error_code):
        return True
    useless = [files.upload(job.id)] if error_code is None else [files.upload(job.id), files.result(job.id)]
    await asyncio.to_thread(remove_files, useless)
    return True


async def _verify_file(
    database: Database, job: ClaimedJob, text: Path, *, files: Files, grammars: Grammars, budget: LookupBudget
) -> None:
    """Go through the rows not yet done; one without rows has a result too, of a header alone."""
    total = await asyncio.to_thread(_count_rows, text)
    rows = islice(read_rows(text), job.rows_done, None)
    done, is_begun = job.rows_done, job.result_bytes > 0
    while (part := await asyncio.to_thread(_take, rows)) or not is_begun:
        await _spend(database, job, len(part), rows_done=done, budget=budget)
        async with database.transaction() as tx:
            held = await store.hold_job(tx, job=job.id, rows_done=done)
            if held is None:
                raise _TakenOver
            if held.suspended:
                raise OfficerSuspended
            await _verify_part(tx, held, part, total=total, result=files.result(job.id), grammars=grammars)
        done, is_begun = done + len(part), True


async def _spend(database: Database, job: ClaimedJob, amount: int, *, rows_done: int, budget: LookupBudget) -> None:
    """Spend the look-ups of some rows; outside the transaction that holds the file, which isn't kept waiting."""
    if not amount:
        return
    try:
        await budget.spend(_asker(job), amount=amount)
    except BudgetSpent as error:
        async with database.transaction() as tx:
            resumes_at = tx.now + timedelta(seconds=error.retry_after or 1)
            await store.postpone_job(tx, job=job.id, rows_done=rows_done, resumes_at=resumes_at)
        raise _Postponed from error


def _asker(job: ClaimedJob) -> Asker:
    officer = Officer(
        id=job.officer, name=job.officer, role=job.role, organization=job.organization, organization_name="",
        session=job.id,
    )  # fmt: skip
    return service.asker_of(
        officer, purpose=job.purpose, terminal=job.terminal, on_behalf_of=job.on_behalf_of, batch=job.id,
        in_session=False,
    )  # fmt: skip


async def _verify_part(
    tx: Transaction, held: ClaimedJob, part: list[Row], *, total: int, result: Path, grammars: Grammars
) -> None:
    """Verify some rows of a file that this transaction holds, and write their result where the last one ended."""
    lookups = await _ask(tx, held, part, grammars=grammars)
    content = write_result(lookups, first_line=held.rows_done + 1, language=Language.CHINESE)
    if held.result_bytes == 0:
        content = write_header() + content
    await asyncio.to_thread(_write_at, result, held.result_bytes, content)
    verdicts = Counter(held.verdicts)
    verdicts.update(lookup.decision.verdict.value for lookup in lookups)
    await store.advance_job(
        tx, job=held.id, rows_done=held.rows_done + len(part), rows_total=total,
        result_bytes=held.result_bytes + len(content), verdicts=dict(verdicts), lease_until=tx.now + LEASE,
    )  # fmt: skip


def _take(rows: Iterator[Row]) -> list[Row]:
    return list(islice(rows, PART))


def _count_rows(path: Path) -> int:
    return sum(1 for _ in read_rows(path))


def _write_at(path: Path, place: int, content: bytes) -> None:
    """Write durably from a place on, over whatever a killed or overtaken worker left behind it."""
    path.touch()
    with path.open("r+b") as file:
        file.truncate(place)
        file.seek(place)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if place == 0:
        sync_folder(path.parent)


async def _ask(tx: Transaction, job: ClaimedJob, part: list[Row], *, grammars: Grammars) -> list[Lookup]:
    asker = _asker(job)
    askings = [service.ask(asker, typed, reference) for typed, reference in part]
    group = await service.verify_group(tx, askings, grammars=grammars)
    return [
        service.lookup_of(asking, decision, group)
        for asking, decision in zip(askings, group.decisions, strict=True)
        if decision is not None
    ]


async def sweep_files(database: Database, *, files: Files) -> None:
    """Remove uploads that nobody waits for, results past their time, and what no row knows; a day old at least."""
    async with database.transaction() as tx:
        found = await asyncio.to_thread(list_files, files.folder, before=tx.now - timedelta(days=1))
        kept = await store.list_kept_jobs(tx, jobs=[job for job, _ in found], since=tx.now - RESULT_KEPT)
    open_ = {job.id for job in kept if not job.ended}
    wanted = {files.upload(job) for job in open_} | {files.result(job.id) for job in kept}
    await asyncio.to_thread(remove_files, [place for _, place in found if place not in wanted])


async def _finish(database: Database, job: ClaimedJob, *, error_code: str | None) -> bool:
    """End a file's verification; False when another worker ended it before, whose result and upload these are now."""
    async with database.transaction() as tx:
        if not await store.finish_job(tx, job=job.id, error_code=error_code):
            return False
        await record(
            tx,
            officer=job.officer,
            organization=job.organization,
            terminal=job.terminal,
            operation=Operation.QUERY,
            act="verify_file",
            object="verification_job",
            key=str(job.id),
            succeeded=error_code is None,
            error_code=error_code,
        )
    return True
