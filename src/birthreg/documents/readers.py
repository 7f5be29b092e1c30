"""Whoever reads pictures for a door: within the officer's hour, in a process of the pool, with clear answers."""

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from cryptography.hazmat.primitives.hashes import SM3, Hash

from birthreg.access.models import Officer
from birthreg.access.rules import PICTURES_PER_HOUR
from birthreg.documents import weights
from birthreg.documents.pool import Pool, ReadingFault
from birthreg.documents.reading_models import Digests
from birthreg.documents.refusals import DocumentsUnavailable, PicturesSpent, ReadersBusy, ReadingDied
from birthreg.documents.weights import WeightsMissing
from birthreg.kernel.budgets import WINDOW, Budgets
from birthreg.kernel.clock import Clock

logger = logging.getLogger("birthreg")

P = ParamSpec("P")
R = TypeVar("R")

_MOST_READERS = 4
"""For each process of the service, each with 250 MB of models."""
_MOST_SECONDS = 40
"""What one picture may take; with all its fields a second or two, and more on a machine that is busy."""
_MOST_HELD = 256 << 20
"""Bytes of pictures as they were sent, all askers of a process together; on its way to a reader each is there twice."""
_TOLD_EVERY = 60.0
"""Seconds between two entries on the trail for the same officer."""
_MISSING = "models missing: run scripts/prepare"


class Readers:
    """The pool, and what each officer may ask of it."""

    def __init__(self, budgets: Budgets, *, clock: Clock) -> None:
        """Start nothing yet: the first picture does."""
        self._pool = Pool(workers=min(_MOST_READERS, max(1, (os.cpu_count() or 1) // 2)), seconds=_MOST_SECONDS)
        self._budgets = budgets
        self._clock = clock
        self._held: list[int] = []
        self._told: dict[str, float] = {}

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Hold room for pictures of so many bytes in memory, before they are read into it.

        Raises:
            ReadersBusy: others fill it.
        """
        if self._held and sum(self._held) + size > _MOST_HELD:
            raise ReadersBusy(waiting=len(self._held))
        self._held.append(size)
        try:
            yield
        finally:
            self._held.remove(size)

    async def ask(self, officer: Officer, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Ask one of the processes, for an officer; each file among the arguments is a picture of the officer's hour.

        Raises:
            PicturesSpent: the officer has asked too much within an hour.
            DocumentsUnavailable: the models aren't there.
            DomainError: why the picture isn't read.
        """
        await self._spend(officer, sum(isinstance(argument, bytes) for argument in arguments))
        try:
            return await self._pool.ask(function, *arguments, **named)
        except WeightsMissing as error:
            raise DocumentsUnavailable(why=error.message) from error
        except ReadingFault as error:
            logger.exception("a picture could not be read")
            raise ReadingDied from error

    async def _spend(self, officer: Officer, pictures: int) -> None:
        subject, limit = f"pictures:{officer.id}", PICTURES_PER_HOUR
        now = self._clock().timestamp()
        spent = (await self._budgets.spend({subject: (pictures, limit)}, now=now)).get(subject)
        if spent is not None:
            await self._budgets.spend({subject: (-pictures, limit)}, now=now)
            raise PicturesSpent(subject=officer.id, limit=limit, window=WINDOW, retry_after=spent.retry_after)

    def is_to_tell(self, officer: Officer) -> bool:
        """Say whether the trail is to hear that the officer's hour is spent: once a minute, not once a picture."""
        now = time.monotonic()
        if now - self._told.get(officer.id, float("-inf")) < _TOLD_EVERY:
            return False
        self._told[officer.id] = now
        return True

    @staticmethod
    def describe() -> str:
        """Say whether the models are where they belong; what they hold is looked at when they are loaded."""
        is_whole = all((weights.FOLDER / one.place).is_file() for one in weights.ALL)
        return "up" if is_whole else _MISSING

    async def close(self) -> None:
        """End the processes."""
        await self._pool.close()


async def digest(content: bytes) -> Digests:
    """Return SHA-256 (FIPS 180-4) and SM3 (GB/T 32905) of a picture."""
    return await asyncio.to_thread(_digest, content)


def _digest(content: bytes) -> Digests:
    sm3 = Hash(SM3())
    sm3.update(content)
    return Digests(hashlib.sha256(content).digest(), sm3.finalize())
