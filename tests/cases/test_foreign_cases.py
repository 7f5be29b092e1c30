"""Who shows a number whose case lies elsewhere is told on the number's page how it stands, and whom to call."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from tests import make
from tests.cases.leads import admit
from tests.worlds import FUJIAN, XIANGYANG, World

from birthreg.access.models import Role
from birthreg.cases import jobs as case_jobs


async def life(desk: httpx.AsyncClient, number: str) -> dict[str, Any]:
    answer = await desk.get(f"/api/v1/certificates/{number}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def shown_in_both(world: World, number: str) -> UUID:
    """A listed number that is shown in Wuhan, and at Fancheng after it."""
    async with world.database.transaction() as tx:
        await make.listing(tx, number)
    for organization in (make.WUCHANG, make.FANCHENG):
        desk = await world.desk(Role.CLERK, organization)
        body = {"certificate_number": number, "purpose": "birth_registration"}
        assert (await desk.post("/api/v1/verifications", json=body)).json()["verdict"] == "blacklisted"
    await case_jobs.admit_attempts(world.database)
    case: UUID = await world.ask("SELECT id FROM cases WHERE certificate_number = $1", number)
    assert case
    return case


async def test_a_prefecture_that_showed_the_number_is_told_who_has_its_case(world: World) -> None:
    case = await shown_in_both(world, "X420990101")
    number = await world.ask("SELECT number FROM cases WHERE id = $1", case)
    desk = await world.desk(Role.INVESTIGATOR, XIANGYANG)
    told = await life(desk, "X420990101")
    assert told["cases"] == []
    [foreign] = told["foreign_cases"]
    assert foreign == {
        "number": number, "status": "waiting", "handler": "420106000000", "handler_name": "420106000000"
    }  # fmt: skip
    assert "case_opened" not in [event["kind"] for event in told["timeline"]]
    assert (await desk.get(f"/api/v1/cases/{case}")).status_code == 404


async def test_where_the_case_lies_it_is_shown_as_its_own(world: World) -> None:
    case = await shown_in_both(world, "X420990102")
    told = await life(await world.desk(Role.INVESTIGATOR, make.WUHAN), "X420990102")
    assert ([one["id"] for one in told["cases"]], told["foreign_cases"]) == ([str(case)], [])
    told = await life(await world.desk(Role.PROVINCE_ADMIN, make.HUBEI), "X420990102")
    assert ([one["id"] for one in told["cases"]], told["foreign_cases"]) == ([str(case)], [])


@pytest.mark.parametrize(
    ("role", "organization", "number"),
    [(Role.INVESTIGATOR, FUJIAN, "X420990103"), (Role.CLERK, make.FANCHENG, "X420990106")],
)
async def test_who_has_no_part_in_a_case_or_reads_none_is_told_nothing(
    world: World, role: Role, organization: str, number: str
) -> None:
    await shown_in_both(world, number)
    told = await life(await world.desk(role, organization), number)
    assert (told["cases"], told["foreign_cases"]) == ([], [])


async def test_of_a_merged_case_that_which_goes_on_is_named(world: World) -> None:
    case = await shown_in_both(world, "X420990104")
    async with world.database.transaction() as tx:
        whole = await admit(tx, number="X420990105")
        await tx.connection.execute("UPDATE cases SET status = 'merged', merged_into = $2 WHERE id = $1", case, whole)
    told = await life(await world.desk(Role.INVESTIGATOR, XIANGYANG), "X420990104")
    number = await world.ask("SELECT number FROM cases WHERE id = $1", whole)
    assert [one["number"] for one in told["foreign_cases"]] == [number]
