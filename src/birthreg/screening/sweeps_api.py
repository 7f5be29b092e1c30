"""The doors of sweeps (全面倒查): rules over all that was ever entered."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody

from birthreg.access.guards import Asker, Spoken, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.service import permit
from birthreg.blacklist.answers import ETAG, answer_once, told, with_tag
from birthreg.kernel.database import Transaction
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.language import Language
from birthreg.kernel.paging import Cursor, Limit, Page, decode_id_cursor
from birthreg.kernel.problems import documented
from birthreg.kernel.versions import IfMatch, version_in
from birthreg.screening import sweeps
from birthreg.screening.rule_files import load_rules
from birthreg.screening.sweep_models import Sweep, SweepRequest, SweepShown

_LASTING = (401, 403, 404, 409, 412, 422)
_Asking = Request[Any, Any, State]


async def _show(tx: Transaction, sweep: Sweep, language: Language) -> SweepShown:
    [shown] = await sweeps.show(tx, [sweep], rules=load_rules(), language=language)
    return shown


def _then_show(
    tx: Transaction, language: Language, act: Callable[[], Awaitable[Sweep]]
) -> Callable[[], Awaitable[SweepShown]]:
    async def acted() -> SweepShown:
        return await _show(tx, await act(), language)

    return acted


class SweepController(Controller):
    """Sweeps."""

    path = "/api/v1/screening/sweeps"
    tags = ("screening",)

    @post(
        "/",
        summary="发起倒查 · Ask for a sweep",
        status_code=201,
        responses=told(SweepShown, 401, 403, 409, 422, status=201),
    )
    async def request_sweep(
        self,
        request: _Asking,
        data: JSONBody[SweepRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Run rules over all registrations of this instance, or over those entered since a moment."""
        scope = await permit(tx, officer, act=Act.RUN_SWEEPS, terminal=terminal)

        async def act() -> Sweep:
            return await sweeps.request_sweep(tx, officer, scope=scope, asked=data, terminal=terminal)

        return await answer_once(
            request, tx, officer, key=idempotency_key, act=_then_show(tx, language, act), status=201
        )

    @get("/", summary="倒查 · Sweeps", responses=documented(401, 403, 422))
    async def list_sweeps(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[SweepShown]:
        """Return sweeps with how far they are and what they found, newest first."""
        scope = await permit(tx, officer, act=Act.READ_SWEEPS, terminal=terminal)
        found = await sweeps.list_sweeps(tx, officer, scope=scope, before=decode_id_cursor(cursor), limit=limit + 1)
        shown = await sweeps.show(tx, found, rules=load_rules(), language=language)
        page = Page.cut(shown, limit=limit, cursor_of=lambda one: one.id)
        await record_reading(
            tx, officer, act=Act.READ_SWEEPS, object="sweep", terminal=terminal, count=len(page.items)
        )  # fmt: skip
        return page

    @get(
        "/{sweep_id:uuid}", summary="一次倒查 · One sweep", responses=documented(401, 403, 404), response_headers=ETAG
    )  # fmt: skip
    async def find(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, sweep_id: FromPath[UUID]
    ) -> Response[SweepShown]:
        """Return how far a sweep is, how fast, when it will be done, and what each rule has found so far."""
        scope = await permit(tx, officer, act=Act.READ_SWEEPS, terminal=terminal)
        found = await sweeps.find_sweep(tx, officer, scope=scope, sweep=sweep_id)
        await record_reading(tx, officer, act=Act.READ_SWEEPS, object="sweep", terminal=terminal, key=sweep_id)
        return with_tag(await _show(tx, found, language), version=found.version)

    @post(
        "/{sweep_id:uuid}/pause", summary="暂停 · Pause", status_code=200, responses=told(SweepShown, *_LASTING)
    )  # fmt: skip
    async def pause(
        self,
        request: _Asking,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        sweep_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Let no further part begin; what runs now ends within seconds."""
        scope = await permit(tx, officer, act=Act.RUN_SWEEPS, terminal=terminal)
        seen = version_in(if_match)

        async def act() -> Sweep:
            return await sweeps.pause(tx, officer, scope=scope, sweep=sweep_id, version=seen, terminal=terminal)

        return await answer_once(request, tx, officer, key=idempotency_key, act=_then_show(tx, language, act))

    @post(
        "/{sweep_id:uuid}/resume", summary="继续 · Resume", status_code=200, responses=told(SweepShown, *_LASTING)
    )  # fmt: skip
    async def resume(
        self,
        request: _Asking,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        sweep_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Go on where it was paused."""
        scope = await permit(tx, officer, act=Act.RUN_SWEEPS, terminal=terminal)
        seen = version_in(if_match)

        async def act() -> Sweep:
            return await sweeps.resume(tx, officer, scope=scope, sweep=sweep_id, version=seen, terminal=terminal)

        return await answer_once(request, tx, officer, key=idempotency_key, act=_then_show(tx, language, act))

    @post(
        "/{sweep_id:uuid}/cancel", summary="取消 · Cancel", status_code=200, responses=told(SweepShown, *_LASTING)
    )  # fmt: skip
    async def cancel(
        self,
        request: _Asking,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        sweep_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give it up; what it has found stays."""
        scope = await permit(tx, officer, act=Act.RUN_SWEEPS, terminal=terminal)
        seen = version_in(if_match)

        async def act() -> Sweep:
            return await sweeps.cancel(tx, officer, scope=scope, sweep=sweep_id, version=seen, terminal=terminal)

        return await answer_once(request, tx, officer, key=idempotency_key, act=_then_show(tx, language, act))
