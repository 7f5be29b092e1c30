"""Tables cut by month: the coming months are made before they come."""

from datetime import datetime

import msgspec

from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("kernel")


class PartitionsMade(msgspec.Struct, frozen=True):
    """How many months were made."""

    made: int


async def ensure_partitions(tx: Transaction, *, until: datetime) -> int:
    """Make what is missing of the months from this one to `until`; return how many that were."""
    found = await tx.one(_SQL["ensure_partitions"], PartitionsMade, until=until.date())
    return found.made if found else 0
