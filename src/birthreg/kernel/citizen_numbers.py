"""The citizen number (公民身份号码, GB 11643-1999): its form, check character, birth date and sex. Pure."""

import re
import unicodedata
from datetime import date
from enum import StrEnum
from typing import NewType

CitizenNumber = NewType("CitizenNumber", str)
"""Seventeen digits and a check character, normalised and sound."""

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
"""By the remainder of the weighted sum divided by eleven."""

MALE, FEMALE = 1, 2
"""GB/T 2261.1."""

_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")
_FIRST_YEAR = 1850


class CitizenNumberFlaw(StrEnum):
    """What keeps a text from being a citizen number."""

    FORM = "citizen_number_form"
    BIRTH_DATE = "citizen_number_birth_date"
    CHECK = "citizen_number_check"


def check_character(digits: str) -> str:
    """Return the eighteenth character for the first seventeen digits."""
    weighted = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True))
    return CHECK_CHARACTERS[weighted % 11]


def normalize_citizen_number(typed: str) -> str:
    """Bring a typed number to its plain form, without judging it: width, blanks and a small x don't count."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).upper()


def parse_citizen_number(typed: str) -> CitizenNumber | CitizenNumberFlaw:
    """Return the number that was meant, or the first thing that is wrong with it."""
    number = normalize_citizen_number(typed)
    if not _FORM.fullmatch(number):
        return CitizenNumberFlaw.FORM
    if _birth_date_in(number) is None:
        return CitizenNumberFlaw.BIRTH_DATE
    if check_character(number[:17]) != number[17]:
        return CitizenNumberFlaw.CHECK
    return CitizenNumber(number)


def _birth_date_in(number: str) -> date | None:
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born_on if born_on.year >= _FIRST_YEAR else None


def birth_date_of(number: CitizenNumber) -> date:
    """Return the day of birth in digits 7 to 14."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex_of(number: CitizenNumber) -> int:
    """Return the sex by digit 17: odd is male (GB/T 2261.1)."""
    return MALE if int(number[16]) % 2 else FEMALE
