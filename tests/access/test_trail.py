"""Every act that writes leaves exactly one entry on the trail; a look-up is its own."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from tests import make
from tests.worlds import World

from birthreg.access import service as access
from birthreg.access.models import Role
from birthreg.kernel.database import Transaction

ISSUANCE = {
    "certificate_number": "X420100056",
    "issue_kind": 1,
    "issued_on": "2023-05-06",
    "child_name": "李安然",
    "child_sex": 2,
    "born_at": "2023-05-04T08:30:00+08:00",
    "issuer_name": "武汉市第一妇幼保健院",
    "issuer_division": "420106",
}
FILE = {"file": ("numbers.csv", b"certificate_number,used_at,organization\n")}
SECURITY = (Role.SECURITY_ADMIN, make.WUHAN)

Act = Callable[[World], Awaitable[httpx.Response]]


async def sign_in(world: World) -> httpx.Response:
    await world.officer("clerk.one")
    stranger = await world.stranger()
    return await stranger.post("/api/v1/sessions", json={"officer_id": "clerk.one", "password": make.PASSWORD})


async def fail_to_sign_in(world: World) -> httpx.Response:
    await world.officer("clerk.two")
    stranger = await world.stranger()
    return await stranger.post("/api/v1/sessions", json={"officer_id": "clerk.two", "password": "wrong password"})


async def sign_in_unknown(world: World) -> httpx.Response:
    stranger = await world.stranger()
    return await stranger.post("/api/v1/sessions", json={"officer_id": "nobody", "password": "wrong password"})


async def sign_out(world: World) -> httpx.Response:
    await world.officer("clerk.three")
    desk = await world.sign_in("clerk.three")
    return await desk.delete("/api/v1/sessions/current")


def posting(path: str, person: tuple[Role, str], **content: Any) -> Act:
    async def act(world: World) -> httpx.Response:
        return await (await world.desk(*person)).post(path, **content)

    return act


async def suspend(world: World) -> httpx.Response:
    await world.officer("clerk.four")
    desk = await world.desk(*SECURITY)
    return await desk.post("/api/v1/access/officers/clerk.four/suspension", json={"reason": "调离岗位"})


async def reinstate(world: World) -> httpx.Response:
    desk = await world.desk(*SECURITY)
    return await desk.post("/api/v1/access/officers/clerk.four/reinstatement", json={"reason": "返岗"})


ACTS = [
    pytest.param(sign_in, "sign_in", True, id="sign in"),
    pytest.param(fail_to_sign_in, "sign_in", False, id="fail to sign in"),
    pytest.param(sign_in_unknown, "sign_in", False, id="sign in as nobody known"),
    pytest.param(sign_out, "sign_out", True, id="sign out"),
    pytest.param(suspend, "suspend_officer", True, id="suspend"),
    pytest.param(reinstate, "reinstate_officer", True, id="reinstate"),
    pytest.param(
        posting("/api/v1/issuances", (Role.MACHINE_CLIENT, make.HUBEI), json=ISSUANCE),
        "deliver_issuances",
        True,
        id="deliver one",
    ),
    pytest.param(
        posting(
            "/api/v1/issuances",
            (Role.MACHINE_CLIENT, make.HUBEI),
            json=[ISSUANCE | {"certificate_number": f"X4201001{place:02d}"} for place in range(10)],
        ),
        "deliver_issuances",
        True,
        id="deliver ten",
    ),
    pytest.param(
        posting(
            "/api/v1/verification-jobs", (Role.CLERK, make.WUCHANG), data={"purpose": "back_fill"}, files=FILE
        ),
        "send_file",
        True,
        id="send a file to verify",
    ),
    pytest.param(
        posting(
            "/api/v1/imports", (Role.PREFECTURE_ADMIN, make.WUHAN), data={"kind": "usage"}, files=FILE
        ),
        "start_import",
        True,
        id="send a file to import",
    ),
]  # fmt: skip

PREPARATION = ("admit_officer", "sign_in")
"""What a test may do before its act: there must be an officer, and somebody signed in."""


@pytest.mark.parametrize(("act", "name", "succeeded"), ACTS)
async def test_an_act_that_writes_leaves_one_entry(world: World, act: Act, name: str, succeeded: bool) -> None:
    start = await world.ask("SELECT clock_timestamp()")
    answer = await act(world)
    assert answer.is_success is succeeded, answer.text
    query = "SELECT array_agg((act, succeeded) ORDER BY id) FROM audit_entries WHERE recorded_at > $1"
    left = [entry for entry in await world.ask(query, start) if entry[0] == name or entry[0] not in PREPARATION]
    assert left == [(name, succeeded)]


async def test_a_look_up_is_its_own_record(world: World) -> None:
    desk = await world.desk()
    entries = await world.ask("SELECT count(*) FROM audit_entries")
    lookups = await world.ask("SELECT count(*) FROM lookups")
    question = {"certificate_number": "X420100001", "purpose": "birth_registration"}
    await desk.post("/api/v1/verifications", json=question)
    await desk.post(
        "/api/v1/verifications/batch", json={"purpose": "audit", "items": [{"certificate_number": "?"}] * 3}
    )
    assert await world.ask("SELECT count(*) FROM audit_entries") == entries
    assert await world.ask("SELECT count(*) FROM lookups") == lookups + 4


async def test_a_repeated_delivery_under_one_key_is_one_act(world: World) -> None:
    machine = await world.desk(Role.MACHINE_CLIENT, make.HUBEI)
    counted = "SELECT count(*) FROM audit_entries WHERE act = 'deliver_issuances'"
    before = await world.ask(counted)
    for _ in range(3):
        answer = await machine.post("/api/v1/issuances", json=ISSUANCE, headers={"Idempotency-Key": "once"})
        assert answer.is_success
    assert await world.ask(counted) == before + 1


async def test_reading_a_number_and_reading_the_trail_are_on_the_trail(world: World) -> None:
    admin, auditor = await world.desk(Role.PREFECTURE_ADMIN, make.WUHAN), await world.desk(Role.AUDITOR, make.WUHAN)
    counted = "SELECT count(*) FROM audit_entries WHERE act = $1"
    for desk, path, act in (
        (admin, "/api/v1/certificates/X420100001", "read_certificate"),
        (auditor, "/api/v1/audit/entries", "read_trail"),
    ):
        before = await world.ask(counted, act)
        assert (await desk.get(path)).is_success
        assert await world.ask(counted, act) == before + 1


async def test_what_an_operator_does_to_officers_is_on_the_trail(tx: Transaction) -> None:
    await make.officer(tx, "clerk.one")
    await access.reset_officer(tx, officer="clerk.one", password="another password", second_factor=False)
    rows = await tx.connection.fetch("SELECT officer, act, key, organization FROM audit_entries ORDER BY id")
    # The auditors of the officer's organisation see what the operator did.
    assert [tuple(row) for row in rows] == [
        ("operator", "admit_officer", "clerk.one", make.WUCHANG),
        ("operator", "reset_officer", "clerk.one", make.WUCHANG),
    ]


@pytest.mark.parametrize("field", ["since", "until"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2024-05-01T00:00:00"])
async def test_a_moment_that_cannot_be_reckoned_with_is_told(world: World, field: str, moment: str) -> None:
    auditor = await world.desk(Role.AUDITOR, make.WUHAN)
    answer = await auditor.get("/api/v1/audit/entries", params={field: moment})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_the_first_administrator_is_admitted_once_and_on_the_trail(tx: Transaction) -> None:
    password = await access.ensure_first_administrator(tx)
    assert password
    assert await access.ensure_first_administrator(tx) is None
    acts = await tx.connection.fetch("SELECT act, key FROM audit_entries")
    assert [tuple(row) for row in acts] == [("admit_officer", "security")]


async def test_the_trail_holds_no_password(world: World) -> None:
    await fail_to_sign_in_with(world, "clerk.two", "a secret word")
    rows = await world.ask("SELECT json_agg(audit_entries)::text FROM audit_entries")
    assert "a secret word" not in rows
    assert make.PASSWORD not in rows
    assert json.loads(rows)


async def fail_to_sign_in_with(world: World, officer: str, password: str) -> None:
    stranger = await world.stranger()
    await stranger.post("/api/v1/sessions", json={"officer_id": officer, "password": password})
