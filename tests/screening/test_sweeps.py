"""Sweeps find what was entered before anybody looked, once, and stop when they are told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests import make
from tests.screening.facts import enter_fact
from tests.screening.many_facts import FIRST_DAY, seed_facts
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import Unavailable
from birthreg.kernel.identifiers import new_id
from birthreg.screening import sweeping

DOOR = "/api/v1/screening/sweeps"
RULE = "collective_household"
IN_COLLECTIVE = {"household_kind": 2, "collective_kind": "police_station"}
FACTS = 2_000


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many parts of few registrations."""
    monkeypatch.setattr(sweeping, "PART", 100)


@pytest.fixture
async def suspicious(world: World) -> AsyncIterator[int]:
    """Registrations from before there were rules; returns how many a sweep has to find."""
    async with world.database.transaction() as tx:
        expected = await seed_facts(tx, FACTS)
    yield expected
    async with world.database.transaction() as tx:
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        await tx.connection.execute("TRUNCATE screening_facts, findings, sweep_parts, sweep_rules, sweeps, lookups")


async def desk_of(world: World) -> httpx.AsyncClient:
    return await world.desk(Role.PROVINCE_ADMIN, make.HUBEI)


async def request(world: World, **asked: Any) -> str:
    answer = await (await desk_of(world)).post(DOOR, json={"rules": [RULE], **asked})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def read(world: World, sweep: str) -> dict[str, Any]:
    answer = await (await desk_of(world)).get(f"{DOOR}/{sweep}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def act(world: World, sweep: str, what: str) -> httpx.Response:
    return await (await desk_of(world)).post(f"{DOOR}/{sweep}/{what}")


async def count_findings(world: World, sweep: str | None = None) -> int:
    found: int = await world.ask(
        "SELECT count(*) FROM findings WHERE rule = $1 AND ($2::uuid IS NULL OR sweep_id = $2)",
        RULE, UUID(sweep) if sweep else None,
    )  # fmt: skip
    return found


@asynccontextmanager
async def holding_findings(world: World) -> AsyncIterator[Transaction]:
    """Nobody writes a finding meanwhile: parts stop where they would."""
    async with world.database.transaction() as tx:
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        await tx.connection.execute("LOCK TABLE findings IN SHARE ROW EXCLUSIVE MODE")
        yield tx


async def until_waiting(tx: Transaction, count: int = 1) -> list[int]:
    """Wait until so many connections wait for a lock, and name them."""
    query = (
        "SELECT array_agg(DISTINCT pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE NOT granted AND datname = current_database()"
    )
    async with asyncio.timeout(30):
        while len(found := await tx.connection.fetchval(query) or []) < count:  # noqa: ASYNC110 - the database has no event
            await asyncio.sleep(0.01)
    return list(found)


async def test_a_sweep_finds_what_was_there_before_the_rules(world: World, suspicious: int) -> None:
    sweep = await request(world, note="开展全面倒查")
    asked = await read(world, sweep)
    assert (asked["status"], asked["total"], asked["done"]) == ("waiting", FACTS, 0)
    assert await sweeping.go_through(world.database, lanes=2)
    done = await read(world, sweep)
    assert (done["status"], done["total"], done["done"], done["found"]) == ("done", FACTS, FACTS, suspicious)
    assert done["rules"] == [
        {
            "code": RULE, "title": "落户在派出所(社区)集体户", "versions": [1], "found": suspicious, "shadows": 0,
            "skipped_since": None, "changed_since": None,
        }
    ]  # fmt: skip
    assert await count_findings(world, sweep) == suspicious
    assert await world.ask("SELECT count(DISTINCT registration_id) FROM findings") == suspicious


async def test_a_second_sweep_adds_nothing(world: World, suspicious: int) -> None:
    first = await request(world)
    await sweeping.go_through(world.database, lanes=1)
    second = await request(world)
    await sweeping.go_through(world.database, lanes=2)
    assert (await read(world, second))["found"] == 0
    assert (await read(world, second))["done"] == FACTS
    assert await count_findings(world) == await count_findings(world, first) == suspicious


async def test_only_what_was_entered_since_a_moment_is_looked_at(world: World, suspicious: int) -> None:
    assert suspicious
    sweep = await request(world, since=(FIRST_DAY + timedelta(seconds=1501)).isoformat())
    await sweeping.go_through(world.database, lanes=1)
    done = await read(world, sweep)
    assert (done["done"], done["found"]) == (500, 5)


async def test_a_registration_entered_after_the_request_is_left_to_its_desk(world: World, suspicious: int) -> None:
    sweep = await request(world)
    async with world.database.transaction() as tx:
        await enter_fact(tx, **IN_COLLECTIVE)
    await sweeping.go_through(world.database, lanes=1)
    assert await count_findings(world, sweep) == suspicious


async def test_several_workers_at_once_find_everything_once(world: World, suspicious: int) -> None:
    sweep = await request(world)
    others = [Database(world.settings.database_url) for _ in range(3)]
    for other in others:
        await other.open()
    await asyncio.gather(*(sweeping.go_through(other, lanes=3) for other in others))
    for other in others:
        await other.close()
    done = await read(world, sweep)
    assert (done["status"], done["done"], done["found"]) == ("done", FACTS, suspicious)
    assert await count_findings(world, sweep) == suspicious


async def test_several_sweeps_over_the_same_registrations_find_everything_once(world: World, suspicious: int) -> None:
    sweeps = [await request(world) for _ in range(3)]
    await asyncio.gather(*(sweeping.go_through(world.database, lanes=1, sweep=UUID(sweep)) for sweep in sweeps))
    shown = [await read(world, sweep) for sweep in sweeps]
    assert {one["status"] for one in shown} == {"done"}
    assert sum(one["found"] for one in shown) == await count_findings(world) == suspicious


async def test_a_paused_sweep_stands_still_and_then_goes_on_where_it_was(world: World, suspicious: int) -> None:
    sweep = await request(world)
    async with holding_findings(world) as tx:
        running = asyncio.create_task(sweeping.go_through(world.database, lanes=1))
        await until_waiting(tx)
        assert (await act(world, sweep, "pause")).json()["status"] == "paused"
    await running
    paused = await read(world, sweep)
    assert paused["status"] == "paused"
    assert paused["rate"] is paused["seconds_left"] is None
    assert paused["done"] == 100, "the part that ran is done"
    assert not await sweeping.go_through(world.database, lanes=2)
    assert (await act(world, sweep, "resume")).json()["status"] == "running"
    await sweeping.go_through(world.database, lanes=2)
    assert (await read(world, sweep))["found"] == await count_findings(world, sweep) == suspicious


async def test_a_cancelled_sweep_stops_and_undoes_the_part_that_runs(world: World, suspicious: int) -> None:
    assert suspicious
    sweep = await request(world)
    async with holding_findings(world) as tx:
        running = asyncio.create_task(sweeping.go_through(world.database, lanes=2))
        await until_waiting(tx, 2)
        assert (await act(world, sweep, "cancel")).json()["status"] == "cancelled"
    await running
    stopped = await read(world, sweep)
    assert (stopped["status"], stopped["done"], stopped["found"]) == ("cancelled", 0, 0)
    assert await count_findings(world) == 0
    assert not await sweeping.go_through(world.database, lanes=1)


@pytest.mark.parametrize("what", ["pause", "resume", "cancel"])
async def test_a_sweep_that_is_over_is_changed_no_more_and_the_attempt_is_on_the_trail(
    world: World, suspicious: int, what: str
) -> None:
    assert suspicious
    sweep = await request(world)
    await sweeping.go_through(world.database, lanes=1)
    answer = await act(world, sweep, what)
    assert (answer.status_code, answer.json()["code"]) == (409, "sweep_not_there")
    assert "已完成" in answer.json()["detail"]
    tried = "SELECT count(*) FROM audit_entries WHERE key = $1 AND condition = $2 AND error_code = 'sweep_not_there'"
    assert await world.ask(tried, sweep, what) == 1


async def test_a_connection_that_is_lost_takes_its_part_with_it(world: World, suspicious: int) -> None:
    sweep = await request(world)
    async with holding_findings(world) as tx:
        running = asyncio.create_task(sweeping.go_through(world.database, lanes=1))
        [lost] = await until_waiting(tx)
        await tx.connection.execute("SELECT pg_terminate_backend($1)", lost)
        with pytest.raises(Unavailable):
            await running
    assert (await read(world, sweep))["done"] == 0
    await sweeping.go_through(world.database, lanes=1)
    done = await read(world, sweep)
    assert (done["status"], done["done"], done["found"]) == ("done", FACTS, suspicious)


async def test_while_desks_ask_one_small_part_is_run_at_a_time(
    world: World, suspicious: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "PART_BESIDE_DESKS", 50)
    monkeypatch.setattr(sweeping, "_ASKED_OF_LATE", timedelta(hours=1))
    clerk = await world.desk()
    asked = {"certificate_number": "X420100005", "purpose": "birth_registration"}
    assert (await clerk.post("/api/v1/verifications", json=asked)).status_code == 200
    sweep = await request(world)
    await sweeping.go_through(world.database, lanes=4)
    assert await count_findings(world, sweep) == suspicious
    assert await world.ask("SELECT max(registrations) FROM sweep_parts WHERE sweep_id = $1", UUID(sweep)) == 50


async def test_a_rule_that_is_changed_meanwhile_goes_on_as_it_stands_and_is_told(world: World, suspicious: int) -> None:
    sweep = await request(world)
    assert (await read(world, sweep))["rules_changed_at"] is None
    async with holding_findings(world) as tx:
        running = asyncio.create_task(sweeping.go_through(world.database, lanes=1))
        await until_waiting(tx)
        async with world.database.transaction() as other:
            await other.connection.execute(
                "UPDATE screening_rules SET version = version + 1, mode = 'shadow' WHERE code = $1", RULE
            )
    await running
    done = await read(world, sweep)
    async with world.database.transaction() as tx:
        await tx.connection.execute("UPDATE screening_rules SET version = 1, mode = 'live' WHERE code = $1", RULE)
    assert done["rules_changed_at"] is not None
    [rule] = done["rules"]
    assert rule["versions"] == [1, 2]
    assert rule["skipped_since"] is None
    assert rule["changed_since"] == done["rules_changed_at"]
    assert rule["found"] + rule["shadows"] == suspicious
    assert done["found"] == rule["found"] == 1, "the part that ran already kept the version that it began with"


async def set_mode(world: World, mode: str, version: int) -> None:
    async with world.database.transaction() as tx:
        await tx.connection.execute(
            "UPDATE screening_rules SET version = $3, mode = $2 WHERE code = $1", RULE, mode, version
        )


async def test_a_rule_that_was_off_for_some_parts_says_so_also_when_it_runs_again(
    world: World, suspicious: int
) -> None:
    other = "neither_parent"
    sweep = await request(world, rules=[RULE, other])

    async def one_part() -> None:
        lane = sweeping.Lane(world.database, sweep=UUID(sweep), is_first=True)
        assert await lane._step() is sweeping._Step.DONE

    await one_part()
    await set_mode(world, "off", 2)
    await one_part()
    [off, kept] = (await read(world, sweep))["rules"]
    await set_mode(world, "live", 3)
    await sweeping.go_through(world.database, lanes=1)
    await set_mode(world, "live", 1)
    done = await read(world, sweep)
    [missed, whole] = done["rules"]
    assert (missed["code"], missed["versions"], whole["versions"]) == (RULE, [1, 2, 3], [1])
    assert missed["found"] == suspicious - 1
    assert missed["skipped_since"] == off["skipped_since"] is not None
    assert missed["changed_since"] == missed["skipped_since"]
    assert whole["skipped_since"] is whole["changed_since"] is kept["skipped_since"] is None


async def test_a_sweep_waits_until_what_rules_read_is_written(world: World, suspicious: int) -> None:
    assert suspicious
    sweep = await request(world)
    async with world.database.transaction() as tx:
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        before = await tx.connection.fetchval("SELECT up_to FROM screening_backfill")
        await tx.connection.execute("UPDATE screening_backfill SET up_to = $1, last = $2", UUID(int=0), new_id())
    assert not await sweeping.go_through(world.database, lanes=1)
    assert (await read(world, sweep))["status"] == "waiting"
    async with world.database.transaction() as tx:
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        await tx.connection.execute("UPDATE screening_backfill SET up_to = $1, last = $1", before)
    assert await sweeping.go_through(world.database, lanes=1)


async def test_a_sweep_over_nothing_is_done(world: World) -> None:
    sweep = await request(world)
    await sweeping.go_through(world.database, lanes=2)
    done = await read(world, sweep)
    assert (done["status"], done["total"], done["found"]) == ("done", 0, 0)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"rules": ["no_such_rule", RULE]}, ("rules[0]", "rule_unknown")),
        ({"since": "2999-01-01T00:00:00Z"}, ("since", "since_ahead")),
        ({"since": "2024-01-01T00:00:00"}, ("since", "offset_missing")),
        ({"since": "0900-01-01T00:00:00Z"}, ("since", "moment_out_of_bounds")),
    ],
    ids=["unknown rule", "ahead", "no offset", "long ago"],
)
async def test_what_is_asked_wrongly_is_named(world: World, asked: dict[str, Any], told: tuple[str, str]) -> None:
    answer = await (await desk_of(world)).post(DOOR, json=asked)
    assert answer.status_code == 422, answer.text
    assert (answer.json()["errors"][0]["field"], answer.json()["errors"][0]["code"]) == told


async def test_a_rule_that_is_switched_off_is_not_swept_with(world: World) -> None:
    await request(world)
    async with world.database.transaction() as tx:
        await tx.connection.execute("UPDATE screening_rules SET mode = 'off' WHERE code = $1", RULE)
    answer = await (await desk_of(world)).post(DOOR, json={"rules": [RULE]})
    async with world.database.transaction() as tx:
        await tx.connection.execute("UPDATE screening_rules SET mode = 'live' WHERE code = $1", RULE)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "rule_off")


async def test_who_is_below_sees_the_sweep_of_the_province_and_leaves_it_alone(world: World) -> None:
    sweep = await request(world)
    lead = await world.desk(Role.LEAD_INVESTIGATOR, make.WUHAN)
    assert (await lead.get(f"{DOOR}/{sweep}")).status_code == 200
    assert sweep in {one["id"] for one in (await lead.get(DOOR)).json()["items"]}
    assert (await lead.post(f"{DOOR}/{sweep}/cancel")).status_code == 404


async def test_what_somebody_else_changed_meanwhile_is_not_changed_unseen(world: World) -> None:
    sweep = await request(world)
    desk = await desk_of(world)
    seen = (await desk.get(f"{DOOR}/{sweep}")).headers["etag"]
    await act(world, sweep, "pause")
    stale = await desk.post(f"{DOOR}/{sweep}/resume", headers={"If-Match": seen})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")


async def test_each_act_on_a_sweep_is_on_the_trail_once_and_so_is_its_end(world: World, suspicious: int) -> None:
    sweep = await request(world)
    for what in ("pause", "resume"):
        await act(world, sweep, what)
    await sweeping.go_through(world.database, lanes=2, sweep=UUID(sweep))
    async with world.database.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT act, condition, count FROM audit_entries WHERE key = $1 ORDER BY id", sweep
        )
    assert [(row["act"], row["condition"]) for row in rows] == [
        ("run_sweeps", None), ("run_sweeps", "pause"), ("run_sweeps", "resume"), ("finish_sweep", None),
    ]  # fmt: skip
    assert rows[-1]["count"] == suspicious
