"""Named queries of imports; touched by this room alone."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.access.models import Scope
from birthreg.imports.batch_models import BatchFile, StagedBatch
from birthreg.imports.models import Block, Import, NewImport, OpenImport, Rejection
from birthreg.imports.reading import DELIMITER, QUOTE
from birthreg.kernel.database import Transaction
from birthreg.kernel.language import Text
from birthreg.kernel.sql import load_queries
from birthreg.kernel.staging import Merged

_SQL = load_queries("imports")
_PIECE = 256 * 1024


async def open_staging(tx: Transaction) -> None:
    """Make the staging tables of this connection."""
    await tx.execute(_SQL["open_staging"])


async def stage(tx: Transaction, block: Block, *, lines_before: int) -> None:
    """Copy a block's lines, numbered as in the file, into staging."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(block.text), _PIECE):
            yield block.text[start : start + _PIECE]

    await tx.execute(_SQL["number_lines"], lines_before=lines_before)
    await tx.connection.copy_to_table(
        "staged",
        source=pieces(),
        columns=["raw"],
        format="csv",
        delimiter=DELIMITER,
        quote=QUOTE,
        escape=QUOTE,
        force_not_null=["raw"],
    )


async def insert_import(tx: Transaction, asked: NewImport) -> None:
    """Ask for an import."""
    await tx.execute(_SQL["insert_import"], **msgspec.structs.asdict(asked))


async def find_import(tx: Transaction, *, scope: Scope, import_id: UUID) -> Import | None:
    """Return an import inside the scope."""
    return await tx.one(_SQL["find_import"], Import, id=import_id, scope=scope.patterns, officer=scope.officer)


async def list_imports(tx: Transaction, *, scope: Scope, before: UUID, limit: int) -> list[Import]:
    """Return imports inside the scope, newest first, older than `before`."""
    return await tx.all(
        _SQL["list_imports"], Import, scope=scope.patterns, officer=scope.officer, before=before, limit=limit
    )


async def find_interrupted(tx: Transaction, asked: NewImport) -> Import | None:
    """Return the import of this very file that was begun at a terminal and not ended."""
    return await tx.one(
        _SQL["find_interrupted"],
        Import,
        file_kind=asked.kind,
        organization=asked.organization,
        file_digest=asked.file_digest,
    )


async def find_waiting(tx: Transaction) -> Import | None:
    """Return the uploaded import that nobody runs and that waits longest."""
    return await tx.one(_SQL["find_waiting"], Import)


async def list_open(tx: Transaction, *, imports: Sequence[UUID]) -> list[OpenImport]:
    """Return those of some imports that have not ended."""
    return await tx.all(_SQL["list_open"], OpenImport, ids=imports)


async def claim_import(tx: Transaction, *, import_id: UUID, lease_until: datetime) -> Import | None:
    """Take up an import that nobody runs."""
    return await tx.one(_SQL["claim_import"], Import, id=import_id, lease_until=lease_until)


async def renew_lease(tx: Transaction, *, import_id: UUID, lease_until: datetime) -> None:
    """Say that the runner is still at it."""
    await tx.execute(_SQL["renew_lease"], id=import_id, lease_until=lease_until)


async def release_import(tx: Transaction, *, import_id: UUID) -> None:
    """Put an import back."""
    await tx.execute(_SQL["release_import"], id=import_id)


async def begin_import(
    tx: Transaction, *, import_id: UUID, bytes_total: int, not_kept: Sequence[str], body_begins: int
) -> Import | None:
    """Note what the file's header says; None when another runner has ended the import."""
    return await tx.one(
        _SQL["begin_import"],
        Import,
        id=import_id,
        bytes_total=bytes_total,
        columns_not_kept=not_kept,
        body_begins=body_begins,
    )


async def keep_rejections(tx: Transaction, *, import_id: UUID) -> int:
    """Keep the refused lines of a block and return how many there are."""
    return await tx.execute(_SQL["keep_rejections"], id=import_id)


async def advance_import(
    tx: Transaction, *, import_id: UUID, block: Block, lines_done: int, merged: Merged, rejected: int
) -> Import | None:
    """Count a block; None when another runner was faster."""
    return await tx.one(
        _SQL["advance_import"],
        Import,
        id=import_id,
        bytes_before=block.begin,
        bytes_done=block.end,
        lines_done=lines_done,
        rows_new=merged.new,
        rows_same=merged.same,
        rows_rejected=rejected,
    )


async def finish_import(
    tx: Transaction, *, import_id: UUID, error_code: str | None, error_message: Text | None
) -> Import | None:
    """End an import."""
    return await tx.one(_SQL["finish_import"], Import, id=import_id, error_code=error_code, error_message=error_message)


async def list_rejections(tx: Transaction, *, import_id: UUID, after: int, limit: int) -> list[Rejection]:
    """Return refused lines in the order of the file."""
    return await tx.all(_SQL["list_rejections"], Rejection, id=import_id, after=after, limit=limit)


async def find_batch_file(tx: Transaction, *, scope: Scope, batch: UUID) -> BatchFile | None:
    """Return a file of void numbers inside the scope, with its batch."""
    return await tx.one(_SQL["find_batch_file"], BatchFile, id=batch, scope=scope.patterns)


async def list_batch_files(tx: Transaction, *, scope: Scope, before: UUID, limit: int) -> list[BatchFile]:
    """Return files of void numbers inside the scope, newest first, older than `before`."""
    return await tx.all(_SQL["list_batch_files"], BatchFile, scope=scope.patterns, before=before, limit=limit)


async def find_staged_batch(tx: Transaction) -> StagedBatch | None:
    """Return a batch that waits to be compared with the list."""
    return await tx.one(_SQL["find_staged_batch"], StagedBatch)
