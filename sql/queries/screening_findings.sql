-- name: read_findings
-- returns: FindingRow
-- Findings inside the scope by their identifiers, newest first, with names of places and who entered the registration.
SELECT findings.id, findings.version, findings.registration_id, findings.certificate_number, findings.rule,
       findings.rule_version, findings.severity, findings.is_shadow, findings.organization,
       coalesce(accepting.name, findings.organization) AS organization_name, findings.household_organization,
       coalesce(household.name, findings.household_organization) AS household_organization_name, findings.evidence,
       findings.sentence_zh, findings.sentence_en, findings.found_at, findings.found_by, findings.sweep_id,
       coalesce(findings.outcome,
                CASE WHEN findings.suppressed_until > :now THEN 'suppressed' ELSE 'open' END) AS status,
       findings.suppressed_until, findings.suppressed_by, findings.suppressed_reason, findings.outcome,
       findings.concluded_at, facts.officer AS registrar,
       (SELECT case_root(case_leads.case_id)
          FROM case_leads
         WHERE case_leads.kind = 'finding'
           AND case_leads.source_id = findings.id) AS case_id
  FROM findings
  LEFT JOIN organizations AS accepting ON accepting.code = findings.organization
  LEFT JOIN organizations AS household ON household.code = findings.household_organization
  LEFT JOIN screening_facts AS facts ON facts.registration_id = findings.registration_id
 WHERE findings.id = ANY (:ids::uuid[])
   AND (findings.organization LIKE ANY (:scope::text[])
        OR findings.household_organization LIKE ANY (:scope::text[]))
 ORDER BY findings.id DESC;

-- name: list_findings
-- returns: FindingId
-- Findings inside a wide scope, newest first: read in the order of their identifiers.
SELECT id
  FROM findings
 WHERE (organization LIKE ANY (:scope::text[]) OR household_organization LIKE ANY (:scope::text[]))
   AND is_shadow = :shadow
   AND (:rule::text IS NULL OR rule = :rule)
   AND (:organization::text IS NULL OR organization = :organization OR household_organization = :organization)
   AND (:severity::text IS NULL OR severity = :severity)
   AND (:status::text IS NULL
        OR coalesce(outcome, CASE WHEN suppressed_until > :now THEN 'suppressed' ELSE 'open' END) = :status)
   AND id >= first_id_at(:since::timestamptz)
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: list_findings_of_rule
-- returns: FindingId
-- Findings of one rule inside the scope, newest first.
SELECT id
  FROM findings
 WHERE rule = :rule
   AND (organization LIKE ANY (:scope::text[]) OR household_organization LIKE ANY (:scope::text[]))
   AND is_shadow = :shadow
   AND (:organization::text IS NULL OR organization = :organization OR household_organization = :organization)
   AND (:severity::text IS NULL OR severity = :severity)
   AND (:status::text IS NULL
        OR coalesce(outcome, CASE WHEN suppressed_until > :now THEN 'suppressed' ELSE 'open' END) = :status)
   AND id >= first_id_at(:since::timestamptz)
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: list_findings_of_number
-- returns: FindingId
-- Findings on one number inside the scope, newest first.
SELECT id
  FROM findings
 WHERE certificate_number = :number
   AND (organization LIKE ANY (:scope::text[]) OR household_organization LIKE ANY (:scope::text[]))
   AND is_shadow = :shadow
   AND (:rule::text IS NULL OR rule = :rule)
   AND (:organization::text IS NULL OR organization = :organization OR household_organization = :organization)
   AND (:severity::text IS NULL OR severity = :severity)
   AND (:status::text IS NULL
        OR coalesce(outcome, CASE WHEN suppressed_until > :now THEN 'suppressed' ELSE 'open' END) = :status)
   AND id >= first_id_at(:since::timestamptz)
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: list_findings_of_registration
-- returns: FindingId
-- Findings of one registration inside the scope, newest first.
SELECT id
  FROM findings
 WHERE registration_id = :registration
   AND (organization LIKE ANY (:scope::text[]) OR household_organization LIKE ANY (:scope::text[]))
   AND is_shadow = :shadow
   AND (:rule::text IS NULL OR rule = :rule)
   AND (:organization::text IS NULL OR organization = :organization OR household_organization = :organization)
   AND (:severity::text IS NULL OR severity = :severity)
   AND (:status::text IS NULL
        OR coalesce(outcome, CASE WHEN suppressed_until > :now THEN 'suppressed' ELSE 'open' END) = :status)
   AND id >= first_id_at(:since::timestamptz)
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: list_findings_of_organization
-- returns: FindingId
-- Findings of what one organisation accepted, or what lies there, inside the scope, newest first.
SELECT id
  FROM findings
 WHERE (organization = :organization OR household_organization = :organization)
   AND (organization LIKE ANY (:scope::text[]) OR household_organization LIKE ANY (:scope::text[]))
   AND is_shadow = :shadow
   AND (:rule::text IS NULL OR rule = :rule)
   AND (:severity::text IS NULL OR severity = :severity)
   AND (:status::text IS NULL
        OR coalesce(outcome, CASE WHEN suppressed_until > :now THEN 'suppressed' ELSE 'open' END) = :status)
   AND id >= first_id_at(:since::timestamptz)
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: lock_finding
-- returns: FindingId
-- A finding inside the scope, held until the transaction ends.
SELECT id
  FROM findings
 WHERE findings.id = :id
   AND (findings.organization LIKE ANY (:scope::text[])
        OR findings.household_organization LIKE ANY (:scope::text[]))
   FOR UPDATE;

-- name: suppress_finding
-- returns: rows
-- A finding is not to be worked on until then; nothing given, it is again.
-- unscoped: the caller holds it, inside their scope
UPDATE findings
   SET version = version + 1, suppressed_until = :until, suppressed_by = :officer, suppressed_reason = :reason
 WHERE id = :id;

-- name: conclude_finding
-- returns: rows
-- What a concluded case says of a finding; a shadow is never concluded.
-- unscoped: the case that it belongs to is inside the scope of who concludes it
UPDATE findings
   SET version = version + 1, outcome = :outcome,
       concluded_at = CASE WHEN :outcome::text IS NOT NULL THEN :now::timestamptz END
 WHERE id = :id
   AND NOT is_shadow;

-- name: conclude_findings
-- returns: rows
-- What a concluded case says of all that one rule found of a registration; shadows are never concluded.
-- unscoped: the case that they belong to is inside the scope of who concludes it
UPDATE findings
   SET version = version + 1, outcome = :outcome,
       concluded_at = CASE WHEN :outcome::text IS NOT NULL THEN :now::timestamptz END
 WHERE registration_id = :registration
   AND rule = :rule
   AND NOT is_shadow;
