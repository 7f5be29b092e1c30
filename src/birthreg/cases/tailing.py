"""Who listens in this process, and the one reading that serves them all."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from itertools import count
from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.access.service import list_standing
from birthreg.cases import event_rules, event_store
from birthreg.cases.event_models import Cursor, Ending, Kind, Position, Reset, Told
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.metrics import STREAMS

logger = logging.getLogger("birthreg")

EVERY_SECONDS = 0.3
"""How often the timelines are looked at while somebody listens."""

_SESSIONS_EVERY = 3
"""Looks between two questions whether those who listen are still signed in."""

ROOM = 5_000
"""Events that may wait for one client when more arrive; who has more waiting doesn't keep up."""

_AT_ONCE = 200
"""Events that are sent in one piece."""


class Listener:
    """One stream: whose it is, what it may see, and what waits to be sent."""

    def __init__(self, officer: Officer, *, scope: Scope) -> None:
        """Begin with nothing to tell."""
        self.officer = officer
        self._scope = scope
        self._waiting: deque[bytes] = deque()
        self._stirred = asyncio.Event()
        self._is_ended = False

    @property
    def is_over(self) -> bool:
        """Whether the stream has ended and its last event was taken."""
        return self._is_ended and not self._waiting

    def pick(self, told: Sequence[Told]) -> list[bytes]:
        """Return what of these events lies in the scope."""
        return [one.frame for one in told if any(map(self._scope.holds, one.organizations))]

    def tell(self, told: Sequence[Told]) -> None:
        """Let events wait to be sent; who still has too many waiting is cut, and comes back for them."""
        seen = self.pick(told)
        if seen and len(self._waiting) > ROOM:
            self._waiting.clear()
            self.end(Ending.SLOW)
        elif seen:
            self.say(*seen)

    def say(self, *frames: bytes) -> None:
        """Let frames wait to be sent, whatever the scope."""
        if not self._is_ended:
            self._waiting.extend(frames)
            self._stirred.set()

    def end(self, reason: Ending) -> None:
        """Let the stream end with this as its last event."""
        self.say(event_rules.end(reason))
        self._is_ended = True

    async def hear(self, *, seconds: float) -> bytes:
        """Return what waits, a piece at a time; nothing where nothing comes within these seconds."""
        if not self._waiting:
            self._stirred.clear()
            with contextlib.suppress(TimeoutError):  # what came at that very moment is told all the same
                async with asyncio.timeout(seconds):
                    await self._stirred.wait()
        return b"".join(self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_ONCE)))


class Tail:
    """Goes from one moment of the books to the next while somebody listens, and tells what came between."""

    def __init__(self, database: Database) -> None:
        """Name the books; nothing is read before somebody listens."""
        self._database = database
        self._listeners: set[Listener] = set()
        self._wanted = asyncio.Event()
        self._position: Position | None = None
        self._is_away = False
        self._is_stopping = False

    @property
    def position(self) -> Position | None:
        """The moment up to which all is told to who listens; None while nobody does."""
        return self._position

    def count(self, officer: str | None = None) -> int:
        """Count the streams of an officer, or all of this process."""
        return sum(officer in (None, listener.officer.id) for listener in self._listeners)

    async def admit(self, tx: Transaction, listener: Listener, *, last: str | None) -> list[bytes]:
        """Let somebody listen from now on; return what comes first: a greeting, and what was missed since `last`."""
        cursor = event_rules.read_cursor(last) if last else None
        position = await self._reach(tx, cursor)
        self._listeners.add(listener)
        STREAMS.set(len(self._listeners))
        self._wanted.set()
        if self._is_stopping:
            listener.end(Ending.STOPPING)
        try:
            missed = await _list_missed(tx, cursor, position=position) if cursor or not last else Reset.UNKNOWN_ID
        except BaseException:
            self.dismiss(listener)
            raise
        if isinstance(missed, Reset):
            return [event_rules.greet(None), event_rules.reset(position, missed)]
        greeting = event_rules.greet(None if cursor else position)
        return [greeting, *listener.pick(missed)]

    def dismiss(self, listener: Listener) -> None:
        """Tell somebody nothing more; when the last has gone, nothing is read."""
        self._listeners.discard(listener)
        STREAMS.set(len(self._listeners))
        if not self._listeners:
            self._wanted.clear()
            self._position = None
            self._is_away = False

    def stop(self) -> None:
        """End every stream at once: this process stops."""
        self._is_stopping = True
        for listener in self._listeners:
            listener.end(Ending.STOPPING)

    async def follow(self) -> None:
        """Look again and again while somebody listens; when this is cancelled, every stream ends."""
        try:
            for turn in count():
                await self._wanted.wait()
                await self._follow_once(with_sessions=turn % _SESSIONS_EVERY == 0)
                await asyncio.sleep(EVERY_SECONDS)
        finally:
            self.stop()

    async def look(self, tx: Transaction) -> None:
        """Go on to the present moment, and tell all who listen what came between.

        Two may look at once, each in its own transaction: the first to be done has told it.
        """
        before, now = self._position, await event_store.read_position(tx)
        if before is None or now == before:
            return
        told: list[Told] | Reset = Reset.RESTORED
        if now.system == before.system and event_rules.covers(now.snapshot, before.snapshot):
            told = await _list_since(tx, since=before, position=now)
        if self._position is not before:
            return
        self._position = now
        for listener in self._listeners:
            if isinstance(told, Reset):
                listener.say(event_rules.reset(now, told))
            else:
                listener.tell(told)

    async def _follow_once(self, *, with_sessions: bool) -> None:
        try:
            async with self._database.transaction() as tx:
                await self.look(tx)
                if with_sessions:
                    await self._end_sessions(tx)
        except Exception as error:  # whatever it is, who listens is told, and it is tried again
            self._say_away(error)
        else:
            self._say_back()

    async def _reach(self, tx: Transaction, cursor: Cursor | None) -> Position:
        """Return the moment that a new stream begins at: one that sees at least what its client has seen."""
        has_looked = False
        while True:
            if self._position is None:
                found = await event_store.read_position(tx)
                self._position = self._position or found
            if has_looked or cursor is None or event_rules.covers(self._position.snapshot, cursor.until):
                return self._position
            await self.look(tx)  # another process was ahead of this one
            has_looked = True

    async def _end_sessions(self, tx: Transaction) -> None:
        sessions = {listener.officer.session for listener in self._listeners}
        standing: set[UUID] = await list_standing(tx, sessions=sessions)
        for listener in self._listeners:
            if listener.officer.session in sessions - standing:
                listener.end(Ending.SESSION_ENDED)

    def _say_away(self, error: Exception) -> None:
        if not self._is_away:
            logger.warning("events wait for the database: %s", type(error).__name__)
            for listener in self._listeners:
                listener.say(event_rules.frame(Kind.INTERRUPTED, {"reason": "database_unavailable"}))
        self._is_away = True

    def _say_back(self) -> None:
        if self._is_away:
            for listener in self._listeners:
                listener.say(event_rules.frame(Kind.RESTORED, {}))
        self._is_away = False


async def _list_since(tx: Transaction, *, since: Position, position: Position, after: int = 0) -> list[Told] | Reset:
    rows = await event_store.list_between(tx, since=since.snapshot, position=position, after=after)
    if len(rows) > event_rules.MOST:
        return Reset.TOO_MANY
    return event_rules.tell(rows, since=since.snapshot, position=position)


async def _list_missed(tx: Transaction, cursor: Cursor | None, *, position: Position) -> list[Told] | Reset:
    """Return what a client missed: the rest of what it was being told when it was cut, and what came since."""
    if cursor is None:
        return []
    if cursor.system != position.system or not event_rules.covers(position.snapshot, cursor.until):
        return Reset.UNKNOWN_ID
    since, until = (msgspec.structs.replace(position, snapshot=seen) for seen in (cursor.since, cursor.until))
    rest = await _list_since(tx, since=since, position=until, after=cursor.after)
    new = await _list_since(tx, since=until, position=position)
    if isinstance(rest, Reset) or isinstance(new, Reset):
        return Reset.TOO_MANY
    return Reset.TOO_MANY if len(rest) + len(new) > event_rules.MOST else rest + new
