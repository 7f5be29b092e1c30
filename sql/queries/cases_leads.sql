-- name: owe_attempts
-- returns: rows
-- Listed numbers were shown at desks: note it for who opens cases of it.
-- unscoped: whoever showed it, the number's case is one for the country
INSERT INTO attempts_owed (lookup_id, certificate_number, officer, organization, reason, document_number, shown_at)
SELECT lookup, number, officer, organization, reason, document_number, :now
  FROM unnest(:lookups::uuid[], :numbers::text[], :officers::text[], :organizations::text[], :reasons::text[],
              :document_numbers::text[])
    AS shown (lookup, number, officer, organization, reason, document_number);

-- name: take_turn_with_attempts
-- returns: Turn
-- Whether nobody else admits attempts in a transaction that still runs.
-- unscoped: one queue, of this instance
SELECT pg_try_advisory_xact_lock(attempts_lock()) AS granted;

-- name: admit_attempts
-- returns: Admitted
-- The attempts that wait longest: each opens a case or joins the open one, once an officer, number and day (of China).
-- unscoped: whoever showed it, the number's case is one for the country
WITH taken AS (
    DELETE FROM attempts_owed
     WHERE lookup_id = ANY (ARRAY(SELECT lookup_id FROM attempts_owed ORDER BY lookup_id LIMIT :limit))
    RETURNING lookup_id, certificate_number, officer, organization, reason, document_number, shown_at,
              (shown_at AT TIME ZONE 'Asia/Shanghai')::date AS day
),
asked AS (
    SELECT DISTINCT ON (certificate_number, officer, day)
           certificate_number, officer, day, lookup_id, organization, reason, document_number, shown_at
      FROM taken
     ORDER BY certificate_number, officer, day, lookup_id
),
fresh AS (
    SELECT asked.lookup_id, asked.certificate_number, asked.organization, asked.reason, asked.document_number,
           asked.shown_at
      FROM asked
     WHERE NOT EXISTS (
           SELECT FROM case_leads
             JOIN cases ON cases.id = case_leads.case_id
             JOIN lookups ON lookups.id = case_leads.source_id
            WHERE case_leads.certificate_number = asked.certificate_number
              AND case_leads.kind = 'attempt'
              AND cases.status <> 'closed'
              AND (lookups.recorded_at AT TIME ZONE 'Asia/Shanghai')::date = asked.day
              AND coalesce(lookups.on_behalf_of, lookups.officer) = asked.officer)
),
admitted AS (
    SELECT each.source_id
      FROM (SELECT array_agg(
                       ('attempt', fresh.lookup_id, 'attempt', 'high', NULL, fresh.certificate_number,
                        fresh.organization, NULL,
                        format('%s于 %s 为办理登记查验编号 %s,该编号已列入失效名单(%s,文号 %s)。',
                               coalesce(askers.name, fresh.organization),
                               to_char(fresh.shown_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'),
                               fresh.certificate_number, words.zh, fresh.document_number),
                        format('%s looked up %s for a registration on %s; it is listed as void (%s, document %s).',
                               coalesce(askers.name, fresh.organization), fresh.certificate_number,
                               to_char(fresh.shown_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'),
                               words.en, fresh.document_number))::lead
                       ORDER BY fresh.lookup_id) AS leads
              FROM fresh
             CROSS JOIN LATERAL void_reason(fresh.reason) AS words
              LEFT JOIN organizations AS askers ON askers.code = fresh.organization) AS given
     CROSS JOIN LATERAL admit_leads(given.leads, :now) AS each
     WHERE given.leads IS NOT NULL
)
SELECT (SELECT count(*) FROM taken) AS taken, (SELECT count(*) FROM admitted) AS leads;

-- name: hold_watch
-- returns: LookupMark
-- How far look-ups have been watched; no row while another worker watches them.
-- unscoped: one row, of this instance
SELECT next_transaction, reached_at
  FROM lookup_watch
   FOR UPDATE SKIP LOCKED;

-- name: find_watch_cut
-- returns: LookupCut
-- Up to which transaction is watched now: the oldest that still runs, or the one that fills a part.
-- unscoped: the worker watches for every organisation
WITH horizon AS (
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + trail_base() AS transaction
),
due AS (
    SELECT transaction_number
      FROM lookups
     WHERE transaction_number >= :first
       AND transaction_number < (SELECT transaction FROM horizon)
       AND id >= first_id_at(:since)
       AND id < first_id_at(:until)
     ORDER BY transaction_number
     LIMIT :limit::bigint
)
SELECT CASE WHEN count(*) < :limit THEN (SELECT transaction FROM horizon)
            ELSE max(transaction_number) + 1 END AS next,
       count(*) AS lookups
  FROM due;

-- name: admit_shopped
-- returns: LeadCase
-- Numbers looked up since for a registration that by now were shown at several stations within the days, and that nobody registered.
-- unscoped: a number is carried from one jurisdiction to another
WITH shown AS (
    SELECT DISTINCT certificate_number AS number
      FROM lookups
     WHERE transaction_number >= :first
       AND transaction_number < :next
       AND id >= first_id_at(:since)
       AND id < first_id_at(:until)
       AND certificate_number IS NOT NULL
       AND purpose = ANY (:purposes::text[])
),
unused AS (
    SELECT shown.number
      FROM shown
     WHERE NOT EXISTS (SELECT FROM usages WHERE usages.certificate_number = shown.number)
       AND NOT EXISTS (
           SELECT FROM case_leads
            WHERE case_leads.certificate_number = shown.number
              AND case_leads.kind = 'shopping'
              AND case_leads.found_at > :window)
),
shopped AS (
    SELECT unused.number, asked.stations, asked.lookup, asked.first_organization, asked.last_organization,
           asked.first_at, asked.last_at
      FROM unused
     CROSS JOIN LATERAL (
           SELECT array_agg(DISTINCT each.organization) AS stations, min(each.recorded_at) AS first_at,
                  max(each.recorded_at) AS last_at,
                  (array_agg(each.id ORDER BY each.id DESC))[1] AS lookup,
                  (array_agg(each.organization ORDER BY each.id))[1] AS first_organization,
                  (array_agg(each.organization ORDER BY each.id DESC))[1] AS last_organization
             FROM (SELECT lookups.id, lookups.organization, lookups.recorded_at
                     FROM lookups
                    WHERE lookups.certificate_number = unused.number
                      AND lookups.id >= first_id_at(:window)
                      AND lookups.id < first_id_at(:until)
                      AND lookups.purpose = ANY (:purposes::text[])
                      AND lookups.organization NOT LIKE '%000000'
                    ORDER BY lookups.id DESC
                    LIMIT 500) AS each) AS asked
     WHERE cardinality(asked.stations) >= :stations
)
SELECT admitted.source_id, admitted.case_id
  FROM admit_leads(
        (SELECT array_agg(
                    ('shopping', shopped.lookup, 'shopping', 'medium', NULL, shopped.number,
                     shopped.last_organization, shopped.first_organization,
                     format('编号 %s 自 %s 至 %s 先后在 %s 个派出所查验(%s),一直未办理登记。', shopped.number,
                            day_of(shopped.first_at), day_of(shopped.last_at), cardinality(shopped.stations), named.zh),
                     format('%s was looked up at %s stations from %s to %s (%s), and registered at none.',
                            shopped.number, cardinality(shopped.stations), day_of(shopped.first_at),
                            day_of(shopped.last_at), named.en))::lead
                    ORDER BY shopped.lookup)
           FROM shopped
          CROSS JOIN LATERAL (
                SELECT string_agg(coalesce(organizations.name, each.code), '、' ORDER BY each.code)
                       || CASE WHEN cardinality(shopped.stations) > 5 THEN '等' ELSE '' END AS zh,
                       string_agg(coalesce(organizations.name, each.code), ', ' ORDER BY each.code)
                       || CASE WHEN cardinality(shopped.stations) > 5 THEN ' …' ELSE '' END AS en
                  FROM unnest(shopped.stations[1:5]) AS each (code)
                  LEFT JOIN organizations ON organizations.code = each.code) AS named),
        :now) AS admitted;

-- name: advance_watch
-- returns: rows
-- All look-ups before this transaction are watched.
-- unscoped: one row, of this instance
UPDATE lookup_watch
   SET next_transaction = :next, reached_at = :now;

-- name: find_case_of_findings
-- returns: CaseId
-- The case that findings of one registration opened or joined; of a merged one, that which goes on.
-- unscoped: who entered the registration is told that there is a case
SELECT case_root(case_id) AS id
  FROM case_leads
 WHERE kind = 'finding'
   AND source_id = ANY (:findings::uuid[])
 LIMIT 1;

-- name: list_cases_of_number
-- returns: CaseOfNumber
-- The cases inside the scope that are or were about a number, newest first.
SELECT id, number, status, severity, opened_at, outcome, closed_at
  FROM cases
 WHERE id IN (SELECT case_id FROM case_leads WHERE certificate_number = :certificate_number)
   AND (handler LIKE ANY (:scope::text[]) OR organization LIKE ANY (:scope::text[])
        OR household_organization LIKE ANY (:scope::text[]))
 ORDER BY id DESC
 LIMIT :limit;

-- name: list_foreign_cases
-- returns: ForeignCase
-- The cases outside the scope that something inside it belongs to by this number: what it opened or joined is worked
-- on elsewhere. How they stand and who has them is told, and nothing else.
SELECT cases.number, cases.status, cases.handler, coalesce(organizations.name, cases.handler) AS handler_name
  FROM (SELECT DISTINCT case_root(case_id) AS id
          FROM case_leads
         WHERE certificate_number = :certificate_number
           AND organization LIKE ANY (:scope::text[])) AS joined
  JOIN cases ON cases.id = joined.id
  LEFT JOIN organizations ON organizations.code = cases.handler
 WHERE NOT (cases.handler LIKE ANY (:scope::text[]) OR cases.organization LIKE ANY (:scope::text[])
            OR cases.household_organization LIKE ANY (:scope::text[]))
 ORDER BY cases.id DESC
 LIMIT :limit;
