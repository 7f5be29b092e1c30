"""Named queries of filing; touched by this room alone."""

from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.filing.models import FilingStatus, NewFiling, Owed
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("filing")


async def insert_filing(tx: Transaction, filing: NewFiling, *, id: UUID, due_at: datetime) -> Owed:  # noqa: A002
    """Let a filing wait as the next of its registration."""
    owed = await tx.one(_SQL["owe_filing"], Owed, id=id, due_at=due_at, **msgspec.structs.asdict(filing))
    assert owed is not None  # noqa: S101 - the statement inserts one row or raises
    return owed


async def list_filings_of(tx: Transaction, *, registration: UUID) -> list[FilingStatus]:
    """Return the filings of one registration, in their order."""
    return await tx.all(_SQL["list_filings_of"], FilingStatus, registration_id=registration)
