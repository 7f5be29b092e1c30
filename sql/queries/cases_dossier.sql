-- name: list_family
-- returns: CaseNumber
-- The numbers of the cases that were merged into one, without its own.
-- unscoped: the caller holds the case, inside their scope
SELECT number
  FROM cases
 WHERE id IN (SELECT case_family(:case))
   AND id <> :case
 ORDER BY number;

-- name: list_registrations
-- returns: DossierRegistration
-- The registrations that a case is about, as far as they lie inside the scope; of people their names alone.
SELECT registrations.id, registrations.status, registrations.certificate_number, registrations.child_name,
       registrations.child_sex, registrations.child_birth_date, registrations.organization,
       registrations.household_organization, registrations.officer, registrations.entered_at,
       max(people.name) FILTER (WHERE people.part = 'mother') AS mother_name,
       max(people.name) FILTER (WHERE people.part = 'father') AS father_name
  FROM registrations
  LEFT JOIN registration_people AS people ON people.registration_id = registrations.id
 WHERE registrations.id IN (
        SELECT registration_id FROM case_leads WHERE case_id IN (SELECT case_family(:case))
         UNION
        SELECT registration_id FROM cases WHERE id IN (SELECT case_family(:case)))
   AND (registrations.organization LIKE ANY (:scope::text[])
        OR registrations.household_organization LIKE ANY (:scope::text[]))
 GROUP BY registrations.id
 ORDER BY registrations.id;

-- name: list_leads
-- returns: DossierLead
-- What made a case, and what was merged into it from inside the scope, suspicious.
SELECT id, case_id, kind, rule, severity, source_id, registration_id, certificate_number, organization, sentence_zh,
       sentence_en, found_at
  FROM case_leads
 WHERE case_id IN (SELECT case_family_inside(:case, :scope::text[]))
 ORDER BY id;

-- name: list_timeline
-- returns: DossierEntry
-- The timeline of a case and of what was merged into it from inside the scope.
SELECT id, case_id, act, officer, organization, at, before, after, note, detail
  FROM case_entries
 WHERE case_id IN (SELECT case_family_inside(:case, :scope::text[]))
 ORDER BY at, seq;

-- name: list_all_evidence
-- returns: EvidenceRow
-- All evidence of a case and of what was merged into it from inside the scope.
SELECT case_evidence.id, case_evidence.case_id, case_evidence.file_name, case_evidence.description,
       case_evidence.officer, case_evidence.organization, case_evidence.added_at, evidence_files.media_type,
       evidence_files.size, case_evidence.sha256, evidence_files.sm3, evidence_files.state, evidence_files.checked_at
  FROM case_evidence
  JOIN evidence_files ON evidence_files.sha256 = case_evidence.sha256
 WHERE case_evidence.case_id IN (SELECT case_family_inside(:case, :scope::text[]))
 ORDER BY case_evidence.id;

-- name: list_organization_names
-- returns: DossierName
-- What organisations are called.
-- unscoped: names of organisations are public inside the service
SELECT code, name
  FROM organizations
 WHERE code = ANY (:codes::text[])
 ORDER BY code;

-- name: list_officer_names
-- returns: DossierName
-- What officers are called.
-- unscoped: of who acted on a case that the caller holds, inside their scope
SELECT id AS code, name
  FROM officers
 WHERE id = ANY (:codes::text[])
 ORDER BY id;

-- name: insert_dossier
-- returns: rows
-- Keep a dossier as it was signed.
-- unscoped: the caller holds the case, inside their scope
INSERT INTO case_dossiers (id, case_id, made_at, jws)
VALUES (:id, :case, :now, :jws);

-- name: find_last_dossier
-- returns: SealedDossier
-- The dossier that was made last of a case.
-- unscoped: the caller holds the case, inside their scope
SELECT id, case_id, made_at, jws
  FROM case_dossiers
 WHERE case_id = :case
 ORDER BY id DESC
 LIMIT 1;

-- name: count_outside
-- returns: Counted
-- How many of these cases lie outside the scope.
SELECT count(*) AS count
  FROM cases
 WHERE id = ANY (:cases::uuid[])
   AND NOT (handler LIKE ANY (:scope::text[]) OR organization LIKE ANY (:scope::text[])
            OR household_organization LIKE ANY (:scope::text[]));
