"""The doors of how cases hang together."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, QueryParameter

from birthreg.access.guards import Asker, Spoken, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.service import permit
from birthreg.blacklist.answers import answer_once, told
from birthreg.cases import linking, merging, relating, splitting
from birthreg.cases.models import Acted
from birthreg.cases.reading import reader_of
from birthreg.cases.service import OBJECT
from birthreg.cases.shape_models import (
    CaseLink,
    Graph,
    LinkRequest,
    MergeRequest,
    Split,
    SplitRequest,
    UnmergeRequest,
)
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.paging import Cursor, Limit, Page, decode_id_cursor
from birthreg.kernel.problems import documented
from birthreg.kernel.versions import IfMatch, version_in

Depth = Annotated[
    int, QueryParameter(ge=1, le=2, description="1:直接相关;2:再远一层 · 1: directly related; 2: one hop further")
]
_LASTING = (401, 403, 404, 409, 412, 422)


class CaseShapeController(Controller):
    """Links, merges and splits of a case, and what it shares with others."""

    path = "/api/v1/cases/{case_id:uuid}"
    tags = ("cases",)

    @get("/links", summary="关联案件 · Linked cases", responses=documented(401, 403, 404, 422))
    async def list_links(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        case_id: FromPath[UUID],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[CaseLink]:
        """Return the cases of the jurisdiction that a case, or what was merged into it, is linked to."""
        scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)
        found = await linking.list_links(
            tx, scope=scope, case=case_id, after=decode_id_cursor(cursor), limit=limit + 1,
            reader=reader_of(officer, language),
        )  # fmt: skip
        page = Page.cut(found, limit=limit, cursor_of=lambda one: one.id)
        await record_reading(
            tx, officer, act=Act.READ_CASES, object=OBJECT, terminal=terminal, key=case_id, count=len(page.items),
            part="links",
        )  # fmt: skip
        return page

    @post("/links", summary="关联 · Link to another case", status_code=200, responses=told(Acted, *_LASTING))
    async def link(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[LinkRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Link a case to another, both ways; each goes on by itself."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)

        async def act() -> Acted:
            return await linking.link(
                tx, officer, scope=scope, case=case_id, asked=data, version=version_in(if_match), terminal=terminal
            )

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @delete(
        "/links/{other_id:uuid}",
        summary="取消关联 · Link no more",
        status_code=200,
        responses=told(Acted, *_LASTING),
    )
    async def unlink(
        self,
        request: Request[Any, Any, State],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        other_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Part two linked cases; their timelines keep that they were linked."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)

        async def act() -> Acted:
            return await linking.unlink(
                tx, officer, scope=scope, case=case_id, from_case=other_id, version=version_in(if_match),
                terminal=terminal,
            )  # fmt: skip

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post("/merge", summary="并案 · Merge into another case", status_code=200, responses=told(Acted, *_LASTING))
    async def merge(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[MergeRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Let a case go on as part of another; each keeps its leads and its timeline."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)

        async def act() -> Acted:
            return await merging.merge(
                tx, officer, scope=scope, case=case_id, asked=data, version=version_in(if_match), terminal=terminal
            )

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post("/unmerge", summary="撤销并案 · Unmerge", status_code=200, responses=told(Acted, *_LASTING, 503))
    async def unmerge(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[UnmergeRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Let a merged case go on by itself again."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)

        async def act() -> Acted:
            return await merging.unmerge(
                tx, officer, scope=scope, case=case_id, asked=data, version=version_in(if_match), terminal=terminal
            )

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post("/split", summary="分案 · Split leads off", status_code=200, responses=told(Split, *_LASTING, 503))
    async def split(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[SplitRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Let leads that are about another child or number leave, for its open case or for one of their own."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)

        async def act() -> Split:
            return await splitting.split(
                tx, officer, scope=scope, case=case_id, asked=data, version=version_in(if_match), terminal=terminal
            )

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @get("/related", summary="相关案件 · Related cases", responses=documented(401, 403, 404, 422))
    async def relate(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        case_id: FromPath[UUID],
        depth: Depth = 1,
    ) -> Graph:
        """Return the cases around one as nodes and edges, with what they share; those elsewhere are counted."""
        scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)
        found = await relating.relate(tx, scope=scope, case=case_id, depth=depth, reader=reader_of(officer, language))
        await record_reading(
            tx, officer, act=Act.READ_CASES, object=OBJECT, terminal=terminal, key=case_id, count=len(found.nodes),
            part="related", depth=depth,
        )  # fmt: skip
        return found
