"""The next case: the most urgent one of the jurisdiction, to one investigator, whoever else draws."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.queue import COLLEAGUE, MINE, asked, bring, investigator, waiting

from birthreg.access.models import Officer
from birthreg.access.rules import scope_of
from birthreg.cases import queueing
from birthreg.cases.models import Status
from birthreg.cases.queue_models import ListedRow
from birthreg.cases.queue_rules import LEASE
from birthreg.kernel.database import Database, Transaction

LAST = "SELECT act, officer, before, after FROM case_entries WHERE case_id = $1 ORDER BY seq DESC LIMIT 1"
TRAIL = "SELECT count(*) FROM audit_entries WHERE act = 'case_claim' AND key = $1"


async def draw(tx: Transaction, officer: Officer | None = None) -> ListedRow | None:
    by = officer or investigator()
    return await queueing.claim_next(tx, by, scope=scope_of(by.organization), terminal="desk")


async def drawn_id(tx: Transaction, officer: Officer | None = None) -> UUID | None:
    case = await draw(tx, officer)
    return case.id if case else None


async def test_the_most_urgent_case_is_drawn_first_then_the_oldest(page: Transaction) -> None:
    low, high = await waiting(page, 1, severity="low"), await waiting(page, 2, severity="high")
    old = await waiting(page, 3, severity="low")
    await page.connection.execute("UPDATE cases SET opened_at = opened_at - interval '1 hour' WHERE id = $1", old)
    # What moved in time moves in the queue, as soon as anything of it changes.
    await page.connection.execute("UPDATE cases SET leads = leads WHERE id = $1", old)
    assert [await drawn_id(page) for _ in range(4)] == [high, old, low, None]


async def test_who_draws_has_the_case_for_two_hours_with_one_entry_on_timeline_and_trail(page: Transaction) -> None:
    case = await waiting(page)
    drawn = await draw(page)
    assert drawn is not None
    assert (drawn.id, drawn.status, drawn.investigator) == (case, Status.INVESTIGATING, MINE)
    assert drawn.lease_until == page.now + LEASE == page.now + timedelta(hours=2)
    assert tuple(await page.connection.fetchrow(LAST, case)) == ("claim", MINE, "waiting", "investigating")
    assert await page.connection.fetchval(TRAIL, str(case)) == 1


async def test_an_empty_queue_gives_nothing_and_leaves_nothing(page: Transaction) -> None:
    assert await draw(page) is None
    assert await page.connection.fetchval("SELECT count(*) FROM audit_entries WHERE act = 'case_claim'") == 0


async def test_a_case_of_another_jurisdiction_is_not_drawn(page: Transaction) -> None:
    await admit(page, organization=make.FANCHENG)
    assert await draw(page) is None
    assert await draw(page, investigator("investigator.xiangyang", "420600000000"))


async def test_an_escalated_case_is_drawn_above_and_no_more_below(page: Transaction) -> None:
    case = await waiting(page)
    below = investigator("investigator.wuchang", "420106000000")
    await queueing.escalate(page, asked(case, below), reason="跨县")
    assert await draw(page, below) is None
    assert await drawn_id(page) == case


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.WAITING, Status.REOPENED, Status.MERGED)])
async def test_only_what_waits_is_drawn(page: Transaction, status: Status) -> None:
    await bring(page, await waiting(page), status, holder=COLLEAGUE)
    assert await draw(page) is None


async def test_a_merged_case_is_not_drawn_but_what_it_became_part_of(page: Transaction) -> None:
    case = await bring(page, await waiting(page), Status.MERGED)
    into = await page.connection.fetchval("SELECT merged_into FROM cases WHERE id = $1", case)
    assert [await drawn_id(page), await drawn_id(page)] == [into, None]


async def test_a_reopened_case_is_drawn(page: Transaction) -> None:
    case = await bring(page, await waiting(page), Status.REOPENED)
    assert await drawn_id(page) == case
    assert (await page.connection.fetchrow(LAST, case))["before"] == "reopened"


async def test_a_case_that_the_investigator_has_a_hand_in_is_passed_over(page: Transaction) -> None:
    entry = await make.listing(page, "X420990001", listed_by=MINE)
    assert entry
    await waiting(page, 1)
    other = await waiting(page, 2, severity="low")
    assert [await drawn_id(page), await drawn_id(page)] == [other, None]
    assert await drawn_id(page, investigator(COLLEAGUE)) is not None


DRAWERS, LINES, CASES = 100, 16, 400


async def draw_all(database: Database, name: str, mine: list[UUID], line: asyncio.Semaphore) -> None:
    officer = investigator(name)
    while True:
        async with line, database.transaction() as tx:
            drawn = await draw(tx, officer)
        if drawn is None:
            return
        mine.append(drawn.id)


async def test_many_who_draw_at_once_share_none_and_lose_none(database: Database) -> None:
    async with database.transaction() as tx:
        seeded = {await waiting(tx, place, severity=("high", "low")[place % 2]) for place in range(CASES)}
    crowd = Database(database._url, size=LINES)
    await crowd.open()
    drawn: list[list[UUID]] = [[] for _ in range(DRAWERS)]
    line = asyncio.Semaphore(LINES)
    await asyncio.gather(*(draw_all(crowd, f"investigator.{place}", mine, line) for place, mine in enumerate(drawn)))
    await crowd.close()
    everything = [case for mine in drawn for case in mine]
    assert len(everything) == len(set(everything))
    assert set(everything) == seeded
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM case_entries WHERE act = 'claim'") == CASES
        holders = dict(await tx.connection.fetch("SELECT id, investigator FROM cases"))
    assert holders == {case: f"investigator.{place}" for place, mine in enumerate(drawn) for case in mine}


async def test_who_draws_does_not_wait_for_who_has_not_committed(database: Database) -> None:
    async with database.transaction() as tx:
        first, second = [await waiting(tx, place) for place in (1, 2)]
    async with database.transaction() as one, database.transaction() as other:
        await other.connection.execute("SET LOCAL lock_timeout = '1ms'")
        assert {await drawn_id(one), await drawn_id(other, investigator(COLLEAGUE))} == {first, second}


async def test_a_case_whose_drawing_failed_is_there_for_the_next(database: Database) -> None:
    async with database.transaction() as tx:
        case = await waiting(tx)
    async with database.transaction() as tx:
        attempt = tx.connection.transaction()
        await attempt.start()
        assert await drawn_id(tx) == case
        await attempt.rollback()
    async with database.transaction() as tx:
        assert await drawn_id(tx) == case
