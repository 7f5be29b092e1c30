"""Bytes become pictures, or an answer that says why not."""

import io
from typing import cast

import numpy as np
import pytest
from PIL import Image
from tests.documents import hostile

from birthreg.documents.opening import LONGEST, open_pictures
from birthreg.documents.refusals import PictureTooLarge
from birthreg.kernel.errors import DomainError


@pytest.mark.parametrize("name", hostile.FILES)
def test_a_hostile_file_gets_a_clear_answer(name: str) -> None:
    expected = hostile.FILES[name][1]
    code, answer = hostile.answer_of(name, open_pictures)
    assert expected in ("*", code)
    if isinstance(answer, DomainError):
        assert answer.message.zh
        return
    pictures = cast("list[np.ndarray]", answer)
    assert 1 <= len(pictures) <= 3
    for picture in pictures:
        assert picture.dtype == np.uint8
        assert picture.ndim == 3
        assert picture.shape[2] == 3
        assert max(picture.shape) <= LONGEST


def test_there_are_fifty_of_them() -> None:
    assert len(hostile.FILES) >= 50


def marked(mode: str = "RGB") -> Image.Image:
    """A white picture, wider than high, with a dark mark at its top left."""
    image = Image.new("RGB", (300, 200), "white")
    image.paste((10, 20, 200), (0, 0, 60, 40))
    return image.convert(mode)


def corner(picture: np.ndarray) -> tuple[int, ...]:
    """The colour of the top left, coarsely: 0 or 1 for each of blue, green, red."""
    return tuple(int(value > 128) for value in picture[15, 15])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_upright_however_the_camera_was_held(orientation: int) -> None:
    turns = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
             5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
             8: Image.Transpose.ROTATE_270}  # fmt: skip
    held = marked().transpose(turns[orientation]) if orientation > 1 else marked()
    notes = Image.Exif()
    notes[0x0112] = orientation
    for kind in ("JPEG", "TIFF", "PNG", "WEBP"):
        (picture,) = open_pictures(hostile.saved(held, kind, exif=notes))
        assert picture.shape == (200, 300, 3)
        assert corner(picture) == (1, 0, 0)


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("RGBA", "PNG"), ("P", "GIF"), ("RGB", "BMP")])
def test_colours_stay_what_they_are(mode: str, kind: str) -> None:
    (picture,) = open_pictures(hostile.saved(marked(mode), kind))
    assert corner(picture) == (1, 0, 0)
    assert picture[-1, -1].min() > 250


def test_sixteen_bits_become_eight_without_a_cut() -> None:
    (picture,) = open_pictures(hostile.sixteen_bits("PNG"))
    assert abs(int(picture[120, 0, 0]) - 127) < 3


def test_fractions_from_black_to_white_become_eight_bits() -> None:
    ramp = np.linspace(0, 1, 320 * 240, dtype=np.float32).reshape(240, 320)
    (picture,) = open_pictures(hostile.saved(Image.fromarray(ramp), "TIFF"))
    assert abs(int(picture[120, 0, 0]) - 127) < 3
    assert picture.max() == 255


def test_what_is_transparent_lies_on_white() -> None:
    (picture,) = open_pictures(hostile.saved(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG"))
    assert picture.min() == 255


def test_a_photo_of_a_hundred_millions_is_read_smaller() -> None:
    (picture,) = open_pictures(hostile.saved(Image.new("L", (12_000, 9_000), 200), "JPEG"))
    assert picture.shape == (3072, 4096, 3)


def test_a_scan_of_many_pages_gives_the_first() -> None:
    with io.BytesIO() as buffer:
        pages = [Image.new("RGB", (210, 297), (shade, shade, shade)) for shade in (40, 120, 200, 250)]
        pages[0].save(buffer, "PDF", save_all=True, append_images=pages[1:])
        content = buffer.getvalue()
    assert [round(float(picture.mean()), -1) for picture in open_pictures(content, pages=2)] == [40, 120]


def test_a_limit_is_said_with_the_refusal() -> None:
    with pytest.raises(PictureTooLarge, match="120 MP"):
        open_pictures(hostile.lying_jpeg())
