"""Streams of two real service processes over one database: across processes, through cuts, and at their end."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.streams import PATH, PATIENCE, Event, Served, listening, read_events
from tests.registrations.desks import registered
from tests.screening.rulings import in_collective
from tests.worlds import own_database

from birthreg.access.models import Role
from birthreg.cases.events import STREAMS_OF_AN_OFFICER
from birthreg.cases.tailing import ROOM
from birthreg.kernel.database import Database
from birthreg.local.servers import OWNER_ROLE, Postgres, Valkey

pytestmark = pytest.mark.slow

PEOPLE = {
    "clerk": Role.CLERK,
    "reader": Role.INVESTIGATOR,
    "leaver": Role.INVESTIGATOR,
    "suspended": Role.LEAD_INVESTIGATOR,
    "crowd": Role.INVESTIGATOR,
    "security": Role.SECURITY_ADMIN,
}


class Pair(msgspec.Struct):
    """Two processes, their books, and desks at each."""

    one: Served
    other: Served
    database: Database
    at_one: dict[str, httpx.AsyncClient] = {}
    at_other: dict[str, httpx.AsyncClient] = {}

    async def open_case(self, number: str) -> UUID:
        """Open a case beside the processes."""
        async with self.database.transaction() as tx:
            return await admit(tx, number=number)


@pytest.fixture(scope="module")
async def pair(
    server: Postgres, template: str, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    folder: Path = tmp_path_factory.mktemp("pair")
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(own_database(server, template))
        database = Database(url)
        await database.open()
        stack.push_async_callback(database.close)
        async with database.transaction() as tx:
            for name, role in PEOPLE.items():
                organization = make.WUCHANG if role is Role.CLERK else make.WUHAN
                await make.officer(tx, name, role=role, organization=organization)
        served = [Served(folder, database_url=url, redis_url=valkey.url) for _ in range(2)]
        for process in served:
            stack.callback(process.stop)
            await process.wait_until_ready()
        pair = Pair(*served, database)
        for process, desks in ((pair.one, pair.at_one), (pair.other, pair.at_other)):
            for name in PEOPLE:
                desks[name] = await stack.enter_async_context(process.signed_in(name))
        yield pair


async def test_what_is_entered_through_one_process_is_told_by_the_other(pair: Pair) -> None:
    async with listening(pair.at_other["reader"]) as stream:
        registration = await registered(pair.at_one["clerk"], in_collective("Z420097001"))
        event = await stream.next()
    async with pair.database.transaction() as tx:
        case = await tx.connection.fetchrow(
            "SELECT id, number FROM cases WHERE registration_id = $1", UUID(registration)
        )
    assert case is not None
    assert event.kind == "case"
    assert (event.data["case_id"], event.data["number"], event.data["act"]) == (str(case["id"]), case["number"], "open")


async def test_who_was_cut_goes_on_at_the_other_process_without_a_gap_or_a_double(pair: Pair) -> None:
    seen: list[str] = []
    last: str | None = None
    for turn in range(6):
        desk = (pair.at_one, pair.at_other)[turn % 2]["reader"]
        async with listening(desk, last=last) as stream:
            if turn == 0:
                await pair.open_case("X420100300")
            told = await stream.take(1 if turn == 0 else 7)
            seen += [event.data["entry_id"] for event in told]
            last = told[-1].id
            await asyncio.gather(*(pair.open_case(f"X4201{turn:02d}03{place:02d}") for place in range(7)))
    assert len(seen) == len(set(seen)) == 36


async def test_a_stream_holds_no_connection_and_many_share_one_look(pair: Pair) -> None:
    """More streams than the pool has connections, and all of them hear."""
    async with AsyncExitStack() as stack:
        desks = [pair.at_one[name] for name in ("reader", "leaver", "crowd")]
        streams = [
            await stack.enter_async_context(listening(desk)) for desk in desks for _ in range(STREAMS_OF_AN_OFFICER)
        ]
        assert await pair.one.open_streams() == len(streams)
        case = await pair.open_case("X420100301")
        told = await asyncio.gather(*(stream.next() for stream in streams))
        assert {event.data["case_id"] for event in told} == {str(case)}
        refused = await pair.at_one["crowd"].get(PATH)
        assert (refused.status_code, refused.json()["code"]) == (429, "streams_spent")
        assert int(refused.headers["retry-after"]) > 0
    await until_open(pair.one, 0)


async def until_open(process: Served, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await process.open_streams() != count:  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.1)


async def test_signing_out_ends_a_stream(pair: Pair) -> None:
    async with pair.one.signed_in("leaver") as desk, listening(desk) as stream:
        assert (await desk.delete("/api/v1/sessions/current")).status_code == 204
        assert await stream.next() == Event("end", {"reason": "session_ended"})


async def test_suspending_an_officer_ends_their_streams(pair: Pair) -> None:
    async with listening(pair.at_other["suspended"]) as stream:
        path = "/api/v1/access/officers/suspended/suspension"
        answer = await pair.at_one["security"].post(path, json={"reason": "调离岗位"})
        assert answer.status_code == 200, answer.text
        assert await stream.next() == Event("end", {"reason": "session_ended"})


async def test_an_absent_database_is_told_and_nothing_is_missed(pair: Pair, server: Postgres) -> None:
    async with listening(pair.at_one["reader"]) as stream:
        async with pair.database.transaction() as tx:
            name = await tx.connection.fetchval("SELECT current_database()")
        connection = await asyncpg.connect(server.url(role=OWNER_ROLE, database="postgres"))
        try:
            await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
            assert await stream.next() == Event("interrupted", {"reason": "database_unavailable"})
        finally:
            await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            await connection.close()
        case = await pair.open_case("X420100303")
        told = await stream.take(2)
    assert {event.kind for event in told} == {"restored", "case"}
    assert str(case) in {event.data.get("case_id") for event in told}


async def test_a_client_that_does_not_read_is_cut_and_comes_back_for_the_rest(pair: Pair) -> None:
    case = await pair.open_case("X420100304")
    line = await asyncio.to_thread(listen_without_reading, pair)
    try:
        await until_open(pair.one, 1)
        async with listening(pair.at_one["crowd"]) as quick:
            count = 0
            for _ in range(8):
                async with pair.database.transaction() as tx:
                    await tx.connection.execute(MANY, case, make.WUHAN, ROOM)
                for event in await quick.take(ROOM):
                    assert event.data["case_id"] == str(case)
                count += ROOM
        text = await asyncio.to_thread(read_all, line)
    finally:
        line.close()
    told = read_events(text)
    assert told[-1] == Event("end", {"reason": "slow"})
    got = [event for event in told if event.kind == "case"]
    assert 0 < len(got) < count
    async with listening(pair.at_other["reader"], last=got[-1].id) as stream:
        following = await stream.next()
    left = await entries_after(pair, got[-1].data["entry_id"])
    if following.kind == "reset":
        assert len(left) > 2 * ROOM
    else:
        assert following.data["entry_id"] == left[0]


MANY = """
INSERT INTO case_entries (id, case_id, act, officer, organization, at, before, after)
SELECT gen_random_uuid(), $1, 'note', 'somebody', $2, now(), 'waiting', 'waiting' FROM generate_series(1, $3)
"""


async def entries_after(pair: Pair, entry: str) -> list[str]:
    query = "SELECT id FROM case_entries WHERE seq > (SELECT seq FROM case_entries WHERE id = $1) ORDER BY seq"
    async with pair.database.transaction() as tx:
        return [str(row["id"]) for row in await tx.connection.fetch(query, UUID(entry))]


def listen_without_reading(pair: Pair) -> socket.socket:
    """Ask for a stream, and read none of it."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", pair.one.port))
    token = pair.at_one["reader"].headers["Authorization"]
    line.sendall(f"GET {PATH} HTTP/1.1\r\nHost: desk\r\nAuthorization: {token}\r\n\r\n".encode())
    return line


def read_all(line: socket.socket) -> str:
    """Read until the end; return what was said, without the marks of chunks."""
    line.settimeout(PATIENCE)
    said = b""
    while not said.endswith(b"0\r\n\r\n"):
        piece = line.recv(1 << 20)
        if not piece:
            break
        said += piece
    body = said.partition(b"\r\n\r\n")[2]
    return re.sub(rb"\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n", b"", body).decode()


async def test_a_process_that_is_stopped_ends_its_streams_and_stops(pair: Pair, tmp_path: Path) -> None:
    third = Served(tmp_path, database_url=pair.database._url, redis_url="redis://127.0.0.1:1/0")
    await third.wait_until_ready()
    async with third.signed_in("reader") as desk, listening(desk) as stream, listening(desk) as second:
        third.process.terminate()
        for one in (stream, second):
            assert await one.next() == Event("end", {"reason": "stopping"})
    assert await asyncio.to_thread(third.stop) == 0
    assert "refused to gracefully stop" not in third.said
