"""Believable certificate numbers, laid out so that each kind can be asked for without reading the tables.

The serial numbers below 9,000,000 of each letter and province are cut into slots of equal
width. A place inside the slot says what a number is: 0 used, 1 listed alone, 2 issued and
unused, 3 never heard of, 4–9 only in the import file, 10–39 listed by a short range,
40 and above only in the file of void numbers. Long
ranges lie above 9,000,000. Slots are visited in a scattered order, so that rows that lie
together in a table don't lie together in its index.
"""

import random
from enum import IntEnum

import msgspec

from benchmarks.plan import Plan

PROVINCES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65".split()  # noqa: SIM905 (a table reads better)
)
SERIES = 26 * len(PROVINCES)
"""Letters times provinces: so many series of serial numbers run side by side."""
_SCATTER = 7919
LONG_EVERY = 50
LONG_LENGTH = 5_000
_LONG_FROM = 9_000_000


class Place(IntEnum):
    """Places inside a slot; an import takes the six from `IMPORTED` on."""

    USED = 0
    LISTED = 1
    ISSUED = 2
    UNKNOWN = 3
    IMPORTED = 4
    RANGE = 10
    BATCH = 40


class Layout(msgspec.Struct, frozen=True):
    """Slots per series and their width, chosen so that `usages` fill them."""

    slots: int
    width: int


class Ask(msgspec.Struct, frozen=True):
    """One number to ask for and the verdict that the seeds imply."""

    number: str
    verdict: str


MIX = {"unknown": 70, "issued": 20, "used": 6, "listed": 2, "range": 2}
"""Of a hundred asked numbers, so many are of each kind."""


def lay_out(usages: int) -> Layout:
    """Fit the slots to the number of usages."""
    slots = -(-usages // SERIES)
    slots += slots % _SCATTER == 0
    return Layout(slots, _LONG_FROM // slots)


def number_at(layout: Layout, index: int, place: int) -> str:
    """Return the number at a place of the `index`-th slot; `SQL_NUMBER` says the same."""
    serial = (index // SERIES * _SCATTER) % layout.slots * layout.width + place
    return f"{chr(65 + index % 26)}{PROVINCES[index // 26 % len(PROVINCES)]}{serial:07d}"


SQL_NUMBER = f"""
CREATE OR REPLACE FUNCTION pg_temp.number_at(index bigint, place bigint, slots bigint, width bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT chr(65 + (index % 26)::int)
        || ('{{{",".join(PROVINCES)}}}'::text[])[1 + (index / 26 % {len(PROVINCES)})::int]
        || lpad(((index / {SERIES} * {_SCATTER}) % slots * width + place)::text, 7, '0')
$$;
CREATE OR REPLACE FUNCTION pg_temp.long_range_at(index bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT chr(65 + (index % 26)::int)
        || ('{{{",".join(PROVINCES)}}}'::text[])[1 + (index / 26 % {len(PROVINCES)})::int]
        || lpad(({_LONG_FROM} + index / {SERIES} * {LONG_LENGTH + 1_000})::text, 7, '0')
$$;
"""


def range_length(index: int) -> int:
    """Return how many numbers the `index`-th range holds: most are pages of a pad, a few are cartons."""
    return LONG_LENGTH if index % LONG_EVERY == 0 else 10 + index % 21


def _in_range(layout: Layout, index: int, chance: random.Random) -> str:
    inside = chance.randrange(range_length(index))
    if index % LONG_EVERY:
        return number_at(layout, index, Place.RANGE + inside)
    carton = index // LONG_EVERY
    serial = _LONG_FROM + carton // SERIES * (LONG_LENGTH + 1_000) + inside
    return f"{chr(65 + carton % 26)}{PROVINCES[carton // 26 % len(PROVINCES)]}{serial:07d}"


def draw(plan: Plan, count: int, *, seed: int) -> list[Ask]:
    """Draw numbers to ask for, in the proportions of `MIX`; the same seed draws the same."""
    chance = random.Random(seed)
    layout = lay_out(plan.usages)
    kinds = chance.choices(list(MIX), weights=list(MIX.values()), k=count)
    places = {
        "unknown": (Place.UNKNOWN, plan.usages, "clear"),
        "issued": (Place.ISSUED, plan.issuances, "clear"),
        "used": (Place.USED, plan.usages, "used"),
        "listed": (Place.LISTED, plan.singles, "blacklisted"),
    }
    asks = []
    for kind in kinds:
        if kind == "range":
            asks.append(Ask(_in_range(layout, chance.randrange(plan.ranges), chance), "blacklisted"))
        else:
            place, rows, verdict = places[kind]
            asks.append(Ask(number_at(layout, chance.randrange(rows), place), verdict))
    return asks
