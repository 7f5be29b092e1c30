"""The nouns of what others hear and say of the list: announcements, objections, past uses."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from birthreg.blacklist.models import BlacklistReason
from birthreg.blacklist.proposal_models import Number, ProposedAct
from birthreg.kernel.language import Text
from birthreg.kernel.texts import Line, LongText, Paragraphs, ShortText


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """What every prefecture is told (通报): an entry, or a file of them, came into force or was lifted."""

    id: UUID
    list_version: int
    act: ProposedAct
    entry_id: UUID | None
    batch_id: UUID | None
    first: str | None
    last: str | None
    count: int
    """Numbers, also of a file; those that lie in two of its rows count twice."""
    reason: BlacklistReason | None
    document_number: str | None
    event_date: date | None
    institution: str | None
    organization: str
    organization_name: str
    announced_by: str
    announced_at: datetime
    acknowledged_at: datetime | None
    """When the asker's own organisation acknowledged it."""


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Who took note, and when; nobody yet where `acknowledged_at` is None."""

    organization: str
    organization_name: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    note: str | None


class AcknowledgementRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a prefecture adds to having taken note."""

    note: LongText | None = None


class AnnouncementShown(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement; to its maker also who took note of it and who has not."""

    announcement: Announcement
    acknowledged: list[Acknowledgement] | None
    outstanding: list[Acknowledgement] | None


class Relation(StrEnum):
    """What the objector is to the child."""

    MOTHER = "mother"
    FATHER = "father"
    GUARDIAN = "guardian"
    AGENT = "agent"


class ObjectionStatus(StrEnum):
    """How far an objection has come."""

    RECEIVED = "received"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """Taken back where it was received."""
    SETTLED = "settled"
    """The contested entry had ended before it was decided."""


OBJECTION_STATUS_NAMES = {
    ObjectionStatus.RECEIVED: Text("已受理,待处理", "received, not yet decided"),
    ObjectionStatus.UPHELD: Text("异议成立", "upheld"),
    ObjectionStatus.REJECTED: Text("异议不成立", "rejected"),
    ObjectionStatus.WITHDRAWN: Text("已撤回", "withdrawn"),
    ObjectionStatus.SETTLED: Text("列入已终止,异议办结", "settled: the listing had ended"),
}


class ObjectionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a family says against an entry; `evidence` names the papers they brought."""

    certificate_number: Number
    objector: ShortText
    relation: Relation
    grounds: Paragraphs
    evidence: Annotated[list[Line], msgspec.Meta(max_length=20)]


class ObjectionChoice(StrEnum):
    """What is decided on an objection."""

    UPHOLD = "uphold"
    REJECT = "reject"
    SETTLE = "settle"
    """The contested entry has ended: there is nothing left to decide."""


class ObjectionDecisionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is decided on an objection, and why; upheld, the lift is proposed under `document_number`."""

    decision: ObjectionChoice
    reason: LongText
    document_number: ShortText


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """A family contests that a number stands on the list; `organization` decides by `due_on`."""

    id: UUID
    version: int
    status: ObjectionStatus
    entry_id: UUID
    entry_listed_by: str
    certificate_number: str
    objector: str
    relation: Relation
    grounds: str
    evidence: list[str]
    organization: str
    organization_name: str
    received_by: str
    received_by_organization: str
    received_at: datetime
    due_on: date
    due_is_certain: bool
    """False when the calendar of moved weekends doesn't reach so far, and plain weekdays were counted."""
    decided_by: str | None
    decided_by_organization: str | None
    decided_at: datetime | None
    decision_reason: str | None
    proposal_id: UUID | None
    """The proposal to lift that an upheld objection leads to."""


class OpenObjection(msgspec.Struct, frozen=True):
    """An objection that is yet to be decided: what the organisation that received it is called."""

    receiver: str


class ContestedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The entry by which a listing holds a number; `held` where a second person has yet to decide `proposal_id`."""

    id: UUID
    held: bool
    proposal_id: UUID | None


class ObjectionOfNumber(msgspec.Struct, frozen=True, kw_only=True):
    """An objection as the life of its number shows it: that there is one, and how far it has come."""

    id: UUID
    status: ObjectionStatus
    entry_id: UUID
    received_at: datetime
    received_by_organization: str
    received_by_organization_name: str
    decided_at: datetime | None
    decided_by_organization: str | None
    decided_by_organization_name: str | None


class PastUse(msgspec.Struct, frozen=True, kw_only=True):
    """A number that had been used when it was listed: a finding of the look back."""

    id: UUID
    entry_id: UUID
    certificate_number: str
    used_at: datetime
    organization: str
    organization_name: str | None
    registration_reference: str | None
    registration_id: UUID | None
    found_at: datetime


class LookedBack(msgspec.Struct, frozen=True, kw_only=True):
    """What one stretch of the look back did: entries looked at, entries done, findings new."""

    entries: int
    finished: int
    found: int


class Lookback(msgspec.Struct, frozen=True, kw_only=True):
    """How far a look back has come: past uses met so far, and when it was done."""

    found: int
    finished_at: datetime | None


class PastUses(msgspec.Struct, frozen=True, kw_only=True):
    """A page of past uses inside the scope; `looked_back_at` is None while the look back still runs."""

    looked_back_at: datetime | None
    found: int
    """Everywhere, also outside the scope; for what remains of an entry, those of the whole."""
    items: list[PastUse]
    next_cursor: str | None
