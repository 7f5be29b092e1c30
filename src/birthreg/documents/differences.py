"""Two photos of the "same" paper: laid over each other, and what differs marked; wear aside.

Letters are compared one by one, each where its line is found on the other page, so that a bent or folded paper
stays itself. Creases, stains and light make no letters; where light washed one page out, nothing is said.
"""

from typing import Literal

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from birthreg.documents.opening import Picture
from birthreg.documents.pages import Page
from birthreg.documents.reading_models import Box
from birthreg.documents.seals import Seal, find_seal, ring_share
from birthreg.documents.upright import Boxes, lines_of

Plane = NDArray[np.float32]
Kind = Literal["number", "text", "seal"]

ENOUGH_POINTS = 30
"""So many points must lie over each other before two pages are compared."""
LINE_REACH, LETTER_REACH = 14, 4
"""How far, in pixels, a line may lie from its place, and a letter from its line."""
UNLIKE = 0.7
"""Letters correlate less than this when they differ."""
STANDING_OUT, NUMBER_STANDING_OUT = 0.22, 0.14
"""How far below its page's usual likeness a letter's must be, and a figure's of the number."""
CLEAR = 0.3
"""Text is marked from this weight on; a figure of the number even below."""
SEAL_MOVED = 0.02
"""By this part of the page's width a seal was pressed elsewhere."""
SEAL_GONE = 0.3
"""Of a seal's ring less than this share is red where there is none."""
RIM = 0.02
"""What lies nearer to the page's edge, in parts of its width, is desk or shadow as often as paper."""


class Difference(msgspec.Struct, frozen=True):
    """A region of the first page where the other shows something else; `weight` is from 0, faint, to 1."""

    box: Box
    kind: Kind
    weight: float


class Comparison(msgspec.Struct, frozen=True):
    """Two pages compared.

    `aligned` is False when they could not be laid over each other: another form, or one of them too poor. `alike` is
    the share of compared letters that agree, `unclear` the share of letters that light or wear made incomparable.
    """

    aligned: bool
    alike: float
    unclear: float
    regions: tuple[Difference, ...]


class _Letter(msgspec.Struct, frozen=True):
    box: Box
    likeness: float


def compare_papers(one: Page, other: Page, *, number: Box | None = None) -> Comparison:
    """Lay the other page over the first and mark what differs; `number` is where the first one's number stands."""
    laid = lay_over(one.image, other.image)
    if laid is None:
        return Comparison(aligned=False, alike=0.0, unclear=1.0, regions=())
    seals = find_seal(one.image), find_seal(laid)
    planes = (_strokes(one.image, seals), _strokes(laid, seals))
    moved = _moved((one.image, laid), seals)
    clear = ~(_washed_out(one.image) | _washed_out(laid))
    _leave_out(clear, seals if moved else ())
    letters = [*_compare(planes[0], planes[1], lines_of(one.image)), *_compare(planes[1], planes[0], lines_of(laid))]
    told = [letter for letter in letters if _share(clear, letter.box) > 0.9]
    if not told:
        return Comparison(aligned=True, alike=0.0, unclear=1.0, regions=())
    usual = float(np.median([letter.likeness for letter in told]))
    odd = [letter for letter in told if letter.likeness < _bar(letter, usual, number)]
    marked = [_region(group, usual, number) for group in _together(odd)]
    regions = [*moved, *(region for region in marked if region.kind == "number" or region.weight >= CLEAR)]
    return Comparison(
        aligned=True,
        alike=1 - len(odd) / len(told),
        unclear=1 - len(told) / len(letters),
        regions=tuple(sorted(regions, key=lambda region: -region.weight)),
    )


def _bar(letter: _Letter, usual: float, number: Box | None) -> float:
    """The likeness that a letter must have to agree; the number's, large and bold, is held to more."""
    if number is not None and _touch(letter.box, number):
        return usual - NUMBER_STANDING_OUT
    return min(UNLIKE, usual - STANDING_OUT)


def lay_over(one: Picture, other: Picture) -> Picture | None:
    """Draw the other page as it would lie exactly on the first; None when too little of both agrees."""
    detector = cv2.ORB.create(nfeatures=2500, fastThreshold=12)
    greys = [cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (0, 0), 1.2) for image in (one, other)]
    (points, marks), (other_points, other_marks) = (detector.detectAndCompute(grey, None) for grey in greys)
    if marks is None or other_marks is None:
        return None
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(other_marks, marks)
    if len(matches) < ENOUGH_POINTS:
        return None
    source = np.array([other_points[match.queryIdx].pt for match in matches], np.float32)
    target = np.array([points[match.trainIdx].pt for match in matches], np.float32)
    view, kept = cv2.findHomography(source, target, cv2.USAC_MAGSAC, 5.0)
    if view is None or int(kept.sum()) < ENOUGH_POINTS:
        return None
    size = (one.shape[1], one.shape[0])
    return np.asarray(cv2.warpPerspective(other, view, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _strokes(image: Picture, seals: tuple[Seal | None, ...]) -> Plane:
    """How dark the strokes are on their paper; under a seal of either page, what isn't red alone."""
    planes = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.ascontiguousarray(image[..., 2])]
    strokes = []
    for plane in planes:
        paper = cv2.medianBlur(cv2.dilate(plane, np.ones((9, 9), np.uint8)), 31)
        strokes.append(cv2.GaussianBlur(cv2.subtract(paper, plane), (0, 0), 1.6).astype(np.float32))
    for seal in seals:
        if seal:
            under = np.zeros(image.shape[:2], np.uint8)
            cv2.circle(under, (round(seal.x), round(seal.y)), round(seal.radius * 1.1), 1, -1)
            strokes[0] = np.where(under > 0, strokes[1], strokes[0])
    return np.asarray(strokes[0], np.float32)


def _washed_out(image: Picture) -> NDArray[np.bool_]:
    """Where light left nothing to read."""
    level = cv2.blur(image.min(2), (15, 15))
    return np.asarray((level >= 240) & (level > np.median(level) * 1.06 + 4), np.bool_)


def _compare(plane: Plane, other: Plane, lines: Boxes) -> list[_Letter]:
    """How like each letter of the first plane's lines is to what stands there on the other."""
    letters = []
    written = max(20.0, 0.4 * float(np.percentile(plane, 99)))
    for x, y, w, h in lines.tolist():
        line = (max(0, x - 2), max(0, y - 2), w + 4, h + 4)
        likeness, dx, dy = _find(plane, other, line, (0, 0), LINE_REACH)
        if likeness < 0:
            continue
        side = max(16, h)
        for left in range(x, x + max(1, w - side // 2), max(8, side // 2)):
            box = (max(0, left - 2), max(0, y - 2), side + 4, h + 4)
            if float(_part(plane, box).max(initial=0)) > written:
                letters.append(_Letter(box, _find(plane, other, box, (dx, dy), LETTER_REACH)[0]))
    return letters


def _part(plane: Plane, box: Box) -> Plane:
    x, y, w, h = box
    return plane[y : y + h, x : x + w]


def _find(plane: Plane, other: Plane, box: Box, near: tuple[int, int], reach: int) -> tuple[float, int, int]:
    """Find a part of one plane on the other: its correlation there, and how far away that is; -1 outside the page."""
    x, y, _, _ = box
    wanted = _part(plane, box)
    left, top = max(0, x + near[0] - reach), max(0, y + near[1] - reach)
    around = other[top : y + near[1] + wanted.shape[0] + reach, left : x + near[0] + wanted.shape[1] + reach]
    if wanted.size == 0 or around.shape[0] < wanted.shape[0] or around.shape[1] < wanted.shape[1]:
        return -1.0, 0, 0
    scores = cv2.matchTemplate(around, wanted, cv2.TM_CCOEFF_NORMED)
    _, best, _, place = cv2.minMaxLoc(scores)
    return float(best), left + place[0] - x, top + place[1] - y


def _share(mask: NDArray[np.bool_], box: Box) -> float:
    x, y, w, h = box
    part = mask[y : y + h, x : x + w]
    return float(part.mean()) if part.size else 0.0


def _together(letters: list[_Letter]) -> list[list[_Letter]]:
    """Letters that touch or nearly touch, as groups."""
    groups: list[list[_Letter]] = []
    for letter in letters:
        near = [group for group in groups if any(_touch(letter.box, member.box) for member in group)]
        groups = [group for group in groups if group not in near]
        groups.append([letter, *(member for group in near for member in group)])
    return groups


def _touch(one: Box, other: Box) -> bool:
    slack = max(one[3], other[3]) // 2
    apart_x = max(one[0], other[0]) - min(one[0] + one[2], other[0] + other[2])
    apart_y = max(one[1], other[1]) - min(one[1] + one[3], other[1] + other[3])
    return apart_x <= slack and apart_y <= 0


def _region(group: list[_Letter], usual: float, number: Box | None) -> Difference:
    left, top = min(letter.box[0] for letter in group), min(letter.box[1] for letter in group)
    right = max(letter.box[0] + letter.box[2] for letter in group)
    bottom = max(letter.box[1] + letter.box[3] for letter in group)
    box = (left, top, right - left, bottom - top)
    faintest = min(letter.likeness for letter in group)
    bar = max(_bar(letter, usual, number) for letter in group)
    kind: Kind = "number" if number is not None and _touch(box, number) else "text"
    return Difference(box, kind, round(min(1.0, 0.2 + (bar - faintest) / max(0.1, bar)), 3))


def _moved(pages: tuple[Picture, Picture], seals: tuple[Seal | None, Seal | None]) -> list[Difference]:
    """The seal, where it stands elsewhere, or on one page while the other shows nothing red there."""
    one, other = seals
    if one and other:
        apart = float(np.hypot(one.x - other.x, one.y - other.y)) / pages[0].shape[1]
        return [Difference(one.box, "seal", round(min(1.0, apart * 10), 3))] if apart > SEAL_MOVED else []
    for alone, page in ((one, pages[1]), (other, pages[0])):
        if alone and ring_share(page, alone) < SEAL_GONE:
            return [Difference(alone.box, "seal", 1.0)]
    return []


def _leave_out(clear: NDArray[np.bool_], seals: tuple[Seal | None, ...]) -> None:
    """Say nothing of letters at the rim, nor of what a seal says that was pressed elsewhere."""
    rim = round(RIM * clear.shape[1])
    clear[:rim] = clear[-rim:] = False
    clear[:, :rim] = clear[:, -rim:] = False
    for seal in seals:
        if seal:
            x, y, w, h = seal.box
            clear[y : y + h, x : x + w] = False
