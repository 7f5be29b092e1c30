"""Tables cut by month: their months stand ready, and making them stops nobody's act."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.kernel.partitions import ensure_partitions

TABLES = ("audit_entries", "filings", "lookups", "received_filings")
HOLD = "LOCK TABLE received_filings IN ROW EXCLUSIVE MODE"
WRITE_ELSEWHERE = "LOCK TABLE audit_entries IN ROW EXCLUSIVE MODE"
WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'received_filings'::regclass)"


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def drop_next_month(owner: asyncpg.Connection) -> None:
    month = (now_utc().replace(day=1) + timedelta(days=32)).strftime("%Y%m")
    for table in TABLES:
        await owner.execute(f"DROP TABLE {table}_{month}")


async def until(database: Database, question: str) -> None:
    async with asyncio.timeout(20):
        while True:
            async with database.transaction() as tx:
                if await tx.connection.fetchval(question):
                    return
            await asyncio.sleep(0.02)


async def test_a_month_that_is_missing_is_made_for_every_table_once(
    database: Database, owner: asyncpg.Connection
) -> None:
    await drop_next_month(owner)
    coming = now_utc() + timedelta(days=40)
    assert await ensure_partitions(database, until=coming) == len(TABLES)
    assert await ensure_partitions(database, until=coming) == 0


async def test_who_writes_two_tables_never_waits_in_a_ring_with_new_months(
    database: Database, owner: asyncpg.Connection
) -> None:
    await drop_next_month(owner)
    async with owner.transaction():
        await owner.execute(HOLD)
        making = asyncio.create_task(ensure_partitions(database, until=now_utc() + timedelta(days=40)))
        await until(database, WAITS)
        await owner.execute(WRITE_ELSEWHERE)
    assert await making == len(TABLES)
