"""One function per act: ask for an import, run it, list what it refused."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from birthreg.access.service import require_organization
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist.merging import require_set_up
from birthreg.imports import store
from birthreg.imports.lanes import ROOMS, ImportTakenOver, Journey, OnProgress, open_lanes
from birthreg.imports.models import Import, Kind, NewImport, Rejection, Source
from birthreg.imports.reading import BLOCK_BYTES, inspect_file, read_blocks, read_columns
from birthreg.imports.rules import check_header
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import Conflict, DomainError, Unavailable
from birthreg.kernel.language import Text
from birthreg.kernel.spreadsheets import as_text_file
from birthreg.kernel.staging import Lines

logger = logging.getLogger("birthreg")

LEASE = timedelta(seconds=30)
_RENEWED_EVERY = 10.0
"""Seconds; a runner that is gone is noticed when its lease lapses."""


class ImportUnderway(Conflict):
    """该文件正由另一进程导入,或已结束。

    Another process is importing this file, or it has ended.
    """

    remedy = Text(
        "请查看该导入的进度;进程中断时 30 秒后可继续。",
        "Look at its progress; if that process died, go on after 30 seconds.",
    )
    retryable = True


class ImportBroken(DomainError):
    """导入时内部出错;已提交的行有效。

    Something went wrong inside; rows that were committed stand.
    """


async def start_import(tx: Transaction, asked: NewImport) -> UUID:
    """Ask for an import and return its identifier; the act is on the trail.

    Raises:
        OrganizationUnknown: void numbers are to be listed for an organisation that isn't known.
        SetUpOver: officers maintain that organisation's list already.
    """
    if asked.kind is Kind.BLACKLIST:
        await require_organization(tx, code=asked.organization)
        await require_set_up(tx, organization=asked.organization)
    await store.insert_import(tx, asked)
    await record(
        tx,
        officer=asked.officer,
        organization=asked.organization,
        terminal=asked.terminal,
        operation=Operation.ADD,
        act="start_import",
        object="import",
        key=str(asked.id),
        condition=asked.kind,
        detail={"bytes": asked.bytes_total},
    )
    return asked.id


async def find_interrupted(tx: Transaction, asked: NewImport) -> Import | None:
    """Return the import of this very file that was begun at a terminal and not ended."""
    return await store.find_interrupted(tx, asked)


async def find_waiting(tx: Transaction) -> Import | None:
    """Return the uploaded import that waits longest, or whose runner is gone."""
    return await store.find_waiting(tx)


async def list_open(tx: Transaction, *, imports: Sequence[UUID]) -> set[UUID]:
    """Return those of some imports that have not ended."""
    return {one.id for one in await store.list_open(tx, imports=imports)}


async def list_rejections(tx: Transaction, *, import_id: UUID, after: int = 0, limit: int = 5000) -> list[Rejection]:
    """Return the refused lines after a line, in the order of the file."""
    return await store.list_rejections(tx, import_id=import_id, after=after, limit=limit)


def _no_progress(_import: Import) -> None:
    """Nobody watches."""


async def run_import(
    database: Database,
    *,
    import_id: UUID,
    path: Path,
    on_progress: OnProgress = _no_progress,
    block_bytes: int = BLOCK_BYTES,
    beside_desks: bool = False,
) -> Import:
    """Run an import from where it was committed to its end, and return it, done or failed.

    A file that can't be read is a failed import, not an error. `on_progress` is told of each
    committed block; a block holds about `block_bytes` of the file, and two are in memory at a time,
    each with a connection; one alone where desks ask meanwhile, so that a processor is left to them.

    Raises:
        ImportUnderway: another process runs it, or it has ended.
        ImportTakenOver: another process took it over on the way.
        DatabaseUnavailable: the server was lost; the import can be taken up again.
    """
    async with database.transaction() as tx:
        claimed = await store.claim_import(tx, import_id=import_id, lease_until=tx.now + LEASE)
    if claimed is None:
        raise ImportUnderway
    on_progress(claimed)
    try:
        async with _lease(database, import_id):
            await _bring_in(database, claimed, path, on_progress, block_bytes=block_bytes, beside_desks=beside_desks)
    except (ImportTakenOver, Unavailable):
        raise
    except DomainError as error:
        return await _finish(database, import_id, error)
    except asyncio.CancelledError:
        await asyncio.shield(_release(database, import_id))
        raise
    except Exception:
        logger.exception("fault in import %s", import_id)
        return await _finish(database, import_id, ImportBroken())
    return await _finish(database, import_id, None)


async def _bring_in(
    database: Database, claimed: Import, path: Path, on_progress: OnProgress, *, block_bytes: int, beside_desks: bool
) -> None:
    async with as_text_file(path) as text:
        source = await asyncio.to_thread(inspect_file, text)
        names, body_begins = read_columns(text, source)
        columns = ROOMS[claimed.kind].COLUMNS
        not_kept = check_header(names, columns)
        begun = await _begin(database, claimed, source, not_kept=not_kept, body_begins=body_begins)
        lines = Lines(
            import_id=claimed.id,
            width=len(names),
            places=columns.places(names),
            officer=claimed.officer,
            organization=claimed.organization,
            reach=claimed.reach,
        )
        blocks = read_blocks(text, source, begin=begun.bytes_done, size=block_bytes)
        async with open_lanes(database, beside_desks=beside_desks) as lanes:
            await Journey(begun, lines, on_progress=on_progress).run(lanes, blocks)


async def _begin(
    database: Database, claimed: Import, source: Source, *, not_kept: list[str], body_begins: int
) -> Import:
    """Note the file's size, and at the first time that its header is read."""
    async with database.transaction() as tx:
        begun = await store.begin_import(
            tx, import_id=claimed.id, bytes_total=source.size, not_kept=not_kept, body_begins=body_begins
        )
    if begun is None:
        raise ImportTakenOver
    return begun


@asynccontextmanager
async def _lease(database: Database, import_id: UUID) -> AsyncIterator[None]:
    """Renew the lease as long as the run takes."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(_RENEWED_EVERY)
            # A renewal may fail where the run itself goes on; if it doesn't, the run tells why.
            with suppress(Unavailable):
                async with database.transaction() as tx:
                    await store.renew_lease(tx, import_id=import_id, lease_until=tx.now + LEASE)

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing


async def _release(database: Database, import_id: UUID) -> None:
    with suppress(Unavailable):
        async with database.transaction() as tx:
            await store.release_import(tx, import_id=import_id)


def _message(error: DomainError) -> Text:
    return Text(f"{error.message.zh}{error.remedy.zh}", f"{error.message.en} {error.remedy.en}")


async def _finish(database: Database, import_id: UUID, error: DomainError | None) -> Import:
    """End the import, on its row and on the trail.

    Raises:
        ImportTakenOver: another process has ended it.
    """
    async with database.transaction() as tx:
        ended = await store.finish_import(
            tx,
            import_id=import_id,
            error_code=error.code if error else None,
            error_message=_message(error) if error else None,
        )
        if ended is None:
            raise ImportTakenOver
        await record(
            tx,
            officer=ended.officer,
            organization=ended.organization,
            terminal=ended.terminal,
            operation=Operation.ADD,
            act="finish_import",
            object="import",
            key=str(import_id),
            condition=ended.kind,
            succeeded=error is None,
            error_code=ended.error_code,
            count=ended.rows_new,
            detail={"new": ended.rows_new, "same": ended.rows_same, "rejected": ended.rows_rejected},
        )
    return ended
