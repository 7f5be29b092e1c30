"""Time is an argument: whoever needs it is given a clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now_utc() -> datetime:
    """Return this moment, with its zone, to the microsecond."""
    return datetime.now(UTC)
