"""The nouns of acts on many cases at once."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from birthreg.cases.models import Status
from birthreg.cases.queue_models import Awaited, DayOrMoment, OfficerId
from birthreg.kernel.texts import LongText, Paragraphs
from birthreg.screening.models import Severity

MOST_CASES = 100
"""All of them are held until the act ends: who looks a number up, or registers on it, waits so long."""

CaseIds = Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=MOST_CASES)]


class BulkAct(StrEnum):
    """What can be done with many cases at once."""

    NOTE = "note"
    LINK = "link"
    ASSIGNMENT = "assignment"
    RELEASE = "release"
    SUSPENSION = "suspension"
    ESCALATION = "escalation"


class BulkFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which open cases of the jurisdiction are meant, most urgent first; what isn't named isn't asked for."""

    status: Status | None = None
    kind: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    severity: Severity | None = None
    investigator: OfficerId | None = None
    overdue: bool | None = None
    organization: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}$", max_length=12)] | None = None


class BulkRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An act on many cases, named or found by a filter, with what the act itself asks for.

    A note asks for `text`; every other act for `reason`; a link also for `other`, an assignment for `investigator`,
    a suspension for `until` or `awaited`.
    """

    act: BulkAct
    case_ids: CaseIds | None = None
    filter: BulkFilter | None = None
    preview: bool = False
    text: Paragraphs | None = None
    reason: LongText | None = None
    other: UUID | None = None
    investigator: OfficerId | None = None
    until: DayOrMoment | None = None
    awaited: Awaited | None = None


class BulkItem(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one case of an act on many, or would."""

    case_id: UUID
    number: str | None
    """None where the case isn't inside the jurisdiction."""
    done: bool
    before: Status | None
    after: Status | None
    code: str | None = None
    message: str | None = None
    """Why not."""
    version: int | None = None
    entry_id: UUID | None = None


class BulkReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each case of an act on many; in a preview, what would."""

    id: UUID | None
    """By which it can be taken back; None of a preview."""
    act: BulkAct
    preview: bool
    done: int
    refused: int
    has_more: bool
    """Whether the filter finds more cases than one act takes."""
    undo_until: datetime | None
    items: list[BulkItem]


class BulkCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case before an act on many."""

    id: UUID
    number: str
    version: int
    status: Status
    handler: str
    investigator: str | None
    lease_until: datetime | None
    suspended_until: datetime | None
    awaited: str | None
    paused_days: int
    paused_on: date | None


class Bulk(msgspec.Struct, frozen=True, kw_only=True):
    """An act on many cases as kept."""

    id: UUID
    act: BulkAct
    at: datetime
    undone_at: datetime | None


class BulkDone(msgspec.Struct, frozen=True, kw_only=True):
    """A case that an act on many changed, and its version afterwards."""

    case_id: UUID
    version: int
    other_id: UUID | None


class BulkKept(Bulk, frozen=True, kw_only=True):
    """An act on many cases as kept: by whom, and how many cases it changed."""

    officer: str
    organization: str
    done: int


class BulkChange(msgspec.Struct, frozen=True, kw_only=True):
    """A case that an act on many changed, and whether it has changed since; such a one isn't taken back."""

    case_id: UUID
    number: str
    before: Status
    now: Status
    other_id: UUID | None
    """The case that it was linked to."""
    has_moved_on: bool


class BulkShown(BulkKept, frozen=True, kw_only=True):
    """An act on many cases: `can_be_undone` says whether who asks can take it back now, until `undo_until`."""

    undo_until: datetime
    can_be_undone: bool


class BulkTold(BulkShown, frozen=True, kw_only=True):
    """An act on many cases with those that it changed, as far as they lie inside the jurisdiction."""

    items: list[BulkChange]
