-- name: list_announced
-- returns: VoidNumbers
-- What came into force by a file, in the order of the numbers, as far as it fits a letter; whatever became of it since.
-- unscoped: every prefecture is told of all
SELECT entries.first, entries.last, entries.reason, entries.document_number, entries.event_date, entries.institution
  FROM blacklist_entries AS entries
 WHERE entries.batch_id = :batch
   AND entries.split_from IS NULL
 ORDER BY entries.first, entries.id
 LIMIT :limit;

-- name: list_taken_back
-- returns: VoidNumbers
-- What was lifted when a file was taken back, also what it had left to another and that one to it.
-- unscoped: every prefecture is told of all
WITH batch AS (
    SELECT id, undo_began_at
      FROM blacklist_batches
     WHERE id = :batch
),
ended AS (
    SELECT entries.id
      FROM batch
      JOIN blacklist_entries AS entries ON entries.batch_id = batch.id
     WHERE entries.split_from IS NULL
       AND entries.lifted_at = batch.undo_began_at
     UNION
    SELECT entries.id
      FROM batch
      JOIN blacklist_batch_rows AS rows ON rows.batch_id = batch.id AND rows.kind = 'same'
      JOIN blacklist_entries AS entries ON entries.id = rows.entry_id
     WHERE entries.lifted_at = batch.undo_began_at
)
SELECT entries.first, entries.last, entries.reason, entries.document_number, entries.event_date, entries.institution
  FROM ended
  JOIN blacklist_entries AS entries ON entries.id = ended.id
 ORDER BY entries.first, entries.id
 LIMIT :limit;

-- name: read_decision
-- returns: DecisionMade
-- Who decided an objection inside the scope, the lift that it led to, and when the contested entry ended otherwise.
-- Upheld, it is told when the lift is approved.
WITH RECURSIVE decided AS (
    SELECT id, status, entry_id, certificate_number, decided_at, decided_by_organization, proposal_id
      FROM blacklist_objections
     WHERE id = :objection
       AND status IN ('upheld', 'rejected', 'settled')
       AND (organization LIKE ANY (:scope::text[]) OR received_by_organization LIKE ANY (:scope::text[]))
),
pieces AS (
    SELECT entries.id, entries.listed_at, coalesce(entries.lifted_at, entries.lapses_at) AS ended_at
      FROM decided
      JOIN blacklist_entries AS entries ON entries.id = decided.entry_id
     WHERE decided.status = 'settled'
     UNION ALL
    SELECT entries.id, entries.listed_at, coalesce(entries.lifted_at, entries.lapses_at)
      FROM decided
     CROSS JOIN pieces
      JOIN blacklist_entries AS entries ON coalesce(entries.split_from, entries.replaces) = pieces.id
     WHERE entries.first <= decided.certificate_number
       AND entries.last >= decided.certificate_number
)
SELECT organizations.code AS organization, organizations.name AS organization_name,
       proposals.document_number AS lift_document_number,
       coalesce(proposals.decided_at,
                (SELECT max(least(ended_at, decided.decided_at)) FROM pieces WHERE listed_at <= decided.decided_at))
           AS ended_at
  FROM decided
  JOIN organizations ON organizations.code = decided.decided_by_organization
  LEFT JOIN blacklist_proposals AS proposals ON proposals.id = decided.proposal_id
 WHERE decided.status <> 'upheld'
    OR proposals.status = 'approved';

-- name: find_name
-- returns: OfficerName
-- What an officer is called.
-- unscoped: who signs an announcement is told to all
SELECT name
  FROM officers
 WHERE id = :officer;
