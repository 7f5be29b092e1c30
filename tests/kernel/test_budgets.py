"""Budgets over a sliding hour, on a real Valkey."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from birthreg.kernel.budgets import WINDOW, Budgets

NOON = 1_717_214_400.0
"""The beginning of an hour."""


@pytest.fixture
async def budgets(redis_url: str) -> AsyncIterator[Budgets]:
    client = Redis.from_url(redis_url)
    yield Budgets(client)
    await client.aclose()


async def test_what_is_within_the_limit_is_not_refused(budgets: Budgets) -> None:
    assert await budgets.spend({"a": (10, 10)}, now=NOON) == {}


async def test_what_is_over_the_limit_is_refused_until_there_is_room(budgets: Budgets) -> None:
    await budgets.spend({"a": (10, 10)}, now=NOON)
    spent = await budgets.spend({"a": (1, 10)}, now=NOON + 600)
    assert (spent["a"].limit, spent["a"].left) == (10, 0)
    assert spent["a"].retry_after == WINDOW - 600


async def test_one_subject_does_not_spend_for_another(budgets: Budgets) -> None:
    spent = await budgets.spend({"a": (11, 10), "b": (1, 10)}, now=NOON)
    assert set(spent) == {"a"}


@pytest.mark.parametrize(("minutes", "refused"), [(61, True), (75, True), (95, False), (119, False), (125, False)])
async def test_the_hour_slides(budgets: Budgets, minutes: int, refused: bool) -> None:
    """A hundred were spent in the first hour; what is left of it counts by its share in the second."""
    await budgets.spend({"a": (100, 100)}, now=NOON)
    spent = await budgets.spend({"a": (50, 100)}, now=NOON + minutes * 60)
    assert ("a" in spent) is refused


async def test_without_valkey_nothing_is_counted_or_refused() -> None:
    client = Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.2)
    budgets = Budgets(client)
    assert await budgets.spend({"a": (11, 10)}, now=NOON) == {}
    assert await budgets.spend({"a": (11, 10)}, now=NOON) == {}
    await client.aclose()


async def test_counters_end_by_themselves(budgets: Budgets, redis_url: str) -> None:
    await budgets.spend({"a": (1, 10)}, now=NOON)
    async with Redis.from_url(redis_url) as client:
        lifetimes = [await client.ttl(key) for key in await client.keys("*")]
    assert len(lifetimes) == 1
    assert 0 < lifetimes[0] <= 2 * WINDOW
