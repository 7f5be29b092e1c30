"""The list as a file in the format that it is imported from; imported again, it changes nothing."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from uuid import UUID

from birthreg.access.models import Scope
from birthreg.blacklist import batch_store as store
from birthreg.blacklist.batch_models import FileRow
from birthreg.blacklist.models import BlacklistReason, EntryStatus
from birthreg.kernel.database import Database

HEADER = ("first", "last", "count", "reason", "document_number", "event_date", "institution", "note")
_PAGE = 5000


async def export_entries(
    database: Database,
    *,
    scope: Scope,
    status: EntryStatus | None = EntryStatus.IN_FORCE,
    reason: BlacklistReason | None = None,
    as_of: datetime | None = None,
) -> AsyncIterator[bytes]:
    """Give the entries inside the scope as CSV, page by page, in the order of their listing.

    As the list stands at the beginning, or stood at `as_of`; without holds, which may lapse. The
    byte-order mark at its head tells spreadsheet programs that it is UTF-8.
    """
    yield "\ufeff".encode() + _lines([HEADER])
    moment, after = as_of or database.clock(), UUID(int=0)
    while True:
        async with database.transaction() as tx:
            page = await store.list_for_file(
                tx, scope=scope, status=status, reason=reason, as_of=moment, after=after, limit=_PAGE
            )
        if page:
            yield _lines(_cells(row) for row in page)
        if len(page) < _PAGE:
            return
        after = page[-1].id


def _cells(row: FileRow) -> tuple[object, ...]:
    return tuple(getattr(row, column) for column in HEADER)


def _lines(rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
