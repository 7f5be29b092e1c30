"""The act of the second person: what another proposed comes into force, or doesn't."""

from datetime import datetime
from uuid import UUID

import asyncpg

from birthreg.access.models import Act, Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import announcing, refusals, rules
from birthreg.blacklist import proposal_store as store
from birthreg.blacklist.closing import close_without_effect, hold_open_proposal
from birthreg.blacklist.models import Range
from birthreg.blacklist.proposal_models import Choice, Decided, Lapsed, Proposal, ProposalStatus, ProposedAct
from birthreg.blacklist.proposing import OBJECT, find_proposal, refused
from birthreg.blacklist.service import read_version
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, Forbidden, NotFound
from birthreg.kernel.identifiers import new_id


async def decide(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    proposal: UUID,
    choice: Choice,
    reason: str,
    version: int | None,
    terminal: str,
) -> Decided:
    """Approve or refuse what another officer proposed; approved, it is in force when this transaction commits.

    Raises:
        NotFound: no such proposal made to, or by, the scope.
        PreconditionFailed: it has changed since it was read.
        ProposalDecided, AnotherPersonDecides, OwnerDecides: it isn't this officer's to decide.
        AlreadyListed, EntryNotInForce: the list has moved, so that nothing could come of it.
        EntryInMotion: a batch that is being put in force writes the same entry.
    """
    act = Act.DECIDE_BLACKLIST
    found = await hold_open_proposal(
        tx, officer, scope=scope, proposal=proposal, version=version, act=act, terminal=terminal
    )
    error = _not_theirs(found, officer, scope)
    if error is not None:
        raise await refused(tx, officer, act=act, key=str(proposal), terminal=terminal, error=error)
    if choice is Choice.REFUSE:
        closed = await close_without_effect(
            tx, officer, found=found, status=ProposalStatus.REFUSED, reason=reason, terminal=terminal
        )
        entries = await store.list_entries_of_proposal(tx, proposal=found.id, lifted=None, now=tx.database.clock())
        return Decided(proposal=closed, entries=entries, list_version=await read_version(tx))
    return await _approve(tx, officer, found=found, reason=reason, terminal=terminal)


def _not_theirs(found: Proposal, officer: Officer, scope: Scope) -> Forbidden | None:
    if found.proposed_by == officer.id:
        return refusals.AnotherPersonDecides()
    if not scope.holds(found.organization):
        return refusals.OwnerDecides(organization=found.organization_name)
    return None


async def _approve(tx: Transaction, officer: Officer, *, found: Proposal, reason: str, terminal: str) -> Decided:
    # The list is locked: whatever was committed before is seen, and this moment lies after it.
    moment = tx.database.clock()
    target, error = await _find_target(tx, found)
    if error is not None:
        raise await refused(tx, officer, act=Act.DECIDE_BLACKLIST, key=str(found.id), terminal=terminal, error=error)
    entry = await _bring_into_force(
        tx, officer, found=found, target=target, reason=reason, now=moment, terminal=terminal
    )
    version = await read_version(tx)
    await announcing.announce(tx, officer, proposal=found, entry=entry, list_version=version, now=moment)
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act="approve_proposal", object=OBJECT, key=str(found.id), count=found.count,
        detail={"act": str(found.act), "entry": str(entry), "list_version": version},
    )  # fmt: skip
    decided = await find_proposal(tx, scope=Scope(patterns=(found.organization,)), proposal=found.id)
    entries = await store.list_entries_of_proposal(tx, proposal=found.id, lifted=target, now=moment)
    return Decided(proposal=decided, entries=entries, list_version=version)


async def _bring_into_force(
    tx: Transaction, officer: Officer, *, found: Proposal, target: UUID | None, reason: str, now: datetime,
    terminal: str,
) -> UUID:  # fmt: skip
    """Close the proposal as approved, and list or lift what it says; return the entry."""
    await tx.settle()
    try:
        async with tx.connection.transaction():
            await store.decide_proposal(
                tx, proposal=found.id, status=ProposalStatus.APPROVED, officer=officer, reason=reason, now=now
            )
            if target is None:
                return await _list(tx, found, now=now)
            await lift(tx, entry=target, numbers=Range(found.first, found.last), proposal=found.id, now=now)
            return target
    except asyncpg.LockNotAvailableError as busy:
        error = refusals.EntryInMotion()
        raise await refused(
            tx, officer, act=Act.DECIDE_BLACKLIST, key=str(found.id), terminal=terminal, error=error
        ) from busy


async def _find_target(tx: Transaction, found: Proposal) -> tuple[UUID | None, Conflict | None]:
    """Return the entry that a lift ends, or why the proposal can't be carried out any more."""
    if found.act is ProposedAct.ADD or found.entry_id is None:
        same = await store.find_same_entry(tx, proposal=found)
        return None, refusals.AlreadyListed(entry=same.id) if same else None
    piece = await store.find_piece(tx, entry=found.entry_id, numbers=Range(found.first, found.last))
    return (piece.id, None) if piece else (None, refusals.EntryNotInForce())


async def _list(tx: Transaction, found: Proposal, *, now: datetime) -> UUID:
    """Put a proposal's numbers on the list, or let its hold go on for good; return the entry."""
    if found.held and await store.confirm_hold(tx, proposal=found.id, now=now):
        [held] = [
            entry
            for entry in await store.list_entries_of_proposal(tx, proposal=found.id, lifted=None, now=now)
            if entry.lifted_at is None
        ]
        return held.id
    entry = new_id()
    await store.insert_entry(tx, entry=entry, proposal=found.id, lapses_at=None, now=now)
    return entry


async def lift(tx: Transaction, *, entry: UUID, numbers: Range, proposal: UUID, now: datetime) -> None:
    """End an entry for these numbers; the rest of it goes on from the same moment, as entries of their own."""
    whole = await store.find_any_entry(tx, entry=entry, now=now)
    if whole is None:
        raise NotFound
    await store.lift_entry(tx, entry=entry, proposal=proposal, now=now)
    for piece in rules.remainders(Range(whole.first, whole.last), numbers):
        await store.insert_piece(tx, piece=new_id(), entry=entry, numbers=piece)


async def lapse(tx: Transaction, *, limit: int = 500) -> list[Lapsed]:
    """Record the holds whose time is over, each once; they work no more since then, whoever recorded it when."""
    lapsed = await store.lapse_holds(tx, limit=limit)
    for hold in lapsed:
        await record(
            tx, officer="worker", organization=hold.organization, terminal="worker", operation=Operation.CHANGE,
            act="lapse_hold", object="blacklist_entry", key=str(hold.id), count=hold.count,
        )  # fmt: skip
    return lapsed
