"""Two persons change the list; what one of them alone can do, and what nobody can."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from tests import make
from tests.blacklist.desks import APPROVE, REFUSE, WHY, Admins, addition, lift, listed, ranges, read, send, verdict
from tests.worlds import FUJIAN, XIANGYANG, World

from birthreg.access.models import Role

RANGES = ranges()


async def test_what_one_proposes_changes_nothing_until_another_approves(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    proposed = await send(await admins.wuhan(), "proposals", addition(first, last))
    assert (proposed["proposal"]["status"], proposed["preview"]["count"]) == ("proposed", 100)
    assert await verdict(world, first) == "clear"
    door = f"proposals/{proposed['proposal']['id']}/approval"
    decided = await send(await admins.wuhan2(), door, APPROVE, status=200)
    assert decided["proposal"]["status"] == "approved"
    [entry] = decided["entries"]
    assert (entry["first"], entry["last"], entry["status"], entry["listed_by"]) == (
        first, last, "in_force", "admin.wuhan",
    )  # fmt: skip
    assert [await verdict(world, number) for number in (first, last)] == ["blacklisted"] * 2


async def test_nobody_approves_their_own_and_the_attempt_stays_on_the_trail(world: World, admins: Admins) -> None:
    first, _ = next(RANGES)
    desk = await admins.wuhan()
    identifier = (await send(desk, "proposals", addition(first)))["proposal"]["id"]
    refused = await send(desk, f"proposals/{identifier}/approval", APPROVE, status=403)
    assert refused["code"] == "another_person_decides"
    tried = "SELECT error_code FROM audit_entries WHERE key = $1 AND NOT succeeded"
    assert await world.ask(tried, identifier) == "another_person_decides"
    assert await verdict(world, first) == "clear"


async def test_a_refused_proposal_stays_with_its_reason_and_is_not_decided_again(world: World, admins: Admins) -> None:
    first, _ = next(RANGES)
    identifier = (await send(await admins.wuhan(), "proposals", addition(first)))["proposal"]["id"]
    decided = await send(await admins.hubei(), f"proposals/{identifier}/approval", REFUSE, status=200)
    assert (decided["proposal"]["status"], decided["proposal"]["decision_reason"]) == ("refused", "文号不符")
    again = await send(await admins.wuhan2(), f"proposals/{identifier}/approval", APPROVE, status=409)
    assert again["code"] == "proposal_decided"
    assert await verdict(world, first) == "clear"


async def test_only_who_proposed_takes_back(admins: Admins) -> None:
    first, _ = next(RANGES)
    identifier = (await send(await admins.wuhan(), "proposals", addition(first)))["proposal"]["id"]
    other = await send(await admins.wuhan2(), f"proposals/{identifier}/withdrawal", WHY, status=403)
    assert other["code"] == "proposer_withdraws"
    taken = await send(await admins.wuhan(), f"proposals/{identifier}/withdrawal", WHY, status=200)
    assert taken["status"] == "withdrawn"


async def test_others_propose_to_the_owner_and_wait_in_its_list(world: World, admins: Admins) -> None:
    first, _ = next(RANGES)
    await admins.hubei()
    proposed = await send(await admins.fujian(), "proposals", addition(first))
    assert proposed["proposal"]["organization"] == make.HUBEI
    identifier = proposed["proposal"]["id"]
    assert identifier in [one["id"] for one in (await read(await admins.hubei(), "proposals"))["items"]]
    assert identifier in [one["id"] for one in (await read(await admins.fujian(), "proposals"))["items"]]
    assert identifier not in [one["id"] for one in (await read(await admins.wuhan(), "proposals"))["items"]]
    fujian2 = await world.desk(Role.PROVINCE_ADMIN, FUJIAN)
    refused = await send(fujian2, f"proposals/{identifier}/approval", APPROVE, status=403)
    assert refused["code"] == "owner_decides"
    await send(await admins.hubei(), f"proposals/{identifier}/approval", APPROVE, status=200)
    assert await verdict(world, first) == "blacklisted"


async def test_a_neighbour_prefecture_neither_sees_nor_decides(admins: Admins) -> None:
    first, _ = next(RANGES)
    identifier = (await send(await admins.wuhan(), "proposals", addition(first)))["proposal"]["id"]
    neighbour = await admins.xiangyang()
    await read(neighbour, f"proposals/{identifier}", status=404)
    await send(neighbour, f"proposals/{identifier}/approval", APPROVE, status=404)


async def test_a_part_is_lifted_without_a_gap(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    entry = await listed(admins, first, last)
    middle = first[:-2] + "40", first[:-2] + "49"
    proposed = await send(await admins.wuhan(), "proposals", lift(entry["id"], *middle))
    assert await verdict(world, middle[0]) == "blacklisted"
    door = f"proposals/{proposed['proposal']['id']}/approval"
    decided = await send(await admins.wuhan2(), door, APPROVE, status=200)
    whole, *pieces = sorted(decided["entries"], key=lambda one: one["split_from"] is not None)
    assert (whole["id"], whole["status"]) == (entry["id"], "lifted")
    assert [(piece["first"][-2:], piece["last"][-2:]) for piece in pieces] == [("00", "39"), ("50", "99")]
    assert {piece["listed_at"] for piece in pieces} == {entry["listed_at"]}
    for piece in pieces:
        [version] = await read(await admins.wuhan(), f"entries/{piece['id']}/versions")
        assert version["valid_from"] == whole["lifted_at"]
    assert {piece["split_from"] for piece in pieces} == {entry["id"]}
    told = [await verdict(world, first[:-2] + place) for place in ("39", "40", "49", "50")]
    assert told == ["blacklisted", "clear", "clear", "blacklisted"]


async def test_a_second_lift_finds_what_is_left_of_the_entry(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    entry = await listed(admins, first, last)
    doors = []
    for place in ("10", "70", "70"):
        proposed = await send(await admins.wuhan(), "proposals", lift(entry["id"], first[:-2] + place))
        doors.append(f"proposals/{proposed['proposal']['id']}/approval")
    for door in doors[:2]:
        await send(await admins.wuhan2(), door, APPROVE, status=200)
    gone = await send(await admins.wuhan2(), doors[2], APPROVE, status=409)
    assert gone["code"] == "entry_not_in_force"
    told = [await verdict(world, first[:-2] + place) for place in ("09", "10", "11", "69", "70", "71")]
    assert told == ["blacklisted", "clear", "blacklisted", "blacklisted", "clear", "blacklisted"]


async def test_the_same_is_not_listed_twice(admins: Admins) -> None:
    first, last = next(RANGES)
    entry = await listed(admins, first, last)
    proposed = await send(await admins.wuhan(), "proposals", addition(first, last))
    [overlap] = proposed["preview"]["overlaps"]
    assert (overlap["entry_id"], overlap["organization"]) == (entry["id"], make.WUHAN)
    door = f"proposals/{proposed['proposal']['id']}/approval"
    assert (await send(await admins.wuhan2(), door, APPROVE, status=409))["code"] == "already_listed"


async def test_a_stale_tag_changes_nothing(admins: Admins) -> None:
    first, _ = next(RANGES)
    identifier = (await send(await admins.wuhan(), "proposals", addition(first)))["proposal"]["id"]
    colleague = await admins.wuhan2()
    tag = (await colleague.get(f"/api/v1/blacklist/proposals/{identifier}")).headers["etag"]
    door = f"proposals/{identifier}/approval"
    assert (await send(colleague, door, APPROVE, status=412, If_Match='"7"'))["code"] == "precondition_failed"
    await send(colleague, door, APPROVE, status=200, If_Match=tag)


async def test_one_key_decides_once(admins: Admins) -> None:
    first, _ = next(RANGES)
    desk = await admins.wuhan()
    twice = [await send(desk, "proposals", addition(first), Idempotency_Key=f"once-{first}") for _ in range(2)]
    assert twice[0] == twice[1]
    door = f"proposals/{twice[0]['proposal']['id']}/approval"
    colleague = await admins.wuhan2()
    answers = [await send(colleague, door, APPROVE, status=200, Idempotency_Key=f"yes-{first}") for _ in range(2)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"first": "X42010O012"}, "first", "number_malformed"),
        ({"last": "X420199999", "count": 3}, "count", "range_count_differs"),
        ({"last": "X420199999"}, "count", "range_count_missing"),
        ({"last": "X420000001", "count": 1}, "last", "range_backwards"),
        ({"last": "Y420199999", "count": 1}, "last", "range_provinces_differ"),
        ({"last": "X430000000", "count": 1}, "last", "range_provinces_differ"),
        ({"event_date": "2999-01-01"}, "event_date", "date_in_future"),
        ({"first": None}, "first", "field_missing"),
        ({"reason": None}, "reason", "field_missing"),
        ({"act": "lift"}, "entry_id", "field_missing"),
    ],
)
async def test_a_wrong_field_is_named(admins: Admins, changes: dict[str, Any], field: str, code: str) -> None:
    body = {key: value for key, value in (addition("X420100500") | changes).items() if value is not None}
    refused = await send(await admins.wuhan(), "proposals", body, status=422)
    assert [(error["field"], error["code"]) for error in refused["errors"]] == [(field, code)]


DOORS = [
    ("POST", "previews", {"first": "X420100500"}),
    ("POST", "proposals", addition("X420100500")),
    ("POST", "holds", {key: value for key, value in addition("X420100500").items() if key != "act"}),
    ("POST", "proposals/{id}/approval", APPROVE),
    ("POST", "proposals/{id}/withdrawal", WHY),
    ("GET", "proposals", None),
    ("GET", "proposals/{id}", None),
    ("GET", "proposals/{id}/preview", None),
]


@pytest.mark.parametrize(("method", "door", "body"), DOORS)
async def test_no_door_opens_for_strangers_or_for_other_roles(
    world: World, admins: Admins, method: str, door: str, body: Any
) -> None:
    place = door.format(id="01900000-0000-7000-8000-000000000000")
    stranger, clerk = await world.stranger(), await admins.clerk()
    answers: list[httpx.Response] = [
        await desk.request(method, f"/api/v1/blacklist/{place}", json=body) for desk in (stranger, clerk)
    ]
    assert [answer.status_code for answer in answers] == [401, 403]


@pytest.mark.parametrize(("method", "door", "body"), [door for door in DOORS if "{id}" in door[1]])
async def test_what_is_another_jurisdictions_is_not_found(admins: Admins, method: str, door: str, body: Any) -> None:
    first, _ = next(RANGES)
    identifier = (await send(await admins.wuhan(), "proposals", addition(first)))["proposal"]["id"]
    neighbour = await admins.xiangyang()
    answer = await neighbour.request(method, f"/api/v1/blacklist/{door.format(id=identifier)}", json=body)
    assert answer.status_code == 404


IMPOSSIBLE = [
    "UPDATE blacklist_proposals SET status = 'approved', version = 2, decided_by = proposed_by,"
    " decided_at = proposed_at, decided_by_organization = organization, decision_reason = 'x' WHERE id = $1",
    "UPDATE blacklist_proposals SET status = 'approved', version = 2 WHERE id = $1",
    "UPDATE blacklist_proposals SET status = 'withdrawn', version = 2, decided_by = 'other', decided_at = proposed_at,"
    " decided_by_organization = organization, decision_reason = 'x' WHERE id = $1",
    "UPDATE blacklist_proposals SET version = 1 WHERE id = $1",
    "UPDATE blacklist_proposals SET first = 'X420000000' WHERE id = $1",
    "DELETE FROM blacklist_proposals WHERE id = $1",
]


@pytest.mark.parametrize("statement", IMPOSSIBLE)
async def test_the_books_take_no_impossible_proposal(world: World, admins: Admins, statement: str) -> None:
    first, _ = next(RANGES)
    identifier = (await send(await admins.wuhan(), "proposals", addition(first)))["proposal"]["id"]
    with pytest.raises(asyncpg.PostgresError):
        async with world.database.transaction() as tx:
            await tx.connection.execute(statement, identifier)


NEVER = [
    "UPDATE blacklist_entries SET lifted_at = NULL WHERE id = $1",
    "UPDATE blacklist_entries SET lapses_at = $2 WHERE id = $1",
    "UPDATE blacklist_entries SET first = 'X420000000' WHERE id = $1",
    "DELETE FROM blacklist_entries WHERE id = $1",
    "UPDATE blacklist_versions SET valid_to = $2 WHERE entry_id = $1",
    "DELETE FROM blacklist_versions WHERE entry_id = $1",
    "UPDATE lookback_findings SET found_at = $2 WHERE entry_id = $1",
]


@pytest.mark.parametrize("statement", NEVER)
async def test_the_services_role_can_not_rewrite_what_was_listed(world: World, statement: str) -> None:
    async with world.database.transaction() as tx:
        moment = datetime(2024, 7, 1, tzinfo=UTC)
        entry = await make.listing(tx, f"W42{NEVER.index(statement):07d}", lifted_at=moment, document_number=statement)
    with pytest.raises(asyncpg.PostgresError):
        async with world.database.transaction() as tx:
            await tx.connection.execute(statement, entry, *([moment] if "$2" in statement else []))


async def test_a_prefecture_of_the_province_maintains_all_its_numbers(world: World, admins: Admins) -> None:
    first, _ = next(RANGES)
    proposed = await send(await admins.xiangyang(), "proposals", addition(first))
    assert proposed["proposal"]["organization"] == XIANGYANG
    await send(await admins.hubei(), f"proposals/{proposed['proposal']['id']}/approval", APPROVE, status=200)
    assert await verdict(world, first) == "blacklisted"


async def test_a_preview_says_which_prefectures_issued_the_numbers(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    async with world.database.transaction() as tx:
        for place, division in enumerate(("420106", "420607", "420606")):
            await make.issuance(tx, f"{first[:-1]}{place}", issuer_division=division)
    told = await send(await admins.wuhan(), "previews", {"first": first, "last": last, "count": 100}, status=200)
    assert told["issued_in"] == [{"division": "420600", "count": 2}, {"division": "420100", "count": 1}]
    alone = await send(await admins.wuhan(), "previews", {"first": last}, status=200)
    assert alone["issued_in"] == []


async def test_a_preview_stays_on_the_trail_with_what_it_asked_for(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    await send(await admins.wuhan(), "previews", {"first": first, "last": last}, status=200)
    async with world.database.transaction() as tx:
        told = await tx.connection.fetch(
            "SELECT operation, count FROM audit_entries WHERE object = 'blacklist_preview' AND condition = $1",
            f"first={first} last={last}",
        )
    assert len(told) == 1
