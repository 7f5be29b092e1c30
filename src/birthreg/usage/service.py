"""One function per act on the use of numbers."""

from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.access.models import Scope
from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Transaction
from birthreg.usage import store
from birthreg.usage.models import ClaimOutcome, EndReason, PastUsage, Usage

MOST_PAST_USAGES = 200


async def find_usage(tx: Transaction, *, scope: Scope, number: CertificateNumber) -> Usage | None:
    """Return a number's use; outside the scope only when and where, never for which registration."""
    usage = await store.find_usage(tx, number=number)
    if usage is None or scope.holds(usage.organization):
        return usage
    return msgspec.structs.replace(usage, registration_reference=None, registration_id=None)


async def list_past_usages(tx: Transaction, *, scope: Scope, number: CertificateNumber) -> list[PastUsage]:
    """Return what a number was before, oldest first; outside the scope only when and where."""
    past = await store.list_past_usages(tx, number=number, limit=MOST_PAST_USAGES)
    return [_narrow(usage, scope) for usage in past]


def _narrow(usage: PastUsage, scope: Scope) -> PastUsage:
    if not scope.holds(usage.organization):
        usage = msgspec.structs.replace(usage, registration_reference=None, registration_id=None)
    if not scope.holds(usage.ended_by_organization):
        usage = msgspec.structs.replace(usage, ended_by=None)
    return usage


async def claim(
    tx: Transaction,
    *,
    number: CertificateNumber,
    used_at: datetime,
    organization: str,
    reference: str | None,
    registration: UUID,
    reserved: bool,
    list_version: int,
) -> ClaimOutcome:
    """Claim a number for a registration: claimed, taken, or the list has moved since it was judged.

    Waits for another claim on the same number to end. Once asked, the list stands still until
    this transaction ends, so that a second try under its new version is the last one.
    """
    return await store.claim_number(
        tx, number=number, used_at=used_at, organization=organization, reference=reference,
        registration=registration, reserved=reserved, list_version=list_version,
    )  # fmt: skip


async def confirm(
    tx: Transaction,
    *,
    number: CertificateNumber,
    registration: UUID,
    officer: str,
    organization: str,
    list_version: int,
) -> ClaimOutcome:
    """Turn a registration's reservation into a use: confirmed, missing, or the list has moved."""
    return await store.confirm_number(
        tx, number=number, registration=registration, officer=officer, organization=organization,
        list_version=list_version,
    )  # fmt: skip


async def free(
    tx: Transaction,
    *,
    number: CertificateNumber,
    registration: UUID,
    officer: str,
    organization: str,
    reason: EndReason,
) -> bool:
    """Free a number that a registration held and stands on no more; False when it held it no more.

    What the number was stays in its history.
    """
    return await store.free_number(
        tx, number=number, registration=registration, officer=officer, organization=organization, reason=reason
    )
