"""The hot path: who shares a transaction, who harms whom, and what is in force when."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
from tests import make
from tests.conftest import SignIn

from birthreg.access.models import Role
from birthreg.app import Service
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.kernel.errors import DatabaseUnavailable
from birthreg.verification import service
from birthreg.verification.gathering import LANES, LARGEST_GROUP, MOST_WAITING, Gatherer
from birthreg.verification.models import Asking, Lookup, Purpose, VerdictKind

VERIFY = "/api/v1/verifications"
GENEROUSLY = 30.0
"""Seconds; a bound against hanging, not a promise."""


@pytest.fixture
async def gatherer(database: Database) -> AsyncIterator[Gatherer]:
    gatherer = Gatherer(database, guard=lambda _: {}, clock=now_utc)
    gatherer.start()
    yield gatherer
    await gatherer.stop()


def question(number: str = "X420100001", **changes: Any) -> Asking:
    asker = service.asker_of(make.signed_in(), purpose=Purpose.BIRTH_REGISTRATION, terminal="desk", in_session=False)
    return service.ask(msgspec.structs.replace(asker, **changes), number)


async def ask_together(gatherer: Gatherer, askings: Sequence[Asking]) -> list[Lookup | BaseException | None]:
    async with asyncio.timeout(GENEROUSLY):
        return await asyncio.gather(*map(gatherer.verify, askings), return_exceptions=True)


def asked(gatherer: Gatherer, askings: Sequence[Asking]) -> list["asyncio.Task[Lookup | None]"]:
    return [asyncio.create_task(gatherer.verify(asking)) for asking in askings]


async def transactions(database: Database) -> list[int]:
    """Return how many look-ups each transaction recorded."""
    async with database.transaction() as tx:
        rows = await tx.connection.fetch("SELECT count(*) FROM lookups GROUP BY transaction_number")
    return [row[0] for row in rows]


async def recorded(database: Database, askings: Sequence[Asking]) -> set[UUID]:
    async with database.transaction() as tx:
        rows = await tx.connection.fetch("SELECT id FROM lookups WHERE id = ANY ($1)", [a.id for a in askings])
    return {row[0] for row in rows}


class Hold:
    """A lock on the record of look-ups, so that groups wait in the middle of their transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        """Hold it on this connection."""
        self._connection = connection

    async def has_stopped(self, *, groups: int) -> None:
        """Wait until so many groups have come as far as the lock."""
        async with asyncio.timeout(GENEROUSLY):
            while await self._waiting() < groups:  # noqa: ASYNC110 - the database tells, and can't wake us
                await asyncio.sleep(0.01)

    async def _waiting(self) -> int:
        count: int = await self._connection.fetchval("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
        return count


@asynccontextmanager
async def holding(url: str) -> AsyncIterator[Hold]:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE lookups IN EXCLUSIVE MODE")
            yield Hold(connection)
    finally:
        await connection.close()


async def test_questions_that_arrive_together_share_transactions(gatherer: Gatherer, database: Database) -> None:
    answers = await ask_together(gatherer, [question() for _ in range(300)])
    assert all(isinstance(answer, Lookup) for answer in answers)
    sizes = await transactions(database)
    assert sum(sizes) == 300
    assert len(sizes) <= 30
    assert max(sizes) <= LARGEST_GROUP


async def test_each_of_a_group_gets_their_own_answer(gatherer: Gatherer, database: Database) -> None:
    async with database.transaction() as tx:
        await make.usage(tx, "X420100002")
        await make.listing(tx, "X420100003")
    expected = {"X420100001": "clear", "X420100002": "used", "X420100003": "blacklisted", "42": "malformed"}
    askings = [question(number) for number in [*expected] * 25]
    answers = await ask_together(gatherer, askings)
    told = [(answer.id, answer.decision.verdict) for answer in answers if isinstance(answer, Lookup)]
    assert told == [(asking.id, expected[asking.typed]) for asking in askings]


async def test_a_lone_question_waits_for_no_neighbour(gatherer: Gatherer, database: Database) -> None:
    for _ in range(3):
        (answer,) = await ask_together(gatherer, [question()])
        assert isinstance(answer, Lookup)
    assert await transactions(database) == [1, 1, 1]


async def test_a_request_that_is_given_up_stalls_nobody(gatherer: Gatherer, database_url: str) -> None:
    async with holding(database_url) as hold:
        askings = [question() for _ in range(10)]
        tasks = asked(gatherer, askings)
        await hold.has_stopped(groups=1)
        for task in tasks[:3]:
            task.cancel()
    async with asyncio.timeout(GENEROUSLY):
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(answer, Lookup) for answer in answers] == [False] * 3 + [True] * 7
    assert isinstance((await ask_together(gatherer, [question()]))[0], Lookup)


async def test_a_question_given_up_in_the_queue_is_never_asked(
    gatherer: Gatherer, database_url: str, database: Database
) -> None:
    async with holding(database_url) as hold:
        tasks = []
        for group in range(1, LANES + 1):
            tasks += asked(gatherer, [question()])
            await hold.has_stopped(groups=group)
        late = [question(), question()]
        tasks += asked(gatherer, late)
        await asyncio.sleep(0)
        tasks[-1].cancel()
    async with asyncio.timeout(GENEROUSLY):
        await asyncio.wait(tasks)
    assert await recorded(database, late) == {late[0].id}


async def test_a_question_that_cannot_be_kept_harms_nobody(gatherer: Gatherer, database: Database) -> None:
    askings = [question() for _ in range(20)]
    askings[7] = question(terminal="no database keeps \x00")
    answers = await ask_together(gatherer, askings)
    assert isinstance(answers.pop(7), asyncpg.DataError)
    assert all(isinstance(answer, Lookup) for answer in answers)
    assert await recorded(database, askings) == {asking.id for asking in askings} - {askings[7].id}


async def test_a_question_asked_twice_under_one_id_is_kept_once(gatherer: Gatherer, database: Database) -> None:
    askings = [question() for _ in range(20)]
    askings[7] = askings[3]
    answers = await ask_together(gatherer, askings)
    assert isinstance(answers.pop(7), asyncpg.UniqueViolationError)
    assert all(isinstance(answer, Lookup) for answer in answers)
    assert sum(await transactions(database)) == 19


async def test_too_many_questions_are_refused_and_the_others_answered(
    app: Service, sign_in: SignIn, database_url: str
) -> None:
    desk = await sign_in()
    async with holding(database_url) as hold:
        tasks = []
        for group in range(1, LANES + 1):
            tasks += asked(app.state.gatherer, [question()])
            await hold.has_stopped(groups=group)
        tasks += asked(app.state.gatherer, [question() for _ in range(MOST_WAITING)])
        await asyncio.sleep(0)
        refused = await desk.post(VERIFY, json={"certificate_number": "X420100001", "purpose": "investigation"})
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["code"] == "overloaded"
    assert "无法核验,请勿登记" in refused.json()["detail"]
    async with asyncio.timeout(GENEROUSLY):
        assert all(isinstance(answer, Lookup) for answer in await asyncio.gather(*tasks))


async def test_whoever_waits_is_answered_when_the_service_stops(database: Database, database_url: str) -> None:
    gatherer = Gatherer(database, guard=lambda _: {}, clock=now_utc)
    gatherer.start()
    async with holding(database_url) as hold:
        tasks = []
        for group in range(1, LANES + 2):
            tasks += asked(gatherer, [question()])
            await hold.has_stopped(groups=min(group, LANES))
        async with asyncio.timeout(GENEROUSLY):
            await gatherer.stop()
            answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [DatabaseUnavailable] * (LANES + 1)


async def test_whoever_asks_a_stopped_service_is_answered(database: Database) -> None:
    gatherer = Gatherer(database, guard=lambda _: {}, clock=now_utc)
    gatherer.start()
    await gatherer.stop()
    async with asyncio.timeout(GENEROUSLY):
        with pytest.raises(DatabaseUnavailable):
            await gatherer.verify(question())


async def test_a_guard_that_fails_costs_one_group_and_no_lane(database: Database) -> None:
    failures = [RuntimeError() for _ in range(2 * LANES)]

    def guard(_: Sequence[Asking]) -> dict[str, Any]:
        if failures:
            raise failures.pop()
        return {}

    gatherer = Gatherer(database, guard=guard, clock=now_utc)
    gatherer.start()
    for _ in range(2 * LANES):
        assert isinstance((await ask_together(gatherer, [question()]))[0], RuntimeError)
    assert isinstance((await ask_together(gatherer, [question()]))[0], Lookup)
    await gatherer.stop()


class Told(msgspec.Struct, frozen=True):
    """An answer, and when its question was asked."""

    began: float
    number: str
    verdict: str
    list_version: int


class Listed(msgspec.Struct, frozen=True):
    """When the listing of a number began, was committed, and the version of the list from then on."""

    began: float
    committed: float
    version: int


async def read_on(desk: httpx.AsyncClient, numbers: Sequence[str], closing: asyncio.Event) -> list[Told]:
    """Ask the numbers again and again."""
    told = []
    while not closing.is_set():
        for number in numbers:
            began = time.monotonic()
            answer = await desk.post(VERIFY, json={"certificate_number": number, "purpose": "investigation"})
            verdict = answer.json()
            told.append(Told(began, number, verdict["verdict"], verdict["list_version"]))
    return told


async def list_one(database: Database, number: str) -> Listed:
    began = time.monotonic()
    async with database.transaction() as tx:
        await make.listing(tx, number)
        version = await tx.connection.fetchval("SELECT version FROM blacklist_state")
    return Listed(began, time.monotonic(), version)


async def test_a_listed_number_is_never_clear_after_its_commit(sign_in: SignIn, database: Database) -> None:
    desk = await sign_in("lead.wuhan", role=Role.LEAD_INVESTIGATOR, organization=make.WUHAN)
    numbers = [f"X42010010{place}" for place in range(10)]
    closing = asyncio.Event()
    readers = [asyncio.create_task(read_on(desk, numbers[place % 10 :], closing)) for place in range(32)]
    listed = {}
    for number in numbers:
        await asyncio.sleep(0.05)
        listed[number] = await list_one(database, number)
    await asyncio.sleep(0.1)
    closing.set()
    told = await asyncio.gather(*readers)

    for answer in (answer for answers in told for answer in answers):
        entry = listed[answer.number]
        if answer.began >= entry.committed:
            assert answer.verdict == VerdictKind.BLACKLISTED
        newest = max((entry.version for entry in listed.values() if entry.committed <= answer.began), default=0)
        assert answer.list_version >= newest
        assert (answer.verdict == VerdictKind.BLACKLISTED) == (answer.list_version >= entry.version)
    for answers in told:
        assert {answer.verdict for answer in answers} == {"clear", "blacklisted"}
        versions = [answer.list_version for answer in answers]
        assert versions == sorted(versions)
