"""The nouns of the queue: what officers ask of it, what its jobs read, how cases are listed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from birthreg.cases.models import CaseAct, CaseRow, Entry, Status
from birthreg.kernel.texts import LongText, Paragraphs
from birthreg.screening.models import Severity

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
DayOrMoment = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
OfficerId = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Awaited(StrEnum):
    """What a suspended case waits for."""

    DNA_RESULT = "dna_result"
    ISSUER_REPLY = "issuer_reply"
    """Of the institution that issued the certificate."""
    OTHER_JURISDICTION = "other_jurisdiction"
    """The help of another jurisdiction's police."""
    FAMILY = "family"
    """The family can't be reached, or has to bring papers."""
    COURT = "court"
    """A court, a prosecutor or a divorce decides first."""
    OTHER = "other"


class ReasonRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a case is given back, or up."""

    reason: LongText


class AssignmentRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to work on a case, and why."""

    investigator: OfficerId
    reason: LongText


class NoteRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an investigator wants to remember."""

    text: Paragraphs


class SuspensionAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Until when (a time with its offset, or a day, of which its beginning counts), or for what, a case waits, and why.

    With both, until whichever comes first.
    """

    until: DayOrMoment | None = None
    awaited: Awaited | None = None
    reason: LongText


class SuspensionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Until when, or for what, a case waits, and why; with both, until whichever comes first."""

    until: Moment | None = None
    awaited: Awaited | None = None
    reason: LongText


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases somebody wants to see; what is None isn't asked for."""

    status: Status | None = None
    kind: str | None = None
    severity: Severity | None = None
    investigator: str | None = None
    overdue: bool | None = None
    organization: str | None = None
    since: datetime | None = None
    number: str | None = None
    watched: bool = False


class CasePlace(msgspec.Struct, frozen=True):
    """A case and its place in the queue."""

    id: UUID
    rank: int


class ListedRow(CaseRow, frozen=True, kw_only=True):
    """A case as kept, with the names of places, and whether who reads watches it."""

    organization_name: str
    household_organization_name: str
    handler_name: str
    is_watched: bool


class CaseNamed(msgspec.Struct, frozen=True):
    """A case by its number."""

    id: UUID
    number: str


class CaseAbsorbed(CaseNamed, frozen=True):
    """A case that is worked on as part of another; where it isn't inside the scope, no more is shown of it."""

    status: Status
    organization: str
    is_inside: bool


class Counted(msgspec.Struct, frozen=True):
    """How many there are, up to a bound."""

    count: int


class TimelineEntry(Entry, frozen=True, kw_only=True):
    """An entry with its place on the timeline."""

    seq: int


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """What the deadline of a case is reckoned from."""

    id: UUID
    clock_from: date
    allowed_days: int
    paused_days: int
    reached: int
    missed_due_on: date | None


class Reckoned(msgspec.Struct, frozen=True, kw_only=True):
    """The deadline of a case, and the next day on which it says something."""

    id: UUID
    due_on: date
    alarm_on: date | None


class AlarmedRow(CaseRow, frozen=True, kw_only=True):
    """A case whose deadline says something today."""

    missed_due_on: date | None


DOOR_ACTS = frozenset(CaseAct) - {
    CaseAct.OPEN, CaseAct.JOIN, CaseAct.LAPSE, CaseAct.WARNING, CaseAct.OVERDUE, CaseAct.ABSORPTION,
    CaseAct.EVIDENCE_CHECK, CaseAct.UNDO,
}  # fmt: skip
"""What an officer can ask for; the rest follows from it, or is the system's."""
