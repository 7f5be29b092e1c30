"""One registration at a desk is screened by index probes alone, rule by rule, on books of some thousands."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
from tests.screening.facts import INDEX_PROBES, enter_fact, one_rule
from tests.worlds import own_database

from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.local.servers import Postgres
from birthreg.screening.rule_files import load_rules
from birthreg.screening.statements import ONE

ROWS = 5_000

SEED = f"""
INSERT INTO organizations (code, name) VALUES ('420100000000', '武汉市公安局') ON CONFLICT DO NOTHING;

INSERT INTO screening_facts (
    registration_id, standing, certificate_number, organization, household_organization, county, officer, entered_at,
    applied_on, child, child_name, sex, birth_date, issued_on, issuer_name, issuer_code, issuer_division, issue_kind,
    born_outside, household_kind, relation, with_mother, with_father, marital_status, mother, mother_name,
    mother_birth_date, mother_province, father, father_name, father_province, applicant, applicant_relation,
    applicant_phone, address, has_paternity_report, has_adoption_proof)
SELECT lpad(to_hex(n), 32, '0')::uuid, true, 'Y42' || lpad((n * 7)::text, 7, '0'), '420106510000', '420106510000',
       '420106', 'clerk.' || n % 100, now(), '2024-06-01', n, '李' || chr(20000 + n % 2000), 2,
       date '2024-05-20' - n % 300, '2024-05-22', '医院' || n % 50,
       'code' || n % 50, '4201' || lpad((n % 50)::text, 2, '0'), 1, false, 1, '30', true, true, 'married', n, '王桂兰',
       '1990-03-07', '42', n, '李建国', '42', n, 'father', n, n, false, false
  FROM generate_series(1, {ROWS}) AS n;

INSERT INTO issuances (certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, issuer_name,
                       issuer_division, delivered_at, delivered_by)
SELECT 'Y42' || lpad((n * 7)::text, 7, '0'), 1, '2024-05-22', '李安', 2, '2024-05-20', '医院', '420106', now(), 'health'
  FROM generate_series(1, {ROWS}) AS n;

INSERT INTO blacklist_entries (id, first, last, count, reason, document_number, event_date, organization, listed_at,
                               listed_by)
SELECT gen_random_uuid(), first, last, certificate_ordinal(last) - certificate_ordinal(first) + 1, 'stolen', '文' || n,
       '2024-01-01', '420100000000', now() - interval '1 day', 'somebody'
  FROM (SELECT n, 'Y42' || lpad((n * 700)::text, 7, '0') AS first,
               'Y42' || lpad((n * 700 + n % 2 * 40)::text, 7, '0') AS last
          FROM generate_series(1, {ROWS}) AS n) AS entries;

INSERT INTO watched_issuers (id, issuer_code, issuer_name, issuer_division, issued_from, reason, document_number,
                             organization, listed_at, listed_by, approved_by)
SELECT gen_random_uuid(), CASE WHEN n % 3 = 0 THEN 'code' || n END, CASE WHEN n % 3 = 1 THEN '医院' || n END,
       CASE WHEN n % 3 = 2 THEN '4201' || lpad(n::text, 2, '0') END, '2023-01-01', '关注', '文' || n, '420100000000',
       now(), 'one', 'two'
  FROM generate_series(1, 50) AS n;
"""

SMALL = {"screening_state"}
"""Tables of one row."""


@pytest.fixture(scope="module")
async def books(server: Postgres, template: str) -> AsyncIterator[Database]:
    """The pool of the desks on some thousands of registrations."""
    async with own_database(server, template) as url:
        owner = await asyncpg.connect(url)
        await owner.execute(SEED)
        await owner.execute("ANALYZE")
        await owner.close()
        database = Database(url, generic_plans=True)
        await database.open()
        yield database
        await database.close()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def rows_read(scan: dict[str, Any]) -> float:
    rows: float = (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"]
    return rows


@pytest.mark.parametrize("code", sorted(load_rules()))
async def test_one_registration_is_screened_by_index_probes(books: Database, code: str) -> None:
    async with books.transaction() as tx:
        for name in INDEX_PROBES:
            assert await tx.connection.fetchval("SELECT current_setting($1)", name) == "off"
        registration = await enter_fact(tx, certificate_number="Y420001400", issuer_code="code3")
        statement = one_rule(code, candidates=ONE)
        rows = await tx.connection.fetch(
            f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.query.text}",
            *statement.bind(now=now_utc(), registrations=[registration]),
        )
    [plan] = [part["Plan"] for part in json.loads(rows[0][0])]
    scans = [node for node in nodes(plan) if "Scan" in node["Node Type"]]
    whole = {scan["Relation Name"] for scan in scans if scan["Node Type"] == "Seq Scan"} - SMALL
    assert whole == set()
    assert [scan["Relation Name"] for scan in scans if rows_read(scan) > 200] == []
