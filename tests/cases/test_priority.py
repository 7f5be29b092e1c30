"""No case starves: the stated formula, the order of the queue, and four hundred days."""

import heapq
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from tests.cases.queue import waiting

from birthreg.cases.models import CaseRow
from birthreg.cases.rules import explain_priority, priority_of
from birthreg.kernel.database import Transaction
from birthreg.screening.models import Severity

DAY = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = ", ".join(CaseRow.__struct_fields__)


async def a_case(page: Transaction) -> CaseRow:
    await waiting(page)
    return msgspec.convert(await page.connection.fetchrow(f"SELECT {COLUMNS} FROM cases"), CaseRow)


def of_chance(case: CaseRow, chance: random.Random, *, opened_at: datetime) -> CaseRow:
    born = opened_at.date() - timedelta(days=chance.choice((30, 400, 1500, 4000)))
    severity = chance.choices((Severity.LOW, Severity.MEDIUM, Severity.HIGH), (1, 3, 6))[0]
    return msgspec.structs.replace(
        case, opened_at=opened_at, severity=severity, kinds=chance.randint(1, 3), leads=chance.randint(1, 5),
        child_birth_date=chance.choice((None, born)),
    )  # fmt: skip


Urgency = Callable[[CaseRow], int]
BACKLOG, A_DAY, DONE_A_DAY, DAYS = 3000, 29, 30, 400


def longest_wait(like: CaseRow, urgency: Urgency) -> timedelta:
    """How long anybody waited, drawn or not, while desks do hardly more than comes in."""
    chance = random.Random(20260301)
    queue: list[tuple[int, int, datetime]] = []
    waits = []
    for day in range(DAYS):
        morning = DAY + timedelta(days=day)
        for place in range(BACKLOG if day == 0 else A_DAY):
            case = of_chance(like, chance, opened_at=morning)
            heapq.heappush(queue, (-urgency(case), day * BACKLOG + place, morning))
        waits += [morning - heapq.heappop(queue)[2] for _ in range(min(DONE_A_DAY, len(queue)))]
    return max(waits + [morning - opened_at for _, _, opened_at in queue])


async def test_nobody_starves_though_more_urgent_cases_come_every_day(page: Transaction) -> None:
    like = await a_case(page)
    by_priority = longest_wait(like, lambda case: priority_of(case, moment=DAY + timedelta(days=2 * DAYS)))
    by_severity = longest_wait(like, lambda case: {"high": 3, "medium": 2, "low": 1}[case.severity])
    # Before the last of the backlog comes what was there, and what came in the 81 days that a case can be ahead.
    assert by_priority <= timedelta(days=(BACKLOG + 81 * A_DAY) / DONE_A_DAY + 1)
    assert by_severity == timedelta(days=DAYS - 1)


async def test_a_case_is_behind_nothing_that_came_eighty_days_later(page: Transaction) -> None:
    like = await a_case(page)
    least = msgspec.structs.replace(like, severity=Severity.LOW, kinds=1, leads=1, child_birth_date=None, reached=0)
    most = msgspec.structs.replace(
        like, severity=Severity.HIGH, kinds=9, leads=99, child_birth_date=date(2026, 1, 1), reached=100
    )
    later = msgspec.structs.replace(most, opened_at=least.opened_at + timedelta(days=81))
    moment = later.opened_at + timedelta(days=1)
    born = msgspec.structs.replace(later, child_birth_date=later.opened_at.date())
    assert priority_of(least, moment=moment) > priority_of(born, moment=moment)


@pytest.mark.parametrize("seed", range(3))
async def test_the_queue_stands_in_the_order_of_priority_at_any_moment(page: Transaction, seed: int) -> None:
    chance, like = random.Random(seed), await a_case(page)
    rows = []
    for place in range(40):
        made = of_chance(like, chance, opened_at=DAY + timedelta(minutes=chance.randint(0, 500_000)))
        case = await waiting(page, place + 1)
        record = await page.connection.fetchrow(
            "UPDATE cases SET opened_at = $2, severity = $3, kinds = $4, leads = $5, child_birth_date = $6,"
            f" reached = $7 WHERE id = $1 RETURNING {COLUMNS}",
            case, made.opened_at, made.severity, made.kinds, made.leads, made.child_birth_date,
            chance.choice((0, 50, 80, 100)),
        )  # fmt: skip
        rows.append(msgspec.convert(record, CaseRow))
    rows.sort(key=lambda row: -row.rank)
    for moment in (DAY + timedelta(days=400), DAY + timedelta(days=900, seconds=4321)):
        priorities = [priority_of(row, moment=moment) for row in rows]
        # Parts of a point are cut off, so two that come close together may show the same or one less.
        assert all(ahead >= behind - 1 for ahead, behind in pairwise(priorities))
        assert all(
            row.points == sum(part.points for part in explain_priority(row, moment=row.opened_at)) for row in rows
        )
