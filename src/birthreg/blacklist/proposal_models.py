"""The nouns of change: what one officer proposes, what it would do, and what another decides."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from birthreg.blacklist.models import BlacklistReason, Entry, EntryStatus
from birthreg.kernel.language import Text
from birthreg.kernel.texts import LongText, ShortText

Number = Annotated[str, msgspec.Meta(max_length=64)]


class ProposedAct(StrEnum):
    """What a proposal would do to the list."""

    ADD = "add"
    LIFT = "lift"


class ProposalStatus(StrEnum):
    """How far a proposal has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


PROPOSAL_STATUS_NAMES = {
    ProposalStatus.PROPOSED: Text("待审批", "waiting for a decision"),
    ProposalStatus.APPROVED: Text("已同意", "approved"),
    ProposalStatus.REFUSED: Text("未同意", "refused"),
    ProposalStatus.WITHDRAWN: Text("已撤回", "withdrawn"),
}


class Choice(StrEnum):
    """What the second person decides."""

    APPROVE = "approve"
    REFUSE = "refuse"


class ProposalRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an officer wants to change.

    To add: the numbers, with `count` as a check of a range, and their particulars. To lift: the
    entry, a part of its range where only that is meant, the reason in `note`, and the document.
    """

    act: ProposedAct
    first: Number | None = None
    last: Number | None = None
    count: int | None = None
    reason: BlacklistReason | None = None
    document_number: ShortText
    event_date: date | None = None
    institution: ShortText | None = None
    note: LongText | None = None
    entry_id: UUID | None = None


class HoldRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An emergency: numbers that are to be refused from now on, until a second person has looked."""

    first: Number
    last: Number | None = None
    count: int | None = None
    reason: BlacklistReason
    document_number: ShortText
    event_date: date
    institution: ShortText | None = None
    note: LongText | None = None


class PreviewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers of which an officer wants to know what listing them would do."""

    first: Number
    last: Number | None = None
    count: int | None = None


class DecisionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the second person decides, and why."""

    decision: Choice
    reason: LongText


class ReasonRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why something is taken back."""

    reason: LongText


class Particulars(msgspec.Struct, frozen=True, kw_only=True):
    """What a proposal says, once it has been read: sound numbers of one province."""

    act: ProposedAct
    first: str
    last: str
    reason: BlacklistReason
    document_number: str
    event_date: date
    institution: str | None = None
    note: str | None = None
    entry_id: UUID | None = None
    objection_id: UUID | None = None
    held: bool = False

    @property
    def count(self) -> int:
        """How many numbers it is about."""
        return int(self.last[1:]) - int(self.first[1:]) + 1


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the list that one officer proposed; `organization` decides, or one above it."""

    id: UUID
    version: int
    act: ProposedAct
    status: ProposalStatus
    first: str
    last: str
    count: int
    reason: BlacklistReason
    document_number: str
    event_date: date
    institution: str | None
    note: str | None
    entry_id: UUID | None
    objection_id: UUID | None
    held: bool
    organization: str
    organization_name: str
    proposed_by: str
    proposed_by_organization: str
    proposed_at: datetime
    decided_by: str | None
    decided_by_organization: str | None
    decided_at: datetime | None
    decision_reason: str | None


class UsedNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A number that was used already: when and where; the registration only inside the scope."""

    certificate_number: str
    used_at: datetime
    organization: str
    organization_name: str | None
    registration_reference: str | None
    registration_id: UUID | None
    reserved: bool


class Count(msgspec.Struct, frozen=True):
    """How many there are."""

    count: int


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """An entry in force that holds some of the numbers already, and whose it is."""

    entry_id: UUID
    first: str
    last: str
    reason: BlacklistReason
    document_number: str
    organization: str
    organization_name: str
    listed_at: datetime
    lapses_at: datetime | None
    status: EntryStatus


class UsedNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the numbers were used, and the first or next of them."""

    count: int
    items: list[UsedNumber]
    next_cursor: str | None


class IssuedIn(msgspec.Struct, frozen=True):
    """A prefecture, or what lies right below a province (GB/T 2260), that issued some of the numbers, and how many."""

    division: str
    count: int


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would do: how many numbers, which of them are used, and what stands on the list already.

    `organization` is who would decide. Of the overlaps the first hundred are shown; there are more when
    `more_overlaps` says so. `issued_in` counts the first thousand records of issue by prefecture, there are more
    when `more_issued` says so: whose families a listing would meet, as far as it is known who issued the numbers.
    """

    first: str
    last: str
    count: int
    organization: str
    used: UsedNumbers
    overlaps: list[Overlap]
    more_overlaps: bool
    issued_in: list[IssuedIn]
    more_issued: bool


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that was made, with what it would do."""

    proposal: Proposal
    preview: Preview


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A hold that works, and the proposal by which a second person confirms it."""

    entry: Entry
    proposal: Proposal
    preview: Preview


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that was decided, and the entries that it made, confirmed or ended."""

    proposal: Proposal
    entries: list[Entry]
    list_version: int


class EntryId(msgspec.Struct, frozen=True):
    """Which entry it is."""

    id: UUID


class ObjectionHeld(msgspec.Struct, frozen=True):
    """The objection that led to a proposal."""

    id: UUID


class OwnHold(msgspec.Struct, frozen=True):
    """A hold that still works, or ended without being confirmed."""

    id: UUID
    proposal_id: UUID | None
    lapses_at: datetime | None
    works: bool


class Lapsed(msgspec.Struct, frozen=True, kw_only=True):
    """A hold whose time was over when nobody had confirmed it."""

    id: UUID
    organization: str
    count: int
    lapses_at: datetime | None
