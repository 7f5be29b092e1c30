"""Named queries of checklists and conclusions; touched by this room alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from birthreg.access.models import Scope
from birthreg.cases.checklist_models import FoundIds, LeadKinds, StepState, Tick
from birthreg.cases.concluding_models import CaseNumber, LeadSource, RegistrationsEnded
from birthreg.cases.models import CaseId, Outcome
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("cases_concluding")


async def list_kinds(tx: Transaction, *, case: UUID) -> list[str]:
    """Return which kinds of leads a case has."""
    found = await tx.one(_SQL["list_kinds"], LeadKinds, case=case)
    return found.kinds if found else []


async def list_ticks(tx: Transaction, *, scope: Scope, case: UUID) -> list[Tick]:
    """Return how each step that was ever touched stands, and whether that was said inside the scope."""
    return await tx.all(_SQL["list_ticks"], Tick, case=case, scope=scope.patterns)


async def list_known_evidence(
    tx: Transaction, *, scope: Scope, case: UUID, evidence: Sequence[UUID]
) -> list[UUID]:  # fmt: skip
    """Return which of these pieces of evidence are the case's, as far as they lie inside the scope."""
    found = await tx.one(
        _SQL["list_known_evidence"], FoundIds, case=case, evidence=list(evidence), scope=scope.patterns
    )  # fmt: skip
    return found.ids if found else []


async def keep_tick(
    tx: Transaction, *, case: UUID, step: str, state: StepState, evidence: Sequence[UUID], officer: str, entry: UUID
) -> None:
    """Say how a step stands."""
    await tx.write(
        _SQL["keep_tick"], case=case, step=step, state=state, evidence=list(evidence), officer=officer, entry=entry
    )


async def count_version(tx: Transaction, *, case: UUID) -> None:
    """Let a case have a new version."""
    await tx.execute(_SQL["count_version"], case=case)


async def propose(tx: Transaction, *, case: UUID, outcome: Outcome, officer: str, reason: str) -> None:
    """Keep how a case is proposed to end."""
    await tx.execute(_SQL["propose"], case=case, outcome=outcome, officer=officer, reason=reason)


async def find_registrations_ended(tx: Transaction, *, case: UUID) -> RegistrationsEnded:
    """Return what became of the registrations since the case was opened."""
    found = await tx.one(_SQL["find_registrations_ended"], RegistrationsEnded, case=case)
    return found or RegistrationsEnded(is_corrected=False, is_revoked=False)


async def close(tx: Transaction, *, case: UUID, officer: str) -> None:
    """Close a case and all that was merged into it."""
    await tx.all(_SQL["hold_family"], CaseId, case=case)
    await tx.execute(_SQL["close"], case=case, officer=officer)


async def take_back_proposal(tx: Transaction, *, case: UUID, lease_until: datetime) -> None:
    """Give a case back to its investigator, with no conclusion proposed."""
    await tx.execute(_SQL["take_back_proposal"], case=case, lease_until=lease_until)


async def reopen(tx: Transaction, *, case: UUID) -> bool:
    """Open a closed case again; False where at this moment another was opened on its child or number, or a part's."""
    await tx.all(_SQL["hold_family"], CaseId, case=case)
    try:
        async with tx.connection.transaction():
            await tx.execute(_SQL["reopen"], case=case)
    except asyncpg.UniqueViolationError:
        return False
    return True


async def reopen_steps(tx: Transaction, *, case: UUID) -> None:
    """Let every step of a case be open again."""
    await tx.execute(_SQL["reopen_steps"], case=case)


async def find_open_case(tx: Transaction, *, case: UUID) -> str | None:
    """Return the number of the case that is open on the same child or number."""
    found = await tx.one(_SQL["find_open_case"], CaseNumber, case=case)
    return found.number if found else None


async def find_whole(tx: Transaction, *, case: UUID) -> str:
    """Return the number of the case that a part of it was closed with."""
    found = await tx.one(_SQL["find_whole"], CaseNumber, case=case)
    return found.number if found else ""


async def list_findings_of(tx: Transaction, *, case: UUID) -> list[UUID]:
    """Return the findings that a case is about."""
    return [lead.source_id for lead in await tx.all(_SQL["list_findings_of"], LeadSource, case=case)]
