"""Whose numbers they are, who may decide, and what remains when a part is lifted."""

from collections.abc import Container
from datetime import date, datetime, timedelta, timezone

from birthreg.access.rules import jurisdiction_prefix
from birthreg.blacklist.models import Range
from birthreg.certificates.models import CertificateNumber
from birthreg.certificates.rules import ordinal_of, require_number
from birthreg.kernel.errors import field_error

LOCAL = timezone(timedelta(hours=8))
"""Documents carry the wall time of China, which has one zone and no summer time since 1992."""

FIRST_CERTIFICATES = date(1996, 1, 1)

HOLD_LASTS = timedelta(hours=24)
HELD_AGAIN_AFTER = timedelta(days=30)
"""For so long nobody repeats a hold of theirs that nobody confirmed: it would be an entry by one person."""

OBJECTION_DAYS = 15
"""Working days in which an objection is decided."""


def require_range(first: str, last: str | None, count: int | None, *, count_needed: bool = True) -> Range:
    """Return the numbers that were meant.

    Raises:
        FieldsWrong: they are no numbers, or no range of one province, or not as many as was said.
    """
    begin = require_number(first, field="first")
    end = begin if last is None else require_number(last, field="last")
    if begin[:3] != end[:3]:
        raise field_error(
            field="last",
            code="range_provinces_differ",
            zh="号段首尾的字母和省份代码应相同,请按省分别提交。",
            en="First and last have the same letter and province digits; send one range per province.",
        )
    if begin > end:
        raise field_error(
            field="last", code="range_backwards", zh="末号小于首号。", en="The last number lies before the first."
        )
    numbers = Range(begin, end)
    if count is None and count_needed and numbers.count > 1:
        raise field_error(
            field="count",
            code="range_count_missing",
            zh="号段须写明数量。",
            en="A range states how many numbers it has.",
        )
    if count is not None and count != numbers.count:
        raise field_error(
            field="count",
            code="range_count_differs",
            zh=f"数量与首末号不符,应为 {numbers.count}。",
            en=f"Not as many as from first to last: {numbers.count}.",
        )
    return numbers


def maintains(organization: str, *, province: str) -> bool:
    """Say whether an organisation keeps the list of a province's numbers: of that province, or above all."""
    return organization.startswith(province) or not jurisdiction_prefix(organization)


def owner_of(numbers: Range, *, organization: str, provinces: Container[str]) -> str:
    """Return the organisation whose list would change when this organisation's officer proposes.

    Numbers whose digits name no province belong to nobody; who finds them lists them.
    """
    province = numbers.first[1:3]
    if province not in provinces or maintains(organization, province=province):
        return organization
    return province + "0" * 10


def remainders(whole: Range, lifted: Range) -> list[Range]:
    """Return what of an entry remains when a part of it is lifted: nothing, one range or two."""
    pieces = []
    if whole.first < lifted.first:
        pieces.append(Range(whole.first, _shift(lifted.first, -1)))
    if lifted.last < whole.last:
        pieces.append(Range(_shift(lifted.last, 1), whole.last))
    return pieces


def _shift(number: str, by: int) -> str:
    ordinal = ordinal_of(CertificateNumber(number)) + by
    return f"{chr(65 + ordinal // 10**9)}{ordinal % 10**9:09d}"


def holds(whole: Range, part: Range) -> bool:
    """Say whether all numbers of a part lie in the whole."""
    return whole.first <= part.first and part.last <= whole.last


def day_of(moment: datetime) -> date:
    """Return the day that a moment lies in, by China's clocks."""
    return moment.astimezone(LOCAL).date()


def require_past(event_date: date, *, by: date) -> None:
    """Make sure that what is reported has happened, and to a certificate that there can have been.

    Raises:
        FieldsWrong: the day is yet to come, or lies before the first certificates.
    """
    if event_date < FIRST_CERTIFICATES:
        raise field_error(
            field="event_date", code="event_too_early", zh=f"日期不得早于 {FIRST_CERTIFICATES}(首版证件启用日)。",
            en=f"No day before {FIRST_CERTIFICATES}, when the first certificates came into use.",
        )  # fmt: skip
    if event_date > by:
        raise field_error(field="event_date", code="date_in_future", zh="日期尚未到来。", en="This day is yet to come.")
