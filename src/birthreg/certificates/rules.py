"""The grammar of a number, and the soft rules that its letter, province and dates give. Pure."""

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone

from birthreg.certificates.models import CertificateNumber, Edition, Flaw, FlawCode, Grammar
from birthreg.kernel.errors import field_error

WELL_FORMED = re.compile(r"[A-Z][0-9]{9}")
LENGTH = 10
CHINA = timezone(timedelta(hours=8))
EARLIEST = datetime(1900, 1, 1, tzinfo=CHINA)
"""What lies before it is an accident of some calendar."""
LATE_AFTER_DAYS = 183
"""More than six months from birth to issue asks for a paternity test in Hunan's rules of 2025."""


def normalize(typed: str) -> str:
    """Bring a typed or scanned number to its plain form, without judging it.

    NFKC turns full-width letters and digits of Chinese input methods into plain ones;
    blanks, dashes and invisible characters drop out, letters become capitals.
    """
    plain = unicodedata.normalize("NFKC", typed)
    kept = (c for c in plain if not (c.isspace() or unicodedata.category(c) in ("Pd", "Cf", "Cc", "Cs")))
    # Once more, since what was dropped may have kept a letter from its accent.
    return unicodedata.normalize("NFKC", "".join(kept).upper())


def number_in(typed: str) -> CertificateNumber | None:
    """Return the number that was meant, or None where the text is no number."""
    if WELL_FORMED.fullmatch(typed):
        return CertificateNumber(typed)
    number = normalize(typed)
    return CertificateNumber(number) if WELL_FORMED.fullmatch(number) else None


def find_flaws(number: str) -> tuple[Flaw, ...]:
    """Say position by position what keeps a normalised text from being a number; nothing when it is one."""
    if WELL_FORMED.fullmatch(number):
        return ()
    flaws = []
    if len(number) != LENGTH:
        flaws.append(Flaw(FlawCode.LENGTH, len(number), str(len(number))))
    if number and not ("A" <= number[0] <= "Z"):
        flaws.append(Flaw(FlawCode.LETTER, 1, number[0]))
    for position, character in enumerate(number[1:LENGTH], start=2):
        if not ("0" <= character <= "9"):
            flaws.append(Flaw(FlawCode.DIGIT, position, character))
    return tuple(flaws)


def parse_number(typed: str) -> CertificateNumber | tuple[Flaw, ...]:
    """Return the number that was meant, or everything that is wrong with it."""
    return number_in(typed) or find_flaws(normalize(typed))


def require_number(typed: str, *, field: str) -> CertificateNumber:
    """Return the number that was meant.

    Raises:
        FieldsWrong: it is no certificate number.
    """
    parsed = parse_number(typed)
    if isinstance(parsed, tuple):
        raise field_error(
            field=field,
            code="number_malformed",
            zh="不是合法的出生医学证明编号(1 位字母加 9 位数字)。",
            en="Not a certificate number (one letter and nine digits).",
        )
    return parsed


def ordinal_of(number: CertificateNumber) -> int:
    """Return a number's place in the order of all numbers, so that ranges can be counted."""
    return (ord(number[0]) - 65) * 10**9 + int(number[1:])


def letter_year_conflicts(number: CertificateNumber, issued_on: date, grammar: Grammar) -> int | None:
    """Return the letter's year when the date of issue lies a year or more outside it, else None.

    Hospitals order blanks ahead, so the year before and the year after are normal.
    """
    year = grammar.years.get(number[0])
    if year is None or date(year - 1, 1, 1) <= issued_on < date(year + 2, 1, 1):
        return None
    return year


def ended_edition(number: CertificateNumber, issued_on: date, grammar: Grammar) -> Edition | None:
    """Return the edition of a number's paper when its last day lay before the date of issue, else None.

    Papers printed in the letter's year were of the editions in use then; only when all of
    them had ended does the date of issue conflict.
    """
    year = grammar.years.get(number[0])
    newest = None if year is None else grammar.newest_editions.get(year)
    if newest is None or newest.last_day is None or issued_on <= newest.last_day:
        return None
    return newest


def flaw_of_moment(moment: datetime, *, asked_at: datetime) -> str | None:
    """Say what is wrong with the time of a birth; the same as `check_issuances` says of a line of a file."""
    return "moment_in_future" if moment > asked_at else "moment_too_early" if moment < EARLIEST else None


def flaw_of_day(day: date, *, asked_at: datetime) -> str | None:
    """Say what is wrong with the day of an issue; the same as `check_issuances` says of a line of a file."""
    last = asked_at.astimezone(CHINA).date()
    return "date_in_future" if day > last else "date_too_early" if day < EARLIEST.date() else None


def province_of(number: CertificateNumber) -> str:
    """Return digits 1 and 2: the province of the issuer (GB/T 2260)."""
    return number[1:3]


def issued_late(born_on: date, issued_on: date) -> bool:
    """Say whether more than six months lie between birth and issue."""
    return issued_on - born_on > timedelta(days=LATE_AFTER_DAYS)


def same_name(one: str, other: str) -> bool:
    """Compare two names as a person would: width, blanks and the kind of middle dot don't count."""
    return _plain_name(one) == _plain_name(other)


def _plain_name(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in plain if c.isalnum())
