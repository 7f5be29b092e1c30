"""What was refused, as a file that a spreadsheet program opens."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

from birthreg.imports.models import Rejection
from birthreg.imports.rules import REASONS
from birthreg.imports.service import list_rejections
from birthreg.kernel.cells import plain_cell
from birthreg.kernel.database import Database
from birthreg.kernel.language import Text

HEADER = ("line", "field", "code", "reason_zh", "reason_en", "raw")
_PAGE = 5000


async def report_rejections(database: Database, *, import_id: UUID, in_clear: bool = True) -> AsyncIterator[bytes]:
    """Give the refused lines as CSV, page by page, however many there are; without the lines unless `in_clear`.

    The byte-order mark at its head tells spreadsheet programs that it is UTF-8.
    """
    yield "\ufeff".encode() + _lines([HEADER])
    after = 0
    while True:
        async with database.transaction() as tx:
            page = await list_rejections(tx, import_id=import_id, after=after, limit=_PAGE)
        if not page:
            return
        yield _lines([_row(rejection, in_clear=in_clear) for rejection in page])
        after = page[-1].line


def _row(rejection: Rejection, *, in_clear: bool) -> tuple[object, ...]:
    reason = REASONS.get(rejection.code, Text(rejection.code, rejection.code))
    raw = plain_cell(rejection.raw) if in_clear else ""
    return (rejection.line, rejection.field, rejection.code, reason.zh, reason.en, raw)


def _lines(rows: list[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


async def write_rejections(database: Database, *, import_id: UUID, path: Path) -> None:
    """Write the refused lines into a file."""
    with path.open("wb") as file:
        async for piece in report_rejections(database, import_id=import_id):
            file.write(piece)
