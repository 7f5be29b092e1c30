"""Two photos of the "same" paper: what was changed is marked, what was worn is not."""

from functools import cache

import numpy as np
from tests.documents.papers import Paper, flat_number_box, make_paper

from birthreg.documents.differences import Comparison, compare_papers
from birthreg.documents.pages import LONG_SIDE, Page, find_page
from birthreg.documents.seals import find_seal

SEED = 31


@cache
def first() -> tuple[Paper, Page]:
    paper = make_paper(SEED, "scan", turn=0)
    return paper, find_page(paper.image)


@cache
def sealed_elsewhere() -> Page:
    return find_page(make_paper(SEED, "photo", shot=4, seal_at=(760, 960)).image)


def compared(other: Paper) -> Comparison:
    return compared_pages(find_page(other.image))


def compared_pages(other: Page) -> Comparison:
    paper, page = first()
    return compare_papers(page, other, number=flat_number_box(paper, LONG_SIDE))


def test_another_photo_of_the_same_paper_shows_no_difference() -> None:
    comparison = compared(make_paper(SEED, "photo", shot=1))
    assert comparison.aligned
    assert comparison.regions == ()
    assert comparison.alike == 1


def test_a_changed_digit_is_marked_as_the_number() -> None:
    paper, _ = first()
    last = "1" if paper.number[-1] != "1" else "4"
    comparison = compared(make_paper(SEED, "photo", shot=2, number=paper.number[:-1] + last))
    assert "number" in {region.kind for region in comparison.regions}


def test_a_changed_name_is_marked_where_it_stands() -> None:
    comparison = compared(make_paper(SEED, "scan", shot=3, fields={"child_name": "欧阳知远"}))
    assert {region.kind for region in comparison.regions} == {"text"}
    x, y, w, h = comparison.regions[0].box
    assert x < 620
    assert 300 < y + h / 2 < 400
    assert w > h


def test_a_seal_pressed_elsewhere_is_marked() -> None:
    comparison = compared_pages(sealed_elsewhere())
    assert "seal" in {region.kind for region in comparison.regions}


def test_a_picture_of_something_else_is_not_compared() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (900, 1200, 3), np.uint8)
    comparison = compare_papers(first()[1], find_page(noise))
    assert not comparison.aligned
    assert comparison.regions == ()


def test_the_seal_is_found_where_it_was_pressed() -> None:
    seal = find_seal(sealed_elsewhere().image)
    assert seal is not None
    assert abs(seal.x - 760) < 25
    assert abs(seal.y - 960) < 25
