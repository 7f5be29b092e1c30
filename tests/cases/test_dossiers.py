"""The dossier of a referred case: sealed when it is confirmed, checked offline whenever somebody doubts it."""

import asyncio
import base64
import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from pypdf import PdfReader
from tests import make
from tests.cases.held import CASES, INVESTIGATOR, LEAD, PNG, REASON, Desks
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.audit.jobs import seal
from birthreg.cases.dossier_letters import MOST_ROWS, write_dossier
from birthreg.cases.dossiers import read_signed
from birthreg.cases.evidence_files import EvidenceFolder
from birthreg.cli import run
from birthreg.kernel.keys import Keyring
from birthreg.kernel.letters import print_letter
from birthreg.kernel.public_keys import read_jwks, verify_jws

NOTE = "窗口称持证人自行离开"


@pytest.fixture
def desks(world: World) -> Desks:
    return Desks(world, series="Z4233")


async def referred(desks: Desks) -> tuple[UUID, UUID, bytes]:
    """A child's case that was referred with a piece of evidence: the registration, the case, the file."""
    registration, case = await desks.child()
    content = PNG + os.urandom(8)
    answer = await desks.bring(case, content, "证件正面.png", description="副页有涂改")
    assert answer.status_code == 201, answer.text
    await desks.close(case, "referred")
    return registration, case, content


async def take(desks: Desks, case: UUID, **asked: Any) -> httpx.Response:
    return await (await desks.lead()).get(f"{CASES}/{case}/dossier", **asked)


async def seal_trail(desks: Desks) -> None:
    """Seal something, as soon as no transaction of anybody is in the way."""
    await desks.lead()
    async with asyncio.timeout(60):
        while not await desks.world.ask("SELECT count(*) FROM audit_seals"):
            await seal(desks.world.database, Keyring(desks.world.settings.keys))


async def test_a_dossier_holds_the_whole_case(desks: Desks) -> None:
    await seal_trail(desks)
    registration, case, content = await referred(desks)
    told = (await take(desks, case)).json()["dossier"]
    assert told["case"]["id"] == str(case)
    assert [one["id"] for one in told["registrations"]] == [str(registration)]
    assert told["registrations"][0]["child_name"] == "李安然"
    assert [one["registration_id"] for one in told["leads"]] == [str(registration)] * len(told["leads"])
    assert told["evidence"][0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert {one["state"] for one in told["checklist"] if one["required"]} == {"done"}
    assert [one["act"] for one in told["timeline"]][-2:] == ["conclusion", "confirmation"]
    assert told["timeline"][-1]["note"] == REASON["reason"]
    assert (told["conclusion"]["proposed_by"], told["conclusion"]["confirmed_by"]) == (INVESTIGATOR, LEAD)
    assert told["trail"]["number"] >= 1


async def test_a_dossier_holds_no_number_telephone_or_address_of_a_person(desks: Desks) -> None:
    _, case, _ = await referred(desks)
    text = (await take(desks, case)).text
    assert not [said for said in ("420106199003070040", "13800000000", "水果湖街") if said in text]


async def test_what_was_merged_into_a_case_is_in_its_dossier(desks: Desks) -> None:
    case, part = await desks.case(), await desks.case()
    evidence = (await desks.bring(part, PNG + os.urandom(8))).json()["evidence"]["id"]
    await desks.merge(part, case)
    await desks.close(case, "referred")
    told = (await take(desks, case)).json()["dossier"]
    assert told["case"]["family"] == [await desks.world.ask("SELECT number FROM cases WHERE id = $1", part)]
    assert {one["case_id"] for one in told["leads"]} == {str(case), str(part)}
    assert [one["id"] for one in told["evidence"]] == [evidence]


@pytest.mark.parametrize("outcome", [None, "cleared"])
async def test_a_case_that_was_not_referred_has_no_dossier(desks: Desks, outcome: str | None) -> None:
    case = await desks.case()
    if outcome:
        await desks.close(case, outcome)
    answer = await take(desks, case)
    assert (answer.status_code, answer.json()["code"]) == (404, "dossier_not_made")


@pytest.mark.parametrize(
    ("asked", "media_type", "begin"),
    [
        ({}, "application/json", b"{"),
        ({"params": {"format": "jws"}}, "application/jose", b"eyJ"),
        ({"params": {"format": "pdf"}}, "application/pdf", b"%PDF"),
        ({"headers": {"Accept": "application/pdf"}}, "application/pdf", b"%PDF"),
        ({"headers": {"Accept": "application/jose, */*"}}, "application/jose", b"eyJ"),
        ({"headers": {"Accept": "text/html"}}, "application/json", b"{"),
    ],
)
async def test_a_dossier_comes_in_the_form_that_is_asked_for_and_leaves_its_entry(
    desks: Desks, asked: dict[str, Any], media_type: str, begin: bytes
) -> None:
    case = await desks.case()
    await desks.close(case, "referred")
    answer = await take(desks, case, **asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.content.startswith(begin)
    assert await desks.left(case, "dossier") == (1, 1)


async def test_the_paper_tells_case_evidence_and_the_digest_of_what_was_signed(desks: Desks) -> None:
    _, case, content = await referred(desks)
    digest = (await take(desks, case)).json()["sha256"]
    pdf = PdfReader(io.BytesIO((await take(desks, case, params={"format": "pdf"})).content))
    text = "".join(page.extract_text() for page in pdf.pages).replace("\n", "").replace("\u200b", "")
    number = await desks.world.ask("SELECT number FROM cases WHERE id = $1", case)
    for said in (number, "移送刑侦", "证据目录及摘要", "核查清单", "办理经过", "特此移送"):
        assert said in text
    # Digests stand in narrow columns, where they are broken into lines.
    squeezed = "".join(text.split())
    assert digest in squeezed
    assert hashlib.sha256(content).hexdigest()[:12] in squeezed


async def test_a_case_of_a_thousand_entries_is_still_printed(desks: Desks) -> None:
    case = await desks.case()
    await desks.close(case, "referred")
    signed = read_signed((await take(desks, case, params={"format": "jws"})).text)
    entry = msgspec.structs.replace(signed.dossier.timeline[0], note="长" * 2000)
    long = msgspec.structs.replace(signed.dossier, timeline=[entry] * 1000)
    letter = write_dossier(long, sha256=signed.sha256, sm3=signed.sm3)
    assert max(len(table.rows) for table in letter.attachments) == MOST_ROWS
    told = [said for said in letter.sections[-1].paragraphs if "只印前500项" in said]
    assert len(told) == 1
    assert "办理经过共1000项" in told[0]
    assert (await print_letter(letter)).startswith(b"%PDF")


async def test_a_second_referral_has_a_dossier_of_its_own(desks: Desks) -> None:
    case = await desks.case()
    await desks.close(case, "referred")
    first = (await take(desks, case)).json()["dossier"]["jti"]
    assert (await desks.post(await desks.lead(), case, "reopening", REASON)).status_code == 200
    meanwhile = await take(desks, case)
    assert (meanwhile.status_code, meanwhile.json()["code"]) == (404, "dossier_not_made")
    await desks.give(case)
    await desks.close(case, "referred")
    assert (await take(desks, case)).json()["dossier"]["jti"] != first


async def test_the_published_keys_verify_a_dossier(desks: Desks) -> None:
    case = await desks.case()
    await desks.close(case, "referred")
    token = (await take(desks, case)).json()["jws"]
    keys = read_jwks((await (await desks.lead()).get("/.well-known/birthreg/jwks.json")).content)
    payload = verify_jws(token, keys, type="birthreg-dossier+jwt", purpose="dossier")
    assert json.loads(payload)["case"]["id"] == str(case)


async def test_registrations_outside_the_jurisdiction_are_left_out(desks: Desks) -> None:
    registration, case = await desks.child()
    await desks.conclude(case, "referred")
    async with desks.world.database.transaction() as tx:
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        await tx.connection.execute(
            "UPDATE registrations SET organization = $2, household_organization = $2 WHERE id = $1",
            registration, make.FANCHENG,
        )  # fmt: skip
    await desks.confirm(case)
    assert (await take(desks, case)).json()["dossier"]["registrations"] == []


async def test_a_case_that_was_referred_once_and_cleared_since_has_no_dossier(desks: Desks) -> None:
    case = await desks.case()
    await desks.close(case, "referred")
    assert (await desks.post(await desks.lead(), case, "reopening", REASON)).status_code == 200
    await desks.give(case)
    await desks.close(case, "cleared")
    assert (await take(desks, case)).json()["code"] == "dossier_not_made"


async def test_a_part_that_was_referred_by_itself_once_hands_its_old_dossier_out_no_more(desks: Desks) -> None:
    case, part = await desks.case(), await desks.case()
    await desks.close(part, "referred")
    assert (await desks.post(await desks.lead(), part, "reopening", REASON)).status_code == 200
    await desks.merge(part, case)
    await desks.close(case, "referred")
    assert (await take(desks, case)).status_code == 200
    assert (await take(desks, part)).json()["code"] == "dossier_not_made"


async def test_a_dossier_is_not_for_who_may_not_read_all_its_registrations(desks: Desks) -> None:
    registration, case = await desks.child()
    async with desks.world.database.transaction() as tx:
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        await tx.connection.execute(
            "UPDATE registrations SET organization = $2, household_organization = $2 WHERE id = $1",
            registration, "420102001000",
        )  # fmt: skip
    await desks.close(case, "referred")
    county = await desks.world.desk(Role.INVESTIGATOR, "420106000000")
    assert (await county.get(f"{CASES}/{case}")).status_code == 200
    answer = await county.get(f"{CASES}/{case}/dossier")
    assert (answer.status_code, answer.json()["code"]) == (403, "dossier_outside")
    refused = "SELECT count(*) FROM audit_entries WHERE key = $1 AND error_code = 'dossier_outside'"
    assert await desks.world.ask(refused, str(case)) == 1
    assert (await desks.left(case, "dossier")) == (0, 0)
    assert (await take(desks, case)).json()["dossier"]["registrations"][0]["id"] == str(registration)


async def test_a_dossier_says_which_files_were_harmed(desks: Desks) -> None:
    case = await desks.case()
    content = PNG + os.urandom(8)
    assert (await desks.bring(case, content, "证件正面.png")).status_code == 201
    await desks.conclude(case, "referred")
    place = EvidenceFolder(desks.world.settings.data_dir / "evidence").place_of(hashlib.sha256(content).digest())
    place.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    await desks.confirm(case)
    assert (await desks.left(case, "evidence_check"))[0] == 1
    place.write_bytes(content)
    signed = read_signed((await take(desks, case, params={"format": "jws"})).text)
    assert [one.state for one in signed.dossier.evidence] == ["damaged"]
    letter = write_dossier(signed.dossier, sha256=signed.sha256, sm3=signed.sm3)
    rows = next(table.rows for table in letter.attachments if table.title == "证据目录及摘要")
    assert rows[0][1] == "证件正面.png(已损坏)"
    assert any("1件证据的文件在制卷时已损坏或缺失" in said for said in letter.sections[-1].paragraphs)


async def test_an_auditor_takes_no_dossier_out(desks: Desks) -> None:
    case = await desks.case()
    await desks.close(case, "referred")
    auditor = await desks.world.desk(Role.AUDITOR, make.WUHAN)
    assert (await auditor.get(f"{CASES}/{case}/dossier")).status_code == 403


class Folder:
    """What criminal police have on their desk: a dossier, its evidence, the published keys."""

    def __init__(self, path: Path, *, answer: bytes, keys: bytes, evidence: bytes) -> None:
        """Write all of it to disk."""
        self.dossier, self.keys, self.evidence = path / "dossier.json", path / "jwks.json", path / "evidence"
        self.dossier.write_bytes(answer)
        self.keys.write_bytes(keys)
        self.evidence.mkdir()
        (self.evidence / "a.png").write_bytes(evidence)

    async def verify(self, *more: object) -> int:
        """Check it offline; wrong use ends as it does in a shell."""
        command = ["dossier", "verify", str(self.dossier), "--keys", str(self.keys), *(str(one) for one in more)]
        try:
            return await asyncio.to_thread(run, command)
        except SystemExit as end:
            return int(end.code or 0)


@pytest.fixture
async def received(desks: Desks, tmp_path: Path) -> Folder:
    _, case, content = await referred(desks)
    keys = (await (await desks.lead()).get("/.well-known/birthreg/jwks.json")).content
    return Folder(tmp_path, answer=(await take(desks, case)).content, keys=keys, evidence=content)


async def test_a_whole_dossier_with_its_evidence_holds(received: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert await received.verify("--evidence", received.evidence) == 0
    said = capsys.readouterr().out
    assert "签名有效" in said
    assert "证据齐全" in said
    assert "移送刑侦 · referred" in said


async def test_without_evidence_the_signature_alone_is_checked(
    received: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await received.verify() == 0
    assert "仅核对签名" in capsys.readouterr().out


async def test_a_bare_signature_holds_too(received: Folder) -> None:
    received.dossier.write_text(json.loads(received.dossier.read_bytes())["jws"])
    assert await received.verify() == 0


async def test_a_dossier_saved_by_another_program_holds(received: Folder) -> None:
    received.dossier.write_text(json.dumps(json.loads(received.dossier.read_bytes()), indent=2, sort_keys=True))
    assert await received.verify() == 0


async def test_a_changed_byte_of_what_was_signed_does_not_hold(
    received: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = json.loads(received.dossier.read_bytes())
    header, payload, signature = answer["jws"].split(".")
    told = base64.urlsafe_b64decode(payload + "==")
    changed = told.replace(b'"referred"', b'"cleared" ', 1)
    assert changed != told
    token = f"{header}.{base64.urlsafe_b64encode(changed).rstrip(b'=').decode()}.{signature}"
    received.dossier.write_text(json.dumps(answer | {"jws": token}))
    assert await received.verify() == 1
    assert "签名无效" in capsys.readouterr().err


async def test_a_readable_dossier_that_says_something_else_does_not_hold(
    received: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = json.loads(received.dossier.read_bytes())
    answer["dossier"]["timeline"][0]["note"] = NOTE
    received.dossier.write_text(json.dumps(answer))
    assert await received.verify() == 1
    assert "不一致" in capsys.readouterr().err


async def test_a_changed_byte_of_evidence_is_a_finding(received: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    file = received.evidence / "a.png"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert await received.verify("--evidence", received.evidence) == 1
    assert "缺失或被改动" in capsys.readouterr().out


async def test_missing_evidence_is_a_finding(received: Folder) -> None:
    (received.evidence / "a.png").unlink()
    assert await received.verify("--evidence", received.evidence) == 1


async def test_evidence_is_known_by_its_content_whatever_its_name(received: Folder) -> None:
    (received.evidence / "a.png").rename(received.evidence / "随便.bin")
    assert await received.verify("--evidence", received.evidence) == 0


async def test_a_key_of_another_purpose_vouches_for_no_dossier(received: Folder) -> None:
    keys = json.loads(received.keys.read_bytes())
    for key in keys["keys"]:
        key["purpose"] = "receipt"
    received.keys.write_text(json.dumps(keys))
    assert await received.verify() == 1


@pytest.mark.parametrize("content", [b"{", b'{"dossier": {}}'])
async def test_what_is_no_dossier_is_wrong_use(received: Folder, content: bytes) -> None:
    received.dossier.write_bytes(content)
    assert await received.verify() == 2


async def test_a_folder_that_is_none_is_wrong_use(received: Folder, tmp_path: Path) -> None:
    assert await received.verify("--evidence", tmp_path / "nowhere") == 2


async def test_the_paper_form_is_no_changed_dossier_but_the_wrong_file(
    received: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    received.dossier.write_bytes(b"%PDF-1.7\n")
    assert await received.verify() == 2
    assert "纸质件" in capsys.readouterr().err
