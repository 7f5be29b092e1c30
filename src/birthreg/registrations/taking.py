"""Filings from the level below, brought into the books of numbers: accepted, or rejected with who holds the number.

The registration itself stays below; here stands that its number is used, by which organisation.
"""

from birthreg.access.models import Scope
from birthreg.blacklist import service as blacklist
from birthreg.certificates.models import CertificateNumber
from birthreg.filing.models import Accepted, Kind, Message, Rejected, Taken
from birthreg.kernel.database import Transaction
from birthreg.registrations.acting import TRIES, NumberInMotion
from birthreg.usage import service as usages
from birthreg.usage.models import ClaimOutcome, EndReason, Usage

_NATION = Scope(patterns=("%",))
"""The books of a level hold every number of those below."""

_FROM_BELOW = "filing"
"""Stands for the officer who ended a use, whom only the level below knows."""

_ENDS = {Kind.RELEASE: EndReason.RELEASED, Kind.REVOCATION: EndReason.REVOKED}


async def take(tx: Transaction, message: Message) -> Taken:
    """Bring one filing into the books, or say who holds its number; the filing is kept by who received it."""
    if message.kind in _ENDS:
        await _free(tx, message, number=message.certificate_number, reason=_ENDS[message.kind])
        return Accepted()
    taken = await _claim(tx, message)
    if isinstance(taken, Accepted) and message.previous_number is not None:
        await _free(tx, message, number=message.previous_number, reason=EndReason.CORRECTED)
    return taken


async def _free(tx: Transaction, message: Message, *, number: str, reason: EndReason) -> None:
    """Free a number that the registration held; one that it never got here needs nothing."""
    await usages.free(
        tx, number=CertificateNumber(number), registration=message.registration_id, officer=_FROM_BELOW,
        organization=message.organization, reason=reason,
    )  # fmt: skip


async def _claim(tx: Transaction, message: Message) -> Taken:
    number = CertificateNumber(message.certificate_number)
    for _ in range(TRIES):
        list_version = await blacklist.read_version(tx)
        lister = await blacklist.is_listed_now(tx, number=number)
        if lister is not None:
            return Rejected(code="certificate_blacklisted", holder=lister)
        outcome = await usages.claim(
            tx, number=number, used_at=message.used_at or message.occurred_at, organization=message.organization,
            reference=None, registration=message.registration_id, reserved=message.kind is Kind.RESERVATION,
            list_version=list_version,
        )  # fmt: skip
        if outcome is ClaimOutcome.CLAIMED:
            return Accepted()
        if outcome is ClaimOutcome.TAKEN:
            usage = await usages.find_usage(tx, scope=_NATION, number=number)
            if usage is not None:
                return await _agree(tx, message, usage, list_version=list_version)
    raise NumberInMotion


async def _agree(tx: Transaction, message: Message, usage: Usage, *, list_version: int) -> Taken:
    """Accept what the books hold already for this registration; reject what they hold for another."""
    if usage.registration_id != message.registration_id:
        code = "certificate_reserved" if usage.reserved else "certificate_used"
        return Rejected(code=code, holder=usage.organization, holder_registration=usage.registration_id)
    if usage.reserved and message.kind is not Kind.RESERVATION:
        await usages.confirm(
            tx, number=CertificateNumber(usage.certificate_number), registration=message.registration_id,
            officer=_FROM_BELOW, organization=message.organization, list_version=list_version,
        )  # fmt: skip
    return Accepted()
