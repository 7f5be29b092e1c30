"""The three that are measured: how each is started, asked, and stopped."""

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec

from benchmarks.seeds import PASSWORD
from benchmarks.wire import HOST
from birthreg.local.places import last_words
from birthreg.local.processes import Child

PATH = "/api/v1/verifications"
_SCRIPTS = Path(__file__).resolve().parents[1]
_SOURCES = _SCRIPTS.parent / "src"


class DidNotStart(Exception):
    """A contestant that can't be measured; its text holds the last words of its log."""


class Contestant(msgspec.Struct, frozen=True, kw_only=True):
    """One of the three; `records` is the table in which each of its requests must leave a row."""

    name: str
    does: str
    commands: tuple[tuple[str, ...], ...]
    environment: dict[str, str]
    port: int
    records: str | None = None
    knows_list: bool = False
    tokens: tuple[str, ...] = ()
    client_token: str = ""
    """Of the machine client, which asks in batches."""
    other_port: int | None = None
    """Of a second process of the service."""

    @property
    def ports(self) -> tuple[int, ...]:
        """Where it answers."""
        return (self.port,) if self.other_port is None else (self.port, self.other_port)


class Running(msgspec.Struct, frozen=True):
    """A started contestant: it answers on its port; the first process is the one that serves."""

    contestant: Contestant
    processes: list[int]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _granian(target: str, port: int) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "granian", target, "--interface", "asgi", "--http", "1", "--loop", "uvloop"),
        *("--host", HOST, "--port", str(port), "--workers", "1", "--no-access-log", "--log-level", "warning"),
    )


def _uvicorn(target: str, port: int) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "uvicorn", target, "--loop", "uvloop", "--http", "httptools"),
        *("--host", HOST, "--port", str(port), "--workers", "1", "--no-access-log", "--log-level", "warning"),
    )


def make_bare(url: str) -> Contestant:
    """Baseline (a)."""
    port = free_port()
    return Contestant(
        name="bare",
        does="Litestar + asyncpg, one look-up",
        commands=(_granian("benchmarks.bare:app", port),),
        environment={"BENCHMARK_DATABASE_URL": url, "BENCHMARK_POOL": "32"},
        port=port,
    )


def make_conventional(url: str) -> Contestant:
    """Baseline (b)."""
    port = free_port()
    return Contestant(
        name="conventional",
        does="FastAPI + SQLAlchemy + uvicorn, one look-up, one insert",
        commands=(_uvicorn("benchmarks.conventional:app", port),),
        environment={"BENCHMARK_DATABASE_URL": url, "BENCHMARK_POOL": "32"},
        port=port,
        records="benchmark_lookups",
    )


def make_birthreg(url: str, redis_url: str, folder: Path) -> Contestant:
    """The service: its web process, and the worker that seals what it records."""
    port = free_port()
    command = (sys.executable, "-m", "birthreg")
    return Contestant(
        name="birthreg",
        does="signed in, recorded, with receipt",
        commands=((*command, "serve"), (*command, "work")),
        environment={
            "BIRTHREG_DATABASE_URL": url,
            "BIRTHREG_REDIS_URL": redis_url,
            "BIRTHREG_DATA_DIR": str(folder),
            "BIRTHREG_HOST": HOST,
            "BIRTHREG_PORT": str(port),
            "BIRTHREG_WORKERS": "1",
        },
        port=port,
        records="lookups",
        knows_list=True,
    )


def environment_of(contestant: Contestant) -> dict[str, str]:
    """Return what its processes see: nothing of the operator's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BIRTHREG_", "PYTHON"))}
    return kept | {"PYTHONPATH": f"{_SOURCES}{os.pathsep}{_SCRIPTS}"} | contestant.environment


@asynccontextmanager
async def running(contestant: Contestant, log: Path) -> AsyncIterator[Running]:
    """Start its processes, wait until the port answers, and stop them at the end."""
    with log.open("ab") as output:
        children = [
            Child(command, environment=environment_of(contestant), output=output) for command in contestant.commands
        ]
    try:
        await _wait_until_open(contestant, children, log)
        yield Running(contestant, [child.pid for child in children])
    finally:
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.wait(time.monotonic() + 10)
            child.kill()


async def _wait_until_open(contestant: Contestant, children: list[Child], log: Path) -> None:
    waiting = list(contestant.ports)
    for _attempt in range(300):
        if not all(child.is_running for child in children):
            break
        try:
            _reader, writer = await asyncio.open_connection(HOST, waiting[0])
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            waiting.pop(0)
            if not waiting:
                return
    raise DidNotStart(f"{contestant.name} did not start: {last_words(log)}")


async def sign_in_all(port: int, *, clerks: int) -> tuple[str, ...]:
    """Sign in every officer of the seeds and return their tokens; the last is the machine client's."""
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=30) as client:
        return tuple([await sign_in(client, f"benchmark.{number}") for number in range(1, clerks + 2)])


async def sign_in(client: httpx.AsyncClient, officer: str) -> str:
    """Sign an officer of the seeds in and return the token."""
    answer = await client.post("/api/v1/sessions", json={"officer_id": officer, "password": PASSWORD})
    if answer.status_code != 201:
        raise DidNotStart(f"sign-in answered {answer.status_code}: {answer.text}")
    return str(answer.json()["access_token"])


def ask_body(number: str) -> bytes:
    """Return the body of one question; the same for all three."""
    return json.dumps({"certificate_number": number, "purpose": "birth_registration"}).encode()
