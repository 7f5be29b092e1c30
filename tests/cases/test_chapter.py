"""The handbook shows the state machine and the formula that are in force."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import httpx
import msgspec
import pytest
from tests import make

from birthreg.cases.chapter import write_chapter
from birthreg.cases.diagram import draw, group_ways, list_drawn
from birthreg.cases.labels import ACT_NAMES, STATUS_NAMES
from birthreg.cases.models import CaseAct, CaseRow, Status, Way
from birthreg.cases.rules import WAYS, explain_priority
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.screening.models import Severity


def test_every_row_of_the_state_machine_stands_in_the_picture_once() -> None:
    drawn = list(list_drawn(draw(WAYS)))
    assert sorted(drawn) == sorted(f"{way.before} {way.act} {way.after}" for way in WAYS)


def test_every_row_of_the_state_machine_stands_in_the_table() -> None:
    groups = group_ways(WAYS)
    rows = {
        (before, way.act, before if way.before is way.after else way.after, way.who, way.guard)
        for way, states in groups.items()
        for before in states
    }
    assert rows == {(way.before, way.act, way.after, way.who, way.guard) for way in WAYS}
    chapter = write_chapter()
    for way, states in groups.items():
        begins = "、".join(f"{STATUS_NAMES[state].zh} {STATUS_NAMES[state].en}" for state in states)
        assert f"| {ACT_NAMES[way.act].zh} {ACT_NAMES[way.act].en} | {begins} |" in chapter


def test_a_row_that_is_new_is_drawn_as_well() -> None:
    new = Way(Status.CLOSED, CaseAct.UNDO, Status.SUSPENDED, WAYS[0].who)
    assert "closed undo suspended" in list_drawn(draw((*WAYS, new)))


def test_the_picture_says_states_and_acts_in_both_languages() -> None:
    picture = draw(WAYS)
    said = unescape(re.sub("<[^>]+>", "", picture))
    for name in STATUS_NAMES.values():
        assert f"{name.zh} {name.en}" in said
    for way in WAYS:
        assert ACT_NAMES[way.act].zh in said


def case(**changes: object) -> CaseRow:
    """A case of low weight, opened at noon."""
    nothing = dict.fromkeys(CaseRow.__struct_fields__)
    known = {
        "id": new_id(), "number": "A", "version": 1, "subject": "number:X", "organization": make.WUCHANG,
        "household_organization": make.WUCHANG, "handler": make.WUHAN, "status": Status.WAITING,
        "opened_at": make.NOON, "severity": Severity.LOW, "leads": 1, "kinds": 1, "points": 50, "rank": 0, "reached": 0,
        "allowed_days": 40, "clock_from": date(2024, 6, 1), "paused_days": 0,
    }  # fmt: skip
    return msgspec.convert(nothing | known | changes, CaseRow)


PARTS = [
    (0, {"severity": "high"}, "300"), (0, {"severity": "medium"}, "150"), (0, {}, "50"), (1, {"kinds": 2}, "40"),
    (2, {"leads": 2}, "5"), (3, {"child_birth_date": date(2024, 1, 1)}, "100"),
    (3, {"child_birth_date": date(2022, 1, 1)}, "60"), (3, {"child_birth_date": date(2019, 1, 1)}, "30"),
    (4, {"reached": 50}, "50"), (4, {"reached": 80}, "100"), (4, {"reached": 100}, "200"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "changes", "points"), PARTS)
def test_the_chapter_states_the_formula_that_is_reckoned_with(
    place: int, changes: dict[str, object], points: str
) -> None:
    part = explain_priority(case(**changes), moment=datetime(2024, 6, 2, 4, tzinfo=UTC))[place]
    assert str(part.points) == points
    formula = write_chapter().partition("## 优先级")[2]
    (row,) = (line for line in formula.splitlines() if line.startswith(f"| {part.what.zh} {part.what.en} |"))
    assert points in row


def test_a_day_of_waiting_is_ten_points_as_the_chapter_says() -> None:
    part = explain_priority(case(), moment=make.NOON + timedelta(days=1))[-1]
    assert (part.points, "每天加 10 分" in write_chapter()) == (10, True)


async def test_the_chapter_states_the_terms_that_the_database_sets(page: Transaction) -> None:
    for name, severity in (("高 high", "high"), ("中 medium", "medium"), ("低 low", "low")):
        term = await page.connection.fetchval("SELECT term_of($1)", severity)
        assert f"| {name} | {term} |" in write_chapter()


async def test_the_chapter_and_its_picture_are_served(client: httpx.AsyncClient) -> None:
    chapter, picture = await client.get("/help/cases"), await client.get("/help/cases/states.svg")
    assert chapter.headers["content-type"].startswith("text/html")
    assert 'src="/help/cases/states.svg"' in chapter.text
    assert picture.headers["content-type"].startswith("image/svg+xml")
