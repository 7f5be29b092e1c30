"""Work that takes minutes stands back for desks, as far as the machine lets it."""

import os
from contextlib import suppress
from pathlib import Path

import asyncpg

NICENESS = 10
"""POSIX nice value: beside somebody who waits, a tenth of a processor; all of it where nobody does."""


def give_way(connection: asyncpg.Connection) -> None:
    """Lower the priority of a connection's backend; nothing happens where it runs on another machine."""
    lower(connection.get_server_pid())


def lower(pid: int) -> None:
    """Lower the priority of a process, if it is a backend of PostgreSQL that was reached through a local socket.

    PostgreSQL shows what a backend is in its command line; a number of another machine's process means nothing here.
    """
    with suppress(OSError):
        title = Path(f"/proc/{pid}/cmdline").read_bytes()
        if title.startswith(b"postgres: ") and b" [local] " in title:
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
