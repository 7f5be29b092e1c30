"""The doors of registrations: register, read, search, decide, withdraw."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, QueryParameter

from birthreg.access.guards import Asker, ProbingTx, Spoken, Terminal, Tx
from birthreg.access.models import Act, Officer
from birthreg.access.rules import reach_of
from birthreg.access.service import permit, require_standing
from birthreg.certificates.rules import require_number
from birthreg.kernel.clock import require_moment
from birthreg.kernel.database import Transaction
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.paging import Cursor, Limit, Page, decode_id_cursor
from birthreg.kernel.problems import documented
from birthreg.kernel.versions import IfMatch, etag_of, version_in
from birthreg.registrations import later, reading, service
from birthreg.registrations.answers import Door, refusable
from birthreg.registrations.book_models import (
    DecisionRequest,
    Denied,
    Filter,
    ReasonRequest,
    RefusedAttempt,
    Registered,
    RegistrationListed,
    RegistrationShown,
    SearchRequest,
    StatusReached,
)
from birthreg.registrations.life_models import RegistrationStatus
from birthreg.registrations.models import Application

Since = Annotated[datetime | None, QueryParameter(description="录入时间起 · entered from (RFC 3339)")]
Until = Annotated[datetime | None, QueryParameter(description="录入时间止(不含) · entered before")]
Number = Annotated[str | None, QueryParameter(max_length=64, description="出生医学证明编号 · certificate number")]
Organization = Annotated[
    str | None,
    QueryParameter(pattern=r"^[0-9]{12}$", max_length=12, description="受理地或落户地 · accepted or registered there"),
]
_LASTING = (401, 403, 404, 409, 412, 422)


async def permit_standing(tx: Transaction, officer: Officer, *, act: Act, terminal: str) -> None:
    """Refuse who may not do an act; that the session stands is asked with the facts, or here when it is refused.

    Raises:
        SessionEnded: the session no longer stands.
        NotPermitted: the role may not.
    """
    if reach_of(officer, act) is None:
        await require_standing(tx, session=officer.session)
        await permit(tx, officer, act=act, terminal=terminal)


class RegistrationController(Controller):
    """Registrations."""

    path = "/api/v1/registrations"
    tags = ("registrations",)

    @post(
        "/",
        summary="出生登记 · Register a birth",
        status_code=201,
        responses=refusable(Registered, status=201, statuses=(401, 403, 409, 422)),
    )
    async def register(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[Application],
        probing_tx: ProbingTx,
        terminal: Terminal,
        language: Spoken,
        state: State,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Register a birth, or hold it for approval; 409 when the number is used, held or void, 422 by the policy."""
        officer = state.tokens.read(request.headers.get("authorization"))
        await permit_standing(probing_tx, officer, act=Act.REGISTER, terminal=terminal)

        async def act() -> Registered | Denied:
            return await service.register(
                probing_tx, officer, books=state.registering, application=data, terminal=terminal, language=language
            )

        door = Door(request, probing_tx, officer, language, standing_asked=False)
        return await door.answer_once(act, key=idempotency_key, status=201)

    @get("/", summary="登记列表 · The registrations", responses=documented(401, 403, 422))
    async def list_registrations(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        number: Number = None,
        organization: Organization = None,
        status: Annotated[RegistrationStatus | None, QueryParameter()] = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[RegistrationListed]:
        """Return the registrations of the jurisdiction, newest first; what is entered meanwhile moves no page."""
        scope = await permit(tx, officer, act=Act.READ_REGISTRATIONS, terminal=terminal)
        wanted = Filter(
            number=None if number is None else require_number(number, field="number"),
            organization=organization,
            status=status,
            since=require_moment(since, field="since"),
            until=require_moment(until, field="until"),
        )
        found = await reading.list_registrations(
            tx, officer, scope=scope, wanted=wanted, before=decode_id_cursor(cursor), limit=limit + 1,
            terminal=terminal,
        )  # fmt: skip
        return Page.cut(found, limit=limit, cursor_of=lambda row: row.id)

    @post(
        "/searches",
        summary="按个人信息检索 · Search by personal data",
        status_code=200,
        responses=documented(401, 403, 422),
    )
    async def search(
        self, data: JSONBody[SearchRequest], tx: Tx, officer: Asker, terminal: Terminal, state: State
    ) -> Page[RegistrationListed]:
        """Return the registrations on which a person stands; what is searched for stands in the body alone."""
        scope = await permit(tx, officer, act=Act.SEARCH_REGISTRATIONS, terminal=terminal)
        found = await reading.search(
            tx, officer, scope=scope, wanted=data, vault=state.vault, limit=data.limit + 1, terminal=terminal
        )
        return Page.cut(found, limit=data.limit, cursor_of=lambda row: row.id)

    @get("/refusals", summary="被拒的办理 · Refused attempts", responses=documented(401, 403, 422))
    async def list_refusals(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        number: Number = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[RefusedAttempt]:
        """Return the attempts that were refused in the jurisdiction, newest first: who, when, which number, why."""
        scope = await permit(tx, officer, act=Act.READ_REFUSALS, terminal=terminal)
        found = await reading.list_refusals(
            tx, officer, scope=scope, number=None if number is None else require_number(number, field="number"),
            before=decode_id_cursor(cursor), limit=limit + 1, terminal=terminal,
        )  # fmt: skip
        return Page.cut(found, limit=limit, cursor_of=lambda row: row.id)

    @get("/{registration_id:uuid}", summary="一笔登记 · One registration", responses=documented(401, 403, 404))
    async def find(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        state: State,
        language: Spoken,
        registration_id: FromPath[UUID],
    ) -> Response[RegistrationShown]:
        """Return a registration with its later life; personal data as far as the reader may see it."""
        scope = await permit(tx, officer, act=Act.READ_REGISTRATIONS, terminal=terminal)
        shown = await reading.read_registration(
            tx, officer, scope=scope, registration=registration_id, vault=state.vault, terminal=terminal,
            language=language,
        )  # fmt: skip
        return Response(shown, headers={"ETag": etag_of(shown.version)})

    @post(
        "/{registration_id:uuid}/approval",
        summary="审批 · Approve or refuse",
        status_code=200,
        responses=refusable(StatusReached, status=200, statuses=_LASTING),
    )
    async def decide(
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
        """Approve or refuse a held registration; by somebody else than who entered it."""
        scope = await permit(tx, officer, act=Act.DECIDE_REGISTRATIONS, terminal=terminal)

        async def act() -> StatusReached | Denied:
            return _reached(
                registration_id,
                await later.decide(
                    tx, officer, scope=scope, books=state.registering, registration=registration_id,
                    decision=data.decision, reason=data.reason, terminal=terminal, version=version_in(if_match),
                ),
            )  # fmt: skip

        return await Door(request, tx, officer, language).answer_once(act, key=idempotency_key)

    @post(
        "/{registration_id:uuid}/withdrawal",
        summary="撤回 · Withdraw",
        status_code=200,
        responses=refusable(StatusReached, status=200, statuses=_LASTING),
    )
    async def withdraw(
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
        """Take a held registration back; its number is free again."""
        scope = await permit(tx, officer, act=Act.CHANGE_REGISTRATIONS, terminal=terminal)

        async def act() -> StatusReached | Denied:
            return _reached(
                registration_id,
                await later.withdraw(
                    tx, officer, scope=scope, books=state.registering, registration=registration_id,
                    reason=data.reason, terminal=terminal, version=version_in(if_match),
                ),
            )  # fmt: skip

        return await Door(request, tx, officer, language).answer_once(act, key=idempotency_key)


def _reached(registration: UUID, status: RegistrationStatus | Denied) -> StatusReached | Denied:
    return status if isinstance(status, Denied) else StatusReached(id=registration, status=status)
