"""One world for each file of tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis
from tests.worlds import World, new_world

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
