"""How much of an application a reader sees. Pure."""

from typing import Any

import msgspec

from birthreg.access.models import Officer, Role
from birthreg.kernel import masking
from birthreg.registrations.book_models import ChangeRow, Person, RefusedAttempt, RegistrationListed, RegistrationShown

_CLEAR = frozenset(
    {Role.PREFECTURE_ADMIN, Role.PROVINCE_ADMIN, Role.INVESTIGATOR, Role.LEAD_INVESTIGATOR},
)
COVERED = "***"


def sees_clear(reader: Officer, *, organization: str, household_organization: str) -> bool:
    """Say whether a reader sees numbers, telephones and addresses: who registered it, administrators, investigators."""
    if reader.role in _CLEAR:
        return True
    return reader.role is Role.CLERK and reader.organization in (organization, household_organization)


def sees_names(reader: Officer) -> bool:
    """Say whether a reader sees names: everybody but who watches over the readers."""
    return reader.role is not Role.AUDITOR


def cover(text: str | None, *, front: int = 0, back: int = 0) -> str | None:
    """Cover a text but for its ends; one too short for them is covered whole, and the length isn't told."""
    if text is None:
        return None
    if len(text) < 2 * (front + back):
        return COVERED
    return text[:front] + COVERED + (text[-back:] if back else "")


def mask_name(name: str | None) -> str | None:
    """Cover a name but for its first character, which is the family's."""
    return None if name is None else name[:1] + "**"


def mask_person(person: Person, *, names: bool) -> Person:
    """Cover what may not be seen of somebody: of numbers the division stays, of an address its begin."""
    return msgspec.structs.replace(
        person,
        name=person.name if names else mask_name(person.name),
        citizen_number=cover(person.citizen_number, front=6),
        other_number=cover(person.other_number),
        phone=cover(person.phone, front=3, back=2),
        address=cover(person.address, front=3),
    )


def mask_names(application: dict[str, Any]) -> dict[str, Any]:
    """Cover every name, day of birth, number of a paper and free text in an application; it is changed in place."""
    for part in ("child", "mother", "father", "applicant"):
        if application.get(part):
            application[part]["name"] = mask_name(application[part]["name"])
    application["child"]["born_at"] = application["child"]["born_at"][:4] + COVERED
    application["reference"] = cover(application.get("reference"))
    _mask_papers(application)
    for guardian in application.get("guardians") or ():
        guardian["name"] = mask_name(guardian["name"])
    application["household"]["head_name"] = mask_name(application["household"].get("head_name"))
    return application


def _mask_papers(application: dict[str, Any]) -> None:
    for part in ("mother", "father"):
        if application.get(part):
            application[part]["birth_date"] = cover(application[part].get("birth_date"))
    for proof in application.get("proofs") or ():
        proof["document_number"] = COVERED
    late = application.get("late_proofs") or {}
    for report in (application.get("paternity_report"), *late.values()):
        if report:
            report["report_number"] = COVERED


def mask_secrets(application: dict[str, Any]) -> dict[str, Any]:
    """Cover what else tells where somebody lives, and what the officers wrote; it is changed in place."""
    application["child"]["birth_place"] = cover(application["child"].get("birth_place"))
    application["household"]["household_number"] = cover(application["household"].get("household_number"))
    visit = (application.get("late_proofs") or {}).get("visit_report")
    if visit:
        visit["summary"] = COVERED
        visit["visitors"] = [mask_name(visitor) for visitor in visit["visitors"]]
    return application


def mask_number(number: str | None) -> str | None:
    """Hide the end of a certificate's number as everywhere, so that two views of it don't add up to the whole."""
    return None if number is None else masking.mask_number(number)


def mask_listed(row: RegistrationListed, reader: Officer) -> RegistrationListed:
    """Cover a list's row for this reader."""
    if sees_names(reader):
        return row
    return msgspec.structs.replace(
        row, child_name=mask_name(row.child_name) or COVERED, certificate_number=mask_number(row.certificate_number)
    )


def mask_refused(row: RefusedAttempt, reader: Officer) -> RefusedAttempt:
    """Cover a refused attempt for this reader."""
    if sees_names(reader):
        return row
    return msgspec.structs.replace(row, certificate_number=mask_number(row.certificate_number))


def mask_shown(shown: RegistrationShown, reader: Officer) -> RegistrationShown:
    """Cover the numbers of a registration, and what officers wrote of it, for who watches over its readers."""
    if sees_names(reader):
        return shown
    application = shown.application | {"certificate_number": mask_number(shown.application.get("certificate_number"))}
    if application.get("certificate"):
        original = mask_number(application["certificate"].get("original_number"))
        application["certificate"] = application["certificate"] | {"original_number": original}
    return msgspec.structs.replace(
        shown,
        certificate_number=mask_number(shown.certificate_number),
        application=application,
        acts=[msgspec.structs.replace(act, reason=COVERED) for act in shown.acts],
        changes=[_mask_change(change) for change in shown.changes],
        filings=[
            msgspec.structs.replace(
                filing,
                certificate_number=mask_number(filing.certificate_number) or COVERED,
                previous_number=mask_number(filing.previous_number),
            )
            for filing in shown.filings
        ],
    )


def _mask_change(change: ChangeRow) -> ChangeRow:
    return msgspec.structs.replace(
        change,
        old_number=mask_number(change.old_number),
        new_number=mask_number(change.new_number),
        reason=COVERED,
        decision_reason=cover(change.decision_reason),
    )
