"""Processes that read: bounded, replaced when they end, silent towards the network."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.documents import hostile
from tests.documents.papers import as_jpeg, make_paper

from birthreg.documents.calls import read_paper
from birthreg.documents.opening import stripped
from birthreg.documents.pool import Pool, ReadingFault
from birthreg.documents.refusals import (
    PictureAnimated,
    ReadersBusy,
    ReadingDied,
    ReadingTooHeavy,
    ReadingTooLong,
)
from birthreg.kernel.errors import DomainError


@asynccontextmanager
async def pool_of(**limits: float) -> AsyncIterator[Pool]:
    pool = Pool(**{"seconds": 300, **limits})  # type: ignore[arg-type] # counts are ints where they are given
    try:
        yield pool
    finally:
        await pool.close()


async def until_busy(pool: Pool) -> None:
    """Let the asker that was just started take the one idle process."""
    for _ in range(100):
        await asyncio.sleep(0)
    assert not pool._idle


async def test_every_hostile_file_is_answered_and_the_process_lives_on() -> None:
    async with pool_of(megabytes=700) as pool:
        assert (await pool.ask(stripped, hostile.jpeg()))[:2] == b"\xff\xd8"
        first = pool._idle[0].process.pid
        for make, expected in hostile.FILES.values():
            (answer,) = await asyncio.gather(pool.ask(stripped, make()), return_exceptions=True)
            code = answer.code if isinstance(answer, DomainError) else hostile.READ
            assert isinstance(answer, bytes | DomainError)
            assert expected in ("*", code)
        assert pool._idle[0].process.pid == first


async def test_a_paper_is_read_from_its_file_to_its_fields() -> None:
    paper = make_paper(1, "photo", edition=7)
    async with pool_of() as pool:
        reading = await pool.ask(read_paper, as_jpeg(paper.image), {})
    assert reading.number.value == paper.number
    assert reading.number.crop is not None
    assert reading.number.crop[1:4] == b"PNG"
    assert {code.number for code in reading.codes} == {paper.number}
    assert reading.fields["mother_citizen_number"].read == paper.fields["mother_citizen_number"]


async def test_a_refusal_comes_through_with_its_words_and_its_remedy() -> None:
    async with pool_of() as pool:
        with pytest.raises(PictureAnimated) as refused:
            await pool.ask(stripped, hostile.moving("GIF"))
    assert "9" in refused.value.message.zh
    assert refused.value.remedy.en.startswith("Send a picture")


async def test_a_picture_that_needs_too_much_memory_ends_only_itself() -> None:
    async with pool_of(megabytes=60) as pool:
        with pytest.raises(ReadingTooHeavy):
            await pool.ask(stripped, hostile.bomb(7_000, 7_000))
        assert await pool.ask(stripped, hostile.jpeg())


async def test_a_process_that_hangs_is_replaced_and_its_asker_told() -> None:
    async with pool_of() as pool:
        await pool.ask(stripped, hostile.jpeg())
        pool._seconds = 0.2
        os.kill(pool._idle[0].process.pid, signal.SIGSTOP)
        with pytest.raises(ReadingTooLong):
            await pool.ask(stripped, hostile.jpeg())
        pool._seconds = 300
        assert await pool.ask(stripped, hostile.jpeg())


async def test_a_process_that_dies_is_replaced_and_its_asker_told() -> None:
    async with pool_of() as pool:
        await pool.ask(stripped, hostile.jpeg())
        os.kill(pool._idle[0].process.pid, signal.SIGSTOP)
        asked = asyncio.create_task(pool.ask(stripped, hostile.jpeg()))
        await until_busy(pool)
        (pid,) = pool.processes
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ReadingDied):
            await asked
        assert await pool.ask(stripped, hostile.jpeg())


async def test_who_goes_away_leaves_no_answer_to_the_next() -> None:
    async with pool_of() as pool:
        await pool.ask(stripped, hostile.jpeg())
        asked = asyncio.create_task(pool.ask(stripped, hostile.bomb(6_000, 6_000)))
        await until_busy(pool)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        with pytest.raises(PictureAnimated):
            await pool.ask(stripped, hostile.moving("GIF"))


async def test_more_than_may_wait_are_sent_away() -> None:
    async with pool_of(waiting=1) as pool:
        asked = [asyncio.create_task(pool.ask(stripped, hostile.jpeg())) for _ in range(4)]
        ended = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(one, ReadersBusy) for one in ended].count(True) == 2


async def test_only_functions_of_this_room_can_be_called() -> None:
    async with pool_of() as pool:
        with pytest.raises(ReadingFault, match="LookupError"):
            await pool.ask(hostile.jpeg)


async def test_a_fault_is_told_with_its_trace_and_ends_nothing() -> None:
    async with pool_of() as pool:
        with pytest.raises(ReadingFault, match="ValidationError"):
            await pool.ask(stripped, 7)  # type: ignore[arg-type] # the fault that is meant
        assert await pool.ask(stripped, hostile.jpeg())
