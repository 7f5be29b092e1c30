"""Named queries of announcements, objections and the look back; touched by this room alone."""

from datetime import date, datetime
from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.blacklist.hiding import Place
from birthreg.blacklist.notice_models import (
    Acknowledgement,
    Announcement,
    ContestedEntry,
    Lookback,
    LookedBack,
    Objection,
    ObjectionOfNumber,
    ObjectionRequest,
    ObjectionStatus,
    OpenObjection,
    PastUse,
)
from birthreg.blacklist.proposal_models import Proposal
from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("blacklist_notices")


async def insert_announcement(
    tx: Transaction,
    *,
    announcement: UUID,
    proposal: Proposal,
    entry: UUID,
    officer: Officer,
    list_version: int,
    now: datetime,
) -> None:
    """Tell every prefecture of one entry that came into force or was lifted."""
    await tx.execute(
        _SQL["insert_announcement"], id=announcement, list_version=list_version, act=proposal.act, entry_id=entry,
        batch_id=None, proposal_id=proposal.id, first=proposal.first, last=proposal.last, count=proposal.count,
        reason=proposal.reason, document_number=proposal.document_number, event_date=proposal.event_date,
        institution=proposal.institution, organization=proposal.organization, announced_by=officer.id, now=now,
    )  # fmt: skip


async def list_announcements(
    tx: Transaction, *, asker: str, since: datetime, after: tuple[int, UUID], limit: int
) -> list[Announcement]:
    """Return announcements in the order in which they came into force."""
    return await tx.all(
        _SQL["list_announcements"], Announcement, asker=asker, since=since, after_version=after[0], after_id=after[1],
        limit=limit,
    )  # fmt: skip


async def find_announcement(tx: Transaction, *, asker: str, announcement: UUID) -> Announcement | None:
    """Return one announcement."""
    return await tx.one(_SQL["find_announcement"], Announcement, asker=asker, id=announcement)


async def acknowledge(tx: Transaction, *, announcement: UUID, officer: Officer, note: str | None) -> bool:
    """Keep that an organisation took note; False when it had."""
    done = await tx.execute(
        _SQL["acknowledge"], announcement=announcement, organization=officer.organization, officer=officer.id, note=note
    )
    return done == 1


async def list_acknowledgements(tx: Transaction, *, announcement: UUID) -> list[Acknowledgement]:
    """Return who took note."""
    return await tx.all(_SQL["list_acknowledgements"], Acknowledgement, announcement=announcement)


async def list_outstanding(tx: Transaction, *, announcement: UUID) -> list[Acknowledgement]:
    """Return the prefectures that have not taken note."""
    return await tx.all(_SQL["list_outstanding"], Acknowledgement, announcement=announcement)


async def lock_objections_of(tx: Transaction, *, number: CertificateNumber) -> None:
    """Let nobody else receive an objection to this number until the transaction ends."""
    await tx.execute(_SQL["lock_objections_of"], number=number)


async def find_open_objection(tx: Transaction, *, entry: UUID, number: CertificateNumber) -> OpenObjection | None:
    """Return an objection to this listing of a number that is yet to be decided, or whose lift is."""
    return await tx.one(_SQL["find_open_objection"], OpenObjection, entry=entry, number=number)


async def find_contested(tx: Transaction, *, entry: UUID, number: str) -> ContestedEntry | None:
    """Return the entry by which a listing holds a number now, or the hold that is yet to be decided."""
    return await tx.one(_SQL["find_contested"], ContestedEntry, entry=entry, number=number)


async def reopen_objection(tx: Transaction, *, objection: UUID) -> None:
    """Let an upheld objection be decided anew."""
    await tx.execute(_SQL["reopen_objection"], id=objection)


async def insert_objection(
    tx: Transaction,
    *,
    objection: UUID,
    entry: UUID,
    number: CertificateNumber,
    asked: ObjectionRequest,
    officer: Officer,
    due_on: date,
    due_is_certain: bool,
) -> None:
    """Keep an objection."""
    await tx.execute(
        _SQL["insert_objection"], id=objection, entry=entry, number=number, objector=asked.objector,
        relation=asked.relation, grounds=asked.grounds, evidence=asked.evidence, officer=officer.id,
        organization=officer.organization, due_on=due_on, due_is_certain=due_is_certain,
    )  # fmt: skip


async def find_objection(tx: Transaction, *, scope: Scope, objection: UUID) -> Objection | None:
    """Return one objection inside the scope."""
    return await tx.one(_SQL["find_objection"], Objection, id=objection, scope=scope.patterns)


async def lock_objection(tx: Transaction, *, scope: Scope, objection: UUID) -> Objection | None:
    """Return one objection, held until the transaction ends."""
    return await tx.one(_SQL["lock_objection"], Objection, id=objection, scope=scope.patterns)


async def list_objections(
    tx: Transaction, *, scope: Scope, status: ObjectionStatus | None, before: UUID, limit: int
) -> list[Objection]:
    """Return objections inside the scope, newest first."""
    return await tx.all(
        _SQL["list_objections"], Objection, scope=scope.patterns, status=status, before=before, limit=limit
    )


async def list_objections_of_number(
    tx: Transaction, *, scope: Scope, number: str, limit: int
) -> list[ObjectionOfNumber]:
    """Return the newest objections to a number's listing inside the scope."""
    return await tx.all(
        _SQL["list_objections_of_number"], ObjectionOfNumber, scope=scope.patterns, number=number, limit=limit
    )


async def decide_objection(
    tx: Transaction, *, objection: UUID, status: ObjectionStatus, officer: Officer, reason: str, proposal: UUID | None
) -> None:
    """Keep what was decided on an objection that this transaction holds."""
    await tx.execute(
        _SQL["decide_objection"], id=objection, status=status, officer=officer.id, organization=officer.organization,
        reason=reason, proposal=proposal,
    )  # fmt: skip


async def look_back(tx: Transaction, *, entries: int, rows: int) -> LookedBack:
    """Look back one stretch."""
    done = await tx.one(_SQL["look_back"], LookedBack, entries=entries, rows=rows)
    return done or LookedBack(entries=0, finished=0, found=0)


async def list_past_uses(tx: Transaction, *, scope: Scope, entry: UUID, place: Place, limit: int) -> list[PastUse]:
    """Return the past uses of an entry's numbers inside the scope, in the order of the numbers."""
    return await tx.all(
        _SQL["list_past_uses"], PastUse, scope=scope.patterns, entry=entry, after=place.after, skipped=place.skipped,
        limit=limit,
    )  # fmt: skip


async def find_lookback(tx: Transaction, *, entry: UUID) -> Lookback | None:
    """Return how far the look back of an entry has come."""
    return await tx.one(_SQL["find_lookback"], Lookback, entry=entry)
