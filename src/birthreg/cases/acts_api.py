"""The doors of the acts on a case in the queue."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody

from birthreg.access.guards import Asker, Terminal, Tx
from birthreg.access.models import Act, Officer
from birthreg.access.service import permit
from birthreg.blacklist.answers import answer_once, told
from birthreg.cases import queueing
from birthreg.cases.models import Acted
from birthreg.cases.queue_models import AssignmentRequest, NoteRequest, ReasonRequest, SuspensionAsked
from birthreg.cases.queueing import Asked
from birthreg.kernel.database import Transaction
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.versions import IfMatch, version_in

_Asking = Request[Any, Any, State]
_TOLD = told(Acted, 401, 403, 404, 409, 412, 422)


async def _answer(
    request: _Asking,
    tx: Transaction,
    officer: Officer,
    *,
    may: Act,
    case: UUID,
    tag: str | None,
    key: str | None,
    terminal: str,
    act: Callable[[Asked], Awaitable[Acted]],
) -> Response[bytes]:
    scope = await permit(tx, officer, act=may, terminal=terminal)
    asked = Asked(officer=officer, scope=scope, case=case, version=version_in(tag), terminal=terminal)

    async def acted() -> Acted:
        return await act(asked)

    return await answer_once(request, tx, officer, key=key, act=acted)


class CaseActController(Controller):
    """Acts on one case; each answers how it stands then, and the entry that it left on the timeline."""

    path = "/api/v1/cases/{case_id:uuid}"
    tags = ("cases",)

    @post("/claim", summary="领取 · Claim", status_code=200, responses=_TOLD)
    async def claim(
        self,
        request: _Asking,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Lease a case from the queue for two hours."""

        async def act(asked: Asked) -> Acted:
            return await queueing.claim(tx, asked)

        return await _answer(
            request, tx, officer, may=Act.WORK_CASES, case=case_id, tag=if_match, key=idempotency_key,
            terminal=terminal, act=act,
        )  # fmt: skip

    @post("/renewal", summary="续期 · Renew", status_code=200, responses=_TOLD)
    async def renew(
        self,
        request: _Asking,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Let the lease begin anew; one that isn't renewed returns the case to the queue, with its notes."""

        async def act(asked: Asked) -> Acted:
            return await queueing.renew(tx, asked)

        return await _answer(
            request, tx, officer, may=Act.WORK_CASES, case=case_id, tag=if_match, key=idempotency_key,
            terminal=terminal, act=act,
        )  # fmt: skip

    @post("/release", summary="退回待办 · Release", status_code=200, responses=_TOLD)
    async def release(
        self,
        request: _Asking,
        data: JSONBody[ReasonRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give a case back to the queue."""

        async def act(asked: Asked) -> Acted:
            return await queueing.release(tx, asked, reason=data.reason)

        return await _answer(
            request, tx, officer, may=Act.WORK_CASES, case=case_id, tag=if_match, key=idempotency_key,
            terminal=terminal, act=act,
        )  # fmt: skip

    @post("/assignment", summary="指派 · Assign", status_code=200, responses=_TOLD)
    async def assign(
        self,
        request: _Asking,
        data: JSONBody[AssignmentRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Lease a case to an investigator whose jurisdiction holds it, whoever had it before."""

        async def act(asked: Asked) -> Acted:
            return await queueing.assign(tx, asked, wanted=data)

        return await _answer(
            request, tx, officer, may=Act.LEAD_CASES, case=case_id, tag=if_match, key=idempotency_key,
            terminal=terminal, act=act,
        )  # fmt: skip

    @post("/escalation", summary="上报 · Escalate", status_code=200, responses=_TOLD)
    async def escalate(
        self,
        request: _Asking,
        data: JSONBody[ReasonRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Put a case into the queue of the level above: county, prefecture, province."""

        async def act(asked: Asked) -> Acted:
            return await queueing.escalate(tx, asked, reason=data.reason)

        return await _answer(
            request, tx, officer, may=Act.WORK_CASES, case=case_id, tag=if_match, key=idempotency_key,
            terminal=terminal, act=act,
        )  # fmt: skip

    @post("/notes", summary="记录 · Note", status_code=200, responses=_TOLD)
    async def note(
        self,
        request: _Asking,
        data: JSONBody[NoteRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Write a note on the timeline."""

        async def act(asked: Asked) -> Acted:
            return await queueing.note(tx, asked, text=data.text)

        return await _answer(
            request, tx, officer, may=Act.WORK_CASES, case=case_id, tag=if_match, key=idempotency_key,
            terminal=terminal, act=act,
        )  # fmt: skip

    @post("/suspension", summary="中止 · Suspend", status_code=200, responses=_TOLD)
    async def suspend(
        self,
        request: _Asking,
        data: JSONBody[SuspensionAsked],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Let a case wait until a moment, a day or an event; its deadline stands still meanwhile."""

        async def act(asked: Asked) -> Acted:
            return await queueing.suspend(tx, asked, wanted=queueing.read_suspension(data))

        return await _answer(
            request, tx, officer, may=Act.WORK_CASES, case=case_id, tag=if_match, key=idempotency_key,
            terminal=terminal, act=act,
        )  # fmt: skip

    @post("/resumption", summary="恢复 · Resume", status_code=200, responses=_TOLD)
    async def resume(
        self,
        request: _Asking,
        data: JSONBody[ReasonRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Let a suspended case go on."""

        async def act(asked: Asked) -> Acted:
            return await queueing.resume(tx, asked, reason=data.reason)

        return await _answer(
            request, tx, officer, may=Act.WORK_CASES, case=case_id, tag=if_match, key=idempotency_key,
            terminal=terminal, act=act,
        )  # fmt: skip
