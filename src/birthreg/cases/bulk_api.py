"""The doors of acts on many cases."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody

from birthreg.access.guards import Asker, Spoken, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.service import permit
from birthreg.blacklist.answers import answer_once, told
from birthreg.cases import bulk, bulk_undoing
from birthreg.cases.bulk import Bulking
from birthreg.cases.bulk_acts import BULK_WAYS, require_whole
from birthreg.cases.bulk_models import BulkReport, BulkRequest
from birthreg.kernel.idempotency import IdempotencyKey


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
