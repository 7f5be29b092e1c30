"""How much an officer may ask, counted beside the look-ups."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis
from tests import make

from birthreg.access.models import Role
from birthreg.kernel.budgets import Budgets
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.verification import service
from birthreg.verification.budget import LookupBudget
from birthreg.verification.models import Asker, Purpose


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator["Redis"]:
    async with Redis.from_url(redis_url, socket_timeout=5, decode_responses=True) as redis:
        yield redis


def asker(officer: str) -> Asker:
    return service.asker_of(make.signed_in(id=officer), purpose=Purpose.BIRTH_REGISTRATION, terminal="desk")


async def counted(redis: Redis, officer: str) -> int:
    keys = await redis.keys(f"budget:{officer}:*")
    return sum(int(count) for count in await redis.mget(keys))


async def test_who_asks_while_others_are_counted_is_counted_too(redis: Redis, database: Database) -> None:
    budget = LookupBudget(Budgets(redis), database=database, clock=now_utc)
    await redis.execute_command("CLIENT PAUSE 300 ALL")
    budget([asker("one")] * 3)
    await asyncio.sleep(0.27)
    budget([asker("two")] * 4)
    await budget.stop()
    assert [await counted(redis, officer) for officer in ("one", "two")] == [3, 4]


async def test_an_officer_who_spent_all_is_refused_and_the_others_not(redis: Redis, database: Database) -> None:
    budget = LookupBudget(Budgets(redis), database=database, clock=now_utc)
    greedy = msgspec.structs.replace(asker("greedy"), role=Role.CLERK)
    assert budget([greedy] * 20_001) == {}
    await budget.stop()
    assert budget([greedy, asker("modest")]).keys() == {"greedy"}
    await budget.stop()
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM trail WHERE error_code = 'budget_spent'") == 1
