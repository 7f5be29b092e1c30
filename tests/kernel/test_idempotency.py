"""Repeated writes: one key, one act."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from birthreg.kernel.database import Database
from birthreg.kernel.errors import FieldsWrong, NotFound
from birthreg.kernel.idempotency import Answer, IdempotencyKeyReused, forget_old_answers, once

Ask = Callable[..., Awaitable[Answer]]


class Acts:
    """Counts how often the act itself was done."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self) -> Answer:
        self.done += 1
        return Answer(201, b'{"act": %d}' % self.done)


@pytest.fixture
def acts() -> Acts:
    return Acts()


@pytest.fixture
def ask(database: Database, acts: Acts) -> Ask:
    """One request in a transaction of its own."""

    async def request(
        key: str | None = "k", body: bytes = b"body", *, officer: str = "health.hubei", door: str = "/a"
    ) -> Answer:
        async with database.transaction() as tx:
            return await once(tx, officer=officer, key=key, door=door, body=body, act=acts)

    return request


async def test_the_same_key_and_body_get_the_first_answer(ask: Ask, acts: Acts) -> None:
    answers = [await ask() for _ in range(3)]
    assert answers == [Answer(201, b'{"act": 1}')] * 3
    assert acts.done == 1


async def test_without_a_key_every_request_is_an_act(ask: Ask, acts: Acts) -> None:
    for _ in range(2):
        await ask(None)
    assert acts.done == 2


@pytest.mark.parametrize("change", [{"body": b"other"}, {"door": "/b"}])
async def test_the_same_key_for_something_else_is_refused(ask: Ask, acts: Acts, change: dict[str, object]) -> None:
    await ask()
    with pytest.raises(IdempotencyKeyReused):
        await ask(**change)
    assert acts.done == 1


async def test_two_officers_may_choose_the_same_key(ask: Ask, acts: Acts) -> None:
    await ask(officer="health.hubei")
    await ask(officer="health.hunan")
    assert acts.done == 2


async def test_two_requests_at_once_are_one_act(ask: Ask, acts: Acts) -> None:
    answers = await asyncio.gather(*(ask() for _ in range(6)))
    assert acts.done == 1
    assert len({answer.body for answer in answers}) == 1


async def test_an_act_that_failed_is_not_kept(database: Database, ask: Ask, acts: Acts) -> None:
    async def fail() -> Answer:
        raise NotFound

    with pytest.raises(NotFound):
        async with database.transaction() as tx:
            await once(tx, officer="health.hubei", key="k", door="/a", body=b"body", act=fail)
    await ask()
    assert acts.done == 1


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_a_key_of_the_wrong_length_is_a_wrong_field(ask: Ask, key: str) -> None:
    with pytest.raises(FieldsWrong):
        await ask(key)


async def test_an_answer_is_kept_for_a_day(database_url: str, acts: Acts) -> None:
    moment = datetime(2024, 6, 1, tzinfo=UTC)
    database = Database(database_url, clock=lambda: moment)
    await database.open()
    done, forgotten = [], []
    for hours in (0, 23, 24, 25):
        moment = datetime(2024, 6, 1, tzinfo=UTC) + timedelta(hours=hours)
        async with database.transaction() as tx:
            await once(tx, officer="health.hubei", key="k", door="/a", body=b"body", act=acts)
        done.append(acts.done)
    for hours in (26, 49):
        moment = datetime(2024, 6, 1, tzinfo=UTC) + timedelta(hours=hours)
        async with database.transaction() as tx:
            forgotten.append(await forget_old_answers(tx))
    await database.close()
    assert done == [1, 1, 2, 2]
    assert forgotten == [0, 1]
