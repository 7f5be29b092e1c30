"""The nouns of a registration's later life: approval, correction, revocation."""

from enum import StrEnum

import msgspec

from birthreg.kernel.language import Text


class RegistrationStatus(StrEnum):
    """Where a registration stands in its life."""

    HELD = "held"
    EFFECTIVE = "effective"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


REGISTRATION_STATUS_NAMES = {
    RegistrationStatus.HELD: Text("待审批", "waiting for approval"),
    RegistrationStatus.EFFECTIVE: Text("已生效", "in effect"),
    RegistrationStatus.REFUSED: Text("审批未通过", "refused"),
    RegistrationStatus.WITHDRAWN: Text("已撤回", "withdrawn"),
    RegistrationStatus.REVOKED: Text("已撤销", "revoked"),
}


class ChangeKind(StrEnum):
    """What two officers can do to a registration in effect."""

    CORRECTION = "correction"
    REVOCATION = "revocation"


class ChangeStatus(StrEnum):
    """Where a proposed correction or revocation stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


CHANGE_STATUS_NAMES = {
    ChangeStatus.PROPOSED: Text("待审批", "waiting for a decision"),
    ChangeStatus.APPROVED: Text("已同意", "approved"),
    ChangeStatus.REFUSED: Text("未同意", "refused"),
    ChangeStatus.WITHDRAWN: Text("已撤回", "withdrawn"),
}


class LifeAct(StrEnum):
    """What can be done with a registration, or with a proposed change, after it was entered."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    PROPOSE_CORRECTION = "propose_correction"
    PROPOSE_REVOCATION = "propose_revocation"
    REVOKE = "revoke"
    """What the approval of a proposed revocation does to the registration."""


class Who(StrEnum):
    """Who may take a step."""

    DESK = "desk"
    """An officer who registers births, whose jurisdiction holds the place of acceptance or of registration."""
    APPROVER = "approver"
    """The household department of the registration's prefecture or above, never who entered or proposed it."""
    PROPOSER = "proposer"
    """Who proposed the change."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules of later life must know of a registration and, where one is open, of a proposed change.

    `entered_by` is the officer who entered the registration, `proposed_by` who proposed the open
    change; both are officers' ids.
    """

    status: RegistrationStatus
    accepted_at: str
    registered_at: str
    entered_by: str
    certificate_number: str | None = None
    proposed_by: str | None = None


class Step(msgspec.Struct, frozen=True):
    """One row of the table of a registration's life: from which state which act leads where, and who may do it."""

    source: RegistrationStatus
    act: LifeAct
    target: RegistrationStatus
    who: Who


class ChangeStep(msgspec.Struct, frozen=True):
    """One row of the table of a proposed change's life."""

    source: ChangeStatus
    act: LifeAct
    target: ChangeStatus
    who: Who


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """Why a step of later life isn't taken."""

    code: str
    message: Text
    next_step: Text
