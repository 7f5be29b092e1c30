"""Which letter an announcement or an objection asks for, with its facts from the books."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from birthreg.access.models import Act, Officer, Scope
from birthreg.access.rules import scope_of
from birthreg.access.service import find_officer
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import announcing, letters, objecting, rules
from birthreg.blacklist.letters import MOST_RANGES, ContestedNumber, Sender, VoidNumbers
from birthreg.blacklist.notice_models import Announcement, Objection, ObjectionStatus
from birthreg.blacklist.proposal_models import ProposedAct
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from birthreg.kernel.language import Text
from birthreg.kernel.letters import Letter, word
from birthreg.kernel.sql import load_queries
from birthreg.kernel.working_days import Deadline

_SQL = load_queries("blacklist_letters")
_ANYWHERE = Scope(patterns=("%",))


class ObjectionLetter(StrEnum):
    """The letters that a family gets."""

    RECEIPT = "receipt"
    DECISION = "decision"


class DecisionMade(msgspec.Struct, frozen=True, kw_only=True):
    """Who decided an objection; since when and by which document the number is lifted, where it is."""

    organization: str
    organization_name: str
    lift_document_number: str | None
    ended_at: datetime | None


class ObjectionUndecided(Conflict):
    """该异议尚未处理,没有处理决定书。

    The objection isn't decided, so there is no letter on its decision.
    """

    remedy = Text("请先处理该异议,或取受理通知书(kind=receipt)。", "Decide it first, or ask for kind=receipt.")


class ObjectionWithdrawn(Conflict):
    """该异议已由受理单位撤回,不再出具公文。

    The objection was taken back where it was received, so there are no letters on it.
    """

    remedy = Text("请查看撤回理由;需要的,另行受理。", "See why it was taken back; receive another where one is needed.")


class LiftUndecided(Conflict):
    """异议已判定成立,解除该编号的提议 {proposal} 尚待审批,现在还不能出具处理决定书。

    The objection is upheld, but its lift, proposal {proposal}, isn't decided, so there is no letter on it yet.
    """

    remedy = Text(
        "请由另一人审批该提议;获批后处理决定书写明解除日期,未获批准的,异议重新处理。",
        "Let another person decide the proposal: approved, the letter says since when the number is lifted; refused, "
        "the objection is decided anew.",
    )


class IssuerNumbers(Forbidden):
    """公文以 {organization} 的名义印发,发文字号只能由该单位或其上级编定。

    The letter goes out in the name of {organization}: only it, or one above, gives it a number.
    """

    remedy = Text("请不带 document_number 取公文,文号处留空。", "Ask without document_number; a place is left for it.")
    leaves_a_trace = True


async def write_announcement(
    tx: Transaction, officer: Officer, *, announcement: UUID, document_number: str | None, terminal: str
) -> Letter:
    """Return the letter by which an announcement is sent on paper.

    Raises:
        NotFound: there is no such announcement.
        IssuerNumbers: a number is given to a letter of another organisation.
    """
    found = await announcing.find_any(tx, officer, announcement=announcement)
    await _record(
        tx, officer, act=Act.READ_ANNOUNCEMENTS, object=announcing.OBJECT, key=announcement, terminal=terminal,
        error=_may_not_number(officer, issuer=found.organization, document_number=document_number),
    )  # fmt: skip
    numbers = await _numbers_of(tx, found)
    day = _day(found.announced_at)
    sender = Sender(
        organization=found.organization_name,
        document_number=document_number,
        dated=day,
        contact=word(
            "{name},经办人:{officer}", name=found.organization_name, officer=await _name_of(tx, found.announced_by)
        ),
    )
    if found.act is ProposedAct.LIFT:
        return letters.write_lifting(sender, numbers, lifted_on=day, count=found.count)
    return letters.write_announcement(sender, numbers, listed_on=day, count=found.count)


async def write_on_objection(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    objection: UUID,
    kind: ObjectionLetter | None,
    document_number: str | None,
    terminal: str,
) -> Letter:
    """Return a letter to a family: by default the latest there is.

    Raises:
        NotFound: no such objection inside the scope.
        ObjectionWithdrawn: it was taken back, and nothing is promised any more.
        ObjectionUndecided, LiftUndecided: the decision is asked for, and there is none, or it has yet to take effect.
        IssuerNumbers: a number is given to a letter of another organisation.
    """
    found = await objecting.find_objection(tx, scope=scope, objection=objection)
    if found.status is ObjectionStatus.WITHDRAWN:
        raise ObjectionWithdrawn
    decision = await tx.one(_SQL["read_decision"], DecisionMade, objection=objection, scope=scope.patterns)
    if decision is None and kind is ObjectionLetter.DECISION:
        raise _undecided(found)
    is_receipt = decision is None or kind is ObjectionLetter.RECEIPT
    issuer = found.organization if decision is None or is_receipt else decision.organization
    await _record(
        tx, officer, act=Act.READ_OBJECTIONS, object=objecting.OBJECT, key=objection, terminal=terminal,
        error=_may_not_number(officer, issuer=issuer, document_number=document_number),
    )  # fmt: skip
    if decision is None or is_receipt:
        return _receipt(found, document_number)
    return _decision(found, decision, document_number)


def _undecided(found: Objection) -> Conflict:
    """Say why there is no letter on a decision yet: upheld, the family hears of it when the number is lifted."""
    if found.status is ObjectionStatus.UPHELD:
        return LiftUndecided(proposal=found.proposal_id)
    return ObjectionUndecided()


def _receipt(found: Objection, document_number: str | None) -> Letter:
    sender = Sender(
        organization=found.organization_name, document_number=document_number, dated=_day(found.received_at)
    )
    deadline = Deadline(day=found.due_on, is_certain=found.due_is_certain)
    return letters.write_receipt_of_objection(sender, _contested(found), deadline=deadline)


def _decision(found: Objection, decision: DecisionMade, document_number: str | None) -> Letter:
    decided_at = found.decided_at or found.received_at
    lifted_at = decision.ended_at if found.status is ObjectionStatus.UPHELD else None
    sender = Sender(
        organization=decision.organization_name, document_number=document_number, dated=_day(lifted_at or decided_at)
    )
    return letters.write_decision_on_objection(
        sender,
        _contested(found),
        outcome=letters.Outcome(
            status=found.status,
            ended_on=decision.ended_at and _day(decision.ended_at),
            lift_document_number=decision.lift_document_number,
        ),
        reason=found.decision_reason or "",
    )


def _contested(found: Objection) -> ContestedNumber:
    return ContestedNumber(
        certificate_number=found.certificate_number,
        objector=found.objector,
        grounds=found.grounds,
        evidence=tuple(found.evidence),
        received_on=_day(found.received_at),
    )


async def _numbers_of(tx: Transaction, found: Announcement) -> list[VoidNumbers]:
    if found.batch_id is not None:
        query = "list_announced" if found.act is ProposedAct.ADD else "list_taken_back"
        return await tx.all(_SQL[query], VoidNumbers, batch=found.batch_id, limit=MOST_RANGES)
    facts = {name: getattr(found, name) for name in VoidNumbers.__struct_fields__}
    return [msgspec.convert(facts, VoidNumbers)]


async def _name_of(tx: Transaction, officer: str) -> str:
    """Return what an officer of anywhere is called: a letter says whom to ask for."""
    try:
        return (await find_officer(tx, scope=_ANYWHERE, officer=officer)).name
    except NotFound:
        return officer


def _day(moment: datetime) -> date:
    return moment.astimezone(rules.LOCAL).date()


def _may_not_number(officer: Officer, *, issuer: str, document_number: str | None) -> IssuerNumbers | None:
    """Say why an officer can't number a letter: it goes out in the name of its issuer."""
    if document_number is None or scope_of(officer.organization).holds(issuer):
        return None
    return IssuerNumbers(organization=issuer)


async def _record(
    tx: Transaction, officer: Officer, *, act: Act, object: str, key: UUID, terminal: str,  # noqa: A002
    error: DomainError | None,
) -> None:  # fmt: skip
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.QUERY,
        act=act, object=object, key=str(key), condition="letter", succeeded=error is None,
        error_code=error.code if error else None,
    )  # fmt: skip
    if error is not None:
        raise error
