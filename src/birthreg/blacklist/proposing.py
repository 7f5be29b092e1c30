"""One function per act of the first person: propose, hold."""

from uuid import UUID

from birthreg.access.models import Act, Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import previewing, refusals, rules
from birthreg.blacklist import proposal_store as store
from birthreg.blacklist.models import Entry, EntryStatus, Range
from birthreg.blacklist.proposal_models import (
    Held,
    HoldRequest,
    Particulars,
    Proposal,
    ProposalRequest,
    ProposalStatus,
    Proposed,
    ProposedAct,
)
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, DomainError, NotFound, field_error
from birthreg.kernel.identifiers import new_id

_LAST = UUID(int=2**128 - 1)
OBJECT = "blacklist_proposal"


async def refused(
    tx: Transaction, officer: Officer, *, act: str, key: str | None, terminal: str, error: DomainError,
    object: str = OBJECT,  # noqa: A002 - the trail's own word
) -> DomainError:  # fmt: skip
    """Keep a refused attempt on the trail, and return the refusal to be raised."""
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act=act, object=object, key=key, succeeded=False, error_code=error.code,
    )  # fmt: skip
    return error


async def propose(
    tx: Transaction, officer: Officer, *, scope: Scope, asked: ProposalRequest, terminal: str
) -> Proposed:
    """Propose to add numbers to the list, or to lift an entry or a part of it; nothing changes until another decides.

    Raises:
        FieldsWrong: what was sent is wrong.
        NotFound: there is no such entry.
        EntryNotInForce, EntryHeld, OwnerUnknown: it can't be proposed.
    """
    if asked.act is ProposedAct.LIFT:
        entry = await find_liftable(tx, officer, entry=asked.entry_id, terminal=terminal)
        particulars = _to_lift(entry, asked, tx)
        return await file_proposal(
            tx, officer, scope=scope, particulars=particulars, organization=entry.organization, terminal=terminal
        )
    particulars = _to_add(asked, tx)
    organization = await _find_known_owner(tx, officer, numbers=_numbers(particulars), terminal=terminal)
    return await file_proposal(
        tx, officer, scope=scope, particulars=particulars, organization=organization, terminal=terminal
    )


async def file_proposal(
    tx: Transaction, officer: Officer, *, scope: Scope, particulars: Particulars, organization: str, terminal: str
) -> Proposed:
    """Let a sound proposal wait in its owner's list, and say what it would do."""
    proposal = await _insert(tx, officer, particulars=particulars, organization=organization, terminal=terminal)
    preview = await previewing.preview(tx, scope=scope, numbers=_numbers(particulars), organization=organization)
    return Proposed(proposal=proposal, preview=preview)


async def hold(tx: Transaction, officer: Officer, *, scope: Scope, asked: HoldRequest, terminal: str) -> Held:
    """Make numbers void at once, for a day at most, and propose that a second person confirms it.

    Raises:
        FieldsWrong: what was sent is wrong.
        HoldOutsideJurisdiction: the numbers are another province's.
        HoldRunning, HoldRepeated: the officer holds some of them, or did lately and nobody confirmed it.
    """
    numbers = rules.require_range(asked.first, asked.last, asked.count)
    rules.require_past(asked.event_date, by=rules.day_of(tx.now))
    organization = await previewing.find_owner(tx, officer, numbers=numbers)
    await store.lock_holds_of(tx, officer=officer.id)
    await _require_may_hold(tx, officer, numbers=numbers, organization=organization, terminal=terminal)
    particulars = Particulars(
        act=ProposedAct.ADD, first=numbers.first, last=numbers.last, reason=asked.reason,
        document_number=asked.document_number, event_date=asked.event_date, institution=asked.institution,
        note=asked.note, held=True,
    )  # fmt: skip
    proposal = await _insert(tx, officer, particulars=particulars, organization=organization, terminal=terminal)
    preview = await previewing.preview(tx, scope=scope, numbers=numbers, organization=organization)
    await store.lock_list(tx)
    moment = tx.database.clock()
    entry = new_id()
    await store.insert_entry(tx, entry=entry, proposal=proposal.id, lapses_at=moment + rules.HOLD_LASTS, now=moment)
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.ADD,
        act="hold", object="blacklist_entry", key=str(entry), condition=_told(numbers), count=numbers.count,
    )  # fmt: skip
    held = await store.find_any_entry(tx, entry=entry, now=moment)
    if held is None:
        raise NotFound
    return Held(entry=held, proposal=proposal, preview=preview)


async def find_proposal(tx: Transaction, *, scope: Scope, proposal: UUID) -> Proposal:
    """Return one proposal made to, or by, the scope.

    Raises:
        NotFound: there is none.
    """
    found = await store.find_proposal(tx, scope=scope, proposal=proposal)
    if found is None:
        raise NotFound
    return found


async def list_proposals(
    tx: Transaction, *, scope: Scope, status: ProposalStatus | None, before: UUID | None, limit: int
) -> list[Proposal]:
    """Return the proposals made to, or by, the scope, newest first."""
    return await store.list_proposals(tx, scope=scope, status=status, before=before or _LAST, limit=limit)


async def find_liftable(tx: Transaction, officer: Officer, *, entry: UUID | None, terminal: str) -> Entry:
    """Return an entry that a lift can be proposed for.

    Raises:
        FieldsWrong: no entry was named.
        NotFound: there is none.
        EntryHeld, EntryNotInForce: it can't be lifted.
    """
    if entry is None:
        raise field_error(field="entry_id", code="field_missing", zh="解除须写明记录。", en="A lift names the entry.")
    found = await store.find_any_entry(tx, entry=entry, now=tx.now)
    if found is None:
        raise NotFound
    error: Conflict | None = None
    if found.status is EntryStatus.IN_FORCE and found.lapses_at is not None:
        error = refusals.EntryHeld(proposal=found.proposal_id)
    elif found.status is not EntryStatus.IN_FORCE and not found.lift_proposal_id:
        error = refusals.EntryNotInForce()
    if error is not None:
        raise await refused(
            tx, officer, act=Act.PROPOSE_BLACKLIST, key=str(entry), terminal=terminal, error=error,
            object="blacklist_entry",
        )  # fmt: skip
    return found


def _to_add(asked: ProposalRequest, tx: Transaction) -> Particulars:
    if asked.entry_id is not None:
        raise field_error(
            field="entry_id", code="field_unexpected", zh="列入时不填写记录。", en="An addition names no entry."
        )
    if asked.first is None or asked.reason is None or asked.event_date is None:
        missing = next(name for name in ("first", "reason", "event_date") if getattr(asked, name) is None)
        raise field_error(field=missing, code="field_missing", zh="此项必填。", en="This is needed.")
    rules.require_past(asked.event_date, by=rules.day_of(tx.now))
    numbers = rules.require_range(asked.first, asked.last, asked.count)
    return Particulars(
        act=ProposedAct.ADD, first=numbers.first, last=numbers.last, reason=asked.reason,
        document_number=asked.document_number, event_date=asked.event_date, institution=asked.institution,
        note=asked.note,
    )  # fmt: skip


def _to_lift(entry: Entry, asked: ProposalRequest, tx: Transaction) -> Particulars:
    """Read a lift: the whole entry, or the part that is named; what isn't said is the entry's own."""
    whole = Range(entry.first, entry.last)
    part = whole if asked.first is None else rules.require_range(asked.first, asked.last, asked.count)
    if not rules.holds(whole, part):
        raise field_error(
            field="first", code="range_outside_entry", zh="不在该记录的号段内。", en="Not inside the entry's range."
        )
    if asked.note is None:
        raise field_error(field="note", code="field_missing", zh="解除须写明理由。", en="A lift says why.")
    if asked.event_date is not None:
        rules.require_past(asked.event_date, by=rules.day_of(tx.now))
    return Particulars(
        act=ProposedAct.LIFT, first=part.first, last=part.last, reason=asked.reason or entry.reason,
        document_number=asked.document_number, event_date=asked.event_date or entry.event_date,
        institution=asked.institution, note=asked.note, entry_id=entry.id,
    )  # fmt: skip


def _numbers(particulars: Particulars) -> Range:
    return Range(particulars.first, particulars.last)


def _told(numbers: Range) -> str:
    return numbers.first if numbers.first == numbers.last else f"{numbers.first}-{numbers.last}"


async def _find_known_owner(tx: Transaction, officer: Officer, *, numbers: Range, terminal: str) -> str:
    organization = await previewing.find_owner(tx, officer, numbers=numbers)
    if organization == officer.organization or await previewing.is_known(tx, organization=organization):
        return organization
    raise await refused(
        tx, officer, act=Act.PROPOSE_BLACKLIST, key=None, terminal=terminal,
        error=refusals.OwnerUnknown(organization=organization),
    )  # fmt: skip


async def _require_may_hold(
    tx: Transaction, officer: Officer, *, numbers: Range, organization: str, terminal: str
) -> None:
    error: DomainError | None = None
    since = tx.now - rules.HELD_AGAIN_AFTER
    if organization != officer.organization:
        error = refusals.HoldOutsideJurisdiction()
    elif own := await store.find_own_hold(tx, numbers=numbers, officer=officer.id, since=since):
        error = refusals.repeated(own)
    if error is not None:
        raise await refused(tx, officer, act="hold", key=None, terminal=terminal, error=error)


async def _insert(
    tx: Transaction, officer: Officer, *, particulars: Particulars, organization: str, terminal: str
) -> Proposal:
    identifier = new_id()
    await store.insert_proposal(
        tx, proposal=identifier, particulars=particulars, organization=organization, officer=officer, now=tx.now
    )
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.ADD,
        act=Act.PROPOSE_BLACKLIST, object=OBJECT, key=str(identifier), condition=_told(_numbers(particulars)),
        count=particulars.count, detail={"act": str(particulars.act), "to": organization},
    )  # fmt: skip
    return await find_proposal(tx, scope=Scope(patterns=(organization,)), proposal=identifier)
