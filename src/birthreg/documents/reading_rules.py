"""What a reading says beside its barcode and beside what was typed. Pure."""

from collections.abc import Sequence

import msgspec

from birthreg.documents.field_rules import FieldOutcome
from birthreg.documents.reading_models import NumberRead, ReadingOutcome

_ORDER = (ReadingOutcome.SURE, ReadingOutcome.LOOK, ReadingOutcome.UNREADABLE)


def is_better(one: NumberRead, other: NumberRead) -> bool:
    """Say whether a page's number is surer than another page's."""
    return (_ORDER.index(one.outcome), -one.confidence) < (_ORDER.index(other.outcome), -other.confidence)


def mind(number: NumberRead, others: Sequence[str]) -> NumberRead:
    """Hold a number against those printed elsewhere: another one, however clear both are, asks a person to look."""
    elsewhere = tuple(other for other in dict.fromkeys((*number.elsewhere, *others)) if other != number.value)
    if number.value is None or not elsewhere:
        return number
    alternatives = tuple(dict.fromkeys((*elsewhere, *number.alternatives)))
    return msgspec.structs.replace(number, outcome=ReadingOutcome.LOOK, alternatives=alternatives, elsewhere=elsewhere)


def confirm(number: NumberRead, coded: Sequence[str]) -> NumberRead:
    """Hold a number against those of the paper's codes.

    A code that says the same makes it sure, unless another number is printed elsewhere; one that says another, or
    stands alone, asks a person to look: on a paper that was altered, barcode and print differ.
    """
    if not coded:
        return number
    others = tuple(code for code in dict.fromkeys((*coded, *number.elsewhere)) if code != number.value)
    if number.value is None:
        return msgspec.structs.replace(
            number, value=others[0], outcome=ReadingOutcome.LOOK, alternatives=others[1:], confidence=0.5
        )
    if not others:
        return msgspec.structs.replace(number, outcome=ReadingOutcome.SURE, confidence=max(number.confidence, 0.99))
    alternatives = tuple(dict.fromkeys((*others, *number.alternatives)))
    return msgspec.structs.replace(number, outcome=ReadingOutcome.LOOK, alternatives=alternatives)


def judge_typed(*, outcome: ReadingOutcome, value: str | None, typed: str | None) -> FieldOutcome | None:
    """Compare the number typed, normalised, with the one read; None where none was typed.

    Only a number that was surely read can differ: what isn't sure may be a misreading.
    """
    if typed is None:
        return None
    if value is not None and value == typed:
        return FieldOutcome.MATCH
    return FieldOutcome.DIFFERS if outcome is ReadingOutcome.SURE else FieldOutcome.UNREADABLE


def score_of(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the cosine of two templates of length 1, from -1 to 1."""
    return max(-1.0, min(1.0, sum(a * b for a, b in zip(one, other, strict=True))))
