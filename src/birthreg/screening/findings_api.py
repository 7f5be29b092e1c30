"""The doors of findings."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, QueryParameter

from birthreg.access.guards import Asker, Spoken, Terminal, Tx
from birthreg.access.models import Act, Officer
from birthreg.access.readings import record_reading
from birthreg.access.service import permit
from birthreg.blacklist.answers import ETAG, answer_once, told, with_tag
from birthreg.certificates.rules import normalize
from birthreg.kernel.clock import require_moment
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.language import Language
from birthreg.kernel.paging import Cursor, Limit, Page, decode_id_cursor
from birthreg.kernel.problems import documented
from birthreg.kernel.versions import IfMatch, version_in
from birthreg.screening import findings
from birthreg.screening.finding_models import FindingFilter, FindingRow, FindingStatus, SuppressionRequest
from birthreg.screening.models import Severity
from birthreg.screening.rule_reading import title_of
from birthreg.screening.rules_api import OfRule, reader_of
from birthreg.screening.showing import show_finding
from birthreg.screening.shown_models import FindingShown

OfSeverity = Annotated[Severity | None, QueryParameter(description="只看此程度 · only of this severity")]
OfStatus = Annotated[
    FindingStatus | None,
    QueryParameter(description="未处理、搁置中、属实、不属实 · open, suppressed, confirmed, unfounded"),
]
OfNumber = Annotated[str | None, QueryParameter(max_length=64, description="出生医学证明编号 · certificate number")]
OfRegistration = Annotated[UUID | None, QueryParameter(description="登记 · registration")]
Shadow = Annotated[bool, QueryParameter(description="只看试运行规则的发现 · only those of rules in shadow")]
Since = Annotated[datetime | None, QueryParameter(description="自此时间起发现的 · found since (RFC 3339)")]
OfOrganization = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[0-9]{12}$", max_length=12, description="受理或落户的机构 · accepted by it, or lies there"
    ),
]
_LASTING = (401, 403, 404, 409, 412, 422)


class FindingController(Controller):
    """What rules found."""

    path = "/api/v1/findings"
    tags = ("screening",)

    @get("/", summary="筛查发现 · Findings", responses=documented(401, 403, 422))
    async def list_findings(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        rule: OfRule = None,
        severity: OfSeverity = None,
        status: OfStatus = None,
        number: OfNumber = None,
        registration: OfRegistration = None,
        shadow: Shadow = False,
        since: Since = None,
        organization: OfOrganization = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[FindingShown]:
        """Return findings of the jurisdiction, newest first; of rules in shadow only when they are asked for."""
        scope = await permit(tx, officer, act=Act.READ_FINDINGS, terminal=terminal)
        wanted = FindingFilter(
            rule=rule, severity=severity, status=status, number=normalize(number) if number else None,
            registration=registration, shadow=shadow, since=require_moment(since, field="since"),
            organization=organization,
        )  # fmt: skip
        found = await findings.list_findings(
            tx, officer, scope=scope, wanted=wanted, before=decode_id_cursor(cursor), limit=limit + 1
        )
        page = Page.cut(found, limit=limit, cursor_of=lambda finding: finding.id)
        await record_reading(
            tx, officer, act=Act.READ_FINDINGS, object=findings.OBJECT, terminal=terminal, count=len(page.items),
            **msgspec.structs.asdict(wanted) | {"shadow": shadow or None},
        )  # fmt: skip
        return Page([_show(one, officer, language) for one in page.items], page.next_cursor)

    @get(
        "/{finding_id:uuid}",
        summary="一项发现 · One finding",
        responses=documented(401, 403, 404),
        response_headers=ETAG,
    )
    async def find(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, finding_id: FromPath[UUID]
    ) -> Response[FindingShown]:
        """Return a finding with its evidence."""
        scope = await permit(tx, officer, act=Act.READ_FINDINGS, terminal=terminal)
        found = await findings.find_finding(tx, scope=scope, finding=finding_id)
        await record_reading(
            tx, officer, act=Act.READ_FINDINGS, object=findings.OBJECT, terminal=terminal, key=finding_id
        )
        return with_tag(_show(found, officer, language), version=found.version)

    @post(
        "/{finding_id:uuid}/suppression",
        summary="搁置 · Suppress for a time",
        status_code=200,
        responses=told(FindingShown, *_LASTING),
    )
    async def suppress(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[SuppressionRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        finding_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Let a finding rest until a moment within a year, with a reason; never by who entered the registration."""
        scope = await permit(tx, officer, act=Act.SUPPRESS_FINDINGS, terminal=terminal)

        async def act() -> FindingShown:
            found = await findings.suppress(
                tx, officer, scope=scope, finding=finding_id, asked=data, version=version_in(if_match),
                terminal=terminal,
            )  # fmt: skip
            return _show(found, officer, language)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)

    @delete(
        "/{finding_id:uuid}/suppression",
        summary="恢复 · Suppress no more",
        status_code=200,
        responses=told(FindingShown, *_LASTING),
    )
    async def end_suppression(
        self,
        request: Request[Any, Any, State],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        finding_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Let a finding rest no more."""
        scope = await permit(tx, officer, act=Act.SUPPRESS_FINDINGS, terminal=terminal)

        async def act() -> FindingShown:
            found = await findings.end_suppression(
                tx, officer, scope=scope, finding=finding_id, version=version_in(if_match), terminal=terminal
            )
            return _show(found, officer, language)

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)


def _show(finding: FindingRow, officer: Officer, language: Language) -> FindingShown:
    return show_finding(finding, reader_of(officer, language), title=title_of(finding.rule))
