"""Many desks that ask at once, and keep what they were told."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import msgspec
from tests import make

from birthreg.kernel.database import Database

VERIFY = "/api/v1/verifications"

BOOKS = {
    "X420100002": "used",
    "X420100003": "blacklisted",
    "X420100010": "blacklisted",
    "X420100015": "blacklisted",
    "X420100019": "blacklisted",
    "X420100004": "reserved",
    "X420100001": "clear",
    "X420100020": "clear",
    "X420100021": "clear",
    "X42010000O": "malformed",
}
"""What the books say of the numbers that the desks ask."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk was told, and when; status 0 stands for a connection that broke."""

    number: str
    status: int
    media_type: str
    body: dict[str, Any]
    began: float
    ended: float


async def fill_books(database: Database) -> None:
    """Write into the books what `BOOKS` says."""
    async with database.transaction() as tx:
        await make.usage(tx, "X420100002")
        await make.usage(tx, "X420100004", reserved=True)
        await make.listing(tx, "X420100003")
        await make.listing(tx, "X420100010", "X420100019", reason="voided")


async def sign_in_at(address: str, officer: str, password: str = make.PASSWORD) -> dict[str, str]:
    """Return the header of a signed-in officer."""
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as desk:
        answer = await desk.post("/api/v1/sessions", json={"officer_id": officer, "password": password})
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def ask(desk: httpx.AsyncClient, number: str) -> Answer:
    """Ask one number."""
    began = time.monotonic()
    question = {"certificate_number": number, "purpose": "birth_registration"}
    try:
        answer = await desk.post(VERIFY, json=question)
    except httpx.TransportError as error:
        told: tuple[int, str, dict[str, Any]] = (0, "", {"error": repr(error)})
    else:
        told = (answer.status_code, answer.headers["content-type"], answer.json())
    status, media_type, body = told
    return Answer(number=number, status=status, media_type=media_type, body=body, began=began, ended=time.monotonic())


@asynccontextmanager
async def asking(address: str, header: dict[str, str], *, desks: int = 64) -> AsyncIterator[list[Answer]]:
    """Let so many desks ask again and again while the block runs, and wait for their last answers."""
    answers: list[Answer] = []
    closing = asyncio.Event()

    async def work(desk: httpx.AsyncClient, chance: random.Random) -> None:
        while not closing.is_set():
            answer = await ask(desk, chance.choice(list(BOOKS)))
            answers.append(answer)
            if answer.status != 200:
                await asyncio.sleep(0.02 + 0.05 * chance.random())

    async with AsyncExitStack() as open_desks:
        tasks = []
        for place in range(desks):
            desk = httpx.AsyncClient(base_url=address, headers=header, timeout=60, trust_env=False)
            await open_desks.enter_async_context(desk)
            tasks.append(asyncio.create_task(work(desk, random.Random(place))))
        try:
            yield answers
        finally:
            closing.set()
            await asyncio.gather(*tasks)


async def until_answered(answers: Sequence[Answer], *, count: int = 200, within: float = 60.0) -> None:
    """Wait until so many further questions have got their verdict."""
    begin = time.monotonic()
    wanted = sum(answer.status == 200 for answer in answers) + count
    while sum(answer.status == 200 for answer in answers) < wanted:
        assert time.monotonic() - begin < within, "no verdicts come any more"
        await asyncio.sleep(0.05)


async def check_on_record(database: Database, answers: Sequence[Answer]) -> None:
    """Make sure that every verdict stands in the record as it was told, and agrees with the books."""
    told = {UUID(a.body["id"]): (a.body["typed"], a.body["verdict"]) for a in answers if a.status == 200}
    async with database.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT id, coalesce(typed, certificate_number), verdict FROM lookups WHERE id = ANY ($1)", list(told)
        )
    recorded = {row[0]: (row[1], row[2]) for row in rows}
    assert len(told) == sum(answer.status == 200 for answer in answers), "two answers share an id"
    assert recorded == told
    assert {(typed, verdict) for typed, verdict in told.values()} <= set(BOOKS.items())
