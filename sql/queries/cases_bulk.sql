-- name: list_bulk_cases
-- returns: BulkCase
-- Cases inside the scope, held by nobody, in the order in which an act on many takes them.
SELECT id, number, version, status, handler, investigator, lease_until, suspended_until, awaited, paused_days, paused_on
  FROM cases
 WHERE id = ANY (:cases::uuid[])
   AND (handler LIKE ANY (:scope::text[]) OR organization LIKE ANY (:scope::text[])
        OR household_organization LIKE ANY (:scope::text[]))
 ORDER BY merged_into IS NOT NULL, subject, id;

-- name: hold_cases
-- returns: BulkCase
-- Cases inside the scope, held until the transaction ends: wholes before their parts, closed ones too, as everybody
-- holds them.
SELECT id, number, version, status, handler, investigator, lease_until, suspended_until, awaited, paused_days, paused_on
  FROM cases
 WHERE id = ANY (:cases::uuid[])
   AND (handler LIKE ANY (:scope::text[]) OR organization LIKE ANY (:scope::text[])
        OR household_organization LIKE ANY (:scope::text[]))
 ORDER BY merged_into IS NOT NULL, subject, id
   FOR UPDATE;

-- name: insert_bulk
-- returns: rows
-- An act on many cases at once.
-- unscoped: it is the officer's own
INSERT INTO case_bulks (id, officer, organization, act, at)
VALUES (:id, :officer, :organization, :act, :now);

-- name: insert_bulk_item
-- returns: rows
-- How a case of such an act stood before, and its version afterwards.
-- unscoped: the caller holds it, inside their scope
INSERT INTO case_bulk_items (bulk_id, case_id, version, status, handler, investigator, lease_until, suspended_until,
                             awaited, paused_days, paused_on, other_id)
VALUES (:bulk, :case, :version, :status, :handler, :investigator, :lease_until, :suspended_until, :awaited,
        :paused_days, :paused_on, :other);

-- name: hold_bulk
-- returns: Bulk
-- An officer's own act on many cases, held until the transaction ends.
-- unscoped: it is the officer's own
SELECT id, act, at, undone_at
  FROM case_bulks
 WHERE id = :id
   AND officer = :officer
   FOR UPDATE;

-- name: list_bulk_items
-- returns: BulkDone
-- The cases of an act on many, with their versions afterwards.
-- unscoped: the caller holds the act, which is the officer's own
SELECT case_id, version, other_id
  FROM case_bulk_items
 WHERE bulk_id = :bulk;

-- name: restore_case
-- returns: rows
-- Let a case stand as it did before an act on many; one that was reopened and has left the queue since waits, as it
-- does after every other way back into it.
-- unscoped: the caller holds it, inside their scope
UPDATE cases
   SET version = cases.version + 1,
       status = CASE WHEN items.status = 'reopened' AND cases.status <> 'reopened' THEN 'waiting' ELSE items.status END,
       handler = items.handler, investigator = items.investigator, lease_until = items.lease_until,
       suspended_until = items.suspended_until, awaited = items.awaited, paused_days = items.paused_days,
       paused_on = items.paused_on,
       due_on = CASE WHEN cases.paused_days = items.paused_days THEN cases.due_on END
  FROM case_bulk_items AS items
 WHERE items.bulk_id = :bulk
   AND items.case_id = :case
   AND cases.id = items.case_id;

-- name: end_bulk
-- returns: rows
-- An act on many cases was taken back.
-- unscoped: the caller holds it, and it is the officer's own
UPDATE case_bulks
   SET undone_at = :now
 WHERE id = :id;

-- name: list_bulks
-- returns: BulkKept
-- Acts on many cases by officers inside the scope, the latest first, and how many cases each changed.
SELECT id, act, officer, organization, at, undone_at,
       (SELECT count(*) FROM case_bulk_items WHERE bulk_id = case_bulks.id) AS done
  FROM case_bulks
 WHERE organization LIKE ANY (:scope::text[])
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: find_bulk
-- returns: BulkKept
-- An act on many cases by an officer inside the scope.
SELECT id, act, officer, organization, at, undone_at,
       (SELECT count(*) FROM case_bulk_items WHERE bulk_id = case_bulks.id) AS done
  FROM case_bulks
 WHERE organization LIKE ANY (:scope::text[])
   AND id = :id;

-- name: list_bulk_changes
-- returns: BulkChange
-- The cases inside the scope that an act on many changed: how each stood before and stands now, and whether it has
-- changed since.
SELECT items.case_id, cases.number, items.status AS before, cases.status AS now, items.other_id,
       cases.version <> items.version AS has_moved_on
  FROM case_bulk_items AS items
  JOIN cases ON cases.id = items.case_id
 WHERE items.bulk_id = :bulk
   AND (cases.handler LIKE ANY (:scope::text[]) OR cases.organization LIKE ANY (:scope::text[])
        OR cases.household_organization LIKE ANY (:scope::text[]))
 ORDER BY items.case_id;
