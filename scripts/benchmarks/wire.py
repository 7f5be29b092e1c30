"""A small HTTP/1.1 client on raw sockets: as little work per request as Python allows."""

import asyncio
from collections.abc import Iterable
from typing import cast

import msgspec

HOST = "127.0.0.1"


class Reply(msgspec.Struct, frozen=True):
    """What came back; status 0 means that the connection was lost."""

    status: int
    body: bytes


LOST = Reply(0, b"")


def build_request(path: str, body: bytes, *, token: str | None = None, idempotency_key: str | None = None) -> bytes:
    """Return a whole POST request, ready to be sent."""
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    key = f"Idempotency-Key: {idempotency_key}\r\n" if idempotency_key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{authorization}{key}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def build_reading(path: str, *, token: str) -> bytes:
    """Return a whole GET request, ready to be sent."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def _split_chunks(data: bytes) -> bytes:
    parts: list[bytes] = []
    position = 0
    while True:
        end = data.index(b"\r\n", position)
        size = int(data[position:end].split(b";")[0], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(data[end + 2 : end + 2 + size])
        position = end + 2 + size + 2


class Line(asyncio.Protocol):
    """One keep-alive connection; one request at a time."""

    def __init__(self) -> None:
        """Nothing is sent before the loop connects it."""
        self._transport: asyncio.WriteTransport | None = None
        self._reply: asyncio.Future[Reply] | None = None
        self._data = bytearray()
        self._body_at = 0
        self._length: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        """Whoever waits learns that nothing will come."""
        self._transport = None
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(LOST)

    async def ask(self, request: bytes) -> Reply:
        """Send one request and wait for its whole answer."""
        if self._transport is None:
            return LOST
        self._data.clear()
        self._body_at, self._length = 0, None
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._reply

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Collect until the answer is whole."""
        self._data += data
        if not self._body_at and not self._read_head():
            return
        if self._length is None:
            if self._data.endswith(b"0\r\n\r\n"):
                self._answer(_split_chunks(bytes(self._data[self._body_at :])))
        elif len(self._data) >= self._body_at + self._length:
            self._answer(bytes(self._data[self._body_at :]))

    def _read_head(self) -> bool:
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._data[:end]).lower()
        self._body_at = end + 4
        found = head.find(b"content-length:")
        if found >= 0:
            self._length = int(head[found + 15 :].split(b"\r\n", 1)[0])
        return True

    def _answer(self, body: bytes) -> None:
        reply, self._reply = self._reply, None
        if reply is not None and not reply.done():
            reply.set_result(Reply(int(self._data[9:12]), body))


async def open_lines(port: int, count: int) -> list[Line]:
    """Open keep-alive connections."""
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(Line, HOST, port))[1] for _ in range(count)]


def close_lines(lines: Iterable[Line]) -> None:
    """Hang up on all."""
    for line in lines:
        line.close()
