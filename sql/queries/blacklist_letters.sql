-- name: list_announced
-- returns: VoidNumbers
-- What an announcement of a file is about, in the order of the numbers, as far as it fits a letter.
-- unscoped: every prefecture is told of all
SELECT entries.first, entries.last, entries.reason, entries.document_number, entries.event_date, entries.institution
  FROM blacklist_entries AS entries
 WHERE entries.batch_id = :batch
 ORDER BY entries.first, entries.id
 LIMIT :limit;

-- name: read_decision
-- returns: DecisionMade
-- Who decided an objection inside the scope, and by which document the lift was proposed that it led to.
SELECT organizations.code AS organization, organizations.name AS organization_name, proposals.document_number AS lift_document_number
  FROM blacklist_objections AS objections
  JOIN organizations ON organizations.code = objections.decided_by_organization
  LEFT JOIN blacklist_proposals AS proposals ON proposals.id = objections.proposal_id
 WHERE objections.id = :objection
   AND objections.status IN ('upheld', 'rejected')
   AND (objections.organization LIKE ANY (:scope::text[])
        OR objections.received_by_organization LIKE ANY (:scope::text[]));
