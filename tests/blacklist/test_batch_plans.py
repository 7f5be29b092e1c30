"""What the work on a whole batch reads, whatever the statistics say: books by key, never as a whole for each row."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests import make

from birthreg.blacklist import batch_store
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.sql import load_queries

GIVEN: dict[str, Any] = {
    "batch": UUID(int=7),
    "reach": ["4201%"],
    "organization": make.WUHAN,
    "listed_by": "admin.wuhan",
    "after": "",
    "after_entry": UUID(int=0),
    "limit": 20_000,
}
BOOKS = {"blacklist_entries", "blacklist_blocks", "usages", "organizations"}


@pytest.fixture
async def long_work(database: Database, database_url: str) -> AsyncIterator[Transaction]:
    """A long transaction over books that were found empty: the planner would read them whole, also when they grew."""
    owner = await asyncpg.connect(database_url)
    await owner.execute("VACUUM ANALYZE")
    await owner.close()
    async with database.transaction() as tx:
        await batch_store.prepare_long_work(tx)
        yield tx


async def explain(tx: Transaction, name: str) -> str:
    """The plan of a query."""
    query = load_queries("blacklist_batches")[name]
    given = [tx.now if parameter == "now" else GIVEN[parameter] for parameter in query.parameters]
    return "\n".join(row[0] for row in await tx.connection.fetch(f"EXPLAIN {query.text}", *given))


@pytest.mark.parametrize("name", ["compare_rows", "find_uses", "put_in_force", "take_back", "look_back"])
async def test_the_books_are_met_by_their_keys(long_work: Transaction, name: str) -> None:
    plan = await explain(long_work, name)
    assert not set(re.findall(r"Seq Scan on (\w+)", plan)) & BOOKS
    assert not re.findall(r"Join Filter: .*line = ", plan), "rows of a batch are joined to themselves by hash"


async def test_each_number_is_looked_up_among_the_usages_by_its_index(long_work: Transaction) -> None:
    assert "usages_number" in await explain(long_work, "find_uses")
    assert "usages_number" in await explain(long_work, "look_back")
