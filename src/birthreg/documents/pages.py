"""The page on a photo or scan, straightened and turned so that it can be read."""

import math

import cv2
import msgspec
import numpy as np

from birthreg.documents.corners import Points, find_outline, shrink
from birthreg.documents.opening import SHORTEST, Picture
from birthreg.documents.upright import find_way, turn_picture

LONG_SIDE = 1600
"""The long side of a straightened page, in pixels."""
MOST_FOLD = 1.6
"""A page drawn this many times smaller is shrunk first: a straight look would skip pixels."""
A_FORMAT = math.sqrt(2)
"""The sides of A4, A5 and their kin (ISO 216)."""
SURE_OUTLINE, SURE_WAY = 0.5, 0.5
MOST_SKEW = 20.0
"""Lines that slant more than this many degrees are not text of one page."""


ROOM_FOR_ANOTHER = 0.4
"""What lies beside a page may hold another from this part of its size on."""


class Page(msgspec.Struct, frozen=True):
    """A page as it can be read.

    `image` is BGR, 1,600 pixels at its long side. `corners` are the page's own, clockwise from its own top left, as
    (x, y) in the picture that was given; None when the whole picture was taken for the page. `turned` is by how many
    degrees, of quarter turns, it was turned clockwise. `sure` is False when the page was found, or turned, by guess.
    """

    image: Picture
    corners: tuple[tuple[float, float], ...] | None
    turned: int
    sure: bool


def find_page(image: Picture) -> Page:
    """Find the page on a picture, straighten its perspective and turn it upright.

    Any picture gives a page: where no paper is found, the picture itself is taken, its lines levelled.

    Raises:
        WeightsMissing: the model that tells upside down is not installed.
    """
    outline = find_outline(image)
    if outline is None:
        return _whole(image)
    straight = _straighten(image, outline.corners)
    way = find_way(straight)
    corners = np.roll(outline.corners, way.turn // 90, 0)
    return Page(
        image=turn_picture(straight, way.turn),
        corners=tuple((float(x), float(y)) for x, y in corners),
        turned=way.turn,
        sure=outline.certainty >= SURE_OUTLINE and way.certainty >= SURE_WAY,
    )


def list_beside(image: Picture, page: Page) -> list[Picture]:
    """Cut out what lies left, right, above and below a page of a picture, where another could lie."""
    if page.corners is None:
        return []
    high, wide = image.shape[:2]
    xs, ys = zip(*page.corners, strict=True)
    left, right = (round(min(max(x, 0.0), wide)) for x in (min(xs), max(xs)))
    top, bottom = (round(min(max(y, 0.0), high)) for y in (min(ys), max(ys)))
    strips = (image[:, :left], image[:, right:], image[:top], image[bottom:])
    least = ROOM_FOR_ANOTHER * float(cv2.contourArea(np.array(page.corners, np.float32)))
    return [strip for strip in strips if strip.shape[0] * strip.shape[1] >= least and min(strip.shape[:2]) >= SHORTEST]


def _whole(image: Picture) -> Page:
    """Take the picture for the page."""
    way = find_way(image)
    level = turn_picture(image, way.turn)
    scale = LONG_SIDE / max(level.shape[:2])
    size = (max(1, round(level.shape[1] * scale)), max(1, round(level.shape[0] * scale)))
    if scale < 1:
        sized, _ = shrink(level, LONG_SIDE)
    else:
        sized = np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    if 0.3 < abs(way.skew) < MOST_SKEW:
        sized = _rotate(sized, way.skew)
    return Page(image=sized, corners=None, turned=way.turn, sure=False)


def _rotate(image: Picture, degrees: float) -> Picture:
    """Turn lines that slant by so many degrees level, keeping the size."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned = cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8)


def _straighten(image: Picture, corners: Points) -> Picture:
    """Draw what lies between the corners as a rectangle, the first corner at its top left."""
    width, height = _size(image, corners)
    fold = _longest(corners) / LONG_SIDE
    source, scale = shrink(image, round(max(image.shape[:2]) * 1.2 / fold)) if fold > MOST_FOLD else (image, 1.0)
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    view = cv2.getPerspectiveTransform((corners * scale).astype(np.float32), target)
    flags = cv2.INTER_CUBIC if fold < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.warpPerspective(source, view, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _longest(corners: Points) -> float:
    return float(np.linalg.norm(np.roll(corners, -1, 0) - corners, axis=1).max())


def _size(image: Picture, corners: Points) -> tuple[int, int]:
    ratio = side_ratio(image, corners)
    for known in (A_FORMAT, 1 / A_FORMAT):
        if abs(math.log(ratio / known)) < math.log(1.2):
            ratio = known
    if ratio >= 1:
        return LONG_SIDE, max(1, round(LONG_SIDE / ratio))
    return max(1, round(LONG_SIDE * ratio)), LONG_SIDE


def side_ratio(image: Picture, corners: Points) -> float:
    """Reckon width by height of the paper itself from how its corners are seen.

    After Zhang and He, "Whiteboard scanning and image enhancement" (2007), with the principal point in the
    picture's middle; where the view is too level to tell the focal length, the sides as seen decide.
    """
    seen = np.linalg.norm(np.roll(corners, -1, 0) - corners, axis=1)
    plain = float((seen[0] + seen[2]) / max(1.0, seen[1] + seen[3]))
    middle = np.array((image.shape[1] / 2, image.shape[0] / 2), np.float64)
    m1, m2, m4, m3 = (np.append(corner - middle, 1.0) for corner in corners.astype(np.float64))
    k2 = (np.cross(m1, m4) @ m3) / _whole_or_tiny(np.cross(m2, m4) @ m3)
    k3 = (np.cross(m1, m4) @ m2) / _whole_or_tiny(np.cross(m3, m4) @ m2)
    n2, n3 = k2 * m2 - m1, k3 * m3 - m1
    if abs(n2[2] * n3[2]) < 1e-4:
        return plain
    focal = -(n2[0] * n3[0] + n2[1] * n3[1]) / (n2[2] * n3[2])
    if not (0.4 * max(image.shape)) ** 2 < focal < (8 * max(image.shape)) ** 2:
        return plain
    lens = np.array((1 / focal, 1 / focal, 1.0))
    ratio = math.sqrt(float((n2 * n2 * lens).sum() / (n3 * n3 * lens).sum()))
    return ratio if 0.5 < ratio / plain < 2 else plain


def _whole_or_tiny(value: float) -> float:
    return value if abs(value) > 1e-9 else 1e-9
