"""The doors of rules and their changes."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, QueryParameter

from birthreg.access.guards import Asker, Spoken, Terminal, Tx
from birthreg.access.models import Act, Officer, Scope
from birthreg.access.readings import record_reading
from birthreg.access.rules import reach_of, sees_in_clear
from birthreg.access.service import permit
from birthreg.blacklist.answers import ETAG, answer_once, told, with_tag
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.language import Language
from birthreg.kernel.paging import Cursor, Limit, Page, decode_cursor, decode_id_cursor
from birthreg.kernel.problems import documented
from birthreg.kernel.versions import IfMatch, version_in
from birthreg.screening import changing, rule_reading
from birthreg.screening.change_models import (
    ChangeStatus,
    RuleChangeRequest,
    RuleDecisionRequest,
    RuleWithdrawalRequest,
)
from birthreg.screening.showing import Reader, list_change, show_change
from birthreg.screening.shown_models import RuleChangeListed, RuleChangeShown, RuleListed, RuleShown

OfRule = Annotated[str | None, QueryParameter(max_length=100, description="只看此规则 · only of this rule")]
OfStatus = Annotated[ChangeStatus | None, QueryParameter(description="只看此状态 · only of this status")]
_LASTING = (401, 403, 404, 409, 412, 422)


class RuleController(Controller):
    """Rules of screening."""

    path = "/api/v1/screening/rules"
    tags = ("screening",)

    @get("/", summary="筛查规则 · Rules", responses=documented(401, 403, 422))
    async def list_rules(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[RuleListed]:
        """Return every rule: what it searches for and why, how it stands, what it found and what that was worth."""
        await permit(tx, officer, act=Act.READ_RULES, terminal=terminal)
        found = await rule_reading.list_rules(tx, after=decode_cursor(cursor), limit=limit + 1, language=language)
        page = Page.cut(found, limit=limit, cursor_of=lambda rule: rule.code)
        await record_reading(
            tx, officer, act=Act.READ_RULES, object="screening_rule", terminal=terminal, count=len(page.items)
        )
        return page

    @get("/{code:str}", summary="一条规则 · One rule", responses=documented(401, 403, 404), response_headers=ETAG)
    async def find(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, code: FromPath[str]
    ) -> Response[RuleShown]:
        """Return a rule with its text and all its versions."""
        await permit(tx, officer, act=Act.READ_RULES, terminal=terminal)
        found = await rule_reading.find_rule(tx, code=code, language=language)
        await record_reading(
            tx, officer, act=Act.READ_RULES, object="screening_rule", terminal=terminal, key=found.code
        )  # fmt: skip
        return with_tag(found, version=found.version)

    @post(
        "/{code:str}/changes",
        summary="提议变更规则并回测 · Propose a change, with a back-test",
        status_code=201,
        responses=told(RuleChangeShown, *_LASTING, status=201),
    )
    async def propose(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[RuleChangeRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        code: FromPath[str],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Try a change out over the newest registrations, and let it wait for a second administrator."""
        scope = await permit(tx, officer, act=Act.PROPOSE_RULES, terminal=terminal)

        async def act() -> RuleChangeShown:
            change = await changing.propose(
                tx, officer, scope=scope, code=code, asked=data, version=version_in(if_match), terminal=terminal
            )
            return show_change(change, reader_of(officer, language))

        return await answer_once(request, tx, officer, key=idempotency_key, act=act, status=201)


class RuleChangeController(Controller):
    """Changes of rules."""

    path = "/api/v1/screening/rules/changes"
    tags = ("screening",)

    @get("/", summary="规则变更 · Changes of rules", responses=documented(401, 403, 422))
    async def list_changes(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        rule: OfRule = None,
        status: OfStatus = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[RuleChangeListed]:
        """Return changes of rules, newest first."""
        scope = await permit(tx, officer, act=Act.READ_RULES, terminal=terminal)
        found = await changing.list_changes(
            tx, scope=scope, rule=rule, status=status, before=decode_id_cursor(cursor), limit=limit + 1
        )
        page = Page.cut([list_change(change) for change in found], limit=limit, cursor_of=lambda change: change.id)
        await record_reading(
            tx,
            officer,
            act=Act.READ_RULES,
            object=changing.OBJECT,
            terminal=terminal,
            count=len(page.items),
            rule=rule,
            status=status,
        )
        return page

    @get(
        "/{rule_change_id:uuid}",
        summary="一项规则变更 · One change of a rule",
        responses=documented(401, 403, 404),
        response_headers=ETAG,
    )
    async def find(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, rule_change_id: FromPath[UUID]
    ) -> Response[RuleChangeShown]:
        """Return a change with the back-test that it was proposed with."""
        scope = await permit(tx, officer, act=Act.READ_RULES, terminal=terminal)
        found = await changing.find_change(tx, scope=scope, change=rule_change_id)
        await record_reading(
            tx, officer, act=Act.READ_RULES, object=changing.OBJECT, terminal=terminal, key=rule_change_id
        )
        return with_tag(show_change(found, reader_of(officer, language)), version=found.version)

    @post(
        "/{rule_change_id:uuid}/approval",
        summary="审批规则变更 · Decide",
        status_code=200,
        responses=told(RuleChangeShown, *_LASTING),
    )
    async def decide(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[RuleDecisionRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        rule_change_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Approve or refuse what another administrator proposed; once this has answered, every desk screens by it."""
        scope = await permit(tx, officer, act=Act.DECIDE_RULES, terminal=terminal)

        async def act() -> RuleChangeShown:
            change = await changing.decide(
                tx, officer, scope=scope, change=rule_change_id, choice=data.decision, reason=data.reason,
                version=version_in(if_match), terminal=terminal,
            )  # fmt: skip
            return show_change(change, reader_of(officer, language))

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @post(
        "/{rule_change_id:uuid}/withdrawal",
        summary="撤回规则变更 · Withdraw",
        status_code=200,
        responses=told(RuleChangeShown, *_LASTING),
    )
    async def withdraw(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[RuleWithdrawalRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        rule_change_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take back what one proposed oneself."""
        scope = await permit(tx, officer, act=Act.PROPOSE_RULES, terminal=terminal)

        async def act() -> RuleChangeShown:
            change = await changing.withdraw(
                tx, officer, scope=scope, change=rule_change_id, reason=data.reason, version=version_in(if_match),
                terminal=terminal,
            )  # fmt: skip
            return show_change(change, reader_of(officer, language))

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)


def reader_of(officer: Officer, language: Language) -> Reader:
    """Return how this officer reads what rules found."""
    scope = reach_of(officer, Act.READ_FINDINGS) or Scope(patterns=())
    return Reader(language=language, clear=sees_in_clear(officer), scope=scope)
