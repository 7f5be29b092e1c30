"""Named queries of usage; touched by this room alone."""

from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries
from birthreg.usage.models import Usage

_SQL = load_queries("usage")


async def find_usage(tx: Transaction, *, number: CertificateNumber) -> Usage | None:
    """Return a number's use, or None."""
    return await tx.one(_SQL["find_usage"], Usage, number=number)
