"""Named queries of usage; touched by this room alone."""

from datetime import datetime
from uuid import UUID

from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries
from birthreg.usage.models import Claim, ClaimOutcome, EndReason, Freed, PastUsage, Usage

_SQL = load_queries("usage")


async def find_usage(tx: Transaction, *, number: CertificateNumber) -> Usage | None:
    """Return a number's use, or None."""
    return await tx.one(_SQL["find_usage"], Usage, number=number)


async def claim_number(
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
    """Claim a number, unless it is taken or the list has moved."""
    claim = await tx.one(
        _SQL["claim_number"], Claim, number=number, used_at=used_at, organization=organization, reference=reference,
        registration=registration, reserved=reserved, list_version=list_version,
    )  # fmt: skip
    return claim.outcome if claim else ClaimOutcome.TAKEN


async def confirm_number(
    tx: Transaction,
    *,
    number: CertificateNumber,
    registration: UUID,
    officer: str,
    organization: str,
    list_version: int,
) -> ClaimOutcome:
    """Turn a reservation into a use, unless there is none or the list has moved."""
    claim = await tx.one(
        _SQL["confirm_number"], Claim, number=number, registration=registration, officer=officer,
        organization=organization, list_version=list_version,
    )  # fmt: skip
    return claim.outcome if claim else ClaimOutcome.MISSING


async def free_number(
    tx: Transaction,
    *,
    number: CertificateNumber,
    registration: UUID,
    officer: str,
    organization: str,
    reason: EndReason,
) -> bool:
    """Free a number that a registration held, and keep what it was."""
    done = await tx.one(
        _SQL["free_number"], Freed, number=number, registration=registration, officer=officer,
        organization=organization, reason=reason,
    )  # fmt: skip
    return done is not None and done.freed


async def list_past_usages(tx: Transaction, *, number: CertificateNumber, limit: int) -> list[PastUsage]:
    """Return what a number was before, oldest first."""
    return await tx.all(_SQL["list_past_usages"], PastUsage, number=number, limit=limit)
