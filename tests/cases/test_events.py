"""What changes in cases is told live: inside the scope, once, in order, and to who was away."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.streams import PATH, Event, poll, read_events
from tests.worlds import FUJIAN, XIANGYANG, World

from birthreg.access.models import Role, Scope
from birthreg.cases.event_rules import MOST
from birthreg.cases.tailing import ROOM, Listener, Tail
from birthreg.kernel.database import Database, Transaction

INVESTIGATOR = (Role.INVESTIGATOR, make.WUHAN)
ENTER = """
INSERT INTO case_entries (id, case_id, act, officer, organization, at, before, after)
SELECT gen_random_uuid(), $1, 'note', 'somebody', $2, now(), 'waiting', 'waiting' FROM generate_series(1, $3)
RETURNING id
"""


async def enter(tx: Transaction, case: UUID, count: int = 1) -> list[str]:
    """Write entries on a case's timeline; return their identifiers, in their order."""
    return [str(row["id"]) for row in await tx.connection.fetch(ENTER, case, make.WUHAN, count)]


async def open_case(world: World, number: str, **changes: Any) -> UUID:
    async with world.database.transaction() as tx:
        return await admit(tx, number=number, **changes)


async def change(world: World, case: UUID, count: int = 1) -> list[str]:
    async with world.database.transaction() as tx:
        return await enter(tx, case, count)


def entries_of(events: list[Event]) -> list[str]:
    return [event.data["entry_id"] for event in events if event.kind == "case"]


def last_of(events: list[Event]) -> str:
    return next(event.id for event in reversed(events) if event.id is not None)


async def test_a_poll_tells_what_came_since_the_last_and_nothing_else(world: World) -> None:
    desk = await world.desk(*INVESTIGATOR)
    begun = await poll(desk)
    assert [event.kind for event in begun] == ["ready", "end"]
    case = await open_case(world, "X420100101")
    told = await poll(desk, last=last_of(begun))
    assert [event.kind for event in told] == ["ready", "case", "end"]
    data = told[1].data
    assert data.keys() == {"entry_id", "case_id", "number", "act", "before", "after", "handler", "at"}
    assert (data["case_id"], data["act"], data["before"], data["after"]) == (str(case), "open", None, "waiting")
    assert data["handler"] == "420106000000"
    assert entries_of(await poll(desk, last=last_of(told))) == []


async def test_a_client_that_was_cut_inside_a_transactions_entries_gets_the_rest(world: World) -> None:
    desk = await world.desk(*INVESTIGATOR)
    case = await open_case(world, "X420100102")
    begun = last_of(await poll(desk))
    entered = await change(world, case, 30)
    told = await poll(desk, last=begun)
    assert entries_of(told) == entered
    cut = [event for event in told if event.kind == "case"][:12]
    later = await change(world, case, 3)
    assert entries_of(await poll(desk, last=cut[-1].id)) == entered[12:] + later


async def test_a_transaction_that_began_early_and_ends_late_neither_gets_lost_nor_holds_up_others(world: World) -> None:
    desk = await world.desk(*INVESTIGATOR)
    cases = [await open_case(world, f"X42010011{place}") for place in range(3)]
    begun = last_of(await poll(desk))
    async with world.database.transaction() as early:
        late = await enter(early, cases[0])
        quick = await change(world, cases[1])
        told = await poll(desk, last=begun)
        assert entries_of(told) == quick
        again = await change(world, cases[2])
    assert sorted(entries_of(await poll(desk, last=last_of(told)))) == sorted(late + again)
    assert sorted(entries_of(await poll(desk, last=begun))) == sorted(late + quick + again)


async def test_many_who_write_at_once_and_a_client_that_is_cut_again_and_again(world: World) -> None:
    desk = await world.desk(*INVESTIGATOR)
    cases = [await open_case(world, f"X42010012{place}") for place in range(6)]
    last, seen, written = last_of(await poll(desk)), list[str](), list[str]()
    drawn = random.Random(7)

    async def write(case: UUID) -> None:
        for _ in range(12):
            async with world.database.transaction() as tx:
                await tx.connection.execute("SELECT FROM cases WHERE id = $1 FOR UPDATE", case)
                found = await enter(tx, case, drawn.randint(1, 4))
                await asyncio.sleep(drawn.random() / 50)
            written.extend(found)

    writing = asyncio.gather(*(write(case) for case in cases))
    while not writing.done() or len(seen) < len(written):
        told = [event for event in await poll(desk, last=last) if event.kind == "case"]
        read = told[: drawn.randint(0, len(told))]
        seen += entries_of(read)
        last = last_of(read) if read else last
    await writing
    assert len(seen) == len(set(seen))
    assert set(seen) == set(written)
    order = await world.ask(
        "SELECT count(*) FROM unnest($1::uuid[]) WITH ORDINALITY AS seen (id, place)"
        " JOIN case_entries USING (id) JOIN (SELECT id, place, case_id, seq FROM unnest($1::uuid[]) WITH ORDINALITY"
        " AS seen (id, place) JOIN case_entries USING (id)) AS other USING (case_id)"
        " WHERE other.seq > case_entries.seq AND other.place < seen.place",
        seen,
    )
    assert order == 0


async def test_each_is_told_what_lies_in_their_scope(world: World) -> None:
    people = [INVESTIGATOR, (Role.LEAD_INVESTIGATOR, XIANGYANG), (Role.PROVINCE_ADMIN, make.HUBEI)]
    desks = [await world.desk(*person) for person in (*people, (Role.INVESTIGATOR, FUJIAN))]
    begun = [last_of(await poll(desk)) for desk in desks]
    ours = await open_case(world, "X420100131", organization=make.WUCHANG)
    theirs = await open_case(world, "X420100132", organization=make.FANCHENG)
    told = [await poll(desk, last=last) for desk, last in zip(desks, begun, strict=True)]
    seen = [{event.data["case_id"] for event in events if event.kind == "case"} for events in told]
    assert seen == [{str(ours)}, {str(theirs)}, {str(ours), str(theirs)}, set()]


async def test_who_missed_too_much_is_told_to_read_the_lists_again(world: World) -> None:
    desk = await world.desk(*INVESTIGATOR)
    case = await open_case(world, "X420100141")
    begun = last_of(await poll(desk))
    await change(world, case, MOST + 1)
    told = await poll(desk, last=begun)
    assert [(event.kind, event.data.get("reason")) for event in told] == [
        ("ready", None), ("reset", "too_many"), ("end", "told"),
    ]  # fmt: skip
    after = await change(world, case)
    assert entries_of(await poll(desk, last=last_of(told))) == after


@pytest.mark.parametrize("last", ["17", "0/3:9:", "ffffff/3:99999999999:", "x" * 9000])
async def test_an_id_that_is_not_of_this_database_is_answered_with_a_reset(world: World, last: str) -> None:
    told = await poll(await world.desk(*INVESTIGATOR), last=last)
    assert [(event.kind, event.data.get("reason")) for event in told] == [
        ("ready", None), ("reset", "unknown_id"), ("end", "told"),
    ]  # fmt: skip


async def test_nobody_listens_without_signing_in_and_no_wrong_role(world: World) -> None:
    stranger, clerk = await world.stranger(), await world.desk(Role.CLERK, make.WUHAN)
    assert (await stranger.get(PATH)).status_code == 401
    refused = await clerk.get(PATH)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    query = "SELECT count(*) FROM audit_entries WHERE officer = $1 AND act = 'read_cases' AND NOT succeeded"
    assert await world.ask(query, f"clerk.{make.WUHAN}") == 1


async def test_who_listens_leaves_one_entry_on_the_trail(world: World) -> None:
    desk = await world.desk(Role.AUDITOR, make.WUHAN)
    begun = last_of(await poll(desk))
    await change(world, await open_case(world, "X420100151"), 4)
    last = await world.ask("SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1")
    await poll(desk, last=begun)
    async with world.database.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT operation, act, object, count, key FROM audit_entries WHERE id > $1", last
        )
    assert [tuple(row) for row in rows] == [(1, "read_cases", "event", 5, None)]


async def test_head_ends_where_the_stream_would_not(world: World) -> None:
    desk = await world.desk(*INVESTIGATOR)
    async with asyncio.timeout(20):
        head = await desk.head(PATH)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == "text/event-stream; charset=utf-8"


async def test_a_misspelt_parameter_is_named(world: World) -> None:
    answer = await (await world.desk(*INVESTIGATOR)).get(PATH, params={"folow": "false"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "folow")


def listener(place: int = 0, *, pattern: str = "42%") -> Listener:
    return Listener(make.signed_in(Role.INVESTIGATOR, make.WUHAN, f"i{place}"), scope=Scope(patterns=(pattern,)))


@pytest.fixture
async def own_books(books: Database) -> AsyncIterator[Database]:
    yield books
    async with books.transaction() as tx:
        await tx.connection.execute("TRUNCATE cases, case_entries, case_leads, case_places CASCADE")


async def heard(one: Listener) -> list[Event]:
    """All that waits for a listener."""
    text = b""
    while piece := await one.hear(seconds=0.01):
        text += piece
        if one.is_over:
            break
    return read_events(text.decode())


async def test_one_reading_serves_everybody_however_many_they_are(page: Transaction, books: Database) -> None:
    counts = []
    for many in (1, 300):
        tail = Tail(books)
        crowd = [listener(place) for place in range(many)]
        for one in crowd:
            await tail.admit(page, one, last=None)
        async with books.transaction() as tx:
            case = await admit(tx, number=f"X42010{many:04d}")
        sent: list[str] = []

        def note(query: Any, sent: list[str] = sent) -> None:
            sent.append(query.query)

        page.connection.add_query_logger(note)
        await tail.look(page)
        await asyncio.sleep(0)  # the last note is taken on the loop's next turn
        page.connection.remove_query_logger(note)
        counts.append(len(sent))
        for one in crowd:
            assert [event.data["case_id"] for event in await heard(one)] == [str(case)]
    assert counts == [2, 2]


async def test_who_does_not_keep_up_is_cut_with_a_last_event(page: Transaction, books: Database) -> None:
    tail, slow, quick = Tail(books), listener(), listener(1)
    for one in (slow, quick):
        await tail.admit(page, one, last=None)
    async with books.transaction() as tx:
        case = await admit(tx, number="X420100201")
    got = []
    for _ in range(2):
        async with books.transaction() as tx:
            await enter(tx, case, ROOM)
        await tail.look(page)
        got += await heard(quick)
    assert len(entries_of(got)) == 2 * ROOM + 1
    assert [(event.kind, event.data) for event in await heard(slow)] == [("end", {"reason": "slow"})]
    assert slow.is_over
    assert not quick.is_over


async def test_what_comes_at_the_very_moment_of_a_heartbeat_is_told_before_it() -> None:
    one = listener()
    hearing = asyncio.create_task(one.hear(seconds=0))
    # Comes when the time is up, and before who listens has noticed: a beat would name a moment past it.
    asyncio.get_running_loop().call_soon(one.say, b"an event")
    assert await hearing == b"an event"
    assert await one.hear(seconds=0) == b""


async def test_nothing_is_read_when_nobody_listens(page: Transaction, books: Database) -> None:
    tail, one = Tail(books), listener()
    await tail.admit(page, one, last=None)
    assert tail.position is not None
    tail.dismiss(one)
    assert tail.position is None
    await tail.look(page)
    assert tail.position is None
