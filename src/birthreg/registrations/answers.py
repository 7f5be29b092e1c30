"""What the doors of registrations answer: a refused attempt as a problem, with all that the desk needs to go on."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec

from birthreg.access.models import Officer
from birthreg.access.service import require_standing
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, DomainError, Forbidden, Invalid
from birthreg.kernel.idempotency import Answer, once
from birthreg.kernel.language import Language, Text
from birthreg.kernel.logs import request_id
from birthreg.kernel.problems import PROBLEM_JSON, describe, documented
from birthreg.registrations.book_models import DenialKind, Denied
from birthreg.registrations.policy_models import Refusal
from birthreg.verification.models import ListingShown, UsageShown, VerdictKind
from birthreg.verification.reasons import NEXT_STEPS
from birthreg.verification.rules import LOCAL


class CertificateUsed(Conflict):
    """该出生医学证明编号已被使用,不得重复登记。

    This certificate number has been used; it can't be used again.
    """

    remedy = NEXT_STEPS[VerdictKind.USED]


class CertificateReserved(Conflict):
    """该出生医学证明编号已被一笔待审批的登记占用。

    This certificate number is held by a registration that awaits its approval.
    """

    remedy = NEXT_STEPS[VerdictKind.RESERVED]


class CertificateBlacklisted(Conflict):
    """该出生医学证明编号已列入失效名单,不得登记。

    This certificate number is void; do not register.
    """

    remedy = NEXT_STEPS[VerdictKind.BLACKLISTED]


class RegistrationRefused(Invalid):
    """不符合出生登记规定,未予登记;共 {count} 项。

    The rules of registration refuse this, for {count} reasons; nothing was registered.
    """

    remedy = Text("请按各项的依据和提示处理后重新提交。", "Settle each reason as it says, and send again.")


class RegistrationStateWrong(Conflict):
    """当前状态下不能进行此操作。

    The present state of the registration doesn't allow this.
    """

    remedy = Text("当前状态见所列原因,请按其提示办理。", "The reason names the state; do as it says.")


class AnotherPersonNeeded(Forbidden):
    """此操作须由其他人员办理。

    Somebody else has to do this.
    """

    remedy = Text("请按提示转交有权办理的人员。", "Hand it to who may do it, as the reason says.")


_PROBLEMS: dict[DenialKind, type[DomainError]] = {
    DenialKind.USED: CertificateUsed,
    DenialKind.RESERVED: CertificateReserved,
    DenialKind.BLACKLISTED: CertificateBlacklisted,
    DenialKind.POLICY: RegistrationRefused,
    DenialKind.STATE: RegistrationStateWrong,
    DenialKind.PERSON: AnotherPersonNeeded,
}


_HELD = Text(
    "此为紧急停用,尚待另一人确认;未获确认的,于 {until} 自动恢复,届时请重新核验。{next_step}",
    "It is a hold that a second person has yet to confirm; otherwise it ends at {until}; verify again then."
    " {next_step}",
)


class RefusalShown(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of a refusal, with the paragraph that it rests on and what to do next."""

    field: str
    code: str
    message: str
    paragraph: str | None = None
    next_step: str | None = None


class RegistrationProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A refused attempt; `usage` and `blacklist` tell when and where the number was used or listed."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[RefusalShown]
    remedy: str
    retryable: bool
    request_id: str
    usage: UsageShown | None = None
    blacklist: ListingShown | None = None
    lookup_id: UUID | None = None


def answer_denied(denied: Denied, language: Language) -> Answer:
    """Say a refused attempt; like every answer it is kept for its Idempotency-Key."""
    error = _PROBLEMS[denied.kind](count=len(denied.refusals), remedy=_remedy(denied))
    plain = describe(error, language=language, request_id=request_id.get() or "-")
    shown = RegistrationProblem(
        **{**msgspec.structs.asdict(plain), "errors": [_show(refusal, language) for refusal in denied.refusals]},
        usage=denied.usage,
        blacklist=denied.blacklist,
        lookup_id=denied.lookup_id,
    )
    return Answer(plain.status, msgspec.json.encode(shown))


def _remedy(denied: Denied) -> Text | None:
    """Say of a hold that nobody has confirmed it yet, and when to ask again; None where the kind's own remedy does."""
    lapses_at = denied.blacklist.lapses_at if denied.blacklist is not None else None
    if denied.kind is not DenialKind.BLACKLISTED or not isinstance(lapses_at, datetime):
        return None
    until = f"{lapses_at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
    return _HELD.fill(until=until, next_step=NEXT_STEPS[VerdictKind.BLACKLISTED])


def _show(refusal: Refusal, language: Language) -> RefusalShown:
    return RefusalShown(
        field=refusal.field,
        code=refusal.code,
        message=refusal.message.speak(language),
        paragraph=refusal.paragraph.speak(language),
        next_step=refusal.next_step.speak(language),
    )


def refusable(kind: type, *, status: int, statuses: tuple[int, ...]) -> dict[int, ResponseSpec]:
    """Return the OpenAPI description of a door whose refusals are told with all their reasons."""
    told = {
        code: ResponseSpec(
            RegistrationProblem,
            generate_examples=False,
            description=spec.description,
            media_type=PROBLEM_JSON,
        )
        for code, spec in documented(*statuses).items()
        if code in (403, 409, 422)
    }
    return {**documented(*statuses), **told, status: ResponseSpec(kind, generate_examples=False, description="OK")}


class Door:
    """A door that writes: the same key and body get the same answer, a refusal no less than a success."""

    def __init__(
        self,
        request: Request[Any, Any, State],
        tx: Transaction,
        officer: Officer,
        language: Language,
        *,
        standing_asked: bool = True,
    ) -> None:
        """Stand behind one request; `standing_asked` says whether its transaction knows that the session stands."""
        self._request = request
        self._tx = tx
        self._officer = officer
        self._language = language
        self._standing_asked = standing_asked

    async def answer_once(
        self, act: Callable[[], Awaitable[Any]], *, key: str | None, status: int = 200
    ) -> Response[bytes]:
        """Act, unless this key has its answer already, and tell what came of it."""

        async def answer() -> Answer:
            self._standing_asked = True  # the act asks with its facts
            done = await act()
            if isinstance(done, Denied):
                return answer_denied(done, self._language)
            return Answer(status, msgspec.json.encode(done))

        body, door = await self._request.body(), self._request.url.path
        kept = await once(self._tx, officer=self._officer.id, key=key, door=door, body=body, act=answer)
        if not self._standing_asked:
            await require_standing(self._tx, session=self._officer.session)
        media = PROBLEM_JSON if kept.status >= 400 else "application/json"
        return Response(kept.body, status_code=kept.status, media_type=media)
