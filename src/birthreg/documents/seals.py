"""The round red seal on a page."""

import math
from collections.abc import Iterator

import cv2
import msgspec
import numpy as np

from birthreg.documents.opening import Picture

SMALLEST, LARGEST = 0.045, 0.16
"""A seal's radius, in parts of the page's long side."""


LEAST_RING = 0.45
"""Of a seal's ring at least this share is red."""


class Seal(msgspec.Struct, frozen=True):
    """A round seal, in the page's pixels; `certainty` is the share of its ring that is red."""

    x: float
    y: float
    radius: float
    certainty: float

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The square around it: x, y, width, height."""
        return (
            max(0, round(self.x - self.radius)),
            max(0, round(self.y - self.radius)),
            round(2 * self.radius),
            round(2 * self.radius),
        )


def find_seal(page: Picture) -> Seal | None:
    """Find the clearest round red seal; None where there is none."""
    red = _redness(page)
    side = max(page.shape[:2])
    best: Seal | None = None
    for x, y, radius in (*_round_parts(red), *_circles(red)):
        if not SMALLEST * side < radius < LARGEST * side:
            continue
        certainty = _ring(red, x, y, radius)
        if certainty > (best.certainty if best else LEAST_RING):
            best = Seal(x, y, radius, certainty)
    return best


def _round_parts(red: Picture) -> Iterator[tuple[float, float, float]]:
    """Circles around red parts that fill them, as a seal by itself does."""
    closed = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        (x, y), radius = cv2.minEnclosingCircle(contour)
        if cv2.contourArea(cv2.convexHull(contour)) > 0.75 * math.pi * radius**2:
            yield float(x), float(y), float(radius)


def _circles(red: Picture) -> Iterator[tuple[float, float, float]]:
    """Circles drawn in red, also where other red things touch them."""
    half = cv2.GaussianBlur(cv2.resize(red, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), (0, 0), 1.5)
    side = max(half.shape[:2])
    low, high = round(SMALLEST * side), round(LARGEST * side)
    circles = cv2.HoughCircles(
        half, cv2.HOUGH_GRADIENT, 2, side / 8, param1=80, param2=60, minRadius=low, maxRadius=high
    )
    for x, y, radius in [] if circles is None else circles.reshape(-1, 3)[:5].tolist():
        yield 2 * x, 2 * y, 2 * radius + 2  # the ring's outside


def ring_share(page: Picture, seal: Seal) -> float:
    """The share of a seal's ring that is red on another page that was laid over its own."""
    return _ring(_redness(page), seal.x, seal.y, seal.radius)


def _redness(page: Picture) -> Picture:
    """Where the page is redder than its paper."""
    values = page.astype(np.int16)
    redder = values[..., 2] - np.maximum(values[..., 0], values[..., 1])
    usual = float(np.median(redder))
    return np.asarray(np.where(redder > usual + 38, 255, 0), np.uint8)


def _ring(red: Picture, x: float, y: float, radius: float) -> float:
    """The share of directions from the middle in which the rim is red."""
    around = cv2.dilate(red, np.ones((5, 5), np.uint8))
    angles = np.linspace(0, 2 * math.pi, 180, endpoint=False)
    hit = np.zeros(180, bool)
    for part in (0.9, 0.93, 0.96, 0.99):
        columns = np.clip(np.rint(x + part * radius * np.cos(angles)), 0, red.shape[1] - 1).astype(int)
        rows = np.clip(np.rint(y + part * radius * np.sin(angles)), 0, red.shape[0] - 1).astype(int)
        hit |= around[rows, columns] > 0
    return float(hit.mean())
