"""Named queries of leads; touched by this room alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from birthreg.access.models import Scope
from birthreg.cases.lead_models import (
    Admitted,
    Attempt,
    CaseOfNumber,
    ForeignCase,
    LeadCase,
    LookupCut,
    LookupMark,
    Turn,
)
from birthreg.cases.models import CaseId
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("cases_leads")


async def owe_attempts(tx: Transaction, *, attempts: Sequence[Attempt]) -> None:
    """Note attempts for who opens cases of them."""
    await tx.write(
        _SQL["owe_attempts"],
        lookups=[one.lookup for one in attempts],
        numbers=[one.number for one in attempts],
        officers=[one.officer for one in attempts],
        organizations=[one.organization for one in attempts],
        reasons=[one.reason for one in attempts],
        document_numbers=[one.document_number for one in attempts],
    )


async def take_turn_with_attempts(tx: Transaction) -> bool:
    """Let nobody else admit attempts until this transaction ends; False while another does."""
    [turn] = await tx.all(_SQL["take_turn_with_attempts"], Turn)
    return turn.granted


async def admit_attempts(tx: Transaction, *, limit: int) -> Admitted:
    """Let the attempts that wait longest open or join cases."""
    [admitted] = await tx.all(_SQL["admit_attempts"], Admitted, limit=limit)
    return admitted


async def hold_watch(tx: Transaction) -> LookupMark | None:
    """Return how far look-ups are watched, and let nobody else watch; None while another does."""
    return await tx.one(_SQL["hold_watch"], LookupMark)


async def find_cut(tx: Transaction, *, first: int, since: datetime, until: datetime, limit: int) -> LookupCut:
    """Return up to which transaction look-ups can be watched now."""
    [cut] = await tx.all(_SQL["find_watch_cut"], LookupCut, first=first, since=since, until=until, limit=limit)
    return cut


async def admit_shopped(
    tx: Transaction,
    *,
    first: int,
    next: int,  # noqa: A002 - the mark's own word
    since: datetime,
    until: datetime,
    window: datetime,
    purposes: Sequence[str],
    stations: int,
) -> list[LeadCase]:
    """Let numbers that were shown at so many stations, and registered at none, open or join cases."""
    return await tx.all(
        _SQL["admit_shopped"], LeadCase, first=first, next=next, since=since, until=until, window=window,
        purposes=purposes, stations=stations,
    )  # fmt: skip


async def advance_watch(tx: Transaction, *, next: int) -> None:  # noqa: A002 - the mark's own word
    """Note that all look-ups before this transaction are watched."""
    await tx.execute(_SQL["advance_watch"], next=next)


async def find_case_of_findings(tx: Transaction, *, findings: Sequence[UUID]) -> CaseId | None:
    """Return the case that findings of one registration opened or joined."""
    return await tx.one(_SQL["find_case_of_findings"], CaseId, findings=findings)


async def list_cases_of_number(tx: Transaction, *, scope: Scope, number: str, limit: int) -> list[CaseOfNumber]:
    """Return the cases inside the scope about a number, newest first."""
    return await tx.all(
        _SQL["list_cases_of_number"], CaseOfNumber, certificate_number=number, scope=scope.patterns, limit=limit
    )


async def list_foreign_cases(tx: Transaction, *, scope: Scope, number: str, limit: int) -> list[ForeignCase]:
    """Return the cases outside the scope that something inside it belongs to by a number, newest first."""
    return await tx.all(
        _SQL["list_foreign_cases"], ForeignCase, certificate_number=number, scope=scope.patterns, limit=limit
    )
