"""How long a filing may take, when it is tried again, and what may come from whom. Pure."""

from datetime import datetime, timedelta
from uuid import UUID

from birthreg.access.rules import jurisdiction_prefix
from birthreg.filing.delivery_models import Claims
from birthreg.filing.models import Kind, NewFiling

ALLOWED = timedelta(minutes=30)
"""Each registration is filed with the level above within this time (the notice)."""

WARNED_AFTER = timedelta(minutes=20)

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_BACK_OFF = timedelta(minutes=3)
LONGEST_PAUSE = timedelta(seconds=30)
"""How long nothing at all is sent to a level above that doesn't answer: it is noticed when it is back."""

REFUSALS_BORNE = 3
SET_ASIDE_FOR = timedelta(hours=1)

_CLAIMING = {Kind.REGISTRATION, Kind.RESERVATION, Kind.CORRECTION}
_FIRST_YEAR, _LAST_YEAR = 1990, 2999


def back_off(attempts: int, *, draw: float, longest: timedelta = LONGEST_BACK_OFF) -> timedelta:
    """Return how long to wait after so many attempts: exponential with full jitter; `draw` lies in [0, 1)."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(attempts, 16)
    return min(doubled, longest) * draw


def find_flaw(filing: NewFiling) -> str | None:
    """Say by its code what keeps a filing from making sense, or None."""
    if (filing.kind is Kind.CORRECTION) != (filing.previous_number is not None):
        return "previous_number_wrong"
    if filing.previous_number == filing.certificate_number:
        return "previous_number_wrong"
    if (filing.kind in _CLAIMING) != (filing.used_at is not None):
        return "used_at_wrong"
    if not all(_FIRST_YEAR <= moment.year <= _LAST_YEAR for moment in (filing.used_at, filing.occurred_at) if moment):
        return "moment_out_of_bounds"
    return None


def find_trespass(claims: Claims, *, subordinate: str, first_id_to_come: UUID) -> str | None:
    """Say by its code why a filing is not the subordinate's to make, or None.

    An identifier from the future would lie in the way of a month's table that is yet to be made.
    """
    if claims.iss != subordinate:
        return "issuer_wrong"
    if not claims.organization.startswith(jurisdiction_prefix(subordinate)):
        return "organization_outside_jurisdiction"
    if claims.id.version != 7 or claims.id >= first_id_to_come:
        return "id_wrong"
    return None


def is_late(due_at: datetime, *, moment: datetime) -> bool:
    """Say whether a filing that is delivered, or still waits, at a moment is past its time."""
    return moment > due_at
