-- name: gather_facts
-- returns: Fact
-- All that the books say of a group of numbers, with the list's version and the sessions that no longer stand.
-- unscoped: a look-up crosses the country; what is shown of foreign rows is narrowed by the rules
WITH state AS (
    SELECT blacklist_state.version AS list_version,
           grammar_state.version AS grammar_version,
           ARRAY(SELECT asking
                   FROM unnest(:sessions::uuid[]) AS asking
                  WHERE NOT EXISTS (
                        SELECT FROM sessions JOIN officers ON officers.id = sessions.officer
                         WHERE sessions.id = asking
                           AND sessions.ended_at IS NULL
                           AND sessions.expires_at > :now
                           AND officers.suspended_at IS NULL)) AS ended_sessions
      FROM blacklist_state, grammar_state
),
known AS (
    SELECT asked.ordinal::int AS ordinal,
           usages.used_at, usages.organization AS used_organization, users.name AS used_organization_name,
           usages.registration_id, usages.reserved,
           entries.id AS entry_id, entries.reason AS entry_reason, entries.document_number AS entry_document_number,
           coalesce(entries.first_listed_at, entries.listed_at) AS listed_at, entries.lapses_at,
           entries.organization AS listed_by, listers.name AS listed_by_name,
           issuances.child_name, issuances.child_sex::int AS child_sex, issuances.born_at, issuances.mother_name,
           issuances.issued_on, issuances.issuer_division, issuances.issuer_code, issuances.original_number,
           originals.certificate_number IS NOT NULL AS original_used
      FROM unnest(:numbers::text[]) WITH ORDINALITY AS asked (number, ordinal)
      LEFT JOIN usages ON usages.certificate_number = asked.number
      LEFT JOIN issuances ON issuances.certificate_number = asked.number
      LEFT JOIN blacklist_entries AS singles
        ON singles.first = asked.number AND singles.first = singles.last AND singles.lifted_at IS NULL
       AND (singles.lapses_at IS NULL OR singles.lapses_at > :now)
      LEFT JOIN blacklist_blocks AS blocks
        ON blocks.block = left(asked.number, 7) AND blocks.first <= asked.number AND blocks.last >= asked.number
      LEFT JOIN blacklist_entries AS entries
        ON entries.id = coalesce(singles.id, blocks.entry_id)
       AND (entries.lapses_at IS NULL OR entries.lapses_at > :now)
      LEFT JOIN organizations AS users ON users.code = usages.organization
      LEFT JOIN organizations AS listers ON listers.code = entries.organization
      LEFT JOIN usages AS originals ON originals.certificate_number = issuances.original_number
     WHERE usages.certificate_number IS NOT NULL
        OR issuances.certificate_number IS NOT NULL
        OR entries.id IS NOT NULL
)
SELECT state.list_version, state.grammar_version, state.ended_sessions, known.ordinal,
       known.used_at, known.used_organization, known.used_organization_name, known.registration_id, known.reserved,
       known.entry_id, known.entry_reason, known.entry_document_number, known.listed_at, known.lapses_at, known.listed_by,
       known.listed_by_name, known.child_name, known.child_sex, known.born_at, known.mother_name, known.issued_on,
       known.issuer_division, known.issuer_code, known.original_number, known.original_used
  FROM state
  LEFT JOIN known ON true
 ORDER BY known.ordinal, known.lapses_at NULLS FIRST, known.listed_at, known.entry_id;

-- name: record_lookups
-- returns: rows
-- Keep a group of look-ups, one row each.
INSERT INTO lookups (id, recorded_at, officer, organization, on_behalf_of, terminal, purpose, reference, typed,
                     certificate_number, verdict, answer, list_version, rule_version, batch_id)
SELECT id, :now, officer, organization, on_behalf_of, terminal, purpose, reference, typed,
       certificate_number, verdict, answer::jsonb, :list_version, :rule_version, batch_id
  FROM unnest(:ids::uuid[], :officers::text[], :organizations::text[], :on_behalf_of::text[], :terminals::text[],
              :purposes::text[], :references::text[], :typed::text[], :numbers::text[], :verdicts::text[],
              :answers::text[], :batches::uuid[])
    AS asked (id, officer, organization, on_behalf_of, terminal, purpose, reference, typed, certificate_number,
              verdict, answer, batch_id);

-- name: find_lookup
-- returns: LookupRow
-- One look-up made inside the scope.
SELECT id, recorded_at, officer, organization, on_behalf_of, terminal, purpose, reference, typed,
       certificate_number, verdict, answer, list_version, rule_version
  FROM lookups
 WHERE id = :id
   AND organization LIKE ANY (:scope::text[])
   AND (:officer::text IS NULL OR officer = :officer);

-- name: list_lookups_of_number
-- returns: LookupRow
-- Who inside the scope looked a number up, newest first.
SELECT id, recorded_at, officer, organization, on_behalf_of, terminal, purpose, reference, typed,
       certificate_number, verdict, answer, list_version, rule_version
  FROM lookups
 WHERE certificate_number = :number
   AND organization LIKE ANY (:scope::text[])
   AND (:officer::text IS NULL OR officer = :officer)
 ORDER BY id DESC
 LIMIT :limit;

-- name: insert_job
-- returns: rows
-- A file waits to be verified.
INSERT INTO verification_jobs (id, officer, organization, terminal, purpose, on_behalf_of, file_name, requested_at)
VALUES (:id, :officer, :organization, :terminal, :purpose, :on_behalf_of, :file_name, :now);

-- name: find_job
-- returns: Job
-- One file's verification inside the scope.
SELECT id, officer, organization, terminal, purpose, on_behalf_of, file_name, status, requested_at, finished_at,
       rows_total, rows_done, result_bytes, verdicts, error_code, resumes_at
  FROM verification_jobs
 WHERE id = :id
   AND organization LIKE ANY (:scope::text[])
   AND (:own::text IS NULL OR officer = :own);

-- name: claim_job
-- returns: ClaimedJob
-- The oldest file whose time has come, or whose worker is gone, leased to this worker; with its officer as they stand now.
-- unscoped: the worker serves every organisation
WITH next AS (
    SELECT id
      FROM verification_jobs
     WHERE (status = 'waiting' AND (resumes_at IS NULL OR resumes_at <= :now))
        OR (status = 'running' AND lease_until < :now)
     ORDER BY requested_at
     LIMIT 1
       FOR UPDATE SKIP LOCKED
)
UPDATE verification_jobs AS jobs
   SET status = 'running', lease_until = :lease_until, resumes_at = NULL, attempts = attempts + 1
  FROM next, officers
 WHERE jobs.id = next.id
   AND officers.id = jobs.officer
RETURNING jobs.id, jobs.officer, jobs.organization, jobs.terminal, jobs.purpose, jobs.on_behalf_of, jobs.rows_done,
          jobs.result_bytes, jobs.verdicts, jobs.attempts, officers.role, officers.suspended_at IS NOT NULL AS suspended;

-- name: hold_job
-- returns: ClaimedJob
-- A file held by this transaction, where its worker left it; no row when another worker went on with it.
-- unscoped: the worker serves every organisation
SELECT jobs.id, jobs.officer, jobs.organization, jobs.terminal, jobs.purpose, jobs.on_behalf_of, jobs.rows_done,
       jobs.result_bytes, jobs.verdicts, jobs.attempts, officers.role, officers.suspended_at IS NOT NULL AS suspended
  FROM verification_jobs AS jobs
  JOIN officers ON officers.id = jobs.officer
 WHERE jobs.id = :id
   AND jobs.status = 'running'
   AND jobs.rows_done = :rows_done
   FOR UPDATE OF jobs;

-- name: advance_job
-- returns: rows
-- A part of a file that this transaction holds is verified and its result written; the lease goes on.
-- unscoped: the worker serves every organisation
UPDATE verification_jobs
   SET rows_done = :rows_done, result_bytes = :result_bytes, verdicts = :verdicts, rows_total = :rows_total,
       lease_until = :lease_until, attempts = 0
 WHERE id = :id;

-- name: postpone_job
-- returns: rows
-- A file waits until its officer may ask again; nothing changes when another worker went on with it.
-- unscoped: the worker serves every organisation
UPDATE verification_jobs
   SET status = 'waiting', lease_until = NULL, resumes_at = :resumes_at, attempts = 0
 WHERE id = :id
   AND status = 'running'
   AND rows_done = :rows_done;

-- name: finish_job
-- returns: rows
-- A file is done, or can't be.
-- unscoped: the worker serves every organisation
UPDATE verification_jobs
   SET status = CASE WHEN :error_code::text IS NULL THEN 'done' ELSE 'failed' END,
       error_code = :error_code, finished_at = :now, lease_until = NULL
 WHERE id = :id
   AND status = 'running';

-- name: list_kept_jobs
-- returns: KeptJob
-- Of some files' verifications, those that are open, or were done since a moment.
-- unscoped: the worker serves every organisation
SELECT id, status = 'done' AS ended
  FROM verification_jobs
 WHERE id = ANY (:ids::uuid[])
   AND (status IN ('waiting', 'running') OR (status = 'done' AND finished_at >= :since));
