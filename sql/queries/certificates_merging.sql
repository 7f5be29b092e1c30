-- name: check_issuances
-- returns: rows
-- Read the staged lines as issuances, judge each, and sort the sound ones by number.
-- unscoped: the reach of who imports is judged per line
-- OFFSET 0 keeps the planner from working out a field again wherever it is named.
INSERT INTO checked_issuances (
       line, flaw, certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, gestation_days,
       weight_grams, length_centimeters, birth_place, birth_division, mother_name, father_name, issuer_name,
       issuer_division, issuer_code, original_number, again)
WITH split AS (
    SELECT staged.line, field, line_flaw(raw, field, :width::int) AS flaw
      FROM staged,
           LATERAL (SELECT csv_fields(raw) AS field OFFSET 0) AS fields
     WHERE NOT line_is_blank(raw)
    OFFSET 0
),
typed AS (
    SELECT line, flaw,
           read_text(field[:certificate_number::int]) AS certificate_number,
           read_text(field[:issue_kind::int])         AS issue_kind,
           read_text(field[:issued_on::int])          AS issued_on,
           read_text(field[:child_name::int])         AS child_name,
           read_text(field[:child_sex::int])          AS child_sex,
           read_text(field[:born_at::int])            AS born_at,
           read_text(field[:gestation_days::int])     AS gestation_days,
           read_text(field[:weight_grams::int])       AS weight_grams,
           read_text(field[:length_centimeters::int]) AS length_centimeters,
           read_text(field[:birth_place::int])        AS birth_place,
           read_text(field[:birth_division::int])     AS birth_division,
           read_text(field[:mother_name::int])        AS mother_name,
           read_text(field[:father_name::int])        AS father_name,
           read_text(field[:issuer_name::int])        AS issuer_name,
           read_text(field[:issuer_division::int])    AS issuer_division,
           read_text(field[:issuer_code::int])        AS issuer_code,
           read_text(field[:original_number::int])    AS original_number
      FROM split
    OFFSET 0
),
read AS (
    SELECT typed, line, flaw, child_name, birth_place, mother_name, father_name, issuer_name, issuer_code,
           read_certificate_number(certificate_number) AS certificate_number,
           read_whole(issue_kind, 1, 6)                AS issue_kind,
           read_date(issued_on)                        AS issued_on,
           read_whole(child_sex, 0, 9)                 AS child_sex,
           read_moment(born_at)                        AS born_at,
           read_whole(gestation_days, 0, 400)          AS gestation_days,
           read_whole(weight_grams, 0, 20000)          AS weight_grams,
           read_whole(length_centimeters, 0, 100)      AS length_centimeters,
           read_division(birth_division)               AS birth_division,
           read_division(issuer_division)              AS issuer_division,
           read_certificate_number(original_number)    AS original_number
      FROM typed
    OFFSET 0
),
judged AS (
    SELECT line, certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, gestation_days, weight_grams,
           length_centimeters, birth_place, birth_division, mother_name, father_name, issuer_name, issuer_division,
           issuer_code, original_number,
           CASE WHEN flaw IS NOT NULL                       THEN flaw
                WHEN certificate_number IS NULL THEN field_flaw('certificate_number', (typed).certificate_number, 'number_malformed')
                WHEN issue_kind IS NULL THEN field_flaw('issue_kind', (typed).issue_kind, 'issue_kind_unknown')
                WHEN issued_on IS NULL THEN field_flaw('issued_on', (typed).issued_on, 'date_malformed')
                WHEN issued_on > (:now::timestamptz AT TIME ZONE 'Asia/Shanghai')::date THEN 'issued_on date_in_future'
                WHEN issued_on < date '1900-01-01'          THEN 'issued_on date_too_early'
                WHEN child_name IS NULL                     THEN 'child_name field_missing'
                WHEN length(child_name) > 100               THEN 'child_name text_too_long'
                WHEN child_sex IS NULL OR child_sex NOT IN (0, 1, 2, 9) THEN field_flaw('child_sex', (typed).child_sex, 'sex_unknown')
                WHEN born_at IS NULL THEN field_flaw('born_at', (typed).born_at, 'moment_malformed')
                WHEN born_at > :now                         THEN 'born_at moment_in_future'
                WHEN born_at < timestamptz '1900-01-01T00:00:00+08:00' THEN 'born_at moment_too_early'
                WHEN gestation_days IS NULL AND (typed).gestation_days IS NOT NULL THEN 'gestation_days number_out_of_bounds'
                WHEN weight_grams IS NULL AND (typed).weight_grams IS NOT NULL     THEN 'weight_grams number_out_of_bounds'
                WHEN length_centimeters IS NULL AND (typed).length_centimeters IS NOT NULL
                                                            THEN 'length_centimeters number_out_of_bounds'
                WHEN length(birth_place) > 100              THEN 'birth_place text_too_long'
                WHEN birth_division IS NULL AND (typed).birth_division IS NOT NULL THEN 'birth_division division_malformed'
                WHEN length(mother_name) > 100              THEN 'mother_name text_too_long'
                WHEN length(father_name) > 100              THEN 'father_name text_too_long'
                WHEN issuer_name IS NULL                    THEN 'issuer_name field_missing'
                WHEN length(issuer_name) > 100              THEN 'issuer_name text_too_long'
                WHEN issuer_division IS NULL THEN field_flaw('issuer_division', (typed).issuer_division, 'division_malformed')
                WHEN NOT issuer_division || '000000' LIKE ANY (:reach::text[]) THEN 'issuer_division outside_reach'
                WHEN length(issuer_code) > 40               THEN 'issuer_code text_too_long'
                WHEN original_number IS NULL AND (typed).original_number IS NOT NULL THEN 'original_number number_malformed'
                WHEN original_number = certificate_number   THEN 'original_number original_is_same'
           END AS verdict
      FROM read
    OFFSET 0
)
SELECT line, verdict, CASE WHEN verdict IS NULL THEN certificate_number END, issue_kind, issued_on, child_name, child_sex,
       born_at, gestation_days, weight_grams, length_centimeters, birth_place, birth_division, mother_name, father_name,
       issuer_name, issuer_division, issuer_code, original_number,
       row_number() OVER (PARTITION BY CASE WHEN verdict IS NULL THEN certificate_number END ORDER BY line) > 1
  FROM judged;

-- name: refuse_flawed_issuances
-- returns: rows
-- Set the flawed lines aside.
-- unscoped: staging of this connection
INSERT INTO refused (line, field, code)
SELECT line, split_part(flaw, ' ', 1), split_part(flaw, ' ', 2)
  FROM checked_issuances
 WHERE flaw IS NOT NULL;

-- name: merge_issuances
-- returns: rows
-- Keep the issuances whose number isn't known yet; who races with another writer gets a unique violation.
-- unscoped: the reach of who imports was judged per line
INSERT INTO issuances (
       certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, gestation_days, weight_grams,
       length_centimeters, birth_place, birth_division, mother_name, father_name, issuer_name, issuer_division,
       issuer_code, original_number, delivered_at, delivered_by)
SELECT checked.certificate_number, checked.issue_kind, checked.issued_on, checked.child_name, checked.child_sex,
       checked.born_at, checked.gestation_days, checked.weight_grams, checked.length_centimeters, checked.birth_place,
       checked.birth_division, checked.mother_name, checked.father_name, checked.issuer_name, checked.issuer_division,
       checked.issuer_code, checked.original_number, :now, :delivered_by::text
  FROM checked_issuances AS checked
  LEFT JOIN LATERAL (
       SELECT true AS stands FROM issuances WHERE issuances.certificate_number = checked.certificate_number LIMIT 1
       ) AS known ON true
 WHERE checked.certificate_number IS NOT NULL
   AND NOT checked.again
   AND known.stands IS NULL;

-- name: refuse_other_issuances
-- returns: rows
-- Set aside the lines whose number is known with other facts, in the books or by an earlier line.
-- unscoped: a line learns no more than that it differs
INSERT INTO refused (line, field, code)
SELECT checked.line, 'certificate_number', 'issued_otherwise'
  FROM checked_issuances AS checked
 CROSS JOIN LATERAL (
       SELECT issue_kind, issued_on, child_name, child_sex, born_at, mother_name, father_name, issuer_division,
              original_number
         FROM issuances
        WHERE issuances.certificate_number = checked.certificate_number
        LIMIT 1
       ) AS known
 WHERE (known.issue_kind, known.issued_on, known.child_name, known.child_sex, known.born_at, known.mother_name,
        known.father_name, known.issuer_division, known.original_number)
       IS DISTINCT FROM
       (checked.issue_kind, checked.issued_on, checked.child_name, checked.child_sex, checked.born_at,
        checked.mother_name, checked.father_name, checked.issuer_division, checked.original_number);
