"""Of a merged case that lies outside the jurisdiction no more is shown than that it is there, wherever one asks."""

import os
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests import make
from tests.cases.held import CASES, PNG, REASON, Desks
from tests.worlds import World

from birthreg.access.models import Role

ELSEWHERE = "UPDATE cases SET organization = $2, household_organization = $2, handler = $3 WHERE id = $1"
TICK = {"step": "family_interviewed", "done": True, "note": "父亲李某称不知情"}


class Family(msgspec.Struct, frozen=True):
    """A case of Wuhan with a part in Xiangyang: a lead, a note, a tick and a file there, a file here."""

    whole: UUID
    part: UUID
    there: str
    here: str
    content: bytes


@pytest.fixture
def desks(world: World) -> Desks:
    return Desks(world, series="Z4241")


async def family(desks: Desks) -> Family:
    whole, part = await desks.case(), await desks.case()
    own, content = await desks.investigator(), PNG + os.urandom(8)
    step = (await own.get(f"{CASES}/{part}/steps")).json()["items"][0]["step"]
    for act, body in (("notes", {"text": "派出所反映"}), ("steps", TICK | {"step": step})):
        answer = await desks.post(own, part, act, body)
        assert answer.status_code == 200, answer.text
    there = (await desks.bring(part, content)).json()["evidence"]["id"]
    here = (await desks.bring(whole, PNG + os.urandom(8))).json()["evidence"]["id"]
    await desks.run(ELSEWHERE, part, make.FANCHENG, "420606000000")
    await desks.merge(part, whole)
    return Family(whole, part, there, here, content)


async def read(desk: httpx.AsyncClient, case: UUID, what: str = "") -> Any:
    answer = await desk.get(f"{CASES}/{case}{what}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def above(desks: Desks) -> httpx.AsyncClient:
    return await desks.world.desk(Role.LEAD_INVESTIGATOR, make.HUBEI)


async def test_a_part_elsewhere_is_named_with_its_state_and_its_leads_are_not_shown(desks: Desks) -> None:
    one = await family(desks)
    case = await read(await desks.investigator(), one.whole)
    number = await desks.world.ask("SELECT number FROM cases WHERE id = $1", one.part)
    told = {"number": number, "status": "merged", "organization": make.FANCHENG, "is_inside": False}
    assert case["absorbed"] == [{"id": str(one.part), **told}]
    assert {lead["case_id"] for lead in case["all_leads"]} == {str(one.whole)}
    seen = await read(await above(desks), one.whole)
    assert [part["is_inside"] for part in seen["absorbed"]] == [True]
    assert {lead["case_id"] for lead in seen["all_leads"]} == {str(one.whole), str(one.part)}


@pytest.mark.parametrize("what", ["timeline", "evidence"])
async def test_what_was_done_and_brought_elsewhere_is_shown_there_and_above(desks: Desks, what: str) -> None:
    one = await family(desks)
    shown = {item["case_id"] for item in (await read(await desks.investigator(), one.whole, f"/{what}"))["items"]}
    assert shown == {str(one.whole)}
    shown = {item["case_id"] for item in (await read(await above(desks), one.whole, f"/{what}"))["items"]}
    assert shown == {str(one.whole), str(one.part)}


async def test_a_file_that_was_brought_elsewhere_is_taken_out_there_and_above(desks: Desks) -> None:
    one = await family(desks)
    own = await desks.investigator()
    assert (await own.get(f"{CASES}/{one.whole}/evidence/{one.there}")).status_code == 404
    assert (await own.get(f"{CASES}/{one.whole}/evidence/{one.here}")).status_code == 200
    assert (await (await above(desks)).get(f"{CASES}/{one.whole}/evidence/{one.there}")).status_code == 200


async def test_a_file_that_was_brought_elsewhere_can_be_brought_here(desks: Desks) -> None:
    one = await family(desks)
    brought = await desks.bring(one.whole, one.content)
    assert brought.status_code == 201, brought.text
    assert (await desks.bring(one.whole, one.content)).json()["code"] == "evidence_there"


async def test_of_a_step_that_was_done_elsewhere_only_that_is_told(desks: Desks) -> None:
    one = await family(desks)
    [step] = [item for item in (await read(await desks.investigator(), one.whole, "/steps"))["items"] if
              item["state"] == "done"]  # fmt: skip
    assert [step[name] for name in ("officer", "at", "note", "evidence_ids")] == [None, None, None, []]
    [step] = [item for item in (await read(await above(desks), one.whole, "/steps"))["items"] if
              item["state"] == "done"]  # fmt: skip
    assert step["note"] == TICK["note"]


async def test_a_step_does_not_rest_on_a_file_that_was_brought_elsewhere(desks: Desks) -> None:
    one = await family(desks)
    own = await desks.investigator()
    step = (await read(own, one.whole, "/steps"))["items"][0]["step"]
    body = {"step": step, "done": True, "evidence_ids": [one.here, one.there]}
    answer = await desks.post(own, one.whole, "steps", body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, ["evidence_ids[1]"])


async def test_a_dossier_names_a_part_elsewhere_and_holds_nothing_of_it(desks: Desks) -> None:
    one = await family(desks)
    await desks.close(one.whole, "referred")
    told = (await read(await desks.lead(), one.whole, "/dossier"))["dossier"]
    assert told["case"]["family"] == [await desks.world.ask("SELECT number FROM cases WHERE id = $1", one.part)]
    for what in ("leads", "evidence", "timeline"):
        assert {item["case_id"] for item in told[what]} == {str(one.whole)}
    assert TICK["note"] not in str(told)


async def test_a_dossier_that_was_made_above_is_handed_out_above(desks: Desks) -> None:
    one = await family(desks)
    await desks.conclude(one.whole, "referred")
    lead = await above(desks)
    confirmed = await desks.post(lead, one.whole, "confirmation", {"decision": "approve", **REASON})
    assert confirmed.status_code == 200, confirmed.text
    refused = await (await desks.lead()).get(f"{CASES}/{one.whole}/dossier")
    assert (refused.status_code, refused.json()["code"]) == (403, "dossier_outside")
    told = (await read(lead, one.whole, "/dossier"))["dossier"]
    assert one.there in {item["id"] for item in told["evidence"]}
