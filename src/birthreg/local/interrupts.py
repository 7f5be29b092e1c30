"""Signals that mean "stop", heard at every moment of a start.

An exception that a signal raises isn't always heard. Python drops it in the finalizer of a file or
a socket; inside asyncio it can fall between an answer of the database and who waits for that, and
then the end of the work waits for ever, or fails for a reason of its own. So work of asyncio is
cancelled, and whoever goes on all the same is interrupted once more, second by second.
"""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

_AGAIN_AFTER = 1.0
"""Seconds; what is cancelled ends far within."""

T = TypeVar("T")


class Interrupts:
    """Makes SIGINT, SIGTERM and SIGHUP interrupts of whatever the main thread does."""

    def __init__(self) -> None:
        """Begin with no work of asyncio under way."""
        self._work: asyncio.Task[Any] | None = None

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Raise KeyboardInterrupt in this block at a signal, and again each second until `ignore`."""
        stopping = [signal.SIGALRM, signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else we are under nohup
            stopping.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._interrupt) for number in stopping}
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in before.items():
                signal.signal(number, handler)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work of asyncio to its end; at a signal it is cancelled.

        Raises:
            KeyboardInterrupt: it was.
        """

        async def known() -> T:
            self._work = asyncio.current_task()
            try:
                return await work
            finally:
                self._work = None

        try:
            return asyncio.run(known())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    @staticmethod
    def ignore() -> None:
        """Hear no signal from now on: everything is being stopped."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_AFTER, _AGAIN_AFTER)
        work, self._work = self._work, None
        if work is None:
            raise KeyboardInterrupt
        work.get_loop().call_soon_threadsafe(work.cancel)
