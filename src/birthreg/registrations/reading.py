"""Reading registrations: one, lists, searches, refused attempts. Each reading is itself on the trail."""

from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.audit.models import Operation
from birthreg.filing.service import find_filing_of
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound, field_error
from birthreg.kernel.identifiers import first_id_at
from birthreg.kernel.language import Language
from birthreg.kernel.paging import decode_id_cursor
from birthreg.kernel.vault import Vault
from birthreg.registrations import masking, sealing, store
from birthreg.registrations.acting import note
from birthreg.registrations.book_models import (
    Filter,
    RefusedAttempt,
    RegistrationListed,
    RegistrationRow,
    RegistrationShown,
    SearchRequest,
)
from birthreg.registrations.pictures import note_face_of
from birthreg.registrations.service import show

_LAST = UUID(int=2**128 - 1)
_KEYS = (*sealing.SECRETS, "name", "similar_name")


async def read_registration(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    registration: UUID,
    vault: Vault,
    terminal: str,
    language: Language,
) -> RegistrationShown:
    """Return a registration with its later life, covered as far as the officer may not see it.

    Raises:
        NotFound: no such registration inside the scope.
    """
    row = await store.find_registration(tx, scope=scope, registration=registration)
    if row is None:
        raise NotFound
    people = [sealing.open_person(vault, person) for person in await store.list_people(tx, registration=row.id)]
    clear = masking.sees_clear(
        officer, organization=row.organization, household_organization=row.household_organization
    )
    if not clear:
        people = [masking.mask_person(person, names=masking.sees_names(officer)) for person in people]
    application = sealing.put_together(
        row.particulars, people, summary=sealing.open_summary(vault, row.visit_summary) if clear else None
    )
    if not clear:
        application = masking.mask_secrets(application)
    if not masking.sees_names(officer):
        application = masking.mask_names(application)
    await note(
        tx, officer, act="read_registrations", operation=Operation.QUERY, registration=row.id,
        number=row.certificate_number, terminal=terminal,
    )  # fmt: skip
    return masking.mask_shown(
        await _show(tx, row, application=application, masked=not clear, language=language), officer
    )


async def _show(
    tx: Transaction, row: RegistrationRow, *, application: dict[str, object], masked: bool, language: Language
) -> RegistrationShown:
    return RegistrationShown(
        id=row.id,
        version=row.version,
        status=row.status,
        certificate_number=row.certificate_number,
        lookup_id=row.lookup_id,
        organization=row.organization,
        household_organization=row.household_organization,
        officer=row.officer,
        entered_at=row.entered_at,
        held_for=row.held_for,
        masked=masked,
        application=application,
        acts=await store.list_acts(tx, registration=row.id),
        changes=await store.list_changes(tx, registration=row.id),
        filings=await find_filing_of(tx, registration=row.id),
        notes=[show(noted, language) for noted in await note_face_of(tx, row)],
    )


async def list_registrations(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    wanted: Filter,
    before: UUID | None,
    limit: int,
    terminal: str,
) -> list[RegistrationListed]:
    """Return registrations inside the scope, newest first."""
    until = first_id_at(wanted.until) if wanted.until else _LAST
    station = wanted.organization or (officer.organization if scope.patterns == (f"{officer.organization}%",) else None)
    found = await store.list_registrations(
        tx, scope=scope, wanted=wanted, station=station, before=min(before or _LAST, until), limit=limit
    )
    await note(
        tx, officer, act="read_registrations", operation=Operation.QUERY, registration=None, number=wanted.number,
        terminal=terminal, count=min(len(found), limit - 1),
    )  # fmt: skip
    return [masking.mask_listed(row, officer) for row in found]


async def search(
    tx: Transaction, officer: Officer, *, scope: Scope, wanted: SearchRequest, vault: Vault, limit: int, terminal: str
) -> list[RegistrationListed]:
    """Return the registrations inside the scope on which a person stands, newest first.

    Raises:
        FieldsWrong: not exactly one kind of personal data is given.
    """
    key = _key_of(wanted)
    found = await _find(tx, scope=scope, wanted=wanted, key=key, vault=vault, limit=limit)
    await note(
        tx, officer, act="search_registrations", operation=Operation.QUERY, registration=None, number=None,
        terminal=terminal, condition=key, count=min(len(found), limit - 1),
    )  # fmt: skip
    return [masking.mask_listed(row, officer) for row in found]


def _key_of(wanted: SearchRequest) -> str:
    given = [key for key in _KEYS if getattr(wanted, key) is not None]
    if len(given) != 1:
        raise field_error(
            field="body",
            code="search_one_key",
            zh="请按一种信息检索:身份证号、其他证件号、电话、地址、姓名或近似姓名。",
            en="Search by one of: citizen number, other number, phone, address, name, similar name.",
        )
    return given[0]


async def _find(
    tx: Transaction, *, scope: Scope, wanted: SearchRequest, key: str, vault: Vault, limit: int
) -> list[RegistrationListed]:
    before = decode_id_cursor(wanted.cursor) or _LAST
    value: str = getattr(wanted, key)
    if key == "name":
        return await store.search_by_name(tx, scope=scope, name=value, part=wanted.part, before=before, limit=limit)
    if key == "similar_name":
        return await store.search_by_similar_name(tx, scope=scope, name=value, before=before, limit=limit)
    return await store.search(
        tx, scope=scope, column=key, blinds=sealing.blinds(vault, key, value), part=wanted.part, before=before,
        limit=limit,
    )  # fmt: skip


async def list_refusals(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    number: str | None,
    before: UUID | None,
    limit: int,
    terminal: str,
) -> list[RefusedAttempt]:
    """Return the refused attempts inside the scope, newest first."""
    found = await store.list_refusals(tx, scope=scope, number=number, before=before, limit=limit)
    await note(
        tx, officer, act="read_refusals", operation=Operation.QUERY, registration=None, number=number,
        terminal=terminal, count=min(len(found), limit - 1),
    )  # fmt: skip
    return [masking.mask_refused(row, officer) for row in found]
