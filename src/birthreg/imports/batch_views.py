"""A file of void numbers as its doors show it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from birthreg.imports.api import ImportFailure
from birthreg.imports.batch_models import (
    BatchDecision,
    BatchFile,
    BatchFileStatus,
    BatchPreview,
    BatchUndo,
    BatchWithdrawal,
)
from birthreg.kernel.language import Language


class BatchView(msgspec.Struct, frozen=True, kw_only=True):
    """A file of void numbers: its progress, its preview, who decided, and what came of it.

    `entries_replaced` had said otherwise of the same numbers by the same document; `uses_found` are
    the past uses of its numbers that became findings, all of them once `looked_back_at` is set. What
    was approved and failed `attempts` times is tried again from `retry_at` on.
    """

    id: UUID
    version: int
    status: BatchFileStatus
    file_name: str
    organization: str
    brought_by: str
    brought_at: datetime
    bytes_total: int
    bytes_done: int
    lines_done: int
    rows_rejected: int
    columns_not_kept: list[str]
    error: Annotated[ImportFailure | None, msgspec.Meta(description="仅在 status 为 failed 时有值 · when failed")]
    preview: BatchPreview | None
    proposed_at: datetime | None
    decision: BatchDecision | None
    withdrawal: BatchWithdrawal | None
    in_force_at: datetime | None
    entries_listed: int | None
    entries_replaced: int | None
    undo: BatchUndo | None
    looked_back_at: datetime | None
    uses_found: int
    attempts: int
    retry_at: datetime | None


_AS_THEY_ARE = set(BatchView.__struct_fields__) & set(BatchFile.__struct_fields__)


def tell(found: BatchFile, language: Language) -> BatchView:
    """Show a file and its batch in one language."""
    error = None
    if found.error_code is not None and found.error_message is not None:
        error = ImportFailure(found.error_code, found.error_message.speak(language))
    return BatchView(
        **{name: getattr(found, name) for name in _AS_THEY_ARE},
        error=error,
        preview=_preview(found),
        decision=_decision(found.decided_by, found.decided_at, found.decision_reason),
        withdrawal=_withdrawal(found.withdrawn_at, found.withdrawal_reason),
        undo=_undo(found),
    )


def _preview(found: BatchFile) -> BatchPreview | None:
    if found.compared_at is None:
        return None
    counts = {name: getattr(found, f"rows_{name}") or 0 for name in ("new", "same", "changed", "contradicting")}
    return BatchPreview(
        compared_at=found.compared_at,
        list_version=found.list_version or 0,
        overlapping=found.rows_overlapping or 0,
        wrong=found.rows_rejected,
        numbers=found.numbers or 0,
        numbers_used=found.numbers_used or 0,
        **counts,
    )


def _decision(by: str | None, at: datetime | None, reason: str | None) -> BatchDecision | None:
    if by is None or at is None or reason is None:
        return None
    return BatchDecision(decided_by=by, decided_at=at, reason=reason)


def _withdrawal(at: datetime | None, reason: str | None) -> BatchWithdrawal | None:
    return BatchWithdrawal(withdrawn_at=at, reason=reason) if at is not None and reason is not None else None


def _undo(found: BatchFile) -> BatchUndo | None:
    if found.undo_proposed_by is None or found.undo_proposed_at is None or found.undo_reason is None:
        return None
    return BatchUndo(
        proposed_by=found.undo_proposed_by,
        proposed_at=found.undo_proposed_at,
        reason=found.undo_reason,
        decision=_decision(found.undo_decided_by, found.undo_decided_at, found.undo_decision_reason),
        withdrawal=_withdrawal(found.undo_withdrawn_at, found.undo_withdrawal_reason),
        undone_at=found.undone_at,
        entries_lifted=found.entries_lifted,
        entries_restored=found.entries_restored,
        entries_left=found.entries_left,
    )
