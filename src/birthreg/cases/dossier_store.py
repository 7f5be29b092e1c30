"""Named queries of dossiers; touched by this room alone."""

from collections.abc import Collection
from uuid import UUID

from birthreg.access.models import Scope
from birthreg.cases.concluding_models import CaseNumber
from birthreg.cases.dossier_models import DossierEntry, DossierLead, DossierName, DossierRegistration, SealedDossier
from birthreg.cases.evidence_models import EvidenceRow
from birthreg.cases.queue_models import Counted
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("cases_dossier")


async def list_family(tx: Transaction, *, case: UUID) -> list[str]:
    """Return the numbers of the cases that were merged into one."""
    return [one.number for one in await tx.all(_SQL["list_family"], CaseNumber, case=case)]


async def list_registrations(tx: Transaction, *, scope: Scope, case: UUID) -> list[DossierRegistration]:
    """Return the registrations that a case is about, as far as they lie inside the scope."""
    return await tx.all(_SQL["list_registrations"], DossierRegistration, case=case, scope=scope.patterns)


async def list_leads(tx: Transaction, *, scope: Scope, case: UUID) -> list[DossierLead]:
    """Return what made a case suspicious, oldest first, as far as its parts lie inside the scope."""
    return await tx.all(_SQL["list_leads"], DossierLead, case=case, scope=scope.patterns)


async def list_timeline(tx: Transaction, *, scope: Scope, case: UUID) -> list[DossierEntry]:
    """Return the whole timeline of a case, oldest first, as far as its parts lie inside the scope."""
    return await tx.all(_SQL["list_timeline"], DossierEntry, case=case, scope=scope.patterns)


async def list_all_evidence(tx: Transaction, *, scope: Scope, case: UUID) -> list[EvidenceRow]:
    """Return all evidence of a case, as far as its parts lie inside the scope."""
    return await tx.all(_SQL["list_all_evidence"], EvidenceRow, case=case, scope=scope.patterns)


async def count_outside(tx: Transaction, *, scope: Scope, cases: Collection[UUID]) -> int:
    """Return how many of these cases lie outside the scope."""
    found = await tx.one(_SQL["count_outside"], Counted, cases=list(cases), scope=scope.patterns)
    return found.count if found else 0


async def name_organizations(tx: Transaction, *, codes: Collection[str]) -> dict[str, str]:
    """Return what organisations are called."""
    found = await tx.all(_SQL["list_organization_names"], DossierName, codes=list(codes))
    return {one.code: one.name for one in found}


async def name_officers(tx: Transaction, *, accounts: Collection[str]) -> dict[str, str]:
    """Return what officers are called."""
    found = await tx.all(_SQL["list_officer_names"], DossierName, codes=list(accounts))
    return {one.code: one.name for one in found}


async def insert_dossier(tx: Transaction, *, dossier: UUID, case: UUID, jws: str) -> None:
    """Keep a dossier as it was signed."""
    await tx.execute(_SQL["insert_dossier"], id=dossier, case=case, jws=jws)


async def find_last_dossier(tx: Transaction, *, case: UUID) -> SealedDossier | None:
    """Return the dossier that was made last of a case."""
    return await tx.one(_SQL["find_last_dossier"], SealedDossier, case=case)
