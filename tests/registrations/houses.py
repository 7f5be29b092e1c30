"""An instance of some level as real processes: services that share its books, and a worker."""

import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from tests import make
from tests.local.instances import ENVIRONMENT, command, find_free_port, wait_for
from tests.worlds import own_database

from birthreg.access.models import Role
from birthreg.kernel.database import Database
from birthreg.local.servers import Postgres, Valkey
from birthreg.local.supervision import Program
from birthreg.settings import Settings, environment_of


class House:
    """One instance over its own database; it starts with nothing running."""

    def __init__(
        self, data: Path, *, database_url: str, redis_url: str, services: int, level: Mapping[str, str]
    ) -> None:
        """Name the folder, the servers, how many services there are, and the level above."""
        data.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.ports = [find_free_port() for _ in range(services)]
        self.database = Database(database_url)
        settings = Settings(database_url=database_url, redis_url=redis_url, data_dir=data, **level)
        self.environment = environment_of(settings, base=ENVIRONMENT)
        self.services = [
            Program("serve", data=data, environment={**self.environment, "BIRTHREG_PORT": str(port)})
            for port in self.ports
        ]
        self.worker = Program("work", data=data, environment=self.environment)

    def addresses(self) -> list[str]:
        """Where its services are."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def serve(self) -> None:
        """Start its services, and wait until each answers."""
        for place, service in enumerate(self.services):
            if not service.is_running:
                service.start()
            wait_for(lambda place=place: self._answers(place), what=lambda: "a service does not answer")

    def kill_service(self, place: int = 0) -> None:
        """Kill one service, as a power cut would."""
        pid = self.services[place].pid
        assert pid is not None
        os.killpg(pid, signal.SIGKILL)
        wait_for(lambda: not self.services[place].is_running)

    def stop(self) -> None:
        """Stop everything."""
        for program in (*self.services, self.worker):
            program.stop(within=4)

    def run(self, *arguments: str) -> str:
        """Run one of our commands over its settings, and return what it printed."""
        import subprocess  # noqa: PLC0415 - here alone

        done = subprocess.run(
            command(*arguments), env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def admit(self, identifier: str, role: Role = Role.CLERK, organization: str = make.WUCHANG) -> dict[str, str]:
        """Admit an officer, and return the header of their session."""
        async with self.database.transaction() as tx:
            await make.officer(tx, identifier, role=role, organization=organization)
        async with httpx.AsyncClient(base_url=self.addresses()[0], timeout=60, trust_env=False) as desk:
            answer = await desk.post("/api/v1/sessions", json={"officer_id": identifier, "password": make.PASSWORD})
            assert answer.status_code == 201, answer.text
            return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def ask(self, query: str, *arguments: Any) -> Any:
        """One value from its books."""
        async with self.database.transaction() as tx:
            return await tx.connection.fetchval(query, *arguments)

    def _answers(self, place: int) -> bool:
        assert self.services[place].is_running, "a service ended"
        try:
            return httpx.get(f"{self.addresses()[place]}/health/live", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


@asynccontextmanager
async def house(
    server: Postgres,
    template: str,
    valkey: Valkey,
    folder: Path,
    *,
    services: int = 1,
    level: Mapping[str, str] | None = None,
) -> AsyncIterator[House]:
    """Start an instance over a database of its own, and stop it at the end."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(own_database(server, template))
        made = House(folder, database_url=url, redis_url=valkey.url, services=services, level=level or {})
        await made.database.open()
        stack.push_async_callback(made.database.close)
        stack.callback(made.stop)
        made.serve()
        yield made
