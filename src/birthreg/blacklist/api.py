"""The doors of the blacklist: so far it is read."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath, QueryParameter

from birthreg.access.guards import Asker, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.service import permit
from birthreg.blacklist import service
from birthreg.blacklist.models import Entry, EntrySeen, EntryStatus
from birthreg.certificates.rules import require_number
from birthreg.kernel.clock import require_moment
from birthreg.kernel.paging import Cursor, Limit, Page, decode_id_cursor
from birthreg.kernel.problems import documented

Number = Annotated[
    str | None, QueryParameter(max_length=64, description="只看含此编号的条目 · entries that hold this number")
]
AsOf = Annotated[datetime | None, QueryParameter(description="名单在此刻的样子 · the list as it stood then (RFC 3339)")]


class BlacklistController(Controller):
    """The blacklist."""

    path = "/api/v1/blacklist/entries"
    tags = ("blacklist",)

    @get("/", summary="失效名单 · The list", responses=documented(401, 403, 422))
    async def list_entries(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        number: Number = None,
        status: Annotated[EntryStatus | None, QueryParameter()] = None,
        as_of: AsOf = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Entry]:
        """Return the entries of the jurisdiction, newest first; of one number, wherever it was listed."""
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        as_of = require_moment(as_of, field="as_of")
        if number is None:
            before = decode_id_cursor(cursor)
            found = await service.list_entries(
                tx, scope=scope, status=status, as_of=as_of, before=before, limit=limit + 1
            )
            page = Page.cut(found, limit=limit, cursor_of=lambda entry: entry.id)
        else:
            number = require_number(number, field="number")
            page = Page(
                await service.list_entries_of_number(
                    tx, scope=scope, number=number, status=status, as_of=as_of, limit=limit
                ),
                None,
            )
        await record_reading(
            tx, officer, act=Act.READ_BLACKLIST, object="blacklist_entry" if number is None else "certificate_number",
            terminal=terminal, key=number, count=len(page.items), status=status, as_of=as_of and as_of.isoformat(),
        )  # fmt: skip
        return page

    @get("/{entry_id:uuid}", summary="一条记录 · One entry", responses=documented(401, 403, 404))
    async def find(self, tx: Tx, officer: Asker, terminal: Terminal, entry_id: FromPath[UUID]) -> Entry | EntrySeen:
        """Return one entry; of another jurisdiction as much of it as the verdict told that led here."""
        scope = await permit(tx, officer, act=Act.READ_ENTRY, terminal=terminal)
        found = await service.find_entry(tx, scope=scope, entry=entry_id)
        await record_reading(tx, officer, act=Act.READ_ENTRY, object="blacklist_entry", terminal=terminal, key=entry_id)
        return found
