"""The acts on dossiers: make one when a referral is confirmed, hand it out."""

import hashlib
from base64 import urlsafe_b64decode
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.hashes import SM3, Hash

from birthreg.access.models import Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import find_last_seal
from birthreg.cases import dossier_store, service
from birthreg.cases.checklist import CaseStep, list_steps
from birthreg.cases.concluding_refusals import DossierNotMade, DossierOutside
from birthreg.cases.dossier_models import (
    FORMAT,
    Dossier,
    DossierCase,
    DossierConclusion,
    DossierEntry,
    DossierEvidence,
    DossierNames,
    DossierStep,
    DossierTrail,
)
from birthreg.cases.evidence_models import EvidenceRow
from birthreg.cases.models import CaseAct, CaseRow, LeadKind, Outcome, Status
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.keys import Signer, register
from birthreg.screening.rule_reading import title_of


class SignedDossier(msgspec.Struct, frozen=True):
    """What was signed, read, with its digests in hexadecimal."""

    dossier: Dossier
    sha256: str
    sm3: str


ISSUER = "birthreg"
DOSSIER_TYPE = "birthreg-dossier+jwt"


def read_signed(jws: str) -> SignedDossier:
    """Read a dossier of our own, whose signature nobody has to look at."""
    return read_payload(urlsafe_b64decode(jws.split(".")[1] + "=="))


def read_payload(payload: bytes) -> SignedDossier:
    """Read what was signed.

    Raises:
        msgspec.ValidationError: another version of this program made it.
    """
    sm3 = Hash(SM3())
    sm3.update(payload)
    dossier = msgspec.json.decode(payload, type=Dossier)
    return SignedDossier(dossier, hashlib.sha256(payload).hexdigest(), sm3.finalize().hex())


async def make(tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, signer: Signer) -> UUID:
    """Seal the dossier of a case that was just closed as referred; it never changes any more.

    Registrations and merged cases outside the jurisdiction of who confirms are left out, but for the numbers of these
    cases: that officer may not read them.
    """
    row = await service.find_case(tx, scope=scope, case=case)
    dossier = new_id()
    content = Dossier(
        iss=ISSUER,
        jti=dossier,
        iat=int(tx.now.timestamp()),
        format=FORMAT,
        made_by=officer.id,
        made_by_organization=officer.organization,
        made_by_organization_name=officer.organization_name,
        case=await _describe(tx, row),
        conclusion=_conclusion_of(row),
        registrations=await dossier_store.list_registrations(tx, scope=scope, case=case),
        leads=await dossier_store.list_leads(tx, scope=scope, case=case),
        checklist=[_tell_step(step) for step in await list_steps(tx, scope=scope, case=case)],
        evidence=[_tell_evidence(one) for one in await dossier_store.list_all_evidence(tx, scope=scope, case=case)],
        timeline=await dossier_store.list_timeline(tx, scope=scope, case=case),
        trail=await _last_seal(tx),
    )
    content = msgspec.structs.replace(content, names=await _name(tx, content))
    await register(tx, signer)
    jws = signer.jws(msgspec.json.encode(content), type=DOSSIER_TYPE)
    await dossier_store.insert_dossier(tx, dossier=dossier, case=case, jws=jws)
    return dossier


async def hand_out(tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, form: str, terminal: str) -> str:
    """Return the dossier of a referred case as it was signed; that it was taken, in which form, is on the timeline.

    Raises:
        DossierNotMade: it isn't closed as referred: it never was, or was opened again, or is part of another case.
        DossierOutside: a registration or case in it lies outside the scope; refused, on the trail.
        NotFound, refusals: as for every act.
    """
    held = await service.hold(tx, officer, scope=scope, case=case, act=CaseAct.DOSSIER, version=None, terminal=terminal)
    found = await dossier_store.find_last_dossier(tx, case=case) if _is_referred(held.case) else None
    if found is None:
        raise DossierNotMade
    if not await _is_inside(tx, read_signed(found.jws).dossier, scope):
        raise await service.refuse(
            tx, officer, case=case, act=CaseAct.DOSSIER, terminal=terminal, error=DossierOutside()
        )  # fmt: skip
    detail = {"dossier": str(found.id), "format": form}
    await service.trace(tx, officer, held, detail=detail, operation=Operation.QUERY)
    return found.jws


def _is_referred(case: CaseRow) -> bool:
    return case.status is Status.CLOSED and case.outcome is Outcome.REFERRED and case.merged_into is None


async def _is_inside(tx: Transaction, dossier: Dossier, scope: Scope) -> bool:
    if not all(
        scope.holds(one.organization) or scope.holds(one.household_organization) for one in dossier.registrations
    ):
        return False
    cases = {
        *(one.case_id for one in dossier.leads),
        *(one.case_id for one in dossier.evidence),
        *(one.case_id for one in dossier.timeline),
    }
    return await dossier_store.count_outside(tx, scope=scope, cases=cases) == 0


async def _describe(tx: Transaction, row: CaseRow) -> DossierCase:
    shared = {name: getattr(row, name) for name in DossierCase.__struct_fields__ if name != "family"}
    return DossierCase(**shared, family=await dossier_store.list_family(tx, case=row.id))


def _conclusion_of(row: CaseRow) -> DossierConclusion:
    if row.proposed_by is None or row.proposed_at is None or row.confirmed_by is None or row.closed_at is None:
        raise DossierNotMade
    return DossierConclusion(
        outcome=row.outcome or Outcome.REFERRED,
        reason=row.proposed_reason or "",
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.closed_at,
    )


def _tell_step(step: CaseStep) -> DossierStep:
    tick = None if step.was else step.told
    return DossierStep(
        step=step.step.code,
        text_zh=step.step.text.zh,
        text_en=step.step.text.en,
        required=step.is_required,
        state=step.state,
        officer=tick.officer if tick else None,
        at=tick.at if tick else None,
        note=tick.note if tick else None,
        evidence_ids=tick.evidence if tick else [],
    )


def _tell_evidence(row: EvidenceRow) -> DossierEvidence:
    kept = {name: getattr(row, name) for name in DossierEvidence.__struct_fields__ if name not in ("sha256", "sm3")}
    return DossierEvidence(**kept, sha256=row.sha256.hex(), sm3=row.sm3.hex())


async def _name(tx: Transaction, dossier: Dossier) -> DossierNames:
    """Name whom and what a reader meets by code alone otherwise."""
    units = {dossier.case.organization, dossier.case.household_organization, dossier.case.handler}
    officers = {dossier.made_by, dossier.conclusion.proposed_by, dossier.conclusion.confirmed_by}
    for registration in dossier.registrations:
        units |= {registration.organization, registration.household_organization}
        officers.add(registration.officer)
    traces: list[DossierEntry | DossierEvidence] = [*dossier.timeline, *dossier.evidence]
    for trace in traces:
        units.add(trace.organization)
        officers.add(trace.officer)
    units |= {lead.organization for lead in dossier.leads}
    officers |= {step.officer for step in dossier.checklist if step.officer}
    called = await dossier_store.name_officers(tx, accounts=officers)
    return DossierNames(
        organizations=await dossier_store.name_organizations(tx, codes=units),
        officers=called | ({service.SYSTEM: "系统"} if service.SYSTEM in officers else {}),
        rules={lead.rule: title_of(lead.rule).zh for lead in dossier.leads if lead.kind is LeadKind.FINDING},
    )


async def _last_seal(tx: Transaction) -> DossierTrail | None:
    seal = await find_last_seal(tx)
    if seal is None:
        return None
    return DossierTrail(
        number=seal.number,
        sealed_at=seal.sealed_at,
        head=seal.head.hex(),
        key_id=seal.key_id,
        signature=seal.signature.hex(),
    )
