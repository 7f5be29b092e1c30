"""The doors of acts on many cases: nobody signed in, the wrong role, another jurisdiction, whom they are for."""

from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests import make
from tests.cases.bulk_doors import BULK
from tests.cases.leads import admit
from tests.cases.test_bulk import HOW, who
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
    for answer in (await escalate(stranger, await some(world)), await undo(stranger)):
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_the_wrong_role_is_refused_and_the_attempt_is_on_the_trail(world: World) -> None:
    desk = await world.desk(Role.PREFECTURE_ADMIN, make.WUHAN)
    cases = await some(world)
    for answer in (await escalate(desk, cases), await undo(desk)):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    query = "SELECT count(*) FROM audit_entries WHERE officer = $1 AND act = 'work_cases' AND NOT succeeded"
    assert await world.ask(query, f"prefecture-admin.{make.WUHAN}") == 2


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
    async with world.database.transaction() as tx:
        assert (await bulk.act_on_many(tx, who(), asked=asked)).done == 2
        assert await world.ask(free, [*cases, other]) == 3


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
