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
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import Forbidden
from birthreg.kernel.language import Language
from birthreg.verification import service, store
from birthreg.verification.files import FileUnreadable, read_rows, write_header, write_result
from birthreg.verification.job_models import ClaimedJob
from birthreg.verification.models import Lookup
from birthreg.verification.service import Grammars

LEASE = timedelta(minutes=1)
PART = 1_000
"""Rows verified in one transaction; small, so that desks get their turn in between."""


Row = tuple[str, str | None]
"""A number as typed, and the asker's reference."""


class OfficerSuspended(Forbidden):
    """提交人已被停用,核验中止。

    The officer who sent the file is suspended; its verification has ended.
    """


class _TakenOver(Exception):
    """Another worker goes on with the file."""


class Files(msgspec.Struct, frozen=True):
    """Where uploaded files and results lie; shared by service and worker."""

    folder: Path

    def upload(self, job: UUID) -> Path:
        """Return the place of an uploaded file."""
        return self.folder / f"{job}.upload"

    def result(self, job: UUID) -> Path:
        """Return the place of a result."""
        return self.folder / f"{job}.csv"


async def verify_waiting_file(database: Database, *, files: Files, grammars: Grammars) -> bool:
    """Verify the file that waits longest, to its end; False when none waits.

    Killed at any point, it is taken up where the last commit left it: rows done and bytes of
    the result are kept in the transaction that recorded the look-ups. A worker that was only slow
    finds its file taken over and lets go of it: only who holds the file writes to its result.
    """
    async with database.transaction() as tx:
        job = await store.claim_job(tx, lease_until=tx.now + LEASE)
    if job is None:
        return False
    error_code = None
    try:
        await _verify_file(database, job, files=files, grammars=grammars)
    except (OfficerSuspended, FileUnreadable) as error:
        error_code = error.code
    except FileNotFoundError:
        error_code = "file_missing"
    except _TakenOver:
        return True
    await _finish(database, job, error_code=error_code)
    return True


async def _verify_file(database: Database, job: ClaimedJob, *, files: Files, grammars: Grammars) -> None:
    """Go through the rows not yet done; one without rows has a result too, of a header alone."""
    upload = files.upload(job.id)
    total = await asyncio.to_thread(_count_rows, upload)
    rows = islice(read_rows(upload), job.rows_done, None)
    done, is_begun = job.rows_done, job.result_bytes > 0
    while (part := await asyncio.to_thread(_take, rows)) or not is_begun:
        async with database.transaction() as tx:
            held = await store.hold_job(tx, job=job.id, rows_done=done)
            if held is None:
                raise _TakenOver
            if held.suspended:
                raise OfficerSuspended
            await _verify_part(tx, held, part, total=total, result=files.result(job.id), grammars=grammars)
        done, is_begun = done + len(part), True


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


async def _ask(tx: Transaction, job: ClaimedJob, part: list[Row], *, grammars: Grammars) -> list[Lookup]:
    officer = Officer(
        id=job.officer, name=job.officer, role=job.role, organization=job.organization, organization_name="",
        session=job.id,
    )  # fmt: skip
    asker = service.asker_of(
        officer, purpose=job.purpose, terminal=job.terminal, on_behalf_of=job.on_behalf_of, batch=job.id,
        in_session=False,
    )  # fmt: skip
    askings = [service.ask(asker, typed, reference) for typed, reference in part]
    group = await service.verify_group(tx, askings, grammars=grammars)
    return [
        service.lookup_of(asking, decision, group)
        for asking, decision in zip(askings, group.decisions, strict=True)
        if decision is not None
    ]


async def _finish(database: Database, job: ClaimedJob, *, error_code: str | None) -> None:
    async with database.transaction() as tx:
        if not await store.finish_job(tx, job=job.id, error_code=error_code):
            return
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
