"""What the worker runs for the list: holds lapse, and past uses are found."""

from birthreg.blacklist import deciding, looking_back
from birthreg.kernel.database import Database

MOST_LAPSED = 500


async def lapse_holds(database: Database) -> bool:
    """Record holds whose time is over; say whether there may be more."""
    async with database.transaction() as tx:
        return len(await deciding.lapse(tx, limit=MOST_LAPSED)) == MOST_LAPSED


async def look_back(database: Database) -> bool:
    """Look back one stretch; say whether there may be more."""
    async with database.transaction() as tx:
        done = await looking_back.look_back(tx)
    return done.entries > 0
