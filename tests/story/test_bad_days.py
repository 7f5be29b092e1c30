"""Days on which the power fails, the operator stops everything under load, or two instances share a machine."""

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from tests import make
from tests.local.instances import GENEROUSLY, Instance, find_free_port, processes_in, run, wait_for
from tests.story.desks import BOOKS, VERIFY, asking, check_on_record, fill_books, sign_in_at, until_answered
from tests.story.plant import Plant, opened

from birthreg.access.models import Role
from birthreg.cli.databases import database_url
from birthreg.kernel.database import Database
from birthreg.settings import Settings

pytestmark = pytest.mark.slow


@asynccontextmanager
async def books_of(instance: Instance) -> AsyncIterator[Database]:
    """Open the books of an instance beside its service."""
    database = Database(database_url(Settings(data_dir=instance.data)))
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def open_station(instance: Instance) -> dict[str, str]:
    """Fill the books of an empty instance, admit an officer, and return their signed-in header."""
    async with books_of(instance) as books:
        async with books.transaction() as tx:
            await make.officer(tx, "admin.hubei", role=Role.PROVINCE_ADMIN, organization=make.HUBEI)
        await fill_books(books)
    return await sign_in_at(address_of(instance), "admin.hubei")


def address_of(instance: Instance) -> str:
    return f"http://127.0.0.1:{instance.port}"


def trail_is_whole(instance: Instance) -> bool:
    ended = run("audit", "verify", environment={"BIRTHREG_DATA_DIR": str(instance.data)})
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return "0 not yet sealed" in ended.stdout


async def test_a_power_cut_under_load_loses_nothing_that_was_answered(data_folder: Path) -> None:
    data, port = data_folder / "power cut", find_free_port()
    with Instance(data, port=port) as before:
        header = await open_station(before)
        async with asking(address_of(before), header, desks=32) as answers:
            await until_answered(answers)
            await asyncio.to_thread(before.kill_everything)
    with Instance(data, port=port) as after:
        async with books_of(after) as books:
            await check_on_record(books, answers)
        async with asking(address_of(after), header, desks=4) as later:
            await until_answered(later, count=40)
        assert {answer.status for answer in later} == {200}
        async with books_of(after) as books:
            await check_on_record(books, later)
        await asyncio.to_thread(wait_for, lambda: trail_is_whole(after))


async def test_a_stop_under_load_ends_in_time_and_loses_nothing_that_was_answered(data_folder: Path) -> None:
    data = data_folder / "stopped"
    with Instance(data) as before:
        header = await open_station(before)
        async with asking(address_of(before), header, desks=32) as answers:
            await until_answered(answers)
            begin = time.monotonic()
            before.process.send_signal(signal.SIGINT)
            code = await asyncio.to_thread(before.process.wait, GENEROUSLY)
            seconds = time.monotonic() - begin
        assert code == 0
        assert seconds < 10, "promised are 5 on a machine that has not 32 desks to serve besides"
        assert processes_in(data) == []
    assert {answer.status for answer in answers} <= {0, 200, 503}
    assert {answer.body["code"] for answer in answers if answer.status == 503} <= {"database_unavailable"}
    with Instance(data) as after:
        async with books_of(after) as books:
            await check_on_record(books, answers)


async def test_two_instances_side_by_side_know_nothing_of_each_other(data_folder: Path) -> None:
    with Instance(data_folder / "one") as one, Instance(data_folder / "two") as two:
        headers = [await open_station(instance) for instance in (one, two)]
        async with (
            asking(address_of(one), headers[0], desks=8) as of_one,
            asking(address_of(two), headers[1], desks=8) as of_two,
        ):
            await until_answered(of_one, count=100)
            await until_answered(of_two, count=100)
        async with books_of(one) as books_of_one, books_of(two) as books_of_two:
            await check_on_record(books_of_one, of_one)
            await check_on_record(books_of_two, of_two)
        asked = of_one[0].body["id"]
        async with httpx.AsyncClient(base_url=address_of(two), timeout=60, trust_env=False) as desk:
            assert (await desk.get(f"{VERIFY}/{asked}", headers=headers[1])).status_code == 404
            question = {"certificate_number": next(iter(BOOKS)), "purpose": "investigation"}
            assert (await desk.post(VERIFY, json=question, headers=headers[0])).status_code == 401
        assert {answer.status for answer in [*of_one, *of_two]} == {200}


async def test_the_worker_ends_by_itself_and_quietly_while_the_database_hangs(
    data_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with opened(data_folder / "hanging at the end") as plant, plant.books() as books:
        await start_working(plant, books)
        capfd.readouterr()
        with plant.hanging("postgres"):
            await asyncio.sleep(2)  # by then every job that looks each second waits for an answer
            plant.work.ask_to_stop()
            await asyncio.to_thread(wait_for, lambda: not plant.work.is_running)
        assert "ERROR" not in capfd.readouterr().err
        assert plant.work.exit_code == 0


async def test_the_service_ends_by_itself_while_the_database_hangs(data_folder: Path) -> None:
    async with opened(data_folder / "hanging under the service") as plant:
        async with asking(plant.address, {"Authorization": "Bearer nobody's"}, desks=4):
            with plant.hanging("postgres"):
                await asyncio.sleep(1)  # by then every desk waits for an answer
                plant.serve.ask_to_stop()
                await asyncio.to_thread(wait_for, lambda: not plant.serve.is_running)
        assert plant.serve.exit_code == 0
        assert processes_in(plant.data / "programs") == []


async def test_the_worker_tells_of_a_jobs_outage_when_it_begins_and_when_it_is_over(
    data_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said = ""

    def has_said(word: str) -> list[str]:
        nonlocal said
        said += capfd.readouterr().err
        return re.findall(rf"job (\w+) {word}", said)

    async with opened(data_folder / "away") as plant, plant.books() as books:
        await start_working(plant, books)
        await asyncio.to_thread(plant.kill_postgres)
        await asyncio.to_thread(wait_for, lambda: "seal_trail" in has_said("waits"))
        await asyncio.sleep(3)  # every job that looks each second tries again meanwhile
        await asyncio.to_thread(plant.postgres.start)
        await asyncio.to_thread(wait_for, lambda: "seal_trail" in has_said("goes on after"))
    waited, went_on = has_said("waits"), has_said("goes on after")
    assert len(set(waited)) == len(waited)
    assert len(set(went_on)) == len(went_on)
    assert set(went_on) <= set(waited), "who looks each hour goes on later"


async def start_working(plant: Plant, books: Database) -> None:
    """Start the worker of a plant, and wait until it works."""
    before = await count_sessions(books)
    plant.work.start()
    while await count_sessions(books) == before:
        assert plant.work.is_running
        await asyncio.sleep(0.05)


async def count_sessions(books: Database) -> int:
    async with books.transaction() as tx:
        sessions: int = await tx.connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'birthreg_service'"
        )
        return sessions
