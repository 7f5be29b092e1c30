"""Every door that takes pictures, four times: nobody signed in, the wrong role, another jurisdiction, the right one."""

import httpx
import msgspec
import numpy as np
import pytest
from tests import make
from tests.cases.held import CASES, Desks
from tests.documents.doors import face, photo_of, png
from tests.registrations.desks import over_six, register
from tests.worlds import XIANGYANG, World

from birthreg.access.models import Role

DOCUMENTS = "/api/v1/documents"
PURPOSE = {"purpose": "investigation"}
PLAIN = np.full((300, 400, 3), 250, np.uint8)


class Door(msgspec.Struct, kw_only=True):
    """A door, what is sent, and for whom it is."""

    path: str
    right: Role
    wrong: Role
    act: str
    sends: tuple[str, ...] = ("file",)
    form: dict[str, str] = {}
    what: str = "paper"
    status: int = 200
    trail: tuple[str, ...] = ()
    """What it leaves on the trail; what a verification leaves stands in its own record."""


DOORS = [
    Door(
        path=f"{DOCUMENTS}/readings", right=Role.CLERK, wrong=Role.AUDITOR, act="read_papers", form=PURPOSE,
        status=201, trail=("read_paper",),
    ),
    Door(
        path=f"{DOCUMENTS}/paper-comparisons", right=Role.CLERK, wrong=Role.MACHINE_CLIENT, act="read_papers",
        sends=("first", "second"), what="picture", trail=("compare_papers",),
    ),
    Door(
        path=f"{DOCUMENTS}/face-comparisons", right=Role.CLERK, wrong=Role.AUDITOR, act="compare_faces",
        sends=("first", "second"), what="face", status=201, trail=("compare_faces",),
    ),
    Door(
        path=f"{DOCUMENTS}/face-searches", right=Role.INVESTIGATOR, wrong=Role.CLERK, act="search_faces",
        form=PURPOSE, what="face", trail=("search_faces",),
    ),
]  # fmt: skip

by_path = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.path.rpartition("/")[2])


async def use(desk: httpx.AsyncClient, door: Door, content: bytes = b"x") -> httpx.Response:
    files = dict.fromkeys(door.sends, ("p.jpg", content))
    return await desk.post(door.path, files=files, data=door.form)


@by_path
async def test_nobody_passes_without_signing_in(world: World, door: Door) -> None:
    answer = await use(await world.stranger(), door)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@by_path
async def test_the_wrong_role_is_refused_and_the_attempt_is_on_the_trail(world: World, door: Door) -> None:
    desk = await world.desk(door.wrong, make.WUHAN)
    query = "SELECT count(*) FROM audit_entries WHERE officer = $1 AND act = $2 AND error_code = 'not_permitted'"
    officer = f"{door.wrong.value.replace('_', '-')}.{make.WUHAN}"
    before = await world.ask(query, officer, door.act)
    answer = await use(desk, door)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert await world.ask(query, officer, door.act) == before + 1


@by_path
async def test_whom_it_is_for_passes_and_leaves_one_entry_on_the_trail(world: World, door: Door) -> None:
    desk = await world.desk(door.right, make.WUCHANG if door.right is Role.CLERK else make.WUHAN)
    last = await world.ask("SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1")
    contents = {"paper": photo_of, "picture": lambda: png(PLAIN), "face": lambda: face(1)}
    answer = await use(desk, door, contents[door.what]())
    assert answer.status_code == door.status, answer.text
    async with world.database.transaction() as tx:
        rows = await tx.connection.fetch("SELECT act, succeeded FROM audit_entries WHERE id > $1", last)
    assert [tuple(row) for row in rows] == [(act, True) for act in door.trail]


@by_path
async def test_a_query_parameter_that_a_door_does_not_know_is_named(world: World, door: Door) -> None:
    desk = await world.desk(door.right, make.WUHAN)
    answer = await use(desk, msgspec.structs.replace(door, path=f"{door.path}?numbr=1"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "numbr")


async def test_a_child_registered_twice_is_found_inside_the_jurisdiction_alone(world: World) -> None:
    clerk = await world.desk(Role.CLERK, make.WUCHANG)
    held = (await register(clerk, over_six("Z420109601"))).json()["id"]
    keeping, files = f"/api/v1/registrations/{held}/face", {"file": ("p.png", face(2))}
    assert (await (await world.stranger()).post(keeping, files=files)).status_code == 401
    assert (await (await world.desk(Role.AUDITOR, make.WUHAN)).post(keeping, files=files)).status_code == 403
    kept = await clerk.post(keeping, files=files)
    assert kept.status_code == 201, kept.text
    search = Door(path=f"{DOCUMENTS}/face-searches", right=Role.INVESTIGATOR, wrong=Role.CLERK, act="", form=PURPOSE)
    again = face(2, other=True)
    answer = await use(await world.desk(Role.INVESTIGATOR, make.WUHAN), search, again)
    (hit,) = answer.json()["hits"]
    assert (hit["registration_id"], hit["comparison"]["band"]) == (held, "strong")
    assert "未经儿童数据校准" in answer.json()["note"]
    elsewhere = await use(await world.desk(Role.INVESTIGATOR, XIANGYANG), search, again)
    assert elsewhere.json()["hits"] == []
    desk = await world.desk(Role.CLERK, make.FANCHENG)
    foreign = await desk.post(keeping, files=files)
    assert foreign.status_code == 404
    assert "embedding" not in answer.text


async def test_two_pieces_of_evidence_are_compared_and_each_is_looked_at_on_the_timeline(world: World) -> None:
    desks = Desks(world, series="Z4237")
    case = await desks.case()
    first, second = photo_of("X420100001"), photo_of("X420100771")
    sent = [await desks.bring(case, content, "证件.jpg") for content in (first, second)]
    brought = [answer.json()["evidence"]["id"] for answer in sent]
    pair = {"first": brought[0], "second": brought[1]}
    path = f"{CASES}/{case}/evidence/comparisons"
    entries = "SELECT count(*) FROM case_entries WHERE case_id = $1 AND act = 'evidence_view'"
    before = await world.ask(entries, case)
    assert (await (await world.stranger()).post(path, json=pair)).status_code == 401
    assert (await (await world.desk(Role.AUDITOR, make.WUHAN)).post(path, json=pair)).status_code == 403
    assert (await (await world.desk(Role.INVESTIGATOR, XIANGYANG)).post(path, json=pair)).status_code == 404
    answer = await (await world.desk(Role.INVESTIGATOR, make.WUHAN)).post(path, json=pair)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["aligned"] is True
    assert {found["first"]["value"], found["second"]["value"]} == {"X420100001", "X420100771"}
    assert "number" in {region["kind"] for region in found["regions"]}
    assert found["regions"][0]["first"].startswith("data:image/png;base64,")
    assert await world.ask(entries, case) == before + 2
