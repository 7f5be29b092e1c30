"""The doors of verification, as a desk uses them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest
from tests import make
from tests.conftest import SignIn

from birthreg.access.models import Role
from birthreg.app import Service
from birthreg.kernel.database import Database
from birthreg.kernel.keys import list_public_keys
from birthreg.kernel.public_keys import Purpose, SignatureWrong, verify_jws
from birthreg.verification.models import Attestation
from birthreg.verification.receipts import RECEIPT_TYPE

VERIFY = "/api/v1/verifications"


def question(number: str = "X420100001", **more: Any) -> dict[str, Any]:
    return {"certificate_number": number, "purpose": "birth_registration"} | more


async def test_an_unknown_number_is_clear_and_may_register(sign_in: SignIn) -> None:
    desk = await sign_in()
    verdict = (await desk.post(VERIFY, json=question())).json()
    assert (verdict["verdict"], verdict["may_register"], verdict["reasons"]) == ("clear", True, [])
    assert verdict["next_step"] == "可以办理登记。"


async def test_a_used_number_is_refused_even_across_provinces(sign_in: SignIn, database: Database) -> None:
    async with database.transaction() as tx:
        await make.usage(tx, "X420100002", organization="350100510000", registration_id=None)
    desk = await sign_in()
    verdict = (await desk.post(VERIFY, json=question("X420100002"))).json()
    assert (verdict["verdict"], verdict["may_register"]) == ("used", False)
    assert verdict["usage"]["organization"] == "350100510000"
    assert verdict["usage"]["registration_id"] is None


async def test_the_registration_behind_a_use_is_shown_inside_the_jurisdiction_alone(
    sign_in: SignIn, database: Database
) -> None:
    registration = "01900000-0000-7000-8000-000000000001"
    async with database.transaction() as tx:
        await make.usage(tx, "X420100002", organization=make.FANCHENG, registration_id=registration)
    stranger = await sign_in("clerk.wuchang")
    owner = await sign_in("clerk.fancheng", organization=make.FANCHENG)
    foreign = (await stranger.post(VERIFY, json=question("X420100002"))).json()
    own = (await owner.post(VERIFY, json=question("X420100002"))).json()
    assert foreign["usage"]["registration_id"] is None
    assert own["usage"]["registration_id"] == registration


@pytest.mark.parametrize("number", ["X420100003", "X420100010", "X420100015", "X420100019"])
async def test_a_listed_number_is_refused_alone_and_inside_a_range(
    sign_in: SignIn, database: Database, number: str
) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, "X420100003")
        await make.listing(tx, "X420100010", "X420100019", reason="voided")
    desk = await sign_in()
    verdict = (await desk.post(VERIFY, json=question(number))).json()
    assert (verdict["verdict"], verdict["may_register"]) == ("blacklisted", False)
    assert verdict["blacklist"]["document_number"] == "武公通〔2024〕1号"
    assert verdict["blacklist"]["listed_by_name"] == "武汉市公安局"


@pytest.mark.parametrize("number", ["X420100009", "X420100020"])
async def test_a_number_beside_a_range_is_clear(sign_in: SignIn, database: Database, number: str) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, "X420100010", "X420100019")
    desk = await sign_in()
    assert (await desk.post(VERIFY, json=question(number))).json()["verdict"] == "clear"


async def test_a_number_that_awaits_approval_is_reserved(sign_in: SignIn, database: Database) -> None:
    async with database.transaction() as tx:
        await make.usage(tx, "X420100004", reserved=True)
    desk = await sign_in()
    assert (await desk.post(VERIFY, json=question("X420100004"))).json()["verdict"] == "reserved"


async def test_a_certificate_issued_to_another_child_is_a_mismatch(sign_in: SignIn, database: Database) -> None:
    async with database.transaction() as tx:
        await make.issuance(tx, "X420100005")
    desk = await sign_in()
    paper = {"child_name": "张三", "child_sex": 1, "born_at": "2022-01-01", "mother_name": "李四"}
    verdict = (await desk.post(VERIFY, json=question("X420100005", certificate=paper))).json()
    assert verdict["verdict"] == "mismatch"
    assert {reason["code"] for reason in verdict["reasons"]} >= {
        "certificate_child_differs",
        "certificate_sex_differs",
        "certificate_birth_date_differs",
        "certificate_mother_differs",
    }


async def test_a_certificate_that_agrees_with_its_record_is_clear(sign_in: SignIn, database: Database) -> None:
    async with database.transaction() as tx:
        await make.issuance(tx, "X420100005")
    desk = await sign_in()
    paper = {"child_name": "李 安然", "child_sex": 2, "born_at": "2023-05-04", "mother_name": "王桂兰"}
    verdict = (await desk.post(VERIFY, json=question("X420100005", certificate=paper))).json()
    assert verdict["verdict"] == "clear"
    assert [reason["code"] for reason in verdict["reasons"]] == ["certificate_matches"]


async def test_all_reasons_are_told_and_the_strongest_decides(sign_in: SignIn, database: Database) -> None:
    async with database.transaction() as tx:
        await make.usage(tx, "X420100003")
        await make.listing(tx, "X420100003")
    desk = await sign_in()
    verdict = (await desk.post(VERIFY, json=question("X420100003"))).json()
    assert verdict["verdict"] == "blacklisted"
    assert [reason["code"] for reason in verdict["reasons"]] == ["number_blacklisted", "number_used"]


async def test_a_malformed_number_is_explained_position_by_position(sign_in: SignIn) -> None:
    desk = await sign_in()
    answer = await desk.post(VERIFY, json=question("X42O100001"))
    verdict = answer.json()
    assert (answer.status_code, verdict["verdict"], verdict["certificate_number"]) == (200, "malformed", None)
    assert verdict["reasons"][0]["message"] == "第 4 位应为数字,现为字母“O”。"


@pytest.mark.parametrize(
    "typed", ["x420100001", "X４２０１００００１", " X-420 100 001 ", "Ｘ420100001", "X420100001\u200b"]
)
async def test_what_people_and_scanners_type_is_understood_and_kept(sign_in: SignIn, typed: str) -> None:
    desk = await sign_in()
    verdict = (await desk.post(VERIFY, json=question(typed))).json()
    assert (verdict["certificate_number"], verdict["typed"], verdict["verdict"]) == ("X420100001", typed, "clear")


async def test_reasons_and_next_step_are_told_in_english_too(sign_in: SignIn, database: Database) -> None:
    async with database.transaction() as tx:
        await make.usage(tx, "X420100002")
    desk = await sign_in()
    answer = await desk.post(VERIFY, json=question("X420100002"), headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert answer.json()["reasons"][0]["message"].startswith("This number was used on 2024-06-01")


async def test_every_look_up_is_recorded_also_the_malformed(sign_in: SignIn, database: Database) -> None:
    desk = await sign_in()
    for number in ("X420100001", "nonsense"):
        await desk.post(VERIFY, json=question(number, reference="R 7"))
    async with database.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT typed, certificate_number, verdict, reference FROM lookups ORDER BY id"
        )
    assert [tuple(row) for row in rows] == [
        (None, "X420100001", "clear", "R 7"),
        ("nonsense", None, "malformed", "R 7"),
    ]


async def test_a_look_up_is_found_again_as_it_was_answered(sign_in: SignIn, database: Database) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, "X420100003")
    desk = await sign_in()
    answered = (await desk.post(VERIFY, json=question("x420100003", reference="R 7"))).json()
    found = (await desk.get(f"{VERIFY}/{answered['id']}")).json()
    assert found == answered


async def test_a_look_up_of_another_officer_is_not_found(sign_in: SignIn) -> None:
    desk, neighbour = await sign_in("clerk.wuchang"), await sign_in("clerk.other")
    answered = (await desk.post(VERIFY, json=question())).json()
    assert (await neighbour.get(f"{VERIFY}/{answered['id']}")).status_code == 404


async def test_a_receipt_holds_offline_and_a_changed_one_does_not(sign_in: SignIn, database: Database) -> None:
    desk = await sign_in()
    verdict = (await desk.post(VERIFY, json=question())).json()
    async with database.transaction() as tx:
        keys = await list_public_keys(tx)
    payload = verify_jws(verdict["receipt"], keys, type=RECEIPT_TYPE, purpose=Purpose.RECEIPT)
    attested = msgspec.json.decode(payload, type=Attestation)
    assert (str(attested.jti), attested.verdict, attested.officer) == (verdict["id"], "clear", "clerk.wuchang")
    header, body, signature = verdict["receipt"].split(".")
    changed = body[:-5] + ("A" if body[-5] != "A" else "B") + body[-4:]
    with pytest.raises(SignatureWrong):
        verify_jws(f"{header}.{changed}.{signature}", keys, type=RECEIPT_TYPE, purpose=Purpose.RECEIPT)


async def test_the_hot_door_and_the_documented_door_give_the_same_answers(app: Service, sign_in: SignIn) -> None:
    """The router behind the hot door is reached under a path that only the router takes."""
    desk = await sign_in()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as plain:
        plain.headers = desk.headers
        for body in (question("X42O100001"), question(purpose="nonsense"), {"purpose": "audit"}, question(extra=1)):
            hot = await plain.post(VERIFY, json=body)
            documented = await plain.post(VERIFY + "/", json=body)
            assert hot.status_code == documented.status_code
            assert stable(hot.json()) == stable(documented.json())


def stable(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in ("id", "as_of", "receipt", "request_id")}


Send = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "not_json"),
        (b"{", 400, "not_json"),
        (b'{"certificate_number": "\xff"}', 400, "not_json"),
        (b"[]", 422, "fields_wrong"),
        (b'{"certificate_number": "X420100001"}', 422, "fields_wrong"),
        (b'{"certificate_number": "X420100001", "purpose": "curiosity"}', 422, "fields_wrong"),
        (json.dumps(question("X" * 65)).encode(), 422, "fields_wrong"),
        (b" " * 70_000, 413, "too_large"),
    ],
)
async def test_bad_input_is_told_with_a_stable_code(sign_in: SignIn, content: bytes, status: int, code: str) -> None:
    desk = await sign_in()
    answer = await desk.post(VERIFY, content=content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["remedy"]


@pytest.mark.parametrize(
    ("field", "value"), [("born_at", "2023-02-30"), ("born_at", "2023-05-04T25:00"), ("child_sex", 3)]
)
async def test_a_paper_with_an_impossible_day_or_sex_is_refused_though_no_record_of_issue_is_there_to_differ(
    sign_in: SignIn, field: str, value: str | int
) -> None:
    desk = await sign_in()
    answer = await desk.post(VERIFY, json=question(certificate={field: value}))
    assert answer.status_code == 422
    assert [wrong["field"] for wrong in answer.json()["errors"]] == [f"certificate.{field}"]


async def test_a_machine_client_names_the_officer_it_asks_for(sign_in: SignIn) -> None:
    machine = await sign_in("health.hubei", role=Role.MACHINE_CLIENT, organization=make.HUBEI)
    refused = await machine.post(VERIFY, json=question())
    answered = await machine.post(VERIFY, json=question(on_behalf_of="clerk.wuchang"))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "on_behalf_of_missing")
    assert answered.status_code == 200


async def test_an_officer_may_not_ask_in_anothers_name(sign_in: SignIn) -> None:
    desk = await sign_in()
    answer = await desk.post(VERIFY, json=question(on_behalf_of="admin.wuhan"))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "on_behalf_of_not_allowed")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SECURITY_ADMIN])
async def test_a_role_without_business_may_not_verify_and_the_attempt_is_on_the_trail(
    sign_in: SignIn, database: Database, role: Role
) -> None:
    desk = await sign_in("somebody", role=role)
    answer = await desk.post(VERIFY, json=question())
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    async with database.transaction() as tx:
        refused = await tx.connection.fetchval(
            "SELECT count(*) FROM audit_entries WHERE act = 'verify' AND NOT succeeded"
        )
    assert refused == 1


@pytest.mark.parametrize(
    "born_at",
    ["2023-02-30", "2023-13-01", "2023-05-04T25:00:00", "9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+14:00"],
)
async def test_a_day_of_birth_that_there_is_not_is_told_and_harms_nobody(
    sign_in: SignIn, database: Database, born_at: str
) -> None:
    async with database.transaction() as tx:
        await make.issuance(tx, "X420100005")
    desk = await sign_in()
    wrong = question("X420100005", certificate={"born_at": born_at})
    refused, answered = await asyncio.gather(desk.post(VERIFY, json=wrong), desk.post(VERIFY, json=question()))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "certificate.born_at")
    assert answered.json()["verdict"] == "clear"


@pytest.mark.parametrize(
    "door", [f"{VERIFY}/batch", "/api/v1/verification-jobs", "/api/v1/imports", "/api/v1/issuances"]
)
async def test_a_large_body_of_who_is_not_signed_in_is_not_read(client: httpx.AsyncClient, door: str) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("read")
        yield b""

    assert (await client.post(door, content=body())).status_code == 401


async def test_nobody_verifies_without_signing_in(client: httpx.AsyncClient) -> None:
    answer = await client.post(VERIFY, json=question())
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_note_of_an_entry_is_shown_inside_the_jurisdiction_alone(sign_in: SignIn, database: Database) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, "X420100003", note="夜间被盗")
    stranger = await sign_in("admin.xiangyang", role=Role.PREFECTURE_ADMIN, organization="420600000000")
    owner = await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    seen = {}
    for desk in (stranger, owner):
        life = (await desk.get("/api/v1/certificates/X420100003")).json()
        listed = (await desk.get("/api/v1/blacklist/entries", params={"number": "X420100003"})).json()
        seen[desk] = (life["blacklist"][0]["note"], listed["items"][0]["note"])
    assert (seen[stranger], seen[owner]) == ((None, None), ("夜间被盗", "夜间被盗"))


async def test_a_text_that_the_database_cannot_hold_harms_nobody(sign_in: SignIn) -> None:
    desk = await sign_in()
    verdict = (await desk.post(VERIFY, json=question("X42\x00", reference="a\x00b", terminal="t\x00"))).json()
    assert verdict["verdict"] == "malformed"


async def test_a_batch_is_answered_in_order_and_recorded(sign_in: SignIn, database: Database) -> None:
    async with database.transaction() as tx:
        await make.usage(tx, "X420100002")
        await make.listing(tx, "X420100010", "X420100019")
    desk = await sign_in()
    numbers = ["X420100001", "X420100002", "oops", "X420100012", "X420100001"] * 700
    items = [{"certificate_number": number, "reference": str(place)} for place, number in enumerate(numbers)]
    answer = await desk.post(f"{VERIFY}/batch", json={"purpose": "back_fill", "items": items})
    assert answer.status_code == 200, answer.text
    got = answer.json()["items"]
    assert [item["reference"] for item in got] == [str(place) for place in range(len(numbers))]
    assert [item["verdict"] for item in got[:5]] == ["clear", "used", "malformed", "blacklisted", "clear"]
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM lookups") == len(numbers)


async def test_a_batch_over_the_limit_is_refused_whole(sign_in: SignIn, database: Database) -> None:
    desk = await sign_in()
    items = [{"certificate_number": "X420100001"}] * 10_001
    answer = await desk.post(f"{VERIFY}/batch", json={"purpose": "back_fill", "items": items})
    assert answer.status_code == 422
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM lookups") == 0
