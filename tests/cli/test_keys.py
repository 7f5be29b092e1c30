"""The commands over data keys, as an operator types them."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from tests.kernel.sealed_people import LONG_AGO, PEOPLE, add_key, make_people, put_people, renew_all

from birthreg.cli import data_keys, run
from birthreg.kernel.database import Database
from birthreg.kernel.vault import Vault


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> None:
    """The settings of an operator, and a room with a sealed table."""
    monkeypatch.setenv("BIRTHREG_DATABASE_URL", database_url)
    monkeypatch.setenv("BIRTHREG_KEY_DIR", str(tmp_path))
    monkeypatch.setattr(data_keys, "SEALED_TABLES", (PEOPLE,))


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    owner = await make_people(database_url)
    yield owner
    await owner.close()


async def _run(*arguments: str) -> int:
    return await asyncio.to_thread(run, ["key", *arguments])


async def trail(owner: asyncpg.Connection) -> list[tuple[str, str, str | None]]:
    acts = await owner.fetch("SELECT act, key, error_code FROM audit_entries WHERE object = 'data_key' ORDER BY id")
    return [(act["act"], act["key"], act["error_code"]) for act in acts]


async def test_a_new_key_is_announced_before_it_is_used_and_is_on_the_trail(
    tmp_path: Path, owner: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Vault(tmp_path).current().id
    assert await _run("rotate", "--purpose", "data") == 0
    new = capsys.readouterr().out.split()[1]
    vault = Vault(tmp_path)
    assert vault.current().id == before
    assert {key.id for key in vault.list_keys()} == {before, new}
    assert Vault(tmp_path, clock=lambda: datetime.now(UTC) + timedelta(minutes=1)).current().id == new
    assert await trail(owner) == [("rotate_key", new, None)]
    assert await _run("list") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{new}  即将启用 · announced")
    assert said[1].startswith(f"{before}  使用中 · in use")


async def test_rotating_what_signs_leaves_the_data_keys_alone(tmp_path: Path) -> None:
    Vault(tmp_path).current()
    assert await _run("rotate") == 0
    assert len(Vault(tmp_path).list_keys()) == 1


async def test_an_older_key_goes_when_no_row_needs_it_and_not_before(
    tmp_path: Path, database: Database, owner: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    old = add_key(tmp_path, in_use_from=LONG_AGO)
    await put_people(owner, Vault(tmp_path), range(500))
    add_key(tmp_path, in_use_from=LONG_AGO + timedelta(days=1))
    assert await _run("list") == 0
    said = capsys.readouterr().out
    assert f"{old.id}  旧 · older" in said
    assert "people: 待换密 · rows to look at: 500" in said
    assert await _run("retire", old.id) == 1
    assert "500 rows (people)" in capsys.readouterr().err
    assert old.file(tmp_path).exists()
    await renew_all(database, Vault(tmp_path))
    assert await _run("retire", old.id) == 0
    assert not old.file(tmp_path).exists()
    assert await trail(owner) == [("retire_key", old.id, "data_key_needed"), ("retire_key", old.id, None)]


@pytest.mark.parametrize("known", [True, False])
async def test_a_refusal_to_retire_ends_with_1_and_is_on_the_trail(
    tmp_path: Path, owner: asyncpg.Connection, capsys: pytest.CaptureFixture[str], known: bool
) -> None:
    key = Vault(tmp_path).current()
    identifier = key.id if known else "00000000"
    assert await _run("retire", identifier) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert await trail(owner) == [("retire_key", identifier, "data_key_in_use" if known else "data_key_not_found")]
    assert key.file(tmp_path).exists()


async def test_keys_of_the_environment_are_changed_there(
    monkeypatch: pytest.MonkeyPatch, owner: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = [b64encode(bytes(range(start, start + 32))).decode() for start in (0, 1)]
    monkeypatch.setenv("BIRTHREG_DATA_KEYS", ",".join(secrets))
    assert await _run("rotate", "--purpose", "data") == 2
    assert await _run("list") == 0
    ids = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert await _run("retire", ids[1]) == 0
    said = capsys.readouterr()
    assert "remove it from BIRTHREG_DATA_KEYS" in said.out
    assert not any(secret in said.out + said.err for secret in secrets)
    assert await trail(owner) == [("retire_key", ids[1], None)]
