"""The transaction: the one way to the database.

One request or one job is one transaction, opened at the edge and committed by whoever
opened it. A refusal is a value and is committed; a fault is raised and rolled back. An error
that leaves a trace is a refusal that ends the request: it is raised and committed.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from birthreg.kernel.clock import Clock, now_utc
from birthreg.kernel.errors import Contended, DatabaseUnavailable, DomainError, TextUnstorable
from birthreg.kernel.sql import Query, join_writes

SERVICE_ROLE = "birthreg_service"
"""The database role that the service runs as: it can append to the trail, never change it."""

_INDEX_PROBES = {
    "plan_cache_mode": "force_generic_plan",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
}
"""What makes every plan a chain of index probes, however few rows the planner expects of a table."""

StructT = TypeVar("StructT")

# What asyncpg and the socket raise when the server is gone, going, not yet back, or busy for too long.
CONNECTION_LOST = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
)


AnyConnection: TypeAlias = "asyncpg.Connection | PoolConnectionProxy[asyncpg.Record]"


class Transaction:
    """An open transaction with its moment: `now` is the same for all that it does."""

    def __init__(self, connection: AnyConnection, *, now: datetime, database: "Database") -> None:
        """Wrap a connection on which a transaction has begun."""
        self.connection = connection
        self.now = now
        self.database = database
        self._waiting: list[tuple[Query, list[Any]]] | None = None

    def _bind(self, query: Query, arguments: dict[str, Any]) -> list[Any]:
        if "now" in query.parameters:
            arguments.setdefault("now", self.now)
        return [arguments[name] for name in query.parameters]

    async def one(self, query: Query, kind: type[StructT], **arguments: Any) -> StructT | None:
        """Return the first row as a struct, or None when there is none."""
        await self.settle()
        record = await self.connection.fetchrow(query.text, *self._bind(query, arguments))
        return None if record is None else msgspec.convert(record, kind)

    async def all(self, query: Query, kind: type[StructT], **arguments: Any) -> list[StructT]:
        """Return every row as a struct, in the order of the query."""
        await self.settle()
        records = await self.connection.fetch(query.text, *self._bind(query, arguments))
        return [msgspec.convert(record, kind) for record in records]

    async def execute(self, query: Query, **arguments: Any) -> int:
        """Run a statement and return how many rows it touched."""
        await self.settle()
        status = await self.connection.execute(query.text, *self._bind(query, arguments))
        return int(status.rpartition(" ")[2])

    async def write(self, query: Query, **arguments: Any) -> None:
        """Run a statement whose count nobody asks for; inside `together` it waits for the others."""
        if self._waiting is None:
            await self.execute(query, **arguments)
        else:
            self._waiting.append((query, self._bind(query, arguments)))

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Send the writes of this block in one round trip, as parts of one statement.

        None of them sees what the others wrote. What asks for an answer meanwhile sends first what waits.
        """
        if self._waiting is not None:
            yield
            return
        self._waiting = []
        try:
            yield
            await self.settle()
        except DomainError as error:
            if error.leaves_a_trace:
                await self.settle()
            raise
        finally:
            self._waiting = None

    async def settle(self) -> None:
        """Send the writes that wait, for who is about to read what they wrote."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            text = join_writes(tuple(query for query, _ in waiting))
            await self.connection.execute(text, *(value for _, values in waiting for value in values))


async def _prepare(connection: asyncpg.Connection) -> None:
    # In binary form, which COPY asks for: a version byte, then the text.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda value: msgspec.json.decode(memoryview(value)[1:]),
    )


async def _keep_session(_connection: asyncpg.Connection) -> None:
    """Skip asyncpg's reset: no act leaves session state behind, and the reset costs a round trip."""


class Database:
    """A pool of connections to one database, each of them running as the service's role."""

    def __init__(
        self,
        url: str,
        *,
        role: str = SERVICE_ROLE,
        size: int = 10,
        clock: Clock = now_utc,
        generic_plans: bool = False,
        command_timeout: float = 30,
    ) -> None:
        """Name the server in libpq form; nothing is opened before `open`.

        `command_timeout` is in seconds: past it a server that hangs counts as away.

        With `generic_plans` a statement is planned once, for few rows, and not anew for the arrays
        it is given: look-ups then always probe indexes, where a plan for a thousand numbers would
        read the whole list of single numbers.
        """
        self.clock = clock
        self._size = size
        self._command_timeout = command_timeout
        self._url = url
        self._settings = {"role": role, "application_name": "birthreg", "timezone": "UTC", "jit": "off"}
        if generic_plans:
            self._settings |= _INDEX_PROBES
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Open the pool; a server that is away is found at the first use, so the service can start before it."""
        self._pool = asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._size,
            init=_prepare,
            reset=_keep_session,
            server_settings=self._settings,
            command_timeout=self._command_timeout,
            timeout=5,
            # The rules of screening are one long statement; to plan it takes longer than to run it, so no
            # connection lets go of it.
            max_cacheable_statement_size=1024 * 1024,
            max_cached_statement_lifetime=0,
        )
        await self._pool

    async def close(self) -> None:
        """Close the pool, giving what runs a moment to end."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                async with asyncio.timeout(3):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    def terminate(self) -> None:
        """Drop every connection at once; whoever waits for an answer on one hears that it is lost."""
        if self._pool is not None:
            self._pool.terminate()

    async def connect(self, *, command_timeout: float = 30) -> asyncpg.Connection:
        """Open one connection outside the pool, for who keeps it; the caller closes it.

        `command_timeout` is in seconds: work on many rows at a time needs more than an answer may take.
        """
        try:
            connection = await asyncpg.connect(
                self._url, server_settings=self._settings, timeout=5, command_timeout=command_timeout
            )
            await _prepare(connection)
        except CONNECTION_LOST as error:
            raise DatabaseUnavailable from error
        return connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction, commit it at the end, roll it back when anything is raised that leaves no trace.

        Raises:
            DatabaseUnavailable: the server is away, or was lost on the way; nothing is known to be written.
            Contended: the server gave another transaction the way and took this one back.
            TextUnstorable: a text holds a character that PostgreSQL can't keep.
        """
        if self._pool is None:
            raise DatabaseUnavailable
        refusal: DomainError | None = None
        try:
            async with self._pool.acquire(timeout=5) as connection, connection.transaction():
                try:
                    yield Transaction(connection, now=self.clock(), database=self)
                except DomainError as error:
                    if not error.leaves_a_trace:
                        raise
                    refusal = error
        except CONNECTION_LOST as error:
            raise DatabaseUnavailable from error
        except asyncpg.TransactionRollbackError as error:
            raise Contended from error
        except (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError) as error:
            raise TextUnstorable from error
        if refusal is not None:
            raise refusal


async def copy_rows(
    connection: asyncpg.Connection, *, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Append rows by binary COPY, the fastest way in."""
    await connection.copy_records_to_table(table, columns=list(columns), records=rows)
