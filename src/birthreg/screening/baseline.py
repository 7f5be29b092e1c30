"""What is usual: the share of registrations issued far away, which clerks and stations are compared with."""

from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("screening_baseline")

LATEST = 100_000
"""Registrations that what is usual is reckoned from."""


async def reckon(tx: Transaction, *, latest: int = LATEST) -> None:
    """Reckon the usual shares from the latest registrations."""
    await tx.execute(_SQL["reckon_usual_shares"], latest=latest)


async def reckon_usual_shares(database: Database) -> bool:
    """Reckon the usual shares anew; the worker does it every hour."""
    async with database.transaction() as tx:
        await reckon(tx)
    return False
