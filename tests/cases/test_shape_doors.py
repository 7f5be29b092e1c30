"""The doors of links, merges, splits and related cases: nobody signed in, the wrong role, elsewhere, whom it is for."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.shape_doors import BY_SHAPE
from tests.cases.shaped import lead_ids
from tests.screening.facts import enter_fact
from tests.worlds import XIANGYANG, World

from birthreg.access.models import Role

INVESTIGATOR = (Role.INVESTIGATOR, make.WUHAN)
WHY = {"reason": "同一批证明。"}


class Ground:
    """Cases of Wuhan, fresh for each test: two that are linked, a merged one, and one with a lead of another number."""

    def __init__(self, world: World) -> None:
        """Begin without any."""
        self.world = world
        self.at: dict[str, str] = {}

    async def lay(self) -> None:
        """Let the cases be there."""
        count = await self.world.ask("SELECT count(*) FROM cases")
        numbers = [f"X4207{count:04d}{place}" for place in range(5)]
        async with self.world.database.transaction() as tx:
            one, other, merged, into = [await admit(tx, number=number) for number in numbers[:4]]
            child = await enter_fact(tx, certificate_number=numbers[4])
            parted = await admit(tx, kind="finding", rule="over_six", registration=child, number=numbers[4])
            await admit(tx, number=numbers[4])
            await tx.connection.execute("UPDATE screening_facts SET certificate_number = NULL")
            lead = (await lead_ids(tx, parted, "attempt"))[0]
        cases = {"one": one, "other": other, "merged": merged, "into": into, "parted": parted, "lead": lead}
        self.at = {name: str(value) for name, value in cases.items()}
        desk = await self.world.desk(*INVESTIGATOR)
        await desk.post(f"/api/v1/cases/{one}/links", json={"other": str(into), **WHY})
        answer = await desk.post(f"/api/v1/cases/{merged}/merge", json={"into": str(into), **WHY})
        assert answer.status_code == 200, answer.text

    async def use(self, desk: httpx.AsyncClient, name: str, **headers: str) -> httpx.Response:
        """Go through a door as it is meant to be used."""
        method, _, path = name.partition(" ")
        cases = {"unmerge": "merged", "split": "parted"}
        case = self.at[cases.get(path.rpartition("/")[2], "one")]
        bodies: dict[str, Any] = {
            "links": {"other": self.at["other"], **WHY}, "merge": {"into": self.at["other"], **WHY}, "unmerge": WHY,
            "split": {"lead_ids": [self.at["lead"]], **WHY},
        }  # fmt: skip
        body = bodies.get(path.rpartition("/")[2]) if method == "POST" else None
        where = path.format(case_id=case, other_id=self.at["into"])
        return await desk.request(method, where, json=body, headers=headers)


@pytest.fixture
async def ground(world: World) -> Ground:
    """Cases that a test may do with as it likes."""
    ground = Ground(world)
    await ground.lay()
    return ground


every_door = pytest.mark.parametrize("name", sorted(BY_SHAPE))
writing = pytest.mark.parametrize("name", sorted(name for name in BY_SHAPE if not name.startswith("GET")))


@every_door
async def test_nobody_passes_without_signing_in(world: World, ground: Ground, name: str) -> None:
    answer = await ground.use(await world.stranger(), name)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@every_door
async def test_the_wrong_role_is_refused_and_the_attempt_is_on_the_trail(
    world: World, ground: Ground, name: str
) -> None:
    query = "SELECT count(*) FROM audit_entries WHERE officer = $1 AND error_code = 'not_permitted'"
    role = Role.CLERK if name.startswith("GET") else Role.PREFECTURE_ADMIN
    desk = await world.desk(role, make.WUHAN)
    officer = f"{role.value.replace('_', '-')}.{make.WUHAN}"
    before = await world.ask(query, officer)
    answer = await ground.use(desk, name)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert await world.ask(query, officer) == before + 1


@every_door
async def test_another_jurisdiction_sees_nothing_of_it(world: World, ground: Ground, name: str) -> None:
    answer = await ground.use(await world.desk(Role.LEAD_INVESTIGATOR, XIANGYANG), name)
    assert answer.status_code == 404, answer.text


@every_door
async def test_whom_it_is_for_passes_and_leaves_one_entry_on_the_trail(world: World, ground: Ground, name: str) -> None:
    desk = await world.desk(*INVESTIGATOR)
    last = await world.ask("SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1")
    answer = await ground.use(desk, name)
    assert answer.status_code == 200, answer.text
    async with world.database.transaction() as tx:
        rows = await tx.connection.fetch("SELECT succeeded, key FROM audit_entries WHERE id > $1", last)
    case = answer.json().get("id") or ground.at["one"]
    assert [tuple(row) for row in rows] == [(True, case)]


@writing
async def test_an_act_leaves_one_entry_on_the_timeline_of_either_case(world: World, ground: Ground, name: str) -> None:
    query = "SELECT array_agg(case_id) FROM case_entries WHERE seq > $1"
    last = await world.ask("SELECT max(seq) FROM case_entries")
    acted = (await ground.use(await world.desk(*INVESTIGATOR), name)).json()
    touched: list[UUID] = await world.ask(query, last)
    assert len(touched) == len(set(touched)) == 2
    assert UUID(acted["id"]) in touched


@writing
async def test_a_repeat_with_the_same_key_gets_the_same_answer(world: World, ground: Ground, name: str) -> None:
    desk = await world.desk(*INVESTIGATOR)
    key = {"Idempotency-Key": f"{name} {ground.at['one']}"}
    first, again = [await ground.use(desk, name, **key) for _ in range(2)]
    assert first.status_code == again.status_code == 200
    assert first.content == again.content


@writing
async def test_who_saw_another_version_is_told(world: World, ground: Ground, name: str) -> None:
    answer = await ground.use(await world.desk(*INVESTIGATOR), name, **{"If-Match": '"999"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")


@every_door
async def test_head_and_unknown_parameters(world: World, ground: Ground, name: str) -> None:
    desk = await world.desk(*INVESTIGATOR)
    method, _, path = name.partition(" ")
    if method == "GET":
        head = await ground.use(desk, f"HEAD {path}")
        assert (head.status_code, head.content) == (200, b"")
    strange = await ground.use(desk, f"{name}?numbr=1")
    assert strange.status_code == 422
    assert [error["code"] for error in strange.json()["errors"]] == ["parameter_unknown"]


async def test_an_auditor_reads_links_with_numbers_masked(world: World, ground: Ground) -> None:
    desk = await world.desk(*INVESTIGATOR)
    body = {"other": ground.at["other"], "reason": "与 X420100020 同批"}
    assert (await desk.post(f"/api/v1/cases/{ground.at['one']}/links", json=body)).status_code == 200
    auditor = await world.desk(Role.AUDITOR, make.WUHAN)
    answer = await auditor.get(f"/api/v1/cases/{ground.at['one']}/links")
    assert "X4201*****" in answer.text
    assert "X420100020" not in answer.text
    assert "X4207*****" in (await auditor.get(f"/api/v1/cases/{ground.at['one']}/related")).text


async def test_a_split_says_where_the_leads_are_now(world: World, ground: Ground) -> None:
    answer = await ground.use(await world.desk(*INVESTIGATOR), "POST /api/v1/cases/{case_id}/split")
    split = answer.json()
    assert split["is_new"]
    assert await world.ask("SELECT case_id FROM case_leads WHERE id = $1", ground.at["lead"]) == UUID(split["into"])


async def test_a_refusal_is_told_in_words(world: World, ground: Ground) -> None:
    desk = await world.desk(*INVESTIGATOR)
    name = "POST /api/v1/cases/{case_id}/links"
    await ground.use(desk, name)
    answer = await ground.use(desk, name)
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (
        409,
        "cases_linked",
        "两案已经关联。",
    )
