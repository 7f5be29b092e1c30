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
from birthreg.kernel.language import Language
from birthreg.verification import service, store
from birthreg.verification.files import FileUnreadable, read_rows, write_header, write_result
from birthreg.verification.job_models import ClaimedJob
from birthreg.verification.models import Lookup
from birthreg.verification.service import Grammars

LEASE = timedelta(minutes=1)
PART = 1_000
"""Rows verified in one transaction; small, so that desks get their turn in between."""


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
    the result are kept in the transaction that recorded the look-ups.
    """
    async with database.transaction() as tx:
        job = await store.claim_job(tx, lease_until=tx.now + LEASE)
    if job is None:
        return False
    error_code = None
    try:
        if job.suspended:
            error_code = "officer_suspended"
        elif not await _verify_file(database, job, files=files, grammars=grammars):
            return True
    except FileUnreadable as error:
        error_code = error.code
    except FileNotFoundError:
        error_code = "file_missing"
    await _finish(database, job, error_code=error_code)
    return True


async def _verify_file(database: Database, job: ClaimedJob, *, files: Files, grammars: Grammars) -> bool:
    """Go through the rows not yet done; False when another worker has taken the file over."""
    total = await asyncio.to_thread(_count_rows, files.upload(job.id))
    rows = islice(read_rows(files.upload(job.id)), job.rows_done, None)
    verdicts = Counter(job.verdicts)
    with files.result(job.id).open("r+b" if job.result_bytes else "wb") as result:
        result.truncate(job.result_bytes)
        result.seek(job.result_bytes)
        if job.result_bytes == 0:
            result.write(write_header())
        done = job.rows_done
        while part := await asyncio.to_thread(_take, rows):
            async with database.transaction() as tx:
                lookups = await _ask(tx, job, part, grammars=grammars)
                verdicts.update(lookup.decision.verdict.value for lookup in lookups)
                result.write(write_result(lookups, first_line=done + 1, language=Language.CHINESE))
                result.flush()
                await asyncio.to_thread(os.fsync, result.fileno())
                kept = await store.advance_job(
                    tx, job=job.id, rows_before=done, rows_done=done + len(part), rows_total=total,
                    result_bytes=result.tell(), verdicts=dict(verdicts), lease_until=tx.now + LEASE,
                )  # fmt: skip
                if not kept:
                    return False
            done += len(part)
    return True


def _take(rows: Iterator[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    return list(islice(rows, PART))


def _count_rows(path: Path) -> int:
    return sum(1 for _ in read_rows(path))


async def _ask(
    tx: Transaction, job: ClaimedJob, part: list[tuple[str, str | None]], *, grammars: Grammars
) -> list[Lookup]:
    asker = Officer(
        id=job.officer, name=job.officer, role=job.role, organization=job.organization, organization_name="",
        session=job.id,
    )  # fmt: skip
    askings = [
        msgspec.structs.replace(
            service.ask(
                asker, typed=typed, purpose=job.purpose, terminal=job.terminal, reference=reference,
                on_behalf_of=job.on_behalf_of, batch=job.id,
            ),
            session=None,
        )
        for typed, reference in part
    ]  # fmt: skip
    group = await service.verify_group(tx, askings, grammars=grammars)
    return [lookup for lookup in group.lookups if lookup is not None]


async def _finish(database: Database, job: ClaimedJob, *, error_code: str | None) -> None:
    async with database.transaction() as tx:
        await store.finish_job(tx, job=job.id, error_code=error_code)
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
