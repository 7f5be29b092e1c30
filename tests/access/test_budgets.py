"""What an officer hears who has asked too much, at each door of look-ups."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from tests import make
from tests.worlds import World, new_world

from birthreg.access.models import Role
from birthreg.access.rules import LOOKUPS_PER_HOUR
from birthreg.kernel.budgets import WINDOW
from birthreg.local.servers import Postgres

VERIFY = "/api/v1/verifications"
QUESTION = {"certificate_number": "X420100001", "purpose": "birth_registration"}


def batch(size: int) -> dict[str, Any]:
    return {"purpose": "back_fill", "items": [{"certificate_number": "X420100001"}] * size}


async def spend(world: World, officer: str, amount: int) -> None:
    """Let an officer have asked so many numbers in this hour, and in the next should it strike."""
    hour = int(time.time() // WINDOW)
    async with Redis.from_url(world.settings.redis_url) as client:
        for which in (hour, hour + 1):
            await client.set(f"budget:{officer}:{which}", amount)


async def ask_until_refused(desk: httpx.AsyncClient) -> httpx.Response:
    """Look-ups are counted a moment later, so the first ones still pass."""
    async with asyncio.timeout(30):
        while (answer := await desk.post(VERIFY, json=QUESTION)).is_success:  # noqa: ASYNC110 - counted in Valkey, which has no event
            await asyncio.sleep(0.05)
    return answer


async def test_who_has_asked_too_much_is_told_when_to_come_again(world: World) -> None:
    await world.officer("clerk.greedy")
    desk = await world.sign_in("clerk.greedy")
    await spend(world, "clerk.greedy", LOOKUPS_PER_HOUR[Role.CLERK])
    answer = await ask_until_refused(desk)
    assert (answer.status_code, answer.json()["code"]) == (429, "budget_spent")
    assert 0 < int(answer.headers["retry-after"]) <= WINDOW
    assert answer.json()["retryable"]


async def test_the_refusal_is_on_the_trail_and_the_refused_question_is_not_a_look_up(world: World) -> None:
    await world.officer("clerk.told")
    desk = await world.sign_in("clerk.told")
    await spend(world, "clerk.told", LOOKUPS_PER_HOUR[Role.CLERK])
    await ask_until_refused(desk)
    lookups = await world.ask("SELECT count(*) FROM lookups WHERE officer = 'clerk.told'")
    for _ in range(5):
        assert (await desk.post(VERIFY, json=QUESTION)).status_code == 429
    assert await world.ask("SELECT count(*) FROM lookups WHERE officer = 'clerk.told'") == lookups
    query = "SELECT count(*) FROM audit_entries WHERE officer = 'clerk.told' AND error_code = 'budget_spent'"
    async with asyncio.timeout(30):
        while not await world.ask(query):  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0.05)
    assert await world.ask(query) == 1


async def test_a_batch_beyond_the_budget_is_refused_whole(world: World) -> None:
    await world.officer("clerk.batch")
    desk = await world.sign_in("clerk.batch")
    await spend(world, "clerk.batch", LOOKUPS_PER_HOUR[Role.CLERK] - 50)
    assert (await desk.post(f"{VERIFY}/batch", json=batch(50))).status_code == 200
    answer = await desk.post(f"{VERIFY}/batch", json=batch(2))
    assert "现余 0,本次需要 2。" in answer.json()["detail"]
    assert (answer.status_code, answer.json()["code"]) == (429, "budget_spent")
    assert int(answer.headers["retry-after"]) > 0
    assert await world.ask("SELECT count(*) FROM lookups WHERE officer = 'clerk.batch'") == 50


async def test_who_has_some_left_is_told_how_many(world: World) -> None:
    await world.officer("clerk.half")
    desk = await world.sign_in("clerk.half")
    await spend(world, "clerk.half", LOOKUPS_PER_HOUR[Role.CLERK] - 70)
    answer = await desk.post(f"{VERIFY}/batch", json=batch(100))
    assert answer.status_code == 429
    assert answer.json()["detail"] == "clerk.half的查询次数不足:每 3600 秒上限 20000,现余 70,本次需要 100。"
    assert (await desk.post(f"{VERIFY}/batch", json=batch(70))).status_code == 200


async def test_a_neighbour_asks_on(world: World) -> None:
    await world.officer("clerk.spent")
    await world.officer("clerk.modest")
    spent, modest = await world.sign_in("clerk.spent"), await world.sign_in("clerk.modest")
    await spend(world, "clerk.spent", LOOKUPS_PER_HOUR[Role.CLERK])
    await ask_until_refused(spent)
    answers = await asyncio.gather(*(desk.post(VERIFY, json=QUESTION) for desk in [spent, modest] * 5))
    assert [answer.status_code for answer in answers] == [429, 200] * 5


@pytest.fixture
async def world_without_valkey(server: Postgres, template: str, tmp_path: Path) -> AsyncIterator[World]:
    """A service whose Valkey isn't there."""
    async with new_world(server, template, redis_url="redis://127.0.0.1:1", folder=tmp_path) as world:
        yield world


async def test_without_valkey_nobody_is_refused(world_without_valkey: World) -> None:
    desk = await world_without_valkey.desk(Role.CLERK, make.WUCHANG)
    answers = [await desk.post(VERIFY, json=QUESTION) for _ in range(3)]
    answers.append(await desk.post(f"{VERIFY}/batch", json=batch(3)))
    assert [answer.status_code for answer in answers] == [200] * 4
    ready = await desk.get("/health/ready")
    assert (ready.status_code, ready.json()["status"], ready.json()["valkey"]) == (200, "degraded", "down")
