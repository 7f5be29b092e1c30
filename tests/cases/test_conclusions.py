"""Two persons end a case, a lead opens it again; what was found is told what it was."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests import make
from tests.cases.held import CASES, INVESTIGATOR, LEAD, REASON, Desks
from tests.cases.leads import admit
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.kernel.clock import now_utc

APPROVE = {"decision": "approve", **REASON}
REFUSE = {"decision": "refuse", "reason": "请补充医院记录。"}
WHY = {"reason": "编号录入有误。"}


@pytest.fixture
def desks(world: World) -> Desks:
    return Desks(world, series="Z4232")


async def second_lead(desks: Desks) -> Any:
    """Another lead of Wuhan."""
    name = "lead2.wuhan"
    if name not in desks.world._desks:
        await desks.world.officer(name, role=Role.LEAD_INVESTIGATOR, organization=make.WUHAN)
        desks.world._desks[name] = await desks.world.sign_in(name)
    return desks.world._desks[name]


async def outcome_of(desks: Desks, registration: UUID) -> list[str | None]:
    return await desks.world.ask(
        "SELECT array_agg(DISTINCT outcome) FROM findings WHERE registration_id = $1 AND NOT is_shadow", registration
    )


@pytest.mark.parametrize("outcome", ["cleared", "referred"])
async def test_a_conclusion_waits_for_a_second_person_and_is_leased_to_nobody(desks: Desks, outcome: str) -> None:
    case = await desks.case()
    await desks.conclude(case, outcome)
    assert await desks.stands(case) == ("concluding", None, outcome, INVESTIGATOR, None)
    assert await desks.world.ask("SELECT lease_until FROM cases WHERE id = $1", case) is None
    assert await desks.left(case, "conclusion") == (1, 1)


async def test_a_confirmed_case_is_closed(desks: Desks) -> None:
    case = await desks.case()
    await desks.close(case)
    assert await desks.stands(case) == ("closed", "cleared", "cleared", INVESTIGATOR, LEAD)
    assert await desks.left(case, "confirmation") == (1, 1)


async def test_who_proposed_a_conclusion_cannot_confirm_it(desks: Desks) -> None:
    case = await desks.case()
    lead = await desks.lead()
    await desks.give(case, LEAD)
    for step in (await lead.get(f"{CASES}/{case}/steps")).json()["items"]:
        assert (await desks.post(lead, case, "steps", {"step": step["step"], "done": True})).status_code == 200
    assert (await desks.post(lead, case, "conclusion", {"outcome": "cleared", **REASON})).status_code == 200
    answer = await desks.post(lead, case, "confirmation", APPROVE)
    assert (answer.status_code, answer.json()["code"]) == (403, "case_second_person")
    assert (await desks.post(await second_lead(desks), case, "confirmation", APPROVE)).status_code == 200


async def test_an_investigator_confirms_nothing(desks: Desks) -> None:
    case = await desks.case()
    await desks.conclude(case)
    answer = await desks.post(await desks.investigator(), case, "confirmation", APPROVE)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


async def test_a_refused_conclusion_is_its_investigators_again_with_a_fresh_lease(desks: Desks) -> None:
    case = await desks.case()
    await desks.conclude(case)
    answer = await desks.post(await desks.lead(), case, "confirmation", REFUSE)
    assert answer.status_code == 200, answer.text
    assert await desks.stands(case) == ("investigating", None, None, None, None)
    assert answer.json()["investigator"] == INVESTIGATOR
    lease = await desks.world.ask("SELECT lease_until FROM cases WHERE id = $1", case)
    assert lease > now_utc() + timedelta(hours=24)
    assert await desks.left(case, "rejection") == (1, 1)
    note = "SELECT note FROM case_entries WHERE case_id = $1 AND act = 'rejection'"
    assert await desks.world.ask(note, case) == REFUSE["reason"]
    again = await desks.post(await desks.investigator(), case, "conclusion", {"outcome": "cleared", **REASON})
    assert again.status_code == 200, again.text


async def test_who_proposed_a_conclusion_takes_it_back_and_goes_on(desks: Desks) -> None:
    case = await desks.case()
    await desks.conclude(case)
    answer = await desks.post(await desks.investigator(), case, "withdrawal", WHY)
    assert answer.status_code == 200, answer.text
    assert await desks.stands(case) == ("investigating", None, None, None, None)
    assert answer.json()["investigator"] == INVESTIGATOR
    assert await desks.world.ask("SELECT lease_until FROM cases WHERE id = $1", case) > now_utc() + timedelta(hours=1)
    assert await desks.left(case, "withdrawal") == (1, 1)
    note = "SELECT note || (detail->>'outcome') FROM case_entries WHERE case_id = $1 AND act = 'withdrawal'"
    assert await desks.world.ask(note, case) == WHY["reason"] + "cleared"
    late = await desks.post(await desks.lead(), case, "confirmation", APPROVE)
    assert (late.status_code, late.json()["code"]) == (409, "case_elsewhere")
    again = await desks.post(await desks.investigator(), case, "conclusion", {"outcome": "referred", **REASON})
    assert again.status_code == 200, again.text


async def test_nobody_takes_back_what_another_proposed_nor_what_is_decided(desks: Desks) -> None:
    case = await desks.case()
    await desks.conclude(case)
    refused = await desks.post(await desks.lead(), case, "withdrawal", WHY)
    assert (refused.status_code, refused.json()["code"]) == (403, "case_not_yours")
    await desks.confirm(case)
    late = await desks.post(await desks.investigator(), case, "withdrawal", WHY)
    assert (late.status_code, late.json()["code"]) == (409, "case_elsewhere")


async def test_of_one_who_takes_back_and_one_who_confirms_at_once_one_does(desks: Desks) -> None:
    case = await desks.case()
    await desks.conclude(case)
    answers = await asyncio.gather(
        desks.post(await desks.investigator(), case, "withdrawal", WHY),
        desks.post(await desks.lead(), case, "confirmation", APPROVE),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert sum([(await desks.left(case, act))[0] for act in ("confirmation", "withdrawal")]) == 1


async def test_of_two_leads_who_confirm_at_once_one_does(desks: Desks) -> None:
    case = await desks.case()
    await desks.conclude(case, "referred")
    first, second = await desks.lead(), await second_lead(desks)
    answers = await asyncio.gather(*(desks.post(desk, case, "confirmation", APPROVE) for desk in (first, second) * 3))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    assert await desks.left(case, "confirmation") == (1, 1)
    assert await desks.world.ask("SELECT count(*) FROM case_dossiers WHERE case_id = $1", case) == 1


async def test_one_who_confirms_and_one_who_refuses_at_once_do_not_both(desks: Desks) -> None:
    case = await desks.case()
    await desks.conclude(case)
    answers = await asyncio.gather(
        desks.post(await desks.lead(), case, "confirmation", APPROVE),
        desks.post(await second_lead(desks), case, "confirmation", REFUSE),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert sum([(await desks.left(case, act))[0] for act in ("confirmation", "rejection")]) == 1


async def test_a_repeated_confirmation_gets_the_first_answer(desks: Desks) -> None:
    case = await desks.case()
    await desks.conclude(case)
    key = {"Idempotency-Key": f"confirm {case}"}
    first, again = [await desks.post(await desks.lead(), case, "confirmation", APPROVE, **key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content


async def test_who_has_a_hand_in_it_concludes_confirms_and_opens_nothing(desks: Desks) -> None:
    """The registrar came to be a lead; the case is about what they registered."""
    registration, case = await desks.child()
    await desks.conclude(case)
    lead = await desks.lead()
    await become_registrar(desks, registration, LEAD)
    for act, body in (("confirmation", APPROVE), ("confirmation", REFUSE), ("reopening", REASON)):
        answer = await desks.post(lead, case, act, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "case_conflict_of_interest")
    await become_registrar(desks, registration, INVESTIGATOR)
    desk = await desks.investigator()
    await desks.give_back(case)
    for act, body in (("steps", {"step": "dna", "done": True}), ("conclusion", {"outcome": "cleared", **REASON})):
        answer = await desks.post(desk, case, act, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "case_conflict_of_interest")
    assert (await desks.bring(case)).json()["code"] == "case_conflict_of_interest"
    refused = "SELECT count(*) FROM audit_entries WHERE key = $1 AND error_code = 'case_conflict_of_interest'"
    assert await desks.world.ask(refused, str(case)) == 6


async def become_registrar(desks: Desks, registration: UUID, officer: str) -> None:
    """Let a registration be entered by somebody else."""
    async with desks.world.database.transaction() as tx:
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        await tx.connection.execute("UPDATE registrations SET officer = $2 WHERE id = $1", registration, officer)


@pytest.mark.parametrize(("outcome", "said"), [("cleared", "unfounded"), ("referred", "confirmed")])
async def test_findings_are_told_what_their_case_showed(desks: Desks, outcome: str, said: str) -> None:
    registration, case = await desks.child()
    await desks.conclude(case, outcome)
    assert await outcome_of(desks, registration) == [None]
    await desks.confirm(case)
    assert await outcome_of(desks, registration) == [said]


async def test_a_merged_case_ends_with_the_one_that_it_became_part_of(desks: Desks) -> None:
    case = await desks.case()
    registration, part = await desks.child()
    await desks.merge(part, case)
    await desks.close(case)
    assert (await desks.stands(part))[:2] == ("closed", "cleared")
    assert await outcome_of(desks, registration) == ["unfounded"]
    assert await desks.world.ask("SELECT array_agg(f) FROM case_family($1) AS f", case) == [case, part]


async def test_only_merged_and_closed_cases_are_part_of_another(desks: Desks) -> None:
    case, part = await desks.case(), await desks.case()
    with pytest.raises(asyncpg.CheckViolationError, match="cases_merged_say_into_which"):
        await desks.run("UPDATE cases SET merged_into = $2 WHERE id = $1", part, case)


async def test_a_part_whose_child_has_another_case_by_now_stays_closed(desks: Desks) -> None:
    number = desks.number()
    case, part = await desks.case(), await desks.case(number=number)
    await desks.merge(part, case)
    await desks.close(case)
    other = await desks.case(number=number)
    assert (await desks.post(await desks.lead(), case, "reopening", REASON)).status_code == 200
    assert (await desks.stands(part))[0] == "closed"
    assert (await desks.stands(other))[0] == "investigating"


async def test_a_case_that_is_opened_again_while_its_number_comes_up_again_is_the_only_one(desks: Desks) -> None:
    number = desks.number()
    case = await desks.case(number=number)
    await desks.close(case)
    lead = await desks.lead()

    async def come_up() -> None:
        async with desks.world.database.transaction() as tx:
            await admit(tx, number=number)

    answers = await asyncio.gather(desks.post(lead, case, "reopening", REASON), come_up(), come_up(), come_up())
    assert answers[0].status_code in (200, 409), answers[0].text
    query = "SELECT count(*) FROM cases WHERE certificate_number = $1 AND status <> 'closed'"
    assert await desks.world.ask(query, number) == 1


async def test_a_reopened_case_has_a_new_term_and_its_parts_again(desks: Desks) -> None:
    case = await desks.case()
    registration, part = await desks.child()
    await desks.merge(part, case)
    await desks.close(case)
    await desks.run("UPDATE cases SET reached = 80, due_on = '2020-01-01', paused_days = 3 WHERE id = $1", case)
    answer = await desks.post(await desks.lead(), case, "reopening", {"reason": "家属提供新材料。"})
    assert (answer.status_code, answer.json()["status"]) == (200, "reopened")
    assert await desks.stands(case) == ("reopened", None, None, None, None)
    assert (await desks.stands(part))[0] == "merged"
    assert await outcome_of(desks, registration) == [None]
    async with desks.world.database.transaction() as tx:
        row = await tx.connection.fetchrow(
            "SELECT reached, due_on, paused_days, allowed_days, clock_from, investigator FROM cases WHERE id = $1", case
        )
    assert row[:4] == (0, None, 0, 10)
    assert row[4] >= now_utc().date() - timedelta(days=1)
    assert row[5] is None
    assert await desks.left(case, "reopening") == (1, 1)


async def test_a_reopened_case_has_its_steps_before_it_again_and_says_how_they_stood(desks: Desks) -> None:
    case, part = await desks.case(), await desks.case()
    await desks.tick_all(part)
    await desks.merge(part, case)
    await desks.close(case)
    await desks.post(await desks.lead(), case, "reopening", REASON)
    await desks.give(case)
    desk = await desks.investigator()
    found = (await desk.get(f"{CASES}/{case}/steps")).json()
    required = [one for one in found["items"] if one["required"]]
    assert found["required_open"] == len(required)
    assert {(one["state"], one["was"], one["officer"], one["note"]) for one in required} == {
        ("open", "done", INVESTIGATOR, "已核实")
    }
    body = {"outcome": "cleared", **REASON}
    assert (await desks.post(desk, case, "conclusion", body)).json()["code"] == "case_steps_open"
    await desks.conclude(case)
    found = (await desk.get(f"{CASES}/{case}/steps")).json()
    assert {(one["state"], one["was"]) for one in found["items"] if one["required"]} == {("done", None)}


async def test_a_case_is_not_reopened_beside_another_on_the_same_number(desks: Desks) -> None:
    number = desks.number()
    case = await desks.case(number=number)
    await desks.close(case)
    other = await desks.case(number=number)
    assert other != case
    answer = await desks.post(await desks.lead(), case, "reopening", REASON)
    assert (answer.status_code, answer.json()["code"]) == (409, "case_open_elsewhere")
    assert await desks.world.ask("SELECT number FROM cases WHERE id = $1", other) in answer.json()["detail"]
    refused = "SELECT count(*) FROM audit_entries WHERE key = $1 AND error_code = 'case_open_elsewhere'"
    assert await desks.world.ask(refused, str(case)) == 1


async def test_a_part_is_opened_again_with_the_case_that_it_was_closed_with(desks: Desks) -> None:
    case, part = await desks.case(), await desks.case()
    await desks.merge(part, case)
    await desks.close(case)
    answer = await desks.post(await desks.lead(), part, "reopening", REASON)
    assert (answer.status_code, answer.json()["code"]) == (409, "case_closed_as_part"), answer.text
    assert await desks.world.ask("SELECT number FROM cases WHERE id = $1", case) in answer.json()["detail"]
    refused = "SELECT count(*) FROM audit_entries WHERE key = $1 AND error_code = 'case_closed_as_part'"
    assert await desks.world.ask(refused, str(part)) == 1
    assert (await desks.post(await desks.lead(), case, "reopening", REASON)).status_code == 200
    assert (await desks.stands(part))[0] == "merged"


async def test_an_open_case_cannot_be_opened_again(desks: Desks) -> None:
    case = await desks.case()
    answer = await desks.post(await desks.lead(), case, "reopening", REASON)
    assert (answer.status_code, answer.json()["code"]) == (409, "case_elsewhere")


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("corrected", "case_nothing_corrected"), ("registration_revoked", "case_nothing_revoked")],
)
async def test_what_was_not_done_to_the_registration_is_no_outcome(desks: Desks, outcome: str, code: str) -> None:
    _, case = await desks.child()
    await desks.tick_all(case)
    answer = await desks.post(await desks.investigator(), case, "conclusion", {"outcome": outcome, **REASON})
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert (await desks.stands(case))[0] == "investigating"


async def change(desks: Desks, registration: UUID, kind: str) -> None:
    """Have a registration corrected, or revoked, by a clerk and an administrator."""
    clerk = await desks.world.desk(Role.CLERK, make.WUCHANG)
    admin = await desks.world.desk(Role.PREFECTURE_ADMIN, make.WUHAN)
    path = f"/api/v1/registrations/{registration}"
    if kind == "correction":
        proposed = await clerk.post(f"{path}/corrections", json={"certificate_number": desks.number(), **WHY})
        approval = f"{path}/corrections/{proposed.json()['id']}/approval"
    else:
        proposed = await clerk.post(f"{path}/revocation", json=WHY)
        approval = f"{path}/revocation/approval"
    assert proposed.status_code == 201, proposed.text
    approved = await admin.post(approval, json={"decision": "approve", "reason": "属实"})
    assert approved.status_code == 200, approved.text


@pytest.mark.parametrize(("kind", "outcome"), [("correction", "corrected"), ("revocation", "registration_revoked")])
async def test_what_was_done_to_the_registration_since_the_case_was_opened_is_an_outcome(
    desks: Desks, kind: str, outcome: str
) -> None:
    registration, case = await desks.child()
    await change(desks, registration, kind)
    await desks.give(case)
    await desks.close(case, outcome)
    assert (await desks.stands(case))[:2] == ("closed", outcome)
    assert await outcome_of(desks, registration) == ["confirmed"]


async def test_a_correction_from_before_the_case_is_no_outcome_of_it(desks: Desks) -> None:
    registration, case = await desks.child()
    await change(desks, registration, "correction")
    await desks.run("UPDATE cases SET opened_at = now() + interval '1 minute' WHERE id = $1", case)
    await desks.give(case)
    await desks.tick_all(case)
    answer = await desks.post(await desks.investigator(), case, "conclusion", {"outcome": "corrected", **REASON})
    assert answer.json()["code"] == "case_nothing_corrected"


@pytest.mark.parametrize(
    ("act", "body", "field"),
    [
        ("conclusion", {"outcome": "forgotten", "reason": "x"}, "outcome"),
        ("conclusion", {"outcome": "cleared", "reason": ""}, "reason"),
        ("conclusion", {"outcome": "cleared", "reason": " "}, "reason"),
        ("confirmation", {"decision": "approve", "reason": "\u200b "}, "reason"),
        ("confirmation", {"decision": "refuse", "reason": " "}, "reason"),
        ("withdrawal", {"reason": "\t"}, "reason"),
        ("reopening", {"reason": "\u200b "}, "reason"),
        ("steps", {"step": "desk_asked", "done": False, "not_applicable": True, "note": "\u200b"}, "note"),
        ("conclusion", {"outcome": "cleared"}, "reason"),
        ("confirmation", {"decision": "perhaps", "reason": "x"}, "decision"),
        ("confirmation", {"decision": "approve", "reason": "x", "more": 1}, "more"),
        ("reopening", {}, "reason"),
        ("steps", {"done": True}, "step"),
    ],
)
async def test_a_wrong_field_is_named(desks: Desks, act: str, body: dict[str, object], field: str) -> None:
    answer = await desks.post(await desks.lead(), UUID(int=1), act, body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
