"""What of an application rules may read; people leave as blind indexes, nothing of theirs in clear but names."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from birthreg.certificates.rules import normalize
from birthreg.kernel.citizen_numbers import CitizenNumberFlaw, birth_date_of, parse_citizen_number
from birthreg.kernel.vault import Vault
from birthreg.registrations import sealing
from birthreg.registrations.codes import KinshipConclusion, ParentHousehold, ProofKind
from birthreg.registrations.date_rules import born_on
from birthreg.registrations.life_models import RegistrationStatus
from birthreg.registrations.models import Applicant, Application, CertificateFacts, Household, Parent
from birthreg.screening.models import Fact

_STANDING = (RegistrationStatus.HELD, RegistrationStatus.EFFECTIVE)
_ADOPTION = {ProofKind.ADOPTION_CERTIFICATE, ProofKind.ADOPTION_NOTARISATION}


def fact_of(
    application: Application,
    *,
    registration: UUID,
    status: RegistrationStatus,
    number: str | None,
    officer: str,
    entered_at: datetime,
    vault: Vault,
) -> Fact:
    """Return what rules read of a registration."""
    child, report = application.child, application.paternity_report
    return Fact(
        registration_id=registration,
        standing=status in _STANDING,
        certificate_number=number,
        organization=application.accepted_at,
        household_organization=application.registered_at,
        officer=officer,
        entered_at=entered_at,
        applied_on=application.applied_on,
        child_name=child.name,
        sex=child.sex,
        birth_date=born_on(child),
        exception=application.exception,
        unregistered_kind=application.unregistered_kind,
        marital_status=application.marital_status,
        applicant_relation=application.applicant.relation,
        has_paternity_report=report is not None and report.conclusion is KinshipConclusion.SUPPORTED,
        has_adoption_proof=any(proof.kind in _ADOPTION for proof in application.proofs),
        people=_people(application, vault),
        **_parents(application.mother, application.father),
        **_paper(application.certificate),
        **_household(application.household),
    )


def _parents(mother: Parent | None, father: Parent | None) -> dict[str, Any]:
    return {
        "with_mother": _is_with(mother),
        "with_father": _is_with(father),
        "mother_name": mother.name if mother else None,
        "mother_birth_date": _birth_date(mother),
        "mother_province": _province(mother),
        "father_name": father.name if father else None,
        "father_province": _province(father),
    }


def _paper(paper: CertificateFacts | None) -> dict[str, Any]:
    """Return what stands on the certificate; without one all of it is unknown."""
    return {
        "issued_on": paper.issued_on if paper else None,
        "issuer_name": paper.issuer_name if paper else None,
        "issuer_code": paper.issuer_code if paper else None,
        "issuer_division": paper.issuer_division if paper else None,
        "issue_kind": paper.issue_kind if paper else None,
        "original_number": normalize(paper.original_number) if paper and paper.original_number else None,
        "born_outside": paper.born_outside_institution if paper else False,
    }


def _household(household: Household) -> dict[str, Any]:
    return {
        "county": household.division,
        "household_kind": household.kind,
        "collective_kind": household.collective_kind,
        "relation": household.relation,
    }


def _is_with(parent: Parent | None) -> bool:
    return parent is not None and parent.household is ParentHousehold.SAME


def _birth_date(parent: Parent | None) -> date | None:
    """Return a parent's birth date as entered, or as their citizen number says it."""
    if parent is None or parent.birth_date is not None or parent.citizen_number is None:
        return parent.birth_date if parent else None
    number = parse_citizen_number(parent.citizen_number)
    return None if isinstance(number, CitizenNumberFlaw) else birth_date_of(number)


def _province(parent: Parent | None) -> str | None:
    """Return the province that first gave a parent their citizen number (GB 11643-1999, digits 1 and 2)."""
    if parent is None or parent.citizen_number is None:
        return None
    number = parse_citizen_number(parent.citizen_number)
    return None if isinstance(number, CitizenNumberFlaw) else str(number)[:2]


def _identity(adult: Parent | Applicant | None) -> tuple[str, str | None]:
    """Return what somebody is known by: the citizen number, or the number of another paper."""
    if adult is None or adult.citizen_number is not None or adult.other_identity is None:
        return "citizen_number", adult.citizen_number if adult else None
    return "other_number", adult.other_identity.number


def _people(application: Application, vault: Vault) -> dict[str, tuple[str, list[bytes]]]:
    mother, father, applicant = application.mother, application.father, application.applicant
    values: tuple[tuple[str, str, str | None], ...] = (
        ("child", "citizen_number", application.child.citizen_number),
        ("mother", *_identity(mother)),
        ("father", *_identity(father)),
        ("applicant", *_identity(applicant)),
        ("applicant_phone", "phone", applicant.phone),
        ("address", "address", application.household.address),
    )
    return {column: (kind, sealing.blinds(vault, kind, value)) for column, kind, value in values if value is not None}
