"""Approval, withdrawal, correction and revocation: two persons, and a number that is free exactly when it should be."""

from typing import Any

import httpx
import pytest
from tests import make
from tests.registrations.desks import (
    REGISTRATIONS,
    admin,
    clerk,
    codes,
    newborn,
    numbers,
    over_six,
    province,
    register,
    registered,
)
from tests.worlds import World

from birthreg.access.models import Role

NUMBERS = numbers(2_000)
APPROVE = {"decision": "approve", "reason": "四项证明齐全。"}
REFUSE = {"decision": "refuse", "reason": "走访材料不实。"}
WHY = {"reason": "申请人要求。"}


async def act(desk: httpx.AsyncClient, registration: str, door: str, body: Any, **headers: str) -> httpx.Response:
    return await desk.post(f"{REGISTRATIONS}/{registration}/{door}", json=body, headers=headers)


async def verdict_of(world: World, number: str) -> str:
    question = {"certificate_number": number, "purpose": "audit"}
    answer = (await (await clerk(world)).post("/api/v1/verifications", json=question)).json()
    verdict: str = answer["verdict"]
    return verdict


async def test_an_approved_child_over_six_is_registered(world: World) -> None:
    number = next(NUMBERS)
    registration = await registered(await clerk(world), over_six(number))
    answer = await act(await admin(world), registration, "approval", APPROVE)
    assert (answer.status_code, answer.json()) == (200, {"id": registration, "status": "effective"})
    assert await verdict_of(world, number) == "used"
    read = (await (await clerk(world)).get(f"{REGISTRATIONS}/{registration}")).json()
    assert [(done["act"], done["status"], done["reason"]) for done in read["acts"]] == [
        ("approve", "effective", APPROVE["reason"])
    ]
    assert read["application"]["late_proofs"]["visit_report"]["summary"] == "随父母居住。"


async def test_a_number_issued_to_another_child_is_no_correction(world: World) -> None:
    """What refuses a registration refuses the way round it, at the proposal and at the approval."""
    registration = await registered(await clerk(world), newborn(next(NUMBERS)))
    foreign, proposed = next(NUMBERS), next(NUMBERS)
    async with world.database.transaction() as tx:
        await make.issuance(tx, foreign, child_name="赵不同", mother_name="钱不同")
    answer = await act(await clerk(world), registration, "corrections", {"certificate_number": foreign, **WHY})
    assert answer.status_code == 422, answer.text
    assert codes(answer)
    change = (
        await act(await clerk(world), registration, "corrections", {"certificate_number": proposed, **WHY})
    ).json()["id"]
    async with world.database.transaction() as tx:
        await make.issuance(tx, proposed, child_name="赵不同", mother_name="钱不同")
    answer = await act(await admin(world), registration, f"corrections/{change}/approval", APPROVE)
    assert answer.status_code in (409, 422), answer.text
    assert await verdict_of(world, foreign) != "used"


@pytest.mark.parametrize(
    ("door", "body", "status"), [("approval", REFUSE, "refused"), ("withdrawal", WHY, "withdrawn")]
)
async def test_a_held_registration_that_ends_frees_its_number(world: World, door: str, body: Any, status: str) -> None:
    number = next(NUMBERS)
    registration = await registered(await clerk(world), over_six(number))
    answer = await act(await admin(world), registration, door, body)
    assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert await verdict_of(world, number) == "clear"
    await registered(await clerk(world), newborn(number))
    history = "SELECT array_agg(reason ORDER BY id) FROM usage_history WHERE certificate_number = $1"
    assert await world.ask(history, number) == [status]


async def test_an_approval_is_not_the_countys_to_give(world: World) -> None:
    registration = await registered(await clerk(world), over_six(next(NUMBERS)))
    county = await world.desk(Role.PREFECTURE_ADMIN, "420106000000")
    answer = await act(county, registration, "approval", APPROVE)
    assert (answer.status_code, answer.json()["code"], codes(answer)) == (
        403, "another_person_needed", ["not_approver"],
    )  # fmt: skip


async def test_who_decided_once_finds_it_decided(world: World) -> None:
    registration = await registered(await clerk(world), over_six(next(NUMBERS)))
    assert (await act(await admin(world), registration, "approval", APPROVE)).status_code == 200
    for door, body in (("approval", APPROVE), ("approval", REFUSE), ("withdrawal", WHY)):
        answer = await act(await admin(world), registration, door, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "registration_state_wrong")
        assert "当前状态为“已生效”" in answer.json()["errors"][0]["message"]
    count = "SELECT count(*) FROM registration_refusals WHERE registration_id = $1"
    assert await world.ask(count, registration) == 3


async def test_a_number_listed_meanwhile_is_not_approved(world: World) -> None:
    number = next(NUMBERS)
    registration = await registered(await clerk(world), over_six(number))
    async with world.database.transaction() as tx:
        await make.listing(tx, number)
    answer = await act(await admin(world), registration, "approval", APPROVE)
    assert (answer.status_code, answer.json()["code"]) == (409, "certificate_blacklisted")
    assert (await act(await admin(world), registration, "approval", REFUSE)).status_code == 200


async def test_a_stale_reader_changes_nothing(world: World) -> None:
    registration = await registered(await clerk(world), over_six(next(NUMBERS)))
    desk = await admin(world)
    tag = (await desk.get(f"{REGISTRATIONS}/{registration}")).headers["etag"]
    assert (await act(desk, registration, "approval", APPROVE, **{"If-Match": '"7"'})).status_code == 412
    assert (await act(desk, registration, "approval", APPROVE, **{"If-Match": "seven"})).status_code == 422
    assert (await act(desk, registration, "approval", APPROVE, **{"If-Match": tag})).status_code == 200
    assert (await desk.get(f"{REGISTRATIONS}/{registration}")).headers["etag"] != tag


async def test_a_correction_keeps_both_numbers_until_somebody_else_approves(world: World) -> None:
    wrong, right = next(NUMBERS), next(NUMBERS)
    registration = await registered(await clerk(world), newborn(wrong))
    proposed = await act(await clerk(world), registration, "corrections", {"certificate_number": right, **WHY})
    assert proposed.status_code == 201, proposed.text
    assert (await verdict_of(world, wrong), await verdict_of(world, right)) == ("used", "reserved")
    assert (await register(await clerk(world), newborn(right))).json()["code"] == "certificate_reserved"
    change = proposed.json()["id"]
    answer = await act(await admin(world), registration, f"corrections/{change}/approval", APPROVE)
    assert (answer.status_code, answer.json()["status"]) == (200, "approved")
    assert (await verdict_of(world, wrong), await verdict_of(world, right)) == ("clear", "used")
    read = (await (await clerk(world)).get(f"{REGISTRATIONS}/{registration}")).json()
    assert (read["certificate_number"], read["status"]) == (right, "effective")
    assert [done["act"] for done in read["acts"]] == ["propose_correction", "approve_correction"]


@pytest.mark.parametrize("ends", ["refused", "withdrawn"])
async def test_a_correction_that_is_dropped_lets_the_new_number_go(world: World, ends: str) -> None:
    wrong, right = next(NUMBERS), next(NUMBERS)
    desk = await clerk(world)
    registration = await registered(desk, newborn(wrong))
    proposal = {"certificate_number": right, **WHY}
    change = (await act(desk, registration, "corrections", proposal)).json()["id"]
    door = f"corrections/{change}/{'approval' if ends == 'refused' else 'withdrawal'}"
    answer = await act(
        *((await admin(world), registration, door, REFUSE) if ends == "refused" else (desk, registration, door, WHY))
    )
    assert (answer.status_code, answer.json()["status"]) == (200, ends)
    assert (await verdict_of(world, wrong), await verdict_of(world, right)) == ("used", "clear")
    assert (await act(desk, registration, "corrections", proposal)).status_code == 201


async def test_who_proposed_a_change_does_not_approve_it(world: World) -> None:
    registration = await registered(await clerk(world), newborn(next(NUMBERS)))
    desk = await admin(world)
    assert (await act(desk, registration, "revocation", WHY)).status_code == 201
    answer = await act(desk, registration, "revocation/approval", APPROVE)
    assert (answer.status_code, codes(answer)) == (403, ["own_proposal"])
    second = await act(await province(world), registration, "revocation", WHY)
    assert (second.status_code, codes(second)) == (409, ["change_open"])
    assert (await act(await province(world), registration, "revocation/withdrawal", WHY)).status_code == 403
    assert (await act(await province(world), registration, "revocation/approval", APPROVE)).status_code == 200


async def test_a_revoked_registration_frees_its_number_and_stays_readable(world: World) -> None:
    number = next(NUMBERS)
    registration = await registered(await clerk(world), newborn(number))
    await act(await clerk(world), registration, "revocation", WHY)
    assert await verdict_of(world, number) == "used"
    answer = await act(await admin(world), registration, "revocation/approval", APPROVE)
    assert answer.json()["status"] == "approved"
    assert await verdict_of(world, number) == "clear"
    again = await registered(await clerk(world), newborn(number))
    listed = (await (await clerk(world)).get(REGISTRATIONS, params={"number": number})).json()["items"]
    assert [(row["id"], row["status"]) for row in listed] == [(again, "effective"), (registration, "revoked")]


@pytest.mark.parametrize(
    ("new", "status", "code"),
    [
        ("same", 409, "correction_number_same"),
        ("used", 409, "correction_used"),
        ("malformed", 422, "correction_malformed"),
    ],
)
async def test_a_correction_to_a_number_that_may_not_be_is_refused(
    world: World, new: str, status: int, code: str
) -> None:
    number, used = next(NUMBERS), next(NUMBERS)
    desk = await clerk(world)
    registration = await registered(desk, newborn(number))
    await registered(desk, newborn(used))
    typed = {"same": number, "used": used, "malformed": "X12"}[new]
    answer = await act(desk, registration, "corrections", {"certificate_number": typed, **WHY})
    assert (answer.status_code, codes(answer)) == (status, [code])


async def test_a_number_tells_its_whole_life(world: World) -> None:
    wrong, right = next(NUMBERS), next(NUMBERS)
    desk = await clerk(world)
    registration = await registered(desk, over_six(wrong))
    await act(await admin(world), registration, "approval", APPROVE)
    change = (await act(desk, registration, "corrections", {"certificate_number": right, **WHY})).json()["id"]
    await act(await admin(world), registration, f"corrections/{change}/approval", APPROVE)
    life = (await desk.get(f"/api/v1/certificates/{wrong}")).json()
    kinds = [event["kind"] for event in life["timeline"] if event["kind"] != "looked_up"]
    assert kinds == ["reserved", "confirmed", "used", "freed"]
    assert [(past["reason"], past["registration_id"]) for past in life["past_usages"]] == [
        ("confirmed", registration), ("corrected", registration),
    ]  # fmt: skip
    foreign = (await (await admin(world, "420600000000")).get(f"/api/v1/certificates/{wrong}")).json()
    assert {(past["registration_id"], past["ended_by"]) for past in foreign["past_usages"]} == {(None, None)}


async def test_an_act_is_done_once_per_key(world: World) -> None:
    registration = await registered(await clerk(world), over_six(next(NUMBERS)))
    desk = await admin(world)
    answers = [await act(desk, registration, "approval", APPROVE, **{"Idempotency-Key": "a"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
