import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from birthreg.cli import run
from birthreg.kernel.database import Database
from birthreg.kernel.keys import load_signer
from birthreg.kernel.public_keys import Purpose

WUHAN = "420100000000"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> None:
    """The settings of an operator."""
    monkeypatch.setenv("BIRTHREG_DATABASE_URL", database_url)
    monkeypatch.setenv("BIRTHREG_DATA_DIR", str(tmp_path))


async def command(*arguments: str) -> int:
    """Run a command line beside the test's own event loop; wrong use ends as it does in a shell."""
    try:
        return await asyncio.to_thread(run, arguments)
    except SystemExit as end:
        return int(end.code or 0)


async def value(database: Database, query: str) -> Any:
    async with database.transaction() as tx:
        return await tx.connection.fetchval(query)


async def show(capsys: pytest.CaptureFixture[str], tmp_path: Path, purpose: str = "filing") -> Path:
    """Print a public key, as the level below does, into a file."""
    assert await command("key", "show", purpose) == 0
    file = tmp_path / f"{purpose}.jwks.json"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    return file


def adding(file: Path, organization: str = WUHAN) -> tuple[str, ...]:
    return ("subordinate", "add", organization, "--name", "武汉市公安局", "--keys", str(file))


async def test_the_key_in_use_is_shown_without_its_private_half(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    [key] = json.loads((await show(capsys, tmp_path)).read_text())["keys"]
    assert key["kid"] == load_signer(tmp_path / "keys", Purpose.FILING).key_id
    assert key["purpose"] == "filing"
    assert "d" not in key


async def test_a_subordinate_is_added_listed_and_ended_and_that_is_on_the_trail(
    database: Database, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = await show(capsys, tmp_path)
    assert await command(*adding(file)) == 0
    assert await command("subordinate", "list") == 0
    assert "有效" in capsys.readouterr().out
    assert await command("subordinate", "end", WUHAN, "--reason", "机构撤并") == 0
    assert await command("subordinate", "list") == 0
    assert "终止于" in capsys.readouterr().out
    acts = "SELECT string_agg(act, ' ' ORDER BY id) FROM audit_entries WHERE object = 'subordinate'"
    assert await value(database, acts) == "add_subordinate end_subordinate"
    assert await value(database, "SELECT condition FROM audit_entries WHERE act = 'end_subordinate'") == "机构撤并"


async def test_a_key_that_is_known_belongs_to_whom_it_belongs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = await show(capsys, tmp_path)
    assert await command(*adding(file)) == 0
    assert await command(*adding(file, "420600000000")) == 1


async def test_a_key_that_signs_something_else_is_refused(
    database: Database, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert await command(*adding(await show(capsys, tmp_path, "receipt"))) == 1
    assert await value(database, "SELECT count(*) FROM subordinates") == 0
    assert await value(database, "SELECT count(*) FROM organizations WHERE code = '420100000000'") == 0


async def test_a_subordinate_that_is_not_there_can_not_be_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert await command("subordinate", "end", WUHAN, "--reason", "机构撤并") == 1
    assert "subordinate list" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        ("subordinate", "add", "4201", "--name", "x", "--keys", "/nowhere"),
        ("subordinate", "add", WUHAN, "--name", "x", "--keys", "/nowhere"),
        ("subordinate", "add", WUHAN, "--name", "x"),
        ("subordinate", "end", WUHAN),
        ("key", "show", "nothing"),
    ],
)
async def test_wrong_use_is_told_in_one_line(wrong: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert await command(*wrong) == 2
    assert capsys.readouterr().err.count("\n") == 1
