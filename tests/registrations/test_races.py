"""Many at once: whatever the order, a number has one registration, and whoever lost knows who won."""

import asyncio
from collections import Counter
from datetime import timedelta
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
    today,
)
from tests.worlds import World

from birthreg.kernel.citizen_numbers import check_character

NUMBERS = numbers(5_000)
APPROVE = {"decision": "approve", "reason": "齐全"}
WHY = {"reason": "申请人要求"}


async def at_once(*asked: Any) -> list[httpx.Response]:
    answers: list[httpx.Response] = await asyncio.gather(*asked)
    assert not [answer.text for answer in answers if answer.status_code >= 500]
    return answers


def newborn_with_number(turn: int) -> dict[str, str]:
    """A girl who has a citizen number already, another each turn."""
    born = today() - timedelta(days=12)
    digits = f"420106{born:%Y%m%d}{100 + 2 * turn}"
    return {"citizen_number": digits + check_character(digits)}


def post(desk: httpx.AsyncClient, registration: str, door: str, body: Any) -> Any:
    return desk.post(f"{REGISTRATIONS}/{registration}/{door}", json=body)


async def test_of_two_desks_with_one_number_exactly_one_wins(world: World) -> None:
    desk = await clerk(world)
    for _ in range(10):
        number = next(NUMBERS)
        answers = await at_once(*(register(desk, newborn(number)) for _ in range(4)))
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 3}
        winner = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
        losers = [answer.json()["usage"]["registration_id"] for answer in answers if answer.status_code == 409]
        assert losers == [winner] * 3
        assert await world.ask("SELECT count(*) FROM registrations WHERE certificate_number = $1", number) == 1


async def test_a_child_with_a_citizen_number_is_registered_once_whatever_the_papers(world: World) -> None:
    desk = await clerk(world)
    for turn in range(8):
        child = newborn_with_number(turn)
        answers = await at_once(*(register(desk, newborn(next(NUMBERS), child=child)) for _ in range(3)))
        assert Counter(answer.status_code for answer in answers) == {201: 1, 422: 2}
        assert {code for answer in answers if answer.status_code == 422 for code in codes(answer)} == {
            "child_registered"
        }


async def test_one_key_at_once_registers_once(world: World) -> None:
    desk, body = await clerk(world), newborn(next(NUMBERS))
    answers = await at_once(*(register(desk, body, key="at-once") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1


async def test_an_entry_approved_while_a_registration_runs_comes_before_or_after_it_whole(world: World) -> None:
    """Whoever registered did so before the entry was in force; nobody after."""
    desk = await clerk(world)

    async def listed(number: str) -> None:
        async with world.database.transaction() as tx:
            await make.listing(tx, number)

    for _ in range(15):
        number = next(NUMBERS)
        answer, _ = await asyncio.gather(register(desk, newborn(number)), listed(number))
        assert answer.status_code in (201, 409), answer.text
        if answer.status_code == 409:
            assert answer.json()["code"] == "certificate_blacklisted"
        versions = await world.ask(
            "SELECT lookups.list_version FROM registrations JOIN lookups ON lookups.id = lookup_id"
            " WHERE registrations.certificate_number = $1", number,
        )  # fmt: skip
        assert (versions is not None) == (answer.status_code == 201)


async def test_a_change_of_the_list_waits_for_claims_under_the_old_one(world: World) -> None:
    number = next(NUMBERS)
    async with world.database.transaction() as tx:
        version = await tx.connection.fetchval("SELECT version FROM blacklist_state")
        claim = "SELECT claim_number($1, now(), $2, NULL, gen_random_uuid(), false, $3)"
        assert await tx.connection.fetchval(claim, number, make.WUCHANG, version) == "claimed"

        async def listed() -> None:
            async with world.database.transaction() as other:
                await make.listing(other, number)

        listing = asyncio.create_task(listed())
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while not await tx.connection.fetchval(waiting):  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0.01)
        assert await tx.connection.fetchval("SELECT version FROM blacklist_state") == version
    await listing


async def test_a_claim_under_an_old_list_claims_nothing(world: World) -> None:
    async with world.database.transaction() as tx:
        claim = "SELECT claim_number($1, now(), $2, NULL, gen_random_uuid(), false, 0)"
        assert await tx.connection.fetchval(claim, next(NUMBERS), make.WUCHANG) == "list_changed"


async def test_a_held_registration_is_decided_once(world: World) -> None:
    desk, above, top = await clerk(world), await admin(world), await province(world)
    for _ in range(5):
        number = next(NUMBERS)
        registration = await registered(desk, over_six(number))
        answers = await at_once(
            post(above, registration, "approval", APPROVE),
            post(top, registration, "approval", {"decision": "refuse", "reason": "不实"}),
            post(desk, registration, "withdrawal", WHY),
        )
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 2}
        status = await world.ask("SELECT status FROM registrations WHERE id = $1", registration)
        assert status == next(answer.json()["status"] for answer in answers if answer.status_code == 200)
        stands = await world.ask("SELECT reserved FROM usages WHERE certificate_number = $1", number)
        assert stands is (False if status == "effective" else None)


async def test_of_two_corrections_to_one_number_one_wins(world: World) -> None:
    desk, above = await clerk(world), await admin(world)
    for _ in range(5):
        right = next(NUMBERS)
        mine, yours = await registered(desk, newborn(next(NUMBERS))), await registered(desk, newborn(next(NUMBERS)))
        body = {"certificate_number": right, **WHY}
        answers = await at_once(
            post(desk, mine, "corrections", body),
            post(desk, yours, "corrections", body),
            register(desk, newborn(right)),
        )
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 2}
        won = await world.ask("SELECT registration_id FROM usages WHERE certificate_number = $1", right)
        told = next(answer.json() for answer in answers if answer.status_code == 201)
        assert str(won) == told.get("registration_id", told["id"])
        if "registration_id" in told:
            await at_once(*(post(above, str(won), f"corrections/{told['id']}/approval", APPROVE) for _ in range(2)))
            assert await world.ask("SELECT certificate_number FROM registrations WHERE id = $1", won) == right


async def test_an_old_number_is_free_for_one_desk_when_its_correction_is_approved(world: World) -> None:
    desk, above = await clerk(world), await admin(world)
    wrong, right = next(NUMBERS), next(NUMBERS)
    registration = await registered(desk, newborn(wrong))
    change = (await post(desk, registration, "corrections", {"certificate_number": right, **WHY})).json()["id"]
    answers = await at_once(
        post(above, registration, f"corrections/{change}/approval", APPROVE),
        *(register(desk, newborn(wrong)) for _ in range(3)),
    )
    assert answers[0].status_code == 200
    again = await register(desk, newborn(wrong))
    taken = sum(answer.status_code == 201 for answer in (*answers[1:], again))
    assert taken == 1
    owners = "SELECT count(*) FROM registrations WHERE certificate_number = $1 AND status = 'effective'"
    assert await world.ask(owners, wrong) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM usages WHERE certificate_number = $1",
        "UPDATE usages SET reserved = true WHERE certificate_number = $1",
        "DELETE FROM usage_history WHERE certificate_number = $1",
        "DELETE FROM registrations WHERE certificate_number = $1",
        "UPDATE registrations SET officer = 'nobody', version = version + 1 WHERE certificate_number = $1",
        "SELECT free_number($1, (SELECT registration_id FROM usages WHERE certificate_number = $1), now(), 'a', 'b',"
        " 'revoked')",
        "INSERT INTO usages (certificate_number, used_at, organization) VALUES ($1, now(), '420106510000')",
        "UPDATE registrations SET status = 'held', held_for = '{x}' WHERE certificate_number = $1",
        "UPDATE registrations SET status = 'refused', version = version + 1 WHERE certificate_number = $1",
    ],
)
async def test_the_services_role_can_not_use_a_number_twice_or_forget_its_use(world: World, statement: str) -> None:
    import asyncpg  # noqa: PLC0415 - the driver's own error

    number = next(NUMBERS)
    await registered(await clerk(world), newborn(number))
    with pytest.raises(asyncpg.PostgresError):
        async with world.database.transaction() as tx:
            await tx.connection.execute(statement, number)
    assert await world.ask("SELECT NOT reserved FROM usages WHERE certificate_number = $1", number)
