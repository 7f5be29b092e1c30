"""A birth is registered once: the doors as a desk uses them."""

from datetime import datetime, timedelta

import pytest
from tests import make
from tests.blacklist.desks import particulars
from tests.registrations.desks import REGISTRATIONS, clerk, codes, newborn, numbers, over_six, register, registered
from tests.worlds import World

from birthreg.access.models import Role

NUMBERS = numbers(1_000)


@pytest.mark.parametrize("name", [" 李安然", "李安然 ", "李\u200b安然", "李安然\u202e", "李\n安然"])
async def test_a_name_has_no_sign_that_nobody_sees(world: World, name: str) -> None:
    answer = await register(await clerk(world), newborn(next(NUMBERS), child={"name": name}))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "child.name"


async def test_a_clear_number_is_registered_at_once(world: World) -> None:
    number = next(NUMBERS)
    answer = await register(await clerk(world), newborn(number))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["status"], told["certificate_number"], told["verdict"]) == ("effective", number, "clear")
    assert (told["findings"], told["case_id"], told["filing"], told["grounds"]) == ([], None, None, [])


async def test_the_second_desk_is_told_when_and_where_the_number_was_used(world: World) -> None:
    number = next(NUMBERS)
    first = await registered(await clerk(world), newborn(number))
    own = await register(await clerk(world), newborn(number))
    foreign = await register(
        await clerk(world, make.FANCHENG), newborn(number, accepted_at=make.FANCHENG, registered_at=make.FANCHENG)
    )
    assert (own.status_code, own.json()["code"]) == (409, "certificate_used")
    assert own.headers["content-type"].startswith("application/problem+json")
    assert own.json()["usage"]["registration_id"] == first
    assert (foreign.status_code, foreign.json()["code"]) == (409, "certificate_used")
    assert foreign.json()["usage"]["organization"] == make.WUCHANG
    assert foreign.json()["usage"]["registration_id"] is None
    assert "verdict_used" in codes(foreign)


async def test_a_listed_number_is_refused_with_its_document(world: World) -> None:
    number = next(NUMBERS)
    async with world.database.transaction() as tx:
        await make.listing(tx, number)
    answer = await register(await clerk(world), newborn(number))
    assert (answer.status_code, answer.json()["code"]) == (409, "certificate_blacklisted")
    assert answer.json()["blacklist"]["document_number"] == "武公通〔2024〕1号"


async def test_a_held_number_is_refused_until_it_is_confirmed_or_free_again(world: World) -> None:
    number = next(NUMBERS)
    admin = await world.desk(Role.PREFECTURE_ADMIN, make.WUHAN)
    assert (await admin.post("/api/v1/blacklist/holds", json=particulars(number))).status_code == 201
    told = (await register(await clerk(world), newborn(number))).json()
    until = datetime.fromisoformat(told["blacklist"]["lapses_at"]) + timedelta(hours=8)
    assert (told["code"], f"{until:%Y-%m-%d %H:%M}" in told["remedy"]) == ("certificate_blacklisted", True)
    assert "尚待另一人确认" in told["remedy"]


async def test_the_policy_tells_every_reason_with_its_paragraph_and_what_next(world: World) -> None:
    body = newborn(next(NUMBERS), child={"sex": 1}, mother=None, father=None, exception=None)
    answer = await register(await clerk(world), body)
    assert (answer.status_code, answer.json()["code"]) == (422, "registration_refused")
    assert len(codes(answer)) > 1
    assert all(error["paragraph"] and error["next_step"] and error["message"] for error in answer.json()["errors"])


async def test_a_refused_attempt_is_kept_with_who_when_and_why(world: World) -> None:
    number = next(NUMBERS)
    await registered(await clerk(world), newborn(number))
    await register(await clerk(world), newborn(number))
    officer = f"clerk.{make.WUCHANG}"
    kept = await world.ask("SELECT codes FROM registration_refusals WHERE certificate_number = $1", number)
    assert "verdict_used" in kept
    trail = "SELECT error_code FROM audit_entries WHERE officer = $1 AND NOT succeeded AND key = $2"
    assert await world.ask(trail, officer, number) in kept
    assert await world.ask("SELECT count(*) FROM lookups WHERE certificate_number = $1", number) == 2


async def test_a_child_over_six_is_held_and_reserves_its_number(world: World) -> None:
    number = next(NUMBERS)
    answer = await register(await clerk(world), over_six(number))
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "held"
    assert answer.json()["grounds"]
    second = await register(await clerk(world), newborn(number))
    assert (second.status_code, second.json()["code"]) == (409, "certificate_reserved")


async def test_the_same_key_gets_the_same_answer_and_registers_once(world: World) -> None:
    desk, body = await clerk(world), newborn(next(NUMBERS))
    answers = [await register(desk, body, key="desk-7/1") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    other = await register(desk, newborn(next(NUMBERS)), key="desk-7/1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_refusal_is_kept_for_its_key_as_well(world: World) -> None:
    number = next(NUMBERS)
    await registered(await clerk(world), newborn(number))
    answers = [await register(await clerk(world), newborn(number), key="refused") for _ in range(2)]
    assert answers[0].status_code == answers[1].status_code == 409
    assert answers[0].text == answers[1].text
    assert answers[1].headers["content-type"].startswith("application/problem+json")
    query = "SELECT count(*) FROM registration_refusals WHERE certificate_number = $1"
    assert await world.ask(query, number) == 1


async def test_a_kept_answer_is_not_given_to_a_session_that_has_ended(world: World) -> None:
    officer = f"clerk.{make.WUCHANG}"
    await clerk(world)
    desk, body = await world.sign_in(officer), newborn(next(NUMBERS))
    assert (await register(desk, body, key="ending")).status_code == 201
    assert (await desk.delete("/api/v1/sessions/current")).status_code == 204
    for key in ("ending", "another", None):
        assert (await register(desk, body, key=key)).json()["code"] == "session_ended"


async def test_a_number_is_taken_as_it_was_typed(world: World) -> None:
    number = next(NUMBERS)
    typed = f" {number[:4].lower()}-{number[4:]} "
    answer = await register(await clerk(world), newborn(typed))
    assert answer.json()["certificate_number"] == number
    read = await (await clerk(world)).get(f"{REGISTRATIONS}/{answer.json()['id']}")
    assert read.json()["application"]["certificate_number"] == typed


async def test_verification_knows_the_registration(world: World) -> None:
    used, held = next(NUMBERS), next(NUMBERS)
    desk = await clerk(world)
    registration = await registered(desk, newborn(used))
    await registered(desk, over_six(held))
    question = {"certificate_number": used, "purpose": "birth_registration"}
    verdict = (await desk.post("/api/v1/verifications", json=question)).json()
    assert (verdict["verdict"], verdict["usage"]["registration_id"]) == ("used", registration)
    question = {"certificate_number": held, "purpose": "birth_registration"}
    assert (await desk.post("/api/v1/verifications", json=question)).json()["verdict"] == "reserved"
