"""The doors at which persons decide on a file of void numbers: propose it, decide, have it taken back, withdraw."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody

from birthreg.access.guards import Asker, Spoken, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.service import permit
from birthreg.blacklist import batches
from birthreg.blacklist.answers import answer_once, told
from birthreg.blacklist.proposal_models import DecisionRequest, ReasonRequest
from birthreg.imports import batch_files
from birthreg.imports.batch_views import BatchView, tell
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.versions import IfMatch, version_in

_CHANGED = told(BatchView, 401, 403, 404, 409, 412, 422)


class BlacklistBatchController(Controller):
    """What persons decide on a file of void numbers."""

    path = "/api/v1/blacklist/imports"
    tags = ("blacklist",)

    @post("/{batch_id:uuid}/commit", summary="提交审批 · Propose the batch", status_code=200, responses=_CHANGED)
    async def commit(
        self,
        request: Request[Any, Any, State],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        batch_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Propose, as who brought the file, what it would change; another officer decides."""
        scope = await permit(tx, officer, act=Act.PROPOSE_BLACKLIST, terminal=terminal)

        async def act() -> BatchView:
            await batch_files.require_read(
                tx, officer, scope=scope, batch=batch_id, act=Act.PROPOSE_BLACKLIST, terminal=terminal
            )
            await batches.propose(
                tx, officer, scope=scope, batch=batch_id, version=version_in(if_match), terminal=terminal
            )
            return tell(await batch_files.find_batch(tx, scope=scope, batch=batch_id), language)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post("/{batch_id:uuid}/approval", summary="审批 · Decide", status_code=200, responses=_CHANGED)
    async def decide(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[DecisionRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        batch_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Approve or refuse, as the second person, that the batch be put in force, or taken back.

        Up to 5,000 entries are in force, or lifted, when this has answered `in_force` or `undone`; more
        when the batch shows it, a moment later, all of them at once.
        """
        scope = await permit(tx, officer, act=Act.DECIDE_BLACKLIST, terminal=terminal)

        async def act() -> BatchView:
            await batches.decide(
                tx, officer, scope=scope, batch=batch_id, choice=data.decision, reason=data.reason,
                version=version_in(if_match), terminal=terminal,
            )  # fmt: skip
            return tell(await batch_files.find_batch(tx, scope=scope, batch=batch_id), language)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post("/{batch_id:uuid}/undo", summary="撤销批次 · Undo", status_code=200, responses=_CHANGED)
    async def undo(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ReasonRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        batch_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Propose that a batch in force be taken back; before it is in force, who brought it withdraws it at once."""
        scope = await permit(tx, officer, act=Act.PROPOSE_BLACKLIST, terminal=terminal)

        async def act() -> BatchView:
            await batches.undo(
                tx, officer, scope=scope, batch=batch_id, reason=data.reason, version=version_in(if_match),
                terminal=terminal,
            )  # fmt: skip
            return tell(await batch_files.find_batch(tx, scope=scope, batch=batch_id), language)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post(
        "/{batch_id:uuid}/withdrawal",
        summary="撤回提议 · Withdraw what one proposed",
        status_code=200,
        responses=_CHANGED,
    )
    async def withdraw(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ReasonRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        batch_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take back a batch that isn't in force, as who brought it, or a proposed undo, as who proposed that."""
        scope = await permit(tx, officer, act=Act.PROPOSE_BLACKLIST, terminal=terminal)

        async def act() -> BatchView:
            await batches.withdraw(
                tx, officer, scope=scope, batch=batch_id, reason=data.reason, version=version_in(if_match),
                terminal=terminal,
            )  # fmt: skip
            return tell(await batch_files.find_batch(tx, scope=scope, batch=batch_id), language)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)
