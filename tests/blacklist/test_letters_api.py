"""The doors of letters: an announcement and what families are told, on paper, for whom they are."""

import io
import re
from typing import Any

import httpx
import pytest
from pypdf import PdfReader
from tests import make
from tests.conftest import SignIn
from tests.worlds import XIANGYANG

from birthreg.access.models import Role
from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id

LIST = "/api/v1/blacklist"
PROPOSAL: dict[str, Any] = {
    "act": "add",
    "first": "X420100021",
    "last": "X420100024",
    "count": 4,
    "reason": "stolen",
    "document_number": "武公户[2026]3号",
    "event_date": "2026-02-27",
    "institution": "武汉市江汉妇幼保健院",
}
OBJECTION = {
    "certificate_number": "X420100022",
    "objector": "李静",
    "relation": "mother",
    "grounds": "证件由医院当面签发。",
    "evidence": ["签发存根复印件"],
}


@pytest.fixture
async def admin(sign_in: SignIn) -> httpx.AsyncClient:
    return await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)


@pytest.fixture
async def second(sign_in: SignIn) -> httpx.AsyncClient:
    return await sign_in("admin2.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)


async def post(desk: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await desk.post(LIST + path, json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def change(admin: httpx.AsyncClient, second: httpx.AsyncClient, **proposal: Any) -> Any:
    """Propose a change and approve it; return what came of it."""
    proposed = await post(admin, "/proposals", **proposal)
    return await post(second, f"/proposals/{proposed['proposal']['id']}/approval", decision="approve", reason="属实")


@pytest.fixture
async def entry(admin: httpx.AsyncClient, second: httpx.AsyncClient) -> str:
    decided = await change(admin, second, **PROPOSAL)
    return str(decided["entries"][0]["id"])


@pytest.fixture
async def objection(admin: httpx.AsyncClient, entry: str) -> str:
    return str((await post(admin, f"/entries/{entry}/objections", **OBJECTION))["id"])


async def announced(desk: httpx.AsyncClient) -> list[str]:
    return [item["id"] for item in (await desk.get(f"{LIST}/announcements")).json()["items"]]


async def read(desk: httpx.AsyncClient, path: str, **query: str) -> str:
    answer = await desk.get(LIST + path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


@pytest.mark.usefixtures("entry")
async def test_an_announcement_is_read_on_paper_by_every_prefecture(admin: httpx.AsyncClient, sign_in: SignIn) -> None:
    (announcement,) = await announced(admin)
    neighbour = await sign_in("admin.xiangyang", role=Role.PREFECTURE_ADMIN, organization=XIANGYANG)
    for desk in (admin, neighbour):
        text = await read(desk, f"/announcements/{announcement}/letter")
        assert "关于将4个出生医学证明编号列入失效名单的通报" in text
        assert "X420100021至X420100024" in text
        assert "武公户〔2026〕3号" in text
        assert "admin2.wuhan" in text


@pytest.mark.usefixtures("entry")
async def test_an_announcement_names_whom_to_call_not_how_they_sign_in(
    admin: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as tx:
        await tx.connection.execute("UPDATE officers SET name = '陈志远' WHERE id = 'admin2.wuhan'")
    (announcement,) = await announced(admin)
    text = await read(admin, f"/announcements/{announcement}/letter")
    assert ("陈志远" in text, "admin2.wuhan" in text) == (True, False)


@pytest.mark.usefixtures("entry")
async def test_only_who_issues_an_announcement_or_one_above_gives_its_letter_a_number(
    admin: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    (announcement,) = await announced(admin)
    above = await sign_in("admin.hubei", role=Role.PROVINCE_ADMIN, organization=make.HUBEI)
    for desk in (admin, above):
        text = await read(desk, f"/announcements/{announcement}/letter", document_number="武公户(2026)12号")
        assert "武公户〔2026〕12号关于将4个出生医学证明编号列入失效名单的通报" in text
    neighbour = await sign_in("admin.xiangyang", role=Role.PREFECTURE_ADMIN, organization=XIANGYANG)
    for desk in (await sign_in(), neighbour):
        path = f"{LIST}/announcements/{announcement}/letter"
        answer = await desk.get(path, params={"document_number": "武公户(2026)99号"})
        assert (answer.status_code, answer.json()["code"]) == (403, "issuer_numbers")
    async with database.transaction() as tx:
        query = "SELECT count(*) FROM audit_entries WHERE key = $1 AND error_code = 'issuer_numbers' AND NOT succeeded"
        assert await tx.connection.fetchval(query, announcement) == 2


async def test_only_who_signs_a_letter_to_a_family_or_one_above_gives_it_a_number(
    admin: httpx.AsyncClient, sign_in: SignIn, entry: str
) -> None:
    clerk = await sign_in()
    received = await post(clerk, f"/entries/{entry}/objections", **OBJECTION)
    path = f"/objections/{received['id']}/letter"
    numbered = {"document_number": "武公异〔2026〕5号"}
    assert (await clerk.get(LIST + path, params=numbered)).json()["code"] == "issuer_numbers"
    assert "异议受理通知书" in await read(clerk, path)
    assert "武公异〔2026〕5号" in await read(admin, path, **numbered)
    third = await sign_in("admin.hubei", role=Role.PROVINCE_ADMIN, organization=make.HUBEI)
    decision = {"decision": "reject", "reason": "证据不足。", "document_number": "鄂公户〔2026〕9号"}
    await post(third, f"/objections/{received['id']}/decision", **decision)
    assert (await admin.get(LIST + path, params=numbered)).json()["code"] == "issuer_numbers"
    assert "武公异〔2026〕5号" in await read(admin, path, kind="receipt", **numbered)


@pytest.mark.usefixtures("entry")
async def test_without_a_number_a_place_is_left_to_write_it(admin: httpx.AsyncClient) -> None:
    (announcement,) = await announced(admin)
    assert re.search(r"〔20\d\d〕号关于", await read(admin, f"/announcements/{announcement}/letter"))


async def test_a_lift_is_told_as_a_lifting_notice(
    admin: httpx.AsyncClient, second: httpx.AsyncClient, entry: str
) -> None:
    lift = {"act": "lift", "entry_id": entry, "document_number": "武公户〔2026〕9号", "note": "核实未被盗"}
    await change(admin, second, **lift)
    _, announcement = await announced(admin)
    text = await read(admin, f"/announcements/{announcement}/letter")
    assert "关于将4个出生医学证明编号从失效名单中解除的通知" in text


async def test_a_file_is_announced_with_its_ranges_in_an_attachment(
    admin: httpx.AsyncClient, database: Database
) -> None:
    batch, announcement = new_id(), new_id()
    async with database.transaction() as tx:
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        for first in ("X420100040", "X420100030"):
            kept = await make.listing(tx, first)
            await tx.connection.execute("UPDATE blacklist_entries SET batch_id = $1 WHERE id = $2", batch, kept)
        await tx.connection.execute(
            "INSERT INTO blacklist_announcements (id, list_version, act, batch_id, count, organization, announced_by,"
            " announced_at) VALUES ($1, 7, 'add', $2, 2, $3, 'admin.wuhan', now())",
            announcement, batch, make.WUHAN,
        )  # fmt: skip
    text = await read(admin, f"/announcements/{announcement}/letter")
    assert "1X4201000301被盗" in text
    assert "2X4201000401被盗" in text


async def test_a_family_gets_a_receipt_and_then_the_decision(
    admin: httpx.AsyncClient, sign_in: SignIn, objection: str
) -> None:
    path = f"/objections/{objection}/letter"
    receipt = await read(admin, path)
    assert "异议受理通知书李静" in receipt
    third = await sign_in("admin.hubei", role=Role.PROVINCE_ADMIN, organization="420000000000")
    decision = {"decision": "uphold", "reason": "证件系依法签发。", "document_number": "鄂公户[2026]9号"}
    upheld = await post(third, f"/objections/{objection}/decision", **decision)
    assert await read(admin, path) == receipt, "until the lift is approved there is no other letter"
    fourth = await sign_in("admin2.hubei", role=Role.PROVINCE_ADMIN, organization="420000000000")
    await post(fourth, f"/proposals/{upheld['proposal_id']}/approval", decision="approve", reason="属实")
    decided = await read(admin, path)
    assert "异议处理决定书李静" in decided
    assert "证件系依法签发。" in decided
    assert "鄂公户〔2026〕9号" in decided
    assert decided.startswith("湖北省公安厅"), "who decided signs"
    assert await read(admin, path, kind="decision") == decided
    assert await read(admin, path, kind="receipt") == receipt


async def test_there_is_no_letter_on_a_decision_before_there_is_one(admin: httpx.AsyncClient, objection: str) -> None:
    answer = await admin.get(f"{LIST}/objections/{objection}/letter", params={"kind": "decision"})
    assert (answer.status_code, answer.json()["code"]) == (409, "objection_undecided")


async def test_nobody_reads_letters_without_signing_in(client: httpx.AsyncClient) -> None:
    for kind in ("announcements", "objections"):
        answer = await client.get(f"{LIST}/{kind}/{new_id()}/letter")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_an_auditor_reads_announcements_but_no_familys_letters(
    admin: httpx.AsyncClient, sign_in: SignIn, database: Database, objection: str
) -> None:
    auditor = await sign_in("auditor.wuhan", role=Role.AUDITOR, organization=make.WUHAN)
    (announcement,) = await announced(admin)
    assert await read(auditor, f"/announcements/{announcement}/letter")
    answer = await auditor.get(f"{LIST}/objections/{objection}/letter")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    async with database.transaction() as tx:
        query = "SELECT count(*) FROM audit_entries WHERE officer = $1 AND error_code = 'not_permitted'"
        assert await tx.connection.fetchval(query, "auditor.wuhan") == 1


async def test_a_machine_reads_no_announcements(sign_in: SignIn) -> None:
    machine = await sign_in("health.hubei", role=Role.MACHINE_CLIENT, organization="420000000000")
    answer = await machine.get(f"{LIST}/announcements/{new_id()}/letter")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


async def test_a_familys_letter_is_not_found_in_another_jurisdiction(sign_in: SignIn, objection: str) -> None:
    neighbour = await sign_in("admin.xiangyang", role=Role.PREFECTURE_ADMIN, organization=XIANGYANG)
    assert (await neighbour.get(f"{LIST}/objections/{objection}/letter")).status_code == 404
    assert (await neighbour.get(f"{LIST}/announcements/{new_id()}/letter")).status_code == 404


async def test_who_printed_a_letter_is_on_the_trail(
    admin: httpx.AsyncClient, database: Database, objection: str
) -> None:
    await read(admin, f"/objections/{objection}/letter")
    async with database.transaction() as tx:
        query = "SELECT officer, operation, key FROM audit_entries WHERE condition = 'letter'"
        assert [tuple(row) for row in await tx.connection.fetch(query)] == [("admin.wuhan", 1, objection)]
