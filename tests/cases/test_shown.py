"""Where others meet cases: the desk that opened one, a finding, the life of a number."""

import pytest
from tests import make
from tests.registrations.desks import newborn, numbers, register
from tests.worlds import XIANGYANG, World

from birthreg.access.models import Role
from birthreg.cases import jobs as case_jobs

NUMBERS = numbers(9_700)


async def opened(world: World, number: str) -> dict[str, object]:
    """A registration without a mother, and what the desk is told."""
    body = newborn(number, mother=None, marital_status="married")
    answer = await register(await world.desk(), body)
    assert answer.status_code == 201, answer.text
    told: dict[str, object] = answer.json()
    return told


async def test_a_registration_in_which_nothing_is_found_has_no_case(world: World) -> None:
    """Before anybody else of the same name has come."""
    answer = await register(await world.desk(), newborn(next(NUMBERS)))
    assert (answer.json()["findings"], answer.json()["case_id"]) == ([], None)


async def test_a_desk_is_told_the_case_that_its_registration_opened(world: World) -> None:
    told = await opened(world, next(NUMBERS))
    assert told["findings"]
    assert str(await world.ask("SELECT id FROM cases WHERE registration_id = $1", told["id"])) == told["case_id"]


async def test_a_finding_names_its_case(world: World) -> None:
    told = await opened(world, next(NUMBERS))
    desk = await world.desk(Role.INVESTIGATOR, make.WUHAN)
    listed = (await desk.get(f"/api/v1/findings?registration={told['id']}")).json()["items"]
    assert {finding["case_id"] for finding in listed} == {told["case_id"]}
    one = await desk.get(f"/api/v1/findings/{listed[0]['id']}")
    assert one.json()["case_id"] == told["case_id"]


@pytest.mark.parametrize(
    ("role", "organization", "count"),
    [(Role.INVESTIGATOR, make.WUHAN, 1), (Role.INVESTIGATOR, XIANGYANG, 0), (Role.CLERK, make.WUCHANG, 0)],
)
async def test_the_life_of_a_number_shows_its_cases_to_who_may_read_them(
    world: World, role: Role, organization: str, count: int
) -> None:
    number = next(NUMBERS)
    told = await opened(world, number)
    life = (await (await world.desk(role, organization)).get(f"/api/v1/certificates/{number}")).json()
    assert [case["id"] for case in life["cases"]] == [told["case_id"]] * count
    assert [event["message"].startswith("立案 A420106") for event in life["timeline"] if "case" in event["kind"]] == (
        [True] * count
    )


async def test_a_refused_registration_on_a_listed_number_opens_a_case_by_its_look_up(world: World) -> None:
    number = next(NUMBERS)
    async with world.database.transaction() as tx:
        await make.listing(tx, number)
    answer = await register(await world.desk(), newborn(number))
    assert answer.json()["code"] == "certificate_blacklisted"
    assert not await case_jobs.admit_attempts(world.database)
    lookup = await world.ask("SELECT source_id FROM case_leads WHERE certificate_number = $1", number)
    assert await world.ask("SELECT verdict FROM lookups WHERE id = $1", lookup) == "blacklisted"
