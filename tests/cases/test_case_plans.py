"""Fifty thousand open cases: the next one, the first page and what is new are each found by a few probes."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests import make
from tests.sql.test_plans import literal, scans
from tests.worlds import own_database

from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import SERVICE_ROLE
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.sql import load_queries
from birthreg.local.servers import Postgres

pytestmark = pytest.mark.slow

CASES = 50_000
SEED = """
INSERT INTO cases (id, number, subject, child_birth_date, organization, household_organization, handler, status,
                   opened_at, severity, leads, kinds, allowed_days, clock_from)
SELECT new_id_at(at), new_case_number(county, at), 'number:' || k, at::date - (k * 37 % 3000)::int,
       left(county, 6) || '510000', left(county, 6) || '510000', county, 'waiting', at, severity, 1 + k % 4,
       1 + k % 2, term_of(severity), at::date
  FROM generate_series(1, $1::int) AS k,
       LATERAL (SELECT '42' || lpad((1 + k % 17)::text, 2, '0') || lpad((1 + k % 12)::text, 2, '0') || '000000'
                       AS county,
                       now() - (k::bigint * 7919 % $1) * (interval '365 days' / $1) AS at,
                       (ARRAY['low', 'medium', 'high'])[1 + k * 31 % 3] AS severity) AS drawn;
"""
ENTER = """
INSERT INTO case_entries (id, case_id, act, officer, organization, at, after)
SELECT gen_random_uuid(), id, 'open', 'birthreg', organization, opened_at, 'waiting' FROM cases
"""
FEW = 400
"""Pages of eight kilobytes; all cases with their places fill thousands."""


@pytest.fixture(scope="module")
async def full(server: Postgres, template: str) -> AsyncIterator[asyncpg.Connection]:
    """The service's connection to a full queue."""
    async with own_database(server, template) as url:
        owner = await asyncpg.connect(url)
        await owner.execute(SEED.replace("$1", str(CASES)))
        await owner.execute(ENTER)
        for table in ("cases", "case_places", "case_entries"):
            await owner.execute(f"VACUUM (ANALYZE) {table}")
        await owner.close()
        service = await asyncpg.connect(url, server_settings={"role": SERVICE_ROLE, "jit": "off"})
        for prefix in ("nobody", "42"):  # who looks for the first time reads the catalogue as well
            await run(service, "cases_queue.draw_case", mode="auto", **drawing(prefix))
        yield service
        await service.close()


async def run(connection: asyncpg.Connection, query: str, *, mode: str, **bound: Any) -> list[dict[str, Any]]:
    """Run a query and take it back; return the steps of its plan, with what they read."""
    room, _, name = query.partition(".")
    asked = load_queries(room)[name]
    await connection.execute(f"SET plan_cache_mode = {mode}")
    await connection.execute(f"PREPARE asked AS {asked.text}")
    arguments = ", ".join(literal(bound[parameter]) for parameter in asked.parameters)
    attempt = connection.transaction()
    await attempt.start()
    try:
        told = await connection.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT JSON) EXECUTE asked ({arguments})"
        )
    finally:
        await attempt.rollback()
        await connection.execute("DEALLOCATE asked")
    return list(scans(json.loads(told)[0]["Plan"]))


def drawing(prefix: str) -> dict[str, Any]:
    """What a draw is asked with."""
    now = now_utc()
    return {"prefix": prefix, "officer": "x", "lease_until": now, "entry": new_id(), "organization": "x", "now": now}


def check_few(plan: list[dict[str, Any]]) -> None:
    pages = plan[0]["Shared Hit Blocks"] + plan[0]["Shared Read Blocks"]
    read_whole = [step["Relation Name"] for step in plan if step["Node Type"] == "Seq Scan"]
    assert pages < FEW, pages
    assert not {"cases", "case_places", "case_entries"} & set(read_whole)


MODES = pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
PREFIXES = pytest.mark.parametrize("prefix", ["", "42", "4205", "420503"])


@MODES
async def test_what_is_new_is_found_without_reading_what_is_old(full: asyncpg.Connection, mode: str) -> None:
    before = await full.fetchval("SELECT pg_current_snapshot()::text")
    case = await full.fetchval("SELECT id FROM cases LIMIT 1")
    await full.execute(
        "INSERT INTO case_entries (id, case_id, act, officer, organization, at, after)"
        " VALUES ($1, $2, 'note', 'somebody', $3, now(), 'waiting')", new_id(), case, make.WUHAN,
    )  # fmt: skip
    after = await full.fetchval("SELECT pg_current_snapshot()::text")
    plan = await run(
        full, "cases_events.list_between", mode=mode, first=int(before.split(":")[0]), next=int(after.split(":")[1]),
        base=0, since=before, until=after, after=0, limit=10_001,
    )  # fmt: skip
    check_few(plan)
    assert plan[0]["Actual Rows"] == 1


@MODES
@PREFIXES
async def test_the_next_case_is_found_without_reading_or_sorting_the_queue(
    full: asyncpg.Connection, mode: str, prefix: str
) -> None:
    plan = await run(full, "cases_queue.draw_case", mode=mode, **drawing(prefix))
    check_few(plan)
    assert "case_places_drawn" in {step.get("Index Name") for step in plan}
    assert not [step for step in plan if step["Node Type"] == "Sort"]


@MODES
@PREFIXES
async def test_the_first_page_is_found_without_reading_or_sorting_the_queue(
    full: asyncpg.Connection, mode: str, prefix: str
) -> None:
    filters = dict.fromkeys(("status", "severity", "investigator", "overdue", "since", "of_kind"))
    plan = await run(
        full, "cases_queue.list_queue", mode=mode, prefix=prefix, rank=2**62, after=UUID(int=0), limit=51,
        scope=[f"{prefix}%"], today=now_utc().date(), **filters,
    )  # fmt: skip
    check_few(plan)
    assert "case_places_open" in {step.get("Index Name") for step in plan}
    assert not [step for step in plan if step["Node Type"] == "Sort"]
    assert plan[0]["Actual Rows"] == 51
