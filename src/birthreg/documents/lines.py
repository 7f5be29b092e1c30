"""Lines of text on a page: found, cut out, read character by character."""

from collections.abc import Iterator
from functools import cache

import cv2
import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from birthreg.documents.opening import Picture
from birthreg.documents.reading_models import Box
from birthreg.documents.weights import LINES, TEXT, Weights, load_weights

Quad = NDArray[np.float32]
"""Four corners of a line, clockwise from its top left; shape (4, 2)."""

Chances = NDArray[np.float32]
"""For each step along a line the chance of each sign; shape (steps, signs)."""

Map = NDArray[np.float32]
"""How likely each pixel is text; shape (height, width)."""

HEIGHT = 48
"""Pixels of a line as its reader wants it."""
BLANK = 0
"""The sign that stands between two."""

_TRAINED_WIDTH = 320
_WIDEST = 1_600
_BATCH = 6
_TEXT_AT = 0.3
_LINE_AT = 0.5
_GROW = 1.6
_LEAST = 3
_MOST_LINES = 300
_TALLEST = 2
"""Times its width: what is taller, as no page is, is looked at smaller."""


class Line(msgspec.Struct, frozen=True):
    """One line of text on a page; the confidence is the mean of its signs', from 0 to 1."""

    text: str
    confidence: float
    box: Box


def _session(weights: Weights) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # What one large picture took would otherwise stay taken.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(load_weights(weights), options, providers=["CPUExecutionProvider"])


@cache
def _finder() -> onnxruntime.InferenceSession:
    return _session(LINES)


@cache
def _reader() -> onnxruntime.InferenceSession:
    return _session(TEXT)


@cache
def signs() -> tuple[str, ...]:
    """Return the signs that the reader knows, in its order; the first is the empty one, the last a space."""
    return "", *_reader().get_modelmeta().custom_metadata_map["character"].splitlines(), " "


def load_models() -> None:
    """Bring both models into memory, so that the first picture waits no longer than the next.

    Raises:
        WeightsMissing: a file isn't there.
    """
    _finder()
    signs()


def find_lines(picture: Picture, *, width: int) -> list[Quad]:
    """Find the lines of text of a picture, looked at in that width; in its own pixels, from top to bottom."""
    high, wide = picture.shape[:2]
    scale = min(width / wide, _TALLEST * width / high)
    size = tuple(max(32, round(side * scale / 32) * 32) for side in (wide, high))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if size[0] < wide else cv2.INTER_LINEAR)
    ready = (small.astype(np.float32).transpose(2, 0, 1)[None] / 127.5) - 1
    found: Map = _finder().run(None, {"x": ready})[0][0, 0]
    factor = np.array((wide / size[0], high / size[1]), np.float32)
    quads = [quad * factor for quad in _quads(found)]
    return sorted(quads, key=lambda quad: float(quad[:, 1].mean()))


def _quads(found: Map) -> list[Quad]:
    mask = cv2.dilate((found > _TEXT_AT).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    quads = []
    for contour in (np.asarray(found_one, np.int32) for found_one in contours[:_MOST_LINES]):
        middle, (wide, high), angle = cv2.minAreaRect(contour)
        if min(wide, high) < _LEAST or _mean_within(found, contour) < _LINE_AT:
            continue
        # The finder marks the core of a line; its ink reaches further by what area and circumference say.
        further = wide * high * _GROW / (wide + high)
        corners = cv2.boxPoints((middle, (wide + further, high + further), angle))
        quads.append(_upright(np.asarray(corners, np.float32)))
    return quads


def _mean_within(found: Map, contour: NDArray[np.int32]) -> float:
    x, y, wide, high = cv2.boundingRect(contour)
    inside = np.zeros((high, wide), np.uint8)
    cv2.fillPoly(inside, [contour - np.array((x, y), np.int32)], 1)
    return float(cv2.mean(found[y : y + high, x : x + wide], inside)[0])


def _upright(points: NDArray[np.float32]) -> Quad:
    """Order the corners of a line clockwise, beginning with the one at the top left."""
    points = points[np.argsort(points[:, 0], kind="stable")]
    left, right = (side[np.argsort(side[:, 1])] for side in (points[:2], points[2:]))
    return np.array((left[0], right[0], right[1], left[1]), np.float32)


def cut(picture: Picture, quad: Quad) -> Picture:
    """Cut a line out of a picture, straight and as high as its reader wants it."""
    across = max(1.0, *(float(np.linalg.norm(side)) for side in (quad[1] - quad[0], quad[2] - quad[3])))
    down = max(1.0, *(float(np.linalg.norm(side)) for side in (quad[3] - quad[0], quad[2] - quad[1])))
    wide = int(np.clip(np.ceil(HEIGHT * across / down), 8, _WIDEST))
    to = np.array(((0, 0), (wide, 0), (wide, HEIGHT), (0, HEIGHT)), np.float32)
    turn = cv2.getPerspectiveTransform(quad.astype(np.float32), to)
    line = cv2.warpPerspective(picture, turn, (wide, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(line, np.uint8)


def box_of(quad: Quad, picture: Picture) -> Box:
    """Return the upright box around a line, inside the picture."""
    high, wide = picture.shape[:2]
    left, top = np.clip(np.floor(quad.min(0)), 0, (wide - 1, high - 1)).astype(int)
    right, bottom = np.clip(np.ceil(quad.max(0)), (left + 1, top + 1), (wide, high)).astype(int)
    return int(left), int(top), int(right - left), int(bottom - top)


def chances(crops: list[Picture]) -> list[Chances]:
    """Read lines that were cut out: for each, the chance of every sign at every step."""
    read = dict(_read(crops))
    return [read[index] for index in range(len(crops))]


def _read(crops: list[Picture]) -> Iterator[tuple[int, Chances]]:
    """Read lines in batches of like length, and give each with its place among them."""
    order = sorted(range(len(crops)), key=lambda index: crops[index].shape[1])
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        width = max(_TRAINED_WIDTH, crops[batch[-1]].shape[1])
        ready = np.zeros((len(batch), 3, HEIGHT, width), np.float32)
        for row, index in enumerate(batch):
            ready[row, :, :, : crops[index].shape[1]] = crops[index].transpose(2, 0, 1) / np.float32(127.5) - 1
        yield from zip(batch, _reader().run(None, {"x": ready})[0], strict=True)


def spell(chances_of_line: Chances) -> tuple[str, float]:
    """Return the likeliest text of a line, and the mean chance of its signs."""
    best = chances_of_line.argmax(1)
    kept = (best != BLANK) & np.concatenate(([True], best[1:] != best[:-1]))
    text = "".join(signs()[index] for index in best[kept])
    return text, float(chances_of_line.max(1)[kept].mean()) if text else 0.0


def read_lines(page: Picture, *, width: int = 1_280) -> tuple[Line, ...]:
    """Read all the text of a page, line by line from top to bottom."""
    quads = find_lines(page, width=width)
    # Spelt as they come: a long line's chances take 14 MB, and a page has many.
    spelt = {place: spell(line) for place, line in _read([cut(page, quad) for quad in quads])}
    lines = (Line(*spelt[place], box_of(quad, page)) for place, quad in enumerate(quads))
    return tuple(line for line in lines if line.text.strip())
