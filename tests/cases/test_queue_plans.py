"""The queue among thirty thousand cases: nothing is read whole, and drawing touches a handful of pages."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.sql.conftest import owner, service, shared_url
from tests.sql.test_plans import literal, scans

from birthreg.kernel.identifiers import new_id
from birthreg.kernel.sql import load_queries

__all__ = ["owner", "service", "shared_url"]
pytestmark = pytest.mark.slow

CASES = 30_000
NOW = datetime.now(UTC)
TODAY = NOW.date()
CASE = UUID(int=77)
SEED = f"""
INSERT INTO cases (id, number, subject, certificate_number, organization, household_organization, handler, status,
                   opened_at, severity, leads, kinds, allowed_days, clock_from, due_on, alarm_on, investigator,
                   lease_until, proposed_outcome, proposed_by, proposed_at, proposed_reason, outcome, confirmed_by,
                   closed_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'A' || n, 'number:X' || lpad((n * 7)::text, 9, '0'),
       'X' || lpad((n * 7)::text, 9, '0'), place, place, left(place, 6) || '000000', status,
       now() - n * interval '1 minute', (ARRAY['high', 'medium', 'low'])[1 + n % 3], 1, 1, 20, now()::date,
       now()::date + n % 30, now()::date + n % 10, CASE WHEN status <> 'waiting' THEN 'investigator.' || n % 50 END,
       CASE WHEN status = 'investigating' THEN now() + n * interval '1 second' END,
       CASE WHEN status = 'closed' THEN 'cleared' END, CASE WHEN status = 'closed' THEN 'one' END,
       CASE WHEN status = 'closed' THEN now() END, CASE WHEN status = 'closed' THEN 'why' END,
       CASE WHEN status = 'closed' THEN 'cleared' END, CASE WHEN status = 'closed' THEN 'two' END,
       CASE WHEN status = 'closed' THEN now() END
  FROM (SELECT n, (420100000000 + n % 1000 * 1000000)::text AS place,
               CASE WHEN n % 100 = 0 THEN 'investigating' WHEN n % 10 = 1 THEN 'closed' ELSE 'waiting' END AS status
          FROM generate_series(1, {CASES}) AS n) AS made;

INSERT INTO case_leads (id, case_id, kind, source_id, rule, severity, certificate_number, organization, sentence_zh,
                        sentence_en, found_at)
SELECT id, id, 'attempt', id, 'attempt', severity, certificate_number, organization, '可疑。', 'Suspicious.', now()
  FROM cases;

INSERT INTO case_entries (id, case_id, act, officer, organization, at, after)
SELECT gen_random_uuid(), id, 'note', 'investigator.1', organization, now(), status
  FROM cases, generate_series(1, 3);

INSERT INTO case_watches (officer, case_id, since)
SELECT 'investigator.' || leads_of, id, now()
  FROM cases, generate_series(1, 2) AS leads_of;
"""

PLACE = {"scope": ["4205%"], "prefix": "4205", "rank": 2**62, "after": UUID(int=0), "limit": 51, "today": TODAY}
ANY = {"status": None, "of_kind": None, "severity": None, "investigator": None, "overdue": None, "since": None,
       "organization": None, "number": None, "watcher": None, "holder": None, "watching": None, "ended": False,
       "rare_kind": None, "due_before": None,
       "before": UUID(int=2**128 - 1)}  # fmt: skip
DRAW = {"prefix": "4205", "officer": "investigator.1", "lease_until": NOW, "entry": CASE,
        "organization": "420500000000", "now": NOW}  # fmt: skip
HELD = {"id": CASE, "now": NOW}

HOT: list[tuple[str, dict[str, Any]]] = [
    ("draw_case", DRAW),
    ("draw_case", {**DRAW, "prefix": ""}),
    ("lease_case", {**HELD, "investigator": "x", "lease_until": NOW, "stood_still": 0}),
    ("return_case", {**HELD, "status": "waiting", "handler": "420100000000"}),
    ("suspend_case", {**HELD, "until": NOW, "awaited": None, "today": TODAY}),
    ("touch_case", HELD),
    ("cases.hold_case", {"id": CASE, "scope": ["4205%"]}),
    ("cases.find_conflict", {"id": CASE, "officer": "x"}),
    ("cases.find_aside", {"id": CASE, "officer": "x"}),
    ("list_lapsed", {"now": NOW, "limit": 40}),
    ("list_due_to_resume", {"now": NOW, "limit": 40}),
    ("list_undated", {"limit": 2000}),
    ("list_alarmed", {"today": TODAY - timedelta(days=1), "limit": 40}),
    ("list_queue", PLACE | ANY),
    ("list_queue", {**PLACE, **ANY, "prefix": "", "scope": ["%"]}),
    ("list_queue", {**PLACE, **ANY, "status": "waiting", "of_kind": "attempt", "severity": "low", "overdue": False}),
    ("list_queue_of_severity", {**PLACE, **ANY, "severity": "low"}),
    ("list_chosen", {**PLACE, **ANY, "rare_kind": "look_back", "of_kind": "look_back"}),
    ("list_chosen", {**PLACE, **ANY, "due_before": TODAY - timedelta(days=1), "overdue": True}),
    ("count_of_kind", {"of_kind": "look_back", "limit": 2000}),
    ("count_overdue", {"today": TODAY, "limit": 2000}),
    ("list_worked_on", {**PLACE, **ANY, "status": "investigating"}),
    ("list_ended", {**PLACE, **ANY, "status": "closed"}),
    ("list_chosen", {**PLACE, **ANY, "number": "X000000700", "ended": True}),
    ("list_chosen", {**PLACE, **ANY, "holder": "investigator.7", "investigator": "investigator.7"}),
    ("read_cases", {"ids": [CASE], "scope": ["%"], "officer": "x"}),
    ("list_leads", {"case": CASE, "scope": ["4205%"], "limit": 500}),
    ("list_absorbed", {"case": CASE, "scope": ["4205%"]}),
    ("list_entries", {"case": CASE, "scope": ["4205%"], "after": 0, "limit": 51}),
    ("end_watch", {"officer": "x", "case": CASE}),
]
PLANNED_ANEW = {"list_chosen", "count_of_kind"}
"""A plan for whatever may be asked is so dear that PostgreSQL keeps to one for what is asked."""
BIG = {"cases", "case_places", "case_leads", "case_entries", "case_watches"}


@pytest.fixture(scope="module")
async def full(owner: asyncpg.Connection, service: asyncpg.Connection) -> asyncpg.Connection:
    """The service's connection to a full queue."""
    await owner.execute(SEED)
    await owner.execute("ANALYZE")
    return service


async def prepare(connection: asyncpg.Connection, query: str, bound: dict[str, Any], *, mode: str) -> str:
    """Prepare a query and return how it is executed."""
    room, _, name = query.rpartition(".")
    asked = load_queries(room or "cases_queue")[name]
    await connection.execute(f"SET plan_cache_mode = {mode}")
    prepared = f"asked_{new_id().hex}"
    await connection.execute(f"PREPARE {prepared} AS {asked.text}")
    return f"EXECUTE {prepared} ({', '.join(told(bound[name]) for name in asked.parameters)})"


def told(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else literal(value)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(
    ("query", "bound"), [pytest.param(*hot, id=f"{hot[0]}-{place}") for place, hot in enumerate(HOT)]
)
async def test_no_query_of_the_queue_reads_a_whole_table(
    full: asyncpg.Connection, mode: str, query: str, bound: dict[str, Any]
) -> None:
    if query in PLANNED_ANEW and mode == "force_generic_plan":
        mode = "auto"
    plan = json.loads(await full.fetchval(f"EXPLAIN (FORMAT JSON) {await prepare(full, query, bound, mode=mode)}"))
    read = [step["Relation Name"] for step in scans(plan[0]["Plan"]) if step["Node Type"] == "Seq Scan"]
    assert not set(read) & BIG


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("prefix", ["", "42", "4205"])
async def test_drawing_touches_few_pages_however_many_cases_wait(
    full: asyncpg.Connection, mode: str, prefix: str
) -> None:
    drawing = await prepare(full, "draw_case", DRAW | {"prefix": prefix}, mode=mode)
    plan = {}
    for _ in range(2):  # the first reads catalogues too
        attempt = full.transaction()
        await attempt.start()
        [plan] = json.loads(await full.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {drawing}"))
        await attempt.rollback()
    pages = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    assert pages <= 300
