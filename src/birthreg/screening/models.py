"""The nouns of screening: rules, what they read of a registration, what they find."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text


class Severity(StrEnum):
    """How much a finding weighs."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Mode(StrEnum):
    """Whether a rule is run, and whether what it finds counts."""

    OFF = "off"
    SHADOW = "shadow"
    """Run, and its findings are kept apart: they open no case and are shown to no desk."""
    LIVE = "live"


class FoundBy(StrEnum):
    """When a registration was found suspicious."""

    DESK = "desk"
    SWEEP = "sweep"
    AGAIN = "again"
    """Screened anew, because a later registration points at it or its number was corrected."""


Value = int | float | bool | str | list[str]
"""What a parameter may be; a day is written as text."""


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A number or list by which administrators tune a rule; `kind` is its type in SQL."""

    name: str
    kind: str
    default: Value
    meaning: Text


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule as its file says it; `digest` is SM3 over the file."""

    code: str
    title: Text
    severity: Severity
    mode: Mode
    source: str
    explanation: Text
    says: Text
    parameters: tuple[Parameter, ...]
    body: str
    text: str
    digest: bytes

    @property
    def defaults(self) -> dict[str, Value]:
        """Its parameters as the file gives them."""
        return {parameter.name: parameter.default for parameter in self.parameters}


class Standing(msgspec.Struct, frozen=True):
    """A rule as administrators have set it."""

    code: str
    version: int
    mode: Mode
    severity: Severity
    parameters: dict[str, Any]
    digest: bytes


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """All that a rule may read of a registration, before people are exchanged for links."""

    registration_id: UUID
    standing: bool
    certificate_number: str | None
    organization: str
    household_organization: str
    county: str
    officer: str
    entered_at: datetime
    applied_on: date
    child_name: str
    sex: int
    birth_date: date
    issued_on: date | None
    issuer_name: str | None
    issuer_code: str | None
    issuer_division: str | None
    issue_kind: int | None
    original_number: str | None
    born_outside: bool
    household_kind: int
    collective_kind: str | None
    relation: str | None
    with_mother: bool
    with_father: bool
    exception: str | None
    unregistered_kind: str | None
    marital_status: str
    mother_name: str | None
    mother_birth_date: date | None
    mother_province: str | None
    father_name: str | None
    father_province: str | None
    applicant_relation: str
    has_paternity_report: bool
    has_adoption_proof: bool
    people: dict[str, tuple[str, list[bytes]]]
    """Who is linked, by column (`child`, `mother`, `father`, `applicant`, `applicant_phone`, `address`): the kind of
    blind index, and all that the value may be found by."""


class Hit(msgspec.Struct, frozen=True):
    """What a rule's text gives for one registration, with how the rule stood when it was run."""

    rule: str
    rule_version: int
    severity: Severity
    is_shadow: bool
    registration_id: UUID
    certificate_number: str | None
    organization: str
    household_organization: str
    evidence: dict[str, Any]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as a desk is told it; shadows are told to no desk."""

    id: UUID
    rule: str
    severity: Severity
    title: Text
    sentence: Text
