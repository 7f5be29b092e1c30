"""Named queries of links, merges, splits and what cases share; touched by this room alone."""

from collections.abc import Collection, Sequence
from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.cases.models import CaseId
from birthreg.cases.shape_models import CaseLink, MovingLead, NodeRow, OpenCase, OpenedCase, RelatedRow
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.sql import load_queries

_SQL = load_queries("cases_shape")


async def insert_link(tx: Transaction, officer: Officer, *, one: UUID, other: UUID, reason: str) -> bool:
    """Link two cases; False where they are linked already."""
    return bool(await tx.execute(_SQL["insert_link"], one=one, other=other, reason=reason, officer=officer.id))


async def delete_link(tx: Transaction, *, one: UUID, other: UUID) -> bool:
    """Part two cases; False where they aren't linked."""
    return bool(await tx.execute(_SQL["delete_link"], one=one, other=other))


async def touch_cases(tx: Transaction, *, cases: Sequence[UUID]) -> None:
    """Count the versions of cases up."""
    await tx.execute(_SQL["touch_cases"], cases=list(cases))


async def list_links(tx: Transaction, *, scope: Scope, case: UUID, after: UUID, limit: int) -> list[CaseLink]:
    """Return what a case and its merged parts are linked to, inside the scope."""
    return await tx.all(_SQL["list_links"], CaseLink, case=case, scope=scope.patterns, after=after, limit=limit)


async def merge_case(tx: Transaction, *, case: UUID, into: UUID, paused: int) -> None:
    """Let a case become part of another; `paused` working days didn't count until now."""
    await tx.execute(_SQL["merge_case"], case=case, into=into, paused=paused)


async def unmerge_case(tx: Transaction, *, case: UUID) -> None:
    """Let a merged case stand by itself."""
    await tx.execute(_SQL["unmerge_case"], case=case)


async def find_root(tx: Transaction, *, case: UUID) -> UUID:
    """Return the case that another is worked on in: itself, where it isn't merged."""
    found = await tx.one(_SQL["find_root"], CaseId, case=case)
    return case if found is None else found.id


async def weigh_cases(tx: Transaction, *, cases: Sequence[UUID]) -> None:
    """Reckon anew what is read of the leads of cases."""
    await tx.execute(_SQL["weigh_cases"], cases=list(cases))


async def list_moving_leads(tx: Transaction, *, case: UUID, leads: Sequence[UUID]) -> list[MovingLead]:
    """Return the leads among these that are the case's own."""
    return await tx.all(_SQL["list_moving_leads"], MovingLead, case=case, leads=list(leads))


async def find_open_case(tx: Transaction, *, scope: Scope, subject: str) -> OpenCase | None:
    """Return the open case of a child or number, wherever it lies."""
    return await tx.one(_SQL["find_open_case"], OpenCase, subject=subject, scope=scope.patterns)


async def insert_split_case(tx: Transaction, *, case: UUID, lead: MovingLead) -> OpenedCase | None:
    """Open a case for leads that leave another, the first of them given; None where there is an open one meanwhile."""
    return await tx.one(
        _SQL["insert_split_case"], OpenedCase, id=new_id(), case=case, subject=lead.subject,
        registration_id=lead.registration_id, certificate_number=lead.certificate_number,
        child_birth_date=lead.child_birth_date, organization=lead.organization,
        household_organization=lead.household_organization, opened_at=lead.found_at,
    )  # fmt: skip


async def move_leads(tx: Transaction, *, case: UUID, into: UUID, leads: Sequence[UUID]) -> None:
    """Take leads from one case to another."""
    await tx.execute(_SQL["move_leads"], case=case, into=into, leads=list(leads))


async def list_family(tx: Transaction, *, case: UUID) -> list[UUID]:
    """Return a case and all that was merged into it."""
    return [found.id for found in await tx.all(_SQL["list_family"], CaseId, case=case)]


async def list_ties(tx: Transaction, *, cases: Collection[UUID], apart: int, days: int, most: int) -> list[RelatedRow]:
    """Return what cases share with others."""
    return await tx.all(_SQL["list_ties"], RelatedRow, cases=list(cases), apart=apart, days=days, most=most)


async def list_nodes(tx: Transaction, *, scope: Scope, cases: Collection[UUID]) -> list[NodeRow]:
    """Return cases as a graph shows them."""
    return await tx.all(_SQL["list_nodes"], NodeRow, cases=list(cases), scope=scope.patterns)
