"""A few processes that read pictures, each with a limit of time and memory; what happens to one harms no other asker.

Functions of this room are called in them by name, with arguments and answers as msgpack, so that a process which a
hostile picture took over can send nothing but data of the kind that was asked for.
"""

import asyncio
import inspect
import math
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, ParamSpec, TypeVar, get_type_hints

import msgspec

from birthreg.documents import refusals
from birthreg.documents.refusals import PictureWaitedTooLong, ReadersBusy, ReadingDied, ReadingTooHeavy, ReadingTooLong
from birthreg.kernel.errors import DomainError, FieldError, code_of
from birthreg.kernel.language import Text

P = ParamSpec("P")
R = TypeVar("R")

ROOM = "birthreg.documents."
LENGTH = 4
"""Bytes before each question and answer, which say how long it is."""
_LARGEST_ANSWER = 64 << 20
_LONGEST_TRACE = 8_000
_RETRY_AFTER = 5
"""Seconds after which who waited in vain may try again: by then others have been answered, or gave up."""
_GRACE = 5
"""Seconds after which a process whose asker is gone for good ends itself."""


class Call(msgspec.Struct, frozen=True, array_like=True):
    """A function of this room, by its module and name, and what it is given."""

    module: str
    name: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What came of a call: a value as msgpack, a refusal by its code, want of memory, or a fault of ours."""

    value: bytes = b""
    refusal: str | None = None
    message: Text | None = None
    errors: tuple[FieldError, ...] = ()
    too_heavy: bool = False
    fault: str | None = None


class ReadingFault(Exception):
    """A function failed in a process of the pool; the message is its trace."""


class _Worker:
    """One process and its two pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Take over a process that was started."""
        self.process = process

    @property
    def has_ended(self) -> bool:
        """Whether it will answer no more: it was killed while nobody asked it anything."""
        assert self.process.stdout  # noqa: S101 - started with it
        return self.process.stdout.at_eof()

    async def answer(self, question: bytes, kind: Any) -> tuple[Answer, Any]:
        """Send a question and wait for its answer, with the value in it, which is of that kind.

        Raises:
            ReadingDied: the process ended before it answered, or answered something else.
        """
        assert self.process.stdin and self.process.stdout  # noqa: S101, PT018 - started with both
        try:
            self.process.stdin.write(len(question).to_bytes(LENGTH) + question)
            await self.process.stdin.drain()
            length = int.from_bytes(await self.process.stdout.readexactly(LENGTH))
            if length > _LARGEST_ANSWER:
                raise ReadingDied
            content = await self.process.stdout.readexactly(length)
            answer = msgspec.msgpack.decode(content, type=Answer)
            return answer, msgspec.msgpack.decode(answer.value, type=kind) if answer.value else None
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError) as error:
            raise ReadingDied from error

    async def end(self) -> None:
        """Stop the process, at once."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()
        await self.process.wait()
        # The transport closes its pipes itself, once it has seen the end.
        if self.process.stdin:
            self.process.stdin.close()


class Pool:
    """At most so many processes, started when first needed and replaced when they end."""

    def __init__(
        self,
        *,
        workers: int = 1,
        seconds: float = 30,
        megabytes: int = 1_200,
        waiting: int = 32,
        patience: float = 30,
    ) -> None:
        """`seconds` a call may take, `megabytes` beyond what the models take.

        At most `waiting` wait for a place, each for at most `patience` seconds.
        """
        self._seconds, self._megabytes = seconds, megabytes
        self._most_waiting, self._patience = waiting, patience
        self._places = asyncio.Semaphore(workers)
        self._idle: deque[_Worker] = deque()
        self._all: set[_Worker] = set()
        self._waiting = 0
        self._closed = False

    async def ask(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Call a function of this room in one of the processes; arguments and answer of kinds that msgpack has.

        Raises:
            ReadersBusy: too many wait already.
            PictureWaitedTooLong: its turn didn't come in time.
            ReadingTooLong, ReadingTooHeavy, ReadingDied: the process had to be ended, or ended.
            ReadingFault: the function failed for a reason of its own.
            DomainError: whatever of this service's errors the function raised.
        """
        call = Call(function.__module__, function.__name__, arguments, dict(named))
        async with self._place():
            # Packed now alone: who waits would hold a picture twice.
            answer, value = await self._ask_a_worker(msgspec.msgpack.encode(call), get_type_hints(function)["return"])
        self._raise_refusal(answer)
        answered: R = value
        return answered

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Wait for one of the places."""
        if self._waiting >= self._most_waiting:
            raise ReadersBusy(waiting=self._waiting)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError:
            raise PictureWaitedTooLong(seconds=round(self._patience), retry_after=_RETRY_AFTER) from None
        finally:
            self._waiting -= 1
        try:
            if self._closed:
                raise ReadersBusy(waiting=self._waiting)
            yield
        finally:
            self._places.release()

    async def _ask_a_worker(self, question: bytes, kind: Any) -> tuple[Answer, Any]:
        worker = await self._take()
        try:
            async with asyncio.timeout(self._seconds):
                answer, value = await worker.answer(question, kind)
        except TimeoutError:
            await self._end(worker)
            raise ReadingTooLong(seconds=round(self._seconds)) from None
        except BaseException:
            # Also when the asker went away: what the process would still answer must reach nobody else.
            await self._end(worker)
            raise
        if answer.too_heavy or self._closed:
            await self._end(worker)
        else:
            self._idle.append(worker)
        return answer, value

    def _raise_refusal(self, answer: Answer) -> None:
        if answer.too_heavy:
            raise ReadingTooHeavy(megabytes=self._megabytes)
        if answer.fault is not None:
            raise ReadingFault(answer.fault[-_LONGEST_TRACE:])
        if answer.refusal is not None:
            raise _revive(answer)

    async def _take(self) -> _Worker:
        """Return an idle process that still runs, or a new one."""
        while self._idle:
            worker = self._idle.popleft()
            if not worker.has_ended:
                return worker
            await self._end(worker)
        return await self._start()

    async def _start(self) -> _Worker:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "birthreg.documents.reading_process",
            str(self._megabytes),
            str(math.ceil(self._seconds) + _GRACE),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        worker = _Worker(process)
        self._all.add(worker)
        return worker

    async def _end(self, worker: _Worker) -> None:
        self._all.discard(worker)
        await worker.end()

    @property
    def processes(self) -> tuple[int, ...]:
        """The processes that run at the moment, idle or not, by their ids."""
        return tuple(worker.process.pid for worker in self._all)

    async def close(self) -> None:
        """End all processes; who asks afterwards is refused, and whoever is being answered is told that it ended."""
        self._closed = True
        self._idle.clear()
        for worker in list(self._all):
            await self._end(worker)


def _revive(answer: Answer) -> DomainError:
    """Make an error anew that was raised in another process, with the message that it had there."""
    kinds = [DomainError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    found = next((kind for kind in kinds if code_of(kind) == answer.refusal), refusals.PictureDamaged)
    error = found.__new__(found)
    error.errors, error.retry_after = answer.errors, None
    error.message = answer.message or Text("", "")
    error.args = (error.message.en,)
    return error


def is_callable_here(call: Call) -> bool:
    """Say whether a call names a function of this room, and one that the room itself wrote."""
    module = sys.modules.get(call.module)
    function = getattr(module, call.name, None)
    return call.module.startswith(ROOM) and inspect.isfunction(function) and function.__module__ == call.module
