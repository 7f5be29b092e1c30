"""Twenty-six years of registrations as rules read them, made by the server: families, stations, issuers, oddities."""

import asyncpg

from benchmarks.numbers import PROVINCES, SQL_NUMBER, lay_out

SUSPICIOUS_PER_MILLE = 10
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
 WHERE tablename = 'screening_facts' AND indexname <> 'screening_facts_of_a_registration'
"""

# In the order in which they were entered, on the used numbers of the seeds, whose letters are those of 26 years. One
# birth in five is a second child; one certificate in thirty comes from another province, most of them from a parent's.
# `odd` draws some of a thousand, each for one oddity.
_FACTS = """
INSERT INTO screening_facts (
    registration_id, standing, certificate_number, organization, household_organization, county, officer, entered_at,
    applied_on, child, child_name, sex, birth_date, issued_on, issuer_name, issuer_code, issuer_division, issue_kind,
    born_outside, household_kind, collective_kind, relation, with_mother, with_father, marital_status, mother,
    mother_name, mother_birth_date, mother_province, father, father_name, father_province, applicant,
    applicant_relation, applicant_phone, address, has_paternity_report, has_adoption_proof)
SELECT (lpad(to_hex((extract(epoch FROM entered) * 1000)::bigint), 12, '0') || '70008'
        || lpad(to_hex(k), 15, '0'))::uuid, true, number, county || '510000', county || '510000', county,
       county || '510000.' || chance % 4, entered, entered::date, k * 8, '王安' || k % 100000, 1 + chance % 2,
       CASE odd WHEN 1 THEN born - 2600 ELSE born END, CASE odd WHEN 2 THEN entered::date ELSE born + 3 END,
       '第' || chance % 3000 || '妇幼保健院', issuer_province || '0101' || lpad((chance % 3000)::text, 4, '0'),
       CASE WHEN chance % 30 = 0 THEN issuer_province || '0101' ELSE county END, 1, odd = 3,
       CASE odd WHEN 4 THEN 2 ELSE 1 END, CASE odd WHEN 4 THEN 'police_station' END,
       CASE odd WHEN 5 THEN '99' WHEN 4 THEN NULL ELSE '20' END, odd NOT IN (6, 7), odd <> 6,
       CASE odd WHEN 7 THEN 'unmarried' ELSE 'married' END, CASE WHEN odd <> 8 THEN family * 8 + 1 END,
       CASE WHEN odd <> 8 THEN '李' || family % 100000 END,
       CASE WHEN odd <> 8 THEN born - 7000 - (family % 5000)::int END,
       CASE WHEN odd <> 8 THEN CASE WHEN chance % 300 = 0 THEN province ELSE issuer_province END END,
       family * 8 + 2, '王' || family % 100000, province, family * 8 + 1 + chance % 2,
       CASE chance % 2 WHEN 0 THEN 'mother' ELSE 'father' END,
       CASE odd WHEN 9 THEN chance % 100 ELSE family * 8 + 3 END, family * 8 + 4, false, false
  FROM generate_series(0, $1::bigint - 1) AS k,
       LATERAL (SELECT greatest($1::bigint / 26, 1) AS yearly, (k * 2654435761) % 4294967296 / 64 AS chance) AS drawn,
       LATERAL (SELECT least(k / yearly, 25) AS year, k - least(k / yearly, 25) * yearly AS turn,
                       CASE WHEN chance % 1000 < $2 THEN chance % 1000 ELSE -1 END AS odd,
                       CASE WHEN k % 5 = 0 AND k > $1::bigint / 6 THEN k - $1::bigint / 50 * 5 - 1 ELSE k END AS family,
                       $5::text[] AS provinces) AS dated,
       LATERAL (SELECT make_timestamp(2000 + year::int, 2, 10, 0, 0, 0)
                       + turn * (interval '320 days' / yearly) AS entered,
                       pg_temp.number_at(turn * 26 + year, 0, $3, $4) AS number,
                       1 + turn % cardinality(provinces) AS issued_in) AS numbered,
       LATERAL (SELECT provinces[issued_in] AS issuer_province,
                       provinces[CASE WHEN chance % 30 = 0 THEN 1 + (issued_in + chance / 30) % cardinality(provinces)
                                      ELSE issued_in END] AS province) AS issuing,
       LATERAL (SELECT province || lpad((1 + chance / 7 % 10)::text, 2, '0')
                       || lpad((1 + chance / 77 % 10)::text, 2, '0') AS county,
                       entered::date - 25 - (chance % 10)::int AS born) AS placed
"""

# What the health authority delivered: one certificate in five, as it was registered.
_ISSUANCES = """
INSERT INTO issuances (certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, mother_name,
                       issuer_name, issuer_division, issuer_code, delivered_at, delivered_by)
SELECT certificate_number, 1, issued_on, child_name, sex, birth_date + interval '1 hour', mother_name, issuer_name,
       issuer_division, issuer_code, entered_at, 'histories'
  FROM screening_facts
 WHERE child % 40 = 0
ON CONFLICT DO NOTHING
"""


async def forget_findings(connection: asyncpg.Connection) -> None:
    """Take out what was found, and the cases that it opened."""
    await connection.execute("TRUNCATE findings, sweep_parts, sweep_rules, sweeps, screening_due, cases CASCADE")
    await connection.execute("TRUNCATE case_places")


async def seed_histories(connection: asyncpg.Connection, count: int, *, usages: int) -> None:
    """Fill the facts with so many registrations, no more than there are usages; the login is the owner's.

    What was there before goes; indexes are built after the rows.
    """
    await forget_findings(connection)
    await connection.execute("TRUNCATE screening_facts; DELETE FROM issuances WHERE delivered_by = 'histories'")
    indexes = await connection.fetch(_INDEXES)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    layout = lay_out(usages)
    await connection.execute(SQL_NUMBER)
    await connection.execute(_FACTS, count, SUSPICIOUS_PER_MILLE, layout.slots, layout.width, list(PROVINCES))
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for index in indexes:
        await connection.execute(index["indexdef"])
    await connection.execute(_ISSUANCES)
    for table in ("screening_facts", "issuances", "findings"):
        await connection.execute(f"VACUUM (ANALYZE) {table}")
    await connection.execute("CHECKPOINT")
