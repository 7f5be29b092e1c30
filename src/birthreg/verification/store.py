"""Named queries of verification; touched by this room alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries
from birthreg.verification import copying
from birthreg.verification.job_models import ClaimedJob, Job, KeptJob
from birthreg.verification.models import Asking, Decision, LookupRow, Purpose, VerdictKind

_SQL = load_queries("verification")
MANY = 256
"""From this many rows on, COPY is faster than an INSERT from arrays."""


async def gather_facts(tx: Transaction, *, numbers: Sequence[str], sessions: Sequence[UUID]) -> list[asyncpg.Record]:
    """Return one row of the shape of `Fact` per known number, or one with no ordinal when nothing is known.

    Records, not structs: a batch reads ten thousand, and only those that matter are converted.
    """
    query = _SQL["gather_facts"]
    arguments = {"numbers": numbers, "sessions": sessions, "now": tx.now}
    records: list[asyncpg.Record] = await tx.connection.fetch(
        query.text, *(arguments[name] for name in query.parameters)
    )
    return records


async def record_lookups(
    tx: Transaction,
    *,
    decided: Sequence[tuple[Asking, Decision]],
    list_version: int,
    rule_version: int,
) -> None:
    """Keep a group of look-ups; durable with the commit of this transaction."""
    if len(decided) >= MANY:
        content = copying.encode(decided, recorded_at=tx.now, list_version=list_version, rule_version=rule_version)
        await tx.connection.copy_to_table("lookups", source=content, columns=copying.COLUMNS, format="binary")
        return
    await tx.write(
        _SQL["record_lookups"],
        ids=[a.id for a, _ in decided],
        officers=[a.asker.officer for a, _ in decided],
        organizations=[a.asker.organization for a, _ in decided],
        on_behalf_of=[a.asker.on_behalf_of for a, _ in decided],
        terminals=[a.asker.terminal for a, _ in decided],
        purposes=[a.asker.purpose for a, _ in decided],
        references=[a.reference for a, _ in decided],
        typed=[None if a.typed == a.certificate_number else a.typed for a, _ in decided],
        numbers=[a.certificate_number for a, _ in decided],
        verdicts=[d.verdict for _, d in decided],
        answers=[_answer(d) for _, d in decided],
        batches=[a.asker.batch for a, _ in decided],
        list_version=list_version,
        rule_version=rule_version,
    )


def _answer(decision: Decision) -> str | None:
    if decision.verdict is VerdictKind.CLEAR and not decision.findings and decision.entry is msgspec.UNSET:
        return None
    return msgspec.json.encode(decision).decode()


async def find_lookup(tx: Transaction, *, scope: Scope, lookup: UUID) -> LookupRow | None:
    """Return one look-up inside the scope."""
    return await tx.one(_SQL["find_lookup"], LookupRow, id=lookup, scope=scope.patterns, officer=scope.officer)


async def list_lookups_of_number(tx: Transaction, *, scope: Scope, number: str, limit: int) -> list[LookupRow]:
    """Return who inside the scope looked a number up, newest first."""
    return await tx.all(
        _SQL["list_lookups_of_number"],
        LookupRow,
        number=number,
        scope=scope.patterns,
        officer=scope.officer,
        limit=limit,
    )


async def insert_job(
    tx: Transaction,
    *,
    job: UUID,
    asker: Officer,
    terminal: str,
    purpose: Purpose,
    on_behalf_of: str | None,
    file_name: str,
) -> None:
    """Let a file wait for a worker."""
    await tx.execute(
        _SQL["insert_job"], id=job, officer=asker.id, organization=asker.organization, terminal=terminal,
        purpose=purpose, on_behalf_of=on_behalf_of, file_name=file_name,
    )  # fmt: skip


async def find_job(tx: Transaction, *, scope: Scope, job: UUID) -> Job | None:
    """Return one file's verification inside the scope."""
    return await tx.one(_SQL["find_job"], Job, id=job, scope=scope.patterns, own=scope.officer)


async def claim_job(tx: Transaction, *, lease_until: datetime) -> ClaimedJob | None:
    """Take up the oldest file that waits or whose worker is gone."""
    return await tx.one(_SQL["claim_job"], ClaimedJob, lease_until=lease_until)


async def hold_job(tx: Transaction, *, job: UUID, rows_done: int) -> ClaimedJob | None:
    """Hold a file until this transaction ends; None when another worker has taken it over."""
    return await tx.one(_SQL["hold_job"], ClaimedJob, id=job, rows_done=rows_done)


async def advance_job(tx: Transaction, *, job: UUID, **progress: Any) -> None:
    """Keep the progress of a file that this transaction holds."""
    await tx.execute(_SQL["advance_job"], id=job, **progress)


async def postpone_job(tx: Transaction, *, job: UUID, rows_done: int, resumes_at: datetime) -> None:
    """Let a file wait until its officer may ask again."""
    await tx.execute(_SQL["postpone_job"], id=job, rows_done=rows_done, resumes_at=resumes_at)


async def finish_job(tx: Transaction, *, job: UUID, error_code: str | None) -> bool:
    """End a file's verification; False when another worker has ended it."""
    return await tx.execute(_SQL["finish_job"], id=job, error_code=error_code) == 1


async def list_kept_jobs(tx: Transaction, *, jobs: Sequence[UUID], since: datetime) -> list[KeptJob]:
    """Return those of some files' verifications whose files are still needed."""
    return await tx.all(_SQL["list_kept_jobs"], KeptJob, ids=jobs, since=since)
