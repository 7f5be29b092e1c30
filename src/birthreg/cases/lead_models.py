"""The nouns of what opens cases besides findings: attempts, numbers carried about, and the watch over look-ups."""

from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.cases.models import Outcome, Status
from birthreg.screening.models import Severity


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A listed number shown at a desk for a registration, with why and by which document it is listed.

    `officer`: who showed it; of a machine client, the one on whose behalf it asked.
    """

    lookup: UUID
    number: str
    officer: str
    organization: str
    reason: str
    document_number: str


class Turn(msgspec.Struct, frozen=True):
    """Whether it is this transaction's turn."""

    granted: bool


class Admitted(msgspec.Struct, frozen=True):
    """How many attempts were taken, and how many of them were new leads."""

    taken: int
    leads: int


class LeadCase(msgspec.Struct, frozen=True):
    """The case that a lead opened or joined."""

    source_id: UUID
    case_id: UUID


class CaseOfNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A case as a number's life shows it."""

    id: UUID
    number: str
    status: Status
    severity: Severity
    opened_at: datetime
    outcome: Outcome | None
    closed_at: datetime | None


class ForeignCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case outside the jurisdiction that a look-up or registration inside it belongs to.

    `handler` has it now: whom to call.
    """

    number: str
    status: Status
    handler: str
    handler_name: str


class CasesOfNumber(msgspec.Struct, frozen=True, kw_only=True):
    """The cases about a number: those inside a jurisdiction, and those elsewhere that it has a part in."""

    inside: list[CaseOfNumber]
    foreign: list[ForeignCase]


class LookupMark(msgspec.Struct, frozen=True):
    """How far look-ups have been watched: before which transaction, and when."""

    next_transaction: int
    reached_at: datetime


class LookupCut(msgspec.Struct, frozen=True):
    """Up to which transaction look-ups are watched next, and how many that are."""

    next: int
    lookups: int
