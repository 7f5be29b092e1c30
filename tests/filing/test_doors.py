"""The board, the lists and the resending: who may see and do what, and what they say."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests import make
from tests.filing.conftest import LEVEL, a_filing
from tests.worlds import World, new_world

from birthreg.access.models import Act, Role
from birthreg.access.rules import reach_of
from birthreg.filing import service, store
from birthreg.filing.delivery_models import Answer, Outcome
from birthreg.filing.gauges import BREACHED, DELIVERED, OLDEST, OWED, REACHABLE, WAITING, show
from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id
from birthreg.local.servers import Postgres, Valkey

FILINGS = "/api/v1/filings"
DOORS = [FILINGS, f"{FILINGS}/received", f"{FILINGS}/board"]


@pytest.fixture(scope="module")
async def world(
    server: Postgres, template: str, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    folder: Path = tmp_path_factory.mktemp("filing")
    async with new_world(server, template, redis_url=valkey.url, folder=folder) as world:
        await fill(world.database)
        yield world


async def owe(database: Database, *numbers: str, organization: str = make.WUCHANG) -> list[UUID]:
    async with database.transaction() as tx:
        owed = [
            await service.owe(tx, level=LEVEL, filing=a_filing(number, organization=organization)) for number in numbers
        ]
    return [one.id for one in owed if one]


async def settle(database: Database, filing: UUID, outcome: Outcome, *, after: timedelta) -> None:
    code = "certificate_used" if outcome is Outcome.REJECTED else None
    async with database.transaction() as tx:
        tx.now += after
        await store.settle_filings(tx, answers=[Answer(id=filing, outcome=outcome, code=code)])


async def fill(database: Database) -> None:
    """Three settled at Wuchang (one rejected, one late), one waiting, one set aside; one at Fancheng."""
    one, two, three, _, aside = await owe(database, *(f"X42010000{place}" for place in range(5)))
    await settle(database, one, Outcome.ACCEPTED, after=timedelta(seconds=10))
    await settle(database, two, Outcome.REJECTED, after=timedelta(seconds=20))
    await settle(database, three, Outcome.ACCEPTED, after=timedelta(minutes=40))
    await owe(database, "X420600001", organization=make.FANCHENG)
    async with database.transaction() as tx:
        await tx.connection.execute(
            "UPDATE filing_outbox SET set_aside_at = now(), code = 'http_401', refusals = 3 WHERE id = $1", aside
        )
        await make.organization(tx)
        await tx.connection.execute(
            "INSERT INTO received_filings (id, subordinate, kind, registration_id, sequence, certificate_number,"
            " organization, used_at, occurred_at, received_at, jws, outcome, code, holder)"
            " SELECT $1, '420100000000', 'registration', $2, 1, 'X420100077', '420106510000', now(), now(), now(), 'x',"
            " 'rejected', 'certificate_used', '420606510000'",
            new_id(),
            new_id(),
        )


def today(board: dict[str, Any], organization: str = make.WUCHANG) -> dict[str, Any]:
    [row] = [row for row in board["items"] if row["organization"] == organization]
    return dict(row)


@pytest.mark.parametrize("door", DOORS)
async def test_a_stranger_sees_nothing(world: World, door: str) -> None:
    assert (await (await world.stranger()).get(door)).status_code == 401


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("role", [Role.CLERK, Role.INVESTIGATOR, Role.SECURITY_ADMIN, Role.MACHINE_CLIENT])
async def test_who_does_not_answer_for_timeliness_may_not_look(world: World, door: str, role: Role) -> None:
    answer = await (await world.desk(role)).get(door)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


@pytest.mark.parametrize("door", DOORS)
async def test_another_prefecture_sees_none_of_it(world: World, door: str) -> None:
    desk = await world.desk(Role.PREFECTURE_ADMIN, "350100000000")
    assert (await desk.get(door)).json()["items"] == []


@pytest.mark.parametrize("role", [Role.PREFECTURE_ADMIN, Role.AUDITOR])
async def test_the_board_tells_lag_and_timeliness_of_the_own_stations(world: World, role: Role) -> None:
    board = (await (await world.desk(role, make.WUHAN)).get(f"{FILINGS}/board")).json()
    assert [row["organization"] for row in board["items"]] == [make.WUCHANG]
    row = today(board)
    counts = ("owed", "delivered", "in_time", "late", "warned", "waiting", "rejected", "set_aside")
    assert [row[name] for name in counts] == [5, 3, 2, 1, 0, 1, 1, 1]
    assert row["organization_name"] == make.NAMES[make.WUCHANG]
    assert (row["median_seconds"], row["p95_seconds"]) == pytest.approx((20, 2162), abs=2)
    assert row["oldest_waiting_at"] is not None


async def test_the_board_of_a_province_can_be_narrowed_and_is_paged(world: World) -> None:
    desk = await world.desk(Role.PROVINCE_ADMIN, make.HUBEI)
    first = (await desk.get(f"{FILINGS}/board", params={"limit": 1})).json()
    second = (await desk.get(f"{FILINGS}/board", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    shown = [row["organization"] for page in (first, second) for row in page["items"]]
    assert shown == [make.WUCHANG, make.FANCHENG]
    assert second["next_cursor"] is None
    narrowed = (await desk.get(f"{FILINGS}/board", params={"organization": "420600000000"})).json()
    assert [row["organization"] for row in narrowed["items"]] == [make.FANCHENG]


async def test_a_breach_that_still_waits_counts_as_late(world: World) -> None:
    async with world.database.transaction() as tx:
        scope = reach_of(make.signed_in(Role.PROVINCE_ADMIN, make.HUBEI), Act.READ_FILINGS)
        assert scope is not None
        tx.now += timedelta(minutes=31)
        rows = await store.read_board(
            tx, scope=scope, within="", since=tx.now - timedelta(days=1),
            until=tx.now + timedelta(days=1), timezone="Asia/Shanghai", after=(tx.now.date() + timedelta(days=9), ""),
            limit=50,
        )  # fmt: skip
    assert [(row.organization, row.late) for row in rows] == [(make.WUCHANG, 3), (make.FANCHENG, 1)]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"from": "2024-02-01", "to": "2024-01-01"}, "days_wrong"),
        ({"from": "2024-01-01", "to": "2024-12-31"}, "days_too_many"),
        ({"from": "0001-01-01", "to": "0001-01-02"}, "days_wrong"),
        ({"to": "9999-12-31"}, "days_wrong"),
        ({"to": "0001-01-01"}, "days_wrong"),
        ({"cursor": "x"}, "cursor_invalid"),
        ({"cursor": "MjAyNC0wMS0wMSDkuK0"}, "cursor_invalid"),
        ({"organization": "42"}, "field_invalid"),
    ],
)
async def test_days_that_make_no_sense_are_named(world: World, asked: dict[str, str], code: str) -> None:
    answer = await (await world.desk(Role.AUDITOR, make.WUHAN)).get(f"{FILINGS}/board", params=asked)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_the_board_says_when_the_level_above_is_gone_and_when_it_is_back(world: World) -> None:
    desk = await world.desk(Role.AUDITOR, make.WUHAN)
    nothing_known = (await desk.get(f"{FILINGS}/board")).json()["upstream"]
    assert (nothing_known["configured"], nothing_known["reachable"]) == (False, None)
    assert (nothing_known["waiting"], nothing_known["set_aside"]) == (2, 1)
    async with world.database.transaction() as tx:
        await store.note_failure(tx, failure="upstream_unreachable", paused_until=tx.now)
    gone = (await desk.get(f"{FILINGS}/board")).json()["upstream"]
    assert (gone["reachable"], gone["failure"]) == (False, "upstream_unreachable")
    async with world.database.transaction() as tx:
        await store.note_reached(tx)
    back = (await desk.get(f"{FILINGS}/board")).json()["upstream"]
    assert (back["reachable"], back["failing_since"]) == (True, None)
    assert back["reached_at"] is not None


@pytest.mark.parametrize(
    ("status", "numbers"),
    [
        ("waiting", ["X420100003"]),
        ("set_aside", ["X420100004"]),
        ("rejected", ["X420100001"]),
        ("accepted", ["X420100002", "X420100000"]),
        (None, ["X420100004", "X420100003", "X420100002", "X420100001", "X420100000"]),
    ],
)
async def test_filings_are_listed_by_status_newest_first(world: World, status: str | None, numbers: list[str]) -> None:
    desk = await world.desk(Role.PREFECTURE_ADMIN, make.WUHAN)
    answer = await desk.get(FILINGS, params={"status": status} if status else {})
    assert [filing["certificate_number"] for filing in answer.json()["items"]] == numbers


@pytest.mark.parametrize("door", ["", "/received"])
async def test_an_auditor_sees_no_number_whole(world: World, door: str) -> None:
    answer = await (await world.desk(Role.AUDITOR, make.WUHAN)).get(f"{FILINGS}{door}")
    assert answer.status_code == 200
    shown = [item["certificate_number"] for item in answer.json()["items"]]
    assert shown
    assert all(number.endswith("*****") for number in shown)


async def test_a_list_is_read_page_by_page(world: World) -> None:
    desk = await world.desk(Role.PREFECTURE_ADMIN, make.WUHAN)
    seen, cursor = [], None
    while True:
        page = (await desk.get(FILINGS, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [filing["certificate_number"] for filing in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(seen) == len(set(seen)) == 5


async def test_a_rejected_filing_from_below_says_who_holds_the_number(world: World) -> None:
    desk = await world.desk(Role.PROVINCE_ADMIN, make.HUBEI)
    [row] = (await desk.get(f"{FILINGS}/received", params={"rejected": True})).json()["items"]
    assert (row["certificate_number"], row["code"], row["holder"]) == ("X420100077", "certificate_used", make.FANCHENG)


async def aside(world: World) -> str:
    return str(await world.ask("SELECT id FROM filing_outbox WHERE certificate_number = 'X420100004'"))


async def resend(desk: httpx.AsyncClient, filing: object) -> httpx.Response:
    return await desk.post(f"{FILINGS}/{filing}/resending")


async def test_resending_is_for_administrators_of_the_jurisdiction(world: World) -> None:
    filing = await aside(world)
    assert (await resend(await world.stranger(), filing)).status_code == 401
    assert (await resend(await world.desk(Role.AUDITOR, make.WUHAN), filing)).status_code == 403
    foreign = await resend(await world.desk(Role.PREFECTURE_ADMIN, "420600000000"), filing)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "filing_not_open")


async def test_a_filing_that_is_not_set_aside_needs_no_resending(world: World) -> None:
    waiting = await world.ask("SELECT id FROM filing_outbox WHERE certificate_number = 'X420100003'")
    answer = await resend(await world.desk(Role.PREFECTURE_ADMIN, make.WUHAN), waiting)
    assert (answer.status_code, answer.json()["code"]) == (409, "filing_not_set_aside")


async def test_a_resent_filing_takes_its_turn_at_once_and_that_is_on_the_trail(world: World) -> None:
    [filing] = await owe(world.database, "X350100001", organization="350106510000")
    async with world.database.transaction() as tx:
        await tx.connection.execute(
            "UPDATE filing_outbox SET set_aside_at = now(), code = 'http_401', next_attempt_at = now() + interval"
            " '1 hour' WHERE id = $1",
            filing,
        )
    answer = await resend(await world.desk(Role.PREFECTURE_ADMIN, "350100000000"), filing)
    assert answer.status_code == 204
    is_due = "SELECT set_aside_at IS NULL AND next_attempt_at <= now() FROM filing_outbox WHERE id = $1"
    assert await world.ask(is_due, filing)
    by = await world.ask("SELECT officer FROM audit_entries WHERE act = 'resend_filing'")
    assert by == "prefecture-admin.350100000000"
    async with world.database.transaction() as tx:
        await tx.connection.execute("DELETE FROM filing_outbox WHERE id = $1", filing)


async def test_an_instance_that_knows_no_level_below_takes_nothing(world: World) -> None:
    answer = await (await world.stranger()).post(FILINGS, json={"filings": ["x"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "subordinate_unknown")


async def test_the_gauges_tell_what_the_books_say(world: World) -> None:
    async with world.database.transaction() as tx:
        lag = await service.read_lag(tx)
    show(lag, oldest_seconds=1.5)
    gauges = (OWED, DELIVERED, WAITING, BREACHED, OLDEST)
    assert [next(iter(gauge.collect())).samples[0].value for gauge in gauges] == [6, 3, 2, 1, 1.5]
    assert next(iter(REACHABLE.collect())).samples[0].value in (0, 1)
    metrics = await (await world.stranger()).get("/metrics")
    assert "birthreg_filings_oldest_waiting_seconds" in metrics.text
