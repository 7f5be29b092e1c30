"""Fourteen years of registrations as rules read them, made by the server: families, stations, issuers, oddities."""

from datetime import UTC, datetime

import asyncpg

from benchmarks.numbers import PROVINCES

SUSPICIOUS_PER_MILLE = 10
_FIRST = datetime(2012, 1, 1, tzinfo=UTC)
_YEARS = 14

_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
 WHERE tablename = 'screening_facts' AND indexname <> 'screening_facts_of_a_registration'
"""

# In the order in which they were entered. One birth in five is a second child; one certificate in thirty comes from
# another province, most of them from a parent's. `odd` draws ten of a thousand, one for each oddity.
_FACTS = """
INSERT INTO screening_facts (
    registration_id, standing, certificate_number, organization, household_organization, county, officer, entered_at,
    applied_on, child, child_name, sex, birth_date, issued_on, issuer_name, issuer_code, issuer_division, issue_kind,
    born_outside, household_kind, collective_kind, relation, with_mother, with_father, marital_status, mother,
    mother_name, mother_birth_date, mother_province, father, father_name, father_province, applicant,
    applicant_relation, applicant_phone, address, has_paternity_report, has_adoption_proof)
SELECT (lpad(to_hex(milliseconds), 12, '0') || '7000' || '8' || lpad(to_hex(i), 15, '0'))::uuid, true,
       chr(65 + extract(year FROM issued)::int - 2000) || issuer_province || lpad(i::text, 7, '0'),
       county || '510000', county || '510000', county, county || '510000.' || chance % 4, entered, entered::date,
       i * 8, '王安' || i % 100000, 1 + chance % 2, CASE odd WHEN 1 THEN born - 2600 ELSE born END,
       CASE odd WHEN 2 THEN entered::date ELSE issued END, '第' || chance % 3000 || '妇幼保健院',
       issuer_province || '0101' || lpad((chance % 3000)::text, 4, '0'), issuer_division, 1,
       odd = 3, CASE odd WHEN 4 THEN 2 ELSE 1 END, CASE odd WHEN 4 THEN 'police_station' END,
       CASE odd WHEN 5 THEN '99' WHEN 4 THEN NULL ELSE '20' END, odd NOT IN (6, 7), odd <> 6,
       CASE odd WHEN 7 THEN 'unmarried' ELSE 'married' END,
       CASE WHEN odd <> 8 THEN family * 8 + 1 END, CASE WHEN odd <> 8 THEN '李' || family % 100000 END,
       CASE WHEN odd <> 8 THEN born - 7000 - (family % 5000)::int END, CASE WHEN odd <> 8 THEN mother_province END,
       family * 8 + 2, '王' || family % 100000, province, family * 8 + 1 + chance % 2,
       CASE chance % 2 WHEN 0 THEN 'mother' ELSE 'father' END,
       CASE odd WHEN 9 THEN chance % 100 ELSE family * 8 + 3 END, family * 8 + 4, false, false
  FROM generate_series(1, $1::bigint) AS i,
       LATERAL (SELECT $2::bigint + i * ($3::bigint / $1::bigint) AS milliseconds,
                       (i * 2654435761) % 4294967296 / 64 AS chance) AS drawn,
       LATERAL (SELECT to_timestamp(milliseconds / 1000.0) AT TIME ZONE 'UTC' AS entered,
                       CASE WHEN chance % 1000 < $4 THEN chance % 1000 ELSE -1 END AS odd,
                       CASE WHEN i % 5 = 0 AND i > $1::bigint / 6 THEN i - $1::bigint / 30 * 5 - 1 ELSE i END AS family,
                       $5::text[] AS provinces, 1 + chance / 1000 % cardinality($5::text[]) AS home) AS timed,
       LATERAL (SELECT provinces[home] AS province,
                       provinces[CASE WHEN chance % 30 = 0 THEN 1 + (home + chance / 30) % cardinality(provinces)
                                      ELSE home END] AS issuer_province,
                       provinces[home] || lpad((1 + chance / 7 % 10)::text, 2, '0')
                       || lpad((1 + chance / 77 % 10)::text, 2, '0') AS county,
                       entered::date - 25 - (chance % 10)::int AS born) AS placed,
       LATERAL (SELECT born + 3 AS issued,
                       CASE WHEN chance % 30 = 0 THEN issuer_province || '0101' ELSE county END AS issuer_division,
                       CASE WHEN chance % 300 = 0 THEN province ELSE issuer_province END AS mother_province) AS issuing
"""

_USAGES = """
INSERT INTO usages (certificate_number, used_at, organization, registration_reference, registration_id)
SELECT certificate_number, entered_at, organization, 'S' || child, registration_id
  FROM screening_facts
ON CONFLICT DO NOTHING
"""

# What the health authority delivered: one certificate in five, as it was registered.
_ISSUANCES = """
INSERT INTO issuances (certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, mother_name,
                       issuer_name, issuer_division, issuer_code, delivered_at, delivered_by)
SELECT certificate_number, 1, issued_on, child_name, sex, birth_date + interval '1 hour', mother_name, issuer_name,
       issuer_division, issuer_code, entered_at, 'benchmark'
  FROM screening_facts
 WHERE child % 40 = 0
ON CONFLICT DO NOTHING
"""


async def forget_histories(connection: asyncpg.Connection) -> None:
    """Take out what was seeded here before, with what was found of it."""
    await connection.execute("TRUNCATE screening_facts, findings, sweep_parts, sweep_rules, sweeps, screening_due")
    await connection.execute("DELETE FROM usages WHERE registration_reference LIKE 'S%'")


async def seed_histories(connection: asyncpg.Connection, count: int) -> None:
    """Fill the facts with so many registrations; the login is the owner's. Indexes are built after the rows."""
    await forget_histories(connection)
    indexes = await connection.fetch(_INDEXES)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    span = _YEARS * 365 * 86_400_000
    first = int(_FIRST.timestamp() * 1000)
    await connection.execute(_FACTS, count, first, span, SUSPICIOUS_PER_MILLE, list(PROVINCES))
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for index in indexes:
        await connection.execute(index["indexdef"])
    await connection.execute(_USAGES)
    await connection.execute(_ISSUANCES)
    for table in ("screening_facts", "usages", "issuances", "findings"):
        await connection.execute(f"VACUUM (ANALYZE) {table}")
    await connection.execute("CHECKPOINT")
