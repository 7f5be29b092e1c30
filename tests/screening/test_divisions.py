"""Divisions through the years: what a code stood for, and what a place is called."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.screening.administrators import change
from tests.worlds import World

from birthreg.screening.division_rules import Collection, County, Event, Origin, Prefecture, Province, trace
from birthreg.screening.divisions import FOLDER, load_divisions, read_collection
from birthreg.screening.list_models import Division
from birthreg.screening.store import name_places

TODAY = Collection(
    Origin("2026-09-11 23:22:44"),
    {"某省": Province("990000000000", {
        "东市": Prefecture("990100000000", {"新区": "990102000000"}),
        "": Prefecture(None, {"直管县": "999001000000"}),
    })},
)  # fmt: skip


def event(year: int, kind: str, old: tuple[str, str] | None, new: tuple[str, str] | None) -> Event:
    """A change of one division."""
    gone, come = (County(f"{pair[0]}000000", pair[1]) if pair else County(None, None) for pair in (old, new))
    return Event(year, kind, gone, come)


def traced(code: str, *events: Event) -> list[Division]:
    """What a code stood for."""
    return [one for one in trace(TODAY, events) if one.code == code]


def test_what_never_changed_stands_since_before_the_books() -> None:
    assert traced("999001") == [Division("999001", "直管县")]
    assert traced("990000") == [Division("990000", "某省")]


def test_in_the_year_of_a_change_both_stand_and_the_old_names_its_successor() -> None:
    change = event(2011, "撤县设区", ("990121", "旧县"), ("990102", "新区"))
    assert traced("990121", change) == [Division("990121", "旧县", None, date(2011, 12, 31), ("990102",))]
    assert traced("990102", change) == [Division("990102", "新区", date(2011, 1, 1))]


def test_a_code_that_was_renamed_keeps_both_names() -> None:
    change = event(2010, "更名", ("990100", "西市"), ("990100", "东市"))
    assert traced("990100", change) == [
        Division("990100", "西市", None, date(2010, 12, 31)), Division("990100", "东市", date(2010, 1, 1)),
    ]  # fmt: skip


def test_an_abolition_begins_nothing() -> None:
    change = event(2015, "撤销", ("990103", "小区"), ("990102", "新区"))
    assert traced("990103", change)[0].successors == ("990102",)
    assert traced("990102", change) == [Division("990102", "新区")]


def test_todays_list_has_the_last_word() -> None:
    begun = event(1983, "新设", None, ("990105", "无后"))
    assert traced("990105", begun) == [Division("990105", "无后", date(1983, 1, 1), date(2026, 9, 11))]
    other = event(2020, "新设", None, ("990102", "误名"))
    assert traced("990102", other) == [Division("990102", "新区", date(2020, 1, 1))]


def test_the_collection_beside_the_program_is_whole() -> None:
    present, past = ((FOLDER / name).read_bytes() for name in ("divisions_v1.json", "historical_changes_v1.json"))
    divisions = read_collection(present, past)
    current = [one for one in divisions if one.valid_to is None]
    assert len(current) == 34 + 333 + 2847
    assert len({one.code for one in current}) == len(current)
    assert [one for one in divisions if one.code == "420600"] == [
        Division("420600", "襄樊市", None, date(2010, 12, 31)), Division("420600", "襄阳市", date(2010, 1, 1)),
    ]  # fmt: skip
    assert [one.successors for one in divisions if one.code == "341400"] == [("340181",)]


@pytest.fixture(scope="module")
async def collected(world: World) -> World:
    """A world with the collection in its books."""
    owner = await asyncpg.connect(world.settings.database_url)
    assert await load_divisions(owner) > 7000
    assert await load_divisions(owner) == 0
    await owner.close()
    return world


async def named(world: World, *codes: str) -> dict[str, str]:
    """The names of places."""
    async with world.database.transaction() as tx:
        return await name_places(tx, codes=codes)


async def test_a_place_is_called_by_its_full_name_and_an_abolished_one_by_its_last(collected: World) -> None:
    assert await named(collected, "42", "420000", "420600", "420106", "110105", "429004", "340122", "000000") == {
        "42": "湖北省", "420000": "湖北省", "420600": "湖北省襄阳市", "420106": "湖北省武汉市武昌区",
        "110105": "北京市朝阳区", "429004": "湖北省仙桃市", "340122": "安徽省合肥市肥东县",
    }  # fmt: skip
    assert await named(collected, "341421") == {"341421": "安徽省巢湖市庐江县"}


async def test_what_administrators_changed_stays_when_a_newer_collection_is_read(
    collected: World, tmp_path: Path
) -> None:
    decided = await change(collected, "divisions", code="420106", name="武昌新区")
    assert decided["change"]["before"]["name"] == "武昌区"
    for name, content in (
        ("divisions_v1.json", changed_collection()),
        ("historical_changes_v1.json", {"events": []}),
    ):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    owner = await asyncpg.connect(collected.settings.database_url)
    assert await load_divisions(owner, folder=tmp_path) == 1
    await owner.close()
    assert await named(collected, "420106", "420105") == {
        "420106": "湖北省武汉市武昌新区", "420105": "湖北省武汉市汉阳新区",
    }  # fmt: skip


def changed_collection() -> dict[str, Any]:
    """A newer collection in which two counties are called otherwise."""
    counties = {"汉阳新区": "420105000000", "武昌大区": "420106000000"}
    cities = {"武汉市": {"code": "420100000000", "counties": counties}}
    return {
        "meta": {"fetched_at": "2027-01-31 00:00:00"},
        "provinces": {"湖北省": {"code": "420000000000", "cities": cities}},
    }
