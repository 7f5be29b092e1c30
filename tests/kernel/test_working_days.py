"""Working days of China, checked against what the State Council said of some years."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from birthreg.kernel.working_days import (
    FIRST_KNOWN_YEAR,
    LAST_KNOWN_YEAR,
    add_working_days,
    count_working_days,
    is_overdue,
    is_working_day,
    mark_reached,
    share_gone,
)

KNOWN = st.dates(date(FIRST_KNOWN_YEAR, 1, 1), date(LAST_KNOWN_YEAR, 12, 28))
ANY_DAY = st.dates(date(1900, 1, 1), date(2999, 12, 31))
TERMS = st.integers(0, 60)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2025-03-03", 1, "2025-03-04"),
        ("2025-03-07", 1, "2025-03-10"),  # a Friday: the weekend is no part of it
        ("2025-03-08", 0, "2025-03-10"),  # nothing ends on a Saturday
        ("2025-03-10", 0, "2025-03-10"),
        ("2024-12-30", 2, "2025-01-02"),  # New Year's Day
        ("2025-01-24", 1, "2025-01-26"),  # the Sunday before Spring Festival is worked
        ("2025-01-27", 1, "2025-02-05"),  # Spring Festival, 28 January to 4 February
        ("2025-01-27", 4, "2025-02-08"),  # and the Saturday after it
        ("2024-02-09", 1, "2024-02-18"),  # 2024: 10 to 17 February; the Sunday after it is worked
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-14", 1, "2026-02-24"),  # 2026: 15 to 23 February
        ("2026-02-27", 1, "2026-02-28"),
        ("2020-01-23", 1, "2020-02-03"),  # 2020: lengthened to 2 February
        ("2025-09-27", 1, "2025-09-28"),  # the Sunday before National Day is worked
        ("2025-09-30", 1, "2025-10-09"),  # National Day and Mid-Autumn, 1 to 8 October
        ("2025-10-10", 1, "2025-10-11"),  # the Saturday after it
        ("2025-10-11", 1, "2025-10-13"),
        ("2026-04-30", 1, "2026-05-06"),
        ("2018-12-28", 1, "2018-12-29"),  # a Saturday worked for the New Year of 2019 …
        ("2018-12-29", 1, "2019-01-02"),  # … whose eve was off
        ("2025-09-25", 15, "2025-10-22"),
    ],
)
def test_a_term_ends_where_offices_say_it_does(start: str, days: int, end: str) -> None:
    deadline = add_working_days(day(start), days)
    assert deadline.day == day(end)
    assert deadline.is_certain
    assert deadline.warning is None


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2025-03-10", "2025-03-10", 0),
        ("2025-03-10", "2025-03-14", 4),
        ("2025-03-14", "2025-03-10", -4),
        ("2025-01-24", "2025-02-09", 6),  # Sunday 26, Monday 27, 5 to 8 February
        ("2024-12-31", "2025-12-31", 248),
        ("2025-12-31", "2026-12-28", 245),
    ],
)
def test_working_days_are_counted_without_the_first_and_with_the_last(start: str, end: str, count: int) -> None:
    counted = count_working_days(day(start), day(end))
    assert (counted.count, counted.is_certain, counted.warning) == (count, True, None)


def test_beyond_its_last_year_a_deadline_says_that_it_is_not_certain() -> None:
    last = LAST_KNOWN_YEAR
    assert add_working_days(date(last, 12, 21), 1).is_certain
    for start in (date(last, 12, 28), date(last, 12, 31), date(last + 1, 9, 28), date(last + 70, 1, 1)):
        deadline = add_working_days(start, 5)
        assert not deadline.is_certain
        assert deadline.last_known_year == last
        assert deadline.warning is not None
        for text in (deadline.warning.zh, deadline.warning.en):
            assert str(last) in text


def test_the_last_days_of_the_last_year_wait_for_what_is_said_of_the_next_new_year() -> None:
    assert count_working_days(date(LAST_KNOWN_YEAR, 12, 1), date(LAST_KNOWN_YEAR, 12, 28)).is_certain
    assert not count_working_days(date(LAST_KNOWN_YEAR, 12, 1), date(LAST_KNOWN_YEAR, 12, 29)).is_certain


def test_beyond_its_last_year_monday_to_friday_are_counted() -> None:
    monday = date(LAST_KNOWN_YEAR + 3, 1, 1)
    monday += timedelta(days=-monday.weekday() % 7)
    assert add_working_days(monday, 5).day == monday + timedelta(days=7)
    assert count_working_days(monday, monday + timedelta(days=28)).count == 20


def test_before_its_first_year_too_the_count_is_not_certain() -> None:
    counted = count_working_days(day("2003-12-01"), day("2004-02-02"))
    assert not counted.is_certain
    assert counted.warning is not None
    assert str(FIRST_KNOWN_YEAR) in counted.warning.en


def test_where_dates_end_a_term_ends_too() -> None:
    assert add_working_days(date.max, 3).day == date.max
    assert not add_working_days(date.max - timedelta(days=1), 400).is_certain


@pytest.mark.parametrize(
    ("today", "share", "mark"),
    [
        ("2025-09-01", 0, None),  # before it starts
        ("2025-09-22", 0, None),
        ("2025-09-25", 0.3, None),
        ("2025-09-28", 0.5, 50),  # a Sunday that is worked
        ("2025-10-05", 0.7, 50),  # a holiday takes nothing
        ("2025-10-09", 0.8, 80),
        ("2025-10-10", 0.9, 80),
        ("2025-10-11", 1.0, 100),
        ("2025-10-12", 1.0, 100),
        ("2025-10-13", 1.1, 100),
    ],
)
def test_a_term_is_used_up_by_working_days_alone(today: str, share: float, mark: int | None) -> None:
    start, deadline = day("2025-09-22"), add_working_days(day("2025-09-22"), 10).day
    assert deadline == day("2025-10-11")
    assert share_gone(start, deadline, today=day(today)) == pytest.approx(share)
    assert mark_reached(start, deadline, today=day(today)) == mark
    assert is_overdue(deadline, today=day(today)) == (day(today) > deadline)


def test_a_term_of_no_days_is_used_up_at_once() -> None:
    today = day("2025-03-10")
    assert mark_reached(today, today, today=today) == 100
    assert mark_reached(today, today, today=day("2025-03-07")) is None


@given(ANY_DAY, TERMS)
def test_adding_and_counting_agree(start: date, days: int) -> None:
    deadline = add_working_days(start, days)
    assert is_working_day(deadline.day)
    if days:
        counted = count_working_days(start, deadline.day)
        assert (counted.count, counted.is_certain) == (days, deadline.is_certain)


@given(ANY_DAY, st.integers(1, 60), st.integers(1, 60))
def test_two_terms_one_after_the_other_are_one(start: date, first: int, second: int) -> None:
    assert add_working_days(add_working_days(start, first).day, second).day == (
        add_working_days(start, first + second).day
    )


@given(KNOWN, KNOWN, KNOWN)
def test_counts_add_up(a: date, b: date, c: date) -> None:
    assert count_working_days(a, b).count + count_working_days(b, c).count == count_working_days(a, c).count


@given(KNOWN)
def test_no_week_has_more_than_seven_working_days_and_no_fortnight_none(start: date) -> None:
    assert count_working_days(start, start + timedelta(days=7)).count <= 7
    assert count_working_days(start, start + timedelta(days=14)).count > 0


@given(ANY_DAY, TERMS, st.integers(-100, 200))
def test_the_share_never_shrinks(start: date, days: int, later: int) -> None:
    deadline = add_working_days(start, days).day
    today = start + timedelta(days=later)
    assert share_gone(start, deadline, today=today) >= 0
    assert share_gone(start, deadline, today=today) <= share_gone(start, deadline, today=today + timedelta(days=1))
    assert mark_reached(start, deadline, today=today) == 100 or not is_overdue(deadline, today=today)


@given(ANY_DAY, st.integers(-800, 800))
def test_days_are_counted_as_if_one_by_one(start: date, ahead: int) -> None:
    end = start + timedelta(days=ahead)
    first, last = sorted((start, end))
    between = sum(is_working_day(first + timedelta(days=gone)) for gone in range(1, (last - first).days + 1))
    assert count_working_days(start, end).count == (between if ahead >= 0 else -between)
