"""Very many plain registrations in seconds, by SQL: what rules are planned and measured over."""

import asyncpg

FACTS = """
WITH places AS MATERIALIZED (
    SELECT n, county, substr(county, 1, 2) AS province, county || lpad((n / 1200)::text, 4, '0') || '00' AS organization
      FROM (SELECT n, ('{{13,21,32,33,36,37,41,42,43,44,45,51,52,53,61}}'::text[])[1 + n % 15]
                      || lpad((1 + n / 15 % 10)::text, 2, '0') || lpad((1 + n / 150 % 8)::text, 2, '0') AS county
              FROM generate_series(0, {stations} - 1) AS n) AS named
),
drawn AS (
    SELECT n, (hashint8(n) & 1073741823) AS dice, (hashint8(n + 4000000000) & 1073741823) AS dice_too,
           timestamptz '2026-06-30 00:00+00' - ({rows} - n) * interval '40 seconds' AS entered_at
      FROM generate_series(1, {rows}) AS n
)
INSERT INTO screening_facts (
    registration_id, standing, certificate_number, organization, household_organization, county, officer, entered_at,
    applied_on, child_name, sex, birth_date, issued_on, issuer_name, issuer_code, issuer_division, issue_kind,
    original_number, born_outside, household_kind, relation, with_mother, with_father, marital_status, mother,
    mother_name, mother_birth_date, mother_province, father, father_name, father_province, applicant,
    applicant_relation, applicant_phone, address, has_paternity_report, has_adoption_proof)
SELECT (lpad(to_hex(extract(epoch FROM entered_at)::bigint * 1000), 12, '0') || '7000a000' || lpad(to_hex(n), 12, '0'))
       ::uuid, true, 'Z' || lpad((n::bigint * 499979 % 1000000000)::text, 9, '0'), organization, organization, county,
       organization || '.' || dice % 3, entered_at, entered_at::date,
       chr(19968 + dice % 120) || chr(22000 + dice / 128 % 90) || chr(24000 + dice_too % 90), 1 + dice % 2,
       entered_at::date - 5 - dice_too % 20, entered_at::date - 3 - dice_too % 2, '医院' || n % 5000,
       issuer || '001', issuer, 1, CASE WHEN n % 50 = 0 THEN 'Y' || lpad(n::text, 9, '0') END, false, 1,
       '30', true, true, 'married', mother, '王' || chr(22000 + dice % 900), date '1990-01-01' + dice % 4000, province,
       mother + 1, '李' || chr(22000 + dice_too % 900), province, mother + dice % 2,
       CASE dice % 2 WHEN 0 THEN 'mother' ELSE 'father' END, mother + 2, mother + 3, false, false
  FROM (SELECT drawn.n, dice, dice_too, entered_at, organization, county, province,
               CASE WHEN dice_too % 100 < 84 THEN county
                    WHEN dice_too % 100 < 98 THEN province || '0101'
                    ELSE ('{{13,36,41,43,52,53}}'::text[])[1 + dice % 6] || '0203' END AS issuer,
               8 * CASE WHEN drawn.n % 3 = 0 AND drawn.n > {rows} / 2 THEN drawn.n - {rows} / 2
                        ELSE drawn.n END AS mother
          FROM drawn
          JOIN places ON places.n = drawn.dice / 100 % {stations}
         ORDER BY drawn.n) AS spread
"""
"""One every 40 seconds; one in fifty from far away, one in seven from the capital, one in six a sibling."""

BOOKS = """
INSERT INTO usages (certificate_number, used_at, organization, registration_id)
SELECT certificate_number, entered_at, organization, registration_id FROM screening_facts ORDER BY registration_id;

INSERT INTO issuances (certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, mother_name,
                       issuer_name, issuer_division, original_number, delivered_at, delivered_by)
SELECT certificate_number, issue_kind, issued_on, child_name, sex, birth_date, mother_name, issuer_name,
       issuer_division, original_number, entered_at, 'health'
  FROM screening_facts
 ORDER BY registration_id;

INSERT INTO lookups (id, recorded_at, officer, organization, terminal, purpose, certificate_number, verdict,
                     list_version, rule_version, transaction_number)
SELECT overlay(registration_id::text PLACING to_hex(times) FROM 18 FOR 1)::uuid, entered_at, officer, organization,
       'desk', 'birth_registration', certificate_number, 'clear', 1, 1, 1
  FROM screening_facts
 CROSS JOIN generate_series(1, 2) AS times
 ORDER BY registration_id;
"""


async def seed_crowd(connection: asyncpg.Connection, *, rows: int, stations: int = 4_000) -> None:
    """Enter so many registrations with the use of each number, its issue, and the look-ups that came before."""
    months = 3 + rows * 40 // 2_500_000
    await connection.execute(
        "SELECT ensure_monthly_partitions("
        "'lookups', (date '2026-06-30' - $1 * interval '1 month')::date, '2026-12-31')",
        months,
    )
    await connection.execute(FACTS.format(rows=rows, stations=stations))
    await connection.execute(BOOKS)
