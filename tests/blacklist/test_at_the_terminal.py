"""The list as a file at the terminal: the operator's load at set-up, and the way out."""

import asyncio
from pathlib import Path

import pytest
from tests import make
from tests.blacklist.files import HEADER, RANGE, SINGLE

from birthreg.cli import run
from birthreg.kernel.database import Database


@pytest.fixture
async def folder(tmp_path: Path, database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for files, in a shell that knows the database; Wuhan is known."""
    monkeypatch.setenv("BIRTHREG_DATABASE_URL", database_url)
    async with database.transaction() as tx:
        await make.organization(tx, make.WUHAN)
    return tmp_path


async def type_in(*words: str) -> int:
    """Run a command as an operator would."""
    return await asyncio.to_thread(run, list(words))


async def test_what_the_operator_loads_at_set_up_has_both_times(folder: Path, database: Database) -> None:
    file = folder / "list.csv"
    file.write_text(HEADER + SINGLE + RANGE, encoding="utf-8")
    assert await type_in("import", "blacklist", str(file), "--organization", make.WUHAN) == 0
    async with database.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT first, valid_from = listed_at, valid_to FROM blacklist_versions"
            " JOIN blacklist_entries AS entries ON entries.id = entry_id ORDER BY first"
        )
    assert [tuple(row) for row in rows] == [("X420700001", True, None), ("X420700100", True, None)]
    assert await type_in("import", "blacklist", str(file), "--organization", make.WUHAN) == 0


async def test_once_officers_list_the_operator_lists_no_more(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, "X420700900", listed_by="admin.wuhan")
    file = folder / "list.csv"
    file.write_text(HEADER + SINGLE, encoding="utf-8")
    assert await type_in("import", "blacklist", str(file), "--organization", make.WUHAN) == 1
    assert "POST /api/v1/blacklist/imports" in capsys.readouterr().err
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM blacklist_entries") == 1


async def test_the_operator_lists_for_who_keeps_a_list_and_numbers_of_its_province(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    async with database.transaction() as tx:
        await make.organization(tx, make.WUCHANG)
    file = folder / "list.csv"
    file.write_text(HEADER + SINGLE + SINGLE.replace("X42", "X35"), encoding="utf-8")
    assert await type_in("import", "blacklist", str(file), "--organization", make.WUCHANG) == 1
    assert "不维护失效名单" in capsys.readouterr().err
    assert await type_in("import", "blacklist", str(file), "--organization", make.WUHAN) == 1
    assert "新增 new 1 · 相同 same 0 · 拒绝 rejected 1" in capsys.readouterr().out
    assert "outside_reach" in (folder / "list.csv.rejected.csv").read_text(encoding="utf-8")
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT array_agg(first) FROM blacklist_entries") == ["X420700001"]


async def test_a_folder_is_no_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await type_in("import", "blacklist", str(folder), "--organization", make.WUHAN) == 2
    assert str(folder) in capsys.readouterr().err


async def test_an_export_at_the_terminal_imports_again_without_a_change(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = folder / "list.csv", folder / "out.csv"
    file.write_text(HEADER + SINGLE + RANGE, encoding="utf-8")
    await type_in("import", "blacklist", str(file), "--organization", make.WUHAN)
    assert await type_in("export", "blacklist", str(out), "--organization", make.HUBEI) == 0
    assert "entries 2" in capsys.readouterr().out
    assert await type_in("import", "blacklist", str(out), "--organization", make.WUHAN) == 0
    assert "新增 new 0 · 相同 same 2" in capsys.readouterr().out
    async with database.transaction() as tx:
        acts = await tx.connection.fetchval("SELECT count(*) FROM audit_entries WHERE act = 'export_blacklist'")
    assert acts == 1


async def test_an_export_of_no_organisation_is_wrong_use(folder: Path) -> None:
    assert await type_in("export", "blacklist", str(folder / "out.csv"), "--organization", "42") == 2
