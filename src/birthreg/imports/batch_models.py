"""The nouns of files of void numbers: the file and its batch as one."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text


class BatchFileStatus(StrEnum):
    """How far a file of void numbers, and then its batch, has come."""

    STAGING = "staging"
    FAILED = "failed"
    """The file could not be read."""
    READY = "ready"
    PROPOSED = "proposed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    UNDO_PROPOSED = "undo_proposed"
    UNDO_APPROVED = "undo_approved"
    UNDONE = "undone"


class StagedBatch(msgspec.Struct, frozen=True):
    """A batch whose file is read to its end."""

    id: UUID


class BatchFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of void numbers: how far it is read, what it would change, who decided what, and what came of it."""

    id: UUID
    version: int
    status: BatchFileStatus
    file_name: str
    bytes_total: int
    bytes_done: int
    lines_done: int
    rows_rejected: int
    columns_not_kept: list[str]
    error_code: str | None
    error_message: Text | None
    organization: str
    brought_by: str
    brought_at: datetime
    compared_at: datetime | None
    list_version: int | None
    rows_new: int | None
    rows_same: int | None
    rows_changed: int | None
    rows_contradicting: int | None
    rows_overlapping: int | None
    numbers: int | None
    numbers_used: int | None
    proposed_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    in_force_at: datetime | None
    entries_listed: int | None
    entries_replaced: int | None
    undo_proposed_by: str | None
    undo_proposed_at: datetime | None
    undo_reason: str | None
    undo_decided_by: str | None
    undo_decided_at: datetime | None
    undo_decision_reason: str | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    undo_withdrawn_at: datetime | None
    undo_withdrawal_reason: str | None
    undone_at: datetime | None
    entries_lifted: int | None
    entries_restored: int | None
    entries_left: int | None
    looked_back_at: datetime | None
    uses_found: int
    attempts: int
    retry_at: datetime | None


class BatchPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would do to the list as it stood in `list_version`.

    `overlapping` are those of the new and changed rows that other entries or other rows overlap; `wrong`
    rows were refused. `numbers` are those that it would list, each counted once, and `numbers_used` how many
    of them are used already.
    """

    compared_at: datetime
    list_version: int
    new: int
    same: int
    changed: int
    contradicting: int
    overlapping: int
    wrong: int
    numbers: int
    numbers_used: int


class BatchDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Who decided, when and why."""

    decided_by: str
    decided_at: datetime
    reason: str


class BatchWithdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """When and why what had been proposed was taken back by who had proposed it."""

    withdrawn_at: datetime
    reason: str


class BatchUndo(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody wants a batch taken back, who decided on it, and what came of it.

    `entries_left` had been lifted or split by others before, or stay because another batch in force
    says them too; `entries_restored` are those that the batch had replaced. `entries_lifted` holds
    also what batches undone before had left to this one.
    """

    proposed_by: str
    proposed_at: datetime
    reason: str
    decision: BatchDecision | None
    withdrawal: BatchWithdrawal | None
    undone_at: datetime | None
    entries_lifted: int | None
    entries_restored: int | None
    entries_left: int | None
