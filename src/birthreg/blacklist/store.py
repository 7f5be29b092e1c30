"""Named queries of the blacklist; touched by this room alone."""

from datetime import datetime
from uuid import UUID

from birthreg.access.models import Scope
from birthreg.blacklist.models import Entry, EntrySeen, EntryStatus, EntryVersion, ListVersion, Maintainer
from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("blacklist")


async def find_entry(tx: Transaction, *, scope: Scope, entry: UUID) -> Entry | None:
    """Return one entry inside the scope."""
    return await tx.one(_SQL["find_entry"], Entry, id=entry, scope=scope.patterns)


async def find_entry_seen(tx: Transaction, *, entry: UUID) -> EntrySeen | None:
    """Return as much of one entry as anybody may see."""
    return await tx.one(_SQL["find_entry_seen"], EntrySeen, id=entry)


async def list_entries(
    tx: Transaction,
    *,
    scope: Scope,
    status: EntryStatus | None,
    as_of: datetime,
    known_at: datetime,
    before: UUID,
    limit: int,
) -> list[Entry]:
    """Return entries inside the scope, newest first, older than `before`."""
    return await tx.all(
        _SQL["list_entries"],
        Entry,
        scope=scope.patterns,
        status=status,
        as_of=as_of,
        known_at=known_at,
        before=before,
        limit=limit,
    )


async def list_entries_of_number(
    tx: Transaction,
    *,
    number: CertificateNumber,
    status: EntryStatus | None,
    as_of: datetime,
    known_at: datetime,
    limit: int,
) -> list[Entry]:
    """Return the entries that held a number, newest first."""
    return await tx.all(
        _SQL["list_entries_of_number"], Entry, number=number, status=status, as_of=as_of, known_at=known_at, limit=limit
    )


async def find_maintainer_now(tx: Transaction, *, number: CertificateNumber) -> Maintainer | None:
    """Return who maintains an entry that holds a number at this very moment."""
    return await tx.one(_SQL["find_maintainer_now"], Maintainer, number=number)


async def list_versions(tx: Transaction, *, entry: UUID) -> list[EntryVersion]:
    """Return what the books said of an entry, one saying after the other."""
    return await tx.all(_SQL["list_versions"], EntryVersion, entry=entry)


async def read_version(tx: Transaction) -> int:
    """Return the version of the list."""
    state = await tx.one(_SQL["read_version"], ListVersion)
    return state.version if state else 0
