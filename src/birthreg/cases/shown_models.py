"""Cases as an officer is shown them, in one language."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from birthreg.cases.models import CaseAct, LeadKind, Outcome, Status
from birthreg.cases.queue_models import Awaited, CaseAbsorbed
from birthreg.screening.models import Severity


class PriorityPartShown(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a priority."""

    what: str
    points: int


class PriorityShown(msgspec.Struct, frozen=True, kw_only=True):
    """How urgent a case is now: the sum of its parts. It rises by ten points a day."""

    points: int
    parts: list[PriorityPartShown]


class DeadlineShown(msgspec.Struct, frozen=True, kw_only=True):
    """Until when a case has to be concluded.

    `working_days_left` is 0 on the last day and below zero after it; `is_certain` is false where the calendar of
    working days isn't known so far ahead, and `warning` says so. `reached` is the last share of the term, in per cent,
    that was warned of. While a case is suspended its clock stands since `stands_since`.
    """

    due_on: date
    working_days_left: int
    allowed_days: int
    is_overdue: bool
    is_certain: bool
    warning: str | None
    reached: int
    stands_since: date | None


class CaseListed(msgspec.Struct, frozen=True, kw_only=True):
    """A case in a list. One that is closed, or part of another, has neither priority nor deadline any more."""

    id: UUID
    number: str
    version: int
    status: Status
    status_name: str
    severity: Severity
    severity_name: str
    leads: int
    kinds: int
    certificate_number: str | None
    registration_id: UUID | None
    organization: str
    organization_name: str
    household_organization: str
    household_organization_name: str
    handler: str
    handler_name: str
    opened_at: datetime
    priority: PriorityShown | None
    deadline: DeadlineShown | None
    investigator: str | None
    lease_until: datetime | None
    suspended_until: datetime | None
    awaited: Awaited | None
    awaited_name: str | None
    outcome: Outcome | None
    outcome_name: str | None
    closed_at: datetime | None
    merged_into: UUID | None
    is_watched: bool


class LeadShown(msgspec.Struct, frozen=True, kw_only=True):
    """What made a case suspicious, as a sentence; `case_id` is the merged case that it came with, if it isn't this."""

    id: UUID
    case_id: UUID
    kind: LeadKind
    rule: str
    title: str
    severity: Severity
    source_id: UUID
    registration_id: UUID | None
    certificate_number: str | None
    organization: str
    sentence: str
    found_at: datetime


class ProposalShown(msgspec.Struct, frozen=True, kw_only=True):
    """How the investigator wants a case to end; the reason isn't shown to auditors."""

    outcome: Outcome
    outcome_name: str
    proposed_by: str
    proposed_at: datetime
    reason: str | None


class CaseShown(CaseListed, frozen=True, kw_only=True):
    """A case with its leads (the first 500), and what who asks may do with it now.

    `has_conflict`: who asks has a hand in what it is about, so may do nothing. The child's birth date isn't shown to
    auditors. `absorbed` are the cases that are worked on as part of this one; leads of those that lie outside the
    jurisdiction aren't shown, though they count.
    """

    child_birth_date: date | None
    proposal: ProposalShown | None
    confirmed_by: str | None
    split_from: UUID | None
    absorbed: list[CaseAbsorbed]
    all_leads: list[LeadShown]
    has_conflict: bool
    acts: list[CaseAct]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """The case that an investigator works on next; null when the queue is empty."""

    case: CaseListed | None


class Watching(msgspec.Struct, frozen=True, kw_only=True):
    """Whether who asks watches a case."""

    id: UUID
    is_watched: bool


class EntryShown(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a timeline.

    Notes are free text about people: an auditor sees that there is one, not what it says. `case_id` is the merged
    case that it was written for, if it isn't the one asked for.
    """

    id: UUID
    case_id: UUID
    act: CaseAct
    act_name: str
    officer: str
    organization: str
    at: datetime
    before: Status | None
    after: Status
    note: str | None
    has_note: bool
    detail: dict[str, Any]
