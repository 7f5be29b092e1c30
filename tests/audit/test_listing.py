"""What an auditor reads."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from asyncpg import Connection
from tests.audit.factories import act, look_up

from birthreg.audit import service
from birthreg.audit.models import Entry, Trail
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.sql import load_queries

_DAY = timedelta(days=1)


async def _list(tx: Transaction, *, scope: tuple[str, ...] = ("%",), **filters: Any) -> list[Entry]:
    given = {"since": tx.now - _DAY, "until": tx.now + _DAY, **filters}
    return await service.list_entries(tx, scope=scope, **given)


async def test_acts_and_look_ups_stand_in_one_list_newest_first(tx: Transaction) -> None:
    await act(tx, key="first")
    [second] = await look_up(tx)
    await act(tx, key="third")
    listed = await _list(tx)
    assert [(entry.trail, entry.key) for entry in listed] == [
        (Trail.ENTRIES, "third"), (Trail.LOOKUPS, "X420100001"), (Trail.ENTRIES, "first"),
    ]  # fmt: skip
    assert listed[1].id == UUID(bytes=second.bytes)


async def test_only_the_scope_is_shown(tx: Transaction) -> None:
    await act(tx, key="inside", organization="420106510000")
    await act(tx, key="outside", organization="420606510000")
    assert [entry.key for entry in await _list(tx, scope=("4201%",))] == ["inside"]


@pytest.mark.parametrize("filters", [{"officer": "b"}, {"act": "verify"}, {"key": "X420100001"}, {"succeeded": False}])
async def test_each_filter_narrows_the_list(tx: Transaction, filters: dict[str, Any]) -> None:
    await act(tx)
    if "officer" in filters:
        await act(tx, officer="b")
    elif "succeeded" in filters:
        await act(tx, succeeded=False, error_code="number_used")
    else:
        await look_up(tx)
    assert len(await _list(tx)) == 2
    [entry] = await _list(tx, **filters)
    assert all(getattr(entry, name) == value for name, value in filters.items())


async def test_pages_follow_one_another_without_gap_or_repeat(tx: Transaction) -> None:
    for n in range(5):
        await act(tx, key=str(n))
        await look_up(tx)
    pages, after = [], None
    while page := await _list(tx, limit=3, after=after):
        pages.append(page)
        after = page[-1].id
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert [entry.id for page in pages for entry in page] == [entry.id for entry in await _list(tx)]


async def test_a_time_outside_shows_nothing(tx: Transaction) -> None:
    await act(tx)
    assert await _list(tx, since=tx.now - 3 * _DAY, until=tx.now - 2 * _DAY) == []


@pytest.fixture
async def seeded(owner: Connection, database: Database) -> Database:
    """Fifty thousand look-ups of one month, in two hundred transactions."""
    await owner.execute("""
        INSERT INTO lookups (id, recorded_at, officer, organization, terminal, purpose, certificate_number, verdict,
                             list_version, rule_version, transaction_number)
        SELECT (left(first_id_at(now() - n * interval '50 seconds')::text, 24) || lpad(to_hex(n), 12, '0'))::uuid,
               now(), 'clerk.' || n % 200, '42' || lpad((n % 200)::text, 10, '0'), 't', 'audit',
               'X42' || lpad(n::text, 7, '0'), 'clear', 1, 1, n / 250
          FROM generate_series(1, 50000) AS n""")
    await owner.execute("ANALYZE lookups")
    return database


async def _plan(database: Database, name: str, **values: Any) -> str:
    """The plan, without the partitions that hold nothing: reading those whole is the quickest way."""
    query = load_queries("audit")[name]
    async with database.transaction() as tx:
        rows = await tx.connection.fetch(
            f"EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, BUFFERS OFF) {query.text}",
            *[values[parameter] for parameter in query.parameters],
        )
    return "\n".join(row[0] for row in rows if "rows=0" not in row[0] and "never executed" not in row[0])


async def test_a_page_reads_no_whole_table(seeded: Database) -> None:
    now = datetime.now(UTC)
    nothing = dict.fromkeys(("after", "officer", "act", "key", "succeeded"))
    plan = await _plan(seeded, "list_entries", scope=["4200%"], since=now - 20 * _DAY, until=now, limit=50, **nothing)
    assert "Seq Scan" not in plan
    assert "Index Scan Backward" in plan


@pytest.mark.parametrize(
    ("name", "values"),
    [("find_cut", {"first": 100, "horizon": 110, "limit": 50_000}),
     ("stream_contents", {"trail": "lookups", "first": 100, "next": 101}),
     ("gather_leaves", {"trail": "lookups", "first": 100, "next": 101}),
     ("count_unsealed", {"first": 199})],
)  # fmt: skip
async def test_sealing_reads_no_whole_table(seeded: Database, name: str, values: dict[str, Any]) -> None:
    plan = await _plan(seeded, name, **values)
    assert "Seq Scan" not in plan
    assert "transaction_number" in plan
