"""Service processes over one database, and streams of events as a client reads them."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from tests import make
from tests.local.instances import ENVIRONMENT, GENEROUSLY, command, find_free_port

PATH = "/api/v1/events"
PATIENCE = 20.0
"""Seconds; a bound against hanging, not a promise."""


class Event(msgspec.Struct, frozen=True):
    """One event; a comment has none."""

    kind: str
    data: dict[str, Any]
    id: str | None = None


def read_events(text: str) -> list[Event]:
    """Read the events of a stream that has ended, or been cut, as a browser reads them."""
    found = []
    for block in text.split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if "data" in fields:
            found.append(Event(fields["event"], json.loads(fields["data"]), fields.get("id")))
    return found


class Stream:
    """An open stream."""

    def __init__(self, answer: httpx.Response) -> None:
        """Read from an answer."""
        self._pieces = answer.aiter_text()
        self._text = ""
        self._read: list[Event] = []

    async def next(self) -> Event:
        """Wait for the next event."""
        async with asyncio.timeout(PATIENCE):
            while not self._read:
                self._text += await anext(self._pieces)
                whole = self._text.rpartition("\n\n")[0] + "\n\n" if "\n\n" in self._text else ""
                self._text = self._text[len(whole) :]
                self._read = read_events(whole)
        return self._read.pop(0)

    async def take(self, count: int) -> list[Event]:
        """Wait for the next events."""
        return [await self.next() for _ in range(count)]


@asynccontextmanager
async def listening(desk: httpx.AsyncClient, *, last: str | None = None) -> AsyncIterator[Stream]:
    """Listen at a desk, past the greeting."""
    headers = {} if last is None else {"Last-Event-ID": last}
    async with desk.stream("GET", PATH, headers=headers, timeout=PATIENCE) as answer:
        assert answer.status_code == 200, await answer.aread()
        stream = Stream(answer)
        assert (await stream.next()).kind == "ready"
        yield stream


async def poll(desk: httpx.AsyncClient, *, last: str | None = None) -> list[Event]:
    """Ask once for what was missed."""
    headers = {} if last is None else {"Last-Event-ID": last}
    answer = await desk.get(PATH, params={"follow": "false"}, headers=headers)
    assert answer.status_code == 200, answer.text
    return read_events(answer.text)


class Served:
    """The service as a process of its own."""

    def __init__(self, folder: Path, *, database_url: str, redis_url: str) -> None:
        """Start it."""
        self.port = find_free_port()
        self._log = folder / f"{self.port}.log"
        environment = ENVIRONMENT | {
            "BIRTHREG_DATABASE_URL": database_url, "BIRTHREG_REDIS_URL": redis_url, "BIRTHREG_DATA_DIR": str(folder),
            "BIRTHREG_PORT": str(self.port),
        }  # fmt: skip
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command("serve"), env=environment, stdout=log, stderr=log)

    @property
    def said(self) -> str:
        """What it has logged so far."""
        return self._log.read_text(encoding="utf-8")

    def desk(self) -> httpx.AsyncClient:
        """A desk that isn't signed in."""
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=GENEROUSLY)

    async def wait_until_ready(self) -> None:
        """Wait until it answers."""
        async with self.desk() as desk, asyncio.timeout(GENEROUSLY):
            while True:
                assert self.process.poll() is None, self.said
                try:
                    if (await desk.get("/health/ready")).is_success:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)

    @asynccontextmanager
    async def signed_in(self, officer: str) -> AsyncIterator[httpx.AsyncClient]:
        """A desk at which an officer has signed in."""
        async with self.desk() as desk:
            answer = await desk.post("/api/v1/sessions", json={"officer_id": officer, "password": make.PASSWORD})
            assert answer.status_code == 201, answer.text
            desk.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield desk

    async def open_streams(self) -> int:
        """How many streams it has open."""
        async with self.desk() as desk:
            told = (await desk.get("/metrics")).text
        line = next(line for line in told.splitlines() if line.startswith("birthreg_event_streams "))
        return int(float(line.partition(" ")[2]))

    def stop(self) -> int:
        """Stop it, and return how it ended."""
        self.process.terminate()
        return self.process.wait(GENEROUSLY)
