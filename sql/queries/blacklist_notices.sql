-- name: insert_announcement
-- returns: rows
-- Every prefecture is told what came into force.
INSERT INTO blacklist_announcements (id, list_version, act, entry_id, batch_id, proposal_id, first, last, count,
                                     reason, document_number, event_date, institution, organization, announced_by,
                                     announced_at)
VALUES (:id, :list_version, :act, :entry_id, :batch_id, :proposal_id, :first, :last, :count, :reason,
        :document_number, :event_date, :institution, :organization, :announced_by, :now);

-- name: list_announcements
-- returns: Announcement
-- The announcements since a moment, in the order in which they came into force, after a given place.
-- unscoped: every prefecture is told of all
SELECT announcements.id, announcements.list_version, announcements.act, announcements.entry_id, announcements.batch_id,
       announcements.first, announcements.last, announcements.count, announcements.reason,
       announcements.document_number, announcements.event_date, announcements.institution, announcements.organization,
       organizations.name AS organization_name, announcements.announced_by, announcements.announced_at,
       own.acknowledged_at
  FROM blacklist_announcements AS announcements
  JOIN organizations ON organizations.code = announcements.organization
  LEFT JOIN blacklist_acknowledgements AS own
    ON own.announcement_id = announcements.id AND own.organization = :asker
 WHERE announcements.announced_at >= :since
   AND (announcements.list_version, announcements.id) > (:after_version::bigint, :after_id::uuid)
 ORDER BY announcements.list_version, announcements.id
 LIMIT :limit;

-- name: find_announcement
-- returns: Announcement
-- One announcement, with whether the asker's organisation took note of it.
-- unscoped: every prefecture is told of all
SELECT announcements.id, announcements.list_version, announcements.act, announcements.entry_id, announcements.batch_id,
       announcements.first, announcements.last, announcements.count, announcements.reason,
       announcements.document_number, announcements.event_date, announcements.institution, announcements.organization,
       organizations.name AS organization_name, announcements.announced_by, announcements.announced_at,
       own.acknowledged_at
  FROM blacklist_announcements AS announcements
  JOIN organizations ON organizations.code = announcements.organization
  LEFT JOIN blacklist_acknowledgements AS own
    ON own.announcement_id = announcements.id AND own.organization = :asker
 WHERE announcements.id = :id;

-- name: acknowledge
-- returns: rows
-- An organisation takes note of an announcement; once.
-- unscoped: every prefecture is told of all
INSERT INTO blacklist_acknowledgements (announcement_id, organization, acknowledged_by, acknowledged_at, note)
VALUES (:announcement, :organization, :officer, :now, :note)
    ON CONFLICT DO NOTHING;

-- name: list_acknowledgements
-- returns: Acknowledgement
-- Who took note of an announcement, in the order in which they did.
-- unscoped: asked by who made the announcement
SELECT acknowledgements.organization, organizations.name AS organization_name, acknowledgements.acknowledged_by,
       acknowledgements.acknowledged_at, acknowledgements.note
  FROM blacklist_acknowledgements AS acknowledgements
  JOIN organizations ON organizations.code = acknowledgements.organization
 WHERE acknowledgements.announcement_id = :announcement
 ORDER BY acknowledgements.acknowledged_at, acknowledgements.organization;

-- name: list_outstanding
-- returns: Acknowledgement
-- The prefectures that have not taken note of an announcement that another made.
-- unscoped: asked by who made the announcement
SELECT organizations.code AS organization, organizations.name AS organization_name, NULL::text AS acknowledged_by,
       NULL::timestamptz AS acknowledged_at, NULL::text AS note
  FROM organizations
  JOIN blacklist_announcements AS announcements ON announcements.id = :announcement
 WHERE organizations.code LIKE '____00000000'
   AND organizations.code NOT LIKE '__0000000000'
   AND organizations.code <> announcements.organization
   AND NOT EXISTS (
       SELECT FROM blacklist_acknowledgements AS acknowledgements
        WHERE acknowledgements.announcement_id = announcements.id
          AND acknowledgements.organization = organizations.code)
 ORDER BY organizations.code;

-- name: lock_objections_of
-- returns: rows
-- Let objections to one number be received one after the other, until this transaction ends.
-- unscoped: families may contest anywhere
SELECT pg_advisory_xact_lock(hashtextextended('objections to ' || :number, 0));

-- name: find_open_objection
-- returns: OpenObjection
-- An objection to a number that isn't decided, or whose lift isn't, against the same listing: from its entry and the
-- other's one comes to the same first entry, or to entries of one proposal.
-- unscoped: one objection is decided at a time, wherever it was received
WITH RECURSIVE climbing AS (
    (SELECT NULL::text AS receiver, proposal_id, id, coalesce(split_from, replaces) AS former
       FROM blacklist_entries
      WHERE id = :entry
      UNION ALL
     SELECT objections.received_by_organization, entries.proposal_id, entries.id,
            coalesce(entries.split_from, entries.replaces)
       FROM blacklist_objections AS objections
       JOIN blacklist_entries AS entries ON entries.id = objections.entry_id
       LEFT JOIN blacklist_proposals AS proposals ON proposals.id = objections.proposal_id
      WHERE objections.certificate_number = :number
        AND (objections.status = 'received' OR proposals.status = 'proposed'))
     UNION ALL
    SELECT climbing.receiver, entries.proposal_id, entries.id, coalesce(entries.split_from, entries.replaces)
      FROM climbing
      JOIN blacklist_entries AS entries ON entries.id = climbing.former
)
SELECT organizations.name AS receiver
  FROM climbing AS own
  JOIN climbing AS others
    ON coalesce(others.proposal_id, others.id) = coalesce(own.proposal_id, own.id)
   AND others.receiver IS NOT NULL
   AND others.former IS NULL
  JOIN organizations ON organizations.code = others.receiver
 WHERE own.receiver IS NULL
   AND own.former IS NULL
 LIMIT 1;

-- name: insert_objection
-- returns: rows
-- A family's objection waits for a decision.
-- unscoped: families may contest anywhere
INSERT INTO blacklist_objections (id, entry_id, entry_listed_by, certificate_number, objector, relation, grounds,
                                  evidence, organization, received_by, received_by_organization, received_at, due_on,
                                  due_is_certain)
SELECT :id, entries.id, entries.listed_by, :number, :objector, :relation, :grounds, :evidence::text[],
       entries.organization, :officer, :organization, :now, :due_on, :due_is_certain
  FROM blacklist_entries AS entries
 WHERE entries.id = :entry;

-- name: find_objection
-- returns: Objection
-- One objection to an entry of, or received by, an organisation inside the scope.
SELECT objections.id, objections.version, objections.status, objections.entry_id, objections.entry_listed_by,
       objections.certificate_number, objections.objector, objections.relation, objections.grounds,
       objections.evidence, objections.organization, organizations.name AS organization_name,
       objections.received_by, objections.received_by_organization, objections.received_at, objections.due_on,
       objections.due_is_certain, objections.decided_by, objections.decided_by_organization, objections.decided_at,
       objections.decision_reason, objections.proposal_id
  FROM blacklist_objections AS objections
  JOIN organizations ON organizations.code = objections.organization
 WHERE objections.id = :id
   AND (objections.organization LIKE ANY (:scope::text[])
        OR objections.received_by_organization LIKE ANY (:scope::text[]));

-- name: lock_objection
-- returns: Objection
-- One objection inside the scope, held by this transaction: it is decided once.
SELECT objections.id, objections.version, objections.status, objections.entry_id, objections.entry_listed_by,
       objections.certificate_number, objections.objector, objections.relation, objections.grounds,
       objections.evidence, objections.organization, organizations.name AS organization_name,
       objections.received_by, objections.received_by_organization, objections.received_at, objections.due_on,
       objections.due_is_certain, objections.decided_by, objections.decided_by_organization, objections.decided_at,
       objections.decision_reason, objections.proposal_id
  FROM blacklist_objections AS objections
  JOIN organizations ON organizations.code = objections.organization
 WHERE objections.id = :id
   AND (objections.organization LIKE ANY (:scope::text[])
        OR objections.received_by_organization LIKE ANY (:scope::text[]))
   FOR UPDATE OF objections;

-- name: list_objections
-- returns: Objection
-- The objections to entries of, or received by, organisations inside the scope, newest first.
SELECT objections.id, objections.version, objections.status, objections.entry_id, objections.entry_listed_by,
       objections.certificate_number, objections.objector, objections.relation, objections.grounds,
       objections.evidence, objections.organization, organizations.name AS organization_name,
       objections.received_by, objections.received_by_organization, objections.received_at, objections.due_on,
       objections.due_is_certain, objections.decided_by, objections.decided_by_organization, objections.decided_at,
       objections.decision_reason, objections.proposal_id
  FROM blacklist_objections AS objections
  JOIN organizations ON organizations.code = objections.organization
 WHERE (objections.organization LIKE ANY (:scope::text[])
        OR objections.received_by_organization LIKE ANY (:scope::text[]))
   AND (:status::text IS NULL OR objections.status = :status)
   AND objections.id < :before
 ORDER BY objections.id DESC
 LIMIT :limit;

-- name: list_objections_of_number
-- returns: ObjectionOfNumber
-- The newest objections to a number's listing, of entries of, or received by, organisations inside the scope.
SELECT objections.id, objections.status, objections.entry_id, objections.received_at,
       objections.received_by_organization, receivers.name AS received_by_organization_name,
       objections.decided_at, objections.decided_by_organization,
       deciders.name AS decided_by_organization_name
  FROM blacklist_objections AS objections
  JOIN organizations AS receivers ON receivers.code = objections.received_by_organization
  LEFT JOIN organizations AS deciders ON deciders.code = objections.decided_by_organization
 WHERE objections.certificate_number = :number
   AND (objections.organization LIKE ANY (:scope::text[])
        OR objections.received_by_organization LIKE ANY (:scope::text[]))
 ORDER BY objections.id DESC
 LIMIT :limit;

-- name: find_contested
-- returns: ContestedEntry
-- The entry by which a contested listing holds a number now, or the hold that is yet to be decided.
-- unscoped: who decides holds the objection inside the scope
-- What remains of an entry that was lifted in part isn't listed where another says the same already: that goes on then.
WITH contested AS (
    SELECT document_number, reason, organization
      FROM blacklist_entries
     WHERE id = :entry
),
holding AS (
    SELECT pieces.id, pieces.lapses_at IS NOT NULL AS held, pieces.proposal_id
      FROM entries_of_listing(:entry, :number) AS pieces
      LEFT JOIN blacklist_proposals AS proposals ON proposals.id = pieces.proposal_id
     WHERE (pieces.lifted_at IS NULL AND (pieces.lapses_at IS NULL OR pieces.lapses_at > :now))
        OR (pieces.lapses_at IS NOT NULL AND proposals.status = 'proposed')
     UNION ALL
    SELECT entries.id, false, entries.proposal_id
      FROM contested
      JOIN blacklist_entries AS entries USING (document_number, reason, organization)
     WHERE entries.first = :number
       AND entries.first = entries.last
       AND entries.lifted_at IS NULL
       AND entries.lapses_at IS NULL
     UNION ALL
    SELECT entries.id, false, entries.proposal_id
      FROM contested
     CROSS JOIN blacklist_blocks AS blocks
      JOIN blacklist_entries AS entries
        ON entries.id = blocks.entry_id
       AND (entries.document_number, entries.reason, entries.organization)
           = (contested.document_number, contested.reason, contested.organization)
     WHERE blocks.block = left(:number, 7)
       AND blocks.first <= :number
       AND blocks.last >= :number
       AND entries.lapses_at IS NULL
)
SELECT id, held, proposal_id
  FROM holding
 ORDER BY held
 LIMIT 1;

-- name: reopen_objection
-- returns: rows
-- An upheld objection whose lift came to nothing is to be decided anew, by the same day.
-- unscoped: who closes the proposal holds it inside the scope
UPDATE blacklist_objections
   SET status = 'received', version = version + 1, decided_by = NULL, decided_by_organization = NULL,
       decided_at = NULL, decision_reason = NULL, proposal_id = NULL
 WHERE id = :id
   AND status = 'upheld';

-- name: decide_objection
-- returns: rows
-- An objection is upheld, rejected, settled or withdrawn.
-- unscoped: who decides holds the objection inside the scope
UPDATE blacklist_objections
   SET status = :status, version = version + 1, decided_by = :officer, decided_by_organization = :organization,
       decided_at = :now, decision_reason = :reason, proposal_id = :proposal
 WHERE id = :id
   AND status = 'received';

-- name: look_back
-- returns: LookedBack
-- The next stretch of the look back: past uses of listed numbers become findings, and each entry's place is kept.
-- unscoped: the worker serves every organisation
-- The places are found by key, as the array makes the planner do.
-- At most `:rows` uses of at most `:entries` entries in one go; a range goes on where it stopped.
WITH due AS (
    SELECT entry_id, next_number, last, due_at
      FROM blacklist_lookbacks
     WHERE finished_at IS NULL
     ORDER BY due_at, entry_id
     LIMIT :entries
       FOR UPDATE SKIP LOCKED
),
measured AS (
    SELECT entry_id, next_number, last,
           coalesce(sum(least(certificate_ordinal(last) - certificate_ordinal(next_number) + 1, :rows))
               OVER (ORDER BY due_at, entry_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
      FROM due
),
picked AS (
    SELECT entry_id, next_number, last
      FROM measured
     WHERE before < :rows
),
met AS (
    SELECT picked.entry_id, hits.certificate_number, hits.used_at, hits.organization, hits.registration_reference,
           hits.registration_id
      FROM picked
     CROSS JOIN LATERAL (
           SELECT usages.certificate_number, usages.used_at, usages.organization, usages.registration_reference,
                  usages.registration_id
             FROM usages
            WHERE usages.certificate_number >= picked.next_number
              AND usages.certificate_number <= picked.last
            ORDER BY usages.certificate_number
            LIMIT :rows) AS hits
),
kept AS (
    INSERT INTO lookback_findings (id, entry_id, certificate_number, used_at, organization, registration_reference,
                                   registration_id, found_at)
    SELECT new_id_at(:now), entry_id, certificate_number, used_at, organization, registration_reference,
           registration_id, :now
      FROM met
        ON CONFLICT ON CONSTRAINT lookback_findings_once DO NOTHING
    RETURNING entry_id
),
reached AS (
    SELECT picked.entry_id, count(met.certificate_number) AS seen, max(met.certificate_number) AS number
      FROM picked
      LEFT JOIN met ON met.entry_id = picked.entry_id
     GROUP BY picked.entry_id
),
moved AS (
    UPDATE blacklist_lookbacks AS lookbacks
       SET found = lookbacks.found + reached.seen,
           finished_at = CASE WHEN reached.seen < :rows OR reached.number = lookbacks.last THEN :now END,
           next_number = CASE WHEN reached.seen < :rows OR reached.number = lookbacks.last THEN lookbacks.next_number
                              ELSE certificate_number(certificate_ordinal(reached.number) + 1) END
      FROM reached
     WHERE lookbacks.entry_id = reached.entry_id
       AND lookbacks.entry_id = ANY (ARRAY(SELECT entry_id FROM due))
    RETURNING lookbacks.entry_id, lookbacks.finished_at
)
SELECT (SELECT count(*) FROM moved) AS entries,
       (SELECT count(*) FROM moved WHERE finished_at IS NOT NULL) AS finished,
       (SELECT count(*) FROM kept) AS found;

-- name: list_past_uses
-- returns: PastUse
-- The past uses inside the scope of an entry's numbers, found for it or for what it was split from or replaced.
WITH RECURSIVE wholes AS (
    SELECT id, coalesce(split_from, replaces) AS former, first, last
      FROM blacklist_entries
     WHERE id = :entry
     UNION ALL
    SELECT entries.id, coalesce(entries.split_from, entries.replaces), wholes.first, wholes.last
      FROM wholes
      JOIN blacklist_entries AS entries ON entries.id = wholes.former
)
SELECT findings.id, findings.entry_id, findings.certificate_number, findings.used_at, findings.organization,
       organizations.name AS organization_name, findings.registration_reference, findings.registration_id,
       findings.found_at
  FROM wholes
  JOIN lookback_findings AS findings
    ON findings.entry_id = wholes.id
   AND findings.certificate_number >= wholes.first
   AND findings.certificate_number <= wholes.last
  LEFT JOIN organizations ON organizations.code = findings.organization
 WHERE findings.organization LIKE ANY (:scope::text[])
   AND findings.certificate_number > :after
 ORDER BY findings.certificate_number
 LIMIT :limit
OFFSET :skipped;

-- name: find_lookback
-- returns: Lookback
-- How far the look back of an entry, of what it was split from or replaced, or of its batch, has come.
-- unscoped: asked for an entry that was found inside the scope
WITH RECURSIVE wholes AS (
    SELECT id, coalesce(split_from, replaces) AS former, batch_id
      FROM blacklist_entries
     WHERE id = :entry
     UNION ALL
    SELECT entries.id, coalesce(entries.split_from, entries.replaces), entries.batch_id
      FROM wholes
      JOIN blacklist_entries AS entries ON entries.id = wholes.former
)
SELECT coalesce(lookbacks.found, (SELECT count(*) FROM lookback_findings WHERE entry_id = wholes.id)) AS found,
       coalesce(lookbacks.finished_at, batches.looked_back_at) AS finished_at
  FROM wholes
  LEFT JOIN blacklist_lookbacks AS lookbacks ON lookbacks.entry_id = wholes.id
  LEFT JOIN blacklist_batches AS batches ON batches.id = wholes.batch_id
 WHERE wholes.former IS NULL
 LIMIT 1;
