"""Divisions (GB/T 2260) through the years, from a list of today's and the changes that led there. Pure.

The changes know only years. In the year of a change both stand: what was until its last day, what is from its first.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec
from msgspec.structs import replace

from birthreg.screening.list_models import Division

_NOTHING_BEGINS = frozenset({"撤销", "撤区设区", "驻地迁移", "划转"})
"""Changes after which nothing is new: what took over was there already, or no code changed."""


class County(msgspec.Struct, frozen=True):
    """A code (twelve digits, of which six count) with its name, as a change gives it."""

    code: str | None
    name: str | None


class Event(msgspec.Struct, frozen=True):
    """One change of one division."""

    year: int
    type: str
    old: County
    new: County


class Events(msgspec.Struct, frozen=True):
    """The changes since 1980."""

    events: list[Event]


class Prefecture(msgspec.Struct, frozen=True):
    """A prefecture's code and its counties' codes by name; without a code, those right below the province."""

    code: str | None
    counties: dict[str, str]


class Province(msgspec.Struct, frozen=True):
    """A province's code and its prefectures by name."""

    code: str
    cities: dict[str, Prefecture]


class Origin(msgspec.Struct, frozen=True):
    """When a list was taken, `2026-09-11 23:22:44`."""

    fetched_at: str


class Collection(msgspec.Struct, frozen=True):
    """The divisions of today."""

    meta: Origin
    provinces: dict[str, Province]


def trace(collection: Collection, events: Iterable[Event]) -> list[Division]:
    """Return what each code stood for, one name after the other; the last is today's, where the code still stands."""
    known: dict[str, list[Division]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.year):
        _follow(known, event)
    present = dict(_present(collection))
    _settle(known, present, taken=date.fromisoformat(collection.meta.fetched_at[:10]))
    found = {(one.code, one.valid_from): one for spells in known.values() for one in spells}
    return sorted(found.values(), key=lambda one: (one.code, one.valid_from or date.min))


def _follow(known: dict[str, list[Division]], event: Event) -> None:
    old, new = _six(event.old.code), _six(event.new.code)
    if old and event.old.name and (old, event.old.name) != (new, event.new.name):
        spells, ends = known[old], date(event.year, 12, 31)
        successors = (new,) if new and new != old else ()
        if spells and spells[-1].valid_to is None:
            spells[-1] = replace(spells[-1], valid_to=ends, successors=successors)
        elif not spells:
            spells.append(Division(old, event.old.name, None, ends, successors))
    if new and event.new.name and event.type not in _NOTHING_BEGINS:
        spells = known[new]
        if not spells or spells[-1].valid_to is not None:
            spells.append(Division(new, event.new.name, date(event.year, 1, 1)))


def _present(collection: Collection) -> Iterator[tuple[str, str]]:
    for province_name, province in collection.provinces.items():
        yield _six(province.code), province_name
        for prefecture_name, prefecture in province.cities.items():
            if prefecture.code:
                yield _six(prefecture.code), prefecture_name
            for county_name, code in prefecture.counties.items():
                yield _six(code), county_name


def _settle(known: dict[str, list[Division]], present: dict[str, str], *, taken: date) -> None:
    """Let today's list have the last word: what it names stands, what it doesn't has gone by the day it was taken."""
    for code, name in present.items():
        spells = known[code]
        if not spells:
            spells.append(Division(code, name))
        elif spells[-1].valid_to is None:
            spells[-1] = replace(spells[-1], name=name)
        else:
            spells.append(Division(code, name, spells[-1].valid_to))
    for code, spells in known.items():
        if code not in present and spells and spells[-1].valid_to is None:
            spells[-1] = replace(spells[-1], valid_to=taken)


def _six(code: str | None) -> str:
    return (code or "")[:6]
