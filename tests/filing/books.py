"""Filings into the books of the level above, with one number at which the books fail."""

from birthreg.filing.models import Message, Taken
from birthreg.kernel.database import Transaction
from birthreg.registrations import taking

POISON = "Z999999999"
"""A number at which the books fail."""


async def take(tx: Transaction, message: Message) -> Taken:
    """Bring a filing into the books, or fail in them."""
    if message.certificate_number == POISON:
        await tx.connection.execute("SELECT 1 / 0")
    return await taking.take(tx, message)
