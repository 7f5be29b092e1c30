"""The doors of objections: a family contests an entry, and is answered."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, QueryParameter

from birthreg.access.guards import Asker, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.service import permit
from birthreg.blacklist import objecting
from birthreg.blacklist.answers import ETAG, answer_once, told, with_tag
from birthreg.blacklist.notice_models import (
    Objection,
    ObjectionDecisionRequest,
    ObjectionRequest,
    ObjectionStatus,
)
from birthreg.blacklist.proposal_models import ReasonRequest
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.paging import Cursor, Limit, Page, decode_id_cursor
from birthreg.kernel.problems import documented
from birthreg.kernel.versions import IfMatch, version_in

Status = Annotated[ObjectionStatus | None, QueryParameter(description="只看此状态 · only of this status")]


class EntryObjectionController(Controller):
    """Objections to one entry."""

    path = "/api/v1/blacklist/entries/{entry_id:uuid}/objections"
    tags = ("blacklist",)

    @post(
        "/",
        summary="受理异议 · Receive an objection",
        status_code=201,
        responses=told(Objection, 401, 403, 404, 409, 422, status=201),
    )
    async def object_to(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ObjectionRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        entry_id: FromPath[UUID],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Receive what a family says against an entry, wherever it was listed; its owner decides by `due_on`."""
        await permit(tx, officer, act=Act.RAISE_OBJECTIONS, terminal=terminal)

        async def act() -> Objection:
            return await objecting.object_to(tx, officer, entry=entry_id, asked=data, terminal=terminal)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act, status=201)


class ObjectionController(Controller):
    """Objections."""

    path = "/api/v1/blacklist/objections"
    tags = ("blacklist",)

    @get("/", summary="异议 · Objections", responses=documented(401, 403, 422))
    async def list_objections(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        status: Status = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Objection]:
        """Return the objections to entries of, or received in, the jurisdiction, newest first."""
        scope = await permit(tx, officer, act=Act.READ_OBJECTIONS, terminal=terminal)
        found = await objecting.list_objections(
            tx, scope=scope, status=status, before=decode_id_cursor(cursor), limit=limit + 1
        )
        page = Page.cut(found, limit=limit, cursor_of=lambda one: one.id)
        await record_reading(
            tx,
            officer,
            act=Act.READ_OBJECTIONS,
            object="objection",
            terminal=terminal,
            count=len(page.items),
            status=status,
        )
        return page

    @get(
        "/{objection_id:uuid}",
        summary="一项异议 · One objection",
        responses=documented(401, 403, 404),
        response_headers=ETAG,
    )
    async def find(
        self, tx: Tx, officer: Asker, terminal: Terminal, objection_id: FromPath[UUID]
    ) -> Response[Objection]:
        """Return one objection to an entry of, or received in, the jurisdiction."""
        scope = await permit(tx, officer, act=Act.READ_OBJECTIONS, terminal=terminal)
        found = await objecting.find_objection(tx, scope=scope, objection=objection_id)
        await record_reading(
            tx, officer, act=Act.READ_OBJECTIONS, object="objection", terminal=terminal, key=objection_id
        )
        return with_tag(found, version=found.version)

    @post(
        "/{objection_id:uuid}/decision",
        summary="处理异议 · Decide on an objection",
        status_code=200,
        responses=told(Objection, 401, 403, 404, 409, 412, 422),
    )
    async def decide(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ObjectionDecisionRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        objection_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Uphold or reject, or settle where the listing has ended; upheld, the lift is proposed for a second person."""
        scope = await permit(tx, officer, act=Act.DECIDE_BLACKLIST, terminal=terminal)

        async def act() -> Objection:
            return await objecting.decide_objection(
                tx, officer, scope=scope, objection=objection_id, asked=data, version=version_in(if_match),
                terminal=terminal,
            )  # fmt: skip

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post(
        "/{objection_id:uuid}/withdrawal",
        summary="撤回异议 · Withdraw an objection",
        status_code=200,
        responses=told(Objection, 401, 403, 404, 409, 412, 422),
    )
    async def withdraw(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ReasonRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        objection_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take back, where it was received, an objection that isn't decided; another can be received then."""
        scope = await permit(tx, officer, act=Act.WITHDRAW_OBJECTIONS, terminal=terminal)

        async def act() -> Objection:
            return await objecting.withdraw_objection(
                tx, officer, scope=scope, objection=objection_id, reason=data.reason, version=version_in(if_match),
                terminal=terminal,
            )  # fmt: skip

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)
