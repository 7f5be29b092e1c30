"""The nouns of findings."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text
from birthreg.screening.models import FoundBy, Severity


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found of a registration, with its evidence as data and as a sentence."""

    id: UUID
    registration_id: UUID
    certificate_number: str | None
    rule: str
    rule_version: int
    severity: Severity
    is_shadow: bool
    organization: str
    household_organization: str
    evidence: dict[str, Any]
    sentence: Text


class FindingStatus(StrEnum):
    """What has become of a finding."""

    OPEN = "open"
    SUPPRESSED = "suppressed"
    CONFIRMED = "confirmed"
    UNFOUNDED = "unfounded"


class Outcome(StrEnum):
    """What a concluded case says of a finding: rightly suspected, or not."""

    CONFIRMED = "confirmed"
    UNFOUNDED = "unfounded"


class SuppressionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Until when a finding is not to be worked on, and why."""

    until: Annotated[datetime, msgspec.Meta(tz=True)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class FindingFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings somebody wants to see; what is None isn't asked for."""

    rule: str | None = None
    severity: Severity | None = None
    status: FindingStatus | None = None
    number: str | None = None
    registration: UUID | None = None
    shadow: bool = False
    since: datetime | None = None
    organization: str | None = None


class FindingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as kept, with what became of it."""

    id: UUID
    version: int
    registration_id: UUID
    certificate_number: str | None
    rule: str
    rule_version: int
    severity: Severity
    is_shadow: bool
    organization: str
    organization_name: str
    household_organization: str
    household_organization_name: str
    evidence: dict[str, Any]
    sentence_zh: str
    sentence_en: str
    found_at: datetime
    found_by: FoundBy
    sweep_id: UUID | None
    status: FindingStatus
    suppressed_until: datetime | None
    suppressed_by: str | None
    suppressed_reason: str | None
    outcome: Outcome | None
    concluded_at: datetime | None
    registrar: str | None
    """The officer who entered the registration; None where nothing is kept of it any more."""
    case_id: UUID | None
    """The case that it opened or joined; none of those in shadow."""


class FindingId(msgspec.Struct, frozen=True):
    """Which finding."""

    id: UUID
