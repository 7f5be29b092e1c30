"""The doors of the list itself: it is read as it stands, as it stood, and as it was known to stand."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from birthreg.access.guards import Asker, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.rules import sees_in_clear
from birthreg.access.service import permit
from birthreg.blacklist import exporting, looking_back, service
from birthreg.blacklist.answers import ETAG, with_tag
from birthreg.blacklist.batch_models import FileStatus
from birthreg.blacklist.hiding import read_place
from birthreg.blacklist.models import BlacklistReason, Entry, EntrySeen, EntryStatus, EntryVersion
from birthreg.blacklist.notice_models import PastUses
from birthreg.certificates.rules import require_number
from birthreg.kernel.clock import require_moment
from birthreg.kernel.paging import Cursor, Limit, Page, decode_id_cursor
from birthreg.kernel.problems import documented

Number = Annotated[
    str | None, QueryParameter(max_length=64, description="只看含此编号的条目 · entries that hold this number")
]
AsOf = Annotated[datetime | None, QueryParameter(description="名单在此刻的样子 · the list as it stood then (RFC 3339)")]
KnownAt = Annotated[
    datetime | None, QueryParameter(description="按此刻账面所知 · by what the books knew then (RFC 3339)")
]


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
        known_at: KnownAt = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Entry]:
        """Return the entries of the jurisdiction, newest first; of one number, wherever it was listed."""
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        as_of = require_moment(as_of, field="as_of")
        known_at = require_moment(known_at, field="known_at")
        if number is None:
            before = decode_id_cursor(cursor)
            found = await service.list_entries(
                tx, scope=scope, status=status, as_of=as_of, known_at=known_at, before=before, limit=limit + 1
            )
            page = Page.cut(found, limit=limit, cursor_of=lambda entry: entry.id)
        else:
            number = require_number(number, field="number")
            page = Page(
                await service.list_entries_of_number(
                    tx, scope=scope, number=number, status=status, as_of=as_of, known_at=known_at, limit=limit
                ),
                None,
            )
        await record_reading(
            tx, officer, act=Act.READ_BLACKLIST, object="blacklist_entry" if number is None else "certificate_number",
            terminal=terminal, key=number, count=len(page.items), status=status, as_of=as_of and as_of.isoformat(),
            known_at=known_at and known_at.isoformat(),
        )  # fmt: skip
        return page

    @get(
        "/{entry_id:uuid}",
        summary="一条记录 · One entry",
        responses=documented(401, 403, 404),
        response_headers=ETAG,
    )
    async def find(
        self, tx: Tx, officer: Asker, terminal: Terminal, entry_id: FromPath[UUID]
    ) -> Response[Entry | EntrySeen]:
        """Return one entry; of another jurisdiction as much of it as the verdict told that led here."""
        scope = await permit(tx, officer, act=Act.READ_ENTRY, terminal=terminal)
        found = await service.find_entry(tx, scope=scope, entry=entry_id)
        await record_reading(tx, officer, act=Act.READ_ENTRY, object="blacklist_entry", terminal=terminal, key=entry_id)
        return with_tag(found, version=found.version) if isinstance(found, Entry) else Response(found)

    @get("/{entry_id:uuid}/versions", summary="账面沿革 · What the books said", responses=documented(401, 403, 404))
    async def versions(
        self, tx: Tx, officer: Asker, terminal: Terminal, entry_id: FromPath[UUID]
    ) -> list[EntryVersion]:
        """Return what the books said of an entry of the jurisdiction, from when to when."""
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        versions = await service.list_versions(tx, scope=scope, entry=entry_id)
        await record_reading(
            tx,
            officer,
            act=Act.READ_BLACKLIST,
            object="blacklist_entry",
            terminal=terminal,
            key=entry_id,
            count=len(versions),
        )
        return versions

    @get("/{entry_id:uuid}/uses", summary="倒查结果 · Past uses", responses=documented(401, 403, 404, 422))
    async def uses(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        entry_id: FromPath[UUID],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> PastUses:
        """Return which numbers of an entry had been used when it was listed, inside the jurisdiction.

        To an auditor masked.
        """
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        await service.require_visible(tx, entry=entry_id)
        in_clear = sees_in_clear(officer)
        uses = await looking_back.list_past_uses(
            tx, scope=scope, entry=entry_id, place=read_place(cursor, in_clear=in_clear), limit=limit, in_clear=in_clear
        )
        await record_reading(
            tx,
            officer,
            act=Act.READ_BLACKLIST,
            object="blacklist_entry",
            terminal=terminal,
            key=entry_id,
            count=len(uses.items),
        )
        return uses


class BlacklistFileController(Controller):
    """The list as a file."""

    path = "/api/v1/blacklist/entries.csv"
    tags = ("blacklist",)

    @get(
        "/",
        summary="导出名单 · The list as a file",
        media_type="text/csv; charset=utf-8",
        responses=documented(401, 403, 422),
    )
    async def export(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        status: Annotated[FileStatus, QueryParameter()] = FileStatus.IN_FORCE,
        reason: Annotated[BlacklistReason | None, QueryParameter()] = None,
        as_of: AsOf = None,
    ) -> Stream:
        """Return the entries of the jurisdiction in the format that they are imported from; without holds."""
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        moment = require_moment(as_of, field="as_of")
        await exporting.record_export(tx, officer, terminal=terminal)
        return Stream(
            exporting.export_entries(tx.database, scope=scope, status=status, reason=reason, as_of=moment),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="blacklist.csv"'},
        )
