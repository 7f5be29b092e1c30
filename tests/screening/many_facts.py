"""Facts of many registrations at once, made by the server: every so many in a collective household."""

from datetime import UTC, datetime

from tests import make

from birthreg.kernel.database import Transaction

FIRST_DAY = datetime(2015, 1, 1, tzinfo=UTC)

_FACTS = """
INSERT INTO screening_facts (
    registration_id, standing, certificate_number, organization, household_organization, county, officer, entered_at,
    applied_on, child_name, sex, birth_date, born_outside, household_kind, collective_kind, with_mother, with_father,
    marital_status, mother, father, applicant_relation, has_paternity_report, has_adoption_proof)
SELECT (lpad(to_hex(milliseconds), 12, '0') || '7000' || '8' || lpad(to_hex(place), 15, '0'))::uuid, true,
       'P42' || lpad(place::text, 7, '0'), $4, $4, '420106', 'clerk.wuchang',
       to_timestamp(milliseconds / 1000.0), (to_timestamp(milliseconds / 1000.0) AT TIME ZONE 'UTC')::date,
       '李安' || place, 1 + place % 2, (to_timestamp(milliseconds / 1000.0) AT TIME ZONE 'UTC')::date - 10, false,
       CASE WHEN place % $3 = 0 THEN 2 ELSE 1 END, CASE WHEN place % $3 = 0 THEN 'police_station' END, true, true,
       'married', place * 2 + 1000000000, place * 2 + 1000000001, 'father', false, false
  FROM generate_series(1, $1::bigint) AS place,
       LATERAL (SELECT $2::bigint + place * 1000 AS milliseconds) AS moment
"""


async def seed_facts(tx: Transaction, count: int, *, every: int = 100, since: datetime = FIRST_DAY) -> int:
    """Enter so many, a second apart; return how many of them stand in a collective household."""
    await tx.connection.execute(_FACTS, count, int(since.timestamp() * 1000), every, make.WUCHANG)
    return count // every
