"""Deadlines in working days (工作日) of China's calendar, whose weekends move around its holidays. Pure.

Each autumn the State Council says which days of the coming year are off and which weekends
are worked instead; the package `chinesecalendar` holds what it said. Outside those years every
Monday to Friday counts, and whatever was counted so says so: nothing here raises or guesses
in silence. Days are those of China's clocks.
"""

from bisect import bisect_right
from datetime import date, timedelta
from itertools import islice

import msgspec
from chinese_calendar import holidays, workdays

from birthreg.kernel.language import Text

FIRST_KNOWN_YEAR = min(holidays).year
LAST_KNOWN_YEAR = max(holidays).year
MARKS = (50, 80, 100)
"""Per cent of a deadline gone at which whoever answers for it is warned."""

_WORKED_WEEKENDS = sorted(day for day in workdays if day.weekday() >= 5)
_DAYS_OFF = sorted(day for day in holidays if day.weekday() < 5 and day not in workdays)

_FIRST_CERTAIN_DAY = date(FIRST_KNOWN_YEAR, 1, 1)
# What is said of a New Year moved days from 29 December on in 2007 and 2018, and never an earlier one.
_LAST_CERTAIN_DAY = date(LAST_KNOWN_YEAR, 12, 28)
_OUTSIDE_THE_CALENDAR = Text(
    "{first} 年以前、{last} 年 12 月 29 日以后的节假日和调休安排本系统未收录,其间按周一至周五推算,请人工核对。",
    "The days off and worked weekends before {first} and after 28 December {last} aren't known here; "
    "Monday to Friday were counted as working days there. Check by hand.",
)


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """The last working day on which something may still be done; without certainty when the calendar ends before it."""

    day: date
    is_certain: bool
    last_known_year: int = LAST_KNOWN_YEAR

    @property
    def warning(self) -> Text | None:
        """What to tell whoever relies on the day; None when it is certain."""
        return _warning(is_certain=self.is_certain)


class WorkingDays(msgspec.Struct, frozen=True, kw_only=True):
    """How many working days lie between two days; without certainty when the calendar doesn't hold both."""

    count: int
    is_certain: bool
    last_known_year: int = LAST_KNOWN_YEAR

    @property
    def warning(self) -> Text | None:
        """What to tell whoever relies on the count; None when it is certain."""
        return _warning(is_certain=self.is_certain)


def is_working_day(day: date) -> bool:
    """Say whether offices work on a day, as far as the calendar knows."""
    return day in workdays or (day.weekday() < 5 and day not in holidays)


def is_known(day: date) -> bool:
    """Say whether the calendar knows a day for certain; what comes of the next New Year may move its last days."""
    return _FIRST_CERTAIN_DAY <= day <= _LAST_CERTAIN_DAY


def add_working_days(start: date, days: int) -> Deadline:
    """Return the working day on which a term ends; the day of its start isn't counted.

    A term of no days ends on its start, or on the next working day: a deadline never falls
    on a day off. Where dates end (year 9999), the term ends too, without certainty.
    """
    ahead = (start + timedelta(days=gone) for gone in range((date.max - start).days + 1))
    working = (day for day in ahead if is_working_day(day) and (day > start or days <= 0))
    day = next(islice(working, max(days - 1, 0), None), date.max)
    return Deadline(day=day, is_certain=is_known(start) and is_known(day))


def count_working_days(start: date, end: date) -> WorkingDays:
    """Count the working days after `start` up to and with `end`; below zero when `end` lies before `start`."""
    count = _count_up_to(end) - _count_up_to(start)
    return WorkingDays(count=count, is_certain=is_known(start) and is_known(end))


def _count_up_to(day: date) -> int:
    """Count the working days since the calendar began, on a Monday, up to and with a day."""
    weeks, days = divmod(day.toordinal(), 7)
    return 5 * weeks + min(days, 5) + bisect_right(_WORKED_WEEKENDS, day) - bisect_right(_DAYS_OFF, day)


def share_gone(start: date, deadline: date, *, today: date) -> float:
    """Return the share of a term that is gone: 0 on its first day, 1 on its last, more when it is overdue."""
    gone, whole = _gone(start, deadline, today)
    return gone / whole


def mark_reached(start: date, deadline: date, *, today: date) -> int | None:
    """Return the highest of `MARKS` that a term has reached, or None; at 100 today is the last day, or it is past."""
    gone, whole = _gone(start, deadline, today)
    return max((mark for mark in MARKS if gone * 100 >= mark * whole), default=None)


def is_overdue(deadline: date, *, today: date) -> bool:
    """Say whether the last day is past."""
    return today > deadline


def _gone(start: date, deadline: date, today: date) -> tuple[int, int]:
    # A term that ends on the day it starts has no day before its last.
    whole = max(count_working_days(start, deadline).count, 1)
    return 0 if today < start else whole - count_working_days(today, deadline).count, whole


def _warning(*, is_certain: bool) -> Text | None:
    if is_certain:
        return None
    return _OUTSIDE_THE_CALENDAR.fill(first=FIRST_KNOWN_YEAR, last=LAST_KNOWN_YEAR)
