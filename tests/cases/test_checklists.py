"""What has to be looked into, and that nothing is concluded before it is."""

from uuid import UUID, uuid4

import pytest
from tests import make
from tests.cases.held import CASES, REASON, Desks
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.cases.checklist_rules import CHECKLISTS, STEPS, checklist_of
from birthreg.cases.models import LeadKind
from birthreg.kernel.sql import sql_folder

RULES = {file.stem for file in (sql_folder() / "rules").glob("*.sql")}
OTHER_LEADS = {kind.value for kind in LeadKind if kind is not LeadKind.FINDING}


@pytest.fixture
def desks(world: World) -> Desks:
    return Desks(world, series="Z4230")


def test_every_rule_and_every_other_kind_of_lead_has_its_checklist() -> None:
    assert set(CHECKLISTS) == RULES | OTHER_LEADS


@pytest.mark.parametrize("kind", sorted(CHECKLISTS))
def test_a_checklist_asks_for_something_and_names_known_steps_once(kind: str) -> None:
    needed, further = (steps.split() for steps in CHECKLISTS[kind])
    assert needed
    assert len({*needed, *further}) == len(needed) + len(further)
    assert {*needed, *further} <= set(STEPS)


def test_every_step_is_asked_for_by_some_kind() -> None:
    assert {step.code for step, _, _ in checklist_of(CHECKLISTS)} == set(STEPS)


def test_what_one_kind_requires_is_required_whatever_the_others_say() -> None:
    alone = {step.code: required for step, required, _ in checklist_of(["collective_household"])}
    both = {step.code: required for step, required, _ in checklist_of(["collective_household", "over_six"])}
    assert (alone["dna"], both["dna"]) == (False, True)
    assert set(alone) < set(both)


def test_a_child_older_than_six_needs_what_the_notice_says() -> None:
    required = {step.code for step, is_required, _ in checklist_of(["over_six"]) if is_required}
    assert {"field_visit", "face_fingerprint", "dna", "approval_file"} <= required


def test_a_rule_without_a_list_of_its_own_still_asks_for_something() -> None:
    assert any(required for _, required, _ in checklist_of(["a_rule_of_tomorrow"]))


async def test_the_checklist_is_the_union_over_the_kinds_of_its_leads(desks: Desks) -> None:
    case = await desks.case()
    found = (await (await desks.investigator()).get(f"{CASES}/{case}/steps")).json()
    expected = checklist_of(["attempt"])
    assert [(one["step"], one["required"]) for one in found["items"]] == [(s.code, r) for s, r, _ in expected]
    assert found["required_open"] == sum(required for _, required, _ in expected)
    assert {one["state"] for one in found["items"]} == {"open"}


async def test_a_ticked_step_says_who_when_and_on_what_evidence(desks: Desks) -> None:
    case = await desks.case()
    desk = await desks.investigator()
    evidence = (await desks.bring(case)).json()["evidence"]["id"]
    body = {"step": "desk_asked", "done": True, "note": "派出所称持证人自行离开", "evidence_ids": [evidence]}
    acted = (await desks.post(desk, case, "steps", body)).json()
    found = (await desk.get(f"{CASES}/{case}/steps")).json()["items"]
    (step,) = [one for one in found if one["step"] == "desk_asked"]
    assert (step["state"], step["officer"], step["note"]) == ("done", f"investigator.{make.WUHAN}", body["note"])
    assert step["evidence_ids"] == [evidence]
    assert acted["status"] == "investigating"
    assert await desks.left(case, "step") == (1, 1)


async def test_a_step_can_be_unticked(desks: Desks) -> None:
    case = await desks.case()
    desk = await desks.investigator()
    for done in (True, False):
        assert (await desks.post(desk, case, "steps", {"step": "desk_asked", "done": done})).status_code == 200
    found = (await desk.get(f"{CASES}/{case}/steps")).json()["items"]
    assert {one["state"] for one in found} == {"open"}
    assert await desks.left(case, "step") == (2, 2)


async def test_a_step_that_does_not_apply_needs_a_reason(desks: Desks) -> None:
    case = await desks.case()
    desk = await desks.investigator()
    body = {"step": "desk_asked", "done": False, "not_applicable": True}
    refused = await desks.post(desk, case, "steps", body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "reason_missing")
    assert (await desks.post(desk, case, "steps", body | {"note": "该窗口已撤销"})).status_code == 200
    found = (await desk.get(f"{CASES}/{case}/steps")).json()
    assert [one["state"] for one in found["items"] if one["step"] == "desk_asked"] == ["not_applicable"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"step": "made_up", "done": True}, "step_unknown"),
        ({"step": "dna", "done": True}, "step_unknown"),
        ({"step": "desk_asked", "done": True, "not_applicable": True, "note": "-"}, "step_done_or_not_applicable"),
        ({"step": "desk_asked", "done": True, "evidence_ids": [str(uuid4())]}, "evidence_unknown"),
    ],
)
async def test_a_step_that_is_told_wrongly_is_refused(desks: Desks, body: dict[str, object], code: str) -> None:
    case = await desks.case()
    answer = await desks.post(await desks.investigator(), case, "steps", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_evidence_of_another_case_ticks_nothing(desks: Desks) -> None:
    case, other = await desks.case(), await desks.case()
    foreign = (await desks.bring(other)).json()["evidence"]["id"]
    body = {"step": "desk_asked", "done": True, "evidence_ids": [foreign]}
    answer = await desks.post(await desks.investigator(), case, "steps", body)
    assert answer.json()["errors"][0]["field"] == "evidence_ids[0]"


async def test_nothing_is_concluded_before_every_required_step_is_done(desks: Desks) -> None:
    case = await desks.case()
    answer = await desks.post(await desks.investigator(), case, "conclusion", {"outcome": "cleared", **REASON})
    assert (answer.status_code, answer.json()["code"]) == (409, "case_steps_open")
    assert "询问申请人" in answer.json()["detail"]
    assert (await desks.stands(case))[0] == "investigating"
    refused = "SELECT count(*) FROM audit_entries WHERE key = $1 AND error_code = 'case_steps_open'"
    assert await desks.world.ask(refused, str(case)) == 1


async def test_a_step_that_does_not_apply_holds_nothing_up(desks: Desks) -> None:
    case = await desks.case()
    for step, required, _ in checklist_of(["attempt"]):
        if required:
            body = {"step": step.code, "done": False, "not_applicable": True, "note": "无从查起"}
            assert (await desks.post(await desks.investigator(), case, "steps", body)).status_code == 200
    answer = await desks.post(await desks.investigator(), case, "conclusion", {"outcome": "cleared", **REASON})
    assert answer.status_code == 200, answer.text


async def test_a_lead_that_joins_before_the_confirmation_asks_for_its_steps_too(desks: Desks) -> None:
    number = desks.number()
    case = await desks.case(number=number)
    await desks.conclude(case)
    await desks.case_joins(case, number=number, kind="shopping")
    await desks.case_joins(case, number=number, kind="look_back")
    answer = await desks.post(await desks.lead(), case, "confirmation", {"decision": "approve", **REASON})
    assert (answer.status_code, answer.json()["code"]) == (409, "case_steps_open")
    assert (await desks.stands(case))[0] == "concluding"


async def test_what_was_ticked_in_a_merged_case_is_done(desks: Desks) -> None:
    case, part = await desks.case(), await desks.case()
    desk = await desks.investigator()
    assert (await desks.post(desk, part, "steps", {"step": "desk_asked", "done": True})).status_code == 200
    await desks.merge(part, case)
    found = (await desk.get(f"{CASES}/{case}/steps")).json()["items"]
    assert [one["state"] for one in found if one["step"] == "desk_asked"] == ["done"]


async def test_a_step_is_its_investigators_alone(desks: Desks) -> None:
    case = await desks.case()
    body = {"step": "desk_asked", "done": True}
    answer = await desks.post(await desks.lead(), case, "steps", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "case_not_yours")


async def test_a_stale_version_ticks_nothing(desks: Desks) -> None:
    case = await desks.case()
    body = {"step": "desk_asked", "done": True}
    answer = await desks.post(await desks.investigator(), case, "steps", body, **{"If-Match": '"99"'})
    assert answer.status_code == 412


async def test_an_auditor_sees_that_a_step_was_done_and_no_note(desks: Desks) -> None:
    case: UUID = await desks.case()
    body = {"step": "desk_asked", "done": True, "note": "王桂兰称未办理"}
    assert (await desks.post(await desks.investigator(), case, "steps", body)).status_code == 200
    auditor = await desks.world.desk(Role.AUDITOR, make.WUHAN)
    answer = await auditor.get(f"{CASES}/{case}/steps")
    assert "王桂兰" not in answer.text
    assert [one["state"] for one in answer.json()["items"] if one["step"] == "desk_asked"] == ["done"]
