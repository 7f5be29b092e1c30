"""The number of synthetic papers; how often it is right over hundreds is measured by the benchmark."""

import subprocess
import sys
import tracemalloc
import weakref
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from tests.documents.papers import HEIGHT, WIDTH, Paper, as_jpeg, make_paper

from birthreg.documents import lines
from birthreg.documents.barcodes import read_codes
from birthreg.documents.field_rules import FieldOutcome
from birthreg.documents.fields import compare, read_fields
from birthreg.documents.lines import Line, find_lines, read_lines
from birthreg.documents.numbers import _is_same, read_number
from birthreg.documents.paper_reading import read


def straight(paper: Paper) -> np.ndarray:
    """The page as it lies, by the corners that are true of it."""
    flat = np.array([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)], np.float32)
    view = cv2.getPerspectiveTransform(paper.corners.astype(np.float32), flat)
    return cv2.warpPerspective(paper.image, view, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)


@cache
def scanned(seed: int, edition: int) -> tuple[Paper, np.ndarray]:
    """A scan and its page."""
    paper = make_paper(seed, "scan", edition=edition)
    return paper, straight(paper)


@pytest.mark.parametrize(("seed", "edition"), [(1, 4), (2, 5), (9, 6), (4, 7)])
def test_the_number_of_a_scan_is_read_wherever_the_edition_has_it(seed: int, edition: int) -> None:
    paper, page = scanned(seed, edition)
    reading = read_number(page)
    assert reading.value == paper.number
    assert reading.outcome == "sure"
    assert reading.box is not None
    x, y, wide, high = (part * WIDTH for part in paper.number_box)
    middle = reading.box[0] + reading.box[2] / 2, reading.box[1] + reading.box[3] / 2
    assert x - 0.6 * wide < middle[0] < x + wide
    assert y < middle[1] < y + high


def test_a_page_without_a_number_gives_none() -> None:
    page = scanned(9, 6)[1].copy()
    page[: round(0.2 * len(page))] = 240
    reading = read_number(page)
    assert (reading.value, reading.outcome) == (None, "unreadable") or reading.outcome == "look"


def test_a_covered_digit_is_never_sure() -> None:
    paper, page = scanned(9, 6)
    page = page.copy()
    x, y, wide, high = (round(part * WIDTH) for part in paper.number_box)
    page[y - 10 : y + high + 10, x + wide // 2 : x + wide // 2 + wide // 9] = (225, 235, 240)
    assert read_number(page).outcome != "sure"


OTHER = "X420100002"


def with_second(page: np.ndarray, number: str, *, at: tuple[float, float] = (0.06, 0.06)) -> np.ndarray:
    """The page with another number printed at the top left, in parts of its width."""
    page = page.copy()
    x, y = round(at[0] * WIDTH), round(at[1] * WIDTH)
    cv2.rectangle(page, (x - 12, y - 40), (x + 300, y + 14), (240, 240, 240), -1)
    cv2.putText(page, number, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (30, 30, 30), 3, cv2.LINE_AA)
    return page


def test_a_page_with_two_numbers_asks_a_person_to_look_however_clear_both_are() -> None:
    paper, page = scanned(9, 6)
    altered = paper.number[:-1] + str((int(paper.number[-1]) + 1) % 10)
    for other in (OTHER, altered):
        reading = read_number(with_second(page, other))
        assert reading.outcome == "look"
        assert {reading.value, *reading.elsewhere} == {paper.number, other}
        assert {reading.value, *reading.alternatives} >= {paper.number, other}


def test_a_page_that_says_its_number_twice_stays_sure() -> None:
    paper, page = scanned(9, 6)
    reading = read_number(with_second(page, paper.number))
    assert (reading.value, reading.outcome, reading.elsewhere) == (paper.number, "sure", ())


def test_a_line_that_is_found_twice_is_no_second_number() -> None:
    line = np.array(((100, 50), (400, 52), (400, 90), (100, 88)), np.float32)
    assert _is_same(line + np.float32(10), line)
    assert _is_same(line, line * np.float32((0.5, 1)) + np.float32((60, 0)))
    assert not _is_same(line + np.array((0, 45), np.float32), line)
    assert not _is_same(line + np.array((320, 0), np.float32), line)


def test_two_papers_one_above_the_other_are_both_read() -> None:
    (one, upper), (other, lower) = scanned(9, 6), scanned(2, 5)
    reading = read_number(np.concatenate([upper, lower]))
    assert reading.outcome == "look"
    assert {reading.value, *reading.alternatives} >= {one.number, other.number}


def test_of_two_papers_on_one_picture_neither_is_sure() -> None:
    one, other = (make_paper(seed, "photo", edition=edition, turn=0) for seed, edition in ((9, 6), (2, 5)))
    size = one.image.shape[1], one.image.shape[0]
    picture = np.concatenate([one.image, cv2.resize(other.image, size)])
    reading = read(as_jpeg(picture, 95), None).number
    assert reading.outcome == "look"
    assert {reading.value, *reading.alternatives} >= {one.number, other.number}


def test_a_barcode_of_another_number_than_the_printed_asks_a_person_to_look() -> None:
    paper = make_paper(4, "scan", edition=7, turn=0)
    bars = zxingcpp.create_barcode(OTHER, zxingcpp.BarcodeFormat.QRCode).to_image(scale=6)
    code = cv2.cvtColor(np.array(bars), cv2.COLOR_GRAY2BGR)
    picture = cv2.copyMakeBorder(paper.image, 0, len(code) + 40, 0, 0, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    picture[-len(code) - 20 : -20, 20 : 20 + code.shape[1]] = code
    reading = read(as_jpeg(picture, 95), None).number
    assert (reading.value, reading.outcome) == (paper.number, "look")
    assert OTHER in reading.alternatives


def test_an_empty_page_and_a_page_of_noise_have_no_number() -> None:
    for page in (
        np.full((400, 600, 3), 255, np.uint8),
        np.random.default_rng(1).integers(0, 255, (400, 600, 3), np.uint8),
    ):
        assert read_number(page).outcome == "unreadable"


def test_the_seventh_edition_carries_its_number_twice() -> None:
    paper = make_paper(8, "photo", edition=7)
    numbers = {code.number for code in read_codes(paper.image)}
    assert numbers == {paper.number}


def test_a_code_that_says_something_else_is_text_and_no_number() -> None:
    assert read_codes(np.full((200, 200, 3), 255, np.uint8)) == ()


NAMES = {"sex": "child_sex", "birth_time": "born_at", "weeks": "gestation_days", "weight": "weight_grams",
         "length": "length_centimeters", "institution": "birth_institution", "issuer": "issuer_name"}  # fmt: skip


@pytest.fixture(scope="module")
def spelt() -> tuple[tuple[Line, ...], int]:
    """All the text of a page, and of how many batches of lines the chances were held at once."""
    batches: dict[int, weakref.ref[np.ndarray]] = {}
    most, spell = 0, lines.spell

    def counting(line: np.ndarray) -> tuple[str, float]:
        nonlocal most
        batches[id(line.base)] = weakref.ref(line.base)
        most = max(most, sum(batch() is not None for batch in batches.values()))
        return spell(line)

    with pytest.MonkeyPatch.context() as watched:
        watched.setattr(lines, "spell", counting)
        return read_lines(scanned(9, 6)[1]), most


def test_a_page_of_many_lines_takes_no_more_memory_than_a_few(spelt: tuple[tuple[Line, ...], int]) -> None:
    read, most = spelt
    assert len(read) > 24
    assert most <= 2


def test_a_picture_that_is_far_higher_than_wide_is_looked_at_smaller() -> None:
    find_lines(np.full((64, 64, 3), 255, np.uint8), width=64)
    tracemalloc.start()
    assert find_lines(np.full((4096, 100, 3), 255, np.uint8), width=1_056) == []
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50 << 20


def test_fields_of_a_scan_match_what_was_typed_and_differ_from_what_was_not(
    spelt: tuple[tuple[Line, ...], int],
) -> None:
    paper, page = scanned(9, 6)
    reading = read_fields(page, spelt[0])
    typed = {NAMES.get(name, name): text for name, text in paper.fields.items()}
    outcomes = compare(reading, typed)
    assert FieldOutcome.DIFFERS not in outcomes.values()
    assert list(outcomes.values()).count(FieldOutcome.MATCH) >= 0.85 * len(typed)
    others = compare(reading, {"child_name": "欧阳不同", "issued_on": "1999-01-02", "mother_citizen_number": "-"})
    assert set(others.values()) == {FieldOutcome.DIFFERS}


def test_reading_opens_no_connection_and_starts_no_program(tmp_path: Path) -> None:
    place = tmp_path / "page.png"
    paper, page = scanned(1, 4)
    cv2.imwrite(str(place), page)
    script = """
import sys

def refuse(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "urllib.", "http.")):
        print("refused", event, arguments, flush=True)
        raise PermissionError(event)

sys.addaudithook(refuse)
import cv2
from birthreg.documents.lines import read_lines
from birthreg.documents.numbers import _is_same, read_number
from birthreg.documents.barcodes import read_codes
page = cv2.imread(sys.argv[1])
print(read_number(page).value, len(read_lines(page[len(page) // 3 : -len(page) // 3])) > 5, read_codes(page))
"""
    ended = subprocess.run([sys.executable, "-c", script, str(place)], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == [paper.number, "True", "()"]
