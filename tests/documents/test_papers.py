"""The generator itself: what it says of a paper is so, and it says the same tomorrow."""

from functools import cache

import cv2
import numpy as np
import pytest
import zxingcpp
from tests.documents.papers import TAKINGS, Paper, make_paper
from tests.documents.sheets import draw_flat, draw_sheet

from birthreg.certificates.rules import find_flaws


@cache
def made(kind: str) -> Paper:
    return make_paper(11, kind)


def test_a_seed_makes_the_same_picture_each_time() -> None:
    one, other = made("photo"), make_paper(11, "photo")
    assert (one.image == other.image).all()
    assert one.number == other.number


def test_another_shot_shows_the_same_paper_differently() -> None:
    one, other = made("hard"), make_paper(11, "hard", shot=1)
    assert (one.number, one.fields) == (other.number, other.fields)
    assert one.image.shape != other.image.shape


@pytest.mark.parametrize("kind", TAKINGS)
def test_the_whole_paper_is_in_the_picture(kind: str) -> None:
    paper = made(kind)
    height, width = paper.image.shape[:2]
    assert ((paper.corners > -2) & (paper.corners < (width + 2, height + 2))).all()
    assert cv2.contourArea(paper.corners.astype(np.float32)) > 0.25 * width * height


def test_what_is_changed_is_changed_alone() -> None:
    one, other = made("scan"), make_paper(11, number="Y420000001", fields={"sex": "女", "weeks": "40周+0天"})
    assert other.number == "Y420000001"
    assert {key for key in one.fields if one.fields[key] != other.fields[key]} <= {"sex", "weeks"}


def test_numbers_follow_the_grammar_and_the_seventh_edition_carries_them_as_a_barcode() -> None:
    for seed in range(40):
        assert not find_flaws(draw_sheet(seed, None).number)
    sheet = draw_sheet(3, 7)
    flat, _ = draw_flat(sheet, 1600)
    assert {code.text for code in zxingcpp.read_barcodes(flat)} == {sheet.number}
