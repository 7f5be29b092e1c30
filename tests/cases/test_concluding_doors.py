"""The doors on the way to the end of a case: nobody, the wrong role, another jurisdiction, the right one."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests import make
from tests.cases.held import CASES, PNG, REASON, Desks
from tests.worlds import XIANGYANG, World

from birthreg.access.models import Role

STEP = {"step": "desk_asked", "done": True}
APPROVE = {"decision": "approve", **REASON}
CLEARED = {"outcome": "cleared", **REASON}


class Door(msgspec.Struct, kw_only=True):
    """A door, what is sent, for whom it is, and where its case has to stand."""

    method: str
    path: str
    right: Role
    wrong: Role
    act: str
    begin: str = "held"
    json: Any = None
    files: bool = False
    leaves: str | None = None
    """The act that it leaves on the timeline; reading alone leaves none."""


DOORS = [
    Door(method="GET", path="steps", right=Role.INVESTIGATOR, wrong=Role.CLERK, act="read_cases"),
    Door(
        method="POST", path="steps", right=Role.INVESTIGATOR, wrong=Role.PREFECTURE_ADMIN, act="work_cases", json=STEP,
        leaves="step",
    ),
    Door(
        method="POST", path="evidence", right=Role.INVESTIGATOR, wrong=Role.AUDITOR, act="work_cases", files=True,
        leaves="evidence",
    ),
    Door(method="GET", path="evidence", right=Role.AUDITOR, wrong=Role.SECURITY_ADMIN, act="read_cases"),
    Door(
        method="GET", path="evidence/{evidence}", right=Role.INVESTIGATOR, wrong=Role.AUDITOR, act="work_cases",
        leaves="evidence_view",
    ),
    Door(
        method="POST", path="conclusion", right=Role.INVESTIGATOR, wrong=Role.PROVINCE_ADMIN, act="work_cases",
        begin="ticked", json=CLEARED, leaves="conclusion",
    ),
    Door(
        method="POST", path="confirmation", right=Role.LEAD_INVESTIGATOR, wrong=Role.INVESTIGATOR, act="lead_cases",
        begin="concluding", json=APPROVE, leaves="confirmation",
    ),
    Door(
        method="POST", path="confirmation", right=Role.LEAD_INVESTIGATOR, wrong=Role.CLERK, act="lead_cases",
        begin="concluding", json={"decision": "refuse", **REASON}, leaves="rejection",
    ),
    Door(
        method="POST", path="withdrawal", right=Role.INVESTIGATOR, wrong=Role.PREFECTURE_ADMIN, act="work_cases",
        begin="concluding", json=REASON, leaves="withdrawal",
    ),
    Door(
        method="POST", path="reopening", right=Role.LEAD_INVESTIGATOR, wrong=Role.INVESTIGATOR, act="lead_cases",
        begin="referred", json=REASON, leaves="reopening",
    ),
    Door(
        method="GET", path="dossier", right=Role.LEAD_INVESTIGATOR, wrong=Role.PROVINCE_ADMIN, act="work_cases",
        begin="referred", leaves="dossier",
    ),
]  # fmt: skip

by_name = pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method} {door.leaves or door.path}")


@pytest.fixture
def desks(world: World) -> Desks:
    return Desks(world, series="Z4234")


class Ready(msgspec.Struct):
    """A case that stands where a door begins, with a piece of evidence."""

    case: UUID
    evidence: str


Prepare = Callable[[Door], Awaitable[Ready]]


@pytest.fixture
def prepare(desks: Desks) -> Prepare:
    """Bring a case to where a door begins."""

    async def bring(door: Door) -> Ready:
        case = await desks.case()
        evidence = (await desks.bring(case, PNG + case.bytes)).json()["evidence"]["id"]
        if door.begin == "ticked":
            await desks.tick_all(case)
        elif door.begin == "concluding":
            await desks.conclude(case)
        elif door.begin == "referred":
            await desks.close(case, "referred")
        return Ready(case, evidence)

    return bring


async def use(desk: httpx.AsyncClient, door: Door, ready: Ready, query: str = "") -> httpx.Response:
    path = door.path.format(evidence=ready.evidence)
    files = {"file": ("b.png", PNG + ready.case.bytes + b"b")} if door.files else None
    return await desk.request(door.method, f"{CASES}/{ready.case}/{path}{query}", json=door.json, files=files)


def test_every_door_of_these_controllers_is_tried(world: World) -> None:
    paths = world.service.openapi_schema.to_schema()["paths"]
    ours = (
        "steps", "evidence", "evidence/{evidence_id}", "conclusion", "confirmation", "withdrawal", "reopening",
        "dossier",
    )  # fmt: skip
    there = {(method.upper(), path) for path in ours for method in paths[f"{CASES}/{{case_id}}/{path}"]}
    assert there == {(door.method, door.path.replace("{evidence}", "{evidence_id}")) for door in DOORS}


@by_name
async def test_nobody_passes_without_signing_in(world: World, prepare: Prepare, door: Door) -> None:
    answer = await use(await world.stranger(), door, await prepare(door))
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@by_name
async def test_the_wrong_role_is_refused_and_the_attempt_is_on_the_trail(
    world: World, prepare: Prepare, door: Door
) -> None:
    desk = await world.desk(door.wrong, make.WUHAN)
    query = "SELECT count(*) FROM audit_entries WHERE officer = $1 AND act = $2 AND error_code = 'not_permitted'"
    officer = f"{door.wrong.value.replace('_', '-')}.{make.WUHAN}"
    before = await world.ask(query, officer, door.act)
    answer = await use(desk, door, await prepare(door))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert await world.ask(query, officer, door.act) == before + 1


@by_name
async def test_another_jurisdiction_sees_nothing_of_it(world: World, prepare: Prepare, door: Door) -> None:
    answer = await use(await world.desk(door.right, XIANGYANG), door, await prepare(door))
    assert answer.status_code == 404


@by_name
async def test_whom_it_is_for_passes_and_leaves_one_entry_on_timeline_and_trail(
    world: World, prepare: Prepare, door: Door
) -> None:
    ready = await prepare(door)
    desk = await world.desk(door.right, make.WUHAN)
    entries = await world.ask("SELECT count(*) FROM case_entries WHERE case_id = $1", ready.case)
    last = await world.ask("SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1")
    answer = await use(desk, door, ready)
    assert answer.is_success, answer.text
    new = await world.ask("SELECT count(*) FROM case_entries WHERE case_id = $1", ready.case) - entries
    assert new == (0 if door.leaves is None else 1)
    async with world.database.transaction() as tx:
        rows = await tx.connection.fetch("SELECT act, succeeded, key FROM audit_entries WHERE id > $1", last)
    expected = door.act if door.leaves is None else f"case_{door.leaves}"
    assert [tuple(row) for row in rows] == [(expected, True, str(ready.case))]


@by_name
async def test_a_query_parameter_that_a_door_does_not_know_is_named(world: World, prepare: Prepare, door: Door) -> None:
    answer = await use(await world.desk(door.right, make.WUHAN), door, await prepare(door), "?numbr=1")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "numbr")


@pytest.mark.parametrize("door", [door for door in DOORS if door.method == "POST"], ids=lambda door: door.leaves)
async def test_a_stale_tag_changes_nothing(world: World, prepare: Prepare, door: Door) -> None:
    ready = await prepare(door)
    desk = await world.desk(door.right, make.WUHAN)
    desk.headers["If-Match"] = '"99"'
    try:
        answer = await use(desk, door, ready)
    finally:
        del desk.headers["If-Match"]
    assert answer.status_code == 412
