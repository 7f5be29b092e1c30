"""A family contests that its number stands on the list (异议): received, decided, and lifted where they are right."""

from uuid import UUID

from birthreg.access.models import Act, Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import notice_store as store
from birthreg.blacklist import proposal_store, proposing, refusals, rules
from birthreg.blacklist.models import Entry, EntryStatus, Range
from birthreg.blacklist.notice_models import (
    OBJECTION_STATUS_NAMES,
    ContestedEntry,
    Objection,
    ObjectionChoice,
    ObjectionDecisionRequest,
    ObjectionOfNumber,
    ObjectionRequest,
    ObjectionStatus,
)
from birthreg.blacklist.proposal_models import Particulars, ProposedAct
from birthreg.certificates.models import CertificateNumber
from birthreg.certificates.rules import require_number
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import DomainError, NotFound, PreconditionFailed, field_error
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.working_days import add_working_days

_LAST = UUID(int=2**128 - 1)
_DECIDED = {
    ObjectionChoice.UPHOLD: ObjectionStatus.UPHELD,
    ObjectionChoice.REJECT: ObjectionStatus.REJECTED,
    ObjectionChoice.SETTLE: ObjectionStatus.SETTLED,
}
OBJECT = "blacklist_objection"
MOST_OBJECTIONS = 50
"""Of one number, in its life."""


async def object_to(
    tx: Transaction, officer: Officer, *, entry: UUID, asked: ObjectionRequest, terminal: str
) -> Objection:
    """Receive a family's objection to an entry; its owner decides within the working days that it says.

    Raises:
        FieldsWrong: the number is none, or not of this entry.
        NotFound: there is no such entry.
        EntryNotInForce, ObjectionOpen: there is nothing to contest, or it is contested already.
    """
    number = require_number(asked.certificate_number, field="certificate_number")
    contested = await _find_contested(tx, officer, entry=entry, number=number, terminal=terminal)
    deadline = add_working_days(rules.day_of(tx.now), rules.OBJECTION_DAYS)
    await store.lock_objections_of(tx, number=number)
    if open_already := await store.find_open_objection(tx, entry=contested.id, number=number):
        error = refusals.ObjectionOpen(organization=open_already.receiver)
        raise await _refused(tx, officer, act=Act.RAISE_OBJECTIONS, key=str(entry), terminal=terminal, error=error)
    objection = new_id()
    await store.insert_objection(
        tx, objection=objection, entry=contested.id, number=number, asked=asked, officer=officer,
        due_on=deadline.day, due_is_certain=deadline.is_certain,
    )  # fmt: skip
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.ADD,
        act=Act.RAISE_OBJECTIONS, object=OBJECT, key=str(objection), condition=number,
    )  # fmt: skip
    return await find_objection(tx, scope=Scope(patterns=(contested.organization,)), objection=objection)


async def _find_contested(
    tx: Transaction, officer: Officer, *, entry: UUID, number: CertificateNumber, terminal: str
) -> Entry:
    found = await proposal_store.find_any_entry(tx, entry=entry, now=tx.now)
    if found is None:
        raise NotFound
    if not rules.holds(Range(found.first, found.last), Range(number, number)):
        raise field_error(
            field="certificate_number", code="number_outside_entry", zh="该编号不在此记录中。",
            en="The entry doesn't hold this number.",
        )  # fmt: skip
    if found.status is not EntryStatus.IN_FORCE:
        error = refusals.EntryNotInForce()
        raise await _refused(tx, officer, act=Act.RAISE_OBJECTIONS, key=str(entry), terminal=terminal, error=error)
    return found


async def _refused(
    tx: Transaction, officer: Officer, *, act: str, key: str, terminal: str, error: DomainError
) -> DomainError:
    return await proposing.refused(tx, officer, act=act, key=key, terminal=terminal, error=error, object=OBJECT)


async def find_objection(tx: Transaction, *, scope: Scope, objection: UUID) -> Objection:
    """Return one objection to an entry of, or received by, the scope.

    Raises:
        NotFound: there is none.
    """
    found = await store.find_objection(tx, scope=scope, objection=objection)
    if found is None:
        raise NotFound
    return found


async def list_objections(
    tx: Transaction, *, scope: Scope, status: ObjectionStatus | None, before: UUID | None, limit: int
) -> list[Objection]:
    """Return the objections to entries of, or received by, the scope, newest first."""
    return await store.list_objections(tx, scope=scope, status=status, before=before or _LAST, limit=limit)


async def list_objections_of_number(tx: Transaction, *, scope: Scope | None, number: str) -> list[ObjectionOfNumber]:
    """Return the newest objections to a number's listing; none for who may read no objections."""
    if scope is None:
        return []
    return await store.list_objections_of_number(tx, scope=scope, number=number, limit=MOST_OBJECTIONS)


async def decide_objection(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    objection: UUID,
    asked: ObjectionDecisionRequest,
    version: int | None,
    terminal: str,
) -> Objection:
    """Uphold, reject or settle an objection; upheld, the lift of the number is proposed for a second person to approve.

    Where that person refuses the lift, or it is withdrawn, the objection is to be decided anew.

    Raises:
        NotFound: no such objection inside the scope.
        PreconditionFailed: it has changed since it was read.
        ObjectionDecided, OwnerDecides, ListerDecides: it isn't this officer's to decide.
        EntryHeld: the number was held, and a second person has yet to say whether it is void.
        ListingOver, StillListed: it can't be decided so, for the listing has ended, or hasn't.
    """
    found = await _hold_objection(tx, scope=scope, objection=objection, version=version)
    contested = await store.find_contested(tx, entry=found.entry_id, number=found.certificate_number)
    error = _not_theirs(officer, scope=scope, found=found) or _overtaken(contested, asked.decision)
    if error is not None:
        act = Act.DECIDE_BLACKLIST
        raise await _refused(tx, officer, act=act, key=str(objection), terminal=terminal, error=error)
    proposal = None
    if contested is not None and asked.decision is ObjectionChoice.UPHOLD:
        proposal = await _propose_lift(
            tx, officer, scope=scope, found=found, piece=contested.id, asked=asked, terminal=terminal
        )
    await _keep_decision(tx, officer, found=found, asked=asked, proposal=proposal, terminal=terminal)
    return await find_objection(tx, scope=scope, objection=objection)


async def withdraw_objection(
    tx: Transaction, officer: Officer, *, scope: Scope, objection: UUID, reason: str, version: int | None, terminal: str
) -> Objection:
    """Take back an objection that was received by mistake, so that the family's real one can be received.

    Raises:
        NotFound: no such objection inside the scope.
        PreconditionFailed: it has changed since it was read.
        ObjectionDecided, ReceiverWithdraws: it can't be taken back, or not by this organisation.
    """
    found = await _hold_objection(tx, scope=scope, objection=objection, version=version)
    error: DomainError | None = None
    if found.status is not ObjectionStatus.RECEIVED:
        error = refusals.ObjectionDecided(status=OBJECTION_STATUS_NAMES[found.status])
    elif found.received_by_organization != officer.organization:
        error = refusals.ReceiverWithdraws(organization=found.received_by_organization)
    if error is not None:
        act = Act.WITHDRAW_OBJECTIONS
        raise await _refused(tx, officer, act=act, key=str(objection), terminal=terminal, error=error)
    await store.decide_objection(
        tx, objection=objection, status=ObjectionStatus.WITHDRAWN, officer=officer, reason=reason, proposal=None
    )
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act=Act.WITHDRAW_OBJECTIONS, object=OBJECT, key=str(objection),
    )  # fmt: skip
    return await find_objection(tx, scope=scope, objection=objection)


async def reopen(tx: Transaction, officer: Officer, *, objection: UUID, terminal: str) -> None:
    """Let an upheld objection be decided anew, for its lift came to nothing."""
    await store.reopen_objection(tx, objection=objection)
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act="reopen_objection", object=OBJECT, key=str(objection),
    )  # fmt: skip


async def _hold_objection(tx: Transaction, *, scope: Scope, objection: UUID, version: int | None) -> Objection:
    found = await store.lock_objection(tx, scope=scope, objection=objection)
    if found is None:
        raise NotFound
    if version is not None and version != found.version:
        raise PreconditionFailed
    return found


async def _keep_decision(
    tx: Transaction,
    officer: Officer,
    *,
    found: Objection,
    asked: ObjectionDecisionRequest,
    proposal: UUID | None,
    terminal: str,
) -> None:
    status = _DECIDED[asked.decision]
    await store.decide_objection(
        tx, objection=found.id, status=status, officer=officer, reason=asked.reason, proposal=proposal
    )
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act="decide_objection", object=OBJECT, key=str(found.id), detail={"status": str(status)},
    )  # fmt: skip


def _not_theirs(officer: Officer, *, scope: Scope, found: Objection) -> DomainError | None:
    """Say why an objection is not, or no more, this officer's to decide; None when it is."""
    if found.status is not ObjectionStatus.RECEIVED:
        return refusals.ObjectionDecided(status=OBJECTION_STATUS_NAMES[found.status])
    if not scope.holds(found.organization):
        return refusals.OwnerDecides(organization=found.organization_name)
    if found.entry_listed_by == officer.id:
        return refusals.ListerDecides()
    return None


def _overtaken(contested: ContestedEntry | None, choice: ObjectionChoice) -> DomainError | None:
    """Say why an objection can't be decided so, by how the contested listing stands now; None when it can."""
    if contested is None:
        return None if choice is ObjectionChoice.SETTLE else refusals.ListingOver()
    if contested.held:
        return refusals.EntryHeld(proposal=contested.proposal_id)
    return refusals.StillListed() if choice is ObjectionChoice.SETTLE else None


async def _propose_lift(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    found: Objection,
    piece: UUID,
    asked: ObjectionDecisionRequest,
    terminal: str,
) -> UUID:
    entry = await proposal_store.find_any_entry(tx, entry=piece, now=tx.now)
    if entry is None:
        raise NotFound
    particulars = Particulars(
        act=ProposedAct.LIFT, first=found.certificate_number, last=found.certificate_number, reason=entry.reason,
        document_number=asked.document_number, event_date=entry.event_date, note=asked.reason, entry_id=piece,
        objection_id=found.id,
    )  # fmt: skip
    proposed = await proposing.file_proposal(
        tx, officer, scope=scope, particulars=particulars, organization=entry.organization, terminal=terminal
    )
    return proposed.proposal.id
