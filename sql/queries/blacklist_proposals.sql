-- name: lock_list
-- returns: rows
-- Let no number be claimed and nobody else change the list until this transaction ends.
-- Claims stand still from here on, so that nothing is waited for any longer: a batch that writes the same entry comes
-- to want this lock itself.
-- unscoped: one list for the country
SELECT pg_advisory_xact_lock(list_lock()), set_config('lock_timeout', '200ms', true);

-- name: lock_holds_of
-- returns: rows
-- Let an officer's holds come one after the other, until this transaction ends.
-- unscoped: an officer's own
SELECT pg_advisory_xact_lock(hashtextextended('holds of ' || :officer, 0));

-- name: wait_for_entry
-- returns: EntryId
-- Hold the entry that a proposal would lift: who changes it with a batch of a million is waited for before the list
-- is locked, not after.
-- unscoped: whether it is inside the scope is told afterwards
SELECT entries.id
  FROM blacklist_proposals AS proposals
  JOIN blacklist_entries AS entries ON entries.id = proposals.entry_id
 WHERE proposals.id = :proposal
   FOR UPDATE OF entries;

-- name: wait_for_objection
-- returns: ObjectionHeld
-- Hold the objection that led to a proposal: whoever has it is waited for before the list is locked, not after.
-- unscoped: whether it is inside the scope is told afterwards
SELECT objections.id
  FROM blacklist_proposals AS proposals
  JOIN blacklist_objections AS objections ON objections.id = proposals.objection_id
 WHERE proposals.id = :proposal
   FOR UPDATE OF objections;

-- name: insert_proposal
-- returns: rows
-- What an officer proposes waits for a second person.
INSERT INTO blacklist_proposals (id, act, first, last, count, reason, document_number, event_date, institution, note,
                                 entry_id, objection_id, held, organization, proposed_by, proposed_by_organization,
                                 proposed_at)
VALUES (:id, :act, :first, :last, :count, :reason, :document_number, :event_date, :institution, :note,
        :entry_id, :objection_id, :held, :organization, :proposed_by, :proposed_by_organization, :now);

-- name: find_proposal
-- returns: Proposal
-- One proposal that is made to, or by, an organisation inside the scope.
SELECT proposals.id, proposals.version, proposals.act, proposals.status, proposals.first, proposals.last,
       proposals.count, proposals.reason, proposals.document_number, proposals.event_date, proposals.institution,
       proposals.note, proposals.entry_id, proposals.objection_id, proposals.held, proposals.organization,
       organizations.name AS organization_name, proposals.proposed_by, proposals.proposed_by_organization,
       proposals.proposed_at, proposals.decided_by, proposals.decided_by_organization, proposals.decided_at,
       proposals.decision_reason
  FROM blacklist_proposals AS proposals
  JOIN organizations ON organizations.code = proposals.organization
 WHERE proposals.id = :id
   AND (proposals.organization LIKE ANY (:scope::text[]) OR proposals.proposed_by_organization LIKE ANY (:scope::text[]));

-- name: lock_proposal
-- returns: Proposal
-- One proposal inside the scope, held by this transaction: it is decided once.
SELECT proposals.id, proposals.version, proposals.act, proposals.status, proposals.first, proposals.last,
       proposals.count, proposals.reason, proposals.document_number, proposals.event_date, proposals.institution,
       proposals.note, proposals.entry_id, proposals.objection_id, proposals.held, proposals.organization,
       organizations.name AS organization_name, proposals.proposed_by, proposals.proposed_by_organization,
       proposals.proposed_at, proposals.decided_by, proposals.decided_by_organization, proposals.decided_at,
       proposals.decision_reason
  FROM blacklist_proposals AS proposals
  JOIN organizations ON organizations.code = proposals.organization
 WHERE proposals.id = :id
   AND (proposals.organization LIKE ANY (:scope::text[]) OR proposals.proposed_by_organization LIKE ANY (:scope::text[]))
   FOR UPDATE OF proposals;

-- name: list_proposals
-- returns: Proposal
-- The proposals made to, or by, organisations inside the scope, newest first.
SELECT proposals.id, proposals.version, proposals.act, proposals.status, proposals.first, proposals.last,
       proposals.count, proposals.reason, proposals.document_number, proposals.event_date, proposals.institution,
       proposals.note, proposals.entry_id, proposals.objection_id, proposals.held, proposals.organization,
       organizations.name AS organization_name, proposals.proposed_by, proposals.proposed_by_organization,
       proposals.proposed_at, proposals.decided_by, proposals.decided_by_organization, proposals.decided_at,
       proposals.decision_reason
  FROM blacklist_proposals AS proposals
  JOIN organizations ON organizations.code = proposals.organization
 WHERE (proposals.organization LIKE ANY (:scope::text[]) OR proposals.proposed_by_organization LIKE ANY (:scope::text[]))
   AND (:status::text IS NULL OR proposals.status = :status)
   AND proposals.id < :before
 ORDER BY proposals.id DESC
 LIMIT :limit;

-- name: decide_proposal
-- returns: rows
-- A proposal is approved, refused or withdrawn.
-- unscoped: who decides holds the proposal inside the scope
UPDATE blacklist_proposals
   SET status = :status, version = version + 1, decided_by = :officer, decided_by_organization = :organization,
       decided_at = :now, decision_reason = :reason
 WHERE id = :id
   AND status = 'proposed';

-- name: insert_entry
-- returns: rows
-- A proposal's numbers are void from now on: as an entry, or as a hold that lapses.
-- unscoped: who lists holds the proposal inside the scope
INSERT INTO blacklist_entries (id, first, last, count, reason, document_number, event_date, institution, note,
                               organization, listed_at, listed_by, proposal_id, lapses_at)
SELECT :entry, first, last, count, reason, document_number, event_date, institution, note, organization, :now,
       proposed_by, id, :lapses_at
  FROM blacklist_proposals
 WHERE id = :proposal;

-- name: confirm_hold
-- returns: rows
-- A hold that still works lapses no more.
-- unscoped: who confirms holds the proposal inside the scope
UPDATE blacklist_entries
   SET lapses_at = NULL, version = version + 1, changed_at = :now
 WHERE proposal_id = :proposal
   AND lapses_at > :now
   AND lifted_at IS NULL;

-- name: end_hold
-- returns: rows
-- A hold that still works ends now.
-- unscoped: who ends it holds the proposal inside the scope
UPDATE blacklist_entries
   SET lifted_at = greatest(:now, listed_at), version = version + 1, changed_at = :now
 WHERE proposal_id = :proposal
   AND lapses_at > :now
   AND lifted_at IS NULL;

-- name: lapse_holds
-- returns: Lapsed
-- The holds whose time is over are recorded as ended, at the moment when they ended, each once.
-- unscoped: the worker serves every organisation
WITH over AS (
    SELECT id
      FROM blacklist_entries
     WHERE lapses_at <= :now
       AND lifted_at IS NULL
     ORDER BY lapses_at
     LIMIT :limit
       FOR UPDATE SKIP LOCKED
)
UPDATE blacklist_entries AS entries
   SET lifted_at = entries.lapses_at, version = entries.version + 1, changed_at = :now
 WHERE entries.id = ANY (ARRAY(SELECT id FROM over))
RETURNING entries.id, entries.organization, entries.count, entries.lapses_at;

-- name: find_own_hold
-- returns: OwnHold
-- The last hold of an officer over some of these numbers that still works, or ended without being confirmed.
-- unscoped: an officer's own holds
SELECT entries.id, entries.proposal_id, entries.lapses_at,
       entries.lifted_at IS NULL AND entries.lapses_at > :now AS works
  FROM blacklist_entries AS entries
 WHERE entries.lapses_at > :since
   AND entries.lapses_at IS NOT NULL
   AND entries.listed_by = :officer
   AND entries.first <= :last
   AND entries.last >= :first
 ORDER BY entries.lapses_at DESC
 LIMIT 1;

-- name: find_same_entry
-- returns: EntryId
-- The entry in force that says the same already.
-- unscoped: who lists holds the proposal inside the scope
SELECT id
  FROM blacklist_entries
 WHERE first = :first
   AND last = :last
   AND document_number = :document_number
   AND reason = :reason
   AND organization || '' = :organization
   AND lifted_at IS NULL
   AND lapses_at IS NULL
 LIMIT 1;

-- name: find_piece
-- returns: EntryId
-- The entry, or what remains of it or took its place, that is in force and holds these numbers.
-- unscoped: who lifts holds the proposal inside the scope
WITH RECURSIVE pieces AS (
    SELECT id, first, last, lifted_at, lapses_at
      FROM blacklist_entries
     WHERE id = :entry
     UNION ALL
    SELECT entries.id, entries.first, entries.last, entries.lifted_at, entries.lapses_at
      FROM pieces
      JOIN blacklist_entries AS entries ON coalesce(entries.split_from, entries.replaces) = pieces.id
     WHERE entries.first <= :first
       AND entries.last >= :last
)
SELECT id
  FROM pieces
 WHERE lifted_at IS NULL
   AND lapses_at IS NULL
   AND first <= :first
   AND last >= :last
 LIMIT 1;

-- name: find_any_entry
-- returns: Entry
-- One entry, whoever's it is, as it stands.
-- unscoped: others may propose to the owner, and families may contest anywhere
SELECT entries.id, entries.version, entries.first, entries.last, entries.count, entries.reason,
       entries.document_number, entries.event_date, entries.institution, entries.note, entries.organization,
       organizations.name AS organization_name, coalesce(entries.first_listed_at, entries.listed_at) AS listed_at,
       entries.listed_by, entries.lapses_at,
       coalesce(entries.lifted_at, CASE WHEN entries.lapses_at <= :now THEN entries.lapses_at END) AS lifted_at,
       entries.split_from, entries.replaces, entries.proposal_id, entries.lift_proposal_id,
       CASE WHEN coalesce(entries.lifted_at, entries.lapses_at, 'infinity') > :now THEN 'in_force'
            WHEN entries.lapses_at IS NULL THEN 'lifted'
            ELSE 'lapsed' END AS status
  FROM blacklist_entries AS entries
  JOIN organizations ON organizations.code = entries.organization
 WHERE entries.id = :id;

-- name: list_entries_of_proposal
-- returns: Entry
-- What a proposal listed, ended, or left over, in the order of the numbers.
-- unscoped: asked for a proposal that was found inside the scope
SELECT entries.id, entries.version, entries.first, entries.last, entries.count, entries.reason,
       entries.document_number, entries.event_date, entries.institution, entries.note, entries.organization,
       organizations.name AS organization_name, coalesce(entries.first_listed_at, entries.listed_at) AS listed_at,
       entries.listed_by, entries.lapses_at,
       coalesce(entries.lifted_at, CASE WHEN entries.lapses_at <= :now THEN entries.lapses_at END) AS lifted_at,
       entries.split_from, entries.replaces, entries.proposal_id, entries.lift_proposal_id,
       CASE WHEN coalesce(entries.lifted_at, entries.lapses_at, 'infinity') > :now THEN 'in_force'
            WHEN entries.lapses_at IS NULL THEN 'lifted'
            ELSE 'lapsed' END AS status
  FROM blacklist_entries AS entries
  JOIN organizations ON organizations.code = entries.organization
 WHERE entries.id IN (
       SELECT id FROM blacklist_entries WHERE proposal_id = :proposal
        UNION ALL
       SELECT lifted.id FROM blacklist_proposals
         JOIN blacklist_entries AS lifted ON lifted.id = :lifted
        WHERE blacklist_proposals.id = :proposal
        UNION ALL
       SELECT id FROM blacklist_entries WHERE split_from = :lifted)
 ORDER BY entries.first, entries.id;

-- name: lift_entry
-- returns: rows
-- An entry in force ends now.
-- unscoped: who lifts holds the proposal inside the scope
UPDATE blacklist_entries
   SET lifted_at = greatest(:now, listed_at), version = version + 1, changed_at = greatest(:now, listed_at),
       lift_proposal_id = :proposal
 WHERE id = :entry
   AND lifted_at IS NULL;

-- name: insert_piece
-- returns: rows
-- What remains of an entry that ended goes on from the same moment, unless another entry says the same already.
-- unscoped: who lifts holds the proposal inside the scope
INSERT INTO blacklist_entries (id, first, last, count, reason, document_number, event_date, institution, note,
                               organization, listed_at, listed_by, changed_at, split_from, first_listed_at, batch_id)
SELECT :piece, :first, :last, :count, reason, document_number, event_date, institution, note, organization,
       lifted_at, listed_by, lifted_at, id, coalesce(first_listed_at, listed_at), batch_id
  FROM blacklist_entries
 WHERE id = :entry
    ON CONFLICT (first, last, document_number, reason, organization)
       WHERE lifted_at IS NULL AND lapses_at IS NULL DO NOTHING;

-- name: count_used
-- returns: Count
-- How many numbers of a range are used.
-- unscoped: a number is usable once in the whole country
SELECT count(*) AS count
  FROM usages
 WHERE certificate_number BETWEEN :first AND :last;

-- name: list_used
-- returns: UsedNumber
-- The used numbers of a range after a given one, in their order; the registration only inside the scope.
SELECT used.certificate_number, used.used_at, used.organization, organizations.name AS organization_name,
       CASE WHEN used.organization LIKE ANY (:scope::text[]) THEN used.registration_reference END
           AS registration_reference,
       CASE WHEN used.organization LIKE ANY (:scope::text[]) THEN used.registration_id END AS registration_id,
       used.reserved
  FROM usages AS used
  LEFT JOIN organizations ON organizations.code = used.organization
 WHERE used.certificate_number BETWEEN :first AND :last
   AND used.certificate_number > :after
 ORDER BY used.certificate_number
 LIMIT :limit;

-- name: list_overlaps
-- returns: Overlap
-- The entries in force that hold some numbers of a range, in their order.
-- unscoped: a number's entries are known in the whole country, without what their notes tell
-- Those that begin inside the range are found by their first number, those that begin below it by their block.
WITH overlapping AS (
    (SELECT id, first
      FROM blacklist_entries
     WHERE first BETWEEN :first AND :last
       AND lifted_at IS NULL
       AND (lapses_at IS NULL OR lapses_at > :now)
     ORDER BY first, id
     LIMIT :limit)
     UNION ALL
    (SELECT entries.id, entries.first
      FROM blacklist_blocks AS blocks
      JOIN blacklist_entries AS entries ON entries.id = blocks.entry_id
     WHERE blocks.block = left(:first, 7)
       AND blocks.first < :first
       AND blocks.last >= :first
       AND (entries.lapses_at IS NULL OR entries.lapses_at > :now)
     LIMIT :limit)
)
SELECT entries.id AS entry_id, entries.first, entries.last, entries.reason, entries.document_number,
       entries.organization, organizations.name AS organization_name, coalesce(entries.first_listed_at, entries.listed_at) AS listed_at,
       entries.lapses_at,
       'in_force' AS status
  FROM overlapping
  JOIN blacklist_entries AS entries ON entries.id = overlapping.id
  JOIN organizations ON organizations.code = entries.organization
 ORDER BY entries.first, entries.id
 LIMIT :limit;

-- name: count_issuers
-- returns: IssuedIn
-- Where the first records of issue of a range come from: how many of them by prefecture.
-- unscoped: which prefecture a number was issued in says nothing of a family
SELECT left(records.issuer_division, 4) || '00' AS division, count(*) AS count
  FROM (SELECT issuer_division
          FROM issuances
         WHERE certificate_number BETWEEN :first AND :last
         ORDER BY certificate_number
         LIMIT :limit) AS records
 WHERE records.issuer_division IS NOT NULL
 GROUP BY 1
 ORDER BY 2 DESC, 1;
