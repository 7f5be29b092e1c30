"""The doors of acts on many cases: nobody signed in, the wrong role, another jurisdiction, whom they are for."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests import make
from tests.cases.bulk_doors import BULK
from tests.cases.leads import admit
from tests.cases.test_bulk import HOW, who
from tests.cases.test_mended import until_one_waits
from tests.worlds import XIANGYANG, World

from birthreg.access.models import Role
from birthreg.cases import bulk
from birthreg.cases.bulk_models import BulkAct, BulkRequest
from birthreg.kernel.identifiers import new_id

INVESTIGATOR = (Role.INVESTIGATOR, make.WUHAN)
LEAD = (Role.LEAD_INVESTIGATOR, make.WUHAN)


async def some(world: World) -> list[str]:
    count = await world.ask("SELECT count(*) FROM cases")
    async with world.database.transaction() as tx:
        return [str(await admit(tx, number=f"X4209{count + place:05d}")) for place in range(3)]


async def escalate(desk: httpx.AsyncClient, cases: list[str], **changes: Any) -> httpx.Response:
    body = {"act": "escalation", "case_ids": cases, "reason": "跨区"} | changes
    return await desk.post(BULK, json={name: value for name, value in body.items() if value is not None})


async def undo(desk: httpx.AsyncClient, bulk: str | None = None) -> httpx.Response:
    return await desk.post(f"{BULK}/{bulk or new_id()}/undo")


async def test_nobody_passes_without_signing_in(world: World) -> None:
    stranger = await world.stranger()
    reading = [await stranger.get(BULK), await stranger.get(f"{BULK}/{new_id()}")]
    for answer in (await escalate(stranger, await some(world)), await undo(stranger), *reading):
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_the_wrong_role_is_refused_and_the_attempt_is_on_the_trail(world: World) -> None:
    desk = await world.desk(Role.PREFECTURE_ADMIN, make.WUHAN)
    cases = await some(world)
    for answer in (await escalate(desk, cases), await undo(desk)):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    query = "SELECT count(*) FROM audit_entries WHERE officer = $1 AND act = 'work_cases' AND NOT succeeded"
    assert await world.ask(query, f"prefecture-admin.{make.WUHAN}") == 2


async def test_who_reads_no_cases_reads_no_acts_on_them(world: World) -> None:
    desk = await world.desk(Role.CLERK, make.WUHAN)
    for path in (BULK, f"{BULK}/{new_id()}"):
        answer = await desk.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    query = "SELECT count(*) FROM audit_entries WHERE officer = $1 AND act = 'read_cases' AND NOT succeeded"
    assert await world.ask(query, f"clerk.{make.WUHAN}") == 2


async def test_what_was_done_with_many_is_read_again_with_whether_it_stands(world: World) -> None:
    desk, reader = await world.desk(*LEAD), await world.desk(Role.AUDITOR, make.WUHAN)
    cases = await some(world)
    report = (await escalate(desk, cases)).json()
    await desk.post(f"/api/v1/cases/{cases[1]}/notes", json={"text": "已联系"})
    one = (await desk.get(f"{BULK}/{report['id']}")).json()
    assert (one["act"], one["officer"], one["done"]) == ("escalation", f"lead-investigator.{make.WUHAN}", 3)
    assert (one["undone_at"], one["can_be_undone"]) == (None, True)
    assert one["undo_until"] == report["undo_until"]
    moved = {item["case_id"]: (item["before"], item["now"], item["has_moved_on"]) for item in one["items"]}
    assert moved == {case: ("waiting", "waiting", case == cases[1]) for case in cases}
    assert not (await reader.get(f"{BULK}/{report['id']}")).json()["can_be_undone"]
    await undo(desk, report["id"])
    [latest] = (await reader.get(BULK, params={"limit": 1})).json()["items"]
    assert (latest["id"], latest["can_be_undone"]) == (report["id"], False)
    assert latest["undone_at"] is not None
    read = "SELECT array_agg(key ORDER BY id) FROM audit_entries WHERE object = 'case_bulk' AND officer = $1"
    assert await world.ask(read, f"auditor.{make.WUHAN}") == [report["id"], None]


async def test_acts_on_many_come_in_pages_and_stay_in_their_jurisdiction(world: World) -> None:
    desk, above = await world.desk(*LEAD), await world.desk(Role.LEAD_INVESTIGATOR, make.HUBEI)
    foreign = await world.desk(Role.LEAD_INVESTIGATOR, XIANGYANG)
    cases = await some(world)
    done = [(await escalate(desk, cases, act="note", reason=None, text="记录")).json()["id"] for _ in range(3)]
    first = (await desk.get(BULK, params={"limit": 2})).json()
    then = (await desk.get(BULK, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in (*first["items"], *then["items"])][:3] == done[::-1]
    assert not first["items"][0]["can_be_undone"]
    theirs = (await escalate(above, cases, act="note", reason=None, text="省厅督办")).json()["id"]
    assert (await desk.get(f"{BULK}/{theirs}")).status_code == 404
    assert (await above.get(f"{BULK}/{done[0]}")).json()["done"] == 3
    assert (await foreign.get(f"{BULK}/{done[0]}")).status_code == 404
    assert (await foreign.get(BULK)).json()["items"] == []


async def test_only_a_lead_assigns_many(world: World) -> None:
    cases = await some(world)
    await world.desk(*INVESTIGATOR)
    wanted = {"act": "assignment", "investigator": f"investigator.{make.WUHAN}"}
    refused = await escalate(await world.desk(*INVESTIGATOR), cases, **wanted)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    done = await escalate(await world.desk(*LEAD), cases, **wanted)
    assert (done.status_code, done.json()["done"]) == (200, 3), done.text


async def test_another_jurisdiction_acts_on_none_of_them_and_takes_nothing_back(world: World) -> None:
    cases = await some(world)
    report = (await escalate(await world.desk(*INVESTIGATOR), cases)).json()
    stranger = await world.desk(Role.LEAD_INVESTIGATOR, XIANGYANG)
    answer = (await escalate(stranger, cases)).json()
    assert (answer["done"], {item["code"] for item in answer["items"]}) == (0, {"not_found"})
    assert {item["number"] for item in answer["items"]} == {None}
    assert (await undo(stranger, report["id"])).status_code == 404


@pytest.mark.parametrize("wanted", [BulkAct.NOTE, BulkAct.ESCALATION, BulkAct.LINK])
async def test_nobody_waits_for_a_preview(world: World, wanted: BulkAct) -> None:
    *cases, other = map(UUID, await some(world))
    shown = {"other": other} if wanted is BulkAct.LINK else {}
    asked = msgspec.convert({"act": wanted, "case_ids": cases, "preview": True} | HOW[wanted] | shown, BulkRequest)
    free = "SELECT count(*) FROM (SELECT FROM cases WHERE id = ANY ($1) FOR UPDATE SKIP LOCKED) AS free"
    is_done = asyncio.Event()

    async def look_ahead() -> None:
        async with world.database.transaction() as tx:
            assert (await bulk.act_on_many(tx, who(), asked=asked)).done == 2
            is_done.set()
            assert await world.ask(free, [*cases, other]) == 3

    async with world.database.transaction() as holder:
        await holder.connection.execute("SELECT FROM cases WHERE id = $1 FOR UPDATE", cases[1])
        looking = asyncio.create_task(look_ahead())
        await until_one_waits(holder)
        assert not is_done.is_set()
        assert await world.ask(free, [*cases, other]) == 2
    await looking


async def test_many_are_previewed_done_and_taken_back(world: World) -> None:
    desk, cases = await world.desk(*LEAD), await some(world)
    preview = (await escalate(desk, cases, preview=True)).json()
    assert (preview["id"], preview["done"], preview["preview"]) == (None, 3, True)
    report = (await escalate(desk, cases)).json()
    assert [item["case_id"] for item in report["items"]] == cases
    handlers = "SELECT array_agg(DISTINCT handler) FROM cases WHERE id = ANY ($1)"
    assert await world.ask(handlers, cases) == [make.WUHAN]
    undone = await undo(desk, report["id"])
    assert (undone.status_code, undone.json()["done"]) == (200, 3), undone.text
    assert await world.ask(handlers, cases) == ["420106000000"]
    again = await undo(desk, report["id"])
    assert (again.status_code, again.json()["code"]) == (409, "bulk_undone")


async def test_a_repeat_with_the_same_key_gets_the_same_answer(world: World) -> None:
    desk, cases = await world.desk(*LEAD), await some(world)
    desk.headers["Idempotency-Key"] = f"bulk {cases[0]}"
    first, again = await escalate(desk, cases), await escalate(desk, cases)
    del desk.headers["Idempotency-Key"]
    assert first.json()["done"] == 3
    assert first.content == again.content


@pytest.mark.parametrize(
    "changes",
    [{"case_ids": []}, {"case_ids": [str(new_id())] * 501}, {"act": "conclusion"}, {"text": "x"}, {"reason": None}],
)
async def test_what_a_request_lacks_is_named(world: World, changes: dict[str, Any]) -> None:
    answer = await escalate(await world.desk(*LEAD), [str(new_id())], **changes)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_a_text_that_cannot_be_kept_ends_the_whole_act(world: World) -> None:
    cases = await some(world)
    answer = await escalate(await world.desk(*LEAD), cases, reason="a\x00b")
    assert (answer.status_code, answer.json()["code"]) == (422, "text_unstorable")
    assert await world.ask("SELECT count(*) FROM case_entries WHERE case_id = ANY ($1) AND act <> 'open'", cases) == 0


async def test_the_answer_speaks_the_language_that_was_asked_for(world: World) -> None:
    desk = await world.desk(*LEAD)
    body = {"act": "release", "case_ids": await some(world), "reason": "x"}
    answer = await desk.post(BULK, json=body, headers={"Accept-Language": "en"})
    assert answer.json()["items"][0]["message"].startswith("The case is waiting;")
