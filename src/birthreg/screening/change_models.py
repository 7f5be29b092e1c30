"""The nouns of changing a rule: what one administrator proposes, what it would do, what another decides."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text
from birthreg.screening.models import Mode, Severity

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Newest = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


Given = float | bool | str | list[str]
"""A parameter as it is sent: JSON doesn't tell whole numbers from others."""


class ChangeStatus(StrEnum):
    """How far a change of a rule has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Choice(StrEnum):
    """What the second person decides."""

    APPROVE = "approve"
    REFUSE = "refuse"


class RuleChangeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an administrator wants changed of a rule; what isn't named stays.

    `newest` is over how many registrations, the newest ones, it is tried out first.
    """

    mode: Mode | None = None
    severity: Severity | None = None
    parameters: dict[str, Given] | None = None
    reason: Reason
    newest: Newest = 100_000


class RuleDecisionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the second person decides, and why."""

    decision: Choice
    reason: Reason


class RuleWithdrawalRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a change is taken back."""

    reason: Reason


class HitSample(msgspec.Struct, frozen=True, kw_only=True):
    """One registration of which a rule as it stands and as it is proposed say different things."""

    registration_id: UUID
    certificate_number: str | None
    organization: str
    household_organization: str
    evidence: dict[str, Any]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it stands and as it is proposed, over one part of the books."""

    looked_at: int
    findings_now: int
    findings_after: int
    gone: int
    new: int
    gone_samples: list[HitSample]
    new_samples: list[HitSample]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A registration that would be found no more, or only then, with the sentence that tells why."""

    registration_id: UUID
    certificate_number: str | None
    organization: str
    household_organization: str
    sentence: Text


class BackTest(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would do, over the newest registrations: findings now and after, with samples of what differs.

    `is_complete` is false when the time was over before all that were asked for had been looked at.
    """

    asked: int
    looked_at: int
    is_complete: bool
    findings_now: int
    findings_after: int
    gone: int
    new: int
    gone_samples: list[Sample]
    new_samples: list[Sample]
    tested_at: datetime


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a rule, beside how the rule stood when it was proposed."""

    id: UUID
    version: int
    rule: str
    rule_version: int
    status: ChangeStatus
    mode: Mode
    severity: Severity
    parameters: dict[str, Any]
    mode_before: Mode
    severity_before: Severity
    parameters_before: dict[str, Any]
    reason: str
    back_test: BackTest
    proposed_by: str
    proposed_by_organization: str
    proposed_at: datetime
    decided_by: str | None
    decided_by_organization: str | None
    decided_at: datetime | None
    decision_reason: str | None
    new_version: int | None


class ChangeId(msgspec.Struct, frozen=True):
    """Which change."""

    id: UUID


class NewVersion(msgspec.Struct, frozen=True):
    """The version that a rule came to."""

    version: int


class Boundary(msgspec.Struct, frozen=True):
    """A place in the books."""

    registration_id: UUID


class BackTestTurn(msgspec.Struct, frozen=True):
    """Whether a back-test may begin."""

    granted: bool
    work_mem: str


class LookedAt(msgspec.Struct, frozen=True):
    """How many registrations rules look at."""

    registrations: int


class RuleWeight(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it stands, and what came of it."""

    code: str
    version: int
    mode: Mode
    severity: Severity
    parameters: dict[str, Any]
    changed_at: datetime
    live: int
    shadow: int
    suppressed: int
    confirmed: int
    unfounded: int
    cost: float | None


class RuleVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it once stood; `changed_by` is `birthreg` where a new file brought it."""

    version: int
    mode: Mode
    severity: Severity
    parameters: dict[str, Any]
    text: str
    changed_at: datetime
    changed_by: str
    change_id: UUID | None
