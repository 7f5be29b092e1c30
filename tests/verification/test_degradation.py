"""What desks are told while a server dies, hangs or comes back, and whether it was true."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
from tests import make
from tests.story.desks import Answer, asking, check_on_record, fill_books, sign_in_at, until_answered
from tests.story.plant import Plant, opened

from birthreg.access.models import Role
from birthreg.kernel.database import Database
from birthreg.verification.gathering import GROUP_SECONDS, LEAST_SECONDS

pytestmark = pytest.mark.slow

TOLD_WITHIN = GROUP_SECONDS + LEAST_SECONDS + 5.0
"""Seconds in which every desk has an answer, whatever hangs, on a machine that is busy with 64 of them."""


@pytest.fixture(scope="module")
async def plant(data_folder: Path) -> AsyncIterator[Plant]:
    async with opened(data_folder / "degradation") as plant:
        yield plant


@pytest.fixture(scope="module")
async def books(plant: Plant) -> AsyncIterator[Database]:
    async with plant.books() as database:
        async with database.transaction() as tx:
            await make.officer(tx, "admin.hubei", role=Role.PROVINCE_ADMIN, organization=make.HUBEI)
        await fill_books(database)
        yield database


@pytest.fixture(scope="module")
async def header(plant: Plant, books: Database) -> dict[str, str]:
    assert books
    return await sign_in_at(plant.address, "admin.hubei")


def check_refusals(answers: Sequence[Answer]) -> int:
    """Make sure that whoever got no verdict was told so, and not to register; return how many they were."""
    refused = [answer for answer in answers if answer.status != 200]
    for answer in refused:
        assert answer.status == 503, answer
        assert answer.media_type == "application/problem+json"
        assert answer.body["code"] == "database_unavailable"
        assert "无法核验,请勿登记" in answer.body["detail"]
        assert answer.body["retryable"] is True
    assert max(answer.ended - answer.began for answer in answers) < TOLD_WITHIN
    return len(refused)


async def readiness(plant: Plant) -> tuple[int, str]:
    """Return what whoever balances the load is told, who waits no longer than some seconds."""
    async with httpx.AsyncClient(base_url=plant.address, timeout=10, trust_env=False) as balancer:
        answer = await balancer.get("/health/ready")
        return answer.status_code, answer.json()["status"]


async def test_no_answer_without_its_record_while_postgres_is_killed_again_and_again(
    plant: Plant, books: Database, header: dict[str, str]
) -> None:
    served_by = plant.serve.pid
    async with asking(plant.address, header) as answers:
        for pause in (0.0, 0.4, 1.5):
            await until_answered(answers)
            await asyncio.to_thread(plant.kill_postgres)
            await asyncio.sleep(pause)
            await asyncio.to_thread(plant.postgres.start)
        await until_answered(answers)
    assert check_refusals(answers) > 0
    await check_on_record(books, answers)
    assert plant.serve.pid == served_by
    assert plant.serve.is_running


async def test_a_backend_killed_under_the_postmaster_costs_no_record(
    plant: Plant, books: Database, header: dict[str, str]
) -> None:
    async with asking(plant.address, header) as answers:
        for _ in range(3):
            await until_answered(answers)
            await asyncio.to_thread(plant.kill_backends)
        await until_answered(answers)
    check_refusals(answers)
    await check_on_record(books, answers)


async def test_a_hanging_postgres_is_told_within_the_time_of_a_group(
    plant: Plant, books: Database, header: dict[str, str]
) -> None:
    async with asking(plant.address, header) as answers:
        await until_answered(answers)
        with plant.hanging("postgres"):
            assert await readiness(plant) == (503, "unready")
            await asyncio.sleep(GROUP_SECONDS + 1)
            assert any(answer.status == 503 for answer in answers)
        await until_answered(answers)
    assert check_refusals(answers) >= 64
    assert await readiness(plant) == (200, "ready")
    await check_on_record(books, answers)


async def test_verdicts_go_on_while_valkey_is_killed(plant: Plant, books: Database, header: dict[str, str]) -> None:
    async with asking(plant.address, header) as answers:
        await until_answered(answers)
        await asyncio.to_thread(plant.kill_valkey)
        await until_answered(answers, count=400)
        assert await readiness(plant) == (200, "degraded")
        await asyncio.to_thread(plant.valkey.start)
        await until_answered(answers)
    assert check_refusals(answers) == 0
    await check_on_record(books, answers)


async def test_verdicts_go_on_while_valkey_hangs(plant: Plant, books: Database, header: dict[str, str]) -> None:
    async with asking(plant.address, header) as answers:
        await until_answered(answers)
        with plant.hanging("valkey"):
            await until_answered(answers, count=800)
        await until_answered(answers)
    assert check_refusals(answers) == 0
    await check_on_record(books, answers)


async def test_every_answer_before_the_service_was_killed_is_on_record(
    plant: Plant, books: Database, header: dict[str, str]
) -> None:
    async with asking(plant.address, header) as answers:
        await until_answered(answers)
        await asyncio.to_thread(plant.kill_service)
        await asyncio.to_thread(plant.start_serving)
        await until_answered(answers)
    assert {answer.status for answer in answers} == {0, 200}
    await check_on_record(books, answers)
