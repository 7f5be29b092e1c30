"""The way of a file's blocks into the books: one connection, or two, one block ahead of the other.

While one lane merges a block, another copies and checks the next; merges keep the order of
the file. A block is one transaction: its rows, its rejections and the import's progress stand
together or not at all, so whoever takes up a killed import begins at the next block.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle
from typing import Protocol

import asyncpg

from birthreg.access.suspensions import require_not_suspended
from birthreg.blacklist import merging as entries
from birthreg.blacklist import staging as batches
from birthreg.certificates import merging as issuances
from birthreg.imports import store
from birthreg.imports.models import Block, Import, Kind
from birthreg.kernel.database import CONNECTION_LOST, Database, Transaction
from birthreg.kernel.errors import Conflict, DatabaseUnavailable
from birthreg.kernel.giving_way import give_way
from birthreg.kernel.language import Text
from birthreg.kernel.staging import Columns, Lines, Merged
from birthreg.usage import merging as usages

OnProgress = Callable[[Import], None]

_TRIES = 5
"""A block is merged again when another writer was faster with one of its numbers."""

_STATEMENT_SECONDS = 600.0


class Room(Protocol):
    """What a room that takes rows from files offers; four modules do."""

    COLUMNS: Columns

    async def check_staged(self, tx: Transaction, lines: Lines, /) -> int:
        """Judge the staged lines and return how many are sound."""

    async def merge_checked(self, tx: Transaction, lines: Lines, /, *, sound: int) -> Merged:
        """Merge the sound ones."""


ROOMS: dict[Kind, Room] = {
    Kind.USAGE: usages,
    Kind.ISSUANCES: issuances,
    Kind.BLACKLIST: entries,
    Kind.BLACKLIST_BATCH: batches,
}


class ImportTakenOver(Conflict):
    """该导入已由另一进程接手或已结束,本进程停止。

    Another process has taken this import over, or it has ended; this one stops.
    """

    remedy = Text("无需处理;请查看该导入的进度。", "Nothing to do; look at the import's progress.")


class Lane:
    """One connection with its staging tables."""

    def __init__(self, connection: asyncpg.Connection, database: Database) -> None:
        """Take a connection that nobody else uses."""
        self._connection = connection
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction on this lane; inside another it is a savepoint."""
        async with self._connection.transaction():
            yield Transaction(self._connection, now=self._database.clock(), database=self._database)


@asynccontextmanager
async def open_lanes(database: Database, *, beside_desks: bool) -> AsyncIterator[list[Lane]]:
    """Open two lanes, or one that stands back where desks ask meanwhile, and close them at the end.

    Raises:
        DatabaseUnavailable: the server is away, or was lost on the way; what was committed stands.
    """
    try:
        async with AsyncExitStack() as stack:
            yield [await _open_lane(database, stack, beside_desks) for _ in range(1 if beside_desks else 2)]
    except CONNECTION_LOST as error:
        raise DatabaseUnavailable from error


async def _open_lane(database: Database, stack: AsyncExitStack, beside_desks: bool) -> Lane:
    connection = await database.connect(command_timeout=_STATEMENT_SECONDS)
    if beside_desks:
        give_way(connection)
    # Without ceremony: at the end nothing is left that isn't committed and worth waiting for.
    stack.callback(connection.terminate)
    lane = Lane(connection, database)
    async with lane.transaction() as tx:
        await store.open_staging(tx)
    return lane


class Journey:
    """One import on its way through the lanes."""

    def __init__(self, begun: Import, lines: Lines, *, on_progress: OnProgress) -> None:
        """Go on from where the import was committed."""
        self._import = begun
        self._room = ROOMS[begun.kind]
        self._lines = lines
        self._on_progress = on_progress

    async def run(self, lanes: Sequence[Lane], blocks: Iterator[Block]) -> None:
        """Bring every block in, each merge after the one before it.

        Raises:
            ImportTakenOver: another process goes on with this import.
            OfficerSuspended: who sent the file no longer may; what was committed stands.
        """
        underway: deque[asyncio.Task[None]] = deque()
        line = self._import.lines_done
        try:
            for lane in cycle(lanes):
                block = await asyncio.to_thread(next, blocks, None)
                if block is None:
                    break
                before = underway[-1] if underway else None
                underway.append(asyncio.create_task(self._bring_in(lane, block, line, before)))
                line += block.lines
                if len(underway) == len(lanes):
                    await underway.popleft()
            while underway:
                await underway.popleft()
        finally:
            for task in underway:
                task.cancel()
            await asyncio.gather(*underway, return_exceptions=True)

    async def _bring_in(self, lane: Lane, block: Block, lines_before: int, before: asyncio.Task[None] | None) -> None:
        async with lane.transaction() as tx:
            await store.stage(tx, block, lines_before=lines_before)
            sound = await self._room.check_staged(tx, self._lines)
            if before is not None:
                await before
            await require_not_suspended(tx, officer=self._import.officer)
            merged = await self._merge(lane, tx, sound)
            advanced = await store.advance_import(
                tx,
                import_id=self._import.id,
                block=block,
                lines_done=lines_before + block.lines,
                merged=merged,
                rejected=await store.keep_rejections(tx, import_id=self._import.id),
            )
            if advanced is None:
                raise ImportTakenOver
        self._on_progress(advanced)

    async def _merge(self, lane: Lane, tx: Transaction, sound: int) -> Merged:
        for _ in range(_TRIES - 1):
            try:
                async with lane.transaction():
                    return await self._room.merge_checked(tx, self._lines, sound=sound)
            except asyncpg.UniqueViolationError:
                continue
        return await self._room.merge_checked(tx, self._lines, sound=sound)
