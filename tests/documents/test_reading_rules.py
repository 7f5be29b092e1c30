"""A number beside the paper's barcode, and beside what was typed."""

import pytest

from birthreg.documents.field_rules import FieldOutcome
from birthreg.documents.reading_models import NumberRead, ReadingOutcome
from birthreg.documents.reading_rules import confirm, is_better, judge_typed, mind, score_of

ONE, OTHER = "X420100001", "X420100002"
SURE, LOOK, UNREADABLE = ReadingOutcome.SURE, ReadingOutcome.LOOK, ReadingOutcome.UNREADABLE


def number(value: str | None, outcome: ReadingOutcome, confidence: float = 0.9) -> NumberRead:
    return NumberRead(value=value, confidence=confidence, outcome=outcome)


@pytest.mark.parametrize(
    ("value", "outcome", "coded", "expected"),
    [
        (ONE, SURE, [], (ONE, SURE, ())),
        (ONE, SURE, [ONE, ONE], (ONE, SURE, ())),
        (ONE, LOOK, [ONE], (ONE, SURE, ())),
        (ONE, SURE, [OTHER], (ONE, LOOK, (OTHER,))),
        (ONE, LOOK, [ONE, OTHER], (ONE, LOOK, (OTHER,))),
        (None, UNREADABLE, [ONE], (ONE, LOOK, ())),
        (None, UNREADABLE, [], (None, UNREADABLE, ())),
    ],
)
def test_a_barcode_confirms_a_number_or_asks_a_person_to_look(
    value: str | None, outcome: ReadingOutcome, coded: list[str], expected: tuple[str | None, ReadingOutcome, object]
) -> None:
    found = confirm(number(value, outcome), coded)
    assert (found.value, found.outcome, found.alternatives) == expected


def test_a_number_printed_elsewhere_asks_a_person_to_look_and_no_barcode_outweighs_it() -> None:
    found = mind(number(ONE, SURE), [ONE, OTHER])
    assert (found.value, found.outcome, found.alternatives) == (ONE, LOOK, (OTHER,))
    assert mind(number(ONE, SURE), [ONE]) == number(ONE, SURE)
    assert mind(number(None, UNREADABLE), []) == number(None, UNREADABLE)
    confirmed = confirm(found, [ONE])
    assert (confirmed.outcome, confirmed.alternatives) == (LOOK, (OTHER,))


@pytest.mark.parametrize(
    ("value", "outcome", "typed", "expected"),
    [
        (ONE, SURE, ONE, FieldOutcome.MATCH),
        (ONE, LOOK, ONE, FieldOutcome.MATCH),
        (ONE, SURE, OTHER, FieldOutcome.DIFFERS),
        (ONE, LOOK, OTHER, FieldOutcome.UNREADABLE),
        (None, UNREADABLE, OTHER, FieldOutcome.UNREADABLE),
        (ONE, SURE, None, None),
    ],
)
def test_only_a_number_that_was_surely_read_differs(
    value: str | None, outcome: ReadingOutcome, typed: str | None, expected: FieldOutcome | None
) -> None:
    assert judge_typed(outcome=outcome, value=value, typed=typed) is expected


def test_of_several_pages_the_surest_counts() -> None:
    assert is_better(number(ONE, SURE, 0.5), number(OTHER, LOOK, 0.9))
    assert is_better(number(ONE, LOOK, 0.9), number(OTHER, LOOK, 0.5))
    assert not is_better(number(None, UNREADABLE, 0.0), number(OTHER, LOOK, 0.1))


def test_a_score_is_a_cosine_and_stays_within_its_bounds() -> None:
    assert score_of((1.0, 0.0), (1.0000001, 0.0)) == 1.0
    assert score_of((1.0, 0.0), (0.0, 1.0)) == 0.0
