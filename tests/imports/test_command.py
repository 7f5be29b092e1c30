"""`birthreg import`, as an operator uses it."""

import asyncio
from pathlib import Path

import pytest
from tests import make
from tests.imports.test_blacklist_files import HEADER as BLACKLIST_HEADER
from tests.imports.test_blacklist_files import RANGE
from tests.imports.test_issuance_files import SOUND as ISSUANCE
from tests.imports.test_issuance_files import file_of
from tests.imports.test_usage_files import HEADER, SOUND

from birthreg.cli import run
from birthreg.kernel.database import Database


@pytest.fixture
def folder(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for files, in a shell that knows the database."""
    monkeypatch.setenv("BIRTHREG_DATABASE_URL", database_url)
    return tmp_path


def write(path: Path, content: str) -> str:
    """Write a file and return its name for a command."""
    path.write_text(content, encoding="utf-8")
    return str(path)


def test_a_file_whose_rows_all_stand_in_the_books_ends_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(folder / "usage.csv", HEADER + SOUND)
    assert run(["import", "usage", file]) == 0
    assert "新增 new 1 · 相同 same 0 · 拒绝 rejected 0" in capsys.readouterr().out
    assert run(["import", "usage", file]) == 0
    assert "新增 new 0 · 相同 same 1 · 拒绝 rejected 0" in capsys.readouterr().out
    assert [path.name for path in folder.iterdir()] == ["usage.csv"]


def test_refused_rows_lie_beside_the_file_and_end_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(folder / "usage.csv", HEADER + SOUND + "K42,,,\n")
    assert run(["import", "usage", file]) == 1
    assert f"{file}.rejected.csv" in capsys.readouterr().err
    lines = (folder / "usage.csv.rejected.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1].startswith("3,certificate_number,number_malformed,")
    assert lines[1].endswith(',"K42,,,"')


def test_refused_rows_go_where_they_are_wished(folder: Path) -> None:
    file, wished = write(folder / "usage.csv", HEADER + "K42,,,\n"), folder / "elsewhere.csv"
    assert run(["import", "usage", file, "--rejections", str(wished)]) == 1
    assert wished.exists()


def test_a_wrong_header_is_told_in_one_line_and_ends_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", "usage", write(folder / "usage.csv", "number\n1\n")]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "未知列 number;缺少列 certificate_number" in error


def test_columns_that_are_not_kept_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(folder / "issuances.csv", file_of({**ISSUANCE, "midwife": "赵"}))
    assert run(["import", "issuances", file]) == 0
    assert "columns not kept: midwife" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, ""])
def test_a_file_that_is_missing_or_empty_is_wrong_use(
    folder: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "usage.csv"
    if content is not None:
        write(file, content)
    assert run(["import", "usage", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_void_numbers_need_an_organisation(folder: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(["import", "blacklist", write(folder / "list.csv", BLACKLIST_HEADER + RANGE)])


def test_an_organisation_that_is_not_known_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(folder / "list.csv", BLACKLIST_HEADER + RANGE)
    assert run(["import", "blacklist", file, "--organization", "990000000000"]) == 1
    assert "990000000000" in capsys.readouterr().err


async def test_void_numbers_are_listed_for_their_organisation(folder: Path, database: Database) -> None:
    async with database.transaction() as tx:
        await make.organization(tx, make.WUHAN)
    file = write(folder / "list.csv", BLACKLIST_HEADER + RANGE)
    arguments = ["import", "blacklist", file, "--organization", make.WUHAN]
    assert await asyncio.to_thread(run, arguments) == 0


@pytest.mark.parametrize("kind", ["usage", "issuances", "blacklist"])
def test_each_kind_explains_itself_with_an_example(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        run(["import", kind, "--help"])
    assert f"birthreg import {kind}" in capsys.readouterr().out.partition("example:")[2]
