"""What the merges read, whatever the statistics say."""

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from birthreg.imports import store
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.sql import load_queries

MERGES = [
    ("usage_merging", "merge_usages", "usages_number"),
    ("usage_merging", "refuse_other_usages", "usages_number"),
    ("certificates_merging", "merge_issuances", "issuances_number"),
    ("certificates_merging", "refuse_other_issuances", "issuances_number"),
    ("blacklist_merging", "merge_entries", "blacklist_entries_said_once"),
]


@pytest.fixture
async def staging(database: Database, database_url: str) -> AsyncIterator[Transaction]:
    """Staging over books that were found empty: the planner would read them whole, also when they have grown."""
    owner = await asyncpg.connect(database_url)
    await owner.execute("VACUUM ANALYZE")
    await owner.close()
    connection = await database.connect()
    async with connection.transaction():
        tx = Transaction(connection, now=database.clock(), database=database)
        await store.open_staging(tx)
        yield tx
    await connection.close()


@pytest.mark.parametrize(("room", "name", "index"), MERGES)
async def test_a_merge_finds_each_line_in_the_book_by_its_key(
    staging: Transaction, room: str, name: str, index: str
) -> None:
    plan = await explain(staging, room, name)
    assert set(re.findall(r"Index (?:Only )?Scan using (\w+)", plan)) == {index}
    assert set(re.findall(r"Seq Scan on (\w+)", plan)) <= {"checked_usages", "checked_issuances", "checked_entries"}


async def explain(tx: Transaction, room: str, name: str) -> str:
    """The plan of a query."""
    query = load_queries(room)[name]
    given = [tx.now if parameter == "now" else "420100000000" for parameter in query.parameters]
    return "\n".join(row[0] for row in await tx.connection.fetch(f"EXPLAIN {query.text}", *given))
