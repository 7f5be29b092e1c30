-- name: weigh_rules
-- returns: RuleWeight
-- Rules as they stand, with how many findings each has, what became of them, and what it costs.
-- unscoped: the same rules hold everywhere, and how many findings a rule has says nothing of a registration
SELECT rules.code, rules.version, rules.mode, rules.severity, rules.parameters, rules.changed_at,
       counted.live, counted.shadow, counted.suppressed, concluded.confirmed, concluded.unfounded, tested.cost
  FROM screening_rules AS rules
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE NOT findings.is_shadow) AS live,
              count(*) FILTER (WHERE findings.is_shadow) AS shadow,
              count(*) FILTER (WHERE NOT findings.is_shadow AND findings.suppressed_until > :now) AS suppressed
         FROM findings
        WHERE findings.rule = rules.code) AS counted
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE findings.outcome = 'confirmed') AS confirmed,
              count(*) FILTER (WHERE findings.outcome = 'unfounded') AS unfounded
         FROM findings
        WHERE findings.rule = rules.code
          AND findings.outcome IS NOT NULL) AS concluded
  LEFT JOIN LATERAL (
       SELECT screening_changes.cost
         FROM screening_changes
        WHERE screening_changes.rule = rules.code
          AND screening_changes.cost IS NOT NULL
        ORDER BY screening_changes.id DESC
        LIMIT 1) AS tested ON true
 WHERE rules.code = ANY (:codes::text[])
 ORDER BY rules.code;

-- name: estimate_looked_at
-- returns: LookedAt
-- How many registrations rules look at: counted while there are few, by the table's statistics when there are many.
-- unscoped: a number of registrations in the whole books
SELECT CASE WHEN few.registrations <= 100000 THEN few.registrations
            ELSE greatest(few.registrations, whole.reltuples::int8) END AS registrations
  FROM (SELECT count(*) AS registrations
          FROM (SELECT FROM screening_facts WHERE standing LIMIT 100001) AS met) AS few,
       pg_class AS whole
 WHERE whole.oid = 'screening_facts'::regclass;

-- name: list_versions
-- returns: RuleVersion
-- Every version that a rule ever had, newest first, with its text.
-- unscoped: the same rules hold everywhere
SELECT version, mode, severity, parameters, text, changed_at, changed_by, change_id
  FROM screening_rule_versions
 WHERE code = :code
 ORDER BY version DESC;

-- name: begin_back_test
-- returns: BackTestTurn
-- Whether nobody else tests a rule at this moment; room to sort in for the rest of the transaction.
SELECT pg_try_advisory_xact_lock(hashtextextended('back_test', 0)) AS granted,
       set_config('work_mem', '64MB', true) AS work_mem;

-- name: limit_time
-- returns: rows
-- Let the next statements take no longer than this.
SELECT set_config('statement_timeout', :milliseconds::text, true);

-- name: find_newest_fact
-- returns: Boundary
-- The newest registration that rules look at.
-- unscoped: identifiers alone, to cut the books into parts
SELECT registration_id FROM screening_facts ORDER BY registration_id DESC LIMIT 1;

-- name: find_cut
-- returns: Boundary
-- The registration before so many up to one: where a part of the books begins.
-- unscoped: identifiers alone, to cut the books into parts
SELECT registration_id
  FROM screening_facts
 WHERE registration_id <= :up_to
 ORDER BY registration_id DESC
OFFSET :count::int8
 LIMIT 1;

-- name: insert_change
-- returns: ChangeId
-- A change of a rule waits for a second person, unless one waits already.
-- unscoped: it is written by who proposed it
INSERT INTO screening_changes (id, rule, rule_version, status, mode, severity, parameters, reason, back_test, cost,
                               proposed_by, proposed_by_organization, proposed_at)
VALUES (:id, :rule, :rule_version, 'proposed', :mode, :severity, :parameters, :reason, :back_test, :cost, :proposed_by,
        :organization, :now)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: find_open_change
-- returns: ChangeId
-- The change of a rule that waits for a second person.
-- unscoped: the same rules hold everywhere
SELECT id FROM screening_changes WHERE rule = :rule AND status = 'proposed';

-- name: lock_change
-- returns: ChangeId
-- A change proposed inside the scope, held until the transaction ends.
SELECT id
  FROM screening_changes
 WHERE id = :id
   AND proposed_by_organization LIKE ANY (:scope::text[])
   FOR UPDATE;

-- name: find_change
-- returns: RuleChange
-- One change proposed inside the scope, beside how the rule stood.
SELECT changes.id, changes.version, changes.rule, changes.rule_version, changes.status, changes.mode, changes.severity,
       changes.parameters, past.mode AS mode_before, past.severity AS severity_before,
       past.parameters AS parameters_before, changes.reason, changes.back_test, changes.proposed_by,
       changes.proposed_by_organization, changes.proposed_at, changes.decided_by, changes.decided_by_organization,
       changes.decided_at, changes.decision_reason, changes.new_version
  FROM screening_changes AS changes
  JOIN screening_rule_versions AS past ON past.code = changes.rule AND past.version = changes.rule_version
 WHERE changes.id = :id
   AND changes.proposed_by_organization LIKE ANY (:scope::text[]);

-- name: list_changes
-- returns: RuleChange
-- Changes proposed inside the scope, of one rule or of all, newest first.
SELECT changes.id, changes.version, changes.rule, changes.rule_version, changes.status, changes.mode, changes.severity,
       changes.parameters, past.mode AS mode_before, past.severity AS severity_before,
       past.parameters AS parameters_before, changes.reason, changes.back_test, changes.proposed_by,
       changes.proposed_by_organization, changes.proposed_at, changes.decided_by, changes.decided_by_organization,
       changes.decided_at, changes.decision_reason, changes.new_version
  FROM screening_changes AS changes
  JOIN screening_rule_versions AS past ON past.code = changes.rule AND past.version = changes.rule_version
 WHERE changes.proposed_by_organization LIKE ANY (:scope::text[])
   AND (:rule::text IS NULL OR changes.rule = :rule)
   AND (:status::text IS NULL OR changes.status = :status)
   AND changes.id < :before
 ORDER BY changes.id DESC
 LIMIT :limit;

-- name: decide_change
-- returns: rows
-- What became of a change that this transaction holds.
-- unscoped: the caller holds it, inside their scope
UPDATE screening_changes
   SET version = version + 1, status = :status, decided_by = :officer, decided_by_organization = :organization,
       decided_at = :now, decision_reason = :reason, new_version = :new_version
 WHERE id = :id;

-- name: set_rule
-- returns: NewVersion
-- A rule as a change wants it, in a new version; no row where the rule was changed since.
-- unscoped: the same rules hold everywhere
WITH changed AS (
    UPDATE screening_rules
       SET version = screening_rules.version + 1, mode = screening_changes.mode,
           severity = screening_changes.severity, parameters = screening_changes.parameters, changed_at = :now
      FROM screening_changes
     WHERE screening_changes.id = :change
       AND screening_rules.code = screening_changes.rule
       AND screening_rules.version = screening_changes.rule_version
    RETURNING screening_rules.code, screening_rules.version, screening_rules.mode, screening_rules.severity,
              screening_rules.parameters, screening_rules.digest, screening_rules.changed_at
)
INSERT INTO screening_rule_versions (code, version, mode, severity, parameters, digest, text, changed_at, changed_by,
                                     change_id)
SELECT changed.code, changed.version, changed.mode, changed.severity, changed.parameters, changed.digest, past.text,
       changed.changed_at, :officer, :change
  FROM changed
  JOIN screening_rule_versions AS past ON past.code = changed.code AND past.version = changed.version - 1
RETURNING version;
