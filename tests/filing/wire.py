"""A wire between two levels that a test cuts, heals, and lets lose what comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Wire:
    """Forwards connections from a port of its own to another."""

    def __init__(self, to_port: int) -> None:
        """Name the far end."""
        self._to_port = to_port
        self._connections: set[asyncio.StreamWriter] = set()
        self.is_cut = False
        self.loses_answers = False
        self.lost = 0
        self.port = 0

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Wire"]:
        """Forward until the end."""
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self._close_all()

    def cut(self) -> None:
        """Break every connection and let none through."""
        self.is_cut = True
        self._close_all()

    def heal(self) -> None:
        """Let connections through again."""
        self.is_cut = self.loses_answers = False

    def _close_all(self) -> None:
        for writer in self._connections:
            writer.transport.abort()
        self._connections.clear()

    async def _forward(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._connections.add(back)
        try:
            if self.is_cut:
                return
            far, forth = await asyncio.open_connection("127.0.0.1", self._to_port)
            self._connections.add(forth)
            await asyncio.gather(self._pump(near, forth, answers=False), self._pump(far, back, answers=True))
        except (OSError, asyncio.CancelledError):
            pass  # cancelled at the end of the test alone
        finally:
            back.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        with suppress(OSError):
            while content := await reader.read(65536):
                if answers and self.loses_answers:
                    self.lost += 1
                    break
                writer.write(content)
                await writer.drain()
        writer.transport.abort()
