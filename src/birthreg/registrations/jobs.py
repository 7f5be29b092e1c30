"""What the worker runs for registrations: those from before there were rules get what rules read of them."""

import logging

import msgspec

from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.vault import Vault
from birthreg.registrations import sealing, store
from birthreg.registrations.book_models import RegistrationRow
from birthreg.registrations.models import Application
from birthreg.registrations.screened import fact_of
from birthreg.screening import backfilling
from birthreg.screening.models import Fact

AT_ONCE = 200

logger = logging.getLogger("birthreg")


async def backfill_facts(database: Database, *, vault: Vault) -> bool:
    """Write what rules read of some older registrations; say whether there may be more."""
    async with database.transaction() as tx:
        stretch = await backfilling.hold_stretch(tx)
        if stretch is None:
            return False
        rows = await store.list_stretch(tx, after=stretch.up_to, up_to=stretch.last, limit=AT_ONCE)
        facts = [fact for row in rows if (fact := await _fact(tx, row, vault)) is not None]
        await backfilling.note_stretch(
            tx, facts=facts, up_to=rows[-1].id if len(rows) == AT_ONCE else stretch.last
        )  # fmt: skip
    return len(rows) == AT_ONCE


async def _fact(tx: Transaction, row: RegistrationRow, vault: Vault) -> Fact | None:
    """Return what rules read of a registration; None where it was kept in a form that is read no more."""
    people = [sealing.open_person(vault, person) for person in await store.list_people(tx, registration=row.id)]
    summary = sealing.open_summary(vault, row.visit_summary)
    try:
        application = msgspec.convert(sealing.put_together(row.particulars, people, summary=summary), Application)
    except (msgspec.ValidationError, ValueError):
        logger.warning("registration %s is kept in a form that rules can't read; it is not screened", row.id)
        return None
    return fact_of(
        application, registration=row.id, status=row.status, number=row.certificate_number, officer=row.officer,
        entered_at=row.entered_at, vault=vault,
    )  # fmt: skip
