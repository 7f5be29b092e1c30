"""Named queries of registrations; touched by this room alone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.sql import load_queries
from birthreg.kernel.vault import Vault
from birthreg.registrations import sealing
from birthreg.registrations.book_models import (
    ActRow,
    ChangeRow,
    Filter,
    Part,
    Person,
    PriorRow,
    RefusedAttempt,
    RegistrationListed,
    RegistrationRow,
    SealedPerson,
)
from birthreg.registrations.life_models import ChangeKind, ChangeStatus, RegistrationStatus

_SQL = load_queries("registrations")
_LAST = UUID(int=2**128 - 1)
_ENDED = (RegistrationStatus.REFUSED, RegistrationStatus.WITHDRAWN, RegistrationStatus.REVOKED)
_FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


async def insert_registration(
    tx: Transaction,
    *,
    id: UUID,  # noqa: A002 - the column's name
    status: RegistrationStatus,
    certificate_number: str | None,
    lookup_id: UUID | None,
    child_name: str,
    child_sex: int,
    child_birth_date: date,
    organization: str,
    household_organization: str,
    officer: str,
    held_for: Sequence[str],
    particulars: dict[str, Any],
    visit_summary: bytes | None,
) -> None:
    """Keep a registration."""
    await tx.write(
        _SQL["insert_registration"], id=id, status=status, certificate_number=certificate_number, lookup_id=lookup_id,
        child_name=child_name, child_sex=child_sex, child_birth_date=child_birth_date, organization=organization,
        household_organization=household_organization, officer=officer, held_for=held_for, particulars=particulars,
        visit_summary=visit_summary,
    )  # fmt: skip


async def insert_people(tx: Transaction, *, registration: UUID, people: Sequence[Person], vault: Vault) -> None:
    """Keep who stands on an application, sealed."""
    columns: dict[str, list[Any]] = {}
    for column, many in (
        ("citizen_number", "citizen_numbers"),
        ("other_number", "other_numbers"),
        ("phone", "phones"),
        ("address", "addresses"),
    ):
        values = [getattr(person, column) for person in people]
        columns[many] = [sealing.seal(vault, column, value) for value in values]
        columns[f"{column}_blinds"] = [sealing.blind(vault, column, value) for value in values]
    await tx.write(
        _SQL["insert_people"],
        registration=registration,
        ids=[new_id() for _ in people],
        parts=[person.part for person in people],
        names=[person.name for person in people],
        **columns,
    )


async def find_registration(tx: Transaction, *, scope: Scope, registration: UUID) -> RegistrationRow | None:
    """Return one registration inside the scope."""
    return await tx.one(_SQL["find_registration"], RegistrationRow, id=registration, scope=scope.patterns)


async def list_stretch(tx: Transaction, *, after: UUID, up_to: UUID, limit: int) -> list[RegistrationRow]:
    """Return registrations in their order, and let nobody change them until this transaction ends."""
    return await tx.all(_SQL["list_stretch"], RegistrationRow, after=after, up_to=up_to, limit=limit)


async def hold_registration(tx: Transaction, *, scope: Scope, registration: UUID) -> RegistrationRow | None:
    """Return one registration inside the scope, and let nobody else act on it until this transaction ends."""
    return await tx.one(_SQL["hold_registration"], RegistrationRow, id=registration, scope=scope.patterns)


async def list_people(tx: Transaction, *, registration: UUID) -> list[SealedPerson]:
    """Return who stands on an application, in the order in which they were entered."""
    return await tx.all(_SQL["list_people"], SealedPerson, registration=registration)


async def lock_child(tx: Transaction, *, blinds: Sequence[bytes]) -> None:
    """Let nobody else register a child until this transaction ends."""
    await tx.execute(_SQL["lock_child"], blinds=blinds)


async def list_prior(tx: Transaction, *, blinds: Sequence[bytes]) -> list[PriorRow]:
    """Return the registrations that stand under a child's citizen number."""
    return await tx.all(_SQL["list_prior"], PriorRow, blinds=blinds)


async def change_registration(
    tx: Transaction, *, registration: UUID, status: RegistrationStatus, certificate_number: str | None
) -> None:
    """Let a registration go on."""
    await tx.execute(_SQL["change_registration"], id=registration, status=status, certificate_number=certificate_number)


async def insert_act(
    tx: Transaction,
    officer: Officer,
    *,
    registration: UUID,
    act: str,
    status: RegistrationStatus,
    reason: str,
    change: UUID | None = None,
) -> None:
    """Keep one act on a registration."""
    await tx.write(
        _SQL["insert_act"], id=new_id(), registration=registration, act=act, status=status, change=change,
        officer=officer.id, organization=officer.organization, reason=reason,
    )  # fmt: skip


async def list_acts(tx: Transaction, *, registration: UUID) -> list[ActRow]:
    """Return what was done with a registration, in order."""
    return await tx.all(_SQL["list_acts"], ActRow, registration=registration)


async def insert_change(
    tx: Transaction,
    officer: Officer,
    *,
    id: UUID,  # noqa: A002 - the column's name
    registration: UUID,
    kind: ChangeKind,
    old_number: str | None,
    new_number: str | None,
    reason: str,
) -> None:
    """Keep a proposed change."""
    await tx.execute(
        _SQL["insert_change"], id=id, registration=registration, kind=kind, old_number=old_number,
        new_number=new_number, reason=reason, officer=officer.id, organization=officer.organization,
    )  # fmt: skip


async def decide_change(tx: Transaction, officer: Officer, *, change: UUID, status: ChangeStatus, reason: str) -> None:
    """Keep how a proposed change was decided."""
    await tx.execute(
        _SQL["decide_change"], id=change, status=status, officer=officer.id, organization=officer.organization,
        reason=reason,
    )  # fmt: skip


async def list_changes(tx: Transaction, *, registration: UUID) -> list[ChangeRow]:
    """Return the changes of a registration, in order."""
    return await tx.all(_SQL["list_changes"], ChangeRow, registration=registration)


async def insert_refusal(
    tx: Transaction,
    officer: Officer,
    *,
    terminal: str,
    act: str,
    number: str | None,
    registration: UUID | None,
    lookup: UUID | None,
    codes: Sequence[str],
) -> None:
    """Keep a refused attempt."""
    await tx.write(
        _SQL["insert_refusal"], id=new_id(), officer=officer.id, organization=officer.organization, terminal=terminal,
        act=act, certificate_number=number, registration=registration, lookup=lookup, codes=codes,
    )  # fmt: skip


async def list_refusals(
    tx: Transaction, *, scope: Scope, number: str | None, before: UUID | None, limit: int
) -> list[RefusedAttempt]:
    """Return refused attempts inside the scope, newest first."""
    place = {"scope": scope.patterns, "before": before or _LAST, "limit": limit}
    if number is None:
        return await tx.all(_SQL["list_refusals"], RefusedAttempt, **place)
    return await tx.all(_SQL["list_refusals_of_number"], RefusedAttempt, number=number, **place)


async def list_registrations(
    tx: Transaction, *, scope: Scope, wanted: Filter, station: str | None, before: UUID, limit: int
) -> list[RegistrationListed]:
    """Return registrations inside the scope, newest first, by the index that fits what is wanted.

    `station` is the one organisation of all of them, where that is known.
    """
    place = {"scope": scope.patterns, "before": before, "limit": limit}
    since = wanted.since or _FIRST_MOMENT
    if wanted.number is not None:
        return await tx.all(
            _SQL["list_registrations_of_number"], RegistrationListed, number=wanted.number, status=wanted.status,
            organization=wanted.organization, since=since, **place,
        )  # fmt: skip
    if station is not None:
        return await tx.all(
            _SQL["list_registrations_of_organization"], RegistrationListed, organization=station,
            status=wanted.status, since=since, **place,
        )  # fmt: skip
    if wanted.status is RegistrationStatus.HELD:
        return await tx.all(_SQL["list_held_registrations"], RegistrationListed, since=since, **place)
    if wanted.status in _ENDED:
        return await tx.all(
            _SQL["list_ended_registrations"], RegistrationListed, status=wanted.status, since=since, **place
        )
    return await tx.all(_SQL["list_registrations"], RegistrationListed, status=wanted.status, since=since, **place)


async def search(
    tx: Transaction, *, scope: Scope, column: str, blinds: Sequence[bytes], part: Part | None, before: UUID, limit: int
) -> list[RegistrationListed]:
    """Return registrations inside the scope on which a sealed value stands, newest first."""
    name = {
        "citizen_number": "search_by_citizen_number",
        "other_number": "search_by_other_number",
        "phone": "search_by_phone",
        "address": "search_by_address",
    }[column]
    return await tx.all(
        _SQL[name], RegistrationListed, scope=scope.patterns, blinds=blinds, part=part, before=before, limit=limit
    )


async def search_by_name(
    tx: Transaction, *, scope: Scope, name: str, part: Part | None, before: UUID, limit: int
) -> list[RegistrationListed]:
    """Return registrations inside the scope on which a name begins so, newest first."""
    return await tx.all(
        _SQL["search_by_name"], RegistrationListed, scope=scope.patterns, name=name, past=name + "\U0010ffff",
        part=part, before=before, limit=limit,
    )  # fmt: skip


async def search_by_similar_name(
    tx: Transaction, *, scope: Scope, name: str, before: UUID, limit: int
) -> list[RegistrationListed]:
    """Return registrations inside the scope of a child with nearly this name, newest first."""
    return await tx.all(
        _SQL["search_by_similar_name"], RegistrationListed, scope=scope.patterns, name=name, before=before, limit=limit
    )
