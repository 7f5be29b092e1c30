"""Many registrations at once, by COPY: for books that are brought in whole, not for desks.

Nothing is verified, judged or filed here: who brings them in answers for them. Numbers that are in use make it fail.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.vault import Vault
from birthreg.registrations import sealing
from birthreg.registrations.date_rules import born_on
from birthreg.registrations.life_models import RegistrationStatus
from birthreg.registrations.models import Application
from birthreg.registrations.screened import fact_of
from birthreg.screening import service as screening
from birthreg.screening.models import Fact

_REGISTRATIONS = (
    "id", "status", "certificate_number", "child_name", "child_sex", "child_birth_date", "organization",
    "household_organization", "officer", "entered_at", "held_for", "particulars", "visit_summary",
)  # fmt: skip
_USAGES = ("certificate_number", "used_at", "organization", "registration_reference", "registration_id", "reserved")
_PEOPLE = (
    "id", "registration_id", "part", "name", "citizen_number", "citizen_number_blind", "other_number",
    "other_number_blind", "phone", "phone_blind", "address", "address_blind",
)  # fmt: skip


FACTS_AT_ONCE = 2_000
"""Registrations whose people are linked in one statement."""


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """A registration as it was entered somewhere, sometime; `id` holds the moment (UUID version 7)."""

    id: UUID
    application: Application
    number: CertificateNumber | None
    officer: str
    entered_at: datetime
    status: RegistrationStatus = RegistrationStatus.EFFECTIVE
    held_for: tuple[str, ...] = ()


async def copy_registrations(
    tx: Transaction, entered: Sequence[Entered], *, vault: Vault, by: str, terminal: str
) -> None:
    """Bring registrations in with their people and the use of their numbers.

    Raises:
        asyncpg.UniqueViolationError: a number is in use.
    """
    tables: tuple[tuple[str, tuple[str, ...], Iterator[tuple[Any, ...]]], ...] = (
        ("usages", _USAGES, _usages(entered)),
        ("registrations", _REGISTRATIONS, (_registration(one, vault) for one in entered)),
        ("registration_people", _PEOPLE, (row for one in entered for row in _people(one, vault))),
    )
    for table, columns, rows in tables:  # made as they are sent: one core seals while another writes
        await tx.connection.copy_records_to_table(table, columns=list(columns), records=rows)
    for part in _batches(entered):
        await screening.note_facts(tx, facts=[_fact(one, vault) for one in part])
    await record(
        tx, officer=by, organization="000000000000", terminal=terminal, operation=Operation.ADD,
        act="copy_registrations", object="registration", key=None, count=len(entered),
    )  # fmt: skip


def _fact(one: Entered, vault: Vault) -> Fact:
    return fact_of(
        one.application, registration=one.id, status=one.status, number=one.number, officer=one.officer,
        entered_at=one.entered_at, vault=vault,
    )  # fmt: skip


def _batches(entered: Sequence[Entered]) -> Iterator[Sequence[Entered]]:
    for start in range(0, len(entered), FACTS_AT_ONCE):
        yield entered[start : start + FACTS_AT_ONCE]


def _usages(entered: Sequence[Entered]) -> Iterator[tuple[Any, ...]]:
    for one in entered:
        if one.number is not None and one.status in (RegistrationStatus.EFFECTIVE, RegistrationStatus.HELD):
            reserved = one.status is RegistrationStatus.HELD
            application = one.application
            yield one.number, one.entered_at, application.accepted_at, application.reference, one.id, reserved


def _registration(one: Entered, vault: Vault) -> tuple[Any, ...]:
    child = one.application.child
    return (
        one.id, one.status, one.number, child.name, child.sex, born_on(child), one.application.accepted_at,
        one.application.registered_at, one.officer, one.entered_at, list(one.held_for),
        sealing.particulars_of(one.application), sealing.seal_summary(vault, one.application),
    )  # fmt: skip


def _people(one: Entered, vault: Vault) -> Iterator[tuple[Any, ...]]:
    # A mother who is guardian and applicant as well is sealed once: that they are one, the blind index says anyway.
    sealed: dict[tuple[str, str | None], tuple[bytes | None, bytes | None]] = {}
    for person in sealing.people_of(one.application):
        row: list[bytes | None] = []
        for column in sealing.SECRETS:
            value = getattr(person, column)
            if (column, value) not in sealed:
                sealed[column, value] = sealing.seal(vault, column, value), sealing.blind(vault, column, value)
            row += sealed[column, value]
        yield new_id(), one.id, person.part, person.name, *row
