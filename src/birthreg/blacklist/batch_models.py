"""The nouns of void numbers by file: a batch, what its rows would do, and what became of it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from birthreg.blacklist.models import BlacklistReason
from birthreg.blacklist.proposal_models import Overlap
from birthreg.kernel.language import Text


class BatchStatus(StrEnum):
    """How far a batch has come."""

    STAGING = "staging"
    """Its file is read, and its rows are compared with the list."""
    READY = "ready"
    PROPOSED = "proposed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    """By a second person; the worker puts it in force."""
    IN_FORCE = "in_force"
    UNDO_PROPOSED = "undo_proposed"
    UNDO_APPROVED = "undo_approved"
    UNDONE = "undone"


BATCH_STATUS_NAMES = {
    BatchStatus.STAGING: Text("正在读取比对", "being read and compared"),
    BatchStatus.READY: Text("待提交", "ready to be proposed"),
    BatchStatus.PROPOSED: Text("待审批", "waiting for a decision"),
    BatchStatus.REFUSED: Text("未同意", "refused"),
    BatchStatus.WITHDRAWN: Text("已撤回", "withdrawn"),
    BatchStatus.APPROVED: Text("已同意,正在生效", "approved, coming into force"),
    BatchStatus.IN_FORCE: Text("已生效", "in force"),
    BatchStatus.UNDO_PROPOSED: Text("撤销待审批", "waiting for a decision on its undo"),
    BatchStatus.UNDO_APPROVED: Text("已同意撤销,正在撤销", "its undo approved, being undone"),
    BatchStatus.UNDONE: Text("已撤销", "undone"),
}


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as the transaction that changes it holds it."""

    id: UUID
    version: int
    status: BatchStatus
    organization: str
    brought_by: str
    rows_new: int | None
    rows_changed: int | None
    entries_listed: int | None
    undo_proposed_by: str | None

    @property
    def changes(self) -> int:
        """How many entries it would list."""
        return (self.rows_new or 0) + (self.rows_changed or 0)


class DecidedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that two persons want in force or taken back, held by who carries that out."""

    id: UUID
    status: BatchStatus
    organization: str
    reach: list[str]
    brought_by: str
    list_version: int | None
    officer: str
    """Who approved, as the second person."""
    officer_organization: str


class FailedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that could not be carried out, and how often that was tried."""

    id: UUID
    status: BatchStatus
    organization: str
    attempts: int


class Turn(msgspec.Struct, frozen=True):
    """Whether the turn of carrying out a batch was taken."""

    taken: bool


class UncomparedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch whose rows are staged, held by who compares them."""

    id: UUID
    organization: str
    reach: list[str]


class Waiting(msgspec.Struct, frozen=True):
    """Something that there is."""

    id: UUID


class Stretch(msgspec.Struct, frozen=True):
    """The first and the last number of a batch; none where it has no rows."""

    first: str | None = None
    last: str | None = None


class UseCount(msgspec.Struct, frozen=True):
    """How many numbers a batch would list, each counted once, and how many of them are used."""

    numbers: int
    used: int


class ListedBatch(msgspec.Struct, frozen=True):
    """How many entries a batch listed, how many it replaced by that, and how many numbers it listed."""

    listed: int
    replaced: int
    numbers_listed: int


class TakenBackBatch(msgspec.Struct, frozen=True):
    """How many entries were lifted, how many of them the batch had listed, and how many are listed again.

    The others had been left to it by a batch that was taken back before. `numbers_lifted` counts those of all lifted.
    """

    lifted: int
    own: int
    restored: int
    numbers_lifted: int


class DifferenceKind(StrEnum):
    """What a row of a file would do to the list."""

    NEW = "new"
    SAME = "same"
    """The list says so already, or an earlier row does."""
    CHANGED = "changed"
    """The same numbers by the same document, with other particulars."""
    CONTRADICTING = "contradicting"
    """An earlier row says otherwise of the same numbers, document and reason; it isn't taken."""
    OVERLAPPING = "overlapping"
    """Some of its numbers are listed by another entry, or another row; it is new or changed at the same time."""


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What the entry says that a row would change."""

    reason: BlacklistReason
    event_date: date
    institution: str | None
    note: str | None
    organization: str
    listed_at: datetime
    listed_by: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a file, and what it would do; `entry_id` is the entry that it repeats or replaces.

    `overlaps_line` is another row of the file that lists some of the same numbers; of several, one.
    """

    line: int
    kind: DifferenceKind
    first: str
    last: str
    count: int
    reason: BlacklistReason
    document_number: str
    event_date: date
    institution: str | None
    note: str | None
    overlapping: bool
    overlaps_line: int | None
    entry_id: UUID | None
    before: Before | None


class OverlapOfLine(Overlap, frozen=True, kw_only=True):
    """An entry in force that a row of a file overlaps."""

    line: int


class DifferenceShown(Difference, frozen=True, kw_only=True):
    """A row with the first twenty of the entries that it overlaps."""

    overlaps: list[OverlapOfLine]


class LeftEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that others had changed before its batch was undone, or that another batch says too.

    `left_to` is the batch in force that says it too, or the one that put another entry in its place, where that is
    inside the scope; `left_to_organization` is who brought it.
    """

    id: UUID
    first: str
    last: str
    count: int
    lifted_at: datetime | None
    lift_proposal_id: UUID | None
    left_to: UUID | None
    left_to_organization: str | None


class BatchLookBack(msgspec.Struct, frozen=True):
    """A batch whose past uses are being found, and how far that has come, in the order of its numbers."""

    id: UUID
    after: str
    after_entry: UUID


class BatchLookBackPart(msgspec.Struct, frozen=True):
    """A part of a batch that was looked back on: up to which entry, and how many past uses it had."""

    entries: int
    after: str | None
    after_entry: UUID | None
    found: int


class FileStatus(StrEnum):
    """Which entries a file of the list holds."""

    IN_FORCE = "in_force"
    LIFTED = "lifted"
    ANY = "any"


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as a row of a file."""

    id: UUID
    first: str
    last: str
    count: int
    reason: BlacklistReason
    document_number: str | None
    event_date: date
    institution: str | None
    note: str | None
