"""A registration's later life: which act is possible in which state, and by whom. Pure."""

from birthreg.access.models import Officer, Role
from birthreg.access.rules import jurisdiction_prefix
from birthreg.kernel.language import Text
from birthreg.registrations.life_models import (
    CHANGE_STATUS_NAMES,
    REGISTRATION_STATUS_NAMES,
    ChangeStatus,
    ChangeStep,
    LifeAct,
    Objection,
    RegistrationStatus,
    Standing,
    Step,
    Who,
)
from birthreg.verification.models import VerdictKind
from birthreg.verification.reasons import NEXT_STEPS
from birthreg.verification.rules import MAY_REGISTER

_R, _C = RegistrationStatus, ChangeStatus

STEPS = (
    Step(_R.HELD, LifeAct.APPROVE, _R.EFFECTIVE, Who.APPROVER),
    Step(_R.HELD, LifeAct.REFUSE, _R.REFUSED, Who.APPROVER),
    Step(_R.HELD, LifeAct.WITHDRAW, _R.WITHDRAWN, Who.DESK),
    Step(_R.EFFECTIVE, LifeAct.PROPOSE_CORRECTION, _R.EFFECTIVE, Who.DESK),
    Step(_R.EFFECTIVE, LifeAct.PROPOSE_REVOCATION, _R.EFFECTIVE, Who.DESK),
    Step(_R.EFFECTIVE, LifeAct.REVOKE, _R.REVOKED, Who.APPROVER),
)
"""The life of a registration. What isn't here isn't possible."""

CHANGE_STEPS = (
    ChangeStep(_C.PROPOSED, LifeAct.APPROVE, _C.APPROVED, Who.APPROVER),
    ChangeStep(_C.PROPOSED, LifeAct.REFUSE, _C.REFUSED, Who.APPROVER),
    ChangeStep(_C.PROPOSED, LifeAct.WITHDRAW, _C.WITHDRAWN, Who.PROPOSER),
)
"""The life of a proposed correction or revocation."""

APPROVERS = frozenset({Role.PREFECTURE_ADMIN, Role.PROVINCE_ADMIN})
DESKS = frozenset({Role.CLERK, Role.PREFECTURE_ADMIN, Role.PROVINCE_ADMIN})
PREFECTURE_DIGITS = 4
"""A jurisdiction of more digits lies below the prefecture."""

_STATE = Text("该{what}当前状态为“{status}”,不能进行此操作。", "The {what} is {status}: this isn't possible now.")


def _wrong_state(what: Text, status: Text) -> Objection:
    return Objection(
        code="registration_state",
        message=_STATE.fill(what=what, status=status),
        next_step=Text("请核对编号,或按当前状态办理。", "Check which one is meant, or do what its state allows."),
    )


WRONG_STATES = {
    status: _wrong_state(Text("登记", "registration"), name) for status, name in REGISTRATION_STATUS_NAMES.items()
}
WRONG_CHANGE_STATES = {
    status: _wrong_state(Text("变更", "change"), name) for status, name in CHANGE_STATUS_NAMES.items()
}
OWN_ENTRY = Objection(
    code="own_registration",
    message=Text("录入人不得审批本人录入的登记。", "Who entered the registration can't decide on it."),
    next_step=Text("请由其他民警审批。", "Let another officer decide."),
)
OWN_PROPOSAL = Objection(
    code="own_proposal",
    message=Text("提出人不得审批本人提出的变更。", "Who proposed the change can't decide on it."),
    next_step=Text("请由其他民警审批。", "Let another officer decide."),
)
NOT_APPROVER = Objection(
    code="not_approver",
    message=Text(
        "须由落户地的地市或以上户政部门审批。",
        "The household department of the place of registration's prefecture, or above, decides.",
    ),
    next_step=Text("请报落户地的地市户政部门审批。", "Ask that department."),
)
NOT_AT_DESK = Objection(
    code="not_at_desk",
    message=Text("须由受理地或落户地的户籍部门办理。", "The place of acceptance or of registration does this."),
    next_step=Text("请联系受理单位。", "Ask the organisation that accepted it."),
)
NOT_PROPOSER = Objection(
    code="not_proposer",
    message=Text("只有提出人可以撤回。", "Only who proposed it can withdraw it."),
    next_step=Text("请由提出人撤回,或由审批人驳回。", "Let them withdraw it, or an approver refuse it."),
)
CHANGE_OPEN = Objection(
    code="change_open",
    message=Text("该登记已有一项待审批的变更。", "A change of this registration awaits its decision."),
    next_step=Text("请待其审批结束,或先撤回。", "Await its decision, or have it withdrawn."),
)
NUMBER_SAME = Objection(
    code="correction_number_same",
    message=Text("新编号与现编号相同。", "The new number is the present one."),
    next_step=Text("请核对编号。", "Check the number."),
)
CORRECTION_VERDICTS = {
    kind: Objection(
        code=f"correction_{kind}",
        message=Text("新编号未通过核验。", "The new number may not be used."),
        next_step=NEXT_STEPS[kind],
    )
    for kind in VerdictKind
    if kind not in MAY_REGISTER
}

OBJECTIONS = (
    WRONG_STATES[_R.HELD], OWN_ENTRY, OWN_PROPOSAL, NOT_APPROVER, NOT_AT_DESK, NOT_PROPOSER, CHANGE_OPEN, NUMBER_SAME,
    *CORRECTION_VERDICTS.values(),
)  # fmt: skip
"""Every code that a step can be objected to with."""


def decide_step(standing: Standing, act: LifeAct, officer: Officer) -> RegistrationStatus | Objection:
    """Return the state to which this officer's act leads a registration, or why it isn't taken.

    `REVOKE` is what the approval of a proposed revocation does, by the officer who approves it.
    """
    for step in STEPS:
        if step.source is standing.status and step.act is act:
            return _objection(step.who, standing, officer) or step.target
    return WRONG_STATES[standing.status]


def decide_change_step(
    standing: Standing, change: ChangeStatus, act: LifeAct, officer: Officer
) -> ChangeStatus | Objection:
    """Return the state to which this officer's act leads a proposed change, or why it isn't taken."""
    if standing.status is not RegistrationStatus.EFFECTIVE:
        return WRONG_STATES[standing.status]
    for step in CHANGE_STEPS:
        if step.source is change and step.act is act:
            return _objection(step.who, standing, officer) or step.target
    return WRONG_CHANGE_STATES[change]


def object_to_proposal(standing: Standing, act: LifeAct, officer: Officer) -> Objection | None:
    """Say why a correction or revocation may not be proposed by this officer; None when it may."""
    decided = decide_step(standing, act, officer)
    if isinstance(decided, Objection):
        return decided
    return CHANGE_OPEN if standing.proposed_by is not None else None


def object_to_number(standing: Standing, *, new_number: str | None, verdict: VerdictKind) -> Objection | None:
    """Say why a correction may not lead to this number; None when it may.

    `new_number` is normalised, None where what was typed is no number; `verdict` is its look-up's.
    """
    if new_number is not None and new_number == standing.certificate_number:
        return NUMBER_SAME
    return CORRECTION_VERDICTS.get(verdict)


def _objection(who: Who, standing: Standing, officer: Officer) -> Objection | None:
    if who is Who.APPROVER:
        return _object_to_approver(standing, officer)
    if who is Who.PROPOSER:
        return None if officer.id == standing.proposed_by else NOT_PROPOSER
    return None if _at_desk(standing, officer) else NOT_AT_DESK


def _object_to_approver(standing: Standing, officer: Officer) -> Objection | None:
    prefix = jurisdiction_prefix(officer.organization)
    within = standing.registered_at.startswith(prefix) and len(prefix) <= PREFECTURE_DIGITS
    if officer.role not in APPROVERS or not within:
        return NOT_APPROVER
    if officer.id == standing.entered_by:
        return OWN_ENTRY
    return OWN_PROPOSAL if officer.id == standing.proposed_by else None


def _at_desk(standing: Standing, officer: Officer) -> bool:
    """Say whether the officer enters registrations where this one was accepted or lies."""
    prefix = jurisdiction_prefix(officer.organization)
    places = (standing.accepted_at, standing.registered_at)
    return officer.role in DESKS and any(place.startswith(prefix) for place in places)
