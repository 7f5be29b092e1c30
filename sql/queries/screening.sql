-- name: insert_fact
-- returns: rows
-- What rules read of a registration; people, telephones and addresses as links.
-- unscoped: it is written by who entered the registration
WITH linked AS MATERIALIZED (
    SELECT link_values(:places::int[], :kinds::text[], :blinds::bytea[]) AS links
)
INSERT INTO screening_facts (
    registration_id, standing, certificate_number, organization, household_organization, county, officer, entered_at,
    applied_on, child_name, sex, birth_date, issued_on, issuer_name, issuer_code, issuer_division, issue_kind,
    original_number, born_outside, household_kind, collective_kind, relation, with_mother, with_father, exception,
    unregistered_kind, marital_status, mother_name, mother_birth_date, mother_province, father_name, father_province,
    applicant_relation, has_paternity_report, has_adoption_proof, child, mother, father, applicant, applicant_phone,
    address)
SELECT :registration_id, :standing, :certificate_number, :organization, :household_organization, :county, :officer,
       :entered_at, :applied_on, :child_name, :sex, :birth_date, :issued_on, :issuer_name, :issuer_code,
       :issuer_division, :issue_kind, :original_number, :born_outside, :household_kind, :collective_kind, :relation,
       :with_mother, :with_father, :exception, :unregistered_kind, :marital_status, :mother_name, :mother_birth_date,
       :mother_province, :father_name, :father_province, :applicant_relation, :has_paternity_report,
       :has_adoption_proof, links[:child::int], links[:mother::int], links[:father::int], links[:applicant::int],
       links[:applicant_phone::int], links[:address::int]
  FROM linked
ON CONFLICT DO NOTHING;

-- name: link_values
-- returns: Links
-- The links of some values, in their order; a value that was never met gets one.
-- unscoped: a link says nothing of whom it stands for
SELECT link_values(:places::int[], :kinds::text[], :blinds::bytea[]) AS links;

-- name: read_version
-- returns: Version
-- The version of the rules.
-- unscoped: the same rules hold everywhere
SELECT version FROM screening_state;

-- name: list_standings
-- returns: Standing
-- Every rule as it stands.
-- unscoped: the same rules hold everywhere
SELECT code, version, mode, severity, parameters, digest
  FROM screening_rules
 ORDER BY code;

-- name: wait_to_enter_rules
-- returns: rows
-- Nobody else enters rules until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('entering rules', 0));

-- name: enter_rule
-- returns: rows
-- A rule's text as its file has it: new, or in a new version that keeps what administrators set. A text that stood
-- once doesn't come again: releases that run side by side would take turns.
-- unscoped: the same rules hold everywhere
WITH entered AS (
    INSERT INTO screening_rules (code, version, mode, severity, parameters, digest, changed_at)
    VALUES (:code, 1, :mode, :severity, :parameters, :digest, :now)
    ON CONFLICT (code) DO UPDATE
       SET version = screening_rules.version + 1, digest = excluded.digest, changed_at = excluded.changed_at,
           parameters = (
               SELECT coalesce(jsonb_object_agg(key, CASE
                          WHEN jsonb_typeof(screening_rules.parameters -> key) = jsonb_typeof(value)
                          THEN screening_rules.parameters -> key ELSE value END), '{}')
                 FROM jsonb_each(excluded.parameters))
     WHERE NOT EXISTS (SELECT FROM screening_rule_versions AS past
                        WHERE past.code = excluded.code AND past.digest = excluded.digest)
    RETURNING code, version, mode, severity, parameters, digest, changed_at
)
INSERT INTO screening_rule_versions (code, version, mode, severity, parameters, digest, text, changed_at, changed_by)
SELECT code, version, mode, severity, parameters, digest, :text, changed_at, 'birthreg'
  FROM entered;

-- name: insert_findings
-- returns: Kept
-- What rules found, but for what was found before; whom it points at (`related`) is to be screened again soon, where
-- that is asked for. Cases open when the statement ends: whoever finds something holds what is due before any case.
-- unscoped: a finding points at registrations wherever they lie
WITH kept AS (
    INSERT INTO findings (id, registration_id, certificate_number, rule, rule_version, severity, is_shadow, organization,
                          household_organization, evidence, sentence_zh, sentence_en, found_at, found_by, sweep_id)
    SELECT id, registration_id, certificate_number, rule, rule_version, severity, is_shadow, organization,
           household_organization, evidence, sentence_zh, sentence_en, :now, :found_by, :sweep
      FROM unnest(:ids::uuid[], :registrations::uuid[], :numbers::text[], :rules::text[], :rule_versions::int[],
                  :severities::text[], :shadows::boolean[], :organizations::text[], :household_organizations::text[],
                  :evidences::jsonb[], :sentences_zh::text[], :sentences_en::text[])
        AS found (id, registration_id, certificate_number, rule, rule_version, severity, is_shadow, organization,
                  household_organization, evidence, sentence_zh, sentence_en)
    ON CONFLICT DO NOTHING
    RETURNING id, evidence
),
owed AS (
    INSERT INTO screening_due (registration_id, due_at)
    SELECT DISTINCT related.registration::uuid AS registration, :now::timestamptz
      FROM kept
     CROSS JOIN LATERAL jsonb_array_elements_text(kept.evidence -> 'related') AS related (registration)
     WHERE :owes::boolean
       AND related.registration::uuid <> ALL (:screened::uuid[])
     ORDER BY registration
    ON CONFLICT (registration_id) DO UPDATE SET due_at = least(screening_due.due_at, excluded.due_at)
)
SELECT id
  FROM kept;

-- name: owe_screening
-- returns: rows
-- Registrations to be screened again soon.
-- unscoped: whoever entered them, they are screened
INSERT INTO screening_due (registration_id, due_at)
SELECT registration, :now
  FROM unnest(:registrations::uuid[]) AS asked (registration)
 ORDER BY registration
ON CONFLICT (registration_id) DO UPDATE SET due_at = least(screening_due.due_at, excluded.due_at);

-- name: owe_look_at_records
-- returns: rows
-- Registrations whose number has no record of issue yet, though every one of its province comes in, are looked at
-- again when the last day for the record is over.
-- unscoped: whoever entered them, they are screened
INSERT INTO screening_due (registration_id, due_at)
SELECT waiting.registration_id, waiting.due_at
  FROM (SELECT facts.registration_id,
               (coalesce(facts.issued_on, facts.applied_on) + :days::int + 1)::timestamp AT TIME ZONE interval '8 hours'
               AS due_at
          FROM screening_facts AS facts
          JOIN provinces
            ON provinces.code = substr(facts.certificate_number, 2, 2) COLLATE "default"
          JOIN certificate_letters AS letters
            ON letters.letter = left(facts.certificate_number, 1) COLLATE "default"
           AND letters.year >= provinces.complete_from
         WHERE facts.standing
           AND facts.registration_id = ANY (:registrations::uuid[])
           AND NOT EXISTS (SELECT FROM issuances WHERE issuances.certificate_number = facts.certificate_number)
       ) AS waiting
 WHERE waiting.due_at >= :now
 ORDER BY waiting.registration_id
ON CONFLICT (registration_id) DO UPDATE SET due_at = least(screening_due.due_at, excluded.due_at);

-- name: name_places
-- returns: PlaceName
-- The names of organisations, provinces and divisions by their codes; a division's with what it lies in, and one that
-- was abolished by the name that it had last.
-- unscoped: names of places are no secret
WITH asked AS (
    SELECT code FROM unnest(:codes::text[]) AS asked (code)
)
SELECT code, name FROM organizations WHERE code = ANY (:codes::text[])
 UNION ALL
SELECT code, name FROM provinces WHERE code = ANY (:codes::text[])
 UNION ALL
SELECT asked.code, concat(provinces.name, prefecture.name, division.name)
  FROM asked
 CROSS JOIN LATERAL (
       SELECT name FROM divisions WHERE divisions.code = asked.code ORDER BY valid_from DESC NULLS LAST LIMIT 1
       ) AS division
  LEFT JOIN LATERAL (
       SELECT name FROM divisions
        WHERE divisions.code = left(asked.code, 4) || '00' AND asked.code NOT LIKE '%00'
        ORDER BY valid_from DESC NULLS LAST LIMIT 1
       ) AS prefecture ON true
  LEFT JOIN provinces ON provinces.code = left(asked.code, 2) AND asked.code NOT LIKE '%0000';
