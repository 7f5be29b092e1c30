"""What a score says: bands, notes, error rates."""

from datetime import UTC, datetime

import msgspec
import pytest

from birthreg.documents.face_rules import FIRST, FOR_CHILDREN, UNCALIBRATED, band_of, list_faults, read_score
from birthreg.documents.models import Band, CalibrationPoint


def point(score: float, different: int = 0) -> CalibrationPoint:
    return CalibrationPoint(
        score=score, different_pairs=100, different_reached=different, same_pairs=10, same_reached=10
    )


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (-1.0, Band.UNLIKE),
        (0.363, Band.UNLIKE),
        (0.3999, Band.UNLIKE),
        (0.40, Band.POSSIBLE),
        (0.4999, Band.POSSIBLE),
        (0.50, Band.STRONG),
        (1.0, Band.STRONG),
    ],
)
def test_a_score_is_listed_from_40_and_strong_from_50_hundredths(score: float, band: Band) -> None:
    assert band_of(score, FIRST) is band


def test_a_study_of_children_replaces_bands_and_note() -> None:
    study = msgspec.structs.replace(FIRST, list_from=0.6, strong_from=0.7, for_children=True)
    assert read_score(0.55, FIRST).band is Band.STRONG
    assert read_score(0.55, FIRST).note == UNCALIBRATED
    assert read_score(0.55, study).band is Band.UNLIKE
    assert read_score(0.55, study).note == FOR_CHILDREN


def test_every_note_says_that_people_decide_and_nothing_of_kinship() -> None:
    for note in (FOR_CHILDREN, UNCALIBRATED):
        assert "people decide" in note.en
        assert "kinship" in note.en
        assert "不用于判断亲子关系" in note.zh


def test_a_score_carries_how_often_the_study_erred_there() -> None:
    points = [point(0.5, 1), point(0.3, 9), point(0.4, 4)]
    assert read_score(0.45, FIRST, points).errors == point(0.4, 4)
    assert read_score(0.5, FIRST, points).errors == point(0.5, 1)
    assert read_score(0.2, FIRST, points).errors is None


@pytest.mark.parametrize(
    ("list_from", "strong_from", "points", "faults"),
    [
        (0.4, 0.5, [point(0.4)], []),
        (0.5, 0.4, [point(0.4)], ["bands_out_of_order"]),
        (0.0, 0.4, [point(0.4)], ["bands_out_of_order"]),
        (0.4, 1.1, [point(0.4)], ["bands_out_of_order"]),
        (0.4, 0.5, [], ["points_not_whole"]),
        (0.4, 0.5, [point(0.4, 101)], ["points_not_whole"]),
        (0.4, 0.5, [point(1.4)], ["points_not_whole"]),
        (0.4, 0.5, [point(0.4), point(0.4)], ["score_twice"]),
        (float("nan"), 0.5, [point(0.4)], ["bands_out_of_order"]),
    ],
)
def test_a_calibration_that_cant_be_used_says_why(
    list_from: float, strong_from: float, points: list[CalibrationPoint], faults: list[str]
) -> None:
    assert list_faults(list_from=list_from, strong_from=strong_from, points=points) == faults


def test_the_first_calibration_is_as_old_as_the_model() -> None:
    assert datetime(2022, 1, 1, tzinfo=UTC) > FIRST.in_force_from
