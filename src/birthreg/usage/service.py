"""One function per act on the use of numbers."""

import msgspec

from birthreg.access.models import Scope
from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Transaction
from birthreg.usage import store
from birthreg.usage.models import Usage


async def find_usage(tx: Transaction, *, scope: Scope, number: CertificateNumber) -> Usage | None:
    """Return a number's use; outside the scope only when and where, never for which registration."""
    usage = await store.find_usage(tx, number=number)
    if usage is None or scope.holds(usage.organization):
        return usage
    return msgspec.structs.replace(usage, registration_reference=None, registration_id=None)
