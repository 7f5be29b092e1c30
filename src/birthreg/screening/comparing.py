"""One statement out of two standings of a rule: what each finds in a stretch of the books, and where they differ."""

from birthreg.kernel.sql import Query
from birthreg.screening.models import Mode, Rule, Standing
from birthreg.screening.statements import COLUMNS, STRETCH, Statement, body_of, place_parameters, values_of

SAMPLES = 20
"""How many registrations of each kind of difference are shown."""

_FRAME = """
WITH candidates AS MATERIALIZED (
    SELECT {columns}
      FROM screening_facts
     WHERE standing
       AND {candidates}
),
present AS MATERIALIZED (
{present}
),
wanted AS MATERIALIZED (
{wanted}
),
compared AS MATERIALIZED (
    SELECT coalesce(wanted.registration_id, present.registration_id) AS registration_id,
           present.registration_id IS NOT NULL AS is_now, wanted.registration_id IS NOT NULL AS is_after,
           coalesce(wanted.evidence, present.evidence) AS evidence
      FROM present
      FULL JOIN wanted ON wanted.registration_id = present.registration_id
)
SELECT (SELECT count(*) FROM candidates) AS looked_at,
       count(*) FILTER (WHERE is_now) AS findings_now,
       count(*) FILTER (WHERE is_after) AS findings_after,
       count(*) FILTER (WHERE NOT is_after) AS gone,
       count(*) FILTER (WHERE NOT is_now) AS new,
       {gone} AS gone_samples,
       {new} AS new_samples
  FROM compared
"""

_FOUND = """
SELECT DISTINCT ON (found.registration_id) found.registration_id, found.evidence
  FROM (
{body}
) AS found
 ORDER BY found.registration_id
"""

_NOTHING = "SELECT NULL::uuid AS registration_id, NULL::jsonb AS evidence WHERE false"
_THE_SAME = "SELECT registration_id, evidence FROM present"

_SAMPLE = """(
       SELECT coalesce(jsonb_agg(to_jsonb(sample)), '[]')
         FROM (SELECT candidates.registration_id, candidates.certificate_number, candidates.organization,
                      candidates.household_organization, compared.evidence
                 FROM compared
                 JOIN candidates ON candidates.registration_id = compared.registration_id
                WHERE NOT compared.{absent}
                  AND (candidates.organization LIKE ANY (:scope::text[])
                       OR candidates.household_organization LIKE ANY (:scope::text[]))
                ORDER BY candidates.registration_id DESC
                LIMIT {samples}) AS sample)"""


def compare(rule: Rule, *, present: Standing, wanted: Standing) -> Statement:
    """Put a rule as it stands and as it is wanted together; one that is off finds nothing.

    What is in the books already counts like what isn't, and a shadow like what is live. `:scope` is where
    samples come from.
    """
    text, parameters = place_parameters(
        _FRAME.format(
            columns=", ".join(COLUMNS),
            candidates=STRETCH,
            present=_found(rule, present, prefix="present"),
            wanted=_THE_SAME if is_alike(present, wanted) else _found(rule, wanted, prefix="wanted"),
            gone=_SAMPLE.format(absent="is_after", samples=SAMPLES),
            new=_SAMPLE.format(absent="is_now", samples=SAMPLES),
        )
    )
    values = values_of(rule, present, prefix="present") | values_of(rule, wanted, prefix="wanted")
    query = Query(name="compare", returns="Compared", sentence="What differs.", text=text, parameters=parameters)
    return Statement(query, values)


def is_alike(present: Standing, wanted: Standing) -> bool:
    """Say whether two standings of a rule find the same: then it is run once."""
    both_run = Mode.OFF not in (present.mode, wanted.mode)
    return both_run and present.parameters == wanted.parameters


def _found(rule: Rule, standing: Standing, *, prefix: str) -> str:
    return _NOTHING if standing.mode is Mode.OFF else _FOUND.format(body=body_of(rule, prefix=prefix))
