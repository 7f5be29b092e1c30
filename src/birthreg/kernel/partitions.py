"""Tables cut by month: the coming months are made before they come."""

from datetime import datetime

import msgspec

from birthreg.kernel.database import Database
from birthreg.kernel.sql import load_queries

_SQL = load_queries("kernel")


class MonthlyTable(msgspec.Struct, frozen=True):
    """A table that is cut by month."""

    name: str


class PartitionsMade(msgspec.Struct, frozen=True):
    """How many months were made."""

    made: int


async def ensure_partitions(database: Database, *, until: datetime) -> int:
    """Make what is missing of the months from this one to `until`; return how many that were.

    A new month locks its table against who writes. Each table has a transaction of its own, so that nothing is
    waited for while something is held: together they could wait in a ring with an act that writes two of them.
    """
    async with database.transaction() as tx:
        tables = await tx.all(_SQL["list_monthly_tables"], MonthlyTable)
    made = 0
    for table in tables:
        async with database.transaction() as tx:
            found = await tx.one(_SQL["ensure_partitions"], PartitionsMade, name=table.name, until=until.date())
            made += found.made if found else 0
    return made
