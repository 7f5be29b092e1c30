"""What of an application is sealed, how it is found again, and how it is put together for who may read it."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import msgspec

from birthreg.kernel.citizen_numbers import normalize_citizen_number
from birthreg.kernel.sealed_tables import BlindColumn, SealedColumn, SealedTable
from birthreg.kernel.vault import Vault
from birthreg.registrations.book_models import Part, Person, SealedPerson
from birthreg.registrations.models import Applicant, Application, Guardian, Parent

SECRETS = ("citizen_number", "other_number", "phone", "address")
"""The columns of a person that are sealed."""

_SUMMARY = "registrations.visit_summary"


def normalize_text(typed: str) -> str:
    """Bring an address or the number of a paper to the form that is searched: width, blanks and case don't count."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).upper()


def normalize_phone(typed: str) -> str:
    """Bring a telephone number to its digits, without the country's."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", typed) if c.isdigit())
    return digits.removeprefix("86") if len(digits) == 13 else digits


NORMAL = {
    "citizen_number": normalize_citizen_number,
    "other_number": normalize_text,
    "phone": normalize_phone,
    "address": normalize_text,
}

SEALED_TABLES = (
    SealedTable(
        name="registration_people",
        sealed=tuple(SealedColumn(column, f"registration_people.{column}") for column in SECRETS),
        blind=tuple(BlindColumn(f"{column}_blind", column, column, NORMAL[column]) for column in SECRETS),
    ),
    SealedTable(name="registrations", sealed=(SealedColumn("visit_summary", _SUMMARY),)),
)
"""What the worker seals anew when the data key changes. A person is found by one index in whatever part."""


def seal(vault: Vault, column: str, value: str | None) -> bytes | None:
    """Seal one value of a person."""
    return None if value is None else vault.seal(value, bound_to=f"registration_people.{column}")


def blind(vault: Vault, column: str, value: str | None) -> bytes | None:
    """Return what one value of a person is found by."""
    return None if value is None else vault.blind(NORMAL[column](value), bound_to=column)


def blinds(vault: Vault, column: str, value: str) -> list[bytes]:
    """Return all that a value may be found by, under every known key."""
    return vault.blinds(NORMAL[column](value), bound_to=column)


def open_person(vault: Vault, person: SealedPerson) -> Person:
    """Open what is sealed of a person."""
    opened = {
        column: None if sealed is None else vault.open(sealed, bound_to=f"registration_people.{column}")
        for column in SECRETS
        for sealed in [getattr(person, column)]
    }
    return Person(part=person.part, name=person.name, **opened)


def seal_summary(vault: Vault, application: Application) -> bytes | None:
    """Seal what the officers wrote of their visit, where they made one."""
    visit = application.late_proofs.visit_report if application.late_proofs else None
    return None if visit is None else vault.seal(visit.summary, bound_to=_SUMMARY)


def open_summary(vault: Vault, sealed: bytes | None) -> str | None:
    """Open what the officers wrote of their visit."""
    return None if sealed is None else vault.open(sealed, bound_to=_SUMMARY)


def people_of(application: Application) -> list[Person]:
    """Return everybody on an application, in the order in which they are put back."""
    child, household = application.child, application.household
    people = [Person(part=Part.CHILD, name=child.name, citizen_number=child.citizen_number)]
    if application.mother is not None:
        people.append(_adult(Part.MOTHER, application.mother, address=application.mother.address))
    if application.father is not None:
        people.append(_adult(Part.FATHER, application.father, address=application.father.address))
    people += [_adult(Part.GUARDIAN, guardian) for guardian in application.guardians]
    people.append(_adult(Part.APPLICANT, application.applicant))
    people.append(Person(part=Part.HOUSEHOLD, name=household.head_name, address=household.address))
    return people


def _adult(part: Part, adult: Parent | Guardian | Applicant, *, address: str | None = None) -> Person:
    other = None if isinstance(adult, Guardian) else adult.other_identity
    return Person(
        part=part,
        name=adult.name,
        citizen_number=adult.citizen_number,
        other_number=other.number if other else None,
        phone=adult.phone,
        address=address,
    )


def particulars_of(application: Application) -> dict[str, Any]:
    """Return an application without what is sealed; names stay, since they are searched."""
    plain: dict[str, Any] = msgspec.to_builtins(application)
    for place in _places(plain):
        for column in ("citizen_number", "phone", "address"):
            place.pop(column, None)
        if place.get("other_identity"):
            place["other_identity"].pop("number", None)
    visit = _visit(plain)
    if visit is not None:
        visit.pop("summary", None)
    return plain


def put_together(particulars: dict[str, Any], people: list[Person], *, summary: str | None) -> dict[str, Any]:
    """Return an application as it was entered, from what the books hold of it; the particulars are filled in place."""
    for place, person in zip(_places(particulars), people, strict=True):
        for column in ("citizen_number", "phone", "address"):
            if getattr(person, column) is not None:
                place[column] = getattr(person, column)
        if place.get("other_identity"):
            place["other_identity"]["number"] = person.other_number
    visit = _visit(particulars)
    if visit is not None:
        visit["summary"] = summary
    return particulars


def _places(plain: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield where people stand in an application, in the order of `people_of`."""
    yield plain["child"]
    for part in ("mother", "father"):
        if plain.get(part):
            yield plain[part]
    yield from plain.get("guardians") or ()
    yield plain["applicant"]
    yield plain["household"]


def _visit(plain: dict[str, Any]) -> dict[str, Any] | None:
    visit: dict[str, Any] | None = (plain.get("late_proofs") or {}).get("visit_report")
    return visit
