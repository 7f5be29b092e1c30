"""One function per act: owe a filing to the level above, and say where filings stand."""

from uuid import UUID

from birthreg.filing import store
from birthreg.filing.models import FilingStatus, Level, NewFiling, Owed
from birthreg.filing.rules import ALLOWED
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id


async def owe(tx: Transaction, *, level: Level, filing: NewFiling) -> Owed | None:
    """Owe the level above a filing, in the transaction of the act; None where there is no level above.

    One round trip. The act records itself on the trail; the filing is part of it.
    """
    if not level.upstream_url:
        return None
    return await store.insert_filing(tx, filing, id=new_id(), due_at=tx.now + ALLOWED)


async def find_filing_of(tx: Transaction, *, registration: UUID) -> list[FilingStatus]:
    """Return the filings of a registration in their order; for whoever may see the registration."""
    return await store.list_filings_of(tx, registration=registration)
