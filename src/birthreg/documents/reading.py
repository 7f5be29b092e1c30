"""All that a file's pictures say of one paper, in one call: what the processes of the pool are asked."""

import cv2
import msgspec

from birthreg.documents.barcodes import Code, read_codes
from birthreg.documents.fields import FieldReading, read_fields
from birthreg.documents.lines import Box, read_lines
from birthreg.documents.numbers import NumberReading, read_number
from birthreg.documents.opening import QUALITY, Picture, open_pictures
from birthreg.documents.pages import Page, find_page
from birthreg.documents.quality import Quality, judge

_AROUND = 0.4
"""How much of the number's height is shown around it."""
_BY_OUTCOME = ("sure", "look", "unreadable")


class PaperReading(msgspec.Struct, frozen=True):
    """What a paper says, as far as it could be read; `crop` is its number as JPEG, `page` the file's page from 0.

    Boxes of the number and the fields count on the straightened page, those of codes on the picture itself.
    """

    page: int
    number: NumberReading
    crop: bytes | None
    codes: tuple[Code, ...]
    fields: dict[str, FieldReading]
    quality: Quality
    turned: int
    straightened: bool


def read_paper(content: bytes, *, with_fields: bool = False, pages: int = 3) -> PaperReading:
    """Read the paper on a photo or scan; of several pages the one whose number is read best.

    Raises:
        NotAPicture, PictureDamaged and the rest of `refusals`: as `open_pictures` does.
        WeightsMissing: the models aren't there.
    """
    best: tuple[int, Picture, Page, NumberReading] | None = None
    for index, picture in enumerate(open_pictures(content, pages=pages)):
        page = find_page(picture)
        number = read_number(page.image)
        if best is None or _rank(number) < _rank(best[3]):
            best = index, picture, page, number
        if number.outcome == "sure":
            break
    assert best is not None  # noqa: S101 - a file that opens has a page
    index, picture, page, number = best
    fields = read_fields(page.image, read_lines(page.image)) if with_fields else {}
    return PaperReading(
        page=index,
        number=number,
        crop=_crop(page.image, number.box) if number.box else None,
        codes=read_codes(picture),
        fields=fields,
        quality=judge(picture, page),
        turned=page.turned,
        straightened=page.sure,
    )


def _rank(number: NumberReading) -> tuple[int, float]:
    return _BY_OUTCOME.index(number.outcome), -number.confidence


def _crop(page: Picture, box: Box) -> bytes:
    x, y, wide, high = box
    more = round(high * _AROUND)
    part = page[max(0, y - more) : y + high + more, max(0, x - more) : x + wide + more]
    return cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
