-- name: find_answer_alone
-- returns: KeptAnswer
-- The answer that this key got, unless it is too old; no other request with the key passes until this one ends.
-- unscoped: an officer's own key
SELECT door, body_digest, status, answer
  FROM find_answer_alone(:officer, :key, :since);

-- name: keep_idempotent_answer
-- returns: rows
-- Keep an answer for its key, in the place of one that was too old.
-- unscoped: an officer's own key
INSERT INTO idempotency_keys (officer, key, door, body_digest, status, answer, recorded_at)
VALUES (:officer, :key, :door, :body_digest, :status, :answer, :now)
    ON CONFLICT (officer, key) DO UPDATE
   SET door = excluded.door, body_digest = excluded.body_digest, status = excluded.status,
       answer = excluded.answer, recorded_at = excluded.recorded_at;

-- name: forget_idempotent_answers
-- returns: rows
-- Remove the answers that are too old.
-- unscoped: retention runs over all
DELETE FROM idempotency_keys
 WHERE recorded_at <= :before;

-- name: read_privileges
-- returns: Privileges
-- Whether the role that the service runs as could change the trail, which it must not.
-- unscoped: asked of the database itself
SELECT has_table_privilege('audit_entries', 'UPDATE, DELETE, TRUNCATE') AS can_change_trail;

-- name: list_monthly_tables
-- returns: MonthlyTable
-- Every table that is cut by month.
-- unscoped: tables, not rows
SELECT name
  FROM monthly_tables
 ORDER BY name;

-- name: ensure_partitions
-- returns: PartitionsMade
-- The months from this one on stand ready for one table that is cut by month.
-- unscoped: tables, not rows
SELECT ensure_monthly_partitions(:name, :now::date, :until::date) AS made;
