"""What the worker runs for the list: holds lapse, batches are carried out, and past uses are found."""

from birthreg.blacklist import carrying, deciding, looking_back
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


async def carry_out_batches(database: Database) -> bool:
    """Put the batch in force, or take it back, that was approved longest ago; say whether there may be more."""
    return await carrying.carry_out_waiting(database)


async def look_back_on_batches(database: Database) -> bool:
    """Look back on a part of a batch; say whether there may be more."""
    return await carrying.look_back(database)
