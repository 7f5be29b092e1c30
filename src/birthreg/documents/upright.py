"""Which way a page's text runs: by how letters stand beside each other, then by a small model for upside down."""

import math
from functools import cache

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from birthreg.documents.corners import shrink
from birthreg.documents.opening import Picture
from birthreg.documents.weights import WAY, load_weights

LINE_HEIGHT, LINE_WIDTH = 48, 192
LINES = 12
"""As many lines are asked; half would do, but titles and seals mislead."""
LOOKED_AT = 1200
"""The long side, in pixels, at which letters are looked for."""

Boxes = NDArray[np.int32]
"""Rows of (x, y, w, h)."""


class Way(msgspec.Struct, frozen=True):
    """How a page's text runs.

    `turn` is by how many degrees, of quarter turns clockwise, the picture must be turned to be read; `skew` by how
    many degrees more; `certainty` is from 0, nothing to tell by, to 1.
    """

    turn: int
    skew: float
    certainty: float


def find_way(image: Picture) -> Way:
    """Tell how a picture of a page must be turned to be read; never raises but for a missing model."""
    small, _ = shrink(image, LOOKED_AT)
    letters, _ = letters_of(small)
    if len(letters) < 20:
        return Way(0, 0.0, 0.0)
    lying, skew, clear = _direction(letters)
    turn = 90 if lying else 0
    level = turn_picture(small, turn)
    upside_down, agreed = _upside_down(level)
    return Way((turn + 180) % 360 if upside_down else turn, skew, clear * agreed)


def turn_picture(image: Picture, turn: int) -> Picture:
    """Turn a picture clockwise by quarter turns, given in degrees."""
    return np.ascontiguousarray(np.rot90(image, -turn // 90))


def _ink(image: Picture) -> Picture:
    """Dark strokes on a lighter ground, whatever the light."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    paper = cv2.medianBlur(cv2.dilate(grey, np.ones((9, 9), np.uint8)), 21)
    strokes = cv2.subtract(paper, grey)
    level, _ = cv2.threshold(strokes, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(np.where(strokes > max(14.0, level), 255, 0), np.uint8)


def _boxes(mask: Picture) -> Boxes:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    return np.asarray(stats[1:, :4], np.int32)


def letters_of(image: Picture) -> tuple[Boxes, float]:
    """Boxes about as large as one letter, the largest first, on the picture multiplied by the second value."""
    small, scale = shrink(image, LOOKED_AT)
    boxes = _boxes(np.asarray(cv2.dilate(_ink(small), np.ones((3, 3), np.uint8)), np.uint8))
    long, short = boxes[:, 2:].max(1), boxes[:, 2:].min(1)
    fitting = boxes[(long >= 9) & (long <= 60) & (short >= 5) & (long < 3 * short)]
    return fitting[np.argsort(-fitting[:, 2:].max(1))][:900], scale


def lines_of(image: Picture) -> Boxes:
    """Boxes around words and lines of level text."""
    return _lines(_ink(image))


def _lines(ink: Picture) -> Boxes:
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 19), np.uint8))
    boxes = _boxes(np.asarray(cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((5, 7), np.uint8)), np.uint8))
    return boxes[(boxes[:, 3] >= 12) & (boxes[:, 3] <= 90) & (boxes[:, 2] > 0.6 * boxes[:, 3])]


def _direction(letters: Boxes) -> tuple[bool, float, float]:
    """Whether lines run from top to bottom, their skew in degrees, and how many letters agree, from 0 to 1."""
    middles = letters[:, :2] + letters[:, 2:] / 2
    apart = middles[None] - middles[:, None]
    distances = np.hypot(apart[..., 0], apart[..., 1])
    np.fill_diagonal(distances, np.inf)
    nearest = apart[np.arange(len(letters)), distances.argmin(1)]
    angles = np.degrees(np.arctan2(nearest[:, 1], nearest[:, 0]))
    counts, _ = np.histogram(angles % 180, bins=36, range=(0, 180))
    smooth = counts + np.roll(counts, 1) + np.roll(counts, -1)
    peak = (int(smooth.argmax()) + 0.5) * 5
    off = (angles - peak + 90) % 180 - 90
    skew = peak + float(np.median(off[np.abs(off) < 8]))
    skew = (skew + 90) % 180 - 90
    lying = abs(skew) > 45
    share = float((np.abs(off) < 8).mean())
    return lying, (skew - math.copysign(90, skew) if lying else skew), min(1.0, share * 1.6)


def _upside_down(level: Picture) -> tuple[bool, float]:
    """Let the lines vote; the second value is how far they agree, from 0 to 1."""
    lines = _line_crops(level)
    if not lines:
        return False, 0.0
    votes = _probabilities(lines)
    score = np.log(votes[:, 1] + 1e-3) - np.log(votes[:, 0] + 1e-3)
    total = float(score.sum())
    return total > 0, min(1.0, abs(total) / (float(np.abs(score).sum()) + 3))


def _line_crops(level: Picture) -> list[Picture]:
    """Pictures of the clearest lines of text."""
    ink = _ink(level)
    boxes = _lines(ink)
    boxes = boxes[(boxes[:, 3] <= 70) & (boxes[:, 2] > 3 * boxes[:, 3])]
    boxes = boxes[np.argsort(-boxes[:, 2] * np.sqrt(boxes[:, 3]))]
    crops = []
    for x, y, w, h in boxes[: 2 * LINES]:
        filled = ink[y : y + h, x : x + w].mean() / 255
        if 0.08 < filled < 0.6:
            crops.append(level[max(0, y - 3) : y + h + 3, max(0, x - 3) : x + w + 3])
    return crops[:LINES]


def _probabilities(lines: list[Picture]) -> NDArray[np.float32]:
    """For each line, how likely it stands upright and how likely upside down."""
    batch = np.zeros((len(lines), 3, LINE_HEIGHT, LINE_WIDTH), np.float32)
    for place, line in enumerate(lines):
        part = line[:, : LINE_WIDTH * line.shape[0] // LINE_HEIGHT]
        width = min(LINE_WIDTH, max(1, math.ceil(LINE_HEIGHT * part.shape[1] / part.shape[0])))
        sized = cv2.resize(part, (width, LINE_HEIGHT), interpolation=cv2.INTER_LINEAR)
        batch[place, :, :, :width] = sized.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
    net = _model()
    net.setInput(batch)
    return np.asarray(net.forward(), np.float32).reshape(len(lines), 2)


@cache
def _model() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(np.frombuffer(load_weights(WAY), np.uint8))
