"""From the moment an approval has answered, no desk at any of four service processes hears `clear`, and none registers.

`BIRTHREG_TEST_RACES=20` runs it twenty times.
"""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests import make
from tests.blacklist.desks import APPROVE, BLACKLIST, addition
from tests.local.instances import ENVIRONMENT, command, find_free_port
from tests.registrations.desks import codes, newborn, register
from tests.story.desks import sign_in_at
from tests.worlds import own_database

from birthreg.access.models import Role
from birthreg.blacklist import jobs
from birthreg.kernel.database import Database
from birthreg.local.servers import Postgres, Valkey

pytestmark = pytest.mark.slow

PROCESSES = 4
RACES = int(os.environ.get("BIRTHREG_TEST_RACES", "4"))
NUMBERS_OF_A_RACE = 20


class Plant:
    """Four service processes over one set of books."""

    def __init__(self, addresses: list[str], database: Database) -> None:
        """Keep where they answer."""
        self.addresses = addresses
        self.database = database
        self.headers: dict[str, dict[str, str]] = {}

    async def sign_in(self) -> None:
        """Sign everybody in, each at a process of their own."""
        for place, name in enumerate(("clerk.wuchang", "admin.wuhan", "admin2.wuhan")):
            self.headers[name] = await sign_in_at(self.addresses[place % PROCESSES], name)


@pytest.fixture(scope="module")
async def plant(
    server: Postgres, template: str, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Plant]:
    """The processes, running."""
    folder: Path = tmp_path_factory.mktemp("races")
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(own_database(server, template))
        database = Database(url, size=8)
        await database.open()
        stack.push_async_callback(database.close)
        async with database.transaction() as tx:
            await make.officer(tx, "clerk.wuchang")
            for name in ("admin.wuhan", "admin2.wuhan"):
                await make.officer(tx, name, role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
        ports = [find_free_port() for _ in range(PROCESSES)]
        for port in ports:
            environment = ENVIRONMENT | {
                "BIRTHREG_DATABASE_URL": url,
                "BIRTHREG_REDIS_URL": valkey.url,
                "BIRTHREG_DATA_DIR": str(folder),
                "BIRTHREG_PORT": str(port),
                "BIRTHREG_WORKERS": "1",
            }
            log = stack.enter_context((folder / f"{port}.log").open("wb"))
            process = subprocess.Popen(command("serve"), env=environment, stdout=log, stderr=log)  # noqa: ASYNC220 - waits for nothing
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
        plant = Plant([f"http://127.0.0.1:{port}" for port in ports], database)
        for address in plant.addresses:
            await until_ready(address)
        await plant.sign_in()
        yield plant


async def until_ready(address: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as desk:
        for _ in range(1200):
            try:
                if (await desk.get(f"{address}/health/ready", timeout=5)).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError(f"{address} does not answer")


class Race:
    """Desks that ask and desks that register while a range comes into force."""

    def __init__(self, plant: Plant, numbers: list[str]) -> None:
        """Begin before the approval."""
        self.plant = plant
        self.numbers = numbers
        self.over = asyncio.Event()
        self.answered_at = float("inf")
        self.verdicts: list[tuple[float, str]] = []
        self.claims: list[tuple[float, bool]] = []

    async def ask(self, address: str) -> None:
        """Ask one number after the other at one process."""
        header = self.plant.headers["clerk.wuchang"]
        async with httpx.AsyncClient(base_url=address, headers=header, timeout=60, trust_env=False) as desk:
            place = 0
            while not self.over.is_set():
                began = time.monotonic()
                question = {"certificate_number": self.numbers[place % len(self.numbers)], "purpose": "audit"}
                answer = await desk.post("/api/v1/verifications", json=question)
                assert answer.status_code == 200, answer.text
                self.verdicts.append((began, answer.json()["verdict"]))
                place += 1

    async def register(self, place: int) -> None:
        """Register one newborn after the other at one process, also when the approval has answered."""
        header = self.plant.headers["clerk.wuchang"]
        async with httpx.AsyncClient(
            base_url=self.plant.addresses[place], headers=header, timeout=60, trust_env=False
        ) as desk:
            for number in self.numbers[place::PROCESSES]:
                began = time.monotonic()
                answer = await register(desk, newborn(number))
                assert answer.status_code == 201 or codes(answer) == ["verdict_blacklisted"], answer.text
                self.claims.append((began, answer.status_code == 201))

    async def approve(self) -> dict[str, Any]:
        """Propose at one process, approve at another while desks ask and register."""
        first, second = self.plant.headers["admin.wuhan"], self.plant.headers["admin2.wuhan"]
        async with httpx.AsyncClient(timeout=60, trust_env=False) as desk:
            proposals = f"{self.plant.addresses[1]}{BLACKLIST}/proposals"
            body = addition(self.numbers[0], self.numbers[-1])
            proposed = await desk.post(proposals, json=body, headers=first)
            assert proposed.status_code == 201, proposed.text
            asking = [asyncio.create_task(self.ask(address)) for address in self.plant.addresses]
            registering = [asyncio.create_task(self.register(place)) for place in range(PROCESSES)]
            await asyncio.sleep(0.05)
            door = f"{self.plant.addresses[2]}{BLACKLIST}/proposals/{proposed.json()['proposal']['id']}/approval"
            approved = await desk.post(door, json=APPROVE, headers=second)
            self.answered_at = time.monotonic()
            assert approved.status_code == 200, approved.text
            await asyncio.gather(*registering)
            await asyncio.sleep(0.1)
            self.over.set()
            await asyncio.gather(*asking)
            entry: dict[str, Any] = approved.json()["entries"][0]
            return entry


@pytest.mark.parametrize("race", range(RACES))
async def test_once_an_approval_has_answered_nobody_hears_or_does_otherwise(plant: Plant, race: int) -> None:
    numbers = [f"Z42{race:05d}{place:02d}" for place in range(NUMBERS_OF_A_RACE)]
    running = Race(plant, numbers)
    entry = await running.approve()
    late = [verdict for began, verdict in running.verdicts if began > running.answered_at]
    assert late
    assert set(late) == {"blacklisted"}
    assert not [began for began, claimed in running.claims if claimed and began > running.answered_at]
    while await jobs.look_back(plant.database):
        pass
    async with plant.database.transaction() as tx:
        claimed = await tx.connection.fetchval(
            "SELECT count(*) FROM usages WHERE certificate_number = ANY ($1)", numbers
        )
        found = await tx.connection.fetchval(
            "SELECT count(*) FROM lookback_findings WHERE entry_id::text = $1", entry["id"]
        )
    assert claimed == found == sum(claimed for _, claimed in running.claims)
