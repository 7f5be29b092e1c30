"""The doors of acts on many cases."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody

from birthreg.access.guards import Asker, Spoken, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.service import permit
from birthreg.blacklist.answers import answer_once, told
from birthreg.cases import bulk, bulk_reading, bulk_undoing
from birthreg.cases.bulk import Bulking
from birthreg.cases.bulk_acts import BULK_WAYS, require_whole
from birthreg.cases.bulk_models import BulkReport, BulkRequest, BulkShown, BulkTold
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.paging import Cursor, Limit, Page, decode_id_cursor
from birthreg.kernel.problems import documented


class CaseBulkController(Controller):
    """One act on many cases."""

    path = "/api/v1/cases/bulk"
    tags = ("cases",)

    @post(
        "/",
        summary="批量办理 · Act on many cases",
        status_code=200,
        responses=told(BulkReport, 401, 403, 409, 422, 503),
    )
    async def act_on_many(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[BulkRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Do one act with up to 100 cases, each by itself, and tell what came of each; or only what would come."""
        scope = await permit(tx, officer, act=BULK_WAYS[data.act].permission, terminal=terminal)
        require_whole(data)
        who = Bulking(officer=officer, scope=scope, terminal=terminal, language=language)

        async def act() -> BulkReport:
            return await bulk.act_on_many(tx, who, asked=data)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @get("/", summary="批量办理记录 · Past acts on many cases", responses=documented(401, 403, 422))
    async def list_bulks(
        self, tx: Tx, officer: Asker, terminal: Terminal, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[BulkShown]:
        """Return the acts on many cases of the jurisdiction's officers, the latest first, and whether they stand."""
        scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)
        before = decode_id_cursor(cursor)
        found = await bulk_reading.list_bulks(tx, officer, scope=scope, before=before, limit=limit + 1)
        page = Page.cut(found, limit=limit, cursor_of=lambda one: one.id)
        await record_reading(
            tx, officer, act=Act.READ_CASES, object=bulk.OBJECT, terminal=terminal, count=len(page.items)
        )  # fmt: skip
        return page

    @get("/{bulk_id:uuid}", summary="一次批量办理 · One act on many cases", responses=documented(401, 403, 404))
    async def find_bulk(self, tx: Tx, officer: Asker, terminal: Terminal, bulk_id: FromPath[UUID]) -> BulkTold:
        """Return an act on many cases with those that it changed: how each stood before, and whether it moved on."""
        scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)
        found = await bulk_reading.find_bulk(tx, officer, scope=scope, bulk=bulk_id)
        await record_reading(tx, officer, act=Act.READ_CASES, object=bulk.OBJECT, terminal=terminal, key=bulk_id)
        return found

    @post(
        "/{bulk_id:uuid}/undo",
        summary="撤销批量办理 · Take a bulk act back",
        status_code=200,
        responses=told(BulkReport, 401, 403, 404, 409, 422, 503),
    )
    async def undo(
        self,
        request: Request[Any, Any, State],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        bulk_id: FromPath[UUID],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take back one's own act on many cases within ten minutes; cases that have changed since stay as they are."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)
        who = Bulking(officer=officer, scope=scope, terminal=terminal, language=language)

        async def act() -> BulkReport:
            return await bulk_undoing.undo(tx, who, bulk=bulk_id)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)
