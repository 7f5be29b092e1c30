"""The citizen number: form, check character, birth date and sex (GB 11643-1999)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from birthreg.kernel.citizen_numbers import (
    CHECK_CHARACTERS,
    CitizenNumber,
    CitizenNumberFlaw,
    birth_date_of,
    check_character,
    parse_citizen_number,
    sex_of,
)

SOUND = "420106199003070040"

days = st.dates(min_value=date(1850, 1, 1), max_value=date(2999, 12, 31))


def compose(division: int, born: date, sequence: int) -> str:
    digits = f"{division:06}{born:%Y%m%d}{sequence:03}"
    return digits + check_character(digits)


@given(st.integers(110000, 659999), days, st.integers(0, 999))
def test_a_number_says_the_day_and_the_sex_that_it_was_made_of(division: int, born: date, sequence: int) -> None:
    number = parse_citizen_number(compose(division, born, sequence))
    assert not isinstance(number, CitizenNumberFlaw)
    assert birth_date_of(number) == born
    assert sex_of(number) == (1 if sequence % 2 else 2)


@given(st.integers(110000, 659999), days, st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(division: int, born: date, sequence: int, place: int, shift: int) -> None:
    number = compose(division, born, sequence)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert isinstance(parse_citizen_number(wrong), CitizenNumberFlaw)


@pytest.mark.parametrize("remainder", range(11))
def test_each_check_character_is_reached_and_is_the_only_one_that_passes(remainder: int) -> None:
    numbers = (compose(420106, date(1990, 3, 7), sequence) for sequence in range(1000))
    digits = next(n[:17] for n in numbers if n[17] == CHECK_CHARACTERS[remainder])
    passing = [c for c in CHECK_CHARACTERS if parse_citizen_number(digits + c) == digits + c]
    assert passing == [CHECK_CHARACTERS[remainder]]


@pytest.mark.parametrize(
    "typed",
    [
        " 420106 19900307 0040 ",
        "\uff14\uff12\uff10\uff11\uff10\uff16\uff11\uff19\uff19\uff10\uff10\uff13\uff10\uff17\uff10\uff10\uff14\uff10",
    ],
    ids=["blanks", "full-width"],
)
def test_width_and_blanks_do_not_count(typed: str) -> None:
    assert parse_citizen_number(typed) == CitizenNumber(SOUND)


def test_a_small_x_is_the_check_character() -> None:
    number = next(n for n in (compose(420106, date(1990, 3, 7), s) for s in range(1000)) if n.endswith("X"))
    assert parse_citizen_number(number.lower()) == number


@pytest.mark.parametrize(
    ("typed", "flaw"),
    [
        ("", CitizenNumberFlaw.FORM),
        ("420106900307004", CitizenNumberFlaw.FORM),
        ("4201061990030700400", CitizenNumberFlaw.FORM),
        ("42010619900307004O", CitizenNumberFlaw.FORM),
        ("42010X199003070040", CitizenNumberFlaw.FORM),
        ("020106199003070040", CitizenNumberFlaw.FORM),
        ("420106199002300041", CitizenNumberFlaw.BIRTH_DATE),
        ("420106199013070040", CitizenNumberFlaw.BIRTH_DATE),
        ("420106000003070040", CitizenNumberFlaw.BIRTH_DATE),
        ("420106199003070041", CitizenNumberFlaw.CHECK),
    ],
)
def test_what_is_wrong_is_named(typed: str, flaw: CitizenNumberFlaw) -> None:
    assert parse_citizen_number(typed) is flaw


@given(st.text())
def test_no_text_is_a_fault(text: str) -> None:
    parsed = parse_citizen_number(text)
    assert isinstance(parsed, str)
