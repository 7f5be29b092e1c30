"""Spreadsheets (XLSX) as text files.

A workbook is read as a whole, which may take more memory than the service has to spare, and
what it unpacks to is not known before. So a process of its own reads it, with a limit.
"""

import asyncio
import csv
import resource
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TextIO

import python_calamine

from birthreg.kernel.errors import Invalid
from birthreg.kernel.language import Text

LARGEST_BYTES = 100 * 1024 * 1024
LARGEST_UNPACKED_BYTES = 1024 * 1024 * 1024
MOST_ROWS = 1_048_576
"""As many as a sheet of the format can have."""

_MEMORY_BYTES = 4 * 1024 * 1024 * 1024
_SECONDS = 600
_ZIP = b"PK\x03\x04"
_TOO_LARGE, _UNREADABLE = 3, 4

Cell = int | float | str | bool | time | date | datetime | timedelta


class FileGone(Invalid):
    """文件不存在或已被移走。

    The file isn't there, or was moved away.
    """

    remedy = Text("请核对路径,或重新上传。", "Check the path, or upload it again.")


class SpreadsheetTooLarge(Invalid):
    """电子表格超过上限(文件 100 MB,展开后 1 GB,1048576 行)。

    The spreadsheet is over the limit (100 MB, 1 GB unpacked, 1,048,576 rows).
    """

    remedy = Text("请另存为 CSV 后重新提交,CSV 可以大得多。", "Save it as CSV, which may be far larger, and send that.")


class SpreadsheetUnreadable(Invalid):
    """电子表格无法读取:文件损坏、已加密或不是 XLSX。

    The spreadsheet can't be read: damaged, encrypted, or not XLSX.
    """

    remedy = Text("请用电子表格软件另存为 .xlsx 或 CSV。", "Save it as .xlsx or CSV in a spreadsheet program.")


@asynccontextmanager
async def as_text_file(path: Path) -> AsyncIterator[Path]:
    """Give a spreadsheet's first sheet as a CSV file for the time it is needed; a text file as it is.

    Raises:
        FileGone: there is no such file.
        SpreadsheetTooLarge: the file or what it unpacks to is over the limit.
        SpreadsheetUnreadable: it is no XLSX, or a damaged one.
    """
    if not await asyncio.to_thread(_is_spreadsheet, path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="birthreg-sheet-") as folder:
        text = Path(folder) / "sheet.csv"
        await _convert(path, text)
        yield text


def _is_spreadsheet(path: Path) -> bool:
    if not path.is_file():
        raise FileGone
    with path.open("rb") as file:
        packed = file.read(len(_ZIP)) == _ZIP
    if packed and path.stat().st_size > LARGEST_BYTES:
        raise SpreadsheetTooLarge
    return packed


async def _convert(path: Path, text: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(path), str(text), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_SECONDS):
            outcome = await process.wait()
    except TimeoutError:
        outcome = _TOO_LARGE
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if outcome == _TOO_LARGE:
        raise SpreadsheetTooLarge
    if outcome:
        raise SpreadsheetUnreadable


def write_as_text(path: Path, text: Path) -> None:
    """Write the first sheet as CSV, one line per row, so that line numbers are row numbers.

    Raises:
        SpreadsheetTooLarge: it unpacks to more than the limit.
        SpreadsheetUnreadable: it is no XLSX, or a damaged one.
    """
    try:
        _check_unpacked(path)
        with python_calamine.CalamineWorkbook.from_path(path) as workbook, text.open("w", encoding="utf-8") as file:
            sheet = workbook.get_sheet_by_index(0)
            if sheet.total_height > MOST_ROWS:
                raise SpreadsheetTooLarge
            _write_rows(sheet, file)
    except (zipfile.BadZipFile, python_calamine.CalamineError, RuntimeError) as error:
        raise SpreadsheetUnreadable from error
    except MemoryError as error:
        raise SpreadsheetTooLarge from error


def _check_unpacked(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST_UNPACKED_BYTES:
            raise SpreadsheetTooLarge


def _write_rows(sheet: python_calamine.CalamineSheet, file: TextIO) -> None:
    writer = csv.writer(file, lineterminator="\n")
    width = 0
    for cells in sheet.iter_rows():
        texts = [text_of(cell) for cell in cells]
        while len(texts) > width and not texts[-1]:
            texts.pop()
        # The first row that says anything is the header; what lies right of it counts only if it holds something.
        width = width or len(texts)
        if any(texts):
            writer.writerow(texts)
        else:
            file.write("\n")


def text_of(cell: Cell) -> str:
    """Write a cell as a text file would hold it: whole numbers without a point, dates as ISO 8601."""
    if isinstance(cell, str):
        return " ".join(cell.splitlines())
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        # A spreadsheet has no dates without a time, only midnights; its times are off by some microseconds.
        moment = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat(sep=" ")
    return str(cell)


def _main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    try:
        write_as_text(Path(sys.argv[1]), Path(sys.argv[2]))
    except SpreadsheetTooLarge:
        return _TOO_LARGE
    except SpreadsheetUnreadable:
        return _UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(_main())
