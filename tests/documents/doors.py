"""What tests of the doors of pictures send."""

from functools import cache
from typing import Any

import cv2
import httpx
from tests.documents.face_pictures import one_person, worse
from tests.documents.papers import Paper, as_jpeg, make_paper

from birthreg.documents.opening import Picture

READINGS = "/api/v1/documents/readings"
PURPOSE = {"purpose": "birth_registration"}
NUMBER = "X420100001"


def paper(number: str = NUMBER, seed: int = 3, **changes: Any) -> Paper:
    """A scan that shows a number."""
    return make_paper(seed, "scan", number=number, **changes)


@cache
def photo_of(number: str = NUMBER) -> bytes:
    """The same as a file."""
    return as_jpeg(paper(number).image)


def png(image: Picture) -> bytes:
    """A picture as a file without loss."""
    return cv2.imencode(".png", image)[1].tobytes()


def face(number: int, *, other: bool = False) -> bytes:
    """One of the six, or another photo of the same."""
    return png(worse(one_person(number)) if other else one_person(number))


async def read(desk: httpx.AsyncClient, content: bytes, **form: str) -> httpx.Response:
    """Have a picture read."""
    return await desk.post(READINGS, files={"file": ("paper.jpg", content, "image/jpeg")}, data={**PURPOSE, **form})


async def compare(desk: httpx.AsyncClient, what: str, first: bytes, second: bytes) -> httpx.Response:
    """Have two pictures compared."""
    files = {"first": ("a.jpg", first, "image/jpeg"), "second": ("b.jpg", second, "image/jpeg")}
    return await desk.post(f"/api/v1/documents/{what}-comparisons", files=files)
