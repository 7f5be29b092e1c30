"""Rules over a crowd: at a desk they probe indexes, and a sweep's reading grows with its candidates alone."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.screening.crowd import seed_crowd
from tests.screening.facts import INDEX_PROBES, one_rule
from tests.worlds import own_database

from birthreg.kernel.database import SERVICE_ROLE
from birthreg.local.servers import Postgres
from birthreg.screening.rule_files import load_rules
from birthreg.screening.statements import ONE, STRETCH, Statement

pytestmark = pytest.mark.slow

ROWS = 100_000
STRETCHES = (5_000, 10_000)
LARGE = ("screening_facts", "usages", "issuances", "lookups", "filings", "received_filings")
"""Tables that grow with the births."""
MOST_READ = {"outlier_clerk": 1_500, "outlier_station": 1_500}
"""Rows that a rule may read for one registration where it isn't a few hundred: the latest of a desk, by index alone."""
NOW = datetime(2026, 7, 1, tzinfo=UTC)

Node = dict[str, Any]


@pytest.fixture(scope="module")
async def crowd(server: Postgres, template: str) -> AsyncIterator[asyncpg.Connection]:
    """Books with a crowd in them, as sweeps read them."""
    async with own_database(server, template) as url:
        owner = await asyncpg.connect(url)
        await seed_crowd(owner, rows=ROWS)
        await owner.execute("VACUUM (ANALYZE) screening_facts, usages, issuances, lookups")
        await owner.close()
        settings = {"role": SERVICE_ROLE, "jit": "off", "work_mem": "64MB"}
        connection = await asyncpg.connect(url, server_settings=settings)
        yield connection
        await connection.close()


async def explain(connection: asyncpg.Connection, statement: Statement, **place: Any) -> Node:
    """The plan of a rule's statement, with what each of its nodes really read."""
    query = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.query.text}"
    plan: Node = json.loads(await connection.fetchval(query, *statement.bind(now=NOW, **place)))[0]["Plan"]
    return plan


def nodes(plan: Node) -> Iterator[Node]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def scans(plan: Node) -> list[Node]:
    """Where books are read that grow with the births."""
    return [node for node in nodes(plan) if node.get("Relation Name", "").startswith(LARGE)]


def rows_read(plan: Node) -> float:
    return sum(
        node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) for node in scans(plan)
    )


async def names(connection: asyncpg.Connection, *, since: int, count: int) -> list[UUID]:
    query = "SELECT registration_id FROM screening_facts ORDER BY registration_id OFFSET $1 LIMIT $2"
    return [row["registration_id"] for row in await connection.fetch(query, since, count)]


@pytest.fixture
async def desk(crowd: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """The same books, planned as the desks' pool does."""
    transaction = crowd.transaction()
    await transaction.start()
    for name, value in [("plan_cache_mode", "force_generic_plan"), *((name, "off") for name in INDEX_PROBES)]:
        await crowd.execute("SELECT set_config($1, $2, true)", name, value)
    yield crowd
    await transaction.rollback()


@pytest.mark.parametrize("code", sorted(load_rules()))
async def test_a_desk_reads_few_rows_and_no_table_whole(desk: asyncpg.Connection, code: str) -> None:
    far = "SELECT registration_id FROM screening_facts WHERE is_far ORDER BY registration_id DESC LIMIT 1"
    [newest, *_] = await desk.fetch(far)
    for registration in (newest["registration_id"], *await names(desk, since=ROWS - 1, count=1)):
        plan = await explain(desk, one_rule(code, candidates=ONE), registrations=[registration])
        executed = [node for node in scans(plan) if node["Actual Loops"]]
        assert not [node for node in executed if node["Node Type"] == "Seq Scan"]
        assert rows_read(plan) <= MOST_READ.get(code, 300)


@pytest.mark.parametrize("code", sorted(load_rules()))
async def test_what_a_sweep_reads_grows_with_its_candidates(crowd: asyncpg.Connection, code: str) -> None:
    read = []
    for count in STRETCHES:
        stretch = await names(crowd, since=ROWS // 2, count=count + 1)
        plan = await explain(crowd, one_rule(code, candidates=STRETCH), after=stretch[0], up_to=stretch[-1])
        repeated = [node for node in scans(plan) if node["Node Type"] == "Seq Scan" and node["Actual Loops"] > 1]
        assert not repeated
        read.append(max(0, rows_read(plan) - count))
    few, twice = read
    assert twice <= 2.5 * few + 1_000
    assert twice <= 12 * STRETCHES[1]
