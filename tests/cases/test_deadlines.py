"""Deadlines in working days: reckoned, warned of once, handed on when missed; leases and suspensions that end."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests import make
from tests.cases.queue import MINE, WUCHANG_COUNTY, asked, bring, waiting

from birthreg.cases import jobs, keeping, queueing
from birthreg.cases.models import Status
from birthreg.cases.queue_models import Awaited, SuspensionRequest, Term
from birthreg.cases.queue_rules import level_above, reckon
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id

ACTS = "SELECT array_agg(act ORDER BY seq) FROM case_entries WHERE case_id = $1 AND act NOT IN ('open', 'join')"
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
"""A Monday morning with no day off in the weeks after it, up to Qingming on 6 April."""


def on(tx: Transaction, day: int, hour: int = 2) -> Transaction:
    """The books on a day of March 2026."""
    return Transaction(tx.connection, now=datetime(2026, 3, day, hour, tzinfo=UTC), database=tx.database)


def term(reached: int = 0, **changes: object) -> Term:
    given = {"id": new_id(), "clock_from": date(2026, 3, 2), "allowed_days": 10, "paused_days": 0,
             "reached": reached, "missed_due_on": None} | changes  # fmt: skip
    return Term(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "due", "alarm"),
    [
        (term(), date(2026, 3, 16), date(2026, 3, 9)),
        (term(50), date(2026, 3, 16), date(2026, 3, 12)),
        (term(80), date(2026, 3, 16), date(2026, 3, 16)),
        (term(100), date(2026, 3, 16), date(2026, 3, 17)),
        (term(100, missed_due_on=date(2026, 3, 16)), date(2026, 3, 16), None),
        (term(100, missed_due_on=date(2026, 3, 16), paused_days=2), date(2026, 3, 18), date(2026, 3, 19)),
        (term(paused_days=3), date(2026, 3, 19), date(2026, 3, 12)),
        # Spring Festival 2026: 15 to 23 February off, the 14th and 28th worked.
        (term(clock_from=date(2026, 2, 13)), date(2026, 3, 5), date(2026, 2, 27)),
    ],
)
def test_a_deadline_and_its_marks_fall_on_working_days(given: Term, due: date, alarm: date | None) -> None:
    reckoned = reckon(given)
    assert (reckoned.due_on, reckoned.alarm_on) == (due, alarm)


@pytest.mark.parametrize(
    ("handler", "above"),
    [
        (WUCHANG_COUNTY, make.WUHAN), (make.WUHAN, make.HUBEI), (make.HUBEI, None), ("429004000000", make.HUBEI),
        ("000000000000", None),
    ],
)  # fmt: skip
def test_every_level_has_the_one_above(handler: str, above: str | None) -> None:
    assert level_above(handler) == above


async def dated(tx: Transaction, status: Status = Status.WAITING) -> UUID:
    """A case with its deadline: ten working days from Monday 2 March, so Monday 16 March."""
    first = on(tx, 2)
    case = await bring(first, await waiting(first), status)
    assert await keeping.reckon_deadlines(first, limit=10) >= 1
    return case


async def run_alarms(tx: Transaction) -> None:
    while await keeping.sound_alarms(tx, limit=10):
        pass


async def told(tx: Transaction, case: UUID) -> list[str]:
    return await tx.connection.fetchval(ACTS, case) or []


async def test_a_new_case_has_its_deadline_soon(page: Transaction) -> None:
    case = await dated(page)
    row = await page.connection.fetchrow("SELECT due_on, alarm_on FROM cases WHERE id = $1", case)
    assert tuple(row) == (date(2026, 3, 16), date(2026, 3, 9))
    assert await keeping.reckon_deadlines(on(page, 2), limit=10) == 0


@pytest.mark.parametrize(
    ("day", "acts", "handler"),
    [
        (6, [], WUCHANG_COUNTY),
        (9, ["warning"], WUCHANG_COUNTY),
        (11, ["warning"], WUCHANG_COUNTY),
        (12, ["warning"] * 2, WUCHANG_COUNTY),
        (16, ["warning"] * 3, WUCHANG_COUNTY),
        (17, [*["warning"] * 3, "overdue"], make.WUHAN),
        (30, [*["warning"] * 3, "overdue"], make.WUHAN),
    ],
)
async def test_whoever_was_away_tells_what_is_new_each_once_and_in_order(
    page: Transaction, day: int, acts: list[str], handler: str
) -> None:
    case = await dated(page)
    await run_alarms(on(page, day))
    assert await told(page, case) == acts
    assert await page.connection.fetchval("SELECT handler FROM cases WHERE id = $1", case) == handler
    marks = "SELECT array_agg((detail->>'reached')::int ORDER BY seq) FROM case_entries WHERE act = 'warning'"
    assert (await page.connection.fetchval(marks) or []) == [50, 80, 100][: acts.count("warning")]
    trail = "SELECT count(*) FROM audit_entries WHERE key = $1 AND act IN ('case_warning', 'case_overdue')"
    assert await page.connection.fetchval(trail, str(case)) == len(acts)


async def test_day_by_day_each_mark_is_told_once(page: Transaction) -> None:
    case = await dated(page)
    for day in range(2, 31):
        await run_alarms(on(page, day))
    assert await told(page, case) == ["warning", "warning", "warning", "overdue"]


async def test_an_overdue_case_stays_with_who_works_on_it_and_is_seen_above(page: Transaction) -> None:
    case = await dated(page, Status.INVESTIGATING)
    await run_alarms(on(page, 17))
    row = await page.connection.fetchrow("SELECT status, investigator, handler FROM cases WHERE id = $1", case)
    assert tuple(row) == ("investigating", MINE, make.WUHAN)


async def test_an_overdue_case_of_the_province_goes_nowhere_and_says_nothing(page: Transaction) -> None:
    case = await dated(page)
    await page.connection.execute("UPDATE cases SET handler = $2 WHERE id = $1", case, make.HUBEI)
    await run_alarms(on(page, 20))
    assert await told(page, case) == ["warning"] * 3


async def test_a_suspended_case_is_not_warned_of_and_its_deadline_moves(page: Transaction) -> None:
    case = await dated(page, Status.INVESTIGATING)
    waits = SuspensionRequest(awaited=Awaited.ISSUER_REPLY, reason="发函")
    await queueing.suspend(on(page, 3), asked(case), wanted=waits)
    await run_alarms(on(page, 17))
    assert await told(page, case) == ["suspension"]
    await queueing.resume(on(page, 17), asked(case), reason="复函已到")
    await keeping.reckon_deadlines(on(page, 17), limit=10)
    row = await page.connection.fetchrow("SELECT due_on, alarm_on FROM cases WHERE id = $1", case)
    assert tuple(row) == (date(2026, 3, 30), date(2026, 3, 23))


async def test_a_lapsed_lease_returns_the_case_with_its_notes_once(page: Transaction) -> None:
    first = on(page, 2)
    case = await bring(first, await waiting(first), Status.INVESTIGATING)
    await queueing.note(first, asked(case), text="已约谈")
    assert await keeping.return_lapsed(on(page, 2, 3), limit=10) == 0
    assert [await keeping.return_lapsed(on(page, 2, 4), limit=10) for _ in range(2)] == [1, 0]
    assert await told(page, case) == ["note", "lapse"]
    row = await page.connection.fetchrow("SELECT status, investigator, lease_until FROM cases WHERE id = $1", case)
    assert tuple(row) == ("waiting", None, None)
    again = await queueing.claim(on(page, 2, 5), asked(case))
    assert again.status is Status.INVESTIGATING


async def test_a_renewed_lease_does_not_lapse(page: Transaction) -> None:
    first = on(page, 2)
    case = await bring(first, await waiting(first), Status.INVESTIGATING)
    await queueing.renew(on(page, 2, 3), asked(case))
    assert await keeping.return_lapsed(on(page, 2, 4), limit=10) == 0


async def test_a_suspended_case_goes_on_when_its_day_has_come_with_a_fresh_lease(page: Transaction) -> None:
    case = await dated(page, Status.INVESTIGATING)
    waits = SuspensionRequest(until=MONDAY + timedelta(days=7), reason="等一周")
    await queueing.suspend(on(page, 2), asked(case), wanted=waits)
    assert await keeping.resume_due(on(page, 8), limit=10) == 0
    assert [await keeping.resume_due(on(page, 9), limit=10) for _ in range(2)] == [1, 0]
    columns = "status, investigator, lease_until, paused_days, paused_on"
    row = tuple(await page.connection.fetchrow(f"SELECT {columns} FROM cases WHERE id = $1", case))
    assert row == ("investigating", MINE, MONDAY + timedelta(days=8, hours=14), 5, None)
    entry = await page.connection.fetchrow(
        "SELECT officer, act, before, after FROM case_entries WHERE case_id = $1 ORDER BY seq DESC LIMIT 1", case
    )
    assert tuple(entry) == ("birthreg", "resumption", "suspended", "investigating")


CASES = 60


@pytest.fixture
async def many(database: Database) -> list[UUID]:
    """Cases of Monday 2 March, half of them worked on."""
    async with database.transaction() as tx:
        first = on(tx, 2)
        cases = [await waiting(first, place) for place in range(CASES)]
        for case in cases[::2]:
            await bring(first, case, Status.INVESTIGATING)
    return cases


async def work(workers: list[Database]) -> None:
    """Two workers at once, each through all of its jobs until nothing is left."""

    async def run(database: Database) -> None:
        for job in (jobs.reckon_deadlines, jobs.return_lapsed, jobs.resume_due, jobs.sound_alarms):
            while await job(database):
                pass

    await asyncio.gather(*(run(worker) for worker in workers))


async def test_two_workers_tell_everything_exactly_once(database: Database, many: list[UUID]) -> None:
    url = database._url
    seen: Counter[tuple[UUID, str, str | None]] = Counter()
    for day in (9, 10, 17, 18):
        moment = datetime(2026, 3, day, 2, tzinfo=UTC)
        workers = [Database(url, clock=lambda moment=moment: moment) for _ in range(2)]  # type: ignore[misc]
        for worker in workers:
            await worker.open()
        await work(workers)
        for worker in workers:
            await worker.close()
    async with database.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT case_id, act, detail->>'reached' AS mark FROM case_entries"
            " WHERE officer = 'birthreg' AND act <> 'open'"
        )
        trail = await tx.connection.fetchval("SELECT count(*) FROM audit_entries WHERE officer = 'birthreg'")
        levels = await tx.connection.fetch("SELECT DISTINCT status, handler, reached FROM cases")
    seen.update(tuple(row) for row in rows)
    expected = {(case, "warning", mark) for case in many for mark in ("50", "80", "100")}
    expected |= {(case, "overdue", None) for case in many} | {(case, "lapse", None) for case in many[::2]}
    assert set(seen) == expected
    assert set(seen.values()) == {1}
    assert trail == len(expected)
    assert [tuple(row) for row in levels] == [("waiting", make.WUHAN, 100)]
