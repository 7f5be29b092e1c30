"""The list is read here: as it stands, as it stood, and as it was known to stand."""

from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.access.models import Scope
from birthreg.blacklist import proposal_store, store
from birthreg.blacklist.models import Entry, EntrySeen, EntryStatus, EntryVersion
from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound

_LAST = UUID(int=2**128 - 1)


async def find_entry(tx: Transaction, *, scope: Scope, entry: UUID) -> Entry | EntrySeen:
    """Return one entry; outside the scope as much of it as a verdict tells whoever met it.

    Raises:
        NotFound: no such entry.
    """
    found: Entry | EntrySeen | None = None
    if scope.officer is None:
        found = await store.find_entry(tx, scope=scope, entry=entry)
    found = found or await store.find_entry_seen(tx, entry=entry)
    if found is None:
        raise NotFound
    return found


async def list_entries(
    tx: Transaction,
    *,
    scope: Scope,
    status: EntryStatus | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Return the list of the scope's organisations as it stood at `as_of` by what the books knew at `known_at`."""
    return await store.list_entries(
        tx, scope=scope, status=status, as_of=as_of or tx.now, known_at=known_at or tx.now, before=before or _LAST,
        limit=limit,
    )  # fmt: skip


async def list_entries_of_number(
    tx: Transaction,
    *,
    scope: Scope,
    number: CertificateNumber,
    status: EntryStatus | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Return every entry that held a number, newest first, wherever it was listed.

    Outside the scope without what its institution and its note tell of the case.
    """
    found = await store.list_entries_of_number(
        tx, number=number, status=status, as_of=as_of or tx.now, known_at=known_at or tx.now, limit=limit
    )
    return [
        entry if scope.holds(entry.organization) else msgspec.structs.replace(entry, institution=None, note=None)
        for entry in found
    ]


async def is_listed_now(tx: Transaction, *, number: CertificateNumber) -> str | None:
    """Return the organisation whose entry holds a number at this very moment, or None when none does.

    By what is committed when it is asked and by the clock of the books, not by the transaction's
    moment: who waited for a change of the list asks whether that change concerns them.
    """
    found = await store.find_maintainer_now(tx, number=number)
    return found.organization if found else None


async def read_version(tx: Transaction) -> int:
    """Return the version of the list."""
    return await store.read_version(tx)


async def list_versions(tx: Transaction, *, scope: Scope, entry: UUID) -> list[EntryVersion]:
    """Return what the books said of an entry, one saying after the other.

    Raises:
        NotFound: no such entry inside the scope.
    """
    if await store.find_entry(tx, scope=scope, entry=entry) is None:
        raise NotFound
    return await store.list_versions(tx, entry=entry)


async def require_visible(tx: Transaction, *, entry: UUID) -> None:
    """Make sure that there is such an entry; what was used of it is narrowed to each who asks.

    Raises:
        NotFound: there is none.
    """
    if await proposal_store.find_any_entry(tx, entry=entry, now=tx.now) is None:
        raise NotFound
