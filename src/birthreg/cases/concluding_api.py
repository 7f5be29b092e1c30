"""The doors of checklists and conclusions."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody

from birthreg.access.guards import Asker, Spoken, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.rules import sees_in_clear
from birthreg.access.service import permit
from birthreg.blacklist.answers import answer_once, told
from birthreg.cases import checklist, concluding
from birthreg.cases.checklist_models import Checklist, StepRequest
from birthreg.cases.concluding_models import (
    ConclusionRequest,
    ConfirmationRequest,
    ReopeningRequest,
    WithdrawalRequest,
)
from birthreg.cases.models import Acted
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.problems import documented
from birthreg.kernel.public_keys import Purpose
from birthreg.kernel.versions import IfMatch, version_in
from birthreg.screening.showing import Reader

_ACTING = (401, 403, 404, 409, 412, 422)


class CaseConclusionController(Controller):
    """How a case gets to its end."""

    path = "/api/v1/cases/{case_id:uuid}"
    tags = ("cases",)

    @get("/steps", summary="核查清单 · The checklist", responses=documented(401, 403, 404))
    async def list_steps(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, case_id: FromPath[UUID]
    ) -> Checklist:
        """Return what has to be looked into, by the kinds of its leads, and how each step stands."""
        scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)
        reader = Reader(language=language, clear=sees_in_clear(officer), scope=scope)
        found = await checklist.read_checklist(tx, scope=scope, case=case_id, reader=reader)
        await record_reading(
            tx, officer, act=Act.READ_CASES, object="case_steps", terminal=terminal, key=case_id,
            count=len(found.items),
        )  # fmt: skip
        return found

    @post("/steps", summary="核查步骤 · Tick a step", status_code=200, responses=told(Acted, *_ACTING))
    async def tick(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[StepRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say that a step is done, isn't after all, or doesn't apply and why; on which evidence."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)

        async def act() -> Acted:
            return await checklist.tick(
                tx, officer, scope=scope, case=case_id, asked=data, version=version_in(if_match), terminal=terminal
            )

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post("/conclusion", summary="提出结论 · Propose a conclusion", status_code=200, responses=told(Acted, *_ACTING))
    async def conclude(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ConclusionRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Propose how the case ends, once every required step is done; a lead investigator confirms it."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)

        async def act() -> Acted:
            return await concluding.conclude(
                tx, officer, scope=scope, case=case_id, asked=data, version=version_in(if_match), terminal=terminal
            )

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post("/withdrawal", summary="撤回结论 · Take a conclusion back", status_code=200, responses=told(Acted, *_ACTING))
    async def withdraw(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[WithdrawalRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take back what one has proposed oneself, before a lead investigator has decided on it."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)

        async def act() -> Acted:
            return await concluding.withdraw(
                tx, officer, scope=scope, case=case_id, reason=data.reason, version=version_in(if_match),
                terminal=terminal,
            )  # fmt: skip

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post("/confirmation", summary="审核结论 · Confirm or refuse", status_code=200, responses=told(Acted, *_ACTING))
    async def confirm(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ConfirmationRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Confirm what another proposed, which closes the case, or give it back to its investigator."""
        scope = await permit(tx, officer, act=Act.LEAD_CASES, terminal=terminal)
        signer = request.app.state.keyring.current(Purpose.DOSSIER)

        async def act() -> Acted:
            return await concluding.confirm(
                tx, officer, scope=scope, case=case_id, asked=data, version=version_in(if_match), terminal=terminal,
                signer=signer, folder=request.app.state.evidence,
            )  # fmt: skip

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post("/reopening", summary="重启案件 · Open again", status_code=200, responses=told(Acted, *_ACTING))
    async def reopen(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ReopeningRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Put a closed case into the queue again, with a new deadline."""
        scope = await permit(tx, officer, act=Act.LEAD_CASES, terminal=terminal)

        async def act() -> Acted:
            return await concluding.reopen(
                tx, officer, scope=scope, case=case_id, reason=data.reason, version=version_in(if_match),
                terminal=terminal,
            )  # fmt: skip

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)
