-- name: find_span
-- returns: Span
-- Where a sweep ends that is asked for now, and how many registrations lie between a first one and there.
-- unscoped: it counts, and shows nothing
SELECT last.id AS up_to, estimate_facts(:after::uuid, last.id) AS total
  FROM (SELECT greatest(:latest::uuid, (SELECT registration_id
                                          FROM screening_facts
                                         ORDER BY registration_id DESC
                                         LIMIT 1)) AS id) AS last;

-- name: insert_sweep
-- returns: rows
-- Somebody asks for a sweep.
INSERT INTO sweeps (id, status, rules, rules_version, since, note, requested_at, requested_by, organization, reach,
                    cut_to, up_to, total)
VALUES (:id, 'waiting', :rules, :rules_version, :since, :note, :now, :officer, :organization, :reach, :after, :up_to,
        :total);

-- name: insert_sweep_rules
-- returns: rows
-- The versions of the rules that a sweep begins with.
INSERT INTO sweep_rules (sweep_id, code, version, found, shadows)
SELECT :sweep, code, version, 0, 0
  FROM unnest(:codes::text[], :versions::int[]) AS begun (code, version);

-- name: find_sweep
-- returns: Sweep
-- A sweep that was asked for inside the scope, or by who watches over the reader.
SELECT id, version, status, rules, since, note, requested_at, requested_by, organization, parts_cut, parts_done,
       total, done, found, started_at, moving_since, rules_changed_at, ended_at
  FROM sweeps
 WHERE id = :id
   AND (organization LIKE ANY (:scope::text[]) OR :organization LIKE reach);

-- name: list_sweeps
-- returns: Sweep
-- The sweeps that were asked for inside the scope, or by who watches over the reader, newest first.
SELECT id, version, status, rules, since, note, requested_at, requested_by, organization, parts_cut, parts_done,
       total, done, found, started_at, moving_since, rules_changed_at, ended_at
  FROM sweeps
 WHERE (organization LIKE ANY (:scope::text[]) OR :organization LIKE reach)
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: hold_sweep
-- returns: Sweep
-- A sweep that was asked for inside the scope; nobody else changes it until this transaction ends.
SELECT id, version, status, rules, since, note, requested_at, requested_by, organization, parts_cut, parts_done,
       total, done, found, started_at, moving_since, rules_changed_at, ended_at
  FROM sweeps
 WHERE id = :id
   AND organization LIKE ANY (:scope::text[])
   FOR UPDATE;

-- name: change_sweep
-- returns: rows
-- A sweep is paused, goes on, or is given up.
-- unscoped: who changes it holds it inside the scope
UPDATE sweeps
   SET version = version + 1, status = :status::text, ended_at = CASE WHEN :status::text = 'cancelled' THEN :now::timestamptz END,
       moving_since = CASE WHEN :status::text = 'running' THEN :now::timestamptz END
 WHERE id = :id;

-- name: list_sweep_rules
-- returns: SweepRule
-- What each version of the rules found in some sweeps.
-- unscoped: who reads has found the sweeps
SELECT sweep_id, code, version, found, shadows, since, is_off
  FROM sweep_rules
 WHERE sweep_id = ANY (:sweeps::uuid[])
 ORDER BY sweep_id, code, version;

-- name: list_paces
-- returns: Pace
-- How many registrations some sweeps went through since a moment.
-- unscoped: who reads has found the sweeps
SELECT sweep_id, sum(registrations)::bigint AS registrations
  FROM sweep_parts
 WHERE sweep_id = ANY (:sweeps::uuid[])
   AND done_at > :since
 GROUP BY sweep_id;

-- name: list_examples
-- returns: Example
-- A few findings of each rule in a sweep.
-- unscoped: for who runs it at the server
SELECT sweep_rules.code AS rule, example.certificate_number, example.sentence_zh, example.sentence_en
  FROM (SELECT DISTINCT code FROM sweep_rules WHERE sweep_id = :sweep) AS sweep_rules
 CROSS JOIN LATERAL (
       SELECT id, certificate_number, sentence_zh, sentence_en
         FROM findings
        WHERE findings.sweep_id = :sweep
          AND findings.rule = sweep_rules.code
          AND NOT is_shadow
        ORDER BY id
        LIMIT :limit) AS example
 ORDER BY sweep_rules.code, example.id;

-- name: plan_for_many
-- returns: rows
-- Statements of this transaction are planned for the rows that they meet, on one core, with room to sort; what a
-- worker that is gone has left behind ends by itself.
SELECT set_config('work_mem', '64MB', true), set_config('plan_cache_mode', 'force_custom_plan', true),
       set_config('random_page_cost', '1.1', true), set_config('jit', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true),
       set_config('client_connection_check_interval', '1s', true),
       set_config('idle_in_transaction_session_timeout', '60s', true);

-- name: find_traffic
-- returns: Traffic
-- Whether desks have looked numbers up since a moment.
-- unscoped: it shows nothing of whom
SELECT EXISTS (SELECT FROM lookups WHERE id >= :since::uuid) AS is_busy;

-- name: is_alone
-- returns: Alone
-- Whether this is the only part that is run beside desks.
SELECT pg_try_advisory_xact_lock(hashtextextended('sweeping beside desks', 0)) AS is_alone;

-- name: take_part
-- returns: SweepPart
-- The next part that nobody works on, of the sweep that was asked for first, or of one of them.
-- unscoped: a sweep goes over all books; what it finds carries its organisation
SELECT sweep_parts.sweep_id, sweep_parts.number, sweep_parts.after, sweep_parts.up_to, sweep_parts.registrations,
       sweeps.rules
  FROM sweeps
  JOIN sweep_parts ON sweep_parts.sweep_id = sweeps.id AND sweep_parts.done_at IS NULL
 WHERE sweeps.status = 'running'
   AND (:sweep::uuid IS NULL OR sweeps.id = :sweep)
 ORDER BY sweeps.requested_at, sweeps.id, sweep_parts.number
 LIMIT 1
   FOR UPDATE OF sweep_parts SKIP LOCKED;

-- name: cut_part
-- returns: Cut
-- Cut the next part of the sweep that was asked for first, or of one of them; where none is left, it ends with the
-- parts that others still work on. Sweeps wait until what rules read of older registrations is written.
-- unscoped: a sweep goes over all books; what it finds carries its organisation
WITH sweep AS (
    SELECT id, cut_to, up_to
      FROM sweeps
     WHERE status IN ('waiting', 'running')
       AND cut_to < up_to
       AND (:sweep::uuid IS NULL OR id = :sweep)
       AND NOT EXISTS (SELECT FROM screening_backfill AS written WHERE written.up_to < written.last)
     ORDER BY requested_at, id
     LIMIT 1
       FOR UPDATE
),
stretch AS (
    SELECT facts.registration_id, facts.place
      FROM sweep,
           LATERAL (SELECT registration_id, row_number() OVER (ORDER BY registration_id) AS place
                      FROM screening_facts
                     WHERE registration_id > sweep.cut_to
                       AND registration_id <= sweep.up_to
                     ORDER BY registration_id
                     LIMIT :size) AS facts
     ORDER BY facts.place DESC
     LIMIT 1
),
part AS (
    SELECT sweep.id, sweep.cut_to AS after, coalesce(stretch.place, 0) AS registrations,
           CASE WHEN stretch.place = :size THEN stretch.registration_id ELSE sweep.up_to END AS up_to
      FROM sweep
      LEFT JOIN stretch ON true
),
moved AS (
    UPDATE sweeps
       SET cut_to = part.up_to,
           parts_cut = parts_cut + 1,
           status = 'running',
           started_at = coalesce(started_at, :now),
           moving_since = coalesce(moving_since, :now)
      FROM part
     WHERE sweeps.id = part.id
    RETURNING sweeps.id, sweeps.parts_cut
)
INSERT INTO sweep_parts (sweep_id, number, after, up_to, registrations)
SELECT moved.id, moved.parts_cut, part.after, part.up_to, part.registrations
  FROM moved
  JOIN part ON part.id = moved.id
RETURNING sweep_id, registrations;

-- name: finish_part
-- returns: Ended
-- A part is done with what it found; the last one ends the sweep. No row where the sweep was given up meanwhile.
-- unscoped: a sweep goes over all books; what it finds carries its organisation
WITH sweep AS (
    UPDATE sweeps
       SET done = done + :registrations,
           total = CASE WHEN cut_to = up_to AND parts_done + 1 = parts_cut THEN done + :registrations ELSE total END,
           found = found + :found,
           parts_done = parts_done + 1,
           rules_changed_at = coalesce(rules_changed_at, CASE WHEN rules_version <> :rules_version THEN :now::timestamptz END),
           status = CASE WHEN cut_to = up_to AND parts_done + 1 = parts_cut THEN 'done' ELSE status END,
           ended_at = CASE WHEN cut_to = up_to AND parts_done + 1 = parts_cut THEN :now::timestamptz END
     WHERE id = :sweep
       AND status IN ('running', 'paused')
    RETURNING id, status, organization, rules, total, found
),
part AS (
    UPDATE sweep_parts
       SET found = :found, done_at = :now
      FROM sweep
     WHERE sweep_parts.sweep_id = sweep.id
       AND sweep_parts.number = :number
),
counted AS (
    INSERT INTO sweep_rules (sweep_id, code, version, found, shadows, since, is_off)
    SELECT sweep.id, met.code, met.version, met.found, met.shadows, :now, met.is_off
      FROM sweep
     CROSS JOIN unnest(:codes::text[], :versions::int[], :founds::bigint[], :shadows::bigint[], :offs::boolean[])
        AS met (code, version, found, shadows, is_off)
     ORDER BY met.code
    ON CONFLICT (sweep_id, code, version) DO UPDATE
       SET found = sweep_rules.found + excluded.found, shadows = sweep_rules.shadows + excluded.shadows,
           since = coalesce(sweep_rules.since, excluded.since)
)
SELECT id, status = 'done' AS is_done, organization, rules, total, found
  FROM sweep;

-- name: take_due
-- returns: Due
-- Registrations that have waited to be screened again, and wait no more.
-- unscoped: whoever entered them, they are screened
DELETE FROM screening_due
 WHERE registration_id IN (
       SELECT registration_id
         FROM screening_due
        WHERE due_at < :before
        ORDER BY due_at
        LIMIT :limit
          FOR UPDATE SKIP LOCKED)
RETURNING registration_id;

-- name: hold_backfill
-- returns: Backfill
-- How far the facts of registrations from before there were rules are written; no row when all are.
-- unscoped: it is one row for all books
SELECT up_to, last
  FROM screening_backfill
 WHERE up_to < last
   FOR UPDATE SKIP LOCKED;

-- name: move_backfill
-- returns: rows
-- Facts are written up to a registration.
-- unscoped: it is one row for all books
UPDATE screening_backfill SET up_to = :up_to;

-- name: list_known
-- returns: Due
-- Which of some registrations have their facts already.
-- unscoped: it shows identifiers that the caller has named
SELECT registration_id
  FROM screening_facts
 WHERE registration_id = ANY (:registrations::uuid[]);
