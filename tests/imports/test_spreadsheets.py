"""Spreadsheets."""

import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from tests.imports.conftest import BringIn

from birthreg.imports.models import ImportStatus
from birthreg.kernel import spreadsheets
from birthreg.kernel.database import Transaction
from birthreg.kernel.spreadsheets import SpreadsheetTooLarge, text_of, write_as_text

HEADER = ["certificate_number", "used_at", "organization", "registration_reference"]


def sheet_of(path: Path, *rows: list[object]) -> Path:
    """A workbook with one sheet."""
    workbook = openpyxl.Workbook()
    for row in rows:
        assert workbook.active is not None
        workbook.active.append(row)
    workbook.save(path)
    return path


async def test_cells_typed_by_a_spreadsheet_program_are_read(
    bring_in: BringIn, tx: Transaction, tmp_path: Path
) -> None:
    path = sheet_of(
        tmp_path / "file.xlsx",
        HEADER,
        ["K420000001", date(2020, 1, 2), 420106510000, "R,\n1"],
        ["K420000002", datetime(2020, 1, 2, 8, 30), "420106510000", 17],  # noqa: DTZ001 - a sheet knows no zone
        [],
        ["K420000003", "2020-01-02T08:30:00Z", 420106510000.0, None, "  ", None],
        ["K42", date(2020, 1, 2), 420106510000, None],
    )
    ended = await bring_in(path)
    assert (ended.counts, ended.reasons) == ((3, 0, 1), [(6, "certificate_number", "number_malformed")])
    read = await tx.connection.fetch("SELECT used_at, organization, registration_reference FROM usages ORDER BY 1")
    assert [tuple(row) for row in read] == [
        (datetime(2020, 1, 1, 16, tzinfo=UTC), "420106510000", "R, 1"),
        (datetime(2020, 1, 2, 0, 30, tzinfo=UTC), "420106510000", "17"),
        (datetime(2020, 1, 2, 8, 30, tzinfo=UTC), "420106510000", None),
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (420106510000.0, "420106510000"),
        (17, "17"),
        (1.5, "1.5"),
        (True, "true"),
        ("姓名\r\n地址", "姓名 地址"),
        (date(2020, 1, 2), "2020-01-02"),
        (datetime(2020, 1, 2), "2020-01-02"),  # noqa: DTZ001 - a sheet knows no zone
        (datetime(2020, 1, 2, 8, 29, 59, 999_999), "2020-01-02 08:30:00"),  # noqa: DTZ001 - a sheet knows no zone
        (time(8, 30), "08:30:00"),
    ],
)
def test_a_cell_is_written_as_a_text_file_would_hold_it(cell: spreadsheets.Cell, text: str) -> None:
    assert text_of(cell) == text


async def test_a_damaged_spreadsheet_fails_the_import(bring_in: BringIn) -> None:
    outcome = (await bring_in(b"PK\x03\x04 and then nothing that makes sense")).outcome
    assert (outcome.status, outcome.error_code) == (ImportStatus.FAILED, "spreadsheet_unreadable")


async def test_an_archive_that_is_no_workbook_fails_the_import(bring_in: BringIn, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "file.xlsx", "w") as archive:
        archive.writestr("letter.txt", "nothing")
    assert (await bring_in(tmp_path / "file.xlsx")).outcome.error_code == "spreadsheet_unreadable"


def test_what_unpacks_to_more_than_the_limit_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "LARGEST_UNPACKED_BYTES", 1000)
    path = sheet_of(tmp_path / "file.xlsx", HEADER)
    with pytest.raises(SpreadsheetTooLarge):
        write_as_text(path, tmp_path / "file.csv")


def test_more_rows_than_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 2)
    path = sheet_of(tmp_path / "file.xlsx", HEADER, ["1"], ["2"], ["3"])
    with pytest.raises(SpreadsheetTooLarge):
        write_as_text(path, tmp_path / "file.csv")


async def test_a_file_over_the_limit_is_refused_unopened(
    bring_in: BringIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "LARGEST_BYTES", 1000)
    path = sheet_of(tmp_path / "file.xlsx", HEADER)
    assert (await bring_in(path)).outcome.error_code == "spreadsheet_too_large"
