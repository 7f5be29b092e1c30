"""The page on a photo: found, straightened, turned upright; and a page for any picture at all."""

from functools import cache

import cv2
import numpy as np
import pytest
from tests.documents.papers import Array, Paper, make_paper

from birthreg.documents.corners import find_outline
from birthreg.documents.pages import LONG_SIDE, Page, find_page, side_ratio
from birthreg.documents.upright import turn_picture

NOISE = np.random.default_rng(1)


@cache
def paper_of(seed: int, kind: str, turn: int | None = None) -> Paper:
    return make_paper(seed, kind, turn=turn)


@cache
def page_of(seed: int, kind: str, turn: int | None = None) -> Page:
    return find_page(paper_of(seed, kind, turn).image)


def farthest(page: Page, paper: Paper) -> float:
    """How far the worst corner is from the truth, in parts of the paper's width."""
    assert page.corners is not None
    apart = np.linalg.norm(np.array(page.corners) - paper.corners, axis=1)
    return float(apart.max() / np.linalg.norm(paper.corners[1] - paper.corners[0]))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_photographed_any_way_around_is_turned_upright(turn: int) -> None:
    page = page_of(5, "photo", turn)
    assert farthest(page, paper_of(5, "photo", turn)) < 0.02
    assert page.turned == (360 - turn) % 360
    assert page.sure


def test_a_straightened_page_looks_alike_from_wherever_it_was_taken() -> None:
    one, other = (strokes(page_of(5, "photo", turn)) for turn in (0, 180))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.8


def strokes(page: Page) -> Array:
    """What is written on a page, whatever the light."""
    grey = cv2.cvtColor(cv2.resize(page.image, (800, 566)), cv2.COLOR_BGR2GRAY).astype(np.float32)
    return cv2.GaussianBlur(grey, (0, 0), 2) - cv2.GaussianBlur(grey, (0, 0), 20)


@pytest.mark.parametrize(("seed", "kind"), [(1, "scan"), (7, "scan"), (2, "hard"), (6, "hard")])
def test_the_corners_are_found_on_scans_and_on_bad_photos(seed: int, kind: str) -> None:
    page = page_of(seed, kind)
    assert farthest(page, paper_of(seed, kind)) < 0.03
    height, width = page.image.shape[:2]
    assert width == LONG_SIDE
    assert abs(width / height - 2**0.5) < 0.01


def test_a_paper_that_fills_the_picture_is_taken_whole_and_its_lines_levelled() -> None:
    inside = page_of(1, "scan").image[60:-60, 80:-80]
    turn = cv2.getRotationMatrix2D((inside.shape[1] / 2, inside.shape[0] / 2), -4, 1.25)
    slanted = cv2.warpAffine(inside, turn, inside.shape[1::-1])
    page = find_page(turn_picture(np.asarray(slanted, np.uint8), 180))
    assert page.turned == 180
    assert not page.sure
    again = find_page(page.image)
    assert again.turned == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 40), (31, 31), (64, 64), (500, 20)])
@pytest.mark.parametrize("filled", ["black", "white", "noise"])
def test_any_picture_gives_a_page_and_none_raises(shape: tuple[int, int], filled: str) -> None:
    image = np.full((*shape, 3), 255 if filled == "white" else 0, np.uint8)
    if filled == "noise":
        image = NOISE.integers(0, 256, (*shape, 3), np.uint8)
    page = find_page(image)
    assert not page.sure
    assert max(page.image.shape[:2]) == LONG_SIDE


def test_noise_and_plain_ground_have_no_outline() -> None:
    assert find_outline(NOISE.integers(0, 256, (600, 800, 3), np.uint8)) is None
    assert find_outline(np.full((600, 800, 3), 120, np.uint8)) is None


def test_the_sides_of_a_paper_are_reckoned_from_how_it_is_seen() -> None:
    corners = np.array([(700, 400), (1500, 520), (1420, 1290), (560, 1010)], np.float32)
    assert 0.5 < side_ratio(np.zeros((1500, 2000, 3), np.uint8), corners) < 3
    square = np.array([(100, 100), (300, 100), (300, 200), (100, 200)], np.float32)
    assert side_ratio(np.zeros((500, 500, 3), np.uint8), square) == pytest.approx(2)
