"""Rules, changes and findings as an officer is shown them, in one language."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from birthreg.screening.change_models import ChangeStatus, Given, RuleVersion
from birthreg.screening.finding_models import FindingStatus, Outcome
from birthreg.screening.models import FoundBy, Mode, Severity


class ParameterShown(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter with what it means; a number lies between `least` and `most`."""

    name: str
    kind: str
    meaning: str
    default: Given
    value: Given
    least: float | None
    most: float | None


class FindingCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many findings a rule has; those suppressed at present are among the live ones."""

    live: int
    shadow: int
    suppressed: int


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule is worth, from concluded cases.

    `precision` is confirmed / (confirmed + unfounded), `per_ten_thousand` the confirmed ones (yield) for 10,000
    of the registrations that it looks at, `cost` the microseconds a registration in the newest back-test. Each is
    null where nothing is known yet.
    """

    confirmed: int
    unfounded: int
    precision: float | None
    looked_at: int
    per_ten_thousand: float | None
    cost: float | None


class RuleListed(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: what it searches for and why, how it stands, and what came of it."""

    code: str
    title: str
    explanation: str
    source: str
    mode: Mode
    severity: Severity
    version: int
    changed_at: datetime
    parameters: list[ParameterShown]
    findings: FindingCounts
    performance: Performance


class RuleShown(RuleListed, frozen=True, kw_only=True):
    """A rule with its text and all its versions, newest first."""

    text: str
    versions: list[RuleVersion]


class SampleShown(msgspec.Struct, frozen=True, kw_only=True):
    """A registration of which the rule would say something else than now."""

    registration_id: UUID
    certificate_number: str | None
    organization: str
    household_organization: str
    sentence: str


class BackTestCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would do, in numbers; over fewer than asked when the time was over (`is_complete` false)."""

    asked: int
    looked_at: int
    is_complete: bool
    findings_now: int
    findings_after: int
    gone: int
    new: int
    tested_at: datetime


class BackTestShown(BackTestCounts, frozen=True, kw_only=True):
    """What a change would do; the samples (at most 20 of each) are those inside the reader's jurisdiction."""

    gone_samples: list[SampleShown]
    new_samples: list[SampleShown]


class RuleChangeListed(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a rule: from what to what, by whom, and what became of it."""

    id: UUID
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
    organization: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_by_organization: str | None
    decided_at: datetime | None
    decision_reason: str | None
    new_version: int | None
    back_test: BackTestCounts


class RuleChangeShown(RuleChangeListed, frozen=True, kw_only=True):
    """A change of a rule with its whole back-test."""

    back_test: BackTestShown


class FindingShown(msgspec.Struct, frozen=True, kw_only=True):
    """A finding with its evidence; `status` says whether it is open, suppressed for a time, or concluded.

    `case_id` names the case that it belongs to; a finding of a rule in shadow has none.
    """

    id: UUID
    rule: str
    title: str
    rule_version: int
    severity: Severity
    status: FindingStatus
    is_shadow: bool
    registration_id: UUID
    certificate_number: str | None
    organization: str
    organization_name: str
    household_organization: str
    household_organization_name: str
    sentence: str
    evidence: dict[str, Any]
    found_at: datetime
    found_by: FoundBy
    sweep_id: UUID | None
    case_id: UUID | None
    suppressed_until: datetime | None
    suppressed_by: str | None
    suppressed_reason: str | None
    outcome: Outcome | None
    concluded_at: datetime | None
