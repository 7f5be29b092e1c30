"""From the bytes of a file to pictures, upright, eight bits to a colour, of bounded size. Files may be hostile."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import cv2
import msgspec
import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from birthreg.documents.refusals import (
    NotAPicture,
    PdfEmpty,
    PdfLocked,
    PictureAnimated,
    PictureDamaged,
    PictureEmpty,
    PictureHeic,
    PictureTooLarge,
    PictureTooSmall,
)
from birthreg.kernel.errors import DomainError

Picture = NDArray[np.uint8]
"""Blue, green, red; shape (height, width, 3)."""

MOST_BYTES = 24 << 20
MOST_PIXELS = 120_000_000
"""Of a photo, which is decoded at a part of its size; a telephone of today takes 50 to 108 millions."""
MOST_PIXELS_PLAIN = 50_000_000
"""Of any other kind, which is decoded whole."""
LONGEST = 4096
"""Pixels of the longer side that are kept; a paper that fills half of it is still read at 2,000."""
SHORTEST = 32
"""Of the shorter side, once the longer is brought to its limit."""

_KINDS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
_PHOTOS = ("JPEG", "MPO")
_PAGED = "TIFF"
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By the Exif tag of orientation."""
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
_PDF_LONGEST = 2_400
"""Pixels of the longer side of a page: an A4 scan at 200 to the inch."""
_LOCKED = "password"
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
Image.init()


class File(msgspec.Struct, frozen=True):
    """A file opened: the pictures of its first pages, and how many pages it has."""

    pictures: list[Picture]
    pages: int


def open_pictures(content: bytes, *, pages: int = 3) -> list[Picture]:
    """Return the pictures of a file: one of a photo, the first pages of a PDF or a TIFF; see `open_file`."""
    return open_file(content, pages=pages).pictures


def open_file(content: bytes, *, pages: int) -> File:
    """Open a file, and its first pages.

    Raises:
        NotAPicture: it is no picture (also PictureEmpty, PictureHeic).
        PictureDamaged: it is cut short or broken.
        PictureTooLarge, PictureTooSmall, PictureAnimated, PdfLocked, PdfEmpty: as they say.
    """
    if not content:
        raise PictureEmpty
    if len(content) > MOST_BYTES:
        raise PictureTooLarge(limit=f"{MOST_BYTES >> 20} MB")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise PictureHeic
    if b"%PDF-" in content[:1024]:
        return _open_pdf(content, pages)
    with _as_damaged():
        return _open_picture(content, pages)


@contextmanager
def _as_damaged() -> Iterator[None]:
    """Turn whatever a decoder raises over a hostile file into an answer."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (DomainError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge(limit=_in_words(MOST_PIXELS)) from error
    except UnidentifiedImageError as error:
        raise NotAPicture from error
    except Exception as error:
        raise PictureDamaged from error


def _in_words(pixels: int) -> str:
    return f"{pixels // 1_000_000} MP"


def _open_picture(content: bytes, pages: int) -> File:
    with Image.open(BytesIO(content), formats=_KINDS) as image:
        frames = getattr(image, "n_frames", 1) if image.format not in _PHOTOS else 1
        if frames > 1 and image.format != _PAGED:
            raise PictureAnimated(frames=frames)
        pictures = []
        for frame in range(min(frames, pages)):
            if frame:
                image.seek(frame)
            pictures.append(_decode(image))
        return File(pictures, frames)


def _decode(image: Image.Image) -> Picture:
    width, height = image.size
    most = MOST_PIXELS if image.format in _PHOTOS else MOST_PIXELS_PLAIN
    if width * height > most:
        raise PictureTooLarge(limit=_in_words(most))
    if min(width, height) * min(1.0, LONGEST / max(width, height)) < SHORTEST:
        raise PictureTooSmall(width=width, height=height)
    # A decoder of JPEG can leave out what would be scaled away.
    image.draft(None, (LONGEST, LONGEST))
    image.load()
    colour = _in_colour(_in_eight_bits(image))
    colour.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    turn = _TURNS.get(_orientation(image))
    upright = colour if turn is None else colour.transpose(turn)
    return np.ascontiguousarray(np.asarray(upright)[:, :, ::-1])


def _orientation(image: Image.Image) -> int:
    """Return how the camera was held (Exif 0x0112); a broken note counts as none."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        return 1


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Bring sixteen bits and more to eight, which the library would cut off; others stay as they are."""
    if image.mode not in ("I", "F") and not image.mode.startswith("I;"):
        return image
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0.0))
    if image.mode == "F" and top <= 1:
        # Fractions count from 0, black, to 1.
        return Image.fromarray((values.clip(0, 1) * 255.0).astype(np.uint8))
    full = 255.0 if top <= 255 else 65_535.0 if top <= 65_535 else top
    return Image.fromarray((values.clip(0, full) * (255.0 / full)).astype(np.uint8))


def _in_colour(image: Image.Image) -> Image.Image:
    """Return a picture in red, green and blue; what is transparent lies on white paper."""
    if image.mode == "RGB":
        return image.copy()
    if "A" in image.getbands() or "transparency" in image.info or image.mode in ("La", "PA"):
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image).convert("RGB")
    return image.convert("RGB")


def _open_pdf(content: bytes, pages: int) -> File:
    try:
        with pypdfium2.PdfDocument(content) as pdf:
            if not len(pdf):
                raise PdfEmpty
            return File([_render(pdf[number]) for number in range(min(len(pdf), pages))], len(pdf))
    except (DomainError, MemoryError):
        raise
    except Exception as error:
        raise (PdfLocked if _LOCKED in str(error).lower() else PictureDamaged) from error


def _render(page: pypdfium2.PdfPage) -> Picture:
    width, height = page.get_size()
    sane = 0 < width < 100_000 and 0 < height < 100_000
    if not sane or min(width, height) * _PDF_LONGEST / max(width, height) < SHORTEST:
        raise PictureDamaged
    bitmap = page.render(scale=_PDF_LONGEST / max(width, height), rev_byteorder=False, prefer_bgrx=False)
    picture = np.asarray(bitmap.to_numpy())
    if picture.ndim == 2 or picture.shape[2] == 1:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    return np.ascontiguousarray(picture[:, :, :3])
