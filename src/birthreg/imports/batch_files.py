"""One function per act on files of void numbers: bring one, follow it and what became of its batch."""

from pathlib import Path
from typing import IO
from uuid import UUID

from birthreg.access.models import Act, Officer, Scope
from birthreg.access.service import require_organization
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import batches
from birthreg.imports import store, taking
from birthreg.imports.batch_models import BatchFile, BatchFileStatus
from birthreg.imports.models import Kind
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, NotFound
from birthreg.kernel.language import Text


class BatchFileFailed(Conflict):
    """该文件未能读取:{why}

    The file could not be read: {why}
    """

    remedy = Text("请按所述原因改正文件后重新导入。", "Mend the file as it says, and bring it again.")
    leaves_a_trace = True


_UNKNOWN = Text("原因不明。", "for a reason unknown.")
_LAST = UUID(int=2**128 - 1)


async def take_batch(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    uploads: Path,
    content: IO[bytes],
    file_name: str,
    terminal: str,
) -> BatchFile:
    """Keep a file for the worker to stage and compare; nothing of it is in force before two persons want it."""
    await require_organization(tx, code=officer.organization)
    taken = await taking.take_file(
        tx, officer, scope=scope, kind=Kind.BLACKLIST_BATCH, uploads=uploads, content=content, file_name=file_name,
        terminal=terminal,
    )  # fmt: skip
    await batches.open_batch(tx, officer, scope=scope, batch=taken.id)
    return await find_batch(tx, scope=scope, batch=taken.id)


async def find_batch(tx: Transaction, *, scope: Scope, batch: UUID) -> BatchFile:
    """Return one file and its batch.

    Raises:
        NotFound: no such batch inside the scope.
    """
    found = await store.find_batch_file(tx, scope=scope, batch=batch)
    if found is None:
        raise NotFound
    return found


async def require_read(
    tx: Transaction, officer: Officer, *, scope: Scope, batch: UUID, act: Act, terminal: str
) -> None:
    """Make sure that a file could be read, before anything is done with its batch.

    Raises:
        NotFound: no such batch inside the scope.
        BatchFileFailed: it couldn't, and why; refused, and on the trail.
    """
    found = await find_batch(tx, scope=scope, batch=batch)
    if found.status is not BatchFileStatus.FAILED:
        return
    error = BatchFileFailed(why=found.error_message or _UNKNOWN)
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act=act, object="blacklist_batch", key=str(batch), condition=found.status, succeeded=False,
        error_code=error.code,
    )  # fmt: skip
    raise error


async def list_batches(tx: Transaction, *, scope: Scope, before: UUID | None, limit: int) -> list[BatchFile]:
    """Return the files brought inside the scope, newest first."""
    return await store.list_batch_files(tx, scope=scope, before=before or _LAST, limit=limit)


async def find_staged(tx: Transaction) -> UUID | None:
    """Return a batch whose file is read to its end and that waits to be compared with the list."""
    found = await store.find_staged_batch(tx)
    return found.id if found else None
