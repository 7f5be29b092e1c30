"""The round red seal on a page."""

import math

import cv2
import msgspec
import numpy as np

from birthreg.documents.corners import Picture

SMALLEST, LARGEST = 0.045, 0.16
"""A seal's radius, in parts of the page's long side."""


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
    closed = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    best: Seal | None = None
    for contour in contours:
        (x, y), radius = cv2.minEnclosingCircle(contour)
        filled = cv2.contourArea(cv2.convexHull(contour)) / max(1.0, math.pi * radius**2)
        if not SMALLEST * side < radius < LARGEST * side or filled < 0.75:
            continue
        certainty = _ring(red, x, y, radius)
        if certainty > (best.certainty if best else 0.35):
            best = Seal(float(x), float(y), float(radius), certainty)
    return best


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
