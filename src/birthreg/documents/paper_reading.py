"""Papers read and compared, from a file's bytes to an answer; what the processes of the pool run."""

from collections.abc import Iterator, Mapping, Sequence

import cv2
import msgspec
import numpy as np

from birthreg.documents import differences, quality
from birthreg.documents.barcodes import read_codes
from birthreg.documents.differences import Difference
from birthreg.documents.fields import FieldReading, compare, read_fields
from birthreg.documents.lines import read_lines
from birthreg.documents.numbers import read_number
from birthreg.documents.opening import Picture, open_file, open_pictures
from birthreg.documents.pages import Page, find_page, list_beside
from birthreg.documents.reading_models import (
    AdviceRead,
    Box,
    CodeRead,
    FieldRead,
    NumberRead,
    PageRead,
    PaperRead,
    PapersCompared,
    QualityRead,
    ReadingOutcome,
    RegionRead,
)
from birthreg.documents.reading_rules import confirm, is_better, mind
from birthreg.documents.refusals import about
from birthreg.kernel.errors import Invalid

_PAGES = 3
_MARGIN = 0.35
"""Of a number's height, around its crop."""
_AROUND = 6
_MOST_REGIONS = 12
_LARGEST_CROP = 640


class _Seen(msgspec.Struct, frozen=True):
    """One page of a file, and what it shows."""

    picture: Picture
    page: Page
    number: NumberRead
    codes: tuple[CodeRead, ...]
    place: int

    def numbers(self) -> Iterator[str]:
        """Name every number that stands on it."""
        if self.number.value:
            yield self.number.value
        yield from self.number.elsewhere
        yield from _coded(self.codes)


def read(content: bytes, typed: Mapping[str, str] | None) -> PaperRead:
    """Read the page of a file that shows a number most surely; its fields where some were asked for, be it none.

    Another number on another page asks a person to look, as one on the same page does; so does the same number that
    was misread there, which costs a glance.
    """
    file = open_file(content, pages=_PAGES)
    seen = [_look_at(picture, place) for place, picture in enumerate(file.pictures, start=1)]
    best = seen[0]
    for one in seen[1:]:
        best = one if is_better(one.number, best.number) else best
    number = mind(best.number, [number for one in seen if one is not best for number in one.numbers()])
    return PaperRead(
        number=number,
        codes=best.codes,
        page=_tell_page(best.page, best.place, of=file.pages),
        quality=_judge(best, unread=file.pages - len(seen)),
        fields={} if typed is None else _read_fields(best.page, typed),
    )


def _look_at(picture: Picture, place: int) -> _Seen:
    page = find_page(picture)
    codes = _tell_codes(picture, page)
    number = mind(_number_on(page), _numbers_beside(picture, page))
    return _Seen(picture, page, confirm(number, _coded(codes)), codes, place)


def _coded(codes: Sequence[CodeRead]) -> list[str]:
    return [code.number for code in codes if code.number]


def compare_files(first: bytes, second: bytes) -> PapersCompared:
    """Compare the first pages of two files that should show one paper."""
    one, other = (_first_page(content, field) for content, field in ((first, "first"), (second, "second")))
    numbers = _number_on(one), _number_on(other)
    found = differences.compare_papers(one, other, number=numbers[0].box)
    return PapersCompared(
        aligned=found.aligned,
        alike=round(found.alike, 4),
        unclear=round(found.unclear, 4),
        first=numbers[0],
        second=numbers[1],
        regions=tuple(_regions(one, other, found.regions[:_MOST_REGIONS])),
    )


def _first_page(content: bytes, field: str) -> Page:
    try:
        (picture,) = open_pictures(content, pages=1)
    except Invalid as error:
        raise about(field, error)  # noqa: B904 - the same error, with its place
    return find_page(picture)


def _numbers_beside(picture: Picture, page: Page) -> tuple[str, ...]:
    """Read the number of another paper on the picture, and what else stands there; one such paper is enough."""
    for strip in list_beside(picture, page):
        found = read_number(find_page(strip).image)
        if found.value:
            return found.value, *found.elsewhere
    return ()


def _number_on(page: Page) -> NumberRead:
    found = read_number(page.image)
    crop = None if found.box is None else _png(page.image, found.box, round(found.box[3] * _MARGIN))
    return msgspec.structs.replace(found, confidence=round(found.confidence, 4), crop=crop)


def _png(image: Picture, box: Box, around: int) -> bytes:
    """Cut a box out with some paper around, as PNG of bounded size."""
    x, y, wide, high = box
    cut = image[max(0, y - around) : y + high + around, max(0, x - around) : x + wide + around]
    scale = min(1.0, _LARGEST_CROP / max(*cut.shape[:2], 1))
    if scale < 1:
        cut = np.asarray(cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return cv2.imencode(".png", cut)[1].tobytes() if cut.size else b""


def _tell_codes(picture: Picture, page: Page) -> tuple[CodeRead, ...]:
    on_picture = read_codes(picture)
    return tuple(
        CodeRead(
            text=code.text,
            format=code.format,
            on="picture" if on_picture else "page",
            box=code.box,
            number=code.number,
        )
        for code in on_picture or read_codes(page.image)
    )


def _tell_page(page: Page, place: int, *, of: int) -> PageRead:
    high, wide = page.image.shape[:2]
    return PageRead(
        number=place, of=of, width=wide, height=high, turned=page.turned, sure=page.sure, corners=page.corners
    )


def _judge(seen: _Seen, *, unread: int) -> QualityRead:
    found = quality.judge(seen.picture, seen.page)
    advice = found.advice
    if seen.number.outcome is ReadingOutcome.UNREADABLE:
        advice = ("send_that_page" if unread else "show_the_number", *advice)
    return QualityRead(
        blur=round(found.blur, 3),
        glare=round(found.glare, 4),
        width=found.width,
        height=found.height,
        cropped=found.cropped,
        advice=tuple(AdviceRead(code, quality.ADVICE[code]) for code in advice),
    )


def _read_fields(page: Page, typed: Mapping[str, str]) -> dict[str, FieldRead]:
    found = read_fields(page.image, read_lines(page.image))
    outcomes = compare(found, typed)
    return {
        name: FieldRead(
            read=_said(found.get(name)),
            typed=typed.get(name),
            outcome=outcomes.get(name),
            confidence=round(found[name].confidence, 3) if name in found else None,
        )
        for name in dict.fromkeys((*typed, *found))
    }


def _said(reading: FieldReading | None) -> str | None:
    return None if reading is None else reading.value


def _regions(one: Page, other: Page, regions: tuple[Difference, ...]) -> Iterator[RegionRead]:
    laid = differences.lay_over(one.image, other.image) if regions else None
    if laid is None:
        return
    fields = read_fields(one.image, read_lines(one.image))
    for region in regions:
        yield RegionRead(
            box=region.box,
            kind=region.kind,
            field=next((name for name, field in fields.items() if _meet(field.box, region.box)), None)
            if region.kind == "text"
            else None,
            weight=round(region.weight, 3),
            first=_png(one.image, region.box, _AROUND),
            second=_png(laid, region.box, _AROUND),
        )


def _meet(one: Box, other: Box) -> bool:
    return all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))
