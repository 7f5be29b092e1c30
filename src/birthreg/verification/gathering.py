"""The hot path: questions that arrive together share one look at the books and one commit.

A lane is a connection with a group on it. While every lane is busy, questions wait in one
queue and form the next group; a lone question finds a free lane and waits for nobody.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence

import asyncpg
import msgspec

from birthreg.kernel.clock import Clock
from birthreg.kernel.database import CONNECTION_LOST, Database, Transaction
from birthreg.kernel.errors import DatabaseUnavailable, DomainError, Overloaded
from birthreg.kernel.metrics import LOST_GROUPS
from birthreg.verification.models import Asker, Asking, Lookup
from birthreg.verification.service import Grammars, lookup_of, meter, verify_group

logger = logging.getLogger("birthreg")

LANES = 2
GATHER_SECONDS = 0.001
"""How long a free lane lets others join a question: measured, it halves the groups and costs nobody a notice."""

LARGEST_GROUP = 128
MOST_WAITING = 4096
GROUP_SECONDS = 5.0
"""How long an asker waits, in the queue and in a group, before being told that nothing can be verified."""

LEAST_SECONDS = 1.0
"""What a group gets in any case, though its oldest question has waited long behind one that hung."""

_REST_SECONDS = 0.05
"""How long a lane leaves a server alone that it lost; one that recovers is not helped by more callers."""


class Waiting(msgspec.Struct, frozen=True, eq=False):
    """A question and the future of its answer; None answers that the session no longer stands."""

    asking: Asking
    answer: "asyncio.Future[Lookup | None]"
    until: float
    """When the asker is told that nothing can be verified, by the loop's clock."""


Guard = Callable[[Sequence[Asker]], dict[str, DomainError]]
"""Names the officers of a group who may ask no more for now, and why."""


class Gatherer:
    """Gathers concurrent questions into groups and runs each group in one transaction."""

    def __init__(self, database: Database, *, guard: Guard, clock: Clock) -> None:
        """Use connections of the database; the guard spends budgets."""
        self._database = database
        self._guard = guard
        self._clock = clock
        self._grammars = Grammars()
        self._queue: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_lost = False

    def start(self) -> None:
        """Open the lanes."""
        self._tasks = [asyncio.create_task(self._run_lane(), name=f"lane-{n}") for n in range(LANES)]

    async def stop(self) -> None:
        """Close the lanes; who still waits is told that nothing can be verified."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        _refuse(list(self._queue), DatabaseUnavailable())
        self._queue.clear()

    async def verify(self, asking: Asking) -> Lookup | None:
        """Return the recorded look-up; it is durable. None means that the session no longer stands.

        Raises:
            Overloaded: too many questions wait.
            DatabaseUnavailable: the books can't be read, the record couldn't be kept, or the service stops.
            BudgetSpent: the asker has asked too much.
        """
        if len(self._queue) >= MOST_WAITING:
            raise Overloaded(retry_after=1)
        if not self._tasks:
            raise DatabaseUnavailable(retry_after=1)
        loop = asyncio.get_running_loop()
        waiting = Waiting(asking, loop.create_future(), loop.time() + GROUP_SECONDS)
        self._queue.append(waiting)
        self._arrived.set()
        return await waiting.answer

    async def _run_lane(self) -> None:
        connection: asyncpg.Connection | None = None
        try:
            while True:
                group = await self._next_group()
                connection = await self._serve(connection, group)
                if connection is None:
                    await asyncio.sleep(_REST_SECONDS)
        finally:
            if connection is not None:
                connection.terminate()

    async def _next_group(self) -> list[Waiting]:
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
            await asyncio.sleep(GATHER_SECONDS)
        return [self._queue.popleft() for _ in range(min(len(self._queue), LARGEST_GROUP))]

    async def _serve(self, connection: asyncpg.Connection | None, group: list[Waiting]) -> asyncpg.Connection | None:
        """Answer a group and return the connection, or None when it is lost."""
        now = asyncio.get_running_loop().time()
        try:
            _refuse([waiting for waiting in group if waiting.until < now], DatabaseUnavailable(retry_after=1))
            group = self._let_in(group)
            if not group:
                return connection
            async with asyncio.timeout_at(max(group[0].until, now + LEAST_SECONDS)):
                if connection is None or connection.is_closed():
                    connection = await self._database.connect()
                await self._answer(connection, group)
            self._note(None)
        except (*CONNECTION_LOST, DatabaseUnavailable) as error:
            LOST_GROUPS.inc()
            self._note(error)
            _refuse(group, DatabaseUnavailable(retry_after=1))
            if connection is not None:
                connection.terminate()
            return None
        except DomainError as error:
            _refuse(group, error)
        except Exception as error:
            logger.exception("a group of %d look-ups failed", len(group))
            _refuse(group, error)
        except asyncio.CancelledError:
            _refuse(group, DatabaseUnavailable())
            if connection is not None:
                connection.terminate()
            raise
        return connection

    def _note(self, error: Exception | None) -> None:
        """Log that look-ups are lost, and that they are not any more: once each, not once a group."""
        if error is not None and not self._is_lost:
            logger.warning("look-ups are refused, the database is lost: %s", type(error).__name__)
        elif error is None and self._is_lost:
            logger.warning("look-ups are answered again")
        self._is_lost = error is not None

    def _let_in(self, group: list[Waiting]) -> list[Waiting]:
        """Drop who went away, refuse who may ask no more, and return the rest."""
        refused = self._guard([waiting.asking.asker for waiting in group])
        if refused:
            for waiting in group:
                if waiting.asking.asker.officer in refused:
                    _refuse([waiting], refused[waiting.asking.asker.officer])
        return [waiting for waiting in group if not waiting.answer.done()]

    async def _answer(self, connection: asyncpg.Connection, group: list[Waiting]) -> None:
        try:
            await self._verify_together(connection, group)
        except (*CONNECTION_LOST, DomainError):
            raise
        except Exception:
            # One of them can't be decided or kept; asked alone, the others are not harmed by it.
            logger.exception("a group of %d look-ups is asked one by one", len(group))
            for waiting in group:
                await self._verify_alone(connection, waiting)

    async def _verify_together(self, connection: asyncpg.Connection, group: list[Waiting]) -> None:
        began = time.perf_counter()
        async with connection.transaction():
            tx = Transaction(connection, now=self._clock(), database=self._database)
            done = await verify_group(tx, [waiting.asking for waiting in group], grammars=self._grammars)
        meter(done.decisions, seconds=time.perf_counter() - began)
        for waiting, decision in zip(group, done.decisions, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(None if decision is None else lookup_of(waiting.asking, decision, done))

    async def _verify_alone(self, connection: asyncpg.Connection, waiting: Waiting) -> None:
        try:
            await self._verify_together(connection, [waiting])
        except (*CONNECTION_LOST, DomainError):
            raise
        except Exception as error:
            _refuse([waiting], error)


def _refuse(group: list[Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
