"""What a field on paper says, in the form in which it is typed, and whether both say the same. Pure."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from difflib import SequenceMatcher
from enum import StrEnum

from birthreg.certificates.rules import same_name
from birthreg.kernel.citizen_numbers import CitizenNumberFlaw, parse_citizen_number

FIELDS = (
    "child_name", "child_sex", "born_at", "birth_place", "gestation_days", "weight_grams", "length_centimeters",
    "mother_name", "mother_age", "mother_nationality", "mother_ethnic_group", "mother_address",
    "mother_citizen_number", "father_name", "father_age", "father_nationality", "father_ethnic_group",
    "father_address", "father_citizen_number", "birth_institution", "issuer_name", "issued_on",
)  # fmt: skip
"""As the contract names them, where it does."""

LEGIBLE = 0.85
"""Below this confidence another text is no sign of another fact."""
CHECKED = 0.5
"""The same where a check character stands for the reading."""
_NEAR = 0.8
"""Long texts as alike as this may differ by one sign that was misread."""
_LONG = 6
_DAY = re.compile(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})")
_TIME = re.compile(r"(\d{1,2})\D{1,2}(\d{1,2})\D*$")


class FieldOutcome(StrEnum):
    """What comparing a field on paper with what was typed gives."""

    MATCH = "match"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"


def value_of(field: str, text: str) -> str | None:
    """Return what a field says as it would be typed: days as ISO 8601, the sex as its code; None where it says none."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).strip(":._-—|,;·")
    return _READERS.get(field.removeprefix("mother_").removeprefix("father_"), _text)(plain)


def judge(field: str, value: str | None, confidence: float, typed: str) -> FieldOutcome:
    """Compare one field with what was typed; what can't be told apart from a misreading is unreadable."""
    if value is None or not typed.strip():
        return FieldOutcome.UNREADABLE
    wanted = value_of(field, typed) or typed
    if field == "born_at":
        shorter = min(len(value), len(wanted))
        value, wanted = value[:shorter], wanted[:shorter]
    if value == wanted or same_name(value, wanted):
        return FieldOutcome.MATCH
    if confidence < (CHECKED if field.endswith("citizen_number") else LEGIBLE):
        return FieldOutcome.UNREADABLE
    is_long = len(value) >= _LONG and field not in _EXACT and not field.endswith("citizen_number")
    if is_long and SequenceMatcher(None, value, wanted).ratio() >= _NEAR:
        return FieldOutcome.UNREADABLE
    return FieldOutcome.DIFFERS


def is_sound(citizen_number: str) -> bool:
    """Say whether a citizen number's day and check character fit, so that it was hardly misread."""
    return not isinstance(parse_citizen_number(citizen_number), CitizenNumberFlaw)


def _text(plain: str) -> str | None:
    return plain or None


def _sex(plain: str) -> str | None:
    return {"男": "1", "女": "2", "1": "1", "2": "2"}.get(plain[:1])


def _day(plain: str) -> str | None:
    found = _DAY.search(plain) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", plain)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        return None


def _moment(plain: str) -> str | None:
    try:
        typed = datetime.fromisoformat(plain)
    except ValueError:
        day, found = _day(plain), _DAY.search(plain)
        time = _TIME.search(plain[found.end() :]) if found else None
        if day is None or time is None or int(time[1]) > 23 or int(time[2]) > 59:
            return day
        return f"{day}T{int(time[1]):02}:{int(time[2]):02}"
    return f"{typed:%Y-%m-%d}" if len(plain) <= 10 else f"{typed:%Y-%m-%dT%H:%M}"


def _count(plain: str) -> str | None:
    found = re.match(r"\d{1,5}", plain)
    return str(int(found[0])) if found else None


def _length(plain: str) -> str | None:
    """Return centimetres with their decimals, if they aren't nought."""
    found = re.match(r"\d{1,3}(?:[.,]\d{1,2})?(?!\d)", plain)
    return f"{Decimal(found[0].replace(',', '.')).normalize():f}" if found else None


def _gestation(plain: str) -> str | None:
    """Return weeks and days as days; a bare number is days already."""
    found = re.match(r"(\d{2})周\D*(?:(\d)天?)?", plain)
    return str(int(found[1]) * 7 + int(found[2] or 0)) if found else _count(plain)


def _citizen_number(plain: str) -> str | None:
    number = plain.upper()
    return number if is_sound(number) else None


_READERS: dict[str, Callable[[str], str | None]] = {
    "child_sex": _sex,
    "born_at": _moment,
    "issued_on": _day,
    "gestation_days": _gestation,
    "weight_grams": _count,
    "length_centimeters": _length,
    "age": _count,
    "citizen_number": _citizen_number,
}
_EXACT = {"born_at", "issued_on"}
