"""A number that is carried from station to station, and registered at none, opens a case."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests import make
from tests.cases.shown import cases, leads, show

from birthreg.cases import watching
from birthreg.cases.watching import watch_lookups
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.kernel.sql import load_queries
from birthreg.verification.models import Purpose

NUMBER, OTHER = "X420100021", "X420100022"
STATIONS = (make.WUCHANG, "420102510000", make.FANCHENG, "420602510000")


async def carry(database: Database, number: str = NUMBER, *, to: tuple[str, ...] = STATIONS[:3]) -> None:
    """Show a number at stations, one after the other."""
    for station in to:
        async with database.transaction() as tx:
            await make.organization(tx, station)
            await show(tx, number, officer=make.signed_in(organization=station, id=f"clerk.{station}"))


async def found(database: Database) -> list[str]:
    """Watch all that is there, and return the numbers of the cases."""
    while await watch_lookups(database):
        pass
    async with database.transaction() as tx:
        return [case["certificate_number"] for case in await cases(tx)]


async def test_a_number_shown_at_three_stations_and_registered_at_none_opens_a_case(database: Database) -> None:
    await carry(database)
    assert await found(database) == [NUMBER]
    async with database.transaction() as tx:
        [case], [lead] = await cases(tx), await leads(tx)
    assert (lead["kind"], lead["severity"], lead["organization"]) == ("shopping", "medium", make.FANCHENG)
    assert (case["handler"], case["household_organization"]) == ("420606000000", make.WUCHANG)
    assert "先后在 3 个派出所查验" in lead["sentence_zh"]
    assert "武昌分局水果湖派出所" in lead["sentence_zh"]
    assert "was looked up at 3 stations" in lead["sentence_en"]


async def test_two_stations_are_no_round(database: Database) -> None:
    await carry(database, to=(make.WUCHANG, make.FANCHENG, make.WUCHANG))
    assert await found(database) == []


async def test_a_bureau_that_looks_a_number_up_is_no_station(database: Database) -> None:
    await carry(database, to=(make.WUCHANG, make.FANCHENG, make.WUHAN))
    assert await found(database) == []


async def test_who_investigates_or_back_fills_carries_no_certificate(database: Database) -> None:
    await carry(database, to=STATIONS[:2])
    for purpose in (Purpose.INVESTIGATION, Purpose.BACK_FILL):
        async with database.transaction() as tx:
            await show(tx, NUMBER, officer=make.signed_in(organization=STATIONS[2]), purpose=purpose)
    assert await found(database) == []


async def test_a_number_that_was_registered_meanwhile_is_in_order(database: Database) -> None:
    await carry(database)
    async with database.transaction() as tx:
        await make.usage(tx, NUMBER)
    assert await found(database) == []


async def test_a_number_opens_a_case_once_in_thirty_days(database: Database) -> None:
    await carry(database)
    await found(database)
    await carry(database)
    await found(database)
    async with database.transaction() as tx:
        assert [lead["kind"] for lead in await leads(tx)] == ["shopping"]


async def test_what_is_older_than_thirty_days_is_forgotten(database: Database, later: Database) -> None:
    await carry(database, to=STATIONS[:2])
    await found(database)
    await carry(database, to=STATIONS[2:3])
    while await watch_lookups(later):
        pass
    assert await found(database) == []


@pytest.fixture
async def later(database_url: str) -> AsyncIterator[Database]:
    """The same books thirty-one days on, for who watches them."""
    database = Database(database_url, clock=lambda: now_utc() + timedelta(days=31))
    await database.open()
    yield database
    await database.close()


async def test_a_look_up_that_commits_late_is_watched_all_the_same(database: Database) -> None:
    """Its number is lower than those that were there when the others were watched."""
    async with database.transaction() as slow:
        await show(slow, NUMBER, officer=make.signed_in(organization=STATIONS[0]))
        await carry(database, to=STATIONS[1:3])
        assert await found(database) == []
    assert await found(database) == [NUMBER]


async def test_parts_of_the_watch_together_see_everything(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "AT_A_TIME", 2)
    await carry(database)
    await carry(database, OTHER)
    assert sorted(await found(database)) == [NUMBER, OTHER]


async def test_one_worker_watches_at_a_time(database: Database) -> None:
    await carry(database)
    async with database.transaction() as tx:
        await tx.connection.execute("SELECT FROM lookup_watch FOR UPDATE")
        assert not await watch_lookups(database)
    assert await found(database) == [NUMBER]


@pytest.mark.parametrize("name", ["find_watch_cut", "admit_shopped"])
async def test_watching_reads_the_months_around_today_alone_and_by_index(database: Database, name: str) -> None:
    query = load_queries("cases_leads")[name]
    moment = now_utc()
    values = {
        "first": 1, "next": 2**40, "since": moment - timedelta(days=1), "until": moment + timedelta(days=1),
        "limit": 10, "window": moment - timedelta(days=30), "purposes": ["birth_registration"], "stations": 3,
        "now": moment,
    }  # fmt: skip
    async with database.transaction() as tx:
        await tx.connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await tx.connection.execute("SET LOCAL enable_seqscan = off")
        rows = await tx.connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {query.text}",
                                         *(values[parameter] for parameter in query.parameters))  # fmt: skip
    lines = [row[0] for row in rows]
    read = [line for line in lines if " on lookups_2" in line and "never executed" not in line]
    assert 1 <= len(read) <= 6, "\n".join(lines)
    assert not [line for line in lines if "Seq Scan on lookups" in line]
