"""One function per act on a batch of void numbers: propose it, decide on it, have it taken back.

Two persons want it in force, and two want it taken back. A small batch is carried out where it is
approved; a large one by the worker, a moment later, in one transaction as well.
"""

from contextlib import suppress
from uuid import UUID

import asyncpg

from birthreg.access.models import Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import batch_store as store
from birthreg.blacklist.batch_models import (
    BATCH_STATUS_NAMES,
    Batch,
    BatchStatus,
    DifferenceKind,
    DifferenceShown,
    LeftEntry,
    OverlapOfLine,
)
from birthreg.blacklist.carrying import carry_out
from birthreg.blacklist.hiding import Place, cut_page
from birthreg.blacklist.proposal_models import Choice, UsedNumber
from birthreg.blacklist.refusals import AnotherPersonDecides, ProposerWithdraws
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, DomainError, Forbidden, NotFound, PreconditionFailed
from birthreg.kernel.language import Text
from birthreg.kernel.paging import Page

CARRIED_OUT_AT_ONCE = 5_000
"""Up to so many entries a desk waits for; more are the worker's."""

_NOT_YET_IN_FORCE = (BatchStatus.STAGING, BatchStatus.READY, BatchStatus.PROPOSED, BatchStatus.APPROVED)


class BatchElsewhere(Conflict):
    """批次当前状态为“{status}”,不能执行此操作。

    The batch is {status}; that can't be done with it now.
    """

    remedy = Text(
        "请查看批次状态;正在处理时请稍后再试。", "Look at the batch; try again later while it is being worked on."
    )
    leaves_a_trace = True

    def __init__(self, *, status: BatchStatus) -> None:
        """Name the state in words."""
        super().__init__(status=BATCH_STATUS_NAMES[status])


class BringerProposes(Forbidden):
    """只有导入该文件的人员可以提交或撤回该批次。

    Only who brought the file proposes or withdraws its batch.
    """

    remedy = Text("请由导入人办理,或自行导入文件。", "Ask who brought it, or bring the file yourself.")
    leaves_a_trace = True


class BatchChangesNothing(Conflict):
    """该文件没有可列入的内容:各行均已在名单中,或均被拒绝。

    The file would change nothing: its rows are listed already, or were refused.
    """

    remedy = Text("请查看差异和被拒绝的行。", "Look at the differences and at the refused rows.")
    leaves_a_trace = True


async def open_batch(tx: Transaction, officer: Officer, *, scope: Scope, batch: UUID) -> None:
    """Let a file be staged; its rows may replace entries of organisations inside the scope."""
    await store.insert_batch(tx, officer, batch=batch, scope=scope)


async def propose(
    tx: Transaction, officer: Officer, *, scope: Scope, batch: UUID, version: int | None, terminal: str
) -> None:
    """Propose what a file would change to a second person; who brought it does that.

    Raises:
        NotFound: no such batch inside the scope.
        PreconditionFailed: it isn't the version that the officer saw.
        BringerProposes, BatchElsewhere, BatchChangesNothing: refused, and on the trail.
    """
    held = await _hold(tx, scope=scope, batch=batch, version=version)
    trail = _Trail(tx, officer, held, act="propose_blacklist_batch", terminal=terminal)
    if officer.id != held.brought_by:
        await trail.refuse(BringerProposes())
    if held.status is not BatchStatus.READY:
        await trail.refuse(BatchElsewhere(status=held.status))
    if not held.changes:
        await trail.refuse(BatchChangesNothing())
    await store.propose_batch(tx, batch=batch)
    await trail.keep(count=held.changes)


async def decide(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    batch: UUID,
    choice: Choice,
    reason: str,
    version: int | None,
    terminal: str,
) -> None:
    """Approve or refuse, as the second person, that a batch be put in force or taken back.

    Raises:
        NotFound: no such batch inside the scope.
        PreconditionFailed: it isn't the version that the officer saw.
        AnotherPersonDecides, BatchElsewhere: refused, and on the trail.
    """
    held = await _hold(tx, scope=scope, batch=batch, version=version)
    undo = held.status is BatchStatus.UNDO_PROPOSED
    act = f"{choice}_blacklist_batch" + ("_undo" if undo else "")
    trail = _Trail(tx, officer, held, act=act, terminal=terminal)
    if not undo and held.status is not BatchStatus.PROPOSED:
        await trail.refuse(BatchElsewhere(status=held.status))
    if officer.id == (held.undo_proposed_by if undo else held.brought_by):
        await trail.refuse(AnotherPersonDecides())
    approved = choice is Choice.APPROVE
    if undo:
        status = BatchStatus.UNDO_APPROVED if approved else BatchStatus.IN_FORCE
        await store.decide_undo(tx, officer, batch=batch, status=status, reason=reason)
    else:
        status = BatchStatus.APPROVED if approved else BatchStatus.REFUSED
        await store.decide_batch(tx, officer, batch=batch, status=status, reason=reason)
    count = (held.entries_listed if undo else held.changes) or 0
    await trail.keep(count=count)
    if approved and count <= CARRIED_OUT_AT_ONCE:
        await _carry_out_at_once(tx, batch=batch, terminal=terminal)


async def _carry_out_at_once(tx: Transaction, *, batch: UUID, terminal: str) -> None:
    """Carry out what was approved in its own transaction; where another writer is faster, the worker does."""
    with suppress(asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
        async with tx.connection.transaction():
            await carry_out(tx, batch=batch, terminal=terminal)


async def undo(
    tx: Transaction, officer: Officer, *, scope: Scope, batch: UUID, reason: str, version: int | None, terminal: str
) -> None:
    """Have a batch taken back: in force, a second person decides; before that, who brought it withdraws it.

    Raises:
        NotFound: no such batch inside the scope.
        PreconditionFailed: it isn't the version that the officer saw.
        BringerProposes, BatchElsewhere: refused, and on the trail.
    """
    held = await _hold(tx, scope=scope, batch=batch, version=version)
    if held.status in _NOT_YET_IN_FORCE:
        await _withdraw(tx, officer, held, reason=reason, terminal=terminal)
        return
    trail = _Trail(tx, officer, held, act="undo_blacklist_batch", terminal=terminal)
    if held.status is not BatchStatus.IN_FORCE:
        await trail.refuse(BatchElsewhere(status=held.status))
    await store.propose_undo(tx, officer, batch=batch, reason=reason)
    await trail.keep(count=held.entries_listed or 0)


async def withdraw(
    tx: Transaction, officer: Officer, *, scope: Scope, batch: UUID, reason: str, version: int | None, terminal: str
) -> None:
    """Take back what one proposed oneself and nobody carried out: a batch, or that one in force be undone.

    Raises:
        NotFound: no such batch inside the scope.
        PreconditionFailed: it isn't the version that the officer saw.
        BringerProposes, ProposerWithdraws, BatchElsewhere: refused, and on the trail.
    """
    held = await _hold(tx, scope=scope, batch=batch, version=version)
    if held.status is not BatchStatus.UNDO_PROPOSED:
        await _withdraw(tx, officer, held, reason=reason, terminal=terminal)
        return
    trail = _Trail(tx, officer, held, act="withdraw_blacklist_batch_undo", terminal=terminal)
    if officer.id != held.undo_proposed_by:
        await trail.refuse(ProposerWithdraws())
    await store.withdraw_undo(tx, batch=batch, reason=reason)
    await trail.keep(count=held.entries_listed or 0)


async def _withdraw(tx: Transaction, officer: Officer, held: Batch, *, reason: str, terminal: str) -> None:
    """Take back a batch of which nothing is in force."""
    trail = _Trail(tx, officer, held, act="withdraw_blacklist_batch", terminal=terminal)
    if held.status not in _NOT_YET_IN_FORCE:
        await trail.refuse(BatchElsewhere(status=held.status))
    if officer.id != held.brought_by:
        await trail.refuse(BringerProposes())
    await store.withdraw_batch(tx, batch=held.id, reason=reason)
    await trail.keep(count=held.changes)


async def _hold(tx: Transaction, *, scope: Scope, batch: UUID, version: int | None) -> Batch:
    held = await store.hold_batch(tx, scope=scope, batch=batch)
    if held is None:
        raise NotFound
    if version is not None and version != held.version:
        raise PreconditionFailed
    return held


class _Trail:
    """What stands on the trail of one act on a batch, done or refused."""

    def __init__(self, tx: Transaction, officer: Officer, batch: Batch, *, act: str, terminal: str) -> None:
        self._tx, self._officer, self._batch = tx, officer, batch
        self._act, self._terminal = act, terminal

    async def keep(self, *, count: int, error_code: str | None = None) -> None:
        await record(
            self._tx,
            officer=self._officer.id,
            organization=self._officer.organization,
            terminal=self._terminal,
            operation=Operation.CHANGE,
            act=self._act,
            object="blacklist_batch",
            key=str(self._batch.id),
            condition=self._batch.status,
            succeeded=error_code is None,
            error_code=error_code,
            count=count,
        )

    async def refuse(self, error: DomainError) -> None:
        await self.keep(count=0, error_code=error.code)
        raise error


async def list_differences(
    tx: Transaction, *, batch: UUID, kind: DifferenceKind, after: int, limit: int
) -> list[DifferenceShown]:
    """Return the rows of a file that would do one kind of thing, in its order, with the entries they overlap."""
    rows = await store.list_differences(tx, batch=batch, kind=kind, after=after, limit=limit)
    overlaps: dict[int, list[OverlapOfLine]] = {row.line: [] for row in rows if row.overlapping}
    if overlaps:
        for overlap in await store.list_overlaps(tx, batch=batch, lines=list(overlaps)):
            overlaps[overlap.line].append(overlap)
    return [
        DifferenceShown(
            **{name: getattr(row, name) for name in row.__struct_fields__}, overlaps=overlaps.get(row.line, [])
        )
        for row in rows
    ]


async def list_uses(
    tx: Transaction, *, scope: Scope, batch: UUID, place: Place, limit: int, in_clear: bool
) -> Page[UsedNumber]:
    """Return the numbers of a batch that are used, in their order, with when and where."""
    found = await store.list_uses(tx, scope=scope, batch=batch, place=place, limit=limit + 1)
    return cut_page(found, place=place, limit=limit, in_clear=in_clear)


async def list_left(tx: Transaction, *, scope: Scope, batch: UUID, after: UUID | None, limit: int) -> list[LeftEntry]:
    """Return the entries that an undo left, or would leave, for others changed them or say them too."""
    return await store.list_left(tx, scope=scope, batch=batch, after=after or UUID(int=0), limit=limit)
