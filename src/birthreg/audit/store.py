"""The trail's queries."""

from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_queries = load_queries("audit")


async def insert_entry(tx: Transaction, **columns: object) -> None:
    """Append one act."""
    await tx.execute(_queries["insert_entry"], **columns)
