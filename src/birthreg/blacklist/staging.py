"""Void numbers from files that two persons have yet to decide on: lines are checked and staged set-wise."""

from birthreg.blacklist import merging
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries
from birthreg.kernel.staging import Lines, Merged

_SQL = load_queries("blacklist_batches")

COLUMNS, check_staged = merging.COLUMNS, merging.check_staged


async def merge_checked(tx: Transaction, lines: Lines, *, sound: int) -> Merged:
    """Keep the sound lines as rows of the batch; nothing is listed."""
    await tx.execute(_SQL["stage_rows"], batch=lines.import_id)
    return Merged(new=sound, same=0)
