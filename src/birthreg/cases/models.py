"""The nouns of cases."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text
from birthreg.screening.models import Severity


class Status(StrEnum):
    """Where a case stands."""

    WAITING = "waiting"
    INVESTIGATING = "investigating"
    SUSPENDED = "suspended"
    CONCLUDING = "concluding"
    CLOSED = "closed"
    REOPENED = "reopened"
    """Closed once, and in the queue again."""
    MERGED = "merged"
    """Worked on as part of another case."""


class LeadKind(StrEnum):
    """What made a case suspicious."""

    FINDING = "finding"
    ATTEMPT = "attempt"
    """A listed number was shown at a desk."""
    SHOPPING = "shopping"
    """One number was looked up at several stations, and registered at none."""
    FILING_REJECTED = "filing_rejected"
    LOOK_BACK = "look_back"
    """A number was used before it was listed."""


class Outcome(StrEnum):
    """How a case ends."""

    CLEARED = "cleared"
    CORRECTED = "corrected"
    REGISTRATION_REVOKED = "registration_revoked"
    REFERRED = "referred"


class CaseAct(StrEnum):
    """What can be done with a case; each leaves one entry on its timeline."""

    OPEN = "open"
    JOIN = "join"
    CLAIM = "claim"
    RENEWAL = "renewal"
    RELEASE = "release"
    LAPSE = "lapse"
    """The lease ran out, and the case went back with its notes."""
    ASSIGNMENT = "assignment"
    ESCALATION = "escalation"
    NOTE = "note"
    STEP = "step"
    EVIDENCE = "evidence"
    EVIDENCE_VIEW = "evidence_view"
    EVIDENCE_CHECK = "evidence_check"
    SUSPENSION = "suspension"
    RESUMPTION = "resumption"
    CONCLUSION = "conclusion"
    CONFIRMATION = "confirmation"
    REJECTION = "rejection"
    """The lead doesn't confirm the conclusion: the case goes back to its investigator."""
    WITHDRAWAL = "withdrawal"
    """Who proposed a conclusion takes it back before a lead has decided on it."""
    REOPENING = "reopening"
    DOSSIER = "dossier"
    """The dossier of a referred case is taken out."""
    LINK = "link"
    UNLINK = "unlink"
    MERGE = "merge"
    ABSORPTION = "absorption"
    """The other side of a merge: the case that goes on."""
    UNMERGE = "unmerge"
    SPLIT = "split"
    WARNING = "warning"
    """Half, four fifths or all of the term is gone."""
    OVERDUE = "overdue"
    """The deadline is missed: the case goes to the level above, whoever works on it."""
    UNDO = "undo"
    """A bulk act is taken back."""


class Who(StrEnum):
    """Who may do an act, besides having the role and the case in scope."""

    INVESTIGATOR = "investigator"
    """Any investigator or lead investigator."""
    HOLDER = "holder"
    """The investigator whom the case lies with, or a lead investigator."""
    OWN_HOLDER = "own_holder"
    """The investigator whom the case lies with, and nobody else."""
    LEAD = "lead"
    SYSTEM = "system"


class Guard(StrEnum):
    """What must be so beyond state and person."""

    OTHER_PERSON = "other_person"
    """Who confirms isn't who proposed."""
    STEPS_DONE = "steps_done"
    """Every required step of the checklist is ticked."""


class Way(msgspec.Struct, frozen=True):
    """One row of the state machine: an act takes a case from a state to a state, by whom, if."""

    before: Status
    act: CaseAct
    after: Status
    who: Who
    guard: Guard | None = None


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A case as kept."""

    id: UUID
    number: str
    version: int
    subject: str
    registration_id: UUID | None
    certificate_number: str | None
    child_birth_date: date | None
    organization: str
    household_organization: str
    handler: str
    status: Status
    opened_at: datetime
    severity: Severity
    leads: int
    kinds: int
    points: int
    rank: int
    reached: int
    investigator: str | None
    lease_until: datetime | None
    suspended_until: datetime | None
    awaited: str | None
    allowed_days: int
    clock_from: date
    paused_days: int
    paused_on: date | None
    due_on: date | None
    proposed_outcome: Outcome | None
    proposed_by: str | None
    proposed_at: datetime | None
    proposed_reason: str | None
    outcome: Outcome | None
    confirmed_by: str | None
    closed_at: datetime | None
    merged_into: UUID | None
    split_from: UUID | None


class Conflicted(msgspec.Struct, frozen=True):
    """Whether an officer has a hand in what a case is about."""

    has_conflict: bool


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an officer has a hand in what a case is about, and the names beside its codes, where they are known."""

    has_conflict: bool
    handler_name: str | None
    investigator_name: str | None
    whole_number: str | None


class HeldRow(CaseRow, frozen=True, kw_only=True):
    """A case that a transaction holds, whether the officer who asks may touch it, and the names beside its codes."""

    has_conflict: bool
    handler_name: str | None
    investigator_name: str | None
    whole_number: str | None

    @property
    def called_handler(self) -> str:
        """The unit in whose queue it lies, by name and code."""
        return f"{self.handler_name}({self.handler})" if self.handler_name else self.handler

    @property
    def called_investigator(self) -> str:
        """Whom it lies with, by name and account."""
        return f"{self.investigator_name}({self.investigator})" if self.investigator_name else str(self.investigator)


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that made a case suspicious."""

    id: UUID
    case_id: UUID
    kind: LeadKind
    source_id: UUID
    rule: str
    severity: Severity
    registration_id: UUID | None
    certificate_number: str | None
    organization: str
    sentence_zh: str
    sentence_en: str
    found_at: datetime


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a timeline."""

    id: UUID
    case_id: UUID
    act: CaseAct
    officer: str
    organization: str
    at: datetime
    before: Status | None
    after: Status
    note: str | None
    detail: dict[str, Any]


class PriorityPart(msgspec.Struct, frozen=True):
    """One part of a priority: what it counts, in words, and its points."""

    what: Text
    points: int


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """What every act on a case answers: how it stands now, and the entry that the act left on the timeline."""

    id: UUID
    number: str
    version: int
    status: Status
    handler: str
    investigator: str | None
    lease_until: datetime | None
    entry_id: UUID


class CaseId(msgspec.Struct, frozen=True):
    """Which case."""

    id: UUID
