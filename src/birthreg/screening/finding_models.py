"""The nouns of findings."""

from typing import Any
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text
from birthreg.screening.models import Severity


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
