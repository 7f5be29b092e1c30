-- name: check_entries
-- returns: rows
-- Read the staged lines as entries of the list, judge each, and sort the sound ones by number.
-- unscoped: the list of one organisation, named by who imports
-- Digits 1 and 2 of a number are its province, whose list it belongs to; where they name none, it is anybody's. No
-- province is given where all are reached.
-- OFFSET 0 keeps the planner from working out a field again wherever it is named.
INSERT INTO checked_entries (
       line, flaw, first, last, count, reason, document_number, event_date, institution, note, again)
WITH split AS (
    SELECT staged.line, field, line_flaw(raw, field, :width::int) AS flaw
      FROM staged,
           LATERAL (SELECT csv_fields(raw) AS field OFFSET 0) AS fields
     WHERE NOT line_is_blank(raw)
    OFFSET 0
),
typed AS (
    SELECT line, flaw,
           read_text(field[:first::int])                      AS first,
           read_text(field[:last::int])                       AS last,
           read_text(field[:count::int])                      AS count,
           read_text(field[:reason::int])                     AS reason,
           unguarded(read_text(field[:document_number::int])) AS document_number,
           read_text(field[:event_date::int])                 AS event_date,
           unguarded(read_text(field[:institution::int]))     AS institution,
           unguarded(read_text(field[:note::int]))            AS note
      FROM split
    OFFSET 0
),
read AS (
    SELECT typed, line, flaw, reason, document_number, institution, note,
           read_certificate_number(first)                 AS first,
           read_certificate_number(coalesce(last, first)) AS last,
           read_whole(count, 1, 999999999)                AS stated,
           read_date(event_date)                          AS event_date
      FROM typed
    OFFSET 0
),
counted AS (
    SELECT typed, line, flaw, first, last, stated, reason, document_number, event_date, institution, note,
           certificate_ordinal(last) - certificate_ordinal(first) + 1 AS count
      FROM read
    OFFSET 0
),
judged AS (
    SELECT line, first, last, count, reason, document_number, event_date, institution, note,
           CASE WHEN flaw IS NOT NULL                    THEN flaw
                WHEN first IS NULL THEN field_flaw('first', (typed).first, 'number_malformed')
                WHEN last IS NULL                        THEN 'last number_malformed'
                WHEN left(first, 1) <> left(last, 1)     THEN 'last range_letters_differ'
                WHEN first > last                        THEN 'last range_backwards'
                WHEN count > 10000000                    THEN 'last range_too_long'
                WHEN left(first, 3) <> left(last, 3)     THEN 'last range_provinces_differ'
                WHEN substr(first, 2, 2) <> :province::text
                 AND substr(first, 2, 2) IN (SELECT code FROM provinces) THEN 'first outside_reach'
                WHEN stated IS NULL AND (typed).count IS NOT NULL THEN 'count number_out_of_bounds'
                WHEN stated <> count                     THEN 'count range_count_differs'
                WHEN reason IS NULL                      THEN 'reason field_missing'
                WHEN reason <> ALL (:reasons::text[])    THEN 'reason reason_unknown'
                WHEN document_number IS NULL             THEN 'document_number field_missing'
                WHEN length(document_number) > 100       THEN 'document_number text_too_long'
                WHEN event_date IS NULL THEN field_flaw('event_date', (typed).event_date, 'date_malformed')
                WHEN event_date < date '1996-01-01'      THEN 'event_date event_too_early'
                WHEN event_date > (:now::timestamptz AT TIME ZONE 'Asia/Shanghai')::date THEN 'event_date date_in_future'
                WHEN length(institution) > 100           THEN 'institution text_too_long'
                WHEN length(note) > 1000                 THEN 'note text_too_long'
           END AS verdict
      FROM counted
    OFFSET 0
)
SELECT line, verdict, CASE WHEN verdict IS NULL THEN first END, last, count, reason, document_number, event_date,
       institution, note,
       row_number() OVER (PARTITION BY CASE WHEN verdict IS NULL THEN first END, last, document_number, reason
                              ORDER BY line) > 1
  FROM judged;

-- name: refuse_flawed_entries
-- returns: rows
-- Set the flawed lines aside.
-- unscoped: staging of this connection
INSERT INTO refused (line, field, code)
SELECT line, split_part(flaw, ' ', 1), split_part(flaw, ' ', 2)
  FROM checked_entries
 WHERE flaw IS NOT NULL;

-- name: merge_entries
-- returns: rows
-- List what isn't listed yet by this organisation with the same document and reason; who races
-- with another writer gets a unique violation.
-- unscoped: the list of one organisation, named by who imports
INSERT INTO blacklist_entries (
       id, first, last, count, reason, document_number, event_date, institution, note, organization, listed_at, listed_by)
SELECT new_id_at(:now), checked.first, checked.last, checked.count, checked.reason, checked.document_number,
       checked.event_date, checked.institution, checked.note, :organization::text, :now, :listed_by::text
  FROM checked_entries AS checked
  LEFT JOIN LATERAL (
       SELECT true AS stands
         FROM blacklist_entries AS entries
        WHERE entries.first = checked.first
          AND entries.last = checked.last
          AND entries.document_number = checked.document_number
          AND entries.reason = checked.reason
          AND entries.organization = :organization
          AND entries.lifted_at IS NULL
          AND entries.lapses_at IS NULL
        LIMIT 1
       ) AS known ON true
 WHERE checked.first IS NOT NULL
   AND NOT checked.again
   AND known.stands IS NULL;
