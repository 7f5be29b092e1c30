"""A small way of filings into the books of the level above: numbers are claimed once, and freed."""

from birthreg.filing.models import Accepted, Kind, Message, Rejected, Taken
from birthreg.kernel.database import Transaction

POISON = "Z999999999"
"""A number at which the books fail."""

_FREEING = {Kind.RELEASE, Kind.REVOCATION}


async def take(tx: Transaction, message: Message) -> Taken:
    """Claim the number of a filing in the books, or say who holds it."""
    if message.certificate_number == POISON:
        await tx.connection.execute("SELECT 1 / 0")
    if message.kind in _FREEING:
        return Accepted()
    claimed = await tx.connection.execute(
        "INSERT INTO usages (certificate_number, used_at, organization, registration_id, reserved)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        message.certificate_number,
        message.used_at,
        message.organization,
        message.registration_id,
        message.kind is Kind.RESERVATION,
    )
    if claimed == "INSERT 0 1":
        return Accepted()
    holder = await tx.connection.fetchrow(
        "SELECT organization, registration_id FROM usages WHERE certificate_number = $1", message.certificate_number
    )
    assert holder is not None
    if holder["registration_id"] == message.registration_id:
        return Accepted()
    return Rejected(
        code="certificate_used", holder=holder["organization"], holder_registration=holder["registration_id"]
    )
