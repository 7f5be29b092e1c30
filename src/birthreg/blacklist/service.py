"""One function per act on the blacklist: so far it is read."""

from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.access.models import Scope
from birthreg.blacklist import store
from birthreg.blacklist.models import Entry, EntrySeen, EntryStatus
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
    before: UUID | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Return the list of the scope's organisations as it stood at a moment, newest first."""
    return await store.list_entries(
        tx, scope=scope, status=status, as_of=as_of or tx.now, before=before or _LAST, limit=limit
    )


async def list_entries_of_number(
    tx: Transaction,
    *,
    scope: Scope,
    number: CertificateNumber,
    status: EntryStatus | None = None,
    as_of: datetime | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Return every entry that held a number, newest first, wherever it was listed.

    Outside the scope without what its institution and its note tell of the case.
    """
    found = await store.list_entries_of_number(tx, number=number, status=status, as_of=as_of or tx.now, limit=limit)
    return [
        entry if scope.holds(entry.organization) else msgspec.structs.replace(entry, institution=None, note=None)
        for entry in found
    ]


async def read_version(tx: Transaction) -> int:
    """Return the version of the list."""
    return await store.read_version(tx)
