"""The doors of auditors: the trail, and the heads of its chain."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from litestar import Controller, get
from litestar.params import QueryParameter

from birthreg.access.guards import Asker, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.rules import sees_in_clear
from birthreg.access.service import permit
from birthreg.audit import service as audit
from birthreg.audit.models import Entry
from birthreg.kernel.clock import require_moment
from birthreg.kernel.errors import field_error
from birthreg.kernel.masking import mask_number, mask_numbers
from birthreg.kernel.paging import Cursor, Limit, Page, decode_cursor, decode_id_cursor
from birthreg.kernel.problems import documented

_LOOK_BACK = timedelta(days=31)
"""What is read when no time is asked for."""

_OF_NUMBERS = ("certificate", "certificate_number")
"""What look-ups, and acts on a number, call the thing that their key names."""

Filter = Annotated[str | None, QueryParameter(max_length=100)]


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """One link of the chain as it can be published outside: whoever keeps it can check the chain by it."""

    number: int
    sealed_at: datetime
    entries: int
    root: str
    previous: str
    head: str
    key_id: str
    signature: str


class TrailController(Controller):
    """The trail."""

    path = "/api/v1/audit"
    tags = ("audit",)

    @get("/entries", summary="审计轨迹 · The trail", responses=documented(401, 403, 422))
    async def list_entries(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        since: Annotated[datetime | None, QueryParameter()] = None,
        until: Annotated[datetime | None, QueryParameter()] = None,
        by: Annotated[str | None, QueryParameter(name="officer", max_length=100)] = None,
        act: Filter = None,
        key: Filter = None,
        succeeded: Annotated[bool | None, QueryParameter()] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Entry]:
        """Return acts and look-ups of the jurisdiction, newest first; the last 31 days unless asked otherwise.

        Numbers come masked; `key` finds one by the whole number.
        """
        scope = await permit(tx, officer, act=Act.READ_TRAIL, terminal=terminal)
        until = require_moment(until, field="until") or tx.now + timedelta(seconds=1)
        since = require_moment(since, field="since") or until - _LOOK_BACK
        found = await audit.list_entries(
            tx, scope=scope.patterns, since=since, until=until, after=decode_id_cursor(cursor), limit=limit + 1,
            officer=by, act=act, key=key, succeeded=succeeded,
        )  # fmt: skip
        shown = found if sees_in_clear(officer) else [_masked(entry) for entry in found]
        page = Page.cut(shown, limit=limit, cursor_of=lambda entry: entry.id)
        await record_reading(tx, officer, act=Act.READ_TRAIL, object="trail", terminal=terminal, count=len(page.items))
        return page

    @get("/heads", summary="封存链头 · Heads of the chain", responses=documented(401, 403, 422))
    async def list_heads(
        self, tx: Tx, officer: Asker, terminal: Terminal, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[Head]:
        """Return the chain's heads, newest first."""
        await permit(tx, officer, act=Act.READ_TRAIL, terminal=terminal)
        before = decode_cursor(cursor)
        if before is not None and not (before.isdecimal() and len(before) < 19):
            raise field_error(field="cursor", code="cursor_invalid", zh="游标无效。", en="Not a cursor.")
        seals = await audit.list_seals(tx, before=int(before) if before else None, limit=limit + 1)
        heads = [
            Head(
                number=seal.number,
                sealed_at=seal.sealed_at,
                entries=seal.entries,
                root=seal.root.hex(),
                previous=seal.previous.hex(),
                head=seal.head.hex(),
                key_id=seal.key_id,
                signature=seal.signature.hex(),
            )
            for seal in seals
        ]
        return Page.cut(heads, limit=limit, cursor_of=lambda head: head.number)


def _masked(entry: Entry) -> Entry:
    hide = mask_number if entry.object in _OF_NUMBERS else mask_numbers  # what was typed may be no number
    return msgspec.structs.replace(
        entry,
        key=entry.key and hide(entry.key),
        condition=entry.condition and mask_numbers(entry.condition),
    )
