"""The list as a file in the format that it is imported from; imported again, it changes nothing."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from uuid import UUID

from birthreg.access.models import UNKNOWN, Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import batch_store as store
from birthreg.blacklist.batch_models import FileRow, FileStatus
from birthreg.blacklist.merging import OPERATOR
from birthreg.blacklist.models import BlacklistReason
from birthreg.kernel.database import Database, Transaction

HEADER = ("first", "last", "count", "reason", "document_number", "event_date", "institution", "note")
_PAGE = 5000


async def record_export(tx: Transaction, officer: Officer, *, terminal: str) -> None:
    """Leave on the trail that an officer took the list away as a file."""
    await _record(tx, officer=officer.id, organization=officer.organization, terminal=terminal)


async def record_operators_export(tx: Transaction) -> None:
    """Leave on the trail that the list was taken away at the terminal."""
    await _record(tx, officer=OPERATOR, organization=UNKNOWN, terminal="terminal")


async def _record(tx: Transaction, *, officer: str, organization: str, terminal: str) -> None:
    await record(
        tx, officer=officer, organization=organization, terminal=terminal, operation=Operation.QUERY,
        act="export_blacklist", object="blacklist", key=None,
    )  # fmt: skip


async def export_entries(
    database: Database,
    *,
    scope: Scope,
    status: FileStatus = FileStatus.IN_FORCE,
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
