"""What the worker runs for screening: sweeps, and registrations that are to be screened again."""

from datetime import timedelta

from birthreg.kernel.database import Database
from birthreg.screening import service, sweep_store
from birthreg.screening.models import FoundBy
from birthreg.screening.rulebook import Rulebook
from birthreg.screening.sweeping import go_through

MOST_DUE = 200
_DUE_AFTER = timedelta(seconds=1)


async def sweep(database: Database, *, lanes: int) -> bool:
    """Go through the sweeps that wait, in as many connections as there are lanes; say whether there was any."""
    return await go_through(database, lanes=lanes)


async def screen_due(database: Database, *, rulebook: Rulebook) -> bool:
    """Screen again what a later registration points at, or whose number was changed; say whether there may be more.

    `database` plans for few rows: rules are run by index look-ups here.
    """
    async with database.transaction() as tx:
        due = await sweep_store.take_due(tx, before=tx.now - _DUE_AFTER, limit=MOST_DUE)
        if due:
            await service.screen(tx, rulebook=rulebook, registrations=due, found_by=FoundBy.AGAIN)
    return len(due) == MOST_DUE
