"""Whatever is merged, taken out, split off and joined in whatever order: nothing is lost, and weights are right."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.leads import admit
from tests.cases.shaped import DESK, lead_ids
from tests.screening.facts import enter_fact

from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import DomainError

NUMBERS = [f"X42010002{place}" for place in range(5)]
KINDS = [("attempt", "high"), ("shopping", "low"), ("look_back", "medium")]

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.integers(0, 4), st.integers(0, 2)),
        st.tuples(st.just("merge"), st.integers(0, 6), st.integers(0, 6)),
        st.tuples(st.just("unmerge"), st.integers(0, 6), st.just(0)),
        st.tuples(st.just("split"), st.integers(0, 6), st.integers(0, 3)),
        st.tuples(st.just("link"), st.integers(0, 6), st.integers(0, 6)),
        st.tuples(st.just("correct"), st.integers(0, 4), st.integers(0, 4)),
    ),
    min_size=5,
    max_size=25,
)


async def open_cases(tx: Transaction) -> list[UUID]:
    return [row["id"] for row in await tx.connection.fetch("SELECT id FROM cases ORDER BY subject")]


async def do(tx: Transaction, act: str, first: int, second: int) -> None:
    """Do an act on the cases that there are; what is refused changes nothing."""
    cases = await open_cases(tx)
    one, other = cases[first % len(cases)], cases[second % len(cases)]
    if act == "join":
        kind, severity = KINDS[second]
        await admit(tx, number=NUMBERS[first], kind=kind, rule=kind, severity=severity)
    elif act == "correct":
        await tx.connection.execute(
            "UPDATE screening_facts SET certificate_number = $1 WHERE certificate_number = $2",
            NUMBERS[second], NUMBERS[first],
        )  # fmt: skip
    elif act == "merge":
        await DESK.merge(tx, one, other)
    elif act == "unmerge":
        await DESK.unmerge(tx, one)
    elif act == "link":
        await DESK.link(tx, one, other)
    else:
        leads = await lead_ids(tx, one)
        await DESK.split(tx, one, leads[second % len(leads)])


async def everything(tx: Transaction) -> tuple[Counter[object], Counter[object]]:
    """All leads as they were found, and all entries as they were written."""
    leads = await tx.connection.fetch("SELECT id, kind, source_id, rule, severity, certificate_number FROM case_leads")
    entries = await tx.connection.fetch("SELECT id, case_id, act, officer, at, before, after, note FROM case_entries")
    return Counter(map(tuple, leads)), Counter(map(tuple, entries))


WRONG_WEIGHTS = """
SELECT cases.number, cases.leads, cases.kinds, cases.severity, held.leads, held.kinds, held.severity
  FROM cases
 CROSS JOIN LATERAL (
       SELECT count(*) AS leads, count(DISTINCT rule) AS kinds,
              (array_agg(severity ORDER BY array_position('{high,medium,low}', severity)))[1] AS severity
         FROM case_leads
        WHERE case_id IN (SELECT case_family(cases.id))) AS held
 WHERE merged_into IS NULL
   AND (cases.leads, cases.kinds, cases.severity) IS DISTINCT FROM (held.leads, held.kinds, held.severity)
"""
SEVERAL_OPEN = "SELECT subject FROM cases WHERE status <> 'closed' GROUP BY subject HAVING count(*) > 1"
LEFT_BY_ALL = "SELECT id FROM cases WHERE NOT EXISTS (SELECT FROM case_leads WHERE case_id = cases.id)"


@asynccontextmanager
async def fresh(books: Database) -> AsyncIterator[Transaction]:
    """Five numbers in cases; two were children's, on whom others stand now, so that their leads can be split off."""
    async with books.transaction() as tx:
        attempt = tx.connection.transaction()
        await attempt.start()
        for place, number in enumerate(NUMBERS[:2]):
            await enter_fact(tx, certificate_number=number, child=place + 1)
        for number in [*NUMBERS, *NUMBERS[:2]]:
            await admit(tx, number=number)
        for number, corrected in zip(NUMBERS[:2], NUMBERS[3:], strict=True):
            await do(tx, "correct", NUMBERS.index(number), NUMBERS.index(corrected))
        yield tx
        await attempt.rollback()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(acts=ACTS)
async def test_nothing_is_lost(books: Database, acts: list[tuple[str, int, int]]) -> None:
    async with fresh(books) as tx:
        leads, entries = await everything(tx)
        for act, first, second in acts:
            savepoint = tx.connection.transaction()
            await savepoint.start()
            try:
                await do(tx, act, first, second)
            except DomainError:
                await savepoint.rollback()
                assert await everything(tx) == (leads, entries)
                continue
            await savepoint.commit()
            leads_now, entries_now = await everything(tx)
            assert not leads - leads_now
            assert len(leads_now) == len(leads) + (act == "join")
            assert not entries - entries_now
            assert len(entries_now) == len(entries) + {"join": 1, "correct": 0}.get(act, 2)
            leads, entries = leads_now, entries_now
            assert await tx.connection.fetch(WRONG_WEIGHTS) == []
            assert await tx.connection.fetch(SEVERAL_OPEN) == []
            assert await tx.connection.fetch(LEFT_BY_ALL) == []
