"""How a proposal ends without effect: who made it withdraws it, or the second person refuses it."""

from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import objecting, refusals
from birthreg.blacklist import proposal_store as store
from birthreg.blacklist.proposal_models import PROPOSAL_STATUS_NAMES, Proposal, ProposalStatus
from birthreg.blacklist.proposing import OBJECT, find_proposal, refused
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound, PreconditionFailed


async def withdraw(
    tx: Transaction, officer: Officer, *, scope: Scope, proposal: UUID, reason: str, version: int | None, terminal: str
) -> Proposal:
    """Take back what one proposed oneself; a hold that came with it ends.

    Raises:
        NotFound: no such proposal made to, or by, the scope.
        PreconditionFailed: it has changed since it was read.
        ProposalDecided, ProposerWithdraws: it can't be taken back, or not by this officer.
    """
    found = await hold_open_proposal(
        tx, officer, scope=scope, proposal=proposal, version=version, act="withdraw_proposal", terminal=terminal
    )
    if found.proposed_by != officer.id:
        raise await refused(
            tx, officer, act="withdraw_proposal", key=str(proposal), terminal=terminal,
            error=refusals.ProposerWithdraws(),
        )  # fmt: skip
    return await close_without_effect(
        tx, officer, found=found, status=ProposalStatus.WITHDRAWN, reason=reason, terminal=terminal
    )


async def close_without_effect(
    tx: Transaction, officer: Officer, *, found: Proposal, status: ProposalStatus, reason: str, terminal: str
) -> Proposal:
    """Refuse or withdraw a proposal that this transaction holds.

    A hold that came with it ends; an objection that led to it is to be decided anew.
    """
    moment = tx.database.clock()
    await store.decide_proposal(tx, proposal=found.id, status=status, officer=officer, reason=reason, now=moment)
    if found.held:
        await store.end_hold(tx, proposal=found.id, now=moment)
    if found.objection_id is not None:
        await objecting.reopen(tx, officer, objection=found.objection_id, terminal=terminal)
    act = "withdraw_proposal" if status is ProposalStatus.WITHDRAWN else "refuse_proposal"
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act=act, object=OBJECT, key=str(found.id), count=found.count,
    )  # fmt: skip
    return await find_proposal(tx, scope=Scope(patterns=(found.organization,)), proposal=found.id)


async def hold_open_proposal(
    tx: Transaction, officer: Officer, *, scope: Scope, proposal: UUID, version: int | None, act: str, terminal: str
) -> Proposal:
    """Return a proposal that is still open, held by this transaction with the list; nobody else decides meanwhile.

    Raises:
        NotFound: no such proposal made to, or by, the scope.
        PreconditionFailed: it has changed since it was read.
        ProposalDecided: it is open no more.
    """
    await store.wait_for_objection(tx, proposal=proposal)
    await store.wait_for_entry(tx, proposal=proposal)
    await store.lock_list(tx)
    found = await store.lock_proposal(tx, scope=scope, proposal=proposal)
    if found is None:
        raise NotFound
    if version is not None and version != found.version:
        raise PreconditionFailed
    if found.status is not ProposalStatus.PROPOSED:
        error = refusals.ProposalDecided(status=PROPOSAL_STATUS_NAMES[found.status])
        raise await refused(tx, officer, act=act, key=str(proposal), terminal=terminal, error=error)
    return found
