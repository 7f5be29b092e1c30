"""The doors of filing: from the level below, and for those who answer for timeliness."""

from datetime import date
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, QueryParameter

from birthreg.access.guards import Asker, OpenTx, Terminal, Tx
from birthreg.access.models import Act, Officer
from birthreg.access.readings import record_reading
from birthreg.access.rules import sees_in_clear
from birthreg.access.service import permit
from birthreg.filing import receiving, service
from birthreg.filing.delivery_models import Answers, Received
from birthreg.filing.models import Board, FilingStatus, Status
from birthreg.kernel.masking import mask_number
from birthreg.kernel.paging import Cursor, Limit, Page, decode_day_cursor, decode_id_cursor
from birthreg.kernel.problems import documented

Envelope = Annotated[
    str, msgspec.Meta(min_length=1, max_length=4096, description="一份备案报文 · one filing, a compact JWS (RFC 7515)")
]


class Delivery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filings as an instance of the level below sends them, each signed (EdDSA, `typ` birthreg-filing+jwt)."""

    filings: Annotated[list[Envelope], msgspec.Meta(min_length=1, max_length=receiving.MOST_RECEIVED)]


Organization = Annotated[
    str | None,
    QueryParameter(pattern=r"^[0-9]{12}$", description="只看该机构及其下级 · this organisation and those below it"),
]
FirstDay = Annotated[date | None, QueryParameter(name="from", description="起始日期,含 · first day (RFC 3339)")]
LastDay = Annotated[date | None, QueryParameter(name="to", description="截止日期,含 · last day")]


Shown = TypeVar("Shown", FilingStatus, Received)


def _show(page: Page[Shown], officer: Officer) -> Page[Shown]:
    """Hide the end of numbers from who watches over the readers."""
    if sees_in_clear(officer):
        return page
    items = [
        msgspec.structs.replace(
            item,
            certificate_number=mask_number(item.certificate_number),
            previous_number=item.previous_number and mask_number(item.previous_number),
        )
        for item in page.items
    ]
    return msgspec.structs.replace(page, items=items)


class FilingController(Controller):
    """Filings."""

    path = "/api/v1/filings"
    tags = ("filings",)

    @post(
        "/",
        summary="接收下级备案 · Receive from the level below",
        status_code=200,
        responses=documented(401, 422),
        security=[],
    )
    async def receive(self, data: JSONBody[Delivery], open_tx: OpenTx, terminal: Terminal, state: State) -> Answers:
        """Receive filings that are signed by a known instance of the level below; each has its own answer."""
        answers = await receiving.receive_many(
            open_tx, delivered=data.filings, take=state.take, level=state.level, terminal=terminal
        )
        return Answers(answers)

    @get("/", summary="备案列表 · Filings", responses=documented(401, 403, 422))
    async def list_filings(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        status: Annotated[Status | None, QueryParameter()] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[FilingStatus]:
        """Return the filings of the jurisdiction, newest first."""
        scope = await permit(tx, officer, act=Act.READ_FILINGS, terminal=terminal)
        found = await service.list_filings(
            tx, scope=scope, status=status, before=decode_id_cursor(cursor), limit=limit + 1
        )
        page = _show(Page.cut(found, limit=limit, cursor_of=lambda filing: filing.id), officer)
        await record_reading(
            tx, officer, act=Act.READ_FILINGS, object="filing", terminal=terminal, count=len(page.items), status=status
        )
        return page

    @get("/received", summary="下级报来的备案 · Filings from the level below", responses=documented(401, 403, 422))
    async def list_received(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        rejected: Annotated[bool, QueryParameter(description="只看被退回的 · rejected ones alone")] = False,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Received]:
        """Return what came from below, newest first; a rejected one says who holds the number."""
        scope = await permit(tx, officer, act=Act.READ_FILINGS, terminal=terminal)
        found = await service.list_received(
            tx, scope=scope, rejected_alone=rejected, before=decode_id_cursor(cursor), limit=limit + 1
        )
        page = _show(Page.cut(found, limit=limit, cursor_of=lambda filing: filing.id), officer)
        await record_reading(
            tx, officer, act=Act.READ_FILINGS, object="received_filing", terminal=terminal, count=len(page.items),
            rejected=rejected or None,
        )  # fmt: skip
        return page

    @get("/board", summary="备案时效 · Lag and timeliness", responses=documented(401, 403, 422))
    async def board(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        state: State,
        first_day: FirstDay = None,
        last_day: LastDay = None,
        organization: Organization = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Board:
        """Return how organisations filed, by day; and whether the level above answers. The last week unless asked."""
        scope = await permit(tx, officer, act=Act.READ_FILINGS, terminal=terminal)
        rows = await service.read_board(
            tx, scope=scope, first_day=first_day, last_day=last_day, organization=organization,
            after=decode_day_cursor(cursor), limit=limit + 1,
        )  # fmt: skip
        page = Page.cut(rows, limit=limit, cursor_of=lambda row: f"{row.day} {row.organization}")
        upstream = await service.read_upstream(tx, level=state.level)
        await record_reading(
            tx, officer, act=Act.READ_FILINGS, object="filing_board", terminal=terminal, count=len(page.items),
            first_day=first_day, last_day=last_day, organization=organization,
        )  # fmt: skip
        return Board(upstream=upstream, items=page.items, next_cursor=page.next_cursor)

    @post(
        "/{filing_id:uuid}/resending",
        summary="重新报送 · Send again",
        status_code=204,
        responses=documented(401, 403, 404, 409),
    )
    async def resend(self, tx: Tx, officer: Asker, terminal: Terminal, filing_id: FromPath[UUID]) -> None:
        """Let a filing that was set aside be sent at once."""
        scope = await permit(tx, officer, act=Act.RESEND_FILINGS, terminal=terminal)
        await service.resend(tx, officer, scope=scope, filing=filing_id, terminal=terminal)
