"""The state machine as a picture, drawn from the table that acts are judged by."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

import msgspec

from birthreg.cases.labels import ACT_NAMES, STATUS_NAMES
from birthreg.cases.models import CaseAct, Status, Way

Point = tuple[int, int]

_WIDTH, _HEIGHT = 1420, 700
_BOX: Point = (230, 132)
_PLACES: dict[Status, Point] = {
    Status.SUSPENDED: (690, 90),
    Status.WAITING: (240, 330),
    Status.INVESTIGATING: (690, 330),
    Status.CONCLUDING: (1130, 330),
    Status.MERGED: (240, 590),
    Status.REOPENED: (690, 590),
    Status.CLOSED: (1130, 590),
}
"""The middle of each state."""

_ASIDE = 34
"""How far the arrows of two states that lead to each other run apart."""

_OPENS = f"{ACT_NAMES[CaseAct.OPEN].zh} {ACT_NAMES[CaseAct.OPEN].en}"
_A_LINE = 17
_STAYS_A_LINE = 4


class _Route(msgspec.Struct, frozen=True):
    """The corners of an arrow, and where its words stand; `rises` is how much of them lies above that place."""

    points: tuple[Point, ...]
    words: Point
    anchor: str = "middle"
    rises: float = 0.5


_HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>案件状态机 · The states of a case</title>
<style>
text {{ font: 13px system-ui, "Noto Sans CJK SC", sans-serif; text-anchor: middle; fill: #222 }}
.name {{ font-size: 17px; font-weight: bold }} .stays {{ font-size: 11px; fill: #555 }}
rect {{ fill: #f4f7fb; stroke: #34577c; stroke-width: 1.5 }} path {{ fill: none; stroke: #34577c; stroke-width: 1.5 }}
.halo {{ stroke: #fff; stroke-width: 4; paint-order: stroke }}
</style>
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0 0 10 5 0 10z" style="fill:#34577c;stroke:none"/></marker></defs>
<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>
<path d="M240 200 L240 264" marker-end="url(#tip)"/><text x="240" y="190">{opens}</text>
"""


def draw(ways: Sequence[Way]) -> str:
    """Return the machine as SVG: a box for each state with the acts that leave it, and an arrow for each change."""
    changes = sorted((way for way in ways if way.before is not way.after), key=_ends)
    arrows = (_draw_arrow(ends, list(group)) for ends, group in groupby(changes, key=_ends))
    boxes = (_draw_box(state, [way for way in ways if way.before is way.after is state]) for state in _PLACES)
    return "".join((_HEAD.format(width=_WIDTH, height=_HEIGHT, opens=_OPENS), *arrows, *boxes, "</svg>\n"))


def _ends(way: Way) -> tuple[Status, Status]:
    return way.before, way.after


def _draw_box(state: Status, stays: Sequence[Way]) -> str:
    (x, y), (width, height), name = _PLACES[state], _BOX, STATUS_NAMES[state]
    top = y - height // 2
    lines = [stays[place : place + _STAYS_A_LINE] for place in range(0, len(stays), _STAYS_A_LINE)]
    said = (
        f'<text class="stays" x="{x}" y="{top + 52 + place * _A_LINE}">{"".join(_stay(way) for way in line)}</text>'
        for place, line in enumerate(lines)
    )
    return (
        f'<rect x="{x - width // 2}" y="{top}" width="{width}" height="{height}" rx="8"/>'
        f'<text class="name" x="{x}" y="{top + 28}">{name.zh} {escape(name.en)}</text>{"".join(said)}\n'
    )


def _stay(way: Way) -> str:
    return f'<tspan dx="5" data-way="{way.before} {way.act} {way.after}">{ACT_NAMES[way.act].zh}</tspan>'


def _draw_arrow(ends: tuple[Status, Status], ways: Sequence[Way]) -> str:
    route = _route(*ends)
    first = route.words[1] - round(route.rises * _A_LINE * (len(ways) - 1))
    labels = (
        f'<text class="halo" style="text-anchor:{route.anchor}" x="{route.words[0]}" y="{first + place * _A_LINE}"'
        f' data-way="{way.before} {way.act} {way.after}">'
        f"{ACT_NAMES[way.act].zh} {escape(ACT_NAMES[way.act].en)}</text>"
        for place, way in enumerate(ways)
    )
    return f'<path d="{_line(*route.points)}" marker-end="url(#tip)"/>{"".join(labels)}\n'


def _route(before: Status, after: Status) -> _Route:
    """Return the line from one state to another, and where its words stand."""
    (x1, y1), (x2, y2), (width, height) = _PLACES[before], _PLACES[after], _BOX
    side, half = width // 2, height // 2
    way = 1 if (x2, y2) > (x1, y1) else -1
    if y1 == y2:  # along a row: there above the middle, back below it
        y = y1 - way * _ASIDE
        words = ((x1 + x2) // 2, y - 8 if way > 0 else y + 18)
        return _Route(((x1 + way * side, y), (x2 - way * side, y)), words, rises=1.0 if way > 0 else 0.0)
    if x1 == x2:  # along a column: down on the right, up on the left
        x = x1 + way * _ASIDE
        words, anchor = (x + way * 10, (y1 + y2) // 2 + 5), "start" if way > 0 else "end"
        return _Route(((x, y1 + way * half), (x, y2 - way * half)), words, anchor=anchor)
    if abs(y2 - y1) > 3 * height:  # past a whole row: around the left edge
        edge = min(x1, x2) - side - 2 * _ASIDE
        return _Route(((x1 - side, y1), (edge, y1), (edge, y2), (x2 - side, y2)), ((x1 + edge) // 2, y1 - 8))
    across = 1 if x2 > x1 else -1
    start = (x1 + across * (side - 30), y1 + (half if y2 > y1 else -half))
    end = (x2 - across * side, y2 - (30 if y2 > y1 else -30))
    return _Route((start, end), ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2 + 5))


def _line(*points: Point) -> str:
    return "M" + " L".join(f"{x} {y}" for x, y in points)


def list_drawn(picture: str) -> Iterator[str]:
    """Name every row that stands in a picture, as `before act after`."""
    return (part.partition('"')[0] for part in picture.split('data-way="')[1:])


def group_ways(ways: Iterable[Way]) -> dict[Way, list[Status]]:
    """Gather rows that differ in their beginning alone; an act that changes no state is one row for all states."""
    groups: dict[tuple[object, ...], tuple[Way, list[Status]]] = {}
    for way in ways:
        stays = way.before is way.after
        key = (way.act, None if stays else way.after, way.who, way.guard)
        groups.setdefault(key, (way, []))[1].append(way.before)
    return dict(groups.values())
