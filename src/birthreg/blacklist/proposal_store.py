"""Named queries of proposals, holds and previews; touched by this room alone."""

from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.blacklist.models import Entry, Range
from birthreg.blacklist.proposal_models import (
    Count,
    EntryId,
    IssuedIn,
    Lapsed,
    ObjectionHeld,
    Overlap,
    OwnHold,
    Particulars,
    Proposal,
    ProposalStatus,
    UsedNumber,
)
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("blacklist_proposals")


async def lock_list(tx: Transaction) -> None:
    """Let nothing be claimed and nobody else change the list until the transaction ends."""
    await tx.execute(_SQL["lock_list"])


async def wait_for_entry(tx: Transaction, *, proposal: UUID) -> None:
    """Hold the entry that a proposal would lift, once whoever changes it is done."""
    await tx.one(_SQL["wait_for_entry"], EntryId, proposal=proposal)


async def wait_for_objection(tx: Transaction, *, proposal: UUID) -> None:
    """Hold the objection that led to a proposal, once whoever has it is done."""
    await tx.one(_SQL["wait_for_objection"], ObjectionHeld, proposal=proposal)


async def insert_proposal(
    tx: Transaction, *, proposal: UUID, particulars: Particulars, organization: str, officer: Officer, now: datetime
) -> None:
    """Let a proposal wait for a second person."""
    await tx.execute(
        _SQL["insert_proposal"], id=proposal, **msgspec.structs.asdict(particulars), count=particulars.count,
        organization=organization, proposed_by=officer.id, proposed_by_organization=officer.organization, now=now,
    )  # fmt: skip


async def find_proposal(tx: Transaction, *, scope: Scope, proposal: UUID) -> Proposal | None:
    """Return one proposal made to, or by, the scope."""
    return await tx.one(_SQL["find_proposal"], Proposal, id=proposal, scope=scope.patterns)


async def lock_proposal(tx: Transaction, *, scope: Scope, proposal: UUID) -> Proposal | None:
    """Return one proposal, held until the transaction ends."""
    return await tx.one(_SQL["lock_proposal"], Proposal, id=proposal, scope=scope.patterns)


async def list_proposals(
    tx: Transaction, *, scope: Scope, status: ProposalStatus | None, before: UUID, limit: int
) -> list[Proposal]:
    """Return proposals made to, or by, the scope, newest first."""
    return await tx.all(
        _SQL["list_proposals"], Proposal, scope=scope.patterns, status=status, before=before, limit=limit
    )


async def decide_proposal(
    tx: Transaction, *, proposal: UUID, status: ProposalStatus, officer: Officer, reason: str, now: datetime
) -> None:
    """Keep what became of a proposal that this transaction holds."""
    await tx.execute(
        _SQL["decide_proposal"], id=proposal, status=status, officer=officer.id, organization=officer.organization,
        reason=reason, now=now,
    )  # fmt: skip


async def insert_entry(
    tx: Transaction, *, entry: UUID, proposal: UUID, lapses_at: datetime | None, now: datetime
) -> None:
    """Put a proposal's numbers on the list."""
    await tx.execute(_SQL["insert_entry"], entry=entry, proposal=proposal, lapses_at=lapses_at, now=now)


async def confirm_hold(tx: Transaction, *, proposal: UUID, now: datetime) -> bool:
    """Let a hold lapse no more; False when it has ended."""
    return await tx.execute(_SQL["confirm_hold"], proposal=proposal, now=now) > 0


async def end_hold(tx: Transaction, *, proposal: UUID, now: datetime) -> None:
    """End a hold that still works."""
    await tx.execute(_SQL["end_hold"], proposal=proposal, now=now)


async def lapse_holds(tx: Transaction, *, limit: int) -> list[Lapsed]:
    """Record the holds whose time is over, and return them."""
    return await tx.all(_SQL["lapse_holds"], Lapsed, limit=limit)


async def lock_holds_of(tx: Transaction, *, officer: str) -> None:
    """Let nobody else hold in this officer's name until the transaction ends."""
    await tx.execute(_SQL["lock_holds_of"], officer=officer)


async def find_own_hold(tx: Transaction, *, numbers: Range, officer: str, since: datetime) -> OwnHold | None:
    """Return an officer's last unconfirmed hold over some of these numbers."""
    return await tx.one(
        _SQL["find_own_hold"], OwnHold, first=numbers.first, last=numbers.last, officer=officer, since=since
    )


async def find_same_entry(tx: Transaction, *, proposal: Proposal) -> EntryId | None:
    """Return the entry in force that says the same as a proposal."""
    return await tx.one(
        _SQL["find_same_entry"], EntryId, first=proposal.first, last=proposal.last, reason=proposal.reason,
        document_number=proposal.document_number, organization=proposal.organization,
    )  # fmt: skip


async def find_piece(tx: Transaction, *, entry: UUID, numbers: Range) -> EntryId | None:
    """Return the entry, or the remainder of it, that is in force and holds these numbers."""
    return await tx.one(_SQL["find_piece"], EntryId, entry=entry, first=numbers.first, last=numbers.last)


async def find_any_entry(tx: Transaction, *, entry: UUID, now: datetime) -> Entry | None:
    """Return one entry, whoever's it is."""
    return await tx.one(_SQL["find_any_entry"], Entry, id=entry, now=now)


async def list_entries_of_proposal(
    tx: Transaction, *, proposal: UUID, lifted: UUID | None, now: datetime
) -> list[Entry]:
    """Return what a proposal listed, ended or left over."""
    return await tx.all(_SQL["list_entries_of_proposal"], Entry, proposal=proposal, lifted=lifted, now=now)


async def lift_entry(tx: Transaction, *, entry: UUID, proposal: UUID, now: datetime) -> None:
    """End an entry in force."""
    await tx.execute(_SQL["lift_entry"], entry=entry, proposal=proposal, now=now)


async def insert_piece(tx: Transaction, *, piece: UUID, entry: UUID, numbers: Range) -> None:
    """Let what remains of an ended entry go on."""
    await tx.execute(
        _SQL["insert_piece"], piece=piece, entry=entry, first=numbers.first, last=numbers.last, count=numbers.count
    )


async def count_used(tx: Transaction, *, numbers: Range) -> int:
    """Return how many numbers of a range are used."""
    found = await tx.one(_SQL["count_used"], Count, first=numbers.first, last=numbers.last)
    return found.count if found else 0


async def list_used(tx: Transaction, *, scope: Scope, numbers: Range, after: str, limit: int) -> list[UsedNumber]:
    """Return used numbers of a range, in their order, after a given one."""
    return await tx.all(
        _SQL["list_used"], UsedNumber, scope=scope.patterns, first=numbers.first, last=numbers.last, after=after,
        limit=limit,
    )  # fmt: skip


async def list_overlaps(tx: Transaction, *, numbers: Range, limit: int) -> list[Overlap]:
    """Return the entries in force that hold some numbers of a range."""
    return await tx.all(_SQL["list_overlaps"], Overlap, first=numbers.first, last=numbers.last, limit=limit)


async def count_issuers(tx: Transaction, *, numbers: Range, limit: int) -> list[IssuedIn]:
    """Return which prefectures issued the first numbers of a range of which that is known, and how many each."""
    return await tx.all(_SQL["count_issuers"], IssuedIn, first=numbers.first, last=numbers.last, limit=limit)
