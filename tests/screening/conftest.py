"""One world for each file of tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis
from tests.worlds import World, new_world, own_database

from birthreg.kernel.database import Database, Transaction
from birthreg.local.servers import Postgres, Valkey


@pytest.fixture(scope="module")
async def world(
    server: Postgres, template: str, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The world that the tests of one file share: each brings numbers of its own."""
    folder: Path = tmp_path_factory.mktemp("world")
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    async with new_world(server, template, redis_url=valkey.url, folder=folder) as made:
        yield made


@pytest.fixture(scope="module")
async def books(server: Postgres, template: str) -> AsyncIterator[Database]:
    """The books that the tests of one file share, where each leaves nothing behind."""
    async with own_database(server, template) as url:
        database = Database(url, size=2)
        await database.open()
        yield database
        await database.close()


@pytest.fixture
async def page(books: Database) -> AsyncIterator[Transaction]:
    """A transaction that is rolled back at the end of the test."""
    async with books.transaction() as tx:
        attempt = tx.connection.transaction()
        await attempt.start()
        yield tx
        await attempt.rollback()
