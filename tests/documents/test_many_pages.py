"""Files of several pages: one number is read, and another on another page is no secret."""

from io import BytesIO

import numpy as np
from PIL import Image
from tests.documents.papers import Paper, as_jpeg, make_paper

from birthreg.documents.paper_reading import read

BLANK = np.full((1170, 827, 3), 255, np.uint8)


def pdf(*pages: np.ndarray) -> bytes:
    first, *others = [Image.fromarray(np.ascontiguousarray(page[:, :, ::-1])) for page in pages]
    content = BytesIO()
    first.save(content, "PDF", save_all=True, append_images=others, resolution=200)
    return content.getvalue()


def scan(seed: int, edition: int, shot: int = 0) -> Paper:
    return make_paper(seed, "scan", edition=edition, turn=0, shot=shot)


def test_another_number_on_another_page_asks_a_person_to_look_and_is_named() -> None:
    one, other = scan(9, 6), scan(2, 5)
    for pages in ((one, other), (other, one)):
        number = read(pdf(*(paper.image for paper in pages)), None).number
        assert number.outcome == "look"
        assert {number.value, *number.alternatives} >= {one.number, other.number}


def test_one_number_on_two_pages_is_sure_and_so_is_one_beside_an_empty_page() -> None:
    paper = scan(9, 6)
    for second in (scan(9, 6, shot=1).image, BLANK):
        found = read(pdf(paper.image, second), None)
        assert (found.number.value, found.number.outcome) == (paper.number, "sure")
        assert (found.page.number, found.page.of) == (1, 2)


def test_a_paper_behind_the_pages_that_are_read_is_asked_for_by_itself() -> None:
    found = read(pdf(BLANK, BLANK, BLANK, scan(9, 6).image), None)
    assert (found.number.outcome, found.page.of) == ("unreadable", 4)
    assert "send_that_page" in [advice.code for advice in found.quality.advice]


def test_whatever_cannot_be_read_comes_with_advice() -> None:
    rows, columns = np.mgrid[0:900, 0:1200]
    landscape = np.stack([columns * 255 / 1200, rows * 255 / 900, 90 + 40 * np.sin(columns / 40)], 2).astype(np.uint8)
    found = read(as_jpeg(landscape), None)
    assert found.number.outcome == "unreadable"
    assert "show_the_number" in [advice.code for advice in found.quality.advice]
