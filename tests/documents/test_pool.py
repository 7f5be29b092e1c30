"""Processes that read: bounded, replaced when they end, silent towards the network."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.documents import hostile
from tests.documents.doors import face
from tests.documents.papers import as_jpeg, make_paper

from birthreg.documents.calls import compare_papers, look_at_face, read_paper
from birthreg.documents.pool import Pool, ReadingFault
from birthreg.documents.refusals import (
    PictureAnimated,
    PictureWaitedTooLong,
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


@pytest.fixture(scope="module")
async def shared() -> AsyncIterator[Pool]:
    """The pool of all tests that ask nothing of its limits; a process that one of them ended is replaced."""
    async with pool_of(megabytes=700) as pool:
        yield pool


async def until_busy(pool: Pool) -> None:
    """Let the asker that was just started take the one idle process."""
    for _ in range(100):
        await asyncio.sleep(0)
    assert not pool._idle


async def test_every_hostile_file_is_answered_and_the_process_lives_on(shared: Pool) -> None:
    assert (await shared.ask(look_at_face, face(1))).embedding
    first = shared.processes
    for name, (_, expected) in hostile.FILES.items():
        (answer,) = await asyncio.gather(shared.ask(look_at_face, hostile.file_of(name)), return_exceptions=True)
        assert isinstance(answer, DomainError)
        # What can be opened shows no face.
        assert expected in ("*", hostile.READ if answer.code == "no_face" else answer.code)
    assert shared.processes == first


async def test_a_paper_is_read_from_its_file_to_its_fields(shared: Pool) -> None:
    paper = make_paper(1, "photo", edition=7)
    reading = await shared.ask(read_paper, as_jpeg(paper.image), {})
    assert reading.number.value == paper.number
    assert reading.number.crop is not None
    assert reading.number.crop[1:4] == b"PNG"
    assert {code.number for code in reading.codes} == {paper.number}
    assert reading.fields["mother_citizen_number"].read == paper.fields["mother_citizen_number"]


async def test_a_refusal_comes_through_with_its_words_and_its_remedy(shared: Pool) -> None:
    with pytest.raises(PictureAnimated) as refused:
        await shared.ask(look_at_face, hostile.moving("GIF"))
    assert "9" in refused.value.message.zh
    assert refused.value.remedy.en.startswith("Send a picture")


@pytest.mark.parametrize(("broken", "field"), [(0, "first"), (1, "second")])
async def test_of_two_pictures_a_refusal_names_the_one_that_it_is_about(shared: Pool, broken: int, field: str) -> None:
    pair = [hostile.jpeg(), hostile.jpeg()]
    pair[broken] = hostile.moving("GIF")
    with pytest.raises(PictureAnimated) as refused:
        await shared.ask(compare_papers, *pair)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, "picture_animated")]


async def test_what_lies_where_the_service_was_started_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cv2.py").write_text("raise SystemExit", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    async with pool_of() as pool:
        assert await pool.ask(look_at_face, face(1))


async def test_what_a_library_says_of_a_broken_picture_floods_no_log(capfd: pytest.CaptureFixture[str]) -> None:
    fax = bytearray(hostile.saved(hostile.drawn("1"), "TIFF", compression="group4"))
    fax[600:700] = b"\xff" * 100
    async with pool_of() as pool:
        await asyncio.gather(pool.ask(look_at_face, bytes(fax)), return_exceptions=True)
    assert capfd.readouterr() == ("", "")


async def test_a_picture_that_needs_too_much_memory_ends_only_itself() -> None:
    async with pool_of(megabytes=150) as pool:
        with pytest.raises(ReadingTooHeavy):
            await pool.ask(look_at_face, hostile.bomb(7_000, 7_000))
        assert await pool.ask(look_at_face, face(1))


async def test_a_process_that_hangs_is_replaced_and_its_asker_told(
    shared: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shared.ask(look_at_face, face(1))
    with monkeypatch.context() as hurry:
        hurry.setattr(shared, "_seconds", 0.2)
        os.kill(*shared.processes, signal.SIGSTOP)
        with pytest.raises(ReadingTooLong):
            await shared.ask(look_at_face, face(1))
    assert await shared.ask(look_at_face, face(1))


async def test_a_process_that_dies_is_replaced_and_its_asker_told(shared: Pool) -> None:
    await shared.ask(look_at_face, face(1))
    os.kill(*shared.processes, signal.SIGSTOP)
    asked = asyncio.create_task(shared.ask(look_at_face, face(1)))
    await until_busy(shared)
    os.kill(*shared.processes, signal.SIGKILL)
    with pytest.raises(ReadingDied):
        await asked
    assert await shared.ask(look_at_face, face(1))


async def test_a_process_that_died_while_nobody_asked_harms_no_asker(shared: Pool) -> None:
    await shared.ask(look_at_face, face(1))
    (worker,) = shared._idle
    os.kill(worker.process.pid, signal.SIGKILL)
    await worker.process.wait()
    assert await shared.ask(look_at_face, face(1))
    assert worker.process.pid not in shared.processes


async def test_a_process_that_answers_something_else_is_ended(shared: Pool) -> None:
    def seen_otherwise(content: bytes) -> int:
        raise AssertionError(content)

    seen_otherwise.__module__, seen_otherwise.__name__ = look_at_face.__module__, look_at_face.__name__
    with pytest.raises(ReadingDied):
        await shared.ask(seen_otherwise, face(1))
    assert shared.processes == ()


async def test_who_goes_away_leaves_no_answer_to_the_next(shared: Pool) -> None:
    await shared.ask(look_at_face, face(1))
    asked = asyncio.create_task(shared.ask(look_at_face, hostile.bomb(6_000, 6_000)))
    await until_busy(shared)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    with pytest.raises(PictureAnimated):
        await shared.ask(look_at_face, hostile.moving("GIF"))


async def test_who_waits_while_the_pool_closes_is_sent_away_and_starts_nothing() -> None:
    async with pool_of() as pool:
        await pool.ask(look_at_face, face(1))
        files = (hostile.bomb(6_000, 6_000), face(1))
        asked = [asyncio.create_task(pool.ask(look_at_face, file)) for file in files]
        await until_busy(pool)
        await pool.close()
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one) for one in ended] == [ReadingDied, ReadersBusy]
        assert pool.processes == ()


async def test_more_than_may_wait_are_sent_away() -> None:
    async with pool_of(waiting=1) as pool:
        asked = [asyncio.create_task(pool.ask(look_at_face, face(1))) for _ in range(4)]
        ended = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(one, ReadersBusy) for one in ended].count(True) == 2


async def test_who_waits_too_long_is_sent_away_and_may_try_again() -> None:
    async with pool_of(patience=0.5) as pool:
        await pool.ask(look_at_face, face(1))
        os.kill(*pool.processes, signal.SIGSTOP)
        asked = asyncio.create_task(pool.ask(look_at_face, face(1)))
        await until_busy(pool)
        try:
            with pytest.raises(PictureWaitedTooLong) as raised:
                await pool.ask(look_at_face, face(2))
        finally:
            os.kill(*pool.processes, signal.SIGCONT)
        assert (raised.value.code, raised.value.retryable) == ("picture_waited_too_long", True)
        assert raised.value.retry_after
        await asked
        assert await pool.ask(look_at_face, face(2))


async def test_only_functions_of_this_room_can_be_called(shared: Pool) -> None:
    with pytest.raises(ReadingFault, match="LookupError"):
        await shared.ask(hostile.jpeg)


async def test_a_fault_is_told_with_its_trace_and_ends_nothing(shared: Pool) -> None:
    await shared.ask(look_at_face, face(1))
    before = shared.processes
    with pytest.raises(ReadingFault, match="ValidationError"):
        await shared.ask(look_at_face, 7)  # type: ignore[arg-type] # the fault that is meant
    assert await shared.ask(look_at_face, face(1))
    assert shared.processes == before
