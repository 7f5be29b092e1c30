"""What a photo's quality is, and the advice that goes with it."""

from functools import cache

import cv2
import numpy as np
import pytest
from tests.documents.papers import Array, make_paper

from birthreg.documents.pages import Page, find_page
from birthreg.documents.quality import ADVICE, Quality, judge


@cache
def clear() -> tuple[Array, Page]:
    image = make_paper(21, "photo", turn=0).image
    return image, find_page(image)


def judged(image: Array) -> Quality:
    return judge(image, find_page(image))


def test_a_clear_photo_needs_no_advice() -> None:
    image, page = clear()
    quality = judge(image, page)
    assert quality.advice == ()
    assert not quality.cropped
    assert image.shape[1] > quality.width > image.shape[1] // 2


def test_the_more_a_photo_is_blurred_the_worse_it_is_judged() -> None:
    image, page = clear()
    blurred = [judge(image, blur(page, sigma)) for sigma in (0.1, 2, 4)]
    assert blurred[0].blur < blurred[1].blur < blurred[2].blur
    assert "hold_still" in blurred[2].advice


def blur(page: Page, sigma: float) -> Page:
    image = np.asarray(cv2.GaussianBlur(page.image, (0, 0), sigma), np.uint8)
    return Page(image, page.corners, page.turned, page.sure)


def test_a_lamp_in_the_paper_is_told() -> None:
    image, page = clear()
    shining = page.image.copy()
    cv2.circle(shining, (800, 500), 160, (255, 255, 255), -1)
    quality = judge(image, Page(shining, page.corners, page.turned, page.sure))
    assert "avoid_glare" in quality.advice
    assert 0.03 < quality.glare < 0.1


def test_a_small_paper_asks_to_come_closer() -> None:
    image, _ = clear()
    quality = judged(np.asarray(cv2.resize(image, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA), np.uint8))
    assert "come_closer" in quality.advice


def test_a_paper_that_is_cut_off_is_told() -> None:
    image, page = clear()
    assert page.corners is not None
    left, right = page.corners[0][0], page.corners[1][0]
    quality = judged(image[:, : round(left + (right - left) * 0.8)])
    assert quality.cropped
    assert "show_whole_page" in quality.advice


def test_a_dark_photo_asks_for_light() -> None:
    image, page = clear()
    quality = judge(image, Page(page.image // 5, page.corners, page.turned, page.sure))
    assert "more_light" in quality.advice


def test_where_no_paper_is_found_a_plain_ground_is_asked_for() -> None:
    assert "use_plain_ground" in judged(np.full((600, 800, 3), 120, np.uint8)).advice


@pytest.mark.parametrize("code", ADVICE)
def test_advice_speaks_both_languages(code: str) -> None:
    assert any("\u4e00" <= character <= "\u9fff" for character in ADVICE[code].zh)
    assert ADVICE[code].en.isascii()
