"""The grammar of a certificate number, and the soft rules over its letter, province and dates."""

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from birthreg.certificates.models import CertificateNumber, Edition, Flaw, FlawCode, Grammar, Province
from birthreg.certificates.rules import (
    WELL_FORMED,
    ended_edition,
    find_flaws,
    issued_late,
    letter_year_conflicts,
    normalize,
    ordinal_of,
    parse_number,
    province_of,
    require_number,
    same_name,
)
from birthreg.kernel.errors import FieldsWrong

LENGTH, LETTER, DIGIT = FlawCode.LENGTH, FlawCode.LETTER, FlawCode.DIGIT

GRAMMAR = Grammar(
    years={chr(65 + place): 2000 + place for place in range(26)},
    editions=(
        Edition(1, date(1996, 1, 1), None),
        Edition(2, date(2000, 1, 1), None),
        Edition(3, date(2003, 1, 1), None),
        Edition(4, date(2004, 12, 1), None),
        Edition(5, date(2014, 1, 1), None),
        Edition(6, date(2019, 1, 1), date(2023, 3, 31)),
        Edition(7, date(2023, 4, 1), None),
    ),
    provinces={"42": Province("42", "湖北省", None)},
)

numbers = st.from_regex(WELL_FORMED, fullmatch=True).map(CertificateNumber)
typed = st.one_of(
    st.text(),
    st.text(alphabet="XxX ABCo0123456789123\u3000 -\u2014\u2013\uff0d\u200b\ufeff\t\n.", max_size=14),
    st.from_regex(r"[A-Za-zA-Z][0-9]{8,10}"),
)


@pytest.mark.parametrize("number", ["K520030471", "X320101001", "L350247695", "A000000000", "Z999999999"])
def test_a_number_as_it_is_printed_is_taken_as_it_is(number: str) -> None:
    assert parse_number(number) == number


@pytest.mark.parametrize(
    "text",
    [
        "k520030471",
        "\uff2b\uff15\uff12\uff10\uff10\uff13\uff10\uff14\uff17\uff11",  # as Chinese input methods write it
        "\uff4b520030471",
        " K520030471 ",
        "K 5200 30471",
        "K520 030 471",
        "K-520030471",
        "K520030—471",
        "K520030–471",
        "K520030-471",
        "K520030‐471",
        "\ufeffK520030471",
        "K5200\u200b30471",
        "K520030471\r\n",
        "\tK520030471",
        "𝐊𝟓𝟐𝟎𝟎𝟑𝟎𝟒𝟕𝟏",
        "K⑤②⓪⓪③⓪④⑦①",
    ],
)
def test_what_people_and_scanners_type_is_brought_to_its_plain_form(text: str) -> None:
    assert parse_number(text) == "K520030471"


@pytest.mark.parametrize(
    ("text", "flaws"),
    [
        ("", [(LENGTH, 0, "0")]),
        ("X42O100001", [(DIGIT, 4, "O")]),
        ("XO20100001", [(DIGIT, 2, "O")]),
        ("42X0100001", [(LETTER, 1, "4"), (DIGIT, 3, "X")]),
        ("X42010000", [(LENGTH, 9, "9")]),
        ("X4201000011", [(LENGTH, 11, "11")]),
        ("X42010000l", [(DIGIT, 10, "L")]),
        ("鄂420100001", [(LETTER, 1, "鄂")]),
        ("X42010000一", [(DIGIT, 10, "一")]),
        ("X42010٣001", [(DIGIT, 7, "٣")]),  # digits of another script are no digits here
        ("É420100001", [(LETTER, 1, "É")]),
        ("X.20100001", [(DIGIT, 2, ".")]),
        ("XX20100001", [(DIGIT, 2, "X")]),
        ("1", [(LENGTH, 1, "1"), (LETTER, 1, "1")]),
        ("XI2O1OOOO1ABC", [(LENGTH, 13, "13"), (DIGIT, 2, "I"), *((DIGIT, place, "O") for place in (4, 6, 7, 8, 9))]),
    ],
)
def test_a_malformed_number_is_explained_position_by_position(
    text: str, flaws: list[tuple[FlawCode, int, str]]
) -> None:
    assert parse_number(text) == tuple(Flaw(*flaw) for flaw in flaws)


@given(typed)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@given(typed)
def test_a_text_has_flaws_exactly_when_it_is_no_number(text: str) -> None:
    plain = normalize(text)
    assert bool(find_flaws(plain)) is (WELL_FORMED.fullmatch(plain) is None)


@given(typed)
def test_a_flaw_names_what_stands_there(text: str) -> None:
    plain = normalize(text)
    for flaw in find_flaws(plain):
        if flaw.code is LENGTH:
            assert (flaw.position, flaw.found) == (len(plain), str(len(plain)))
        else:
            assert plain[flaw.position - 1] == flaw.found


@given(numbers, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_a_number_is_itself_in_every_normal_form(number: CertificateNumber, form: str) -> None:
    shape = unicodedata.normalize(form, number)  # type: ignore[arg-type]
    assert parse_number(shape) == number


@given(numbers, st.data())
def test_width_case_blanks_and_dashes_never_change_which_number_is_meant(
    number: CertificateNumber, data: st.DataObject
) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if data.draw(st.booleans()) else c for c in number.lower())
    filler = st.sampled_from(["", " ", "-", "\u3000", "\uff0d", "\u200b"])
    assert parse_number("".join(data.draw(filler) + c for c in wide)) == number


@given(numbers, numbers)
def test_numbers_are_counted_in_the_order_in_which_they_sort(one: CertificateNumber, other: CertificateNumber) -> None:
    assert (ordinal_of(one) < ordinal_of(other)) is (one < other)


def test_the_last_number_of_a_letter_is_followed_by_the_first_of_the_next() -> None:
    assert ordinal_of(CertificateNumber("A999999999")) + 1 == ordinal_of(CertificateNumber("B000000000"))


def test_where_a_number_is_required_a_malformed_one_is_a_wrong_field() -> None:
    assert require_number("x-420100001", field="number") == "X420100001"
    with pytest.raises(FieldsWrong) as raised:
        require_number("X42O100001", field="number")
    assert [(error.field, error.code) for error in raised.value.errors] == [("number", "number_malformed")]


@pytest.mark.parametrize(
    ("number", "issued_on", "year"),
    [
        ("X420100001", date(2021, 12, 31), 2023),
        ("X420100001", date(2022, 1, 1), None),  # a year's difference is normal: hospitals order ahead
        ("X420100001", date(2023, 6, 1), None),
        ("X420100001", date(2024, 12, 31), None),
        ("X420100001", date(2025, 1, 1), 2023),
        ("A420100001", date(1998, 12, 31), 2000),
        ("A420100001", date(1999, 1, 1), None),
        ("Z420100001", date(2026, 12, 31), None),
        ("Z420100001", date(2027, 1, 1), 2025),
    ],
)
def test_letter_and_date_of_issue_conflict_from_a_year_on(number: str, issued_on: date, year: int | None) -> None:
    assert letter_year_conflicts(CertificateNumber(number), issued_on, GRAMMAR) == year


def test_a_letter_that_stands_for_no_year_conflicts_with_nothing() -> None:
    unknown = Grammar(years={}, editions=GRAMMAR.editions, provinces={})
    number = CertificateNumber("A420100001")
    assert letter_year_conflicts(number, date(1990, 1, 1), unknown) is None
    assert ended_edition(number, date(2050, 1, 1), unknown) is None


@pytest.mark.parametrize(
    ("number", "issued_on", "edition"),
    [
        ("W420100001", date(2023, 3, 31), None),  # the sixth edition's last day
        ("W420100001", date(2023, 4, 1), 6),
        ("T420100001", date(2023, 4, 1), 6),  # printed in 2019, its first year
        ("X420100001", date(2023, 4, 1), None),  # printed in 2023: may be the seventh
        ("X420100001", date(2030, 1, 1), None),
        ("S420100001", date(2023, 4, 1), None),  # the fifth has no known last day
    ],
)
def test_a_paper_whose_editions_had_all_ended_conflicts_with_its_date(
    number: str, issued_on: date, edition: int | None
) -> None:
    found = ended_edition(CertificateNumber(number), issued_on, GRAMMAR)
    assert (found.edition if found else None) == edition


def test_the_province_is_the_first_two_digits() -> None:
    assert province_of(CertificateNumber("X320101001")) == "32"


@pytest.mark.parametrize(("days", "late"), [(0, False), (-1, False), (183, False), (184, True), (4000, True)])
def test_more_than_six_months_from_birth_to_issue_is_late(days: int, late: bool) -> None:
    born_on = date(2023, 5, 4)
    assert issued_late(born_on, born_on + timedelta(days=days)) is late


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("李安然", "李安然", True),
        ("李安然", " 李 安 然 ", True),
        ("李安然", "李安冉", False),
        ("阿迪力·买买提", "阿迪力•买买提", True),
        ("阿迪力·买买提", "阿迪力.买买提", True),
        ("Anna Li", "ANNA LI", True),
        ("Anna Li", "\uff21\uff4e\uff4e\uff41\u3000\uff2c\uff49", True),
        ("", "李安然", False),
    ],
)
def test_names_are_compared_as_a_person_would(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same


@given(st.text(), st.text())
def test_comparing_names_never_fails_and_knows_no_order(one: str, other: str) -> None:
    assert same_name(one, other) is same_name(other, one)
    assert same_name(one, one)
