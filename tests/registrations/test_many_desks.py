"""Two hundred desks at several service processes, one of which is killed: each number is registered once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from tests.registrations.desks import REGISTRATIONS, newborn, numbers
from tests.registrations.houses import House, house

from birthreg.local.servers import Postgres, Valkey

pytestmark = pytest.mark.slow

NUMBERS = numbers(6_000)


@pytest.fixture(scope="module")
async def busy(
    server: Postgres, template: str, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """An instance with three services over the same books."""
    async with house(server, template, valkey, tmp_path_factory.mktemp("busy"), services=3) as made:
        yield made


Told = tuple[str, int, dict[str, Any]]


async def enter_until_told(desk: httpx.AsyncClient, number: str, addresses: list[str], key: str) -> Told:
    """Enter an application until there is an answer: with one key, at one service after the other."""
    for attempt in range(200):
        try:
            answer = await desk.post(
                f"{addresses[attempt % len(addresses)]}{REGISTRATIONS}",
                json=newborn(number),
                headers={"Idempotency-Key": key},
            )
        except httpx.TransportError:
            continue
        if answer.status_code != 503:
            return number, answer.status_code, answer.json()
    raise AssertionError("no answer")


async def crowd(busy: House, wanted: list[str], *, name: str) -> list[Told]:
    """Let two desks enter each number, all at once."""
    header = await busy.admit(f"clerk.{name}")
    addresses = busy.addresses()
    pairs = [(number, f"{name}/{turn}/{number}") for number in wanted for turn in (1, 2)]
    random.Random(7).shuffle(pairs)
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=60)
        desk = await stack.enter_async_context(
            httpx.AsyncClient(headers=header, timeout=60, trust_env=False, limits=limits)
        )
        entered = [
            enter_until_told(desk, number, addresses[place % 3 :] + addresses[: place % 3], key)
            for place, (number, key) in enumerate(pairs)
        ]
        return await asyncio.gather(*entered)


async def check(busy: House, wanted: list[str], told: list[Told]) -> None:
    """One registered and one refused for each number, and the refused one knows the other."""
    assert Counter(status for _, status, _ in told) == {201: len(wanted), 409: len(wanted)}
    winners = {number: body["id"] for number, status, body in told if status == 201}
    assert set(winners) == set(wanted)
    for number, status, body in told:
        if status == 409:
            assert (body["code"], body["usage"]["registration_id"]) == ("certificate_used", winners[number])
    counted = "SELECT count(*) FROM registrations WHERE certificate_number = ANY ($1) AND status = 'effective'"
    assert await busy.ask(counted, wanted) == len(wanted)
    assert await busy.ask("SELECT count(*) FROM usages WHERE certificate_number = ANY ($1)", wanted) == len(wanted)
    refused = "SELECT count(*) FROM registration_refusals WHERE certificate_number = ANY ($1)"
    assert await busy.ask(refused, wanted) == len(wanted)


async def test_two_hundred_desks_share_a_hundred_numbers(busy: House) -> None:
    wanted = [next(NUMBERS) for _ in range(100)]
    await check(busy, wanted, await crowd(busy, wanted, name="crowd"))


async def test_a_service_killed_in_the_middle_registers_nobody_twice(busy: House) -> None:
    wanted = [next(NUMBERS) for _ in range(100)]
    entering = asyncio.create_task(crowd(busy, wanted, name="killed"))
    counted = "SELECT count(*) FROM registrations WHERE certificate_number = ANY ($1)"
    while not await busy.ask(counted, wanted) >= 5:
        assert not entering.done()
        await asyncio.sleep(0.01)
    busy.kill_service(1)
    busy.serve()
    await check(busy, wanted, await entering)
