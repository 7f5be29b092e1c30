"""The doors of sessions, officers and the trail."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter

from birthreg.access import service, sessions, suspensions
from birthreg.access.guards import Asker, Terminal, Tx
from birthreg.access.models import Act, Officer, OfficerRow, PreviousSession, SignInRefusal
from birthreg.access.readings import record_reading
from birthreg.access.rules import SESSION_HOURS
from birthreg.access.tokens import Tokens
from birthreg.kernel.errors import Unauthenticated
from birthreg.kernel.language import Text
from birthreg.kernel.paging import Cursor, Limit, Page, decode_cursor
from birthreg.kernel.problems import Problem, answer_problem, documented
from birthreg.kernel.versions import IfMatch, etag_of, version_in


class SignInRefused(Unauthenticated):
    """账号、密码或动态口令不正确,或账号已锁定或停用。

    The officer id, password or one-time code is wrong, or the account is locked or suspended.
    """

    remedy = Text(
        "请核对后重试;连续 5 次失败将锁定 15 分钟,其间正确的密码也不能登录。仍不成功请联系安全管理员。",
        "Check and try again; five failures lock the account for 15 minutes, also for the right password."
        " If it goes on, ask the security administrator.",
    )


BEARER = "Bearer"


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What sign-in asks for; `otp` where the second factor is switched on."""

    officer_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64, examples=["clerk.wuchang"])]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    otp: Annotated[str, msgspec.Meta(pattern=r"^\d{6}$")] | None = None


class SessionOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A session: its token, until when, whose, and when the officer was here before."""

    access_token: str
    token_type: str
    expires_at: datetime
    officer: Officer
    previous_session: PreviousSession | None = None


class SuspensionReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an officer is suspended or reinstated."""

    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=500)]


class SessionController(Controller):
    """Signing in and out."""

    path = "/api/v1/sessions"
    tags = ("sessions",)

    @post("/", summary="登录 · Sign in", responses=documented(401, 422), security=[])
    async def sign_in(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[Credentials],
        terminal: Terminal,
        state: State,
    ) -> Response[SessionOpened] | Response[Problem]:
        """Begin a session; whoever is refused hears the same, whether the account is unknown, locked or suspended."""
        outcome = await sessions.sign_in(
            state.database, officer_id=data.officer_id, password=data.password, otp=data.otp, terminal=terminal
        )
        if isinstance(outcome, SignInRefusal):
            # A value, not an exception: the failed attempt is on the trail and stays there.
            return answer_problem(request, SignInRefused())
        opened = _opened(state.tokens, outcome.officer, now=outcome.started_at, previous=outcome.previous)
        return Response(opened, status_code=201)

    @post("/current/renewal", summary="续期 · Renew the token", responses=documented(401))
    async def renew(self, tx: Tx, officer: Asker, state: State) -> SessionOpened:
        """Return a fresh token of the same session, at most until its shift is over."""
        standing = await service.require_standing(tx, session=officer.session)
        return _opened(state.tokens, officer, now=tx.now, ends=standing.expires_at)

    @delete("/current", summary="退出 · Sign out", responses=documented(401))
    async def sign_out(self, tx: Tx, officer: Asker, terminal: Terminal) -> None:
        """End the session at once."""
        await sessions.sign_out(tx, officer, terminal=terminal)


def _opened(
    tokens: Tokens,
    officer: Officer,
    *,
    now: datetime,
    ends: datetime | None = None,
    previous: PreviousSession | None = None,
) -> SessionOpened:
    ends = ends or now + timedelta(hours=SESSION_HOURS)
    token, expires = tokens.issue(officer, now=now, session_ends=ends)
    return SessionOpened(
        access_token=token,
        token_type=BEARER,
        expires_at=expires,
        officer=officer,
        previous_session=previous,
    )


OfficerId = Annotated[str, PathParameter(max_length=64)]


_OF_A_CHANGE = documented(401, 403, 404, 412, 422)


class OfficerController(Controller):
    """Officers, for security administrators."""

    path = "/api/v1/access/officers"
    tags = ("access",)

    @get("/", summary="账号列表 · Officers", responses=documented(401, 403, 422))
    async def list_officers(
        self, tx: Tx, officer: Asker, terminal: Terminal, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[OfficerRow]:
        """Return the officers of the jurisdiction, by identifier."""
        scope = await service.permit(tx, officer, act=Act.READ_OFFICERS, terminal=terminal)
        found = await service.list_officers(tx, scope=scope, after=decode_cursor(cursor) or "", limit=limit + 1)
        page = Page.cut(found, limit=limit, cursor_of=lambda row: row.id)
        await record_reading(
            tx, officer, act=Act.READ_OFFICERS, object="officer", terminal=terminal, count=len(page.items)
        )
        return page

    @get("/{officer_id:str}", summary="一个账号 · One officer", responses=documented(401, 403, 404, 422))
    async def find(self, tx: Tx, officer: Asker, terminal: Terminal, officer_id: OfficerId) -> Response[OfficerRow]:
        """Return one officer of the jurisdiction; its `ETag` is what a change takes as `If-Match`."""
        scope = await service.permit(tx, officer, act=Act.READ_OFFICERS, terminal=terminal)
        found = await service.find_officer(tx, scope=scope, officer=officer_id)
        await record_reading(tx, officer, act=Act.READ_OFFICERS, object="officer", terminal=terminal, key=officer_id)
        return _tagged(found)

    @post("/{officer_id:str}/suspension", summary="停用账号 · Suspend", status_code=200, responses=_OF_A_CHANGE)
    async def suspend(
        self, tx: Tx, officer: Asker, terminal: Terminal, officer_id: OfficerId, data: JSONBody[SuspensionReason],
        if_match: IfMatch = None,
    ) -> Response[OfficerRow]:  # fmt: skip
        """Suspend an officer; open sessions end with this answer."""
        return await _change(suspensions.suspend, tx, officer, terminal, officer_id, data.reason, if_match)

    @post("/{officer_id:str}/reinstatement", summary="恢复账号 · Reinstate", status_code=200, responses=_OF_A_CHANGE)
    async def reinstate(
        self, tx: Tx, officer: Asker, terminal: Terminal, officer_id: OfficerId, data: JSONBody[SuspensionReason],
        if_match: IfMatch = None,
    ) -> Response[OfficerRow]:  # fmt: skip
        """End a suspension, and the lock that failed sign-ins left."""
        return await _change(suspensions.reinstate, tx, officer, terminal, officer_id, data.reason, if_match)


async def _change(
    act: Callable[..., Awaitable[OfficerRow]], tx: Tx, by: Officer, terminal: str, officer: str, reason: str,
    if_match: str | None,
) -> Response[OfficerRow]:  # fmt: skip
    scope = await service.permit(tx, by, act=Act.SUSPEND_OFFICERS, terminal=terminal)
    changed = await act(
        tx, scope=scope, officer=officer, by=by.id, organization=by.organization, terminal=terminal, reason=reason,
        version=version_in(if_match),
    )  # fmt: skip
    return _tagged(changed)


def _tagged(row: OfficerRow) -> Response[OfficerRow]:
    return Response(row, status_code=200, headers={"ETag": etag_of(row.version)})
