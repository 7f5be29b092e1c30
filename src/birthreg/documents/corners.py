"""Where on a photo the paper lies: its four corners, to a pixel or two."""

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from birthreg.documents.opening import Picture

Points = NDArray[np.float32]

SMALL = 640
"""The long side, in pixels, at which papers are looked for."""
FINE = 1600
"""The long side at which their edges are measured."""
SMALLEST_SHARE = 0.12
"""A paper takes at least this share of the picture."""
RIM_STEP = 0.45
"""What a side along the picture's own rim counts, where nothing can be told."""
CLEAREST = 12.0
"""A step of colour between desk and paper that leaves no doubt, in units of CIE Lab as 8 bits."""


class Outline(msgspec.Struct, frozen=True):
    """Four corners clockwise, in the picture's pixels, and how surely they are a paper's, from 0 to 1."""

    corners: Points
    certainty: float


def shrink(image: Picture, side: int) -> tuple[Picture, float]:
    """Make the long side at most `side` pixels; also returns by what the picture was multiplied."""
    scale = min(1.0, side / max(image.shape[:2]))
    if scale == 1.0:
        return image, 1.0
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def find_outline(image: Picture) -> Outline | None:
    """Find the paper's outline; None where nothing on the picture has four clear sides."""
    fine, fine_scale = shrink(image, FINE)
    small, scale = shrink(fine, SMALL)
    if min(small.shape[:2]) < 32:
        return None
    lab = np.asarray(cv2.cvtColor(cv2.medianBlur(small, 5), cv2.COLOR_BGR2LAB), np.uint8)
    best: Outline | None = None
    for mask in _masks(lab):
        for corners in _quadrangles(mask):
            certainty = _certainty(lab, corners)
            if certainty > (best.certainty if best else 0.25):
                best = Outline(corners, certainty)
    if best is None:
        return None
    return Outline(_refine(fine, best.corners / scale) / np.float32(fine_scale), best.certainty)


def _masks(lab: NDArray[np.uint8]) -> list[Picture]:
    """Guesses at which pixels are paper: by brightness, by unlikeness to the rim, by closed edges."""
    values = lab.astype(np.float32)
    rim = np.concatenate([values[:6].reshape(-1, 3), values[-6:].reshape(-1, 3)])
    rim = np.concatenate([rim, values[:, :6].reshape(-1, 3), values[:, -6:].reshape(-1, 3)])
    apart = np.sqrt(((values - np.median(rim, 0)) ** 2).sum(2))
    tinted = np.sqrt(((values - np.median(rim, 0))[..., 1:] ** 2).sum(2))
    planes = [lab[..., 0], *(np.clip(plane * 2, 0, 255).astype(np.uint8) for plane in (apart, tinted * 3))]
    masks = [cv2.threshold(plane, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1] for plane in planes]
    masks += [cv2.threshold(planes[1], least, 255, cv2.THRESH_BINARY)[1] for least in (8, 24)]
    masks.append(cv2.threshold(planes[2], 24, 255, cv2.THRESH_BINARY)[1])
    for weak, strong in ((6, 20), (20, 60)):
        edges = [np.asarray(cv2.Canny(lab[..., channel], weak, strong), np.uint8) for channel in range(3)]
        masks.append(cv2.dilate(edges[0] | edges[1] | edges[2], np.ones((3, 3), np.uint8)))
    return [_solid(np.asarray(mask, np.uint8)) for mask in masks]


def _solid(mask: Picture) -> Picture:
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.uint8)


def _quadrangles(mask: Picture) -> list[Points]:
    """The hulls of the mask's largest parts, where four sides describe them."""
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:3]:
        hull = cv2.convexHull(contour)
        area = cv2.contourArea(hull)
        if area < SMALLEST_SHARE * mask.size:
            break
        corners = _four_of(hull)
        if corners is not None and 0.85 < area / max(1.0, cv2.contourArea(corners)) < 1.12 and _is_plausible(corners):
            found.append(corners)
    return found


def _four_of(hull: cv2.typing.MatLike) -> Points | None:
    around = cv2.arcLength(hull, closed=True)
    for tolerance in (0.01, 0.015, 0.02, 0.03, 0.04, 0.06):
        rough = cv2.approxPolyDP(hull, tolerance * around, closed=True)
        if len(rough) == 4:
            return _clockwise(rough.reshape(4, 2).astype(np.float32))
    return None


def _clockwise(corners: Points) -> Points:
    """Order four corners clockwise as one sees them, the one nearest the picture's top left first."""
    middle = corners.mean(0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    ordered = corners[np.argsort(angles)]
    return np.asarray(np.roll(ordered, -int(ordered.sum(1).argmin()), 0), np.float32)


def _is_plausible(corners: Points) -> bool:
    """Whether a rectangle could look so to a camera: no corner sharper than 45°, no side a fifth of its opposite."""
    sides = np.roll(corners, -1, 0) - corners
    lengths = np.linalg.norm(sides, axis=1)
    if lengths.min() < 20 or max(lengths[0] / lengths[2], lengths[1] / lengths[3]) > 3:
        return False
    if max(lengths[2] / lengths[0], lengths[3] / lengths[1]) > 3:
        return False
    ways = sides / lengths[:, None]
    return bool((np.abs((ways * np.roll(ways, -1, 0)).sum(1)) < 0.71).all())


def _certainty(lab: NDArray[np.uint8], corners: Points) -> float:
    """How clearly the colours inside and outside differ along each side, weighed with the area it encloses."""
    height, width = lab.shape[:2]
    middle = corners.mean(0)
    steps: list[float | None] = []
    for start, end in zip(corners, np.roll(corners, -1, 0), strict=True):
        places = start + np.linspace(0.06, 0.94, 32)[:, None] * (end - start)
        way = np.array((end[1] - start[1], start[0] - end[0]), np.float32)
        way *= (1 if (places[16] - middle) @ way > 0 else -1) / max(1.0, float(np.linalg.norm(way)))
        told = [_step(lab, places + out * way, places - into * way) for out, into in ((4, 5), (7, 9))]
        known = [step for step in told if step is not None]
        steps.append(min(known) if known else None)
    if all(step is None for step in steps):
        return 0.0  # the picture's own rim
    clear = [RIM_STEP if step is None else step for step in steps]
    share = cv2.contourArea(corners) / (width * height)
    return float((np.mean(clear) * 0.6 + min(clear) * 0.4) * min(1.0, 0.4 + 0.7 * share))


def _step(lab: NDArray[np.uint8], outside: Points, inside: Points) -> float | None:
    """How much the colours at two rows of places differ, from 0 to 1; None where they lie off the picture."""
    size = (lab.shape[1], lab.shape[0])
    within = (outside >= 0) & (outside < size) & (inside >= 0) & (inside < size)
    seen = np.asarray(within.all(1), np.bool_)
    if seen.sum() < len(seen) / 2:
        return None
    one, other = (
        lab[p[:, 1].astype(int), p[:, 0].astype(int)].astype(np.float32) for p in (outside[seen], inside[seen])
    )
    return min(1.0, float(np.percentile(np.linalg.norm(one - other, axis=1), 30)) / CLEAREST)


def _refine(fine: Picture, rough: Points) -> Points:
    """Move each side to where the colour changes most, and let the sides meet."""
    plane = cv2.GaussianBlur(fine, (0, 0), 1.5).astype(np.float32)
    reach = max(6, round(0.008 * max(fine.shape[:2])))
    sides = [_side(plane, rough[i], rough[(i + 1) % 4], reach) for i in range(4)]
    found = np.array([_meet(sides[i - 1], sides[i]) for i in range(4)], np.float32)
    moved = np.linalg.norm(found - rough, axis=1)
    kept = np.where((np.isfinite(moved) & (moved < 2.5 * reach))[:, None], found, rough)
    return np.asarray(kept, np.float32)


def _side(plane: NDArray[np.float32], start: Points, end: Points, reach: int) -> NDArray[np.float32]:
    """Fit one side as (direction, point) to the strongest steps of colour across it."""
    way = (end - start) / max(1.0, float(np.linalg.norm(end - start)))
    across = np.array((-way[1], way[0]), np.float32)
    places = start + np.linspace(0.04, 0.96, 60)[:, None] * (end - start)
    offsets = np.arange(-reach, reach + 1, dtype=np.float32)
    points = (places[:, None] + offsets[None, :, None] * across).astype(np.float32)
    seen = cv2.remap(plane, points[..., 0], points[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    steps = np.linalg.norm(seen[:, 4:] - seen[:, :-4], axis=2)
    best = steps.argmax(1)
    strongest = points[np.arange(len(points)), best + 2]
    clear = steps.max(1) >= max(4.0, 0.5 * float(np.median(steps.max(1))))
    chosen = strongest[clear] if clear.sum() >= 12 else places.astype(np.float32)
    return np.asarray(cv2.fitLine(chosen, cv2.DIST_HUBER, 0, 0.01, 0.01), np.float32).ravel()


def _meet(one: NDArray[np.float32], other: NDArray[np.float32]) -> tuple[float, float]:
    ways = np.array([[one[0], -other[0]], [one[1], -other[1]]])
    if abs(np.linalg.det(ways)) < 1e-3:
        return (float("nan"), float("nan"))
    along = np.linalg.solve(ways, other[2:] - one[2:])[0]
    return (float(one[2] + along * one[0]), float(one[3] + along * one[1]))
