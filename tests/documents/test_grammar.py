"""A line's chances are read as a number, whatever a reader without grammar took its signs for."""

import numpy as np
import pytest

from birthreg.documents.grammar import Columns, columns_of, decode, likelihoods, neighbours

SIGNS = ("", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "o", "l", "￥", "编", "号", "：", ".", " ")


@pytest.fixture(scope="module")
def columns() -> Columns:
    return columns_of(SIGNS)


def line_of(text: str, *, doubt: dict[int, tuple[str, float]] | None = None) -> np.ndarray:
    """A line as a reader sees it: each sign one step, an empty step behind; `doubt` gives a place another sign too."""
    chances = np.full((2 * len(text) + 1, len(SIGNS)), 1e-6, np.float32)
    chances[0::2, 0] = 1
    for place, sign in enumerate(text):
        other, share = (doubt or {}).get(place, (sign, 0.0))
        chances[2 * place + 1, SIGNS.index(sign)] += 1 - share
        chances[2 * place + 1, SIGNS.index(other)] += share
    return chances / chances.sum(1, keepdims=True)


@pytest.mark.parametrize(
    "text",
    [
        "X420100001",
        "编号：X420100001",
        "NO.X420100001",
        "X 420100001",
        "X42O1OOOOl",
        "编号 X420100001 .",
        "X 4 2 0100001",
    ],
)
def test_a_number_is_read_with_what_stands_around_it(columns: Columns, text: str) -> None:
    decoded = decode(line_of(text), columns)
    assert decoded is not None
    assert decoded.number == "X420100001"


def test_a_yen_sign_is_the_letter_that_it_was_taken_for(columns: Columns) -> None:
    decoded = decode(line_of("￥420100001"), columns)
    assert decoded is not None
    assert decoded.number == "Y420100001"
    assert decoded.strain < 1


@pytest.mark.parametrize("text", ["420106198001011234", "X42010000", "X4201000012", "编号编号编号编号编号"])
def test_what_is_no_number_strains_the_grammar(columns: Columns, text: str) -> None:
    decoded = decode(line_of(text), columns)
    assert decoded is None or decoded.strain > 6


def test_a_line_too_short_for_a_number_is_none(columns: Columns) -> None:
    assert decode(line_of("X42"), columns) is None


def test_equal_digits_in_a_row_are_counted(columns: Columns) -> None:
    decoded = decode(line_of("X000000000"), columns)
    assert decoded is not None
    assert decoded.number == "X000000000"


def test_doubt_about_one_digit_shows_in_the_likelihoods(columns: Columns) -> None:
    decoded = decode(line_of("X420100001", doubt={5: ("8", 0.3)}), columns)
    assert decoded is not None
    scores = likelihoods(decoded, ["X420100001", "X420180001", "X420170001"])
    assert scores[0] > scores[1] > scores[2] + 5
    assert scores[0] - scores[1] == pytest.approx(np.log(0.7 / 0.3), abs=0.05)


def test_a_number_has_a_hundred_and_six_neighbours() -> None:
    numbers = neighbours("X420100001")
    assert numbers[0] == "X420100001"
    assert len(numbers) == len(set(numbers)) == 1 + 25 + 9 * 9


def test_a_sign_that_was_only_guessed_from_what_looks_like_it_is_told(columns: Columns) -> None:
    guessed, seen = decode(line_of("1420100001"), columns), decode(line_of("I420100001"), columns)
    assert guessed is not None
    assert seen is not None
    assert guessed.number == seen.number == "I420100001"
    assert guessed.least_seen < 0.1
    assert seen.least_seen > 0.9
