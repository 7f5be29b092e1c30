"""The doors of the lists that rules and the number's grammar read."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, QueryParameter

from birthreg.access.guards import Asker, Spoken, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.service import permit
from birthreg.blacklist.answers import ETAG, answer_once, told, with_tag
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.language import Language
from birthreg.kernel.paging import Cursor, Limit, Page, decode_cursor, decode_id_cursor, decode_number_cursor
from birthreg.kernel.problems import documented
from birthreg.kernel.versions import IfMatch, version_in
from birthreg.screening import listing
from birthreg.screening.list_models import (
    ChangeAnswer,
    ChangeDecisionRequest,
    ChangeStatus,
    ChangeWithdrawalRequest,
    ListChange,
    ListChangeRequest,
    ListedRow,
    ListName,
    PastChange,
)
from birthreg.screening.list_rules import effect_of

Prefix = Annotated[
    str, QueryParameter(max_length=12, pattern="^[0-9A-Z]*$", description="键的开头,如 4201 · how the key begins")
]
Key = Annotated[str | None, QueryParameter(max_length=40, description="只看这一条 · of this row alone")]
OfEnded = Annotated[
    bool | None, QueryParameter(description="false 只看现行,true 只看已终止 · those that hold, or hold no more")
]
Status = Annotated[ChangeStatus | None, QueryParameter(description="只看此状态 · only of this status")]
_LASTING = (401, 403, 404, 409, 412, 422)
_ROWS = "每条的字段见变更接口 · the fields of a row are those of a change"


def _answer(change: ListChange, language: Language) -> ChangeAnswer:
    effect = effect_of(change.list_name, change.status, change.act)
    return ChangeAnswer(change=change, effect=effect.speak(language))


class ListController(Controller):
    """Lists, what became of them, and their changes by two persons."""

    path = "/api/v1/screening/lists/{list_name:str}"
    tags = ("screening",)

    @get("/", summary="名单 · A list", description=_ROWS, responses=documented(401, 403, 404, 422))
    async def list_rows(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        list_name: FromPath[ListName],
        prefix: Prefix = "",
        ended: OfEnded = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[ListedRow]:
        """Return the rows of a list in their order."""
        await permit(tx, officer, act=Act.READ_LISTS, terminal=terminal)
        found = await listing.list_rows(
            tx, list_name=list_name, prefix=prefix, ended=ended, after=decode_cursor(cursor), limit=limit + 1
        )
        page = Page.cut(found, limit=limit, cursor_of=lambda one: one.place)
        await record_reading(
            tx, officer, act=Act.READ_LISTS, object=listing.OBJECT, terminal=terminal, count=len(page.items),
            list_name=list_name, prefix=prefix or None, ended=ended,
        )  # fmt: skip
        rows = [ListedRow(key=one.key, fields=one.listed or {}) for one in page.items]
        return Page(rows, page.next_cursor)

    @get("/history", summary="名单的变动历史 · What became of a list", responses=documented(401, 403, 404, 422))
    async def list_history(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        list_name: FromPath[ListName],
        key: Key = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[PastChange]:
        """Return every change of a list, or of one row of it, newest first: what stood before, and both persons."""
        await permit(tx, officer, act=Act.READ_LISTS, terminal=terminal)
        found = await listing.list_history(
            tx, list_name=list_name, key=key, before=decode_number_cursor(cursor), limit=limit + 1
        )
        page = Page.cut(found, limit=limit, cursor_of=lambda one: one.id)
        await record_reading(
            tx, officer, act=Act.READ_LISTS, object=listing.OBJECT, terminal=terminal, count=len(page.items),
            list_name=list_name, history=True, row=key,
        )  # fmt: skip
        return page

    @get("/changes", summary="名单的变更申请 · Proposed changes", responses=documented(401, 403, 404, 422))
    async def list_changes(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        list_name: FromPath[ListName],
        status: Status = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[ListChange]:
        """Return the changes of a list that were proposed inside the jurisdiction, newest first."""
        scope = await permit(tx, officer, act=Act.READ_LISTS, terminal=terminal)
        found = await listing.list_changes(
            tx, scope=scope, list_name=list_name, status=status, before=decode_id_cursor(cursor), limit=limit + 1
        )
        page = Page.cut(found, limit=limit, cursor_of=lambda one: one.id)
        await record_reading(
            tx, officer, act=Act.READ_LISTS, object=listing.OBJECT, terminal=terminal, count=len(page.items),
            list_name=list_name, changes=True, status=status,
        )  # fmt: skip
        return page

    @get(
        "/changes/{list_change_id:uuid}",
        summary="一项变更 · One change",
        responses=documented(401, 403, 404),
        response_headers=ETAG,
    )
    async def find_change(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        list_name: FromPath[ListName],
        list_change_id: FromPath[UUID],
    ) -> Response[ChangeAnswer]:
        """Return one change that was proposed inside the jurisdiction."""
        scope = await permit(tx, officer, act=Act.READ_LISTS, terminal=terminal)
        found = await listing.find_change(tx, scope=scope, list_name=list_name, change=list_change_id)
        await record_reading(
            tx, officer, act=Act.READ_LISTS, object=listing.OBJECT, terminal=terminal, key=list_change_id
        )
        return with_tag(_answer(found, language), version=found.version)

    @post(
        "/changes",
        summary="提出变更 · Propose a change",
        status_code=201,
        responses=told(ChangeAnswer, 401, 403, 404, 409, 422, status=201),
    )
    async def propose(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ListChangeRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        list_name: FromPath[ListName],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Propose to set or end one row of a list; nothing changes until another province administrator approves."""
        await permit(tx, officer, act=Act.PROPOSE_LISTS, terminal=terminal)

        async def act() -> ChangeAnswer:
            found = await listing.propose(tx, officer, list_name=list_name, asked=data, terminal=terminal)
            return _answer(found, language)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act, status=201)

    @post(
        "/changes/{list_change_id:uuid}/approval",
        summary="审批 · Decide",
        status_code=200,
        responses=told(ChangeAnswer, *_LASTING),
    )
    async def decide(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ChangeDecisionRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        list_name: FromPath[ListName],
        list_change_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Approve or refuse what another proposed; once this has answered, the list says so."""
        scope = await permit(tx, officer, act=Act.DECIDE_LISTS, terminal=terminal)

        async def act() -> ChangeAnswer:
            found = await listing.decide(
                tx, officer, scope=scope, list_name=list_name, change=list_change_id, choice=data.decision,
                reason=data.reason, version=version_in(if_match), terminal=terminal,
            )  # fmt: skip
            return _answer(found, language)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post(
        "/changes/{list_change_id:uuid}/withdrawal",
        summary="撤回 · Withdraw",
        status_code=200,
        responses=told(ChangeAnswer, *_LASTING),
    )
    async def withdraw(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ChangeWithdrawalRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        list_name: FromPath[ListName],
        list_change_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take back what one proposed oneself."""
        scope = await permit(tx, officer, act=Act.PROPOSE_LISTS, terminal=terminal)

        async def act() -> ChangeAnswer:
            found = await listing.withdraw(
                tx, officer, scope=scope, list_name=list_name, change=list_change_id, reason=data.reason,
                version=version_in(if_match), terminal=terminal,
            )  # fmt: skip
            return _answer(found, language)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)
