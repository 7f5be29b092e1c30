-- name: hold_file
-- returns: rows
-- Let no other transaction keep or remove this file until this one ends.
-- unscoped: a file is whatever case it belongs to
SELECT hold_evidence_file(:sha256);

-- name: insert_file
-- returns: rows
-- Know a file; one that is known already is whole again, since its content has just been written.
-- unscoped: a file is whatever case it belongs to
INSERT INTO evidence_files (sha256, sm3, size, media_type, kept_at, checked_at)
VALUES (:sha256, :sm3, :size, :media_type, :now, :now)
    ON CONFLICT (sha256) DO UPDATE
   SET state = 'whole', checked_at = excluded.checked_at;

-- name: insert_evidence
-- returns: rows
-- Bring a file to a case; nothing where the case has it already.
-- unscoped: the caller holds the case, inside their scope
INSERT INTO case_evidence (id, case_id, sha256, file_name, description, officer, organization, added_at)
VALUES (:id, :case, :sha256, :file_name, :description, :officer, :organization, :now)
    ON CONFLICT ON CONSTRAINT case_evidence_brought_once DO NOTHING;

-- name: find_same
-- returns: EvidenceId
-- The evidence that the same file is already in a case, or in what was merged into it from inside the scope.
SELECT id
  FROM case_evidence
 WHERE sha256 = :sha256
   AND case_id IN (SELECT case_family_inside(:case, :scope::text[]))
 ORDER BY id
 LIMIT 1;

-- name: list_evidence
-- returns: EvidenceRow
-- The evidence of a case and of what was merged into it from inside the scope, in the order in which it was brought.
SELECT case_evidence.id, case_evidence.case_id, case_evidence.file_name, case_evidence.description,
       case_evidence.officer, case_evidence.organization, case_evidence.added_at, evidence_files.media_type,
       evidence_files.size, case_evidence.sha256, evidence_files.sm3, evidence_files.state, evidence_files.checked_at
  FROM case_evidence
  JOIN evidence_files ON evidence_files.sha256 = case_evidence.sha256
 WHERE case_evidence.case_id IN (SELECT case_family_inside(:case, :scope::text[]))
   AND case_evidence.id > :after
 ORDER BY case_evidence.id
 LIMIT :limit;

-- name: find_evidence
-- returns: EvidenceRow
-- One piece of evidence of a case, or of what was merged into it from inside the scope.
SELECT case_evidence.id, case_evidence.case_id, case_evidence.file_name, case_evidence.description,
       case_evidence.officer, case_evidence.organization, case_evidence.added_at, evidence_files.media_type,
       evidence_files.size, case_evidence.sha256, evidence_files.sm3, evidence_files.state, evidence_files.checked_at
  FROM case_evidence
  JOIN evidence_files ON evidence_files.sha256 = case_evidence.sha256
 WHERE case_evidence.id = :evidence
   AND case_evidence.case_id IN (SELECT case_family_inside(:case, :scope::text[]));

-- name: find_due_file
-- returns: DueFile
-- The file that waits longest to be looked at again: a harmed one sooner than a whole one.
-- unscoped: a service's own check
SELECT sha256, sm3, state, checked_at
  FROM (
    (SELECT sha256, sm3, state, checked_at
       FROM evidence_files
      WHERE state <> 'whole'
        AND checked_at < :harmed_before
      ORDER BY checked_at
      LIMIT 1)
     UNION ALL
    (SELECT sha256, sm3, state, checked_at
       FROM evidence_files
      WHERE checked_at < :whole_before
      ORDER BY checked_at
      LIMIT 1)) AS due
 LIMIT 1;

-- name: hold_cases_of_file
-- returns: HeldCase
-- The cases that have a file among their evidence, held until the transaction ends, in the order in which who changes
-- a case and its parts holds them.
-- unscoped: a service's own check
SELECT cases.id, cases.status, cases.organization, case_evidence.id AS evidence_id
  FROM case_evidence
  JOIN cases ON cases.id = case_evidence.case_id
 WHERE case_evidence.sha256 = :sha256
 ORDER BY cases.merged_into IS NOT NULL, cases.subject, cases.id
   FOR UPDATE OF cases;

-- name: note_check
-- returns: rows
-- Say how a file was found; nothing where somebody brought it anew, or looked at it, meanwhile.
-- unscoped: a service's own check
UPDATE evidence_files
   SET state = :state, checked_at = :now
 WHERE sha256 = :sha256
   AND checked_at = :seen_at;

-- name: list_known_files
-- returns: KnownFile
-- Which of these files a row names.
-- unscoped: a service's own housekeeping
SELECT sha256
  FROM evidence_files
 WHERE sha256 = ANY (:digests::bytea[]);

-- name: weigh_evidence
-- returns: EvidenceHealth
-- How many files are harmed, and since when one waits to be looked at again.
-- unscoped: numbers for those who watch the service
SELECT count(*) FILTER (WHERE state = 'damaged') AS damaged,
       count(*) FILTER (WHERE state = 'missing') AS missing,
       (SELECT min(checked_at) FROM evidence_files) AS oldest_checked_at
  FROM evidence_files
 WHERE state <> 'whole';
