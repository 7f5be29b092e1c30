"""The doors of change: preview, propose, hold, decide, withdraw."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, QueryParameter

from birthreg.access.guards import Asker, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.service import permit
from birthreg.blacklist import closing, deciding, previewing, proposing, rules
from birthreg.blacklist.answers import ETAG, answer_once, told, with_tag
from birthreg.blacklist.models import Range
from birthreg.blacklist.proposal_models import (
    Decided,
    DecisionRequest,
    Held,
    HoldRequest,
    Preview,
    PreviewRequest,
    Proposal,
    ProposalRequest,
    ProposalStatus,
    Proposed,
    ReasonRequest,
)
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.paging import Cursor, Limit, Page, decode_cursor, decode_id_cursor
from birthreg.kernel.problems import documented
from birthreg.kernel.versions import IfMatch, version_in

Status = Annotated[ProposalStatus | None, QueryParameter(description="只看此状态 · only of this status")]
_LASTING = (401, 403, 404, 409, 412, 422)


class PreviewController(Controller):
    """What a change would do."""

    path = "/api/v1/blacklist/previews"
    tags = ("blacklist",)

    @post("/", summary="预览列入的影响 · Preview", status_code=200, responses=documented(401, 403, 422))
    async def preview(
        self,
        data: JSONBody[PreviewRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Preview:
        """Say how many numbers it is about, which of them are used (in pages), and what is listed already."""
        scope = await permit(tx, officer, act=Act.PROPOSE_BLACKLIST, terminal=terminal)
        numbers = rules.require_range(data.first, data.last, data.count, count_needed=False)
        previewed = await previewing.preview_asked(
            tx, officer, scope=scope, numbers=numbers, after=decode_cursor(cursor), limit=limit
        )
        await record_reading(
            tx, officer, act=Act.PROPOSE_BLACKLIST, object="blacklist_preview", terminal=terminal,
            count=numbers.count, first=numbers.first, last=numbers.last,
        )  # fmt: skip
        return previewed


class HoldController(Controller):
    """Emergencies."""

    path = "/api/v1/blacklist/holds"
    tags = ("blacklist",)

    @post(
        "/",
        summary="紧急停用 · Hold numbers for a day",
        status_code=201,
        responses=told(Held, 401, 403, 409, 422, status=201),
    )
    async def hold(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[HoldRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Make numbers void at once, for 24 hours, or for good when the proposal that it makes is approved."""
        scope = await permit(tx, officer, act=Act.PROPOSE_BLACKLIST, terminal=terminal)

        async def act() -> Held:
            return await proposing.hold(tx, officer, scope=scope, asked=data, terminal=terminal)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act, status=201)


class ProposalController(Controller):
    """Proposals."""

    path = "/api/v1/blacklist/proposals"
    tags = ("blacklist",)

    @post(
        "/",
        summary="提议列入或解除 · Propose to add or to lift",
        status_code=201,
        responses=told(Proposed, 401, 403, 404, 409, 422, status=201),
    )
    async def propose(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ProposalRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Propose a change to who maintains the numbers; nothing changes until another officer approves."""
        scope = await permit(tx, officer, act=Act.PROPOSE_BLACKLIST, terminal=terminal)

        async def act() -> Proposed:
            return await proposing.propose(tx, officer, scope=scope, asked=data, terminal=terminal)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act, status=201)

    @get("/", summary="提议 · Proposals", responses=documented(401, 403, 422))
    async def list_proposals(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        status: Status = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Proposal]:
        """Return the proposals made to, or by, the jurisdiction, newest first."""
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        found = await proposing.list_proposals(
            tx, scope=scope, status=status, before=decode_id_cursor(cursor), limit=limit + 1
        )
        page = Page.cut(found, limit=limit, cursor_of=lambda one: one.id)
        await record_reading(
            tx,
            officer,
            act=Act.READ_BLACKLIST,
            object="blacklist_proposal",
            terminal=terminal,
            count=len(page.items),
            status=status,
        )
        return page

    @get(
        "/{proposal_id:uuid}",
        summary="一项提议 · One proposal",
        responses=documented(401, 403, 404),
        response_headers=ETAG,
    )
    async def find(self, tx: Tx, officer: Asker, terminal: Terminal, proposal_id: FromPath[UUID]) -> Response[Proposal]:
        """Return one proposal made to, or by, the jurisdiction."""
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        found = await proposing.find_proposal(tx, scope=scope, proposal=proposal_id)
        await record_reading(
            tx, officer, act=Act.READ_BLACKLIST, object="blacklist_proposal", terminal=terminal, key=proposal_id
        )
        return with_tag(found, version=found.version)

    @get("/{proposal_id:uuid}/preview", summary="提议的影响 · Its preview", responses=documented(401, 403, 404, 422))
    async def preview(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        proposal_id: FromPath[UUID],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Preview:
        """Say what a proposal would do by the books of this moment; the used numbers in pages."""
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        found = await proposing.find_proposal(tx, scope=scope, proposal=proposal_id)
        await record_reading(
            tx, officer, act=Act.READ_BLACKLIST, object="blacklist_proposal", terminal=terminal, key=proposal_id
        )
        return await previewing.preview(
            tx, scope=scope, numbers=Range(found.first, found.last), organization=found.organization,
            after=decode_cursor(cursor), limit=limit,
        )  # fmt: skip

    @post(
        "/{proposal_id:uuid}/approval",
        summary="审批 · Decide",
        status_code=200,
        responses=told(Decided, *_LASTING),
    )
    async def decide(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[DecisionRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        proposal_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Approve or refuse what another officer proposed; once this has answered, no desk hears otherwise."""
        scope = await permit(tx, officer, act=Act.DECIDE_BLACKLIST, terminal=terminal)

        async def act() -> Decided:
            return await deciding.decide(
                tx, officer, scope=scope, proposal=proposal_id, choice=data.decision, reason=data.reason,
                version=version_in(if_match), terminal=terminal,
            )  # fmt: skip

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post(
        "/{proposal_id:uuid}/withdrawal",
        summary="撤回 · Withdraw",
        status_code=200,
        responses=told(Proposal, *_LASTING),
    )
    async def withdraw(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[ReasonRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        proposal_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take back what one proposed oneself; a hold that came with it ends."""
        scope = await permit(tx, officer, act=Act.PROPOSE_BLACKLIST, terminal=terminal)

        async def act() -> Proposal:
            return await closing.withdraw(
                tx, officer, scope=scope, proposal=proposal_id, reason=data.reason, version=version_in(if_match),
                terminal=terminal,
            )  # fmt: skip

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)
