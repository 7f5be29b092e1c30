"""Every door, four times: nobody signed in, the wrong role, another jurisdiction, and whom it is for."""

import asyncio
import gc
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests import make
from tests.worlds import FUJIAN, XIANGYANG, World

from birthreg.access.models import Role
from birthreg.kernel.database import Transaction
from birthreg.verification.jobs import Files, verify_waiting_file
from birthreg.verification.service import Grammars

NUMBER = "X420100005"
OPEN = {
    "GET /health/live", "GET /health/ready", "GET /metrics", "GET /.well-known/birthreg/jwks.json",
    "POST /api/v1/sessions",
}  # fmt: skip
"""Doors that need no sign-in; `POST /api/v1/sessions` is sign-in itself."""

Person = tuple[Role, str]
Elsewhere = Callable[[httpx.Response], bool]


class Door(msgspec.Struct, kw_only=True):
    """A door, how it is used, and by whom."""

    name: str
    right: Person
    wrong: Role | None
    """A role that may not; None where everybody who is signed in may."""
    act: str = ""
    stranger: Person | None = None
    """An officer of the right role in another jurisdiction; None where the act crosses the country."""
    foreign: Elsewhere = lambda answer: answer.status_code == 404
    """What the stranger is told."""
    json: Any = None
    files: bool = False
    form: dict[str, str] = {}
    at: dict[str, str] = {}
    """Which thing stands in a place of the path, where it isn't the one named like the place."""


def is_empty_page(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.json()["items"] == []


def holds_no_officer_of_wuhan(answer: httpx.Response) -> bool:
    items = answer.json()["items"]
    return answer.status_code == 200 and not [row for row in items if row["organization"].startswith("4201")]


def shows_only_when_and_where(answer: httpx.Response) -> bool:
    life = answer.json()
    usage = life["usage"]
    hidden = (life["issuance"], life["lookups"], usage["registration_id"], usage["registration_reference"])
    return answer.status_code == 200 and hidden == (None, [], None, None)


def shows_no_use(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and not answer.json()["items"]


def is_left_to_the_province(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and answer.json()["code"] == "hold_outside_jurisdiction"


def names_the_issuer(answer: httpx.Response) -> bool:
    return answer.status_code == 422 and answer.json()["errors"][0]["code"] == "issuer_outside_scope"


CLERK = (Role.CLERK, make.WUCHANG)
ADMIN = (Role.PREFECTURE_ADMIN, make.WUHAN)
STRANGE_ADMIN = (Role.PREFECTURE_ADMIN, XIANGYANG)
AUDITOR = (Role.AUDITOR, make.WUHAN)
SECURITY = (Role.SECURITY_ADMIN, make.WUHAN)
STRANGE_SECURITY = (Role.SECURITY_ADMIN, XIANGYANG)
ISSUANCE = {
    "certificate_number": "X420100055", "issue_kind": 1, "issued_on": "2023-05-06", "child_name": "李安然",
    "child_sex": 2, "born_at": "2023-05-04T08:30:00+08:00", "issuer_name": "武汉市第一妇幼保健院",
    "issuer_division": "420106",
}  # fmt: skip

VOID = {
    "first": "X420107001", "reason": "stolen", "document_number": "武公通〔2024〕7号", "event_date": "2024-01-02",
}  # fmt: skip
OBJECTION = {
    "certificate_number": "X420100003", "objector": "王桂兰", "relation": "mother", "grounds": "从未遗失",
    "evidence": [],
}  # fmt: skip
APPROVAL = {"decision": "approve", "reason": "属实"}
BLACKLIST_DOORS = [
    Door(
        name="GET /api/v1/blacklist/entries/{entry_id}/versions", right=ADMIN, wrong=Role.CLERK, act="read_blacklist",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/blacklist/entries/{entry_id}/uses", right=ADMIN, wrong=Role.CLERK, act="read_blacklist",
        stranger=STRANGE_ADMIN, foreign=shows_no_use,
    ),
    Door(
        name="POST /api/v1/blacklist/previews", right=ADMIN, wrong=Role.CLERK, act="propose_blacklist",
        json={"first": "X420107000", "last": "X420107999"},
    ),
    Door(
        name="POST /api/v1/blacklist/proposals", right=ADMIN, wrong=Role.CLERK, act="propose_blacklist",
        json={"act": "add", **VOID},
    ),
    Door(
        name="POST /api/v1/blacklist/holds", right=ADMIN, wrong=Role.CLERK, act="propose_blacklist",
        stranger=(Role.PROVINCE_ADMIN, FUJIAN), foreign=is_left_to_the_province, json=VOID,
    ),
    Door(
        name="GET /api/v1/blacklist/proposals", right=ADMIN, wrong=Role.CLERK, act="read_blacklist",
        stranger=STRANGE_ADMIN, foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/blacklist/proposals/{proposal_id}", right=ADMIN, wrong=Role.CLERK, act="read_blacklist",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/blacklist/proposals/{proposal_id}/preview", right=ADMIN, wrong=Role.CLERK,
        act="read_blacklist", stranger=STRANGE_ADMIN,
    ),
    Door(
        name="POST /api/v1/blacklist/proposals/{proposal_id}/approval", right=ADMIN, wrong=Role.CLERK,
        act="decide_blacklist", stranger=STRANGE_ADMIN, json=APPROVAL,
    ),
    Door(
        name="POST /api/v1/blacklist/proposals/{proposal_id}/withdrawal", right=ADMIN, wrong=Role.CLERK,
        act="propose_blacklist", stranger=STRANGE_ADMIN, json={"reason": "写错"}, at={"proposal_id": "own_proposal_id"},
    ),
    Door(
        name="GET /api/v1/blacklist/announcements", right=CLERK, wrong=Role.SECURITY_ADMIN, act="read_announcements",
    ),
    Door(
        name="GET /api/v1/blacklist/announcements/{announcement_id}", right=CLERK, wrong=Role.SECURITY_ADMIN,
        act="read_announcements",
    ),
    Door(
        name="POST /api/v1/blacklist/announcements/{announcement_id}/acknowledgement", right=STRANGE_ADMIN,
        wrong=Role.CLERK, act="acknowledge_announcements", json={},
    ),
    Door(
        name="POST /api/v1/blacklist/entries/{entry_id}/objections", right=CLERK, wrong=Role.AUDITOR,
        act="raise_objections", json=OBJECTION,
    ),
    Door(
        name="GET /api/v1/blacklist/objections", right=ADMIN, wrong=Role.AUDITOR, act="read_objections",
        stranger=STRANGE_ADMIN, foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/blacklist/objections/{objection_id}", right=ADMIN, wrong=Role.AUDITOR,
        act="read_objections", stranger=STRANGE_ADMIN,
    ),
    Door(
        name="POST /api/v1/blacklist/objections/{objection_id}/decision", right=ADMIN, wrong=Role.CLERK,
        act="decide_blacklist", stranger=STRANGE_ADMIN,
        json={"decision": "reject", "reason": "证据不足", "document_number": "武公异〔2024〕7号"},
    ),
]  # fmt: skip

DOORS = [
    *BLACKLIST_DOORS,
    Door(name="DELETE /api/v1/sessions/current", right=CLERK, wrong=None),
    Door(name="POST /api/v1/sessions/current/renewal", right=CLERK, wrong=None),
    Door(
        name="POST /api/v1/verifications", right=CLERK, wrong=Role.AUDITOR, act="verify",
        json={"certificate_number": NUMBER, "purpose": "birth_registration"},
    ),
    Door(
        name="POST /api/v1/verifications/batch", right=CLERK, wrong=Role.SECURITY_ADMIN, act="verify_many",
        json={"purpose": "back_fill", "items": [{"certificate_number": NUMBER}]},
    ),
    Door(
        name="GET /api/v1/verifications/{lookup_id}", right=CLERK, wrong=Role.SECURITY_ADMIN, act="read_lookups",
        stranger=(Role.CLERK, make.FANCHENG),
    ),
    Door(
        name="POST /api/v1/verification-jobs", right=CLERK, wrong=Role.AUDITOR, act="verify_many", files=True,
        form={"purpose": "back_fill"},
    ),
    Door(
        name="GET /api/v1/verification-jobs/{job_id}", right=CLERK, wrong=Role.SECURITY_ADMIN, act="read_lookups",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/verification-jobs/{job_id}/result", right=CLERK, wrong=Role.SECURITY_ADMIN,
        act="read_lookups", stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/certificates/{number}", right=ADMIN, wrong=Role.AUDITOR, act="read_certificate",
        stranger=STRANGE_ADMIN, foreign=shows_only_when_and_where,
    ),
    Door(
        name="POST /api/v1/issuances", right=(Role.MACHINE_CLIENT, make.HUBEI), wrong=Role.CLERK,
        act="deliver_issuances", stranger=(Role.MACHINE_CLIENT, FUJIAN), foreign=names_the_issuer, json=ISSUANCE,
    ),
    Door(
        name="GET /api/v1/blacklist/entries", right=ADMIN, wrong=Role.CLERK, act="read_blacklist",
        stranger=STRANGE_ADMIN, foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/blacklist/entries/{entry_id}", right=ADMIN, wrong=Role.CLERK, act="read_blacklist",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="POST /api/v1/imports", right=ADMIN, wrong=Role.CLERK, act="import_usage", files=True,
        form={"kind": "usage"},
    ),
    Door(
        name="GET /api/v1/imports", right=ADMIN, wrong=Role.CLERK, act="read_imports", stranger=STRANGE_ADMIN,
        foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/imports/{import_id}", right=ADMIN, wrong=Role.CLERK, act="read_imports",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/imports/{import_id}/rejections", right=ADMIN, wrong=Role.CLERK, act="read_imports",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/audit/entries", right=AUDITOR, wrong=Role.PROVINCE_ADMIN, act="read_trail",
        stranger=(Role.AUDITOR, FUJIAN), foreign=holds_no_officer_of_wuhan,
    ),
    Door(name="GET /api/v1/audit/heads", right=AUDITOR, wrong=Role.SECURITY_ADMIN, act="read_trail"),
    Door(
        name="GET /api/v1/access/officers", right=SECURITY, wrong=Role.AUDITOR, act="read_officers",
        stranger=STRANGE_SECURITY, foreign=holds_no_officer_of_wuhan,
    ),
    Door(
        name="POST /api/v1/access/officers/{officer_id}/suspension", right=SECURITY, wrong=Role.PROVINCE_ADMIN,
        act="suspend_officers", stranger=STRANGE_SECURITY, json={"reason": "调离岗位"},
    ),
    Door(
        name="POST /api/v1/access/officers/{officer_id}/reinstatement", right=SECURITY, wrong=Role.CLERK,
        act="suspend_officers", stranger=STRANGE_SECURITY, json={"reason": "返岗"},
    ),
]  # fmt: skip

by_name = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)

CSV = b"certificate_number,used_at,organization\nX420100091,2024-05-01,420106510000\nbroken,,\n"


@pytest.fixture(scope="module")
async def places(world: World) -> dict[str, str]:
    """Identifiers of one thing behind each door, all of Wuhan."""
    async with world.database.transaction() as tx:
        await make.officer(tx, "clerk.suspended", organization=make.WUCHANG)
        await make.usage(tx, NUMBER, organization=make.WUCHANG, registration_id=UUID(int=5))
        await make.issuance(tx, NUMBER)
        entry = await make.listing(tx, "X420100003", organization=make.WUHAN)
        contested = await make.listing(tx, "X420100006", organization=make.WUHAN)
        announcement = await make.announcement(tx, entry)
    clerk, admin = await world.desk(*CLERK), await world.desk(*ADMIN)
    asked = {"certificate_number": NUMBER, "purpose": "birth_registration"}
    lookup = (await clerk.post("/api/v1/verifications", json=asked)).json()["id"]
    sent = await clerk.post("/api/v1/verification-jobs", data={"purpose": "audit"}, files={"file": ("a.csv", CSV)})
    kept = await admin.post("/api/v1/imports", data={"kind": "usage"}, files={"file": ("a.csv", CSV)})
    folder = world.settings.data_dir
    assert await verify_waiting_file(world.database, files=Files(folder / "files"), grammars=Grammars())
    assert kept.status_code == 202, kept.text
    return {
        **await blacklist_places(world, clerk, admin, contested=contested),
        "announcement_id": str(announcement),
        "lookup_id": lookup,
        "job_id": sent.json()["id"],
        "import_id": kept.json()["id"],
        "entry_id": str(entry),
        "number": NUMBER,
        "officer_id": "clerk.suspended",
    }


async def blacklist_places(
    world: World, clerk: httpx.AsyncClient, admin: httpx.AsyncClient, *, contested: UUID
) -> dict[str, str]:
    """A proposal of a colleague, one of the officer's own, and an objection."""
    await world.officer("colleague.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    colleague = await world.sign_in("colleague.wuhan")
    found = {}
    for name, desk, number in (("proposal_id", colleague, "X420107002"), ("own_proposal_id", admin, "X420107003")):
        body = {"act": "add", **VOID, "first": number}
        found[name] = (await desk.post("/api/v1/blacklist/proposals", json=body)).json()["proposal"]["id"]
    objection = OBJECTION | {"certificate_number": "X420100006"}
    received = await clerk.post(f"/api/v1/blacklist/entries/{contested}/objections", json=objection)
    return found | {"objection_id": received.json()["id"]}


Use = Callable[[httpx.AsyncClient, Door], Awaitable[httpx.Response]]


@pytest.fixture
def use(places: dict[str, str]) -> Use:
    """Go through a door."""

    async def go(desk: httpx.AsyncClient, door: Door) -> httpx.Response:
        method, _, path = door.name.partition(" ")
        files = {"file": ("numbers.csv", CSV)} if door.files else None
        content = None if door.json is None else json.dumps(door.json).encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        return await desk.request(
            method,
            path.format(**places | {name: places[one] for name, one in door.at.items()}),
            content=content,
            headers=headers,
            files=files,
            data=door.form or None,
        )

    return go


def test_every_door_is_tested(world: World) -> None:
    documented = {
        f"{method.upper()} {path}"
        for path, item in world.service.openapi_schema.to_schema()["paths"].items()
        for method in item
    }
    assert documented == OPEN | {door.name for door in DOORS}


@by_name
async def test_nobody_passes_without_signing_in(world: World, use: Use, door: Door) -> None:
    answer = await use(await world.stranger(), door)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("door", [door for door in DOORS if door.wrong], ids=lambda door: door.name)
async def test_the_wrong_role_is_refused_and_the_attempt_is_on_the_trail(world: World, use: Use, door: Door) -> None:
    assert door.wrong is not None
    desk = await world.desk(door.wrong, make.WUHAN)
    query = "SELECT count(*) FROM audit_entries WHERE officer = $1 AND act = $2 AND error_code = 'not_permitted'"
    officer = f"{door.wrong.value.replace('_', '-')}.{make.WUHAN}"
    before = await world.ask(query, officer, door.act)
    answer = await use(desk, door)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert await world.ask(query, officer, door.act) == before + 1


@pytest.mark.parametrize("door", [door for door in DOORS if door.stranger], ids=lambda door: door.name)
async def test_another_jurisdiction_sees_nothing_of_it(world: World, use: Use, door: Door) -> None:
    assert door.stranger is not None
    answer = await use(await world.desk(*door.stranger), door)
    assert door.foreign(answer), answer.text


@by_name
async def test_whom_it_is_for_passes(world: World, use: Use, door: Door) -> None:
    role, organization = door.right
    desk = await world.desk(role, organization)
    if "/sessions/current" in door.name:
        desk = await world.sign_in(f"{role.value}.{organization}")
    answer = await use(desk, door)
    assert answer.is_success, answer.text


async def test_what_was_seen_at_home_is_what_was_hidden_from_strangers(world: World, use: Use) -> None:
    """The strangers' empty pages mean something only where there is something to see."""
    pages = [door for door in DOORS if door.foreign in (is_empty_page, holds_no_officer_of_wuhan)]
    for door in pages:
        answer = await use(await world.desk(*door.right), door)
        assert [row for row in answer.json()["items"] if row["organization"].startswith("4201")], door.name
    life = (await use(await world.desk(*ADMIN), next(door for door in DOORS if "certificates" in door.name))).json()
    assert life["issuance"]["child_name"] == "李安然"
    assert life["usage"]["registration_id"]
    assert life["lookups"]


async def test_a_crowd_without_permission_hears_so_and_stops_nobody(world: World, use: Use) -> None:
    """A refusal is written while its request is open; together they must not wait for each other."""
    door = next(door for door in DOORS if door.act == "read_blacklist")
    desk = await world.desk(Role.CLERK, make.WUHAN)
    answers = await asyncio.gather(*(use(desk, door) for _ in range(30)))
    assert {answer.status_code for answer in answers} == {403}


async def test_who_is_not_let_in_keeps_no_connection(world: World, use: Use) -> None:
    """Also before the garbage collector comes by."""
    door = next(door for door in DOORS if door.act == "read_officers")
    stranger, desk = await world.stranger(), await world.desk(*SECURITY)
    await world.officer("security.left", role=Role.SECURITY_ADMIN)
    left = await world.sign_in("security.left")
    await left.delete("/api/v1/sessions/current")
    gc.disable()
    try:
        refused = [await use(one, door) for one in [stranger, left] * 15]
        answer = await use(desk, door)
    finally:
        gc.enable()
    assert {refusal.status_code for refusal in refused} == {401}
    assert answer.status_code == 200


async def end_who_waits(tx: Transaction) -> None:
    """End the connection that waits for a lock in this database, once there is one."""
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE NOT granted AND datname = current_database()"
    )
    async with asyncio.timeout(30):
        while not await tx.connection.fetchval(query):  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0.01)


async def test_a_connection_lost_on_the_way_is_told_as_such(world: World, use: Use) -> None:
    door = next(door for door in DOORS if door.act == "read_officers")
    desk = await world.desk(*SECURITY)
    async with world.database.transaction() as tx:
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        await tx.connection.execute("LOCK TABLE organizations IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.create_task(use(desk, door))
        await end_who_waits(tx)
        answer = await waiting
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.json()["retryable"]
