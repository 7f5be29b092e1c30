"""No hot query reads a whole table: plans on fifty thousand rows a table, for known and for unknown values."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from birthreg.kernel.identifiers import first_id_at
from birthreg.kernel.sql import load_queries

pytestmark = pytest.mark.slow

ROWS = 50_000
BIG = ROWS // 5
"""From this many rows on, a table may not be read whole."""

READ_BY_LOOKUPS = {"organizations"}
"""Small, but read for every group of look-ups: its index has to be one that the join can use."""

NOW = datetime.now(UTC)
SCOPE = ["4205%"]
"""A tenth of the organisations."""
NUMBERS = [f"X{place * 7:09d}" for place in range(1, 1251)]
SESSION = UUID(int=77)
LOOKUP = first_id_at(NOW)
PART = {"first": NUMBERS[5], "last": NUMBERS[30]}
EVER = UUID(int=2**128 - 1)

SEED = f"""
INSERT INTO organizations (code, name)
SELECT (420100000000 + n * 1000000)::text, 'station ' || n FROM generate_series(0, 999) AS n;

INSERT INTO officers (id, name, role, organization, password_hash, created_at)
SELECT 'officer.' || n, 'officer', 'clerk', (420100000000 + n % 1000 * 1000000)::text, '', now()
  FROM generate_series(1, {ROWS}) AS n;

INSERT INTO sessions (id, officer, terminal, started_at, expires_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'officer.' || n, 'desk', now(), now() + interval '12 hours'
  FROM generate_series(1, {ROWS}) AS n;

INSERT INTO usages (certificate_number, used_at, organization)
SELECT 'X' || lpad((n * 7)::text, 9, '0'), now(), (420100000000 + n % 1000 * 1000000)::text
  FROM generate_series(1, {ROWS}) AS n;

INSERT INTO issuances (certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, issuer_name,
                       issuer_division, original_number, delivered_at, delivered_by)
SELECT 'X' || lpad((n * 7)::text, 9, '0'), 1, now()::date, 'child', 1, now(), 'hospital', '420106',
       CASE WHEN n % 50 = 0 THEN 'W' || lpad(n::text, 9, '0') END, now(), 'health'
  FROM generate_series(1, {ROWS}) AS n;

INSERT INTO blacklist_entries (id, first, last, count, reason, document_number, event_date, organization, listed_at,
                               listed_by)
SELECT lpad(to_hex(n), 32, '0')::uuid, first, last, certificate_ordinal(last) - certificate_ordinal(first) + 1,
       'stolen', 'document ' || n, now()::date,
       (420100000000 + n % 1000 * 1000000)::text, now() - interval '1 day', 'somebody'
  FROM (SELECT n, 'X' || lpad((n * 70)::text, 9, '0') AS first,
               'X' || lpad((n * 70 + CASE WHEN n % 2 = 0 THEN 0 ELSE 40 END)::text, 9, '0') AS last
          FROM generate_series(1, {2 * ROWS}) AS n) AS entries;

INSERT INTO blacklist_entries (id, first, last, count, reason, document_number, event_date, organization, listed_at,
                               listed_by, lifted_at)
SELECT lpad(to_hex(n + 9000000), 32, '0')::uuid, first, last, 101, 'stolen', 'former ' || n, now()::date,
       (420100000000 + n % 1000 * 1000000)::text, now() - interval '2 days', 'somebody', now() - interval '1 day'
  FROM (SELECT n, 'X' || lpad((n * 700)::text, 9, '0') AS first,
               'X' || lpad((n * 700 + 100)::text, 9, '0') AS last
          FROM generate_series(1, {ROWS // 5}) AS n) AS entries;

INSERT INTO lookups (id, recorded_at, officer, organization, terminal, purpose, certificate_number, verdict,
                     list_version, rule_version, transaction_number)
SELECT (left(first_id_at(now() - n * interval '1 second')::text, 24) || lpad(to_hex(n), 12, '0'))::uuid,
       now() - n * interval '1 second', 'officer.' || n, (420100000000 + n % 1000 * 1000000)::text, 'desk',
       'birth_registration', 'X' || lpad((n * 7)::text, 9, '0'), 'clear', 1, 1, {ROWS} - n
  FROM generate_series(1, {ROWS}) AS n;

INSERT INTO audit_entries (id, recorded_at, officer, organization, terminal, operation, act, succeeded, object,
                           transaction_number)
SELECT (left(first_id_at(now() - n * interval '1 second')::text, 24) || lpad(to_hex(n), 12, '0'))::uuid,
       now() - n * interval '1 second', 'officer.' || n, (420100000000 + n % 1000 * 1000000)::text, 'desk', 1, 'read',
       true, 'thing', {ROWS} - n
  FROM generate_series(1, {ROWS}) AS n;

INSERT INTO registrations (id, status, certificate_number, child_name, child_sex, child_birth_date, organization,
                           household_organization, officer, entered_at, held_for, particulars)
SELECT (left(first_id_at(now() - n * interval '1 second')::text, 24) || lpad(to_hex(n), 12, '0'))::uuid,
       CASE WHEN n % 500 = 0 THEN 'held' ELSE 'effective' END, 'X' || lpad((n * 7)::text, 9, '0'), 'child ' || n, 1,
       now()::date, (420100000000 + n % 1000 * 1000000)::text, (420100000000 + n % 1000 * 1000000)::text,
       'officer.' || n, now(), '{{over_six}}', '{{}}'
  FROM generate_series(1, {ROWS}) AS n;

INSERT INTO registration_people (id, registration_id, part, name, citizen_number, citizen_number_blind, other_number,
                                 other_number_blind, phone, phone_blind, address, address_blind)
SELECT gen_random_uuid(), id, part, child_name || part, '', sha256((child_name || part)::bytea), '',
       sha256((child_name || part)::bytea), '', sha256((child_name || part)::bytea), '',
       sha256((child_name || part)::bytea)
  FROM registrations,
       unnest(ARRAY['child', 'mother', 'father']) AS part;

INSERT INTO registration_refusals (id, recorded_at, officer, organization, terminal, act, certificate_number, codes)
SELECT id, entered_at, officer, organization, 'desk', 'register', certificate_number, '{{verdict_used}}'
  FROM registrations;

INSERT INTO registration_changes (id, registration_id, kind, reason, proposed_by, proposed_by_organization, proposed_at)
SELECT id, id, 'revocation', 'reason', officer, organization, now()
  FROM registrations;

INSERT INTO registration_acts (id, registration_id, recorded_at, act, status, officer, organization, reason)
SELECT id, id, now(), 'approve', status, officer, organization, 'reason'
  FROM registrations;

INSERT INTO usage_history (id, certificate_number, used_at, organization, registration_id, reserved, ended_at, ended_by,
                           ended_by_organization, reason)
SELECT id, certificate_number, now(), organization, id, false, now(), officer, organization, 'revoked'
  FROM registrations;

INSERT INTO filing_outbox (id, kind, registration_id, sequence, certificate_number, organization, used_at, occurred_at,
                           owed_at, due_at, next_attempt_at)
SELECT (left(first_id_at(now() - n * interval '1 second')::text, 24) || lpad(to_hex(n), 12, '0'))::uuid,
       'registration', lpad(to_hex(n / 2), 32, '0')::uuid, 1 + n % 2, 'X' || lpad((n * 7)::text, 9, '0'),
       (420100000000 + n % 1000 * 1000000)::text, now(), now(), now(), now() + n * interval '1 second',
       now() + n * interval '1 second'
  FROM generate_series(1, {ROWS}) AS n;

INSERT INTO filings (id, kind, registration_id, sequence, certificate_number, organization, used_at, occurred_at,
                     owed_at, due_at, attempts, settled_at, outcome, code)
SELECT (left(first_id_at(now() - n * interval '1 minute')::text, 24) || lpad(to_hex(n), 12, '0'))::uuid,
       'registration', lpad(to_hex(n + {ROWS}), 32, '0')::uuid, 1, 'X' || lpad((n * 7)::text, 9, '0'),
       (420100000000 + n % 1000 * 1000000)::text, now(), now(), now() - n * interval '1 minute', now(), 1, now(),
       CASE WHEN n % 1000 = 0 THEN 'rejected' ELSE 'accepted' END,
       CASE WHEN n % 1000 = 0 THEN 'certificate_used' END
  FROM generate_series(1, {ROWS}) AS n;

INSERT INTO received_filings (id, subordinate, kind, registration_id, sequence, certificate_number, organization,
                              used_at, occurred_at, received_at, jws, outcome, code)
SELECT id, '420100000000', kind, registration_id, sequence, certificate_number, organization, used_at, occurred_at,
       settled_at, 'signed', outcome, code
  FROM filings;

INSERT INTO received_sequences (registration_id, subordinate, received)
SELECT registration_id, '420100000000', 1 FROM filings;

INSERT INTO filing_sequences (registration_id, owed)
SELECT registration_id, 1 FROM filings;

INSERT INTO verification_jobs (id, officer, organization, terminal, purpose, file_name, status, requested_at,
                               finished_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'officer.' || n, (420100000000 + n % 1000 * 1000000)::text, 'desk', 'back_fill',
       'numbers.csv', 'done', now(), now()
  FROM generate_series(1, {ROWS}) AS n;
"""

FILING = {
    "id": LOOKUP,
    "filing_kind": "registration",
    "kind": "registration",
    "registration_id": SESSION,
    "certificate_number": "X420100001",
    "previous_number": None,
    "organization": "420106510000",
    "used_at": NOW,
    "occurred_at": NOW,
    "due_at": NOW,
    "now": NOW,
}
"""What an act owes, and what comes from below."""

TRAIL_FILTERS = {"after": None, "officer": None, "act": None, "key": None, "succeeded": None, "limit": 51}

PAGE = {"scope": SCOPE, "before": EVER, "limit": 51}
BLINDS = [b"\1" * 32, b"\2" * 32]

HOT: list[tuple[str, dict[str, Any]]] = [
    *(
        ("verification.gather_facts", {"numbers": NUMBERS[:count], "sessions": [SESSION], "now": NOW})
        for count in (1, 64, 1250)
    ),
    ("verification.find_lookup", {"id": LOOKUP, "scope": SCOPE, "officer": None}),
    ("verification.find_lookup", {"id": LOOKUP, "scope": ["%"], "officer": "officer.1"}),
    (
        "verification.list_lookups_of_number",
        {"number": NUMBERS[5], "scope": SCOPE, "officer": None, "limit": 200},
    ),
    ("verification.find_job", {"id": SESSION, "scope": SCOPE, "own": None}),
    ("verification.claim_job", {"now": NOW, "lease_until": NOW}),
    ("access.find_standing", {"id": SESSION, "now": NOW}),
    ("access.find_account", {"id": "officer.7"}),
    ("access.find_previous_session", {"officer": "officer.7", "id": SESSION}),
    ("access.end_sessions_of", {"officer": "officer.7", "now": NOW}),
    ("access.find_officer", {"id": "officer.7", "scope": SCOPE}),
    ("access.list_officers", {"scope": SCOPE, "after": "", "limit": 51}),
    ("usage.find_usage", {"number": NUMBERS[5]}),
    ("usage.list_past_usages", {"number": NUMBERS[5], "limit": 200}),
    *((f"registrations.{name}", {"id": LOOKUP, "scope": SCOPE}) for name in ("find_registration", "hold_registration")),
    *((f"registrations.{name}", {"registration": LOOKUP}) for name in ("list_people", "list_acts", "list_changes")),
    ("registrations.list_prior", {"blinds": BLINDS}),
    *(
        (f"registrations.search_by_{column}", {"blinds": BLINDS, "part": "mother", **PAGE})
        for column in ("citizen_number", "other_number", "phone", "address")
    ),
    ("registrations.search_by_name", {"name": "child 77", "past": "child 78", "part": None, **PAGE}),
    ("registrations.search_by_similar_name", {"name": "child 77child", **PAGE}),
    ("registrations.list_registrations", {"status": None, "since": NOW - timedelta(hours=1), **PAGE}),
    ("registrations.list_registrations", {"status": "effective", "since": NOW - timedelta(days=99), **PAGE}),
    (
        "registrations.list_registrations_of_organization",
        {"organization": "420510000000", "status": None, "since": NOW - timedelta(days=99), **PAGE},
    ),
    (
        "registrations.list_registrations_of_number",
        {"number": NUMBERS[5], "status": None, "organization": None, "since": NOW, **PAGE},
    ),
    ("registrations.list_held_registrations", {"since": NOW, **PAGE}),
    ("registrations.list_ended_registrations", {"status": "revoked", "since": NOW, **PAGE}),
    ("registrations.list_refusals", PAGE),
    ("registrations.list_refusals_of_number", {"number": NUMBERS[5], **PAGE}),
    ("certificates.find_issuance", {"number": NUMBERS[5], "scope": SCOPE}),
    (
        "blacklist.list_entries_of_number",
        {"number": NUMBERS[5], "as_of": NOW, "known_at": NOW, "status": None, "limit": 50},
    ),
    ("blacklist.find_maintainer_now", {"number": NUMBERS[5]}),
    ("blacklist.find_entry", {"id": SESSION, "scope": SCOPE, "now": NOW}),
    (
        "blacklist.list_entries",
        {"scope": SCOPE, "as_of": NOW, "known_at": NOW, "status": None, "before": EVER, "limit": 51},
    ),
    (
        "blacklist.list_entries",
        {"scope": ["%"], "as_of": NOW, "known_at": NOW, "status": "in_force", "before": EVER, "limit": 51},
    ),
    ("blacklist.list_versions", {"entry": SESSION}),
    ("blacklist_proposals.count_used", PART),
    ("blacklist_proposals.list_used", {**PART, "after": "", "scope": SCOPE, "limit": 51}),
    ("blacklist_proposals.list_overlaps", {**PART, "now": NOW, "limit": 101}),
    ("blacklist_proposals.find_any_entry", {"id": SESSION, "now": NOW}),
    ("blacklist_proposals.find_piece", {"entry": SESSION, **PART}),
    ("blacklist_proposals.list_entries_of_proposal", {"proposal": SESSION, "lifted": SESSION, "now": NOW}),
    ("blacklist_proposals.confirm_hold", {"proposal": SESSION, "now": NOW}),
    ("blacklist_proposals.lapse_holds", {"now": NOW, "limit": 500}),
    ("blacklist_proposals.find_own_hold", {"officer": "officer.7", "since": NOW, "now": NOW, **PART}),
    (
        "blacklist_proposals.find_same_entry",
        {**PART, "document_number": "document 7", "reason": "stolen", "organization": "420100000000"},
    ),
    ("blacklist_notices.look_back", {"now": NOW, "entries": 5000, "rows": 20_000}),
    ("blacklist_notices.list_past_uses", {"entry": SESSION, "scope": SCOPE, "after": "", "skipped": 0, "limit": 51}),
    ("blacklist_notices.find_lookback", {"entry": SESSION}),
    (
        "audit.list_entries",
        {"scope": SCOPE, "since": NOW - timedelta(hours=2), "until": NOW - timedelta(hours=1), **TRAIL_FILTERS},
    ),
    ("filing.owe_filing", FILING),
    ("filing.claim_due", {"now": NOW, "lease_until": NOW, "limit": 100}),
    (
        "filing.settle_filings",
        {"now": NOW, "ids": [LOOKUP] * 100, "outcomes": ["accepted"] * 100, "codes": ["x"], "holders": ["x"]},
    ),
    ("filing.list_filings_of", {"registration_id": SESSION}),
    ("filing.find_open", {"id": LOOKUP, "scope": SCOPE}),
    ("filing.resend", {"id": LOOKUP, "now": NOW}),
    ("filing.warn_of_waiting", {"now": NOW, "due_before": NOW, "limit": 1000}),
    ("filing.list_filings", {"scope": SCOPE, "status": None, "before": EVER, "limit": 51}),
    ("filing.list_filings", {"scope": ["%"], "status": "accepted", "before": EVER, "limit": 51}),
    ("filing.list_rejected", {"scope": ["%"], "before": EVER, "limit": 51}),
    ("filing.list_received", {"scope": SCOPE, "before": EVER, "limit": 51}),
    ("filing.list_rejected_received", {"scope": ["%"], "before": EVER, "limit": 51}),
    ("filing.find_kept_answer", {"id": LOOKUP}),
    ("filing.find_sequence", {"registration_id": SESSION, "subordinate": "420100000000"}),
    (
        "filing.advance_sequence",
        {"registration_id": SESSION, "subordinate": "420100000000", "sequence": 2},
    ),
    ("audit.find_cut", {"first": ROWS - 100, "horizon": ROWS, "limit": 50_000}),
    ("audit.count_unsealed", {"first": ROWS - 100}),
    *(
        (f"audit.{name}", {"trail": trail, "first": ROWS - 100, "next": ROWS})
        for name in ("stream_contents", "stream_digests", "gather_leaves")
        for trail in ("lookups", "audit_entries")
    ),
]


@pytest.fixture(scope="module")
async def full(owner: asyncpg.Connection, service: asyncpg.Connection) -> asyncpg.Connection:
    """The service's connection to books with fifty thousand rows a table."""
    await owner.execute(SEED)
    await owner.execute("ANALYZE")
    return service


def literal(value: Any) -> str:
    """Write a value as SQL would."""
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    if isinstance(value, list):
        return f"ARRAY[{', '.join(literal(item) for item in value)}]" + (
            {UUID: "::uuid[]", bytes: "::bytea[]"}.get(type(value[0]), "::text[]")
        )
    return f"'{value}'"


def scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of a plan."""
    yield node
    for below in node.get("Plans", ()):
        yield from scans(below)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(
    ("place", "query", "bound"),
    [pytest.param(place, *hot, id=f"{hot[0]}-{place}") for place, hot in enumerate(HOT)],
)
async def test_no_hot_query_reads_a_whole_table(
    full: asyncpg.Connection, mode: str, place: int, query: str, bound: dict[str, Any]
) -> None:
    room, _, name = query.partition(".")
    asked = load_queries(room)[name]
    prepared = f"hot_{place}_{mode}"
    await full.execute(f"SET plan_cache_mode = {mode}")
    await full.execute(f"PREPARE {prepared} AS {asked.text}")
    arguments = ", ".join(literal(bound[parameter]) for parameter in asked.parameters)
    plan = json.loads(await full.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE {prepared} ({arguments})"))
    big = {
        row["relname"]
        for row in await full.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= $1", BIG)
    }
    big |= READ_BY_LOOKUPS if query == "verification.gather_facts" and mode == "force_generic_plan" else set()
    steps = [step for step in scans(plan[0]["Plan"]) if step["Node Type"] == "Seq Scan"]
    assert not [step["Relation Name"] for step in steps if step["Relation Name"] in big]


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("number", ["X006999990", "X006999950", "X006999999", "X007000000", "X000000042"])
async def test_the_entries_of_a_number_are_found_among_thousands_without_reading_those_of_others(
    full: asyncpg.Connection, mode: str, number: str
) -> None:
    asked = load_queries("blacklist")["list_entries_of_number"]
    prepared = f"measured_{number}_{mode}"
    await full.execute(f"SET plan_cache_mode = {mode}")
    await full.execute(f"PREPARE {prepared} AS {asked.text}")
    bound = {"number": number, "as_of": NOW, "known_at": NOW, "status": None, "limit": 50}
    arguments = ", ".join(literal(bound[parameter]) for parameter in asked.parameters)
    explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE {prepared} ({arguments})"
    await full.fetchval(explained)
    [plan] = json.loads(await full.fetchval(explained))
    pages = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    assert pages <= 100, f"{pages} pages: what an index condition passes over is not counted as rows"


async def test_the_books_are_full_enough_to_be_planned_for(full: asyncpg.Connection) -> None:
    for table in ("usages", "issuances", "blacklist_entries", "blacklist_blocks", "sessions", "officers"):
        assert await full.fetchval("SELECT reltuples FROM pg_class WHERE relname = $1", table) >= ROWS
    for table in ("registrations", "registration_people", "registration_refusals", "usage_history"):
        assert await full.fetchval("SELECT reltuples FROM pg_class WHERE relname = $1", table) >= ROWS
    for table in ("lookups", "audit_entries"):
        assert await full.fetchval(f"SELECT count(*) FROM {table}") >= ROWS
