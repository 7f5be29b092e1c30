-- name: find_case
-- returns: CaseRow
-- One case inside the scope: of its handler, of where the child was registered, or of where the child lives.
SELECT id, number, version, subject, registration_id, certificate_number, child_birth_date, organization,
       household_organization, handler, status, opened_at, severity, leads, kinds, points, rank, reached, investigator,
       lease_until, suspended_until, awaited, allowed_days, clock_from, paused_days, paused_on, due_on,
       proposed_outcome, proposed_by, proposed_at, proposed_reason, outcome, confirmed_by, closed_at, merged_into,
       split_from
  FROM cases
 WHERE id = :id
   AND (handler LIKE ANY (:scope::text[]) OR organization LIKE ANY (:scope::text[])
        OR household_organization LIKE ANY (:scope::text[]));

-- name: hold_case
-- returns: CaseRow
-- One case inside the scope, held until the transaction ends.
SELECT id, number, version, subject, registration_id, certificate_number, child_birth_date, organization,
       household_organization, handler, status, opened_at, severity, leads, kinds, points, rank, reached, investigator,
       lease_until, suspended_until, awaited, allowed_days, clock_from, paused_days, paused_on, due_on,
       proposed_outcome, proposed_by, proposed_at, proposed_reason, outcome, confirmed_by, closed_at, merged_into,
       split_from
  FROM cases
 WHERE id = :id
   AND (handler LIKE ANY (:scope::text[]) OR organization LIKE ANY (:scope::text[])
        OR household_organization LIKE ANY (:scope::text[]))
   FOR UPDATE;

-- name: find_conflict
-- returns: Conflicted
-- Whether an officer has a hand in what a case is about.
-- unscoped: asked of a case that was read inside the scope, or is held
SELECT has_conflict(:id, :officer) AS has_conflict;

-- name: keep_lease
-- returns: rows
-- Who works on a case keeps it; a lease that lasts longer stays.
-- unscoped: the caller holds the case, inside their scope
UPDATE cases
   SET lease_until = :until
 WHERE id = :id
   AND status = 'investigating'
   AND investigator = :officer
   AND lease_until < :until;

-- name: find_aside
-- returns: Aside
-- What is beside a held case: whether an officer has a hand in what it is about, and by what names those are called
-- whom a refusal speaks of.
-- unscoped: the case is held, inside the scope
SELECT has_conflict(cases.id, :officer) AS has_conflict, organizations.name AS handler_name,
       officers.name AS investigator_name, wholes.number AS whole_number
  FROM cases
  LEFT JOIN organizations ON organizations.code = cases.handler
  LEFT JOIN officers ON officers.id = cases.investigator
  LEFT JOIN cases AS wholes ON cases.merged_into IS NOT NULL AND wholes.id = case_root(cases.id)
 WHERE cases.id = :id;

-- name: insert_entry
-- returns: rows
-- An entry of a case's timeline.
-- unscoped: the caller holds the case, inside their scope
INSERT INTO case_entries (id, case_id, act, officer, organization, at, before, after, note, detail)
VALUES (:id, :case, :act, :officer, :organization, :now, :before, :after, :note, :detail);
