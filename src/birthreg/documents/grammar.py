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
SAME = {"Y": "￥¥", "O": "0〇○"}
"""What a reader that knows no grammar writes for a sign, though it saw that sign."""
LIKE = {
    "A": "Λ", "B": "8ß", "C": "(", "E": "€", "G": "6", "I": "1l|丨!", "J": "亅", "L": "乚",
    "S": "5$§", "T": "丁", "V": "ν", "X": "×乂メ", "Y": "丫", "Z": "2", "0": "OoDQ〇○口", "1": "Il|i!丨]",
    "2": "Zz", "3": "Зз", "4": "A", "5": "Ss$", "6": "bG", "7": "T?", "8": "B&", "9": "gq",
}  # fmt: skip
"""What it may take a sign for."""
_ALIKE = np.float32(0.3)
"""How far a look-alike speaks for a sign."""

_FLOOR = 1e-7
_ALPHABET = LETTERS + DIGITS


class Columns(msgspec.Struct, frozen=True):
    """Which of a reader's signs stand for which of a number's, which for nothing, which for none."""

    own: tuple[NDArray[np.intp], ...]
    alike: tuple[NDArray[np.intp], ...]
    nothing: NDArray[np.intp]
    foreign: NDArray[np.intp]


class Chain(msgspec.Struct, frozen=True):
    """A line's chances in a number's signs: letters and digits (steps, 36), nothing, and foreign text.

    `seen` counts the signs themselves, `signs` also what they may have been taken for.
    """

    seen: Floats
    signs: Floats
    nothing: Floats
    foreign: Floats


class Decoded(msgspec.Struct, frozen=True):
    """The number that a line spells best.

    `strain` is the logarithm of how much likelier the line is as any text at all: about 0 where it is the number.
    `least_seen` is the chance of the sign that was least seen itself, rather than something like it. `start` and `end`
    are the steps between which it stands.
    """

    number: str
    strain: float
    least_seen: float
    start: int
    end: int
    chain: Chain


def columns_of(signs: tuple[str, ...]) -> Columns:
    """Sort a reader's signs; the first of them is its empty one."""
    places: dict[str, list[int]] = {}
    for index, sign in enumerate(signs):
        places.setdefault(sign, []).append(index)
    own, alike = [], []
    for sign in _ALPHABET:
        wide = chr(ord(sign) + 0xFEE0)
        same = dict.fromkeys((sign, sign.lower(), wide, wide.lower(), *SAME.get(sign, "")))
        own.append(_places_of(same, places))
        alike.append(_places_of(dict.fromkeys(LIKE.get(sign, "")), places))
    nothing = _places_of({"": None, " ": None, "\u3000": None}, places)
    digits = _places_of(dict.fromkeys(DIGITS + "０１２３４５６７８９"), places)
    foreign = np.setdiff1d(np.arange(len(signs)), np.concatenate([nothing, digits]))
    return Columns(tuple(own), tuple(alike), nothing, foreign)


def _places_of(some: dict[str, None], places: dict[str, list[int]]) -> NDArray[np.intp]:
    return np.array([index for one in some for index in places.get(one, [])], np.intp)


def chain_of(chances: Floats, columns: Columns) -> Chain:
    """Bring a line's chances into a number's signs."""
    seen = np.stack([chances[:, own].sum(1) for own in columns.own], 1)
    signs = seen + _ALIKE * np.stack([chances[:, alike].sum(1) for alike in columns.alike], 1)
    nothing = chances[:, columns.nothing].sum(1)
    foreign = np.maximum(chances[:, columns.foreign].max(1), nothing)
    return Chain(*(np.clip(part, _FLOOR, 1) for part in (seen, signs, nothing, foreign)))


class _States(msgspec.Struct, frozen=True):
    """Before the number, each sign at each place, nothing after each place, behind the number."""

    may_follow: Floats
    place: NDArray[np.intp]
    sign: NDArray[np.intp]


@cache
def _states() -> _States:
    rows = [(-1, -1)]
    for at in range(LENGTH):
        signs = range(len(LETTERS)) if at == 0 else range(len(LETTERS), len(_ALPHABET))
        rows += [*((at, one) for one in signs), (at, -1)]
    rows.append((LENGTH, -1))
    place, sign = np.array(rows).T
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
    runs: dict[int, list[int]] = {}
    for step, state in enumerate(path):
        if states.sign[state] >= 0:
            runs.setdefault(int(states.place[state]), []).append(step)
    if not np.isfinite(strain) or len(runs) < LENGTH:
        return None
    signs = [int(states.sign[path[steps[0]]]) for steps in runs.values()]
    least_seen = min(float(chain.seen[steps, sign].max()) for steps, sign in zip(runs.values(), signs, strict=True))
    number = "".join(_ALPHABET[sign] for sign in signs)
    return Decoded(number, strain, least_seen, runs[0][0], runs[LENGTH - 1][-1] + 1, chain)


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
    labels = np.array([[_ALPHABET.index(sign) for sign in number] for number in numbers])
    steps = len(decoded.chain.nothing[around])
    emitted = np.empty((steps, len(numbers), 2 * LENGTH + 1))
    emitted[:, :, 0::2] = decoded.chain.nothing[around, None, None]
    emitted[:, :, 1::2] = decoded.chain.signs[around][:, labels]
    return _forward(emitted, labels[:, 1:] != labels[:, :-1])


def _forward(emitted: NDArray[np.float64], differs: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Sum over all ways (the forward half of CTC's forward-backward); `differs` says where a sign needs no gap."""
    alpha, total = np.zeros(emitted.shape[1:]), np.zeros(emitted.shape[1])
    alpha[:, :2] = 1
    skips = np.zeros(alpha.shape)
    skips[:, 3::2] = differs
    for step, chances in enumerate(emitted):
        if step:
            padded = np.pad(alpha, ((0, 0), (2, 0)))
            alpha = alpha + padded[:, 1:-1] + skips * padded[:, :-2]
        alpha = alpha * chances
        scale = alpha.sum(1) + 1e-300
        alpha /= scale[:, None]
        total += np.log(scale)
    total += np.log(alpha[:, -2:].sum(1) + 1e-300)
    return total
