"""What is found opens a case, or joins the one that is open for the same child or number."""

import asyncio
from uuid import UUID

import pytest
from tests.cases.leads import admit

from birthreg.cases.models import Status
from birthreg.cases.rules import WAYS
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id

CASE = "SELECT status, leads, kinds, severity, allowed_days FROM cases WHERE id = $1"
ACTS = "SELECT array_agg(act ORDER BY seq) FROM case_entries WHERE case_id = $1"


async def test_a_lead_opens_a_case_with_one_entry_on_its_timeline(page: Transaction) -> None:
    case = await admit(page)
    assert tuple(await page.connection.fetchrow(CASE, case)) == ("waiting", 1, 1, "high", 10)
    assert await page.connection.fetchval(ACTS, case) == ["open"]


async def test_a_second_lead_on_a_number_joins_its_open_case_and_can_raise_it(page: Transaction) -> None:
    first = await admit(page, severity="low", kind="shopping", rule="shopping")
    assert await admit(page, severity="high") == first
    assert tuple(await page.connection.fetchrow(CASE, first)) == ("waiting", 2, 2, "high", 10)
    assert await page.connection.fetchval(ACTS, first) == ["open", "join"]


async def test_the_same_lead_counts_once(page: Transaction) -> None:
    source = new_id()
    case = await admit(page, source=source)
    await admit(page, source=source)
    assert await page.connection.fetchval("SELECT leads FROM cases WHERE id = $1", case) == 1


async def test_leads_that_race_open_one_case(database: Database) -> None:
    async def race() -> UUID:
        async with database.transaction() as tx:
            return await admit(tx)

    assert len(set(await asyncio.gather(*(race() for _ in range(10))))) == 1
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT array_agg(leads) FROM cases") == [10]


async def test_the_database_lets_cases_go_no_other_way_than_the_acts_do(page: Transaction) -> None:
    kept = {tuple(row) for row in await page.connection.fetch("SELECT before, after FROM case_ways")}
    said = {(way.before, way.after) for way in WAYS if way.before is not way.after}
    # A merged case ends with the one that it became part of, and is part of it again when that is opened again.
    assert kept == said | {(Status.MERGED, Status.CLOSED), (Status.CLOSED, Status.MERGED)}


@pytest.mark.parametrize(
    ("organization", "prefixes"),
    [
        ("420106510000", ["", "42", "4201", "420106", "420106510000"]),
        ("420106000000", ["", "42", "4201", "420106", "420106000000"]),
        ("420000000000", ["", "42", "420000000000"]),
    ],
)
async def test_a_case_is_found_under_every_jurisdiction_above_it(
    page: Transaction, organization: str, prefixes: list[str]
) -> None:
    assert await page.connection.fetchval("SELECT prefixes_of($1)", organization) == prefixes
