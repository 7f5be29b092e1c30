"""The servers and programs of one instance as real processes, each of which a test kills, stops and starts."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import httpx
from tests.conftest import POSTGRES_PROGRAMS, REDIS_PROGRAM
from tests.local.instances import ENVIRONMENT, find_free_port, kill, processes_in, wait_for

from birthreg.kernel.database import Database
from birthreg.local.accounts import choose_account
from birthreg.local.first_data import migrate_database
from birthreg.local.servers import OWNER_ROLE, Postgres, Valkey
from birthreg.local.supervision import Program
from birthreg.settings import Settings, environment_of


class Plant:
    """PostgreSQL and Valkey as in operation, durable, with the service and the worker over them."""

    def __init__(self, data: Path, *, upstream_url: str = "", organization: str = "") -> None:
        """Make the folder; nothing runs before `open`."""
        data.mkdir(mode=0o711)
        self.data = data
        account = choose_account(data, programs=(POSTGRES_PROGRAMS, REDIS_PROGRAM))
        self.postgres = Postgres(data, account=account, programs=POSTGRES_PROGRAMS)
        self.valkey = Valkey(data, account=account, program=REDIS_PROGRAM)
        settings = Settings(
            database_url=self.postgres.url(),
            redis_url=self.valkey.url,
            data_dir=data,
            port=find_free_port(),
            upstream_url=upstream_url,
            organization=organization,
        )
        environment = environment_of(settings, base=ENVIRONMENT)
        self.settings = settings
        self.address = f"http://127.0.0.1:{settings.port}"
        self.serve = Program("serve", data=data, environment=environment)
        self.work = Program("work", data=data, environment=environment)

    async def open(self) -> None:
        """Start the servers, migrate, and start the service."""
        self.postgres.start()
        self.valkey.start()
        await migrate_database(self.postgres.url(role=OWNER_ROLE))
        self.start_serving()

    def close(self) -> None:
        """Stop everything."""
        for program in (self.serve, self.work):
            program.stop(within=4)
        self.valkey.stop()
        self.postgres.stop()

    def start_serving(self) -> None:
        """Start the service and wait until it answers."""
        self.serve.start()
        wait_for(self._answers, what=lambda: "the service does not answer")

    def _answers(self) -> bool:
        assert self.serve.is_running, "the service ended"
        try:
            return httpx.get(f"{self.address}/health/live", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def kill_postgres(self) -> None:
        """Kill the postmaster and all its children, as a power cut would."""
        kill(processes_in(self.data / "postgres"))
        wait_for(lambda: not self.postgres.is_running)

    def kill_backends(self) -> None:
        """Kill what serves the connections; the postmaster lives and recovers."""
        kill(pid for pid in processes_in(self.data / "postgres") if b"birthreg_service" in _title(pid))

    def kill_valkey(self) -> None:
        """Kill Valkey."""
        kill(processes_in(self.data / "valkey"))
        wait_for(lambda: not self.valkey.is_running)

    def kill_service(self) -> None:
        """Kill the service with its workers."""
        pid = self.serve.pid
        assert pid is not None
        os.killpg(pid, signal.SIGKILL)
        wait_for(lambda: not self.serve.is_running)

    def kill_worker(self) -> None:
        """Kill the worker."""
        pid = self.work.pid
        assert pid is not None
        os.killpg(pid, signal.SIGKILL)
        wait_for(lambda: not self.work.is_running)

    @contextmanager
    def hanging(self, server: str) -> Iterator[None]:
        """Let a server hang, `postgres` or `valkey`: its processes live and do nothing."""
        stopped = processes_in(self.data / server)
        try:
            _signal(stopped, signal.SIGSTOP)
            yield
        finally:
            _signal(stopped, signal.SIGCONT)

    @asynccontextmanager
    async def books(self) -> AsyncIterator[Database]:
        """Open a way to the books beside the service."""
        database = Database(self.postgres.url(role=OWNER_ROLE), size=4)
        await database.open()
        try:
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def opened(data: Path) -> AsyncIterator[Plant]:
    """Start a plant in a new folder, and stop it at the end."""
    plant = Plant(data)
    try:
        await plant.open()
        yield plant
    finally:
        plant.close()


def _signal(processes: list[int], number: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _title(pid: int) -> bytes:
    """Return what a process says that it is at; PostgreSQL's name their role there."""
    with suppress(OSError):  # it ended on the way
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
