"""Faces: found in a picture, turned into 128 numbers, compared. CPU work, without a database.

YuNet finds and SFace recognises, as OpenCV publishes them. Models load at their first use, once a process; they are
for one thread at a time.
"""

from functools import cache
from typing import Any, TypeAlias

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from birthreg.documents.face_refusals import FaceTooSmall, NoFace, SeveralFaces
from birthreg.documents.face_rules import FIRST, read_score
from birthreg.documents.models import Calibration, Face, FaceComparison
from birthreg.documents.weights import DETECTOR, RECOGNIZER, load_weights

Picture: TypeAlias = NDArray[np.uint8]
"""Height × width × 3, blue first."""
Embedding: TypeAlias = NDArray[np.float32]
"""128 numbers of length 1."""

SMALLEST = 56
"""Pixels: narrower faces give scores that say little."""

_SEARCHED = (1024, 480, 240)
"""Pixels of the longer side in which faces are looked for, in turn: a face that fills the picture is found in a small
one alone."""
_SETTLED = (140, 200, 280)
"""Pixels: as wide as these a face is looked at again before it is compared."""
_SUREST, _OVERLAP, _MOST = 0.8, 0.3, 200
_CLEARLY_LARGER = 1.5
_CROP = 112
_DRAWN_FROM = 2 * _CROP
"""Pixels: a wider face is made smaller before it is straightened, which would skip pixels otherwise."""

_PLACES = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    dtype=np.float64,
)
"""Where SFace expects eyes, nose and corners of the mouth, in a square of 112 pixels (as ArcFace's reference)."""


@cache
def _detector() -> cv2.FaceDetectorYN:
    weights = np.frombuffer(load_weights(DETECTOR), dtype=np.uint8)
    nothing = np.empty(0, dtype=np.uint8)
    return cv2.FaceDetectorYN.create("onnx", weights, nothing, (320, 320), _SUREST, _OVERLAP, _MOST)


@cache
def _recognizer() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(np.frombuffer(load_weights(RECOGNIZER), dtype=np.uint8))


def find_faces(image: Picture) -> list[Face]:
    """Return the faces in an upright picture, the widest first; none is an answer too.

    Raises:
        WeightsMissing: the models aren't there.
    """
    found = (_find_in(image, longer_side) for longer_side in _SEARCHED)
    return sorted(next((faces for faces in found if faces), []), key=lambda face: -face.width)


def _find_in(image: Picture, longer_side: int) -> list[Face]:
    height, width = image.shape[:2]
    scale = min(1.0, longer_side / max(height, width))
    return [_face(row[:14] / scale, score=float(row[14])) for row in _detect(image, scale)]


def _detect(image: NDArray[Any], scale: float) -> NDArray[np.float64]:
    """Return the detector's rows for a picture so much larger: box, five landmarks, score."""
    height, width = image.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    detector = _detector()
    detector.setInputSize(size)
    rows = detector.detect(cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))[1]
    return np.empty((0, 15)) if rows is None else np.asarray(rows, dtype=np.float64)


def _face(row: NDArray[np.float64], *, score: float) -> Face:
    x, y, width, height = (round(float(value)) for value in row[:4])
    landmarks = tuple((float(row[at]), float(row[at + 1])) for at in range(4, 14, 2))
    return Face(box=(x, y, width, height), width=width, landmarks=landmarks, score=min(1.0, score))


def choose_face(faces: list[Face]) -> Face:
    """Return the one face that is meant: the only one, or one that is clearly larger than all others.

    Raises:
        NoFace, SeveralFaces: it can't be told.
    """
    if not faces:
        raise NoFace
    widest, *others = sorted(faces, key=lambda face: -face.width)
    alike = [face for face in others if face.width * _CLEARLY_LARGER > widest.width]
    if alike:
        raise SeveralFaces(faces=len(alike) + 1)
    return widest


def embed(image: Picture, face: Face) -> Embedding:
    """Return what a face is compared by.

    Raises:
        FaceTooSmall: it is narrower than 56 pixels.
        WeightsMissing: the models aren't there.
    """
    if face.width < SMALLEST:
        raise FaceTooSmall(width=face.width, least=SMALLEST)
    # SFace was trained on red first. One of its inputs is its own weights: the picture is named.
    upright = straighten(image, _settle(image, face))
    blob = cv2.dnn.blobFromImage(upright, 1.0, (_CROP, _CROP), (0, 0, 0), swapRB=True, crop=False)
    net = _recognizer()
    net.setInput(blob, "data")
    found = np.asarray(net.forward(), dtype=np.float32).ravel()
    return found / max(float(np.linalg.norm(found)), 1e-12)


def _settle(image: Picture, face: Face) -> Face:
    """Return the face with its landmarks where most of three looks at it, in three sizes, place them.

    A few pixels count: with the landmarks of the first look one photo in several sizes scored down to 0.22 with
    itself; with these from 0.72.
    """
    looks = [_look_again(image, face, width).landmarks for width in _SETTLED]
    landmarks = tuple((float(x), float(y)) for x, y in np.median(looks, axis=0))
    return msgspec.structs.replace(face, landmarks=landmarks)


def _look_again(image: Picture, face: Face, wanted: int) -> Face:
    """Return the face as it is found where it is so many pixels wide; as it was where it isn't."""
    x, y, width, height = face.box
    left, top = max(0, x - width // 2), max(0, y - height // 2)
    scale = wanted / face.width
    rows = _detect(image[top : y + height * 3 // 2, left : x + width * 3 // 2], scale)
    found = [_face(row[:14] / scale + [left, top, 0, 0, *[left, top] * 5], score=float(row[14])) for row in rows]
    return min(found, key=lambda other: _distance(face, other), default=face)


def _distance(one: Face, other: Face) -> float:
    """Return how far the landmarks of two faces lie apart."""
    return float(np.abs(np.subtract(one.landmarks, other.landmarks)).sum())


def straighten(image: Picture, face: Face) -> Picture:
    """Return the face upright in a square of 112 pixels, eyes, nose and mouth where the model expects them."""
    scale = min(1.0, _DRAWN_FROM / face.width)
    x, y, width, height = face.box
    left, top = max(0, x - width), max(0, y - height)
    cut: NDArray[Any] = image[top : max(top + 1, y + 2 * height), left : max(left + 1, x + 2 * width)]
    if scale < 1:
        cut = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    landmarks = (np.array(face.landmarks) - (left, top)) * scale
    upright = cv2.warpAffine(cut, _similarity(landmarks, _PLACES), (_CROP, _CROP), flags=cv2.INTER_LINEAR)
    return np.asarray(upright, dtype=np.uint8)


def _similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the turn, scale and shift (2 × 3) that brings points nearest to others, by least squares.

    After Umeyama, IEEE PAMI 13 (1991); in the plane, points as complex numbers, it is one division.
    """
    one, other = (points[:, 0] + 1j * points[:, 1] for points in (source, target))
    middle, aim = one.mean(), other.mean()
    spread = np.vdot(one - middle, one - middle).real
    turn = np.vdot(one - middle, other - aim) / max(spread, 1e-9)
    shift = aim - turn * middle
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def compare(one: Embedding, other: Embedding, *, calibration: Calibration = FIRST) -> FaceComparison:
    """Compare two faces: the score, and what it says under a calibration."""
    return read_score(float(np.dot(one, other)), calibration)
