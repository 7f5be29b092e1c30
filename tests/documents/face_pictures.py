"""The picture that tests of faces read: six actors, out of the package `insightface`."""

import sys
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from birthreg.documents import faces
from birthreg.documents.models import Face

PICTURE = Path(sys.prefix, "share", "birthreg", "face-pictures", "insightface", "data", "images", "t1.jpg")


@cache
def six_people() -> faces.Picture:
    """The picture as it is."""
    image = cv2.imread(str(PICTURE))
    assert image is not None, f"{PICTURE} is missing: run scripts/prepare test"
    return np.asarray(image, dtype=np.uint8)


@cache
def six_faces() -> tuple[Face, ...]:
    """The faces on it, from left to right."""
    return tuple(sorted(faces.find_faces(six_people()), key=lambda face: face.box[0]))


def one_person(number: int) -> faces.Picture:
    """The picture cut so that one of them is on it."""
    x, y, width, height = six_faces()[number].box
    return np.ascontiguousarray(
        six_people()[max(0, y - height // 3) : y + height * 4 // 3, max(0, x - width // 3) : x + width * 4 // 3]
    )


@cache
def embedding(number: int) -> faces.Embedding:
    """What one of them is compared by."""
    return faces.embed(six_people(), six_faces()[number])


def worse(image: faces.Picture, *, scale: float = 0.75, quality: int = 40, light: float = 0.7) -> faces.Picture:
    """The same photo, smaller, darker and pressed harder."""
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    dark = cv2.convertScaleAbs(small, alpha=light, beta=10)
    pressed = cv2.imencode(".jpg", dark, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(pressed, cv2.IMREAD_COLOR), dtype=np.uint8)
