"""The doors of the queue: the next case, lists, one case, its timeline, watching."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter

from birthreg.access.guards import Asker, Spoken, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.service import permit
from birthreg.blacklist.answers import ETAG, answer_once, told, with_tag
from birthreg.cases import queueing, reading
from birthreg.cases.models import Status
from birthreg.cases.queue_models import CaseFilter, CasePlace
from birthreg.cases.service import OBJECT
from birthreg.cases.showing import show_entry
from birthreg.cases.shown_models import CaseListed, CaseShown, Drawn, EntryShown, Watching
from birthreg.certificates.rules import normalize
from birthreg.kernel.clock import require_moment
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.paging import Cursor, Limit, Page, decode_number_cursor, decode_place
from birthreg.kernel.problems import documented
from birthreg.screening.models import Severity

OfStatus = Annotated[
    Status | None, QueryParameter(description="只看此状态;不填为未办结的 · this state; else open ones")
]
OfKind = Annotated[
    str | None,
    QueryParameter(max_length=100, description="线索种类:规则代码或线索类型 · a rule's code or a kind of lead"),
]
OfSeverity = Annotated[Severity | None, QueryParameter(description="只看此程度 · only of this severity")]
OfInvestigator = Annotated[
    str | None, QueryParameter(max_length=100, description="办理人账号,me 为本人 · whom it lies with; me: who asks")
]
IsOverdue = Annotated[bool | None, QueryParameter(description="是否已逾期 · whether the deadline is missed")]
Since = Annotated[datetime | None, QueryParameter(description="自此时间起立案的 · opened since (RFC 3339)")]
OfNumber = Annotated[
    str | None,
    QueryParameter(max_length=64, description="案件编号或出生医学证明编号 · number of a case or certificate"),
]
IsWatched = Annotated[bool, QueryParameter(description="只看本人关注的 · only those that who asks watches")]
OfOrganization = Annotated[
    str | None,
    QueryParameter(pattern=r"^[0-9]{12}$", max_length=12, description="此机构及下级的 · of it and all below it"),
]
_ME = "me"


class CaseController(Controller):
    """The queue."""

    path = "/api/v1/cases"
    tags = ("cases",)

    @get("/", summary="案件 · Cases", responses=documented(401, 403, 422))
    async def list_cases(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        status: OfStatus = None,
        kind: OfKind = None,
        severity: OfSeverity = None,
        investigator: OfInvestigator = None,
        overdue: IsOverdue = None,
        organization: OfOrganization = None,
        since: Since = None,
        number: OfNumber = None,
        watched: IsWatched = False,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[CaseListed]:
        """Return cases of the jurisdiction: open ones, most urgent first; by status, ended ones newest first."""
        scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)
        await reading.require_kind(tx, kind, field="kind")
        wanted = CaseFilter(
            status=status, kind=kind, severity=severity, overdue=overdue, organization=organization, watched=watched,
            investigator=officer.id if investigator == _ME else investigator,
            since=require_moment(since, field="since"), number=normalize(number) if number else None,
        )  # fmt: skip
        found = await reading.list_cases(
            tx, officer, scope=scope, wanted=wanted, after=_place_in(cursor), limit=limit + 1
        )
        page = Page.cut(found, limit=limit, cursor_of=lambda case: f"{-case.rank}:{case.id}")
        await record_reading(
            tx, officer, act=Act.READ_CASES, object=OBJECT, terminal=terminal, count=len(page.items),
            **msgspec.structs.asdict(wanted) | {"watched": watched or None},
        )  # fmt: skip
        shown = [reading.show_listed(tx, case, officer, language) for case in page.items]
        return Page(shown, page.next_cursor)

    @post(
        "/next",
        summary="领取下一个案件 · Next case",
        status_code=200,
        responses=told(Drawn, 401, 403, 409, 422),
    )
    async def claim_next(
        self,
        request: Request[Any, Any, State],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Lease the most urgent case of the jurisdiction for two hours; `case` is null when none waits."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)

        async def act() -> Drawn:
            drawn = await queueing.claim_next(tx, officer, scope=scope, terminal=terminal)
            return Drawn(case=reading.show_listed(tx, drawn, officer, language) if drawn else None)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @get(
        "/{case_id:uuid}", summary="一个案件 · One case", responses=documented(401, 403, 404), response_headers=ETAG
    )  # fmt: skip
    async def find(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, case_id: FromPath[UUID]
    ) -> Response[CaseShown]:
        """Return a case with its leads, and what who asks may do with it now."""
        scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)
        found = await reading.find_case(tx, officer, scope=scope, case=case_id, language=language)
        await record_reading(tx, officer, act=Act.READ_CASES, object=OBJECT, terminal=terminal, key=case_id)
        return with_tag(found, version=found.version)

    @get("/{case_id:uuid}/timeline", summary="时间线 · Timeline", responses=documented(401, 403, 404, 422))
    async def list_timeline(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        case_id: FromPath[UUID],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[EntryShown]:
        """Return all that was done with a case and with those merged into it, oldest first."""
        scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)
        found = await reading.list_timeline(
            tx, scope=scope, case=case_id, after=decode_number_cursor(cursor) or 0, limit=limit + 1
        )
        page = Page.cut(found, limit=limit, cursor_of=lambda entry: entry.seq)
        await record_reading(
            tx, officer, act=Act.READ_CASES, object="case_timeline", terminal=terminal, key=case_id,
            count=len(page.items),
        )  # fmt: skip
        reader = reading.reader_of(officer, language)
        return Page([show_entry(entry, reader) for entry in page.items], page.next_cursor)

    @post(
        "/{case_id:uuid}/watch", summary="关注 · Watch", status_code=200, responses=told(Watching, 401, 403, 404, 409)
    )  # fmt: skip
    async def watch(
        self,
        request: Request[Any, Any, State],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Keep a case among those that who asks watches (`watched=true` in the list)."""
        scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)

        async def act() -> Watching:
            return await reading.watch(tx, officer, scope=scope, case=case_id, on=True, terminal=terminal)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @delete(
        "/{case_id:uuid}/watch",
        summary="取消关注 · Watch no more",
        status_code=200,
        responses=told(Watching, 401, 403, 404, 409),
    )
    async def end_watch(
        self,
        request: Request[Any, Any, State],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take a case from those that who asks watches."""
        scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)

        async def act() -> Watching:
            return await reading.watch(tx, officer, scope=scope, case=case_id, on=False, terminal=terminal)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)


def _place_in(cursor: str | None) -> CasePlace | None:
    """Read a cursor back: it holds the rank with its sign turned, which is above zero."""
    place = decode_place(cursor)
    return CasePlace(place[1], -place[0]) if place else None
