"""Named queries of batches; touched by this room alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.blacklist.batch_models import (
    Batch,
    BatchLookBack,
    BatchLookBackPart,
    BatchStatus,
    DecidedBatch,
    Difference,
    DifferenceKind,
    FailedBatch,
    FileRow,
    FileStatus,
    LeftEntry,
    ListedBatch,
    OverlapOfLine,
    Stretch,
    TakenBackBatch,
    Turn,
    UncomparedBatch,
    UseCount,
    Waiting,
)
from birthreg.blacklist.hiding import Place
from birthreg.blacklist.models import BlacklistReason
from birthreg.blacklist.proposal_models import ProposedAct, UsedNumber
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.sql import load_queries

_SQL = load_queries("blacklist_batches")


async def insert_batch(tx: Transaction, officer: Officer, *, batch: UUID, scope: Scope) -> None:
    """Let a file be staged."""
    await tx.execute(
        _SQL["insert_batch"], id=batch, organization=officer.organization, reach=scope.patterns, brought_by=officer.id
    )


async def hold_batch(tx: Transaction, *, scope: Scope, batch: UUID) -> Batch | None:
    """Return a batch inside the scope, held to the end of the transaction."""
    return await tx.one(_SQL["hold_batch"], Batch, id=batch, scope=scope.patterns)


async def hold_uncompared(tx: Transaction, *, batch: UUID) -> UncomparedBatch | None:
    """Return a batch to compare, held; None when somebody else has it or it went on."""
    return await tx.one(_SQL["hold_uncompared"], UncomparedBatch, id=batch)


async def compare_rows(tx: Transaction, batch: UncomparedBatch | DecidedBatch) -> None:
    """Say of each row what it would do to the list as it stands."""
    await tx.execute(_SQL["compare_rows"], batch=batch.id, reach=batch.reach, organization=batch.organization)


async def find_uses(tx: Transaction, *, batch: UUID) -> UseCount:
    """Count the numbers that a batch would list and those of them that are used, and keep where those lie."""
    await tx.execute(_SQL["forget_uses"], batch=batch)
    return await tx.one(_SQL["find_uses"], UseCount, batch=batch) or UseCount(0, 0)


async def keep_comparison(tx: Transaction, *, batch: UUID, list_version: int, found: UseCount) -> None:
    """Count what the rows of a batch would do."""
    await tx.execute(
        _SQL["keep_comparison"], id=batch, list_version=list_version, numbers=found.numbers, used=found.used
    )


async def propose_batch(tx: Transaction, *, batch: UUID) -> None:
    """Let a batch wait for a second person."""
    await tx.execute(_SQL["propose_batch"], id=batch)


async def withdraw_batch(tx: Transaction, *, batch: UUID, reason: str) -> None:
    """Take a batch back before anything was in force."""
    await tx.execute(_SQL["withdraw_batch"], id=batch, reason=reason)


async def decide_batch(tx: Transaction, officer: Officer, *, batch: UUID, status: BatchStatus, reason: str) -> None:
    """Keep what the second person decided."""
    await tx.execute(
        _SQL["decide_batch"], id=batch, status=status, officer=officer.id, organization=officer.organization,
        reason=reason,
    )  # fmt: skip


async def propose_undo(tx: Transaction, officer: Officer, *, batch: UUID, reason: str) -> None:
    """Let the undoing of a batch wait for a second person."""
    await tx.execute(_SQL["propose_undo"], id=batch, officer=officer.id, reason=reason)


async def withdraw_undo(tx: Transaction, *, batch: UUID, reason: str) -> None:
    """Let a batch stay in force whose undoing waits for a second person."""
    await tx.execute(_SQL["withdraw_undo"], id=batch, reason=reason)


async def decide_undo(tx: Transaction, officer: Officer, *, batch: UUID, status: BatchStatus, reason: str) -> None:
    """Keep what the second person decided of an undo."""
    await tx.execute(
        _SQL["decide_undo"], id=batch, status=status, officer=officer.id, organization=officer.organization,
        reason=reason,
    )  # fmt: skip


async def take_turn(tx: Transaction) -> bool:
    """Take the turn of carrying out a batch; False while another is carried out."""
    turn = await tx.one(_SQL["take_turn"], Turn)
    return turn is not None and turn.taken


async def find_decided(tx: Transaction) -> Waiting | None:
    """Return what was approved longest ago and waits to be carried out."""
    return await tx.one(_SQL["find_decided"], Waiting)


async def hold_decided(tx: Transaction, *, batch: UUID) -> DecidedBatch | None:
    """Return an approved batch or undo, held by this transaction; None when somebody else has it or it went on."""
    return await tx.one(_SQL["hold_decided"], DecidedBatch, id=batch)


async def keep_failure(tx: Transaction, *, batch: UUID) -> FailedBatch | None:
    """Let a batch that could not be carried out wait; None when it went on meanwhile."""
    return await tx.one(_SQL["keep_failure"], FailedBatch, id=batch)


async def prepare_long_work(tx: Transaction) -> None:
    """Give a long transaction room, and let it end when its asker is gone."""
    await tx.execute(_SQL["prepare_long_work"])


async def put_off_version(tx: Transaction) -> None:
    """Let the list's version move at the end of the transaction, whatever changes before."""
    await tx.execute(_SQL["put_off_version"])


async def move_version(tx: Transaction) -> None:
    """Move the list's version if the list has changed; from here to the commit no number can be claimed."""
    await tx.execute(_SQL["move_version"])


async def keep_known_since(tx: Transaction, *, moment: datetime) -> None:
    """Keep that what this transaction wrote is known since a moment."""
    await tx.execute(_SQL["keep_known_since"], moment=moment)


async def put_in_force(tx: Transaction, batch: DecidedBatch) -> ListedBatch:
    """List what a batch brings."""
    listed = await tx.one(
        _SQL["put_in_force"], ListedBatch, batch=batch.id, organization=batch.organization, listed_by=batch.brought_by
    )
    return listed or ListedBatch(0, 0, 0)


async def keep_in_force(tx: Transaction, *, batch: UUID, listed: ListedBatch, moment: datetime) -> None:
    """Keep that a batch is in force."""
    await tx.execute(_SQL["keep_in_force"], id=batch, listed=listed.listed, replaced=listed.replaced, moment=moment)


async def take_back(tx: Transaction, *, batch: UUID) -> TakenBackBatch:
    """Lift what nobody changed since, and list again what it had replaced."""
    return await tx.one(_SQL["take_back"], TakenBackBatch, batch=batch) or TakenBackBatch(0, 0, 0, 0)


async def keep_undone(tx: Transaction, *, batch: UUID, taken: TakenBackBatch, moment: datetime) -> None:
    """Keep that a batch was taken back."""
    await tx.execute(
        _SQL["keep_undone"], id=batch, lifted=taken.lifted, own=taken.own, restored=taken.restored, moment=moment
    )


async def find_stretch(tx: Transaction, *, batch: UUID) -> Stretch:
    """Return between which numbers a batch lies; it reads the whole batch."""
    return await tx.one(_SQL["find_stretch"], Stretch, batch=batch) or Stretch()


async def announce_batch(
    tx: Transaction, batch: DecidedBatch, *, act: ProposedAct, numbers: int, stretch: Stretch, moment: datetime
) -> None:
    """Tell every prefecture, under the list's version as it stands."""
    await tx.execute(
        _SQL["announce_batch"], id=new_id(), batch=batch.id, act=act, numbers=numbers, announced_by=batch.officer,
        first=stretch.first, last=stretch.last, moment=moment,
    )  # fmt: skip


async def list_differences(
    tx: Transaction, *, batch: UUID, kind: DifferenceKind, after: int, limit: int
) -> list[Difference]:
    """Return rows of one kind, in the order of the file."""
    return await tx.all(_SQL["list_differences"], Difference, batch=batch, wanted=kind, after=after, limit=limit)


async def list_overlaps(tx: Transaction, *, batch: UUID, lines: Sequence[int]) -> list[OverlapOfLine]:
    """Return the entries in force that some rows overlap."""
    return await tx.all(_SQL["list_overlaps"], OverlapOfLine, batch=batch, lines=lines)


async def list_uses(tx: Transaction, *, scope: Scope, batch: UUID, place: Place, limit: int) -> list[UsedNumber]:
    """Return the used numbers of a batch, in their order."""
    return await tx.all(
        _SQL["list_uses"], UsedNumber, scope=scope.patterns, batch=batch, after=place.after, skipped=place.skipped,
        limit=limit,
    )  # fmt: skip


async def list_left(tx: Transaction, *, scope: Scope, batch: UUID, after: UUID, limit: int) -> list[LeftEntry]:
    """Return the entries that an undo left or would leave, in the order of the file's numbers."""
    return await tx.all(_SQL["list_left"], LeftEntry, scope=scope.patterns, batch=batch, after=after, limit=limit)


async def find_look_back(tx: Transaction) -> Waiting | None:
    """Return a batch whose past uses wait to be found."""
    return await tx.one(_SQL["find_look_back"], Waiting)


async def hold_look_back(tx: Transaction) -> BatchLookBack | None:
    """Return the batch whose past uses have waited longest to be found, held."""
    return await tx.one(_SQL["hold_look_back"], BatchLookBack)


async def look_back(tx: Transaction, batch: BatchLookBack, *, limit: int) -> BatchLookBackPart:
    """Find the past uses of a batch's next entries."""
    part = await tx.one(
        _SQL["look_back"], BatchLookBackPart, batch=batch.id, after=batch.after, after_entry=batch.after_entry,
        limit=limit,
    )  # fmt: skip
    return part or BatchLookBackPart(0, None, None, 0)


async def advance_look_back(tx: Transaction, *, batch: UUID, part: BatchLookBackPart, finished: bool) -> None:
    """Keep how far the look back has come."""
    await tx.execute(
        _SQL["advance_look_back"], id=batch, after=part.after, after_entry=part.after_entry, found=part.found,
        finished=finished,
    )  # fmt: skip


async def list_for_file(
    tx: Transaction,
    *,
    scope: Scope,
    status: FileStatus,
    reason: BlacklistReason | None,
    as_of: datetime,
    after: UUID,
    limit: int,
) -> list[FileRow]:
    """Return entries as rows of a file, in the order of their listing, after an entry."""
    return await tx.all(
        _SQL["list_for_file"], FileRow, scope=scope.patterns, status=status, reason=reason, as_of=as_of, after=after,
        limit=limit,
    )  # fmt: skip


async def find_officers_entry(tx: Transaction, *, organization: str, operator: str) -> Waiting | None:
    """Return an entry of an organisation that somebody else than the operator listed."""
    return await tx.one(_SQL["find_officers_entry"], Waiting, organization=organization, operator=operator)
