"""Two instances as processes, one above the other: nothing is lost and nothing doubled, whatever is cut or killed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import pytest
from tests import make
from tests.filing.conftest import a_filing
from tests.filing.wire import Wire
from tests.local.instances import ENVIRONMENT, GENEROUSLY
from tests.story.plant import Plant

from birthreg.filing import service
from birthreg.filing.models import Kind, Level
from birthreg.filing.subordinates import add_subordinate
from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.keys import load_signer
from birthreg.kernel.public_keys import Purpose
from birthreg.local.first_data import migrate_database
from birthreg.local.servers import OWNER_ROLE
from birthreg.local.supervision import Program
from birthreg.settings import environment_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


class Levels:
    """The level above and the one below, with the wire between them."""

    def __init__(self, above: Plant, below: Plant, wire: Wire, books: tuple[Database, Database]) -> None:
        """Name the parts."""
        self.above = above
        self.below = below
        self.wire = wire
        self.upper_books, self.lower_books = books
        self._owed = 0

    async def owe(self, count: int) -> None:
        """Register births below: each a registration, every fifth corrected and revoked afterwards."""
        level = Level(organization=make.WUHAN, upstream_url="http://above")
        async with self.lower_books.transaction() as tx:
            for place in range(self._owed, self._owed + count):
                registration: UUID = new_id()
                number, other = f"X4201{place:05d}", f"Y4201{place:05d}"
                filings = [a_filing(number, registration_id=registration)]
                if place % 5 == 0:
                    filings += [
                        a_filing(other, Kind.CORRECTION, registration_id=registration, previous_number=number),
                        a_filing(other, Kind.REVOCATION, registration_id=registration),
                    ]
                for filing in filings:
                    await service.owe(tx, level=level, filing=filing)
        self._owed += count

    async def count(self, table: str, *, above: bool = False) -> int:
        """How many rows a table holds, below or above."""
        async with (self.upper_books if above else self.lower_books).transaction() as tx:
            found: int = await tx.connection.fetchval(f"SELECT count(*) FROM {table}")
            return found

    async def pass_time(self) -> None:
        """Let leases, pauses and waits be over, which a test doesn't sit out."""
        async with self.lower_books.transaction() as tx:
            await tx.connection.execute(
                "UPDATE filing_outbox SET next_attempt_at = now() - interval '1 second' WHERE id IN"
                " (SELECT id FROM filing_outbox FOR UPDATE SKIP LOCKED)"
            )
        async with self.lower_books.transaction() as tx:
            await tx.connection.execute("UPDATE filing_upstream SET paused_until = NULL")

    async def until(self, condition: Callable[[], Awaitable[bool]], *, passing: bool = False) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(2 * GENEROUSLY):
            while not await condition():
                if passing:
                    await self.pass_time()
                await asyncio.sleep(0.1)

    async def until_some_arrived(self, count: int) -> None:
        """Wait until the level above has received so many."""

        async def arrived() -> bool:
            return await self.count("received_filings", above=True) >= count

        await self.until(arrived)

    async def check_all_arrived_once(self) -> None:
        """Wait until nothing is owed any more, and hold both books against each other."""

        async def nothing_waits() -> bool:
            return await self.count("filing_outbox") == 0

        await self.until(nothing_waits, passing=True)
        facts = "SELECT registration_id, sequence, kind, certificate_number, previous_number, id FROM {} ORDER BY 1, 2"
        async with self.lower_books.transaction() as lower, self.upper_books.transaction() as upper:
            filed = await lower.connection.fetch(facts.format("filings"))
            received = await upper.connection.fetch(facts.format("received_filings"))
            assert filed == received
            assert len(filed) == self._owed + 2 * len(range(0, self._owed, 5))
            assert await lower.connection.fetchval("SELECT count(*) FROM filings WHERE outcome <> 'accepted'") == 0
            counted = await lower.connection.fetchval("SELECT accepted + rejected FROM filing_upstream")
            assert counted == len(filed)


@pytest.fixture(scope="module")
async def levels(data_folder: Path) -> AsyncIterator[Levels]:
    async with AsyncExitStack() as stack:
        above = Plant(data_folder / "above")
        stack.callback(above.close)
        environment = environment_of(above.settings, base=ENVIRONMENT)
        environment["PYTHONPATH"] += f":{ROOT}"
        above.serve = Program("serve", data=above.data, environment=environment)
        above.serve._command[-2:] = ["tests.filing.serving_upper"]
        await above.open()
        wire = await stack.enter_async_context(Wire(above.settings.port).laid())
        below = Plant(data_folder / "below", upstream_url=f"http://127.0.0.1:{wire.port}", organization=make.WUHAN)
        stack.callback(below.close)
        below.postgres.start()
        await migrate_database(below.postgres.url(role=OWNER_ROLE))
        upper_books = await stack.enter_async_context(above.books())
        lower_books = await stack.enter_async_context(below.books())
        public = load_signer(below.settings.keys, Purpose.FILING).public
        async with upper_books.transaction() as tx:
            await add_subordinate(
                tx, organization=make.WUHAN, name="武汉市公安局", keys=[public], by="operator", terminal="terminal"
            )
        below.work.start()
        yield Levels(above, below, wire, (upper_books, lower_books))


async def test_what_was_owed_during_a_cut_arrives_when_the_wire_is_healed(levels: Levels) -> None:
    levels.wire.cut()
    await levels.owe(600)

    async def noticed() -> bool:
        return await levels.count("filing_upstream WHERE failed_at IS NOT NULL") == 1

    await levels.until(noticed)
    assert await levels.count("received_filings", above=True) == 0
    levels.wire.heal()
    await levels.check_all_arrived_once()


async def test_an_answer_that_is_lost_on_its_way_doubles_nothing(levels: Levels) -> None:
    levels.wire.cut()
    levels.wire.is_cut, levels.wire.loses_answers = False, True
    before = levels.wire.lost
    await levels.owe(500)

    async def lost_some() -> bool:
        return levels.wire.lost >= before + 3

    await levels.until(lost_some, passing=True)
    levels.wire.heal()
    await levels.check_all_arrived_once()


async def test_a_level_above_that_is_killed_in_the_middle_loses_nothing(levels: Levels) -> None:
    for _ in range(2):
        arrived = await levels.count("received_filings", above=True)
        await levels.owe(600)
        await levels.until_some_arrived(arrived + 100)
        await asyncio.to_thread(levels.above.kill_service)
        await asyncio.to_thread(levels.above.start_serving)
        await levels.pass_time()
    await levels.check_all_arrived_once()


async def test_a_database_above_that_is_killed_in_the_middle_loses_nothing(levels: Levels) -> None:
    arrived = await levels.count("received_filings", above=True)
    await levels.owe(600)
    await levels.until_some_arrived(arrived + 100)
    await asyncio.to_thread(levels.above.kill_postgres)
    await asyncio.to_thread(levels.above.postgres.start)
    await levels.check_all_arrived_once()


async def test_a_worker_below_that_is_killed_again_and_again_loses_nothing(levels: Levels) -> None:
    for _ in range(3):
        arrived = await levels.count("received_filings", above=True)
        await levels.owe(500)
        await levels.until_some_arrived(arrived + 50)
        await asyncio.to_thread(levels.below.kill_worker)
        await asyncio.to_thread(levels.below.work.start)
        await levels.pass_time()
    await levels.check_all_arrived_once()


async def test_a_database_below_that_is_killed_between_commit_and_delivery_loses_nothing(levels: Levels) -> None:
    levels.wire.cut()
    await levels.owe(500)
    await asyncio.to_thread(levels.below.kill_postgres)
    await asyncio.to_thread(levels.below.postgres.start)
    levels.wire.heal()
    await levels.check_all_arrived_once()


async def test_two_workers_share_the_work_and_double_nothing(levels: Levels) -> None:
    environment = environment_of(levels.below.settings, base=ENVIRONMENT)
    second = Program("work", data=levels.below.data / "work", environment=environment)
    (levels.below.data / "work").mkdir()
    second.start()
    await levels.owe(1000)
    await levels.check_all_arrived_once()
    second.stop(within=4)
