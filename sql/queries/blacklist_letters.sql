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
-- Who decided an objection inside the scope, the lift that it led to, and when the contested listing ended otherwise.
-- Upheld, it is told when the lift is approved.
SELECT organizations.code AS organization, organizations.name AS organization_name,
       proposals.document_number AS lift_document_number,
       CASE objections.status
            WHEN 'upheld'  THEN proposals.decided_at
            WHEN 'settled' THEN (
                SELECT max(least(coalesce(pieces.lifted_at, pieces.lapses_at), objections.decided_at))
                  FROM entries_of_listing(objections.entry_id, objections.certificate_number) AS pieces
                 WHERE pieces.listed_at <= objections.decided_at) END AS ended_at
  FROM blacklist_objections AS objections
  JOIN organizations ON organizations.code = objections.decided_by_organization
  LEFT JOIN blacklist_proposals AS proposals ON proposals.id = objections.proposal_id
 WHERE objections.id = :objection
   AND (objections.status IN ('rejected', 'settled') OR (objections.status = 'upheld' AND proposals.status = 'approved'))
   AND (objections.organization LIKE ANY (:scope::text[])
        OR objections.received_by_organization LIKE ANY (:scope::text[]));
