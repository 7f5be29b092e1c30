"""What every prefecture is told (通报), and who took note."""

from datetime import UTC, datetime
from uuid import UUID

from birthreg.access.models import Act, Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import notice_store as store
from birthreg.blacklist import refusals
from birthreg.blacklist.notice_models import Announcement, AnnouncementShown
from birthreg.blacklist.proposal_models import Proposal
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound
from birthreg.kernel.identifiers import new_id

_FIRST = (0, UUID(int=0))
_EVER = datetime(1900, 1, 1, tzinfo=UTC)
OBJECT = "blacklist_announcement"


async def announce(
    tx: Transaction, officer: Officer, *, proposal: Proposal, entry: UUID, list_version: int, now: datetime
) -> UUID:
    """Tell every prefecture what an approval brought into force; stands exactly when the approval does."""
    announcement = new_id()
    await store.insert_announcement(
        tx, announcement=announcement, proposal=proposal, entry=entry, officer=officer, list_version=list_version,
        now=now,
    )  # fmt: skip
    return announcement


async def list_announcements(
    tx: Transaction, officer: Officer, *, since: datetime | None, after: tuple[int, UUID] | None, limit: int
) -> list[Announcement]:
    """Return what was announced since a moment, in the order in which it came into force."""
    return await store.list_announcements(
        tx, asker=officer.organization, since=since or _EVER, after=after or _FIRST, limit=limit
    )


async def find_announcement(
    tx: Transaction, officer: Officer, *, scope: Scope, announcement: UUID
) -> AnnouncementShown:
    """Return one announcement; to who made it, or one above, with who took note and who hasn't.

    Raises:
        NotFound: there is none.
    """
    found = await store.find_announcement(tx, asker=officer.organization, announcement=announcement)
    if found is None:
        raise NotFound
    if not scope.holds(found.organization):
        return AnnouncementShown(announcement=found, acknowledged=None, outstanding=None)
    return AnnouncementShown(
        announcement=found,
        acknowledged=await store.list_acknowledgements(tx, announcement=announcement),
        outstanding=await store.list_outstanding(tx, announcement=announcement),
    )


async def find_any(tx: Transaction, officer: Officer, *, announcement: UUID) -> Announcement:
    """Return one announcement, whoever made it.

    Raises:
        NotFound: there is none.
    """
    found = await store.find_announcement(tx, asker=officer.organization, announcement=announcement)
    if found is None:
        raise NotFound
    return found


async def acknowledge(
    tx: Transaction, officer: Officer, *, announcement: UUID, note: str | None, terminal: str
) -> Announcement:
    """Take note of an announcement for one's organisation; who has done so before changes nothing.

    Raises:
        NotFound: there is none.
        OwnAnnouncement: one's own organisation made it.
    """
    found = await store.find_announcement(tx, asker=officer.organization, announcement=announcement)
    if found is None:
        raise NotFound
    error = refusals.OwnAnnouncement() if found.organization == officer.organization else None
    done = error is None and await store.acknowledge(tx, announcement=announcement, officer=officer, note=note)
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act=Act.ACKNOWLEDGE_ANNOUNCEMENTS, object=OBJECT, key=str(announcement), count=int(done),
        succeeded=error is None, error_code=error.code if error else None,
    )  # fmt: skip
    if error is not None:
        raise error
    again = await store.find_announcement(tx, asker=officer.organization, announcement=announcement)
    return again or found
