"""What this machine is and what it can do by itself, so that figures of other machines can be compared."""

import os
import platform
import socket
from pathlib import Path
from time import perf_counter

import asyncpg
import msgspec


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The machine's description and its own speeds."""

    processor: str
    cores: int
    memory_gb: float
    kernel: str
    python: str
    postgres: str
    settings: dict[str, str]
    commits_per_second: float
    """Single-row commits on one connection."""
    echoes_per_second: float
    """Round trips of 200 bytes over the loopback, one connection."""


def _read_line(file: str, field: str) -> str:
    lines = Path(file).read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field)), "unknown")


async def measure_commits(url: str, *, seconds: float) -> float:
    """Return how many single rows a second one connection commits."""
    connection = await asyncpg.connect(url)
    try:
        return await _commit_for(connection, seconds)
    finally:
        await connection.close()


async def _commit_for(connection: asyncpg.Connection, seconds: float) -> float:
    await connection.execute("CREATE TABLE IF NOT EXISTS benchmark_commits (at timestamptz)")
    statement = await connection.prepare("INSERT INTO benchmark_commits VALUES (clock_timestamp())")
    count, began = 0, perf_counter()
    while (took := perf_counter() - began) < seconds:
        await statement.fetch()
        count += 1
    return count / took


def _echo(listener: socket.socket) -> None:
    connection, _address = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while data := connection.recv(4096):
        connection.sendall(data)


def measure_echoes(seconds: float = 2) -> float:
    """Play ping-pong with a child process; to be called before any thread or loop is started."""
    listener = socket.create_server(("127.0.0.1", 0))
    child = os.fork()
    if child == 0:
        _echo(listener)
        os._exit(0)
    with socket.create_connection(listener.getsockname()) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        count, began = 0, perf_counter()
        while (took := perf_counter() - began) < seconds:
            connection.sendall(bytes(200))
            connection.recv(4096)
            count += 1
    listener.close()
    os.waitpid(child, 0)
    return count / took


async def describe(url: str, settings: dict[str, str], *, echoes: float, seconds: float = 2) -> Machine:
    """Describe this machine and measure its commits."""
    connection = await asyncpg.connect(url)
    try:
        version = str(await connection.fetchval("SHOW server_version"))
        commits = await _commit_for(connection, seconds)
    finally:
        await connection.close()
    memory = int(_read_line("/proc/meminfo", "MemTotal").split()[0])
    return Machine(
        processor=_read_line("/proc/cpuinfo", "model name"),
        cores=os.cpu_count() or 0,
        memory_gb=round(memory / 1024**2, 1),
        kernel=platform.release(),
        python=platform.python_version(),
        postgres=version,
        settings=settings,
        commits_per_second=commits,
        echoes_per_second=echoes,
    )
