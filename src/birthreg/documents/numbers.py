"""The certificate's number on a page: where it may stand, read three ways under its grammar.

A line is read as it is, without what is red (a seal), and with its contrast raised in small parts. Where the three
disagree a person must look. What is called sure is still only offered.
"""

from functools import cache

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from birthreg.documents.grammar import Columns, Decoded, columns_of, decode, likelihoods, neighbours
from birthreg.documents.lines import Quad, box_of, chances, cut, find_lines, signs, spell
from birthreg.documents.opening import Picture
from birthreg.documents.reading_models import NumberRead, ReadingOutcome
from birthreg.documents.reading_rules import mind


class _Place(msgspec.Struct, frozen=True):
    """A line that may hold the number, and what it says when read as it is."""

    quad: Quad
    decoded: Decoded


_BANDS = ((0.0, 0.25), (0.8, 1.0))
"""Parts of the page's height in which the editions print their number."""
_FINDING_WIDTH = 1_056
_SLIM = (2.5, 24.0)
"""How many times as wide as high a line with a number is, with and without what stands before it."""
_SLIM_AGAIN = (4.0, 16.0)
"""The same of a second number; longer lines, which are many, take the longest."""
_USUAL_SLIMNESS = 10.0
_TOGETHER = 3
_MOST_LINES = 12
_MOST_IN_BANDS = 24
_MOST_ANYWHERE = 40
_EASY = 3.0
_RIVAL = 15.0
"""A second number strains by about 0, a date, which is what comes next, by 24 and more."""
_DIGITS = 7
"""Fewer make no second number."""
_POSSIBLE = 25.0
_NEAR = 40.0
_SURE_STRAIN = 2.0
_SURE = 0.95
_SEEN = 0.5
_NOTHING = NumberRead(value=None, confidence=0.0, outcome=ReadingOutcome.UNREADABLE)


@cache
def _columns() -> Columns:
    return columns_of(signs())


def read_number(page: Picture) -> NumberRead:
    """Read the number of a page that lies straight: first where numbers stand, then anywhere.

    A page that is higher than wide may be two papers, one above the other, and is read everywhere.
    """
    places = _search(page, _in_bands(page), most=_MOST_IN_BANDS)
    is_high = page.shape[0] > page.shape[1]
    if is_high or not places or _strain(places[0]) > _SURE_STRAIN:
        quads = find_lines(page, width=_FINDING_WIDTH)
        places += _search(page, quads, most=_MOST_ANYWHERE if is_high else _MOST_LINES)
        places.sort(key=_strain)
    if not places:
        return _NOTHING
    best, *others = places
    elsewhere = [one.decoded.number for one in others if _strain(one) < _RIVAL and not _is_same(one.quad, best.quad)]
    return mind(_weigh(page, best), elsewhere)


def _in_bands(page: Picture) -> list[Quad]:
    """Find lines in the parts of a page where its number may stand, looked at in one picture."""
    high = page.shape[0]
    bands = [(round(high * top), round(high * bottom)) for top, bottom in _BANDS]
    together = np.concatenate([page[top:bottom] for top, bottom in bands])
    quads, above = [], 0
    for quad in find_lines(together, width=_FINDING_WIDTH):
        middle, above = float(quad[:, 1].mean()), 0
        for top, bottom in bands:
            if above <= middle < above + bottom - top:
                quads.append(quad + np.array((0, top - above), np.float32))
            above += bottom - top
    return quads


def _search(page: Picture, quads: list[Quad], *, most: int) -> list[_Place]:
    """Return the lines that may be a number, what is most of all one first."""
    slim = sorted((quad for quad in quads if _SLIM[0] <= _slimness(quad) <= _SLIM[1]), key=_unlikely)[:most]
    read = _read(page, slim)
    # A gap after the letter may have cut it off: what stands left of a line of digits belongs to it.
    at_most = _POSSIBLE if read and _strain(read[0]) < _EASY else _NEAR
    near = [_longer(place.quad) for place in read if _EASY < _strain(place) < at_most]
    read = sorted([*read, *_read(page, near)], key=_strain)
    return [place for place in read if _strain(place) < _POSSIBLE]


def _read(page: Picture, quads: list[Quad]) -> list[_Place]:
    """Read lines as numbers, the best of them first; once one is, only those like it that show enough digits."""
    read: list[_Place] = []
    for start in range(0, len(quads), _TOGETHER):
        some = quads[start : start + _TOGETHER]
        is_found = any(_strain(place) < _EASY for place in read)
        if is_found:
            some = [quad for quad in some if _SLIM_AGAIN[0] <= _slimness(quad) <= _SLIM_AGAIN[1]]
        for quad, line in zip(some, chances([cut(page, quad) for quad in some]), strict=True):
            if is_found and sum(sign.isdigit() for sign in spell(line)[0]) < _DIGITS:
                continue
            decoded = decode(line, _columns())
            read += [_Place(quad, decoded)] if decoded else []
    return sorted(read, key=_strain)


def _strain(place: _Place) -> float:
    return place.decoded.strain


def _is_same(one: Quad, other: Quad) -> bool:
    """Say whether two lines are one that was found twice: the middle of either lies within the other."""
    pairs = ((one, other), (other, one))
    return any(bool(((this.min(0) < that.mean(0)) & (that.mean(0) < this.max(0))).all()) for this, that in pairs)


def _unlikely(quad: Quad) -> float:
    """Say how far a line is from being as long as a number with a word before it."""
    return abs(float(np.log(_slimness(quad) / _USUAL_SLIMNESS)))


def _slimness(quad: Quad) -> float:
    return float(np.linalg.norm(quad[1] - quad[0]) / max(1.0, float(np.linalg.norm(quad[3] - quad[0]))))


def _longer(quad: Quad) -> Quad:
    """Return a line with what stands left of it, and a little right."""
    along, down = quad[1] - quad[0], float(np.linalg.norm(quad[3] - quad[0]))
    step = along / max(1.0, float(np.linalg.norm(along))) * down
    return quad + np.array((-2 * step, 0.3 * step, 0.3 * step, -2 * step), np.float32)


def _grown(quad: Quad, part: float) -> Quad:
    """Return a line with more paper around, by that part of its height."""
    along, down = quad[1] - quad[0], quad[3] - quad[0]
    right = along / max(1.0, float(np.linalg.norm(along))) * float(np.linalg.norm(down)) * part
    below = down * part
    return quad + np.array((-right - below, right - below, right + below, below - right), np.float32)


def _weigh(page: Picture, place: _Place) -> NumberRead:
    """Read the line in the three ways, and say what they agree on."""
    three = _three_ways(page, place.quad)
    read = [decoded for line in chances(three) if (decoded := decode(line, _columns()))]
    if not read:
        return _NOTHING
    numbers = list(dict.fromkeys(number for decoded in read for number in neighbours(decoded.number)))
    scores = np.mean([likelihoods(decoded, numbers) for decoded in read], axis=0)
    order = np.argsort(-scores)
    odds = np.exp(scores[order] - scores[order[0]])
    parts = odds / odds.sum()
    value, confidence = numbers[order[0]], float(parts[0])
    agreed = len(read) == len(three) and len({decoded.number for decoded in read}) == 1
    sure = agreed and confidence >= _SURE and _is_plain(read)
    others = tuple(numbers[index] for index, part in zip(order[1:6], parts[1:6], strict=False) if part > 0.005)
    outcome = ReadingOutcome.SURE if sure else ReadingOutcome.LOOK
    box = box_of(place.quad, page)
    return NumberRead(value=value, confidence=confidence, outcome=outcome, box=box, alternatives=others)


def _is_plain(read: list[Decoded]) -> bool:
    """Say whether most of the ways show the number itself: nothing guessed from what looks like it, or left out."""
    plain = [decoded.strain <= _SURE_STRAIN and decoded.least_seen >= _SEEN for decoded in read]
    return sum(plain) > len(plain) / 2


def _three_ways(page: Picture, quad: Quad) -> list[Picture]:
    plain = cut(page, quad)
    first, second = cut(page, _grown(quad, 0.04)), cut(page, _grown(quad, 0.1))
    raised = cv2.createCLAHE(2.0, (8, 2)).apply(second[:, :, 1])
    return [plain, *(np.repeat(one[:, :, None], 3, axis=2).astype(np.uint8) for one in (_without_red(first), raised))]


def _without_red(crop: Picture) -> NDArray[np.uint8]:
    """Return what is left of a line in red light, which a seal's ink sends back; of a number in red, the blue part."""
    dark = [np.percentile(crop[:, :, channel], 50) - np.percentile(crop[:, :, channel], 5) for channel in range(3)]
    return np.ascontiguousarray(crop[:, :, 2 if dark[2] > 0.5 * dark[1] else 0])
