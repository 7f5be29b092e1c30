"""Fills the migrated schema set-wise: usages, listed numbers and ranges, issuances, officers."""

import asyncio
import hashlib
from collections.abc import Callable

import asyncpg
import msgspec
from argon2 import PasswordHasher

from benchmarks.numbers import LONG_EVERY, LONG_LENGTH, SQL_NUMBER, Place, lay_out
from benchmarks.plan import Plan
from birthreg.kernel.migrations import list_migrations, migrate
from birthreg.local.first_data import enter_rule_files

STATION = "420101510000"
"""Where every clerk works."""
PASSWORD = "birthreg-benchmark"  # noqa: S105 (of officers in a database that is thrown away)

# Scattered writes to a finished index are slow: it is built once, after the rows.
_WITHOUT_INDEX = "ALTER TABLE usages DROP CONSTRAINT usages_number"
_WITH_INDEX = "ALTER TABLE usages ADD CONSTRAINT usages_number PRIMARY KEY (certificate_number)"

# Every province, and a hundred stations in each.
_ORGANIZATIONS = """
INSERT INTO organizations (code, name)
SELECT code || '0000000000', name || '公安厅' FROM provinces
 UNION ALL
SELECT code || lpad((1 + n / 10)::text, 2, '0') || lpad((1 + n % 10)::text, 2, '0') || '510000',
       name || '第' || n || '派出所'
  FROM provinces, generate_series(0, 99) AS n
"""

_USAGES = """
INSERT INTO usages (certificate_number, used_at, organization, registration_reference)
SELECT number,
       make_timestamptz(2000 + ascii(number) - 65, 1, 1, 0, 0, 0, 'UTC') + (i % 525000) * interval '1 minute',
       substr(number, 2, 2) || lpad((1 + i % 100 / 10)::text, 2, '0') || lpad((1 + i % 10)::text, 2, '0') || '510000',
       'R' || i
  FROM generate_series($1::bigint, $2::bigint) AS i, LATERAL pg_temp.number_at(i, $3, $4, $5) AS number
"""

_SINGLES = """
INSERT INTO blacklist_entries
       (id, first, last, count, reason, document_number, event_date, organization, listed_at, listed_by)
SELECT gen_random_uuid(), number, number, 1, 'lost_by_family', 'B-' || i, '2024-01-01',
       substr(number, 2, 2) || '0000000000', '2024-01-02', 'benchmark'
  FROM generate_series(0, $1::bigint - 1) AS i, LATERAL pg_temp.number_at(i, $2, $3, $4) AS number
"""

_RANGES = """
INSERT INTO blacklist_entries
       (id, first, last, count, reason, document_number, event_date, organization, listed_at, listed_by)
SELECT gen_random_uuid(), first, certificate_number(certificate_ordinal(first) + size - 1), size,
       'voided', 'R-' || i, '2024-01-01', substr(first, 2, 2) || '0000000000', '2024-01-02', 'benchmark'
  FROM generate_series(0, $1::bigint - 1) AS i,
       LATERAL (SELECT i % $5 = 0) AS kind (long),
       LATERAL (SELECT CASE WHEN long THEN pg_temp.long_range_at(i / $5) ELSE pg_temp.number_at(i, $2, $3, $4) END,
                       CASE WHEN long THEN $6 ELSE 10 + i % 21 END) AS range (first, size)
"""

# Listed years ago, so the worker has looked back from all of it long ago.
_LOOKED_BACK = "UPDATE blacklist_lookbacks SET finished_at = due_at"

_ISSUANCES = """
INSERT INTO issuances (certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, mother_name,
                       issuer_name, issuer_division, issuer_code, delivered_at, delivered_by)
SELECT number, 1, born + 3, '王' || i, 1 + i % 2, born + interval '9 hours', '李' || i,
       '妇幼保健院', substr(number, 2, 2) || '0101', 'H' || i % 3000, born + 4, 'benchmark'
  FROM generate_series(0, $1::bigint - 1) AS i,
       LATERAL pg_temp.number_at(i, $2, $3, $4) AS number,
       LATERAL (SELECT make_date(2000 + ascii(number) - 65, 1, 1) + (i % 360)::int) AS birth (born)
"""

# One clerk per connection, and the machine client that asks in batches.
_OFFICERS = """
INSERT INTO officers (id, name, role, organization, password_hash, created_at)
SELECT 'benchmark.' || n, '测试民警', CASE WHEN n > $2 THEN 'machine_client' ELSE 'clerk' END, '420101510000', $1, now()
  FROM generate_series(1, $2::int + 1) AS n
"""

# Two of the ministry, whose list holds every province's numbers: one brings a file, the other decides.
ADMINISTRATORS = ("benchmark.admin", "benchmark.admin2")
_ADMINISTRATORS = """
WITH ministry AS (
    INSERT INTO organizations (code, name) VALUES ('000000000000', '公安部') ON CONFLICT DO NOTHING
)
INSERT INTO officers (id, name, role, organization, password_hash, created_at)
SELECT id, '测试管理员', 'province_admin', '000000000000', $1, now()
  FROM unnest($2::text[]) AS id
"""

# The conventional baseline records into a table of its own.
_CONVENTIONAL = """
CREATE TABLE benchmark_lookups (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at        timestamptz NOT NULL DEFAULT now(),
    certificate_number text NOT NULL,
    purpose            text NOT NULL,
    used               boolean NOT NULL
);
GRANT SELECT, INSERT ON benchmark_lookups TO birthreg_service
"""

Say = Callable[[str], None]


def fingerprint(plan: Plan) -> str:
    """Name the seeds by what they depend on, so that kept ones are used only for what they are."""
    digest = hashlib.sha256()
    for _version, file in list_migrations():
        digest.update(file.read_bytes())
    for text in (
        _ORGANIZATIONS,
        _USAGES,
        _SINGLES,
        _RANGES,
        _LOOKED_BACK,
        _ISSUANCES,
        _OFFICERS,
        _ADMINISTRATORS,
        _CONVENTIONAL,
        SQL_NUMBER,
    ):
        digest.update(text.encode())
    digest.update(msgspec.json.encode([plan.usages, plan.singles, plan.ranges, plan.issuances, plan.connections]))
    return digest.hexdigest()[:12]


async def _insert(url: str, statement: str, *arguments: object) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(SQL_NUMBER)
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()


async def _seed_usages(url: str, plan: Plan) -> None:
    layout = lay_out(plan.usages)
    await _insert(url, _WITHOUT_INDEX)
    middle = plan.usages // 2
    halves = ((0, middle - 1), (middle, plan.usages - 1))
    await asyncio.gather(
        *(_insert(url, _USAGES, first, last, Place.USED, layout.slots, layout.width) for first, last in halves)
    )
    await _insert(url, "SET maintenance_work_mem = '1GB'; " + _WITH_INDEX)


async def seed(url: str, plan: Plan, say: Say) -> None:
    """Migrate an empty database and fill it; the login is the owner."""
    layout = lay_out(plan.usages)
    connection = await asyncpg.connect(url)
    await migrate(connection)
    await enter_rule_files(url)
    await connection.execute(_ORGANIZATIONS)
    await connection.execute(_CONVENTIONAL)
    secret = PasswordHasher().hash(PASSWORD)
    await connection.execute(_OFFICERS, secret, plan.connections)
    await connection.execute(_ADMINISTRATORS, secret, ADMINISTRATORS)
    await connection.close()
    say(f"seeding {plan.usages:,} usages")
    await _seed_usages(url, plan)
    say(f"seeding {plan.singles:,} listed numbers, {plan.ranges:,} ranges, {plan.issuances:,} issuances")
    await _insert(url, _SINGLES, plan.singles, Place.LISTED, layout.slots, layout.width)
    await _insert(url, _RANGES, plan.ranges, Place.RANGE, layout.slots, layout.width, LONG_EVERY, LONG_LENGTH)
    await _insert(url, _LOOKED_BACK)
    await _insert(url, _ISSUANCES, plan.issuances, Place.ISSUED, layout.slots, layout.width)
    await _insert(url, "VACUUM (ANALYZE)")
    await _insert(url, "CHECKPOINT")
