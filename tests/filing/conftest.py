"""Two levels in one process: an instance that files, the one above it, and filings to travel between them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests import make
from tests.filing.books import take
from tests.worlds import own_database, running

from birthreg.app import create_app
from birthreg.filing import service
from birthreg.filing.models import Kind, Level, NewFiling, Owed
from birthreg.filing.sending import Sender
from birthreg.filing.subordinates import add_subordinate
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.keys import Keyring
from birthreg.kernel.public_keys import Purpose
from birthreg.local.servers import Postgres
from birthreg.settings import Settings

ABOVE = "http://above.invalid"
LEVEL = Level(organization=make.WUHAN, upstream_url=ABOVE)


def a_filing(number: str = "X420100001", kind: Kind = Kind.REGISTRATION, **changes: Any) -> NewFiling:
    """What an act on a registration owes."""
    claims = kind in (Kind.REGISTRATION, Kind.RESERVATION, Kind.CORRECTION)
    facts = {
        "kind": kind,
        "registration_id": new_id(),
        "certificate_number": number,
        "organization": make.WUCHANG,
        "used_at": make.NOON if claims else None,
        "occurred_at": make.NOON,
    }
    return NewFiling(**(facts | changes))


class Clock:
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        """Begin now."""
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Return its moment."""
        return now_utc() + self.ahead


Respond = Callable[[httpx.Request], httpx.Response]


class Lower:
    """An instance that files upward, with its own books and key."""

    def __init__(self, database: Database, folder: Path, clock: Clock) -> None:
        """Name its books."""
        self.database = database
        self.keyring = Keyring(folder)
        self.clock = clock
        self.level = LEVEL

    async def owe(self, *filings: NewFiling) -> list[Owed]:
        """Let filings wait."""
        async with self.database.transaction() as tx:
            owed = [await service.owe(tx, level=self.level, filing=filing) for filing in filings]
        return [one for one in owed if one is not None]

    async def deliver(self, transport: httpx.AsyncBaseTransport | Respond, *, draw: float = 0.5) -> int:
        """Deliver what is due, over a wire of the test's."""
        if not isinstance(transport, httpx.AsyncBaseTransport):
            transport = httpx.MockTransport(transport)
        async with httpx.AsyncClient(transport=transport) as client:
            sender = Sender(self.database, client, level=self.level, keyring=self.keyring, draw=lambda: draw)
            return await sender.deliver()

    async def statuses(self, registration: UUID) -> list[tuple[int, str]]:
        """Return sequence and status of a registration's filings."""
        async with self.database.transaction() as tx:
            found = await service.find_filing_of(tx, registration=registration)
        return [(filing.sequence, filing.status.value) for filing in found]

    async def ask(self, query: str, *arguments: Any) -> Any:
        """One value from the books."""
        async with self.database.transaction() as tx:
            return await tx.connection.fetchval(query, *arguments)

    def sign(self, **claims: Any) -> str:
        """Sign claims with the key of this instance."""
        return self.keyring.current(Purpose.FILING).jws(msgspec.json.encode(claims), type="birthreg-filing+jwt")


class Upper:
    """The level above: the real service over books of its own, with the test's way into them."""

    def __init__(self, database: Database, transport: httpx.ASGITransport) -> None:
        """Name its books and the wire to it."""
        self.database = database
        self.transport = transport

    async def know(self, lower: Lower, organization: str = make.WUHAN) -> None:
        """Accept an instance below by its key."""
        async with self.database.transaction() as tx:
            await add_subordinate(
                tx,
                organization=organization,
                name="下级",
                keys=[lower.keyring.current(Purpose.FILING).public],
                by="operator",
                terminal="terminal",
            )

    async def post(self, *filings: str) -> httpx.Response:
        """Deliver signed filings as they are."""
        async with httpx.AsyncClient(transport=self.transport, base_url=ABOVE) as client:
            return await client.post("/api/v1/filings", json={"filings": filings})

    async def ask(self, query: str, *arguments: Any) -> Any:
        """One value from the books."""
        async with self.database.transaction() as tx:
            return await tx.connection.fetchval(query, *arguments)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def lower(database_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Lower]:
    database = Database(database_url, clock=clock)
    await database.open()
    yield Lower(database, tmp_path / "lower", clock)
    await database.close()


@asynccontextmanager
async def level_above(
    server: Postgres, template: str, *, redis_url: str, folder: Path, **settings: str
) -> AsyncIterator[Upper]:
    """A level above with books of its own."""
    async with own_database(server, template) as url:
        database = Database(url)
        await database.open()
        of_upper = Settings(database_url=url, redis_url=redis_url, data_dir=folder, **settings)
        async with running(create_app(of_upper, take=take)) as app:
            yield Upper(database, httpx.ASGITransport(app))
        await database.close()


@pytest.fixture
async def upper(server: Postgres, template: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Upper]:
    async with level_above(server, template, redis_url=redis_url, folder=tmp_path / "upper") as above:
        yield above


def days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
