"""What a line says if it says a certificate's number: one letter, nine digits, whatever stands around them.

A reader of text gives for each step along a line the chance of every sign, or of none (CTC, Graves 2006). Here the
likeliest way through them is sought that spells a number, and how much worse it is than the likeliest of all.
"""

from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
LENGTH = 10
LIKE = {
    "A": "Λ", "B": "8ß", "C": "(", "D": "0", "E": "€", "G": "6", "I": "1l|丨!", "J": "亅", "L": "乚", "O": "0〇○",
    "Q": "0", "S": "5$§", "T": "丁", "V": "ν", "X": "×乂メ", "Y": "￥¥丫", "Z": "2", "0": "OoDQ〇○口", "1": "Il|i!丨]",
    "2": "Zz", "3": "Зз", "4": "A", "5": "Ss$", "6": "bG", "7": "T?", "8": "B&", "9": "gq",
}  # fmt: skip
"""What a reader that knows no grammar may take a sign for."""

_FLOOR = 1e-7
_PER_POSITION = (len(LETTERS), *[len(DIGITS)] * (LENGTH - 1))
_ALPHABET = LETTERS + DIGITS


class Columns(msgspec.Struct, frozen=True):
    """Which of a reader's signs stand for which of a number's, which for nothing, which for none."""

    per_sign: tuple[NDArray[np.intp], ...]
    nothing: NDArray[np.intp]
    foreign: NDArray[np.intp]


class Chain(msgspec.Struct, frozen=True):
    """A line's chances in a number's signs: letters and digits (steps, 36), nothing, and foreign text."""

    signs: Floats
    nothing: Floats
    foreign: Floats


class Decoded(msgspec.Struct, frozen=True):
    """The number that a line spells best.

    `strain` is the logarithm of how much likelier the line is as any text at all: about 0 where it is the number.
    `start` and `end` are the steps between which it stands.
    """

    number: str
    strain: float
    start: int
    end: int
    chain: Chain


def columns_of(signs: tuple[str, ...]) -> Columns:
    """Sort a reader's signs; the first of them is its empty one."""
    places: dict[str, list[int]] = {}
    for index, sign in enumerate(signs):
        places.setdefault(sign, []).append(index)
    per_sign = [_places_of(sign, places) for sign in _ALPHABET]
    nothing = np.array([0, *places.get(" ", []), *places.get("\u3000", [])])
    taken = np.unique(np.concatenate([nothing, *per_sign[len(LETTERS) :]]))
    foreign = np.setdiff1d(np.arange(len(signs)), taken)
    return Columns(tuple(per_sign), nothing, foreign)


def _places_of(sign: str, places: dict[str, list[int]]) -> NDArray[np.intp]:
    wide = chr(ord(sign) + 0xFEE0)
    alike = dict.fromkeys((sign, sign.lower(), wide, wide.lower(), *LIKE.get(sign, "")))
    return np.array([index for one in alike for index in places.get(one, [])])


def chain_of(chances: Floats, columns: Columns) -> Chain:
    """Bring a line's chances into a number's signs."""
    signs = np.stack([chances[:, places].sum(1) for places in columns.per_sign], 1)
    nothing = chances[:, columns.nothing].sum(1)
    foreign = np.maximum(chances[:, columns.foreign].max(1), nothing)
    return Chain(*(np.clip(part, _FLOOR, 1) for part in (signs, nothing, foreign)))


class _States(msgspec.Struct, frozen=True):
    """Before the number, each sign at each place, nothing after each place, behind the number."""

    may_follow: Floats
    place: NDArray[np.intp]
    sign: NDArray[np.intp]


@cache
def _states() -> _States:
    rows = [(-1, -1)]
    for place in range(LENGTH):
        signs = range(len(LETTERS)) if place == 0 else range(len(LETTERS), len(_ALPHABET))
        rows += [*((place, sign) for sign in signs), (place, -1)]
    rows.append((LENGTH, -1))
    place, sign = (np.array(column) for column in zip(*rows, strict=True))
    one, two = np.meshgrid(np.arange(len(rows)), np.arange(len(rows)), indexing="ij")
    stays = one == two
    grows = (place[two] == place[one] + 1) & ((sign[two] >= 0) | (place[two] == LENGTH))
    # Two equal signs in a row need something between them; else they are one.
    grows &= (sign[one] != sign[two]) | (sign[one] < 0)
    rests = (place[two] == place[one]) & (sign[one] >= 0) & (sign[two] < 0)
    allowed = stays | grows | rests
    return _States(np.where(allowed, 0, -np.inf).astype(np.float32), place, sign)


def decode(chances: Floats, columns: Columns) -> Decoded | None:
    """Return the number that a line spells best, however badly; None where it is too short for any."""
    if len(chances) < LENGTH:
        return None
    chain, states = chain_of(chances, columns), _states()
    costs = _costs(chain, states)
    score = np.full(len(states.place), -np.inf, np.float32)
    begins = (states.place == -1) | ((states.place == 0) & (states.sign >= 0))
    score[begins] = costs[0, begins]
    came_from = np.zeros(costs.shape, np.intp)
    for step in range(1, len(costs)):
        ways = score[:, None] + states.may_follow
        came_from[step] = ways.argmax(0)
        score = ways.max(0) + costs[step]
    score[states.place < LENGTH - 1] = -np.inf
    path = [int(score.argmax())]
    for step in range(len(costs) - 1, 0, -1):
        path.append(int(came_from[step, path[-1]]))
    free = float(np.log(np.clip(chances.max(1), _FLOOR, 1)).sum())
    return _decoded(path[::-1], free - float(score.max()), chain, states)


def _costs(chain: Chain, states: _States) -> Floats:
    around = np.log(chain.foreign)
    nothing, signs = np.log(chain.nothing), np.log(chain.signs)
    outside = (states.place == -1) | (states.place == LENGTH)
    per_state = np.where(states.sign >= 0, signs[:, states.sign], nothing[:, None])
    return np.where(outside, around[:, None], per_state)


def _decoded(path: list[int], strain: float, chain: Chain, states: _States) -> Decoded | None:
    places = states.place[path]
    inside = np.flatnonzero((states.sign[path] >= 0))
    if not np.isfinite(strain) or len(set(places[inside])) < LENGTH:
        return None
    signs = [int(states.sign[path[int(np.argmax((places == place) & (states.sign[path] >= 0)))]]) for place in range(10)]
    number = "".join(_ALPHABET[sign] for sign in signs)
    return Decoded(number, strain, int(inside[0]), int(inside[-1]) + 1, chain)


def neighbours(number: str) -> list[str]:
    """Return a number and all that differ from it in one place."""
    others = [
        number[:place] + sign + number[place + 1 :]
        for place in range(LENGTH)
        for sign in (DIGITS if place else LETTERS)
        if sign != number[place]
    ]
    return [number, *others]


def likelihoods(decoded: Decoded, numbers: list[str]) -> NDArray[np.float64]:
    """Return the logarithm of each number's likelihood on a line, over all ways in which it could stand there."""
    around = slice(max(0, decoded.start - 1), decoded.end + 1)
    signs, nothing = decoded.chain.signs[around].astype(np.float64), decoded.chain.nothing[around].astype(np.float64)
    labels = np.array([[_ALPHABET.index(sign, len(LETTERS) if place else 0) for place, sign in enumerate(number)]
                       for number in numbers])  # fmt: skip
    wide = 2 * LENGTH + 1
    alpha = np.zeros((len(numbers), wide))
    alpha[:, 0] = 1
    skips = np.zeros((len(numbers), wide), bool)
    skips[:, 1] = True
    skips[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    total = np.zeros(len(numbers))
    padded = np.pad(alpha, ((0, 0), (2, 0)))
    for step in range(len(signs)):
        emitted = np.full((len(numbers), wide), nothing[step])
        emitted[:, 1::2] = signs[step][labels]
        if step == 0:
            alpha[:, 1] = 1
        else:
            padded = np.pad(alpha, ((0, 0), (2, 0)))
            alpha = alpha + padded[:, 1:-1] + np.where(skips, padded[:, :-2], 0)
        alpha = alpha * emitted
        scale = alpha.sum(1) + 1e-300
        alpha /= scale[:, None]
        total += np.log(scale)
    return total + np.log(alpha[:, -2:].sum(1) + 1e-300)
