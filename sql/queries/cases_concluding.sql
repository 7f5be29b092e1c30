-- name: list_kinds
-- returns: LeadKinds
-- Which kinds of leads a case and all that was merged into it have.
-- unscoped: the caller holds the case, or found it inside their scope
SELECT coalesce(array_agg(DISTINCT rule), '{}') AS kinds
  FROM case_leads
 WHERE case_id IN (SELECT case_family(:case));

-- name: list_ticks
-- returns: Tick
-- How each step that was ever touched stands in a case and all that was merged into it: as it was last said, unless
-- the case was opened again since; and whether that was said inside the scope.
SELECT DISTINCT ON (case_steps.step) case_steps.step, case_steps.state,
       coalesce(case_entries.detail->>'state', case_steps.state) AS said, case_steps.officer, case_steps.at,
       case_steps.evidence, case_entries.note,
       case_steps.case_id IN (SELECT case_family_inside(:case, :scope::text[])) AS is_inside
  FROM case_steps
  JOIN case_entries ON case_entries.id = case_steps.entry_id
 WHERE case_steps.case_id IN (SELECT case_family(:case))
 ORDER BY case_steps.step, case_steps.at DESC;

-- name: list_known_evidence
-- returns: FoundIds
-- Which of these pieces of evidence belong to a case, or to what was merged into it from inside the scope.
SELECT coalesce(array_agg(id), '{}') AS ids
  FROM case_evidence
 WHERE id = ANY (:evidence::uuid[])
   AND case_id IN (SELECT case_family_inside(:case, :scope::text[]));

-- name: keep_tick
-- returns: rows
-- Say how a step stands; its note stands in the entry.
-- unscoped: the caller holds the case, inside their scope
INSERT INTO case_steps (case_id, step, state, evidence, officer, at, entry_id)
VALUES (:case, :step, :state, :evidence, :officer, :now, :entry)
    ON CONFLICT ON CONSTRAINT case_steps_once DO UPDATE
   SET state = excluded.state, evidence = excluded.evidence, officer = excluded.officer, at = excluded.at,
       entry_id = excluded.entry_id;

-- name: count_version
-- returns: rows
-- A case has changed in what lies beside its row.
-- unscoped: the caller holds the case, inside their scope
UPDATE cases
   SET version = version + 1
 WHERE id = :case;

-- name: propose
-- returns: rows
-- An investigator proposes how a case ends; it waits for a second person, leased to nobody.
-- unscoped: the caller holds the case, inside their scope
UPDATE cases
   SET version = version + 1, status = 'concluding', lease_until = NULL, proposed_outcome = :outcome,
       proposed_by = :officer, proposed_at = :now, proposed_reason = :reason
 WHERE id = :case;

-- name: find_registrations_ended
-- returns: RegistrationsEnded
-- Whether a registration that a case is about was corrected, or revoked, since the case was opened; what was done at
-- that very moment is what opened it.
-- unscoped: the caller holds the case, inside their scope
SELECT coalesce(bool_or(changes.kind = 'correction'), false) AS is_corrected,
       coalesce(bool_or(changes.kind = 'revocation'), false) AS is_revoked
  FROM (SELECT min(opened_at) AS opened_at FROM cases WHERE id IN (SELECT case_family(:case))) AS family
  JOIN registration_changes AS changes ON changes.status = 'approved' AND changes.decided_at > family.opened_at
 WHERE changes.registration_id IN (
        SELECT registration_id FROM case_leads WHERE case_id IN (SELECT case_family(:case))
         UNION
        SELECT registration_id FROM cases WHERE id IN (SELECT case_family(:case)));

-- name: hold_family
-- returns: CaseId
-- A case and all that was merged into it, held until the transaction ends: the whole before its parts, as everybody
-- holds them.
-- unscoped: the caller holds the case, inside their scope
SELECT id
  FROM cases
 WHERE id IN (SELECT case_family(:case))
 ORDER BY merged_into IS NOT NULL, subject, id
   FOR UPDATE;

-- name: close
-- returns: rows
-- A lead confirms a proposal: the case is closed, and all that was merged into it.
-- unscoped: the caller holds the case, inside their scope
UPDATE cases
   SET version = version + 1, status = 'closed', outcome = root.proposed_outcome, confirmed_by = :officer,
       closed_at = :now, proposed_outcome = root.proposed_outcome, proposed_by = root.proposed_by,
       proposed_at = root.proposed_at, proposed_reason = root.proposed_reason
  FROM (SELECT proposed_outcome, proposed_by, proposed_at, proposed_reason FROM cases WHERE id = :case) AS root
 WHERE cases.id IN (SELECT case_family(:case))
   AND cases.status IN ('concluding', 'merged');

-- name: take_back_proposal
-- returns: rows
-- A proposal is refused, or taken back: the case is its investigator's again, for the time of a lease.
-- unscoped: the caller holds the case, inside their scope
UPDATE cases
   SET version = version + 1, status = 'investigating', lease_until = :lease_until, proposed_outcome = NULL,
       proposed_by = NULL, proposed_at = NULL, proposed_reason = NULL
 WHERE id = :case;

-- name: reopen
-- returns: rows
-- A closed case comes into the queue again with a new term, and what was merged into it is part of it again; but not
-- where another case on that child or number is open by now.
-- unscoped: the caller holds the case, inside their scope
UPDATE cases
   SET version = version + 1, status = CASE WHEN cases.id = :case THEN 'reopened' ELSE 'merged' END, outcome = NULL,
       confirmed_by = NULL, closed_at = NULL, investigator = NULL, proposed_outcome = NULL, proposed_by = NULL,
       proposed_at = NULL, proposed_reason = NULL, reached = 0, allowed_days = term_of(cases.severity),
       clock_from = (:now::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, paused_days = 0, due_on = NULL
 WHERE cases.id IN (
        SELECT DISTINCT ON (subject) id
          FROM cases
         WHERE id IN (SELECT case_family(:case))
           AND status = 'closed'
         ORDER BY subject, id = :case DESC, closed_at DESC, id DESC)
   AND (cases.id = :case
        OR NOT EXISTS (SELECT FROM cases AS other WHERE other.subject = cases.subject AND other.status <> 'closed'));

-- name: reopen_steps
-- returns: rows
-- Every step of a case that is opened again is open again, in its parts too; what was said of it stands in its entry.
-- unscoped: the caller holds the case, inside their scope
UPDATE case_steps
   SET state = 'open'
 WHERE case_id IN (SELECT case_family(:case))
   AND state <> 'open';

-- name: find_open_case
-- returns: CaseNumber
-- The number of the case that is open on the same child or number as a closed one.
-- unscoped: its number alone is told
SELECT other.number
  FROM cases AS other
  JOIN cases AS asked ON asked.subject = other.subject
 WHERE asked.id = :case
   AND other.status <> 'closed';

-- name: find_whole
-- returns: CaseNumber
-- The number of the case that a part of it is worked on in, or was closed with.
-- unscoped: its number alone is told
SELECT number
  FROM cases
 WHERE id = case_root(:case);

-- name: list_findings_of
-- returns: LeadSource
-- The findings that a case and all that was merged into it are about.
-- unscoped: the caller holds the case, inside their scope
SELECT source_id
  FROM case_leads
 WHERE kind = 'finding'
   AND case_id IN (SELECT case_family(:case))
 ORDER BY source_id;
