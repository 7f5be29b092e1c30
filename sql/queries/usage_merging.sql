-- name: check_usages
-- returns: rows
-- Read the staged lines as usages, judge each, and sort the sound ones by number.
-- unscoped: the reach of who imports is judged per line
-- OFFSET 0 keeps the planner from working out a field again wherever it is named.
INSERT INTO checked_usages (line, flaw, certificate_number, used_at, organization, registration_reference, again)
WITH split AS (
    SELECT staged.line, field, line_flaw(raw, field, :width::int) AS flaw
      FROM staged,
           LATERAL (SELECT csv_fields(raw) AS field OFFSET 0) AS fields
     WHERE NOT line_is_blank(raw)
    OFFSET 0
),
typed AS (
    SELECT line, flaw,
           field[:certificate_number::int]     AS number_typed,
           field[:used_at::int]                AS moment_typed,
           field[:organization::int]           AS organization_typed,
           field[:registration_reference::int] AS reference_typed
      FROM split
    OFFSET 0
),
read AS (
    SELECT line, flaw, number_typed, moment_typed, organization_typed,
           read_certificate_number(number_typed) AS certificate_number,
           read_moment(moment_typed)             AS used_at,
           read_organization(organization_typed) AS organization,
           read_text(reference_typed)            AS registration_reference
      FROM typed
    OFFSET 0
),
judged AS (
    SELECT line, certificate_number, used_at, organization, registration_reference,
           CASE WHEN flaw IS NOT NULL           THEN flaw
                WHEN certificate_number IS NULL THEN field_flaw('certificate_number', number_typed, 'number_malformed')
                WHEN used_at IS NULL            THEN field_flaw('used_at', moment_typed, 'moment_malformed')
                WHEN used_at > :now             THEN 'used_at moment_in_future'
                WHEN organization IS NULL       THEN field_flaw('organization', organization_typed, 'organization_malformed')
                WHEN NOT organization LIKE ANY (:reach::text[]) THEN 'organization outside_reach'
                WHEN length(registration_reference) > 100 THEN 'registration_reference text_too_long'
           END AS flaw
      FROM read
    OFFSET 0
)
SELECT line, flaw, CASE WHEN flaw IS NULL THEN certificate_number END, used_at, organization, registration_reference,
       row_number() OVER (PARTITION BY CASE WHEN flaw IS NULL THEN certificate_number END ORDER BY line) > 1
  FROM judged;

-- name: refuse_flawed_usages
-- returns: rows
-- Set the flawed lines aside.
-- unscoped: staging of this connection
INSERT INTO refused (line, field, code)
SELECT line, split_part(flaw, ' ', 1), split_part(flaw, ' ', 2)
  FROM checked_usages
 WHERE flaw IS NOT NULL;

-- name: merge_usages
-- returns: rows
-- Keep the usages whose number isn't known yet. Looking first costs less than ON CONFLICT
-- (a quarter, measured); who races with another writer gets a unique violation and tries again.
-- unscoped: a number is used once in the whole country
INSERT INTO usages (certificate_number, used_at, organization, registration_reference)
SELECT checked.certificate_number, checked.used_at, checked.organization, checked.registration_reference
  FROM checked_usages AS checked
  LEFT JOIN LATERAL (
       SELECT true AS stands FROM usages WHERE usages.certificate_number = checked.certificate_number LIMIT 1
       ) AS known ON true
 WHERE checked.certificate_number IS NOT NULL
   AND NOT checked.again
   AND known.stands IS NULL;

-- name: refuse_other_usages
-- returns: rows
-- Set aside the lines whose number is used otherwise, in the books or by an earlier line.
-- unscoped: a number is used once in the whole country
INSERT INTO refused (line, field, code)
SELECT checked.line, 'certificate_number',
       CASE WHEN known.reserved THEN 'number_reserved' ELSE 'number_used_elsewhere' END
  FROM checked_usages AS checked
 CROSS JOIN LATERAL (
       SELECT used_at, organization, registration_reference, reserved
         FROM usages
        WHERE usages.certificate_number = checked.certificate_number
        LIMIT 1
       ) AS known
 WHERE (known.used_at, known.organization, known.registration_reference, known.reserved)
       IS DISTINCT FROM (checked.used_at, checked.organization, checked.registration_reference, false);

-- name: keep_rival_claims
-- returns: rows
-- Keep who else says to have used a number, where it is another organisation than the one in the books.
-- unscoped: a number is used once in the whole country
INSERT INTO rival_claims (certificate_number, source, organization, claimed_at)
SELECT checked.certificate_number, 'imported', checked.organization, checked.used_at
  FROM checked_usages AS checked
 CROSS JOIN LATERAL (
       SELECT organization
         FROM usages
        WHERE usages.certificate_number = checked.certificate_number
        LIMIT 1
       ) AS known
 WHERE known.organization <> checked.organization
ON CONFLICT DO NOTHING;
