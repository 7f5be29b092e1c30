"""A stream as it is sent: an ASGI answer that ends when its client goes, doesn't read, or has listened long enough."""

import asyncio
import contextlib
from typing import Any

from birthreg.access.rules import TOKEN_MINUTES
from birthreg.cases.event_models import Ending
from birthreg.cases.event_rules import beat
from birthreg.cases.tailing import Listener, Tail

HEARTBEAT_SECONDS = 15.0
_SENDING_SECONDS = 20.0
"""A client that takes nothing for so long is gone."""


class Streaming:
    """One stream of events, sent as they come."""

    def __init__(self, tail: Tail, listener: Listener, *, first: bytes) -> None:
        """Send `first`, then what the listener hears."""
        self.headers = {
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",  # asks a proxy in front to pass events on as they come
        }
        self._tail = tail
        self._listener = listener
        self._first = first

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        """Send until it is over."""
        headers = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        watching = asyncio.ensure_future(_wait_until_gone(receive))
        sending = asyncio.ensure_future(self._send(send))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await asyncio.wait((watching, sending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._tail.dismiss(self._listener)
            for task in (watching, sending):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, TimeoutError):
                    await task

    async def _send(self, send: Any) -> None:
        over = asyncio.get_running_loop().time() + 60 * TOKEN_MINUTES
        piece = self._first
        while True:
            async with asyncio.timeout(_SENDING_SECONDS):
                await send({"type": "http.response.body", "body": piece, "more_body": not self._listener.is_over})
            if self._listener.is_over:
                return
            left = over - asyncio.get_running_loop().time()
            if left <= 0:
                self._listener.end(Ending.EXPIRED)
            piece = await self._listener.hear(seconds=max(0.0, min(HEARTBEAT_SECONDS, left)))
            piece = piece or beat(self._tail.position)


async def _wait_until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
