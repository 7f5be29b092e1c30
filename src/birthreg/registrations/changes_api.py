"""The doors of corrections and revocations: propose, decide, withdraw."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody

from birthreg.access.guards import Asker, Spoken, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.service import permit
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.versions import IfMatch, version_in
from birthreg.registrations import changes
from birthreg.registrations.answers import Door, refusable
from birthreg.registrations.book_models import (
    ChangeRow,
    ChangeStanding,
    CorrectionRequest,
    DecisionRequest,
    Denied,
    ReasonRequest,
)
from birthreg.registrations.life_models import ChangeKind, LifeAct

_LASTING = (401, 403, 404, 409, 412, 422)
_DECIDED = refusable(ChangeStanding, status=200, statuses=_LASTING)
_PROPOSED = refusable(ChangeStanding, status=201, statuses=_LASTING)


class ChangeController(Controller):
    """Corrections and revocations."""

    path = "/api/v1/registrations/{registration_id:uuid}"
    tags = ("registrations",)

    @post("/corrections", summary="提出更正编号 · Propose a correction", status_code=201, responses=_PROPOSED)
    async def propose_correction(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[CorrectionRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        state: State,
        registration_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Propose the right number of a registration; nobody else can take it until somebody else decides."""
        scope = await permit(tx, officer, act=Act.CHANGE_REGISTRATIONS, terminal=terminal)

        async def act() -> ChangeStanding | Denied:
            return _standing(
                await changes.propose_correction(
                    tx, officer, scope=scope, books=state.registering, registration=registration_id,
                    typed=data.certificate_number, reason=data.reason, terminal=terminal,
                    version=version_in(if_match),
                )
            )  # fmt: skip

        return await Door(request, tx, officer, language).answer_once(act, key=idempotency_key, status=201)

    @post("/revocation", summary="提出撤销 · Propose a revocation", status_code=201, responses=_PROPOSED)
    async def propose_revocation(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ReasonRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        registration_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Propose that a registration be revoked; nothing changes until somebody else decides."""
        scope = await permit(tx, officer, act=Act.CHANGE_REGISTRATIONS, terminal=terminal)

        async def act() -> ChangeStanding | Denied:
            return _standing(
                await changes.propose_revocation(
                    tx, officer, scope=scope, registration=registration_id, reason=data.reason, terminal=terminal,
                    version=version_in(if_match),
                )
            )  # fmt: skip

        return await Door(request, tx, officer, language).answer_once(act, key=idempotency_key, status=201)

    @post(
        "/corrections/{change_id:uuid}/approval",
        summary="审批更正 · Decide on a correction",
        status_code=200,
        responses=_DECIDED,
    )
    async def decide_correction(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[DecisionRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        state: State,
        registration_id: FromPath[UUID],
        change_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Approve or refuse what another officer proposed."""
        scope = await permit(tx, officer, act=Act.DECIDE_REGISTRATIONS, terminal=terminal)

        async def act() -> ChangeStanding | Denied:
            return _standing(
                await changes.decide_change(
                    tx, officer, scope=scope, books=state.registering, registration=registration_id,
                    kind=ChangeKind.CORRECTION, change=change_id, act=changes.decided(data.decision),
                    reason=data.reason, terminal=terminal, version=version_in(if_match),
                )
            )  # fmt: skip

        return await Door(request, tx, officer, language).answer_once(act, key=idempotency_key)

    @post(
        "/corrections/{change_id:uuid}/withdrawal",
        summary="撤回更正 · Withdraw a correction",
        status_code=200,
        responses=_DECIDED,
    )
    async def withdraw_correction(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ReasonRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        state: State,
        registration_id: FromPath[UUID],
        change_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take back what one proposed oneself."""
        scope = await permit(tx, officer, act=Act.CHANGE_REGISTRATIONS, terminal=terminal)

        async def act() -> ChangeStanding | Denied:
            return _standing(
                await changes.decide_change(
                    tx, officer, scope=scope, books=state.registering, registration=registration_id,
                    kind=ChangeKind.CORRECTION, change=change_id, act=LifeAct.WITHDRAW, reason=data.reason,
                    terminal=terminal, version=version_in(if_match),
                )
            )  # fmt: skip

        return await Door(request, tx, officer, language).answer_once(act, key=idempotency_key)

    @post(
        "/revocation/approval",
        summary="审批撤销 · Decide on a revocation",
        status_code=200,
        responses=_DECIDED,
    )
    async def decide_revocation(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[DecisionRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        state: State,
        registration_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Approve or refuse what another officer proposed."""
        scope = await permit(tx, officer, act=Act.DECIDE_REGISTRATIONS, terminal=terminal)

        async def act() -> ChangeStanding | Denied:
            return _standing(
                await changes.decide_change(
                    tx, officer, scope=scope, books=state.registering, registration=registration_id,
                    kind=ChangeKind.REVOCATION, act=changes.decided(data.decision), reason=data.reason,
                    terminal=terminal, version=version_in(if_match),
                )
            )  # fmt: skip

        return await Door(request, tx, officer, language).answer_once(act, key=idempotency_key)

    @post(
        "/revocation/withdrawal",
        summary="撤回撤销 · Withdraw a revocation",
        status_code=200,
        responses=_DECIDED,
    )
    async def withdraw_revocation(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ReasonRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        state: State,
        registration_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take back what one proposed oneself."""
        scope = await permit(tx, officer, act=Act.CHANGE_REGISTRATIONS, terminal=terminal)

        async def act() -> ChangeStanding | Denied:
            return _standing(
                await changes.decide_change(
                    tx, officer, scope=scope, books=state.registering, registration=registration_id,
                    kind=ChangeKind.REVOCATION, act=LifeAct.WITHDRAW, reason=data.reason,
                    terminal=terminal, version=version_in(if_match),
                )
            )  # fmt: skip

        return await Door(request, tx, officer, language).answer_once(act, key=idempotency_key)


def _standing(change: ChangeRow | Denied) -> ChangeStanding | Denied:
    if isinstance(change, Denied):
        return change
    return ChangeStanding(
        id=change.id,
        registration_id=change.registration_id,
        kind=change.kind,
        status=change.status,
        old_number=change.old_number,
        new_number=change.new_number,
    )
