"""A running service with its own books and an officer at every desk, for files of tests that share one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from tests import make

from birthreg.access.models import Role
from birthreg.app import Service, create_app
from birthreg.kernel.database import Database
from birthreg.local.servers import OWNER_ROLE, Postgres
from birthreg.settings import Settings

XIANGYANG = "420600000000"
FUJIAN = "350000000000"


@asynccontextmanager
async def own_database(server: Postgres, template: str) -> AsyncIterator[str]:
    """A migrated database, dropped at the end; the login is the owner."""
    name = f"world_{uuid4().hex}"
    connection = await asyncpg.connect(server.url(role=OWNER_ROLE, database="postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield server.url(role=OWNER_ROLE, database=name)
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[Service]:
    """A service between its start and its stop, both in one task, as the framework's task groups ask for."""
    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with service.lifespan():
            started.set()
            await over.wait()

    life = asyncio.create_task(live())
    await asyncio.wait([life, asyncio.create_task(started.wait())], return_when=asyncio.FIRST_COMPLETED)
    try:
        yield service
    finally:
        over.set()
        await life


class World:
    """The service, its books, and desks at which officers sit signed in."""

    def __init__(self, service: Service, database: Database, settings: Settings, stack: AsyncExitStack) -> None:
        """Begin with nobody signed in."""
        self.service = service
        self.database = database
        self.settings = settings
        self._stack = stack
        self._desks: dict[str, httpx.AsyncClient] = {}

    async def stranger(self) -> httpx.AsyncClient:
        """A desk that isn't signed in."""
        transport = httpx.ASGITransport(self.service)
        return await self._stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://desk"))

    async def desk(self, role: Role = Role.CLERK, organization: str = make.WUCHANG) -> httpx.AsyncClient:
        """The desk of the officer of this role at this organisation; the same each time."""
        identifier = f"{role.value.replace('_', '-')}.{organization}"
        if identifier not in self._desks:
            async with self.database.transaction() as tx:
                await make.officer(tx, identifier, role=role, organization=organization)
            self._desks[identifier] = await self.sign_in(identifier)
        return self._desks[identifier]

    async def sign_in(self, identifier: str, password: str = make.PASSWORD) -> httpx.AsyncClient:
        """A desk with a session of its own of an officer that is there already."""
        desk = await self.stranger()
        answer = await desk.post("/api/v1/sessions", json={"officer_id": identifier, "password": password})
        assert answer.status_code == 201, answer.text
        desk.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return desk

    async def officer(self, identifier: str, **changes: Any) -> str | None:
        """One more officer, who isn't signed in; returns the second factor's secret."""
        async with self.database.transaction() as tx:
            return await make.officer(tx, identifier, **changes)

    async def ask(self, query: str, *arguments: Any) -> Any:
        """One value from the books."""
        async with self.database.transaction() as tx:
            return await tx.connection.fetchval(query, *arguments)


@asynccontextmanager
async def new_world(server: Postgres, template: str, *, redis_url: str, folder: Path) -> AsyncIterator[World]:
    """A world of its own."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(own_database(server, template))
        database = Database(url)
        await database.open()
        stack.push_async_callback(database.close)
        settings = Settings(database_url=url, redis_url=redis_url, data_dir=folder)
        service = await stack.enter_async_context(running(create_app(settings)))
        yield World(service, database, settings, stack)
