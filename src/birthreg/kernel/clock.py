"""Time is an argument: whoever needs it is given a clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone

from birthreg.kernel.errors import field_error

Clock = Callable[[], datetime]


_CHINA = timezone(timedelta(hours=8))
"""China's clocks, which have known no summer time since there are certificates."""


def now_utc() -> datetime:
    """Return this moment, with its zone, to the microsecond."""
    return datetime.now(UTC)


def china_day(moment: datetime) -> date:
    """Return the day that it is in China at a moment."""
    return moment.astimezone(_CHINA).date()


def start_of_day(day: date) -> datetime:
    """Return the moment at which a day begins in China."""
    return datetime.combine(day, time(), _CHINA)


def require_moment(moment: datetime | None, *, field: str) -> datetime | None:
    """Return a moment that somebody named, with its zone and far from the edges of the calendar.

    Raises:
        FieldsWrong: it carries no offset, or lies outside the years 1900 to 2999.
    """
    if moment is not None and moment.tzinfo is None:
        raise field_error(field=field, code="offset_missing", zh="时间须带时区。", en="A time carries its offset.")
    if moment is not None and not 1900 <= moment.year < 3000:
        raise field_error(
            field=field,
            code="moment_out_of_bounds",
            zh="时间应在 1900 年至 2999 年之间。",
            en="A time lies in the years 1900 to 2999.",
        )
    return moment
