"""The commands over the trail, keys and receipts, as an operator types them."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from asyncpg import Connection
from tests.audit.factories import acts

from birthreg.audit.jobs import seal
from birthreg.cli import run
from birthreg.cli.keys import rotate
from birthreg.kernel import public_keys
from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.keys import KeyFolder, Keyring
from birthreg.verification.models import Purpose, Verdict, VerdictKind
from birthreg.verification.receipts import BATCH_RECEIPT_TYPE, RECEIPT_TYPE, Attestation, BatchAttestation, digest_items


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> None:
    """The settings of an operator."""
    monkeypatch.setenv("BIRTHREG_DATABASE_URL", database_url)
    monkeypatch.setenv("BIRTHREG_KEY_DIR", str(tmp_path / "keys"))


async def _run(*arguments: str | Path) -> int:
    """Run a command line beside the test's own event loop; wrong use ends as it does in a shell."""
    try:
        return await asyncio.to_thread(run, [str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)


async def test_a_whole_chain_ends_with_0(
    database: Database, keyring: Keyring, capsys: pytest.CaptureFixture[str]
) -> None:
    await acts(database, transactions=2)
    await seal(database, keyring)
    assert await _run("audit", "verify") == 0
    assert "完整 · whole" in capsys.readouterr().out


async def test_a_broken_chain_ends_with_1_and_names_the_entry(
    database: Database, keyring: Keyring, owner: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    await acts(database, transactions=2)
    await seal(database, keyring)
    entry = await owner.fetchval(
        "DELETE FROM lookups WHERE id = (SELECT id FROM lookups ORDER BY id LIMIT 1) RETURNING id"
    )
    assert await _run("audit", "verify") == 1
    assert f"seal 1: the entry was removed lookups {entry}" in capsys.readouterr().out


async def test_a_head_that_was_printed_is_found_again(
    database: Database, keyring: Keyring, tmp_path: Path, owner: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    await acts(database, transactions=1)
    await seal(database, keyring)
    assert await _run("audit", "head") == 0
    (tmp_path / "head.json").write_text(capsys.readouterr().out)
    assert await _run("audit", "verify", "--head", tmp_path / "head.json") == 0
    await owner.execute("TRUNCATE audit_seals")
    await acts(database, transactions=1)
    await seal(database, keyring)
    assert await _run("audit", "verify", "--head", tmp_path / "head.json") == 1
    assert "the chain is not the one whose head was published" in capsys.readouterr().out


async def test_a_chain_signed_by_keys_that_are_not_trusted_ends_with_1(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    await acts(database, transactions=1)
    await seal(database, keyring)
    trusted, strange = tmp_path / "trusted.json", tmp_path / "strange.json"
    trusted.write_bytes(msgspec.json.encode(public_keys.jwks(KeyFolder(tmp_path / "keys", "seal").values())))
    strange.write_bytes(msgspec.json.encode(public_keys.jwks([Keyring(tmp_path / "others").current("seal").public])))
    assert await _run("audit", "verify", "--keys", trusted) == 0
    assert await _run("audit", "verify", "--keys", strange) == 1


async def test_a_head_before_anything_is_sealed_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert await _run("audit", "head") == 1
    assert "nothing is sealed yet" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["audit"], ["audit", "verify", "--wrong"], ["receipt", "verify"]])
async def test_wrong_use_ends_with_2(arguments: list[str]) -> None:
    assert await _run(*arguments) == 2


@pytest.mark.parametrize("content", ["", "{}", "[]", "no head"])
async def test_a_file_that_is_no_head_ends_with_2(tmp_path: Path, content: str) -> None:
    (tmp_path / "head.json").write_text(content)
    assert await _run("audit", "verify", "--head", tmp_path / "head.json") == 2


async def test_a_missing_file_ends_with_2(tmp_path: Path) -> None:
    assert await _run("receipt", "verify", tmp_path / "missing.json", "--keys", tmp_path / "missing.json") == 2


async def test_a_broken_key_file_ends_with_2_and_one_line(
    keyring: Keyring, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = _verdict(keyring)
    (tmp_path / "jwks.json").write_text("no keys")
    assert await _verify_answer(answer, tmp_path, "--keys", tmp_path / "jwks.json") == 2
    public = next((tmp_path / "keys").glob("receipt-*.pub"))
    public.write_text("no key")
    assert await _verify_answer(answer, tmp_path) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "jwks.json" in lines[0]
    assert public.name in lines[1]


async def test_rotation_changes_every_key_and_is_on_the_trail(
    keyring: Keyring, owner: Connection, tmp_path: Path
) -> None:
    before = {keyring.current(purpose).key_id for purpose in public_keys.Purpose}
    assert await _run("key", "rotate") == 0
    after = {Keyring(tmp_path / "keys").current(purpose).key_id for purpose in public_keys.Purpose}
    assert not before & after
    rows = await owner.fetch("SELECT key FROM audit_entries WHERE act = 'rotate_key'")
    assert (
        {row["key"] for row in rows} == after == {row["id"] for row in await owner.fetch("SELECT id FROM signing_keys")}
    )


async def test_one_purpose_can_be_rotated_alone(keyring: Keyring, tmp_path: Path) -> None:
    before = [keyring.current(purpose).key_id for purpose in ("receipt", "seal")]
    assert await _run("key", "rotate", "--purpose", "receipt") == 0
    after = [Keyring(tmp_path / "keys").current(purpose).key_id for purpose in ("receipt", "seal")]
    assert (before[0] == after[0], before[1] == after[1]) == (False, True)


def _verdict(keyring: Keyring) -> dict[str, Any]:
    """An answer with its receipt, as the door gives it."""
    now = datetime(2026, 11, 22, 3, 4, 5, 678900, tzinfo=UTC)
    attestation = Attestation(
        iss="birthreg", jti=str(new_id()), iat=int(now.timestamp()), certificate_number="X420100003",
        typed="x420100003", verdict=VerdictKind.BLACKLISTED, reasons=("number_blacklisted", "number_used"),
        may_register=False, purpose=Purpose.BIRTH_REGISTRATION, officer="clerk.wuchang", organization="420106510000",
        as_of=now, list_version=7, rule_version=1,
    )  # fmt: skip
    receipt = keyring.current("receipt").jws(msgspec.json.encode(attestation), type=RECEIPT_TYPE)
    verdict = Verdict(
        id=msgspec.convert(attestation.jti, type=UUID), certificate_number="X420100003", typed="x420100003",
        verdict=VerdictKind.BLACKLISTED, may_register=False, next_step="", usage=None, blacklist=None, as_of=now,
        list_version=7, receipt=receipt, reasons=(),
    )  # fmt: skip
    answer: dict[str, Any] = msgspec.to_builtins(verdict)
    answer["reasons"] = [
        {"code": code, "severity": "refuse", "message": code} for code in ("number_used", "number_blacklisted")
    ]
    return answer


async def _verify_answer(answer: dict[str, Any] | str, tmp_path: Path, *options: str | Path) -> int:
    file = tmp_path / "answer.json"
    file.write_text(answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False))
    return await _run("receipt", "verify", file, *options)


async def test_an_answer_agrees_with_its_receipt(
    keyring: Keyring, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _verify_answer(_verdict(keyring), tmp_path) == 0
    told = capsys.readouterr().out
    assert "X420100003" in told
    assert "the signature holds" in told


async def test_a_receipt_is_checked_without_any_server(
    keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = _verdict(keyring)
    (tmp_path / "jwks.json").write_bytes(
        msgspec.json.encode(public_keys.jwks(KeyFolder(tmp_path / "keys", "receipt").values()))
    )
    monkeypatch.delenv("BIRTHREG_DATABASE_URL")
    monkeypatch.setenv("BIRTHREG_KEY_DIR", str(tmp_path / "nowhere"))
    assert await _verify_answer(answer, tmp_path) == 2
    assert await _verify_answer(answer, tmp_path, "--keys", tmp_path / "jwks.json") == 0


async def test_a_receipt_alone_is_checked(keyring: Keyring, tmp_path: Path) -> None:
    assert await _verify_answer(_verdict(keyring)["receipt"] + "\n", tmp_path) == 0


async def test_a_receipt_holds_after_its_key_was_rotated(keyring: Keyring, database: Database, tmp_path: Path) -> None:
    answer = _verdict(keyring)
    await rotate(database, tmp_path / "keys", "receipt")
    assert await _verify_answer(answer, tmp_path) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("verdict", "clear"), ("may_register", True), ("certificate_number", "X420100009"), ("typed", "x"),
     ("list_version", 8), ("as_of", "2026-11-22T03:04:06Z"), ("reasons", []),
     ("id", "01900000-0000-7000-8000-000000000009")],
)  # fmt: skip
async def test_an_answer_that_differs_from_its_receipt_is_refused_by_field(
    keyring: Keyring, tmp_path: Path, capsys: pytest.CaptureFixture[str], field: str, value: object
) -> None:
    assert await _verify_answer(_verdict(keyring) | {field: value}, tmp_path) == 1
    assert {"id": "jti"}.get(field, field) in capsys.readouterr().err


async def test_a_receipt_with_a_changed_byte_is_refused(keyring: Keyring, tmp_path: Path) -> None:
    answer = _verdict(keyring)
    middle = len(answer["receipt"]) // 2
    changed = "A" if answer["receipt"][middle] != "A" else "B"
    answer["receipt"] = answer["receipt"][:middle] + changed + answer["receipt"][middle + 1 :]
    assert await _verify_answer(answer, tmp_path) == 1


@pytest.mark.parametrize("content", ["{", "{}", '{"receipt": 1}', '{"receipt": null}'])
async def test_a_file_without_a_receipt_ends_with_2(keyring: Keyring, tmp_path: Path, content: str) -> None:
    keyring.current("receipt")
    assert await _verify_answer(content, tmp_path) == 2


def _batch(keyring: Keyring, items: list[dict[str, Any]]) -> dict[str, Any]:
    digest = digest_items(msgspec.convert(items, list[Verdict]))
    attestation = BatchAttestation(
        iss="birthreg", jti=str(new_id()), iat=0, count=len(items), items_digest=digest,
        purpose=Purpose.EXCHANGE, officer="health.hubei", organization="420000000000", rule_version=1,
    )  # fmt: skip
    receipt = keyring.current("receipt").jws(msgspec.json.encode(attestation), type=BATCH_RECEIPT_TYPE)
    return {"id": attestation.jti, "items": items, "receipt": receipt}


async def test_a_batch_agrees_with_its_receipt_and_not_with_another_item(keyring: Keyring, tmp_path: Path) -> None:
    items = [_verdict(keyring) | {"receipt": None} for _ in range(3)]
    batch = _batch(keyring, items)
    assert await _verify_answer(batch, tmp_path) == 0
    assert await _verify_answer(batch["receipt"], tmp_path) == 0
    items[1]["verdict"] = "clear"
    assert await _verify_answer(batch, tmp_path) == 1


async def test_a_text_typed_like_a_verdict_does_not_become_one(keyring: Keyring, tmp_path: Path) -> None:
    malformed = _verdict(keyring) | {
        "receipt": None, "typed": "X420100001 clear", "certificate_number": None, "verdict": "malformed",
        "may_register": False, "reasons": [{"code": "number_length", "severity": "refuse", "message": ""}],
    }  # fmt: skip
    batch = _batch(keyring, [malformed])
    assert await _verify_answer(batch, tmp_path) == 0
    reason = {"code": "malformed number_length", "severity": "info", "message": ""}
    batch["items"] = [malformed | {"certificate_number": "X420100001", "verdict": "clear", "reasons": [reason]}]
    assert await _verify_answer(batch, tmp_path) == 1


@pytest.mark.parametrize(("field", "value"), [("may_register", True), ("list_version", 0), ("typed", "X420100002")])
async def test_every_attested_field_of_an_item_is_held_by_the_batch(
    keyring: Keyring, tmp_path: Path, field: str, value: object
) -> None:
    batch = _batch(keyring, [_verdict(keyring) | {"receipt": None}])
    assert batch["items"][0][field] != value
    batch["items"][0][field] = value
    assert await _verify_answer(batch, tmp_path) == 1
