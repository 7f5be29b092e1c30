"""Databases that a whole file of tests reads: one as migrated, one full enough to be planned for."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from birthreg.kernel.database import SERVICE_ROLE
from birthreg.local.servers import OWNER_ROLE, Postgres


@pytest.fixture(scope="module")
async def shared_url(server: Postgres, template: str) -> AsyncIterator[str]:
    """A migrated database that the tests of one file share; the login is the owner."""
    name = f"shared_{uuid4().hex}"
    connection = await asyncpg.connect(server.url(role=OWNER_ROLE, database="postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield server.url(role=OWNER_ROLE, database=name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture(scope="module")
async def owner(shared_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection."""
    connection = await asyncpg.connect(shared_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def service(shared_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the service has it."""
    connection = await asyncpg.connect(shared_url, server_settings={"role": SERVICE_ROLE, "jit": "off"})
    yield connection
    await connection.close()
