"""Named queries of the queue; touched by this room alone."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.cases.models import CaseId, CaseRow, Lead, LeadKind, Status
from birthreg.cases.queue_models import (
    AlarmedRow,
    CaseAbsorbed,
    CaseFilter,
    CasePlace,
    Counted,
    ListedRow,
    Reckoned,
    Term,
    TimelineEntry,
)
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.sql import load_queries

_SQL = load_queries("cases_queue")

WORKED_ON = (Status.INVESTIGATING, Status.SUSPENDED, Status.CONCLUDING, Status.REOPENED)
ENDED = (Status.CLOSED, Status.MERGED)
FEW = 2000
"""What is rarer is looked for by itself; what is not is met soon by going through the queue."""


async def draw_case(tx: Transaction, officer: Officer, *, prefix: str, lease_until: datetime) -> UUID | None:
    """Lease the most urgent case of a jurisdiction to an officer, with its entry; return which, if there is any."""
    drawn = await tx.one(
        _SQL["draw_case"], CaseId, prefix=prefix, officer=officer.id, organization=officer.organization,
        lease_until=lease_until, entry=new_id(),
    )  # fmt: skip
    return drawn.id if drawn else None


async def lease_case(
    tx: Transaction, *, case: UUID, investigator: str, lease_until: datetime, stood_still: int = 0
) -> None:
    """Let an investigator work on a case; if it was suspended, it stood still for so many working days."""
    await tx.write(
        _SQL["lease_case"], id=case, investigator=investigator, lease_until=lease_until, stood_still=stood_still
    )


async def hand_down_case(tx: Transaction, *, case: UUID, handler: str) -> None:
    """Let a case lie in the queue of an organisation below."""
    await tx.execute(_SQL["hand_down_case"], id=case, handler=handler)


async def return_case(tx: Transaction, *, case: UUID, status: Status, handler: str) -> None:
    """Put a case back into a level's queue."""
    await tx.write(_SQL["return_case"], id=case, status=status, handler=handler)


async def suspend_case(
    tx: Transaction, *, case: UUID, until: datetime | None, awaited: str | None, today: date
) -> None:
    """Stop a case's clock."""
    await tx.write(_SQL["suspend_case"], id=case, until=until, awaited=awaited, today=today)


async def touch_case(tx: Transaction, *, case: UUID) -> None:
    """Count a case's version up."""
    await tx.write(_SQL["touch_case"], id=case)


async def list_lapsed(tx: Transaction, *, limit: int) -> list[CaseRow]:
    """Return cases whose lease is over, held."""
    return await tx.all(_SQL["list_lapsed"], CaseRow, limit=limit)


async def list_due_to_resume(tx: Transaction, *, limit: int) -> list[CaseRow]:
    """Return suspended cases whose day has come, held."""
    return await tx.all(_SQL["list_due_to_resume"], CaseRow, limit=limit)


async def list_undated(tx: Transaction, *, limit: int) -> list[Term]:
    """Return cases whose deadline is yet to be reckoned, held."""
    return await tx.all(_SQL["list_undated"], Term, limit=limit)


async def date_cases(tx: Transaction, reckoned: Sequence[Reckoned]) -> None:
    """Keep the deadlines of cases."""
    await tx.execute(
        _SQL["date_cases"], ids=[one.id for one in reckoned], due=[one.due_on for one in reckoned],
        alarms=[one.alarm_on for one in reckoned],
    )  # fmt: skip


async def list_alarmed(tx: Transaction, *, today: date, limit: int) -> list[AlarmedRow]:
    """Return cases whose deadline says something today, held."""
    return await tx.all(_SQL["list_alarmed"], AlarmedRow, today=today, limit=limit)


async def reach_mark(tx: Transaction, *, case: UUID, reached: int, alarm_on: date | None) -> None:
    """Keep that a share of a case's term is gone."""
    await tx.write(_SQL["reach_mark"], id=case, reached=reached, alarm_on=alarm_on)


async def miss_deadline(tx: Transaction, *, case: UUID, handler: str) -> None:
    """Keep that a case's deadline was missed, and whose it is now."""
    await tx.write(_SQL["miss_deadline"], id=case, handler=handler)


async def watch_case(tx: Transaction, *, case: UUID, officer: str) -> None:
    """Let an officer watch a case; once is as good as twice."""
    await tx.write(_SQL["watch_case"], case=case, officer=officer)


async def end_watch(tx: Transaction, *, case: UUID, officer: str) -> None:
    """Let an officer watch a case no more."""
    await tx.write(_SQL["end_watch"], case=case, officer=officer)


async def list_places(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    prefix: str,
    wanted: CaseFilter,
    after: CasePlace,
    today: date,
    limit: int,
) -> list[CasePlace]:
    """Return cases inside the scope by the index that fits what is wanted; `prefix` is the jurisdiction to look in."""
    chosen = await _choose(tx, officer, wanted, today=today)
    return await tx.all(
        _SQL["list_chosen" if chosen else _query_for(wanted)], CasePlace, **_NOBODY | chosen,
        scope=scope.patterns, prefix=prefix, status=wanted.status, of_kind=wanted.kind, severity=wanted.severity,
        investigator=wanted.investigator, overdue=wanted.overdue, since=wanted.since,
        organization=prefix if wanted.organization else None, watching=officer.id if wanted.watched else None,
        ended=wanted.number is not None or wanted.watched, rank=after.rank, after=after.id, before=after.id,
        today=today, limit=limit,
    )  # fmt: skip


_NOBODY: dict[str, Any] = dict.fromkeys(("number", "watcher", "holder", "rare_kind", "due_before"))


async def _choose(tx: Transaction, officer: Officer, wanted: CaseFilter, *, today: date) -> dict[str, Any]:
    """Return by what few cases are found at once; empty where the queue itself has to be gone through."""
    if wanted.number is not None:
        return {"number": wanted.number}
    if wanted.watched:
        return {"watcher": officer.id}
    if wanted.investigator is not None:
        return {"holder": wanted.investigator}
    return {} if wanted.status in ENDED else await _choose_rare(tx, wanted, today=today)


async def _choose_rare(tx: Transaction, wanted: CaseFilter, *, today: date) -> dict[str, Any]:
    if wanted.kind is not None and wanted.kind != LeadKind.FINDING:
        found = await tx.one(_SQL["count_of_kind"], Counted, of_kind=wanted.kind, limit=FEW)
        if found and found.count < FEW:
            return {"rare_kind": wanted.kind}
    if wanted.overdue and wanted.status is not Status.SUSPENDED:
        found = await tx.one(_SQL["count_overdue"], Counted, today=today, limit=FEW)
        if found and found.count < FEW:
            return {"due_before": today}
    return {}


def _query_for(wanted: CaseFilter) -> str:
    if wanted.status in ENDED:
        return "list_ended"
    if wanted.status in WORKED_ON:
        return "list_worked_on"
    return "list_queue" if wanted.severity is None else "list_queue_of_severity"


async def read_cases(tx: Transaction, officer: Officer, *, scope: Scope, cases: Sequence[UUID]) -> list[ListedRow]:
    """Return cases inside the scope, in this order."""
    return await tx.all(_SQL["read_cases"], ListedRow, ids=list(cases), scope=scope.patterns, officer=officer.id)


async def list_leads(tx: Transaction, *, scope: Scope, case: UUID, limit: int) -> list[Lead]:
    """Return what made a case suspicious, with what was merged into it from inside the scope."""
    return await tx.all(_SQL["list_leads"], Lead, case=case, scope=scope.patterns, limit=limit)


async def list_absorbed(tx: Transaction, *, scope: Scope, case: UUID) -> list[CaseAbsorbed]:
    """Return the cases that are worked on as part of one, and whether they lie inside the scope."""
    return await tx.all(_SQL["list_absorbed"], CaseAbsorbed, case=case, scope=scope.patterns)


async def list_entries(tx: Transaction, *, scope: Scope, case: UUID, after: int, limit: int) -> list[TimelineEntry]:
    """Return a stretch of a case's timeline, oldest first, as far as its parts lie inside the scope."""
    return await tx.all(
        _SQL["list_entries"], TimelineEntry, case=case, scope=scope.patterns, after=after, limit=limit
    )  # fmt: skip
