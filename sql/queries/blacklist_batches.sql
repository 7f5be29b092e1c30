-- name: insert_batch
-- returns: rows
-- A file of void numbers is to be staged.
-- unscoped: the door guards
INSERT INTO blacklist_batches (id, organization, reach, brought_by, brought_at)
VALUES (:id, :organization, :reach, :brought_by, :now);

-- name: stage_rows
-- returns: rows
-- Keep the sound lines of a block as rows of the batch.
-- unscoped: staging of this connection
INSERT INTO blacklist_batch_rows (batch_id, line, first, last, count, reason, document_number, event_date, institution, note)
SELECT :batch::uuid, line, first, last, count, reason, document_number, event_date, institution, note
  FROM checked_entries
 WHERE first IS NOT NULL;

-- name: hold_batch
-- returns: Batch
-- A batch inside the scope, held to the end of the transaction that changes it.
SELECT id, version, status, organization, brought_by, rows_new, rows_changed, entries_listed, undo_proposed_by
  FROM blacklist_batches
 WHERE id = :id
   AND organization LIKE ANY (:scope::text[])
   FOR UPDATE;

-- name: hold_uncompared
-- returns: UncomparedBatch
-- A batch whose rows are staged and not compared, held by who compares them; no row when somebody else does.
-- unscoped: the worker serves all
SELECT id, organization, reach
  FROM blacklist_batches
 WHERE id = :id
   AND status = 'staging'
   FOR UPDATE SKIP LOCKED;

-- name: compare_rows
-- returns: rows
-- Say of each row of a batch what it would do to the list as it stands, where that isn't said already.
-- An entry is met by its range and document, and belongs to an organisation that the batch reaches; the one with
-- the same reason comes before others, and of those the one whose document is written the same. A later line that says the same as an earlier one is the same; one that
-- says otherwise contradicts it. Of other rows of the file that hold some of the same numbers, one is named.
-- unscoped: the batch's own reach
WITH said AS (
    SELECT line, first, last, reason, document_number, event_date, institution, note, kind, entry_id, overlapping,
           overlaps_line, first_value(line) OVER earlier AS first_line,
           (event_date, institution, note) IS NOT DISTINCT FROM (
               first_value(event_date) OVER earlier, first_value(institution) OVER earlier,
               first_value(note) OVER earlier) AS repeats
      FROM blacklist_batch_rows
     WHERE batch_id = :batch
    WINDOW earlier AS (PARTITION BY first, last, document_number, reason ORDER BY line)
),
met AS (
    SELECT said.line, said.first, said.last, said.kind, said.entry_id, said.overlapping, said.overlaps_line,
           known.id AS known_id,
           CASE WHEN said.line <> said.first_line AND said.repeats THEN 'same'
                WHEN said.line <> said.first_line                  THEN 'contradicting'
                WHEN known.id IS NULL                              THEN 'new'
                WHEN known.agrees                                  THEN 'same'
                ELSE 'changed' END AS meant,
           known.same_reason
      FROM said
      LEFT JOIN LATERAL (
           SELECT entries.id,
                  entries.reason = said.reason
                  AND entries.event_date = said.event_date
                  AND (entries.institution IS NOT DISTINCT FROM said.institution
                       OR as_cell(entries.institution) IS NOT DISTINCT FROM said.institution)
                  AND (entries.note IS NOT DISTINCT FROM said.note
                       OR as_cell(entries.note) IS NOT DISTINCT FROM said.note) AS agrees,
                  entries.reason = said.reason AS same_reason
             FROM blacklist_entries AS entries
            WHERE entries.first = said.first
              AND entries.last = said.last
              AND entries.lifted_at IS NULL
              AND entries.lapses_at IS NULL
              AND (entries.document_number = said.document_number
                   OR as_cell(entries.document_number) = said.document_number)
              AND entries.organization || '' LIKE ANY (:reach::text[])
            ORDER BY 2 DESC, entries.reason = said.reason DESC, entries.organization = :organization DESC,
                     entries.document_number = said.document_number DESC, entries.id
            LIMIT 1
           ) AS known ON true
),
ranked AS (
    SELECT line, first, last, kind, entry_id, overlapping, overlaps_line, known_id, meant,
           meant = 'changed'
           AND (bool_or(meant = 'same') OVER (PARTITION BY known_id)
                OR line <> first_value(line) OVER (PARTITION BY known_id, meant ORDER BY same_reason DESC, line)) AS beside
      FROM met
),
settled AS (
    -- An entry that one row repeats isn't replaced by another, and by one row alone: others say something new.
    SELECT line, first, last, kind, entry_id, overlapping, overlaps_line,
           CASE WHEN beside THEN 'new' ELSE meant END AS meant,
           CASE WHEN meant IN ('same', 'changed') AND NOT beside THEN known_id END AS met_entry
      FROM ranked
),
placed AS (
    -- Of what the file lists, the row before in the order of the numbers that reaches furthest, and the row after.
    SELECT line, first, last, kind, entry_id, overlapping, overlaps_line, meant, met_entry,
           max(last || lpad(line::text, 10, '0'))
               OVER (in_order ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reaching,
           lead(first) OVER in_order AS next_first,
           lead(line) OVER in_order AS next_line
      FROM settled
    WINDOW in_order AS (PARTITION BY meant IN ('new', 'changed') ORDER BY first, last DESC, line)
),
touching AS (
    SELECT line, first, last, kind, entry_id, overlapping, overlaps_line, meant, met_entry,
           CASE WHEN meant NOT IN ('new', 'changed') THEN NULL
                WHEN left(reaching, 10) >= first     THEN substr(reaching, 11)::bigint
                WHEN next_first <= last              THEN next_line END AS met_line
      FROM placed
),
judged AS (
    SELECT touching.line, touching.kind, touching.entry_id, touching.overlapping, touching.overlaps_line, touching.meant,
           touching.met_entry, touching.met_line,
           touching.met_line IS NOT NULL OR touching.meant IN ('new', 'changed') AND (
               EXISTS (
                   SELECT FROM blacklist_entries AS entries
                    WHERE entries.first >= touching.first
                      AND entries.first <= touching.last
                      AND entries.lifted_at IS NULL
                      AND (entries.lapses_at IS NULL OR entries.lapses_at > :now)
                      AND entries.id IS DISTINCT FROM touching.met_entry)
            OR EXISTS (
                   SELECT FROM blacklist_blocks AS blocks
                    WHERE blocks.block = left(touching.first, 7)
                      AND blocks.first < touching.first
                      AND blocks.last >= touching.first)) AS overlaps
      FROM touching
)
UPDATE blacklist_batch_rows AS rows
   SET kind = judged.meant, entry_id = judged.met_entry, overlapping = judged.overlaps, overlaps_line = judged.met_line
  FROM judged
 WHERE rows.batch_id = :batch
   AND rows.line = judged.line
   AND (judged.kind, judged.entry_id, judged.overlapping, judged.overlaps_line)
       IS DISTINCT FROM (judged.meant, judged.met_entry, judged.overlaps, judged.met_line);

-- name: forget_uses
-- returns: rows
-- Forget what an earlier comparison found used.
-- unscoped: the door guards
DELETE FROM blacklist_batch_uses
 WHERE batch_id = :batch;

-- name: find_uses
-- returns: UseCount
-- Count the numbers that a batch would list, each once, and how many of them are used; keep where those lie.
-- unscoped: a number is used once in the whole country
WITH listed AS (
    SELECT first, last, max(last) OVER (ORDER BY first, last DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
      FROM blacklist_batch_rows
     WHERE batch_id = :batch
       AND kind IN ('new', 'changed')
),
numbered AS (
    SELECT first, last, count(*) FILTER (WHERE reached IS NULL OR reached < first) OVER (ORDER BY first, last DESC) AS stretch
      FROM listed
),
stretches AS (
    SELECT min(first) AS first, max(last) AS last
      FROM numbered
     GROUP BY stretch
),
counted AS MATERIALIZED (
    SELECT stretches.first, stretches.last, uses.count AS used
      FROM stretches
     CROSS JOIN LATERAL (
           SELECT count(*) AS count
             FROM usages
            WHERE certificate_number >= stretches.first
              AND certificate_number <= stretches.last
           ) AS uses
),
kept AS (
    INSERT INTO blacklist_batch_uses (batch_id, first, last, used)
    SELECT :batch, first, last, used
      FROM counted
     WHERE used > 0
)
SELECT coalesce(sum(certificate_ordinal(last) - certificate_ordinal(first) + 1), 0)::bigint AS numbers,
       coalesce(sum(used), 0)::bigint AS used
  FROM counted;

-- name: keep_comparison
-- returns: rows
-- A batch is compared with the list: count what its rows would do.
-- unscoped: the door guards
UPDATE blacklist_batches
   SET status = CASE WHEN status = 'staging' THEN 'ready' ELSE status END,
       version = version + 1,
       compared_at = :now,
       list_version = :list_version,
       rows_new = counted.new,
       rows_same = counted.same,
       rows_changed = counted.changed,
       rows_contradicting = counted.contradicting,
       rows_overlapping = counted.overlapping,
       numbers = :numbers,
       numbers_used = :used
  FROM (SELECT count(*) FILTER (WHERE kind = 'new') AS new,
               count(*) FILTER (WHERE kind = 'same') AS same,
               count(*) FILTER (WHERE kind = 'changed') AS changed,
               count(*) FILTER (WHERE kind = 'contradicting') AS contradicting,
               count(*) FILTER (WHERE overlapping) AS overlapping
          FROM blacklist_batch_rows
         WHERE batch_id = :id) AS counted
 WHERE id = :id;

-- name: propose_batch
-- returns: rows
-- Who brought a batch proposes it.
-- unscoped: held inside the scope before
UPDATE blacklist_batches
   SET status = 'proposed', version = version + 1, proposed_at = :now
 WHERE id = :id;

-- name: withdraw_batch
-- returns: rows
-- Who brought a batch takes it back before anything of it was in force, also when it was approved.
-- unscoped: held inside the scope before
UPDATE blacklist_batches
   SET status = 'withdrawn', version = version + 1, withdrawn_at = :now, withdrawal_reason = :reason
 WHERE id = :id;

-- name: decide_batch
-- returns: rows
-- The second person approves or refuses a batch.
-- unscoped: held inside the scope before
UPDATE blacklist_batches
   SET status = :status, version = version + 1, decided_by = :officer, decided_by_organization = :organization,
       decided_at = :now, decision_reason = :reason
 WHERE id = :id;

-- name: propose_undo
-- returns: rows
-- Somebody wants a batch in force to be taken back.
-- unscoped: held inside the scope before
UPDATE blacklist_batches
   SET status = 'undo_proposed', version = version + 1, undo_proposed_by = :officer, undo_proposed_at = :now,
       undo_reason = :reason, undo_decided_by = NULL, undo_decided_by_organization = NULL, undo_decided_at = NULL,
       undo_decision_reason = NULL, undo_withdrawn_at = NULL, undo_withdrawal_reason = NULL
 WHERE id = :id;

-- name: withdraw_undo
-- returns: rows
-- Who wanted a batch to be taken back wants that no more: it stays in force.
-- unscoped: held inside the scope before
UPDATE blacklist_batches
   SET status = 'in_force', version = version + 1, undo_withdrawn_at = :now, undo_withdrawal_reason = :reason
 WHERE id = :id;

-- name: decide_undo
-- returns: rows
-- The second person approves or refuses that a batch be taken back.
-- unscoped: held inside the scope before
UPDATE blacklist_batches
   SET status = :status, version = version + 1, undo_decided_by = :officer,
       undo_decided_by_organization = :organization, undo_decided_at = :now, undo_decision_reason = :reason,
       attempts = 0, retry_at = NULL
 WHERE id = :id;

-- name: take_turn
-- returns: Turn
-- Take the turn of carrying out a batch until this transaction ends; false while another is carried out.
-- unscoped: the worker serves all
SELECT pg_try_advisory_xact_lock(batches_lock()) AS taken;

-- name: hold_decided
-- returns: DecidedBatch
-- An approved batch or undo that waits to be carried out, held by who does that.
-- unscoped: the worker serves all
SELECT id, status, organization, reach, brought_by, list_version,
       coalesce(undo_decided_by, decided_by) AS officer,
       coalesce(undo_decided_by_organization, decided_by_organization) AS officer_organization
  FROM blacklist_batches
 WHERE status IN ('approved', 'undo_approved')
   AND id = :id
   FOR UPDATE SKIP LOCKED;

-- name: find_decided
-- returns: Waiting
-- The approved batch or undo that waits longest to be carried out; one that failed lately is passed over.
-- unscoped: the worker serves all
SELECT id
  FROM blacklist_batches
 WHERE status IN ('approved', 'undo_approved')
   AND (retry_at IS NULL OR retry_at <= :now)
 ORDER BY coalesce(undo_decided_at, decided_at)
 LIMIT 1;

-- name: keep_failure
-- returns: FailedBatch
-- What could not be carried out waits twice as long as the last time, an hour at most; others come before it.
-- unscoped: the worker serves all
UPDATE blacklist_batches
   SET attempts = attempts + 1, retry_at = :now::timestamptz + least(2 ^ least(attempts, 20), 3600) * interval '1 second'
 WHERE id = :id
   AND status IN ('approved', 'undo_approved')
RETURNING id, status, organization, attempts;

-- name: prepare_long_work
-- returns: rows
-- Give one long transaction room to sort, and end it when its asker is gone.
-- A batch is met by a planner that knows its table as it was before: without what would be quadratic over a million
-- rows of which it expects one, and with indexes for the books, joins are by hash and look-ups by key.
-- What it holds stays in memory, as much as the server grants to one long operation: what is spilled to the disk is
-- written at once after 30 seconds, and every commit waits for that.
-- unscoped: settings of this connection
SELECT set_config('work_mem',
                  greatest(pg_size_bytes(current_setting('maintenance_work_mem')), pg_size_bytes('128MB')) / 1024 || 'kB',
                  true),
       set_config('client_connection_check_interval', '2s', true),
       set_config('enable_nestloop', 'off', true), set_config('enable_seqscan', 'off', true);

-- name: put_off_version
-- returns: rows
-- Let the list's version move when the transaction says so, or ends.
-- unscoped: one list for the country
SELECT list_moves_at_the_end();

-- name: keep_known_since
-- returns: rows
-- What this transaction wrote is known since a moment, not since it began.
-- unscoped: one list for the country
INSERT INTO blacklist_changes (id, known_since)
VALUES (change_underway(), :moment);

-- name: move_version
-- returns: rows
-- Move the list's version now, if the list has changed: from here to the commit no number can be claimed.
-- unscoped: one list for the country
SELECT list_moves_now();

-- name: put_in_force
-- returns: ListedBatch
-- List every new row of a batch; a changed one in the place of the entry that it changes, at the same moment.
-- unscoped: held inside the scope before
WITH replaced AS (
    UPDATE blacklist_entries AS entries
       SET lifted_at = :now, version = version + 1
      FROM (SELECT DISTINCT entry_id FROM blacklist_batch_rows WHERE batch_id = :batch AND kind = 'changed') AS rows
     WHERE entries.id = rows.entry_id
       AND entries.lifted_at IS NULL
    RETURNING entries.id, entries.organization, coalesce(entries.first_listed_at, entries.listed_at) AS first_listed_at
),
wanted AS (
    SELECT first, last, count, reason, document_number, event_date, institution, note,
           :organization::text AS organization, NULL::uuid AS replaces, NULL::timestamptz AS first_listed_at
      FROM blacklist_batch_rows
     WHERE batch_id = :batch
       AND kind = 'new'
     UNION ALL
    SELECT rows.first, rows.last, rows.count, rows.reason, rows.document_number, rows.event_date, rows.institution,
           rows.note, replaced.organization, replaced.id, replaced.first_listed_at
      FROM replaced
      JOIN blacklist_batch_rows AS rows ON rows.entry_id = replaced.id
     WHERE rows.batch_id = :batch
       AND rows.kind = 'changed'
),
listed AS (
    INSERT INTO blacklist_entries (
           id, first, last, count, reason, document_number, event_date, institution, note, organization, listed_at,
           listed_by, batch_id, replaces, first_listed_at)
    SELECT id_in_order(:now, row_number() OVER (ORDER BY first, last), drawn), first, last, count, reason,
           document_number, event_date, institution, note, organization, :now, :listed_by, :batch, replaces,
           first_listed_at
      FROM wanted,
           (SELECT substr(gen_random_uuid()::text, 25) AS drawn OFFSET 0) AS once
     ORDER BY first, last
    RETURNING count
)
SELECT count(*) AS listed, (SELECT count(*) FROM replaced) AS replaced,
       coalesce(sum(count), 0)::bigint AS numbers_listed
  FROM listed;

-- name: keep_in_force
-- returns: rows
-- A batch is in force.
-- unscoped: held inside the scope before
UPDATE blacklist_batches
   SET status = 'in_force', version = version + 1, in_force_at = :moment, entries_listed = :listed,
       entries_replaced = :replaced, look_back_after = ''
 WHERE id = :id;

-- name: take_back
-- returns: TakenBackBatch
-- Lift every entry that a batch listed and nobody changed since, and list again what those had replaced.
-- What another batch in force says as well is left to it, and what a batch undone before left to this one is lifted
-- with it: an entry ends with the last batch that says it.
-- unscoped: held inside the scope before
WITH lifted AS (
    UPDATE blacklist_entries AS entries
       SET lifted_at = :now, version = version + 1
     WHERE entries.batch_id = :batch
       AND entries.lifted_at IS NULL
       AND entries.split_from IS NULL
       AND NOT EXISTS (
           SELECT FROM blacklist_batch_rows AS rows
             JOIN blacklist_batches AS others ON others.id = rows.batch_id
            WHERE rows.entry_id = entries.id
              AND rows.kind = 'same'
              AND rows.batch_id <> :batch
              AND others.status IN ('in_force', 'undo_proposed', 'undo_approved'))
    RETURNING entries.id, entries.replaces, entries.count
),
left_by_others AS (
    SELECT entries.id
      FROM (SELECT DISTINCT entry_id FROM blacklist_batch_rows
             WHERE batch_id = :batch AND kind = 'same' AND entry_id IS NOT NULL) AS rows
     CROSS JOIN LATERAL (
           SELECT known.id, known.batch_id
             FROM blacklist_entries AS known
            WHERE known.id = rows.entry_id
              AND known.batch_id <> :batch
              AND known.lifted_at IS NULL
              AND known.split_from IS NULL
            LIMIT 1
           ) AS entries
      JOIN blacklist_batches AS former ON former.id = entries.batch_id
     WHERE former.status = 'undone'
       AND NOT EXISTS (
           SELECT FROM blacklist_batch_rows AS rows
             JOIN blacklist_batches AS others ON others.id = rows.batch_id
            WHERE rows.entry_id = entries.id
              AND rows.kind = 'same'
              AND rows.batch_id <> :batch
              AND others.status IN ('in_force', 'undo_proposed', 'undo_approved'))
),
lifted_too AS (
    UPDATE blacklist_entries AS entries
       SET lifted_at = :now, version = version + 1
     WHERE entries.id = ANY (ARRAY(SELECT id FROM left_by_others))
       AND entries.lifted_at IS NULL
    RETURNING entries.id, entries.replaces, entries.count
),
former AS (
    SELECT DISTINCT ON (replaces) id, replaces
      FROM (SELECT id, replaces FROM lifted UNION ALL SELECT id, replaces FROM lifted_too) AS ended
     WHERE replaces IS NOT NULL
     ORDER BY replaces, id
),
restored AS (
    INSERT INTO blacklist_entries (
           id, first, last, count, reason, document_number, event_date, institution, note, organization, listed_at,
           listed_by, replaces, first_listed_at)
    SELECT new_id_at(:now), entries.first, entries.last, entries.count, entries.reason, entries.document_number,
           entries.event_date, entries.institution, entries.note, entries.organization, :now, entries.listed_by,
           former.id, coalesce(entries.first_listed_at, entries.listed_at)
      FROM former
      JOIN blacklist_entries AS entries ON entries.id = former.replaces
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT count(*) + (SELECT count(*) FROM lifted_too) AS lifted, count(*) AS own,
       (SELECT count(*) FROM restored) AS restored,
       (coalesce(sum(count), 0) + (SELECT coalesce(sum(count), 0) FROM lifted_too))::bigint AS numbers_lifted
  FROM lifted;

-- name: keep_undone
-- returns: rows
-- A batch is taken back.
-- unscoped: held inside the scope before
UPDATE blacklist_batches
   SET status = 'undone', version = version + 1, undone_at = :moment, undo_began_at = :now, entries_lifted = :lifted,
       entries_restored = :restored, entries_left = entries_listed - :own
 WHERE id = :id;

-- name: find_stretch
-- returns: Stretch
-- The first and the last number of a batch.
-- unscoped: told to all
SELECT min(first) AS first, max(last) AS last
  FROM blacklist_batch_rows
 WHERE batch_id = :batch;

-- name: announce_batch
-- returns: rows
-- Tell every prefecture that a batch came into force, or was taken back, and of how many numbers.
-- unscoped: told to all
INSERT INTO blacklist_announcements (
       id, list_version, act, batch_id, first, last, count, organization, announced_by, announced_at)
SELECT :id::uuid, blacklist_state.version, :act, batches.id, :first, :last, :numbers, batches.organization,
       :announced_by, :moment
  FROM blacklist_batches AS batches,
       blacklist_state
 WHERE batches.id = :batch;

-- name: list_differences
-- returns: Difference
-- The rows of one kind after a line, in the order of the file, each beside the entry that it repeats or replaces.
-- unscoped: the door reads the batch inside the scope first
SELECT rows.line, rows.kind, rows.first, rows.last, rows.count, rows.reason, rows.document_number, rows.event_date,
       rows.institution, rows.note, rows.overlapping, rows.overlaps_line, rows.entry_id,
       CASE WHEN rows.kind = 'changed' THEN jsonb_build_object(
            'reason', entries.reason, 'event_date', entries.event_date, 'institution', entries.institution,
            'note', entries.note, 'organization', entries.organization, 'listed_at', coalesce(entries.first_listed_at, entries.listed_at),
            'listed_by', entries.listed_by) END AS before
  FROM blacklist_batch_rows AS rows
  LEFT JOIN blacklist_entries AS entries ON entries.id = rows.entry_id
 WHERE rows.batch_id = :batch
   AND rows.line > :after
   AND CASE WHEN :wanted::text = 'overlapping' THEN rows.overlapping ELSE rows.kind = :wanted END
 ORDER BY rows.line
 LIMIT :limit;

-- name: list_overlaps
-- returns: OverlapOfLine
-- The entries in force that some rows of a batch overlap, at most twenty a row, with state and owner.
-- unscoped: who brings a range is shown whose entries it meets, wherever they are
SELECT rows.line, met.id AS entry_id, met.first, met.last, met.reason, met.document_number, met.organization,
       organizations.name AS organization_name, met.listed_at, met.lapses_at, 'in_force' AS status
  FROM blacklist_batch_rows AS rows
 CROSS JOIN LATERAL (
       SELECT entries.id, entries.first, entries.last, entries.reason, entries.document_number, entries.organization,
              coalesce(entries.first_listed_at, entries.listed_at) AS listed_at, entries.lapses_at
         FROM (
              SELECT blocks.entry_id AS id
                FROM blacklist_blocks AS blocks
               WHERE blocks.block = left(rows.first, 7)
                 AND blocks.first < rows.first
                 AND blocks.last >= rows.first
               UNION ALL
              (SELECT starting.id
                 FROM blacklist_entries AS starting
                WHERE starting.first >= rows.first
                  AND starting.first <= rows.last
                  AND starting.lifted_at IS NULL
                  AND (starting.lapses_at IS NULL OR starting.lapses_at > :now)
                  AND starting.id IS DISTINCT FROM rows.entry_id
                ORDER BY starting.first
                LIMIT 20)
              ) AS touching
         JOIN blacklist_entries AS entries USING (id)
        WHERE entries.lapses_at IS NULL OR entries.lapses_at > :now
        ORDER BY entries.first, entries.id
        LIMIT 20
       ) AS met
  JOIN organizations ON organizations.code = met.organization
 WHERE rows.batch_id = :batch
   AND rows.line = ANY (:lines::bigint[])
 ORDER BY rows.line, met.first, met.id;

-- name: list_uses
-- returns: UsedNumber
-- The numbers of a batch that are used, after a number or so many, with when and where; the registration inside the scope alone.
SELECT usages.certificate_number, usages.used_at, usages.organization, organizations.name AS organization_name,
       CASE WHEN usages.organization LIKE ANY (:scope::text[]) THEN usages.registration_reference END
           AS registration_reference,
       CASE WHEN usages.organization LIKE ANY (:scope::text[]) THEN usages.registration_id END AS registration_id,
       usages.reserved
  FROM blacklist_batch_uses AS stretches
 CROSS JOIN LATERAL (
       SELECT certificate_number, used_at, organization, registration_reference, registration_id, reserved
         FROM usages
        WHERE certificate_number > :after
          AND certificate_number >= stretches.first
          AND certificate_number <= stretches.last
        ORDER BY certificate_number
        LIMIT :limit::bigint + :skipped::bigint
       ) AS usages
  LEFT JOIN organizations ON organizations.code = usages.organization
 WHERE stretches.batch_id = :batch
   AND stretches.last > :after
 ORDER BY stretches.first, usages.certificate_number
 LIMIT :limit::bigint
OFFSET :skipped::bigint;

-- name: list_left
-- returns: LeftEntry
-- The entries of a batch that an undo left, or would leave, after an entry: others had changed them before, or another
-- batch in force says them too.
WITH page AS (
    SELECT entries.id
      FROM blacklist_entries AS entries
      JOIN blacklist_batches AS batches ON batches.id = entries.batch_id
     WHERE entries.batch_id = :batch
       AND entries.split_from IS NULL
       AND entries.id > :after
       AND CASE WHEN batches.undone_at IS NOT NULL
                THEN entries.lifted_at IS DISTINCT FROM coalesce(batches.undo_began_at, batches.undone_at)
                ELSE entries.lifted_at IS NOT NULL
                     OR EXISTS (
                        SELECT FROM blacklist_batch_rows AS rows
                          JOIN blacklist_batches AS others ON others.id = rows.batch_id
                         WHERE rows.entry_id = entries.id
                           AND rows.kind = 'same'
                           AND rows.batch_id <> :batch
                           AND others.status IN ('in_force', 'undo_proposed', 'undo_approved')) END
     ORDER BY entries.id
     LIMIT :limit
)
SELECT entries.id, entries.first, entries.last, entries.count, entries.lifted_at, entries.lift_proposal_id,
       CASE WHEN others.organization LIKE ANY (:scope::text[]) THEN others.id END AS left_to,
       others.organization AS left_to_organization
  FROM page
  JOIN blacklist_entries AS entries USING (id)
  LEFT JOIN LATERAL (
       (SELECT saying.id, saying.organization
          FROM blacklist_batch_rows AS rows
          JOIN blacklist_batches AS saying ON saying.id = rows.batch_id
         WHERE rows.entry_id = entries.id
           AND rows.kind = 'same'
           AND rows.batch_id <> :batch
           AND saying.status IN ('in_force', 'undo_proposed', 'undo_approved')
           AND entries.lifted_at IS NULL
         ORDER BY saying.in_force_at
         LIMIT 1)
        UNION ALL
        -- By the index of what came of entries.
       (SELECT correcting.id, correcting.organization
          FROM blacklist_entries AS later
          JOIN blacklist_batches AS correcting ON correcting.id = later.batch_id
         WHERE coalesce(later.split_from, later.replaces) = entries.id
           AND later.replaces = entries.id
         LIMIT 1)
       ) AS others ON true
 ORDER BY entries.id;

-- name: find_look_back
-- returns: Waiting
-- A batch whose past uses wait to be found.
-- unscoped: the worker serves all
SELECT id
  FROM blacklist_batches
 WHERE in_force_at IS NOT NULL
   AND looked_back_at IS NULL
 LIMIT 1;

-- name: hold_look_back
-- returns: BatchLookBack
-- The batch whose past uses have waited longest to be found.
-- unscoped: the worker serves all
SELECT id, coalesce(look_back_after, '') AS after,
       coalesce(look_back_entry, '00000000-0000-0000-0000-000000000000'::uuid) AS after_entry
  FROM blacklist_batches
 WHERE in_force_at IS NOT NULL
   AND looked_back_at IS NULL
 ORDER BY in_force_at
 LIMIT 1
   FOR UPDATE SKIP LOCKED;

-- name: look_back
-- returns: BatchLookBackPart
-- Find the past uses of a part of a batch, in the order of its numbers; an entry that only replaced one, or was split off, has none of its own.
-- unscoped: a number is used once in the whole country
WITH part AS MATERIALIZED (
    SELECT id, first, last, replaces IS NULL AND split_from IS NULL AS is_new
      FROM blacklist_entries
     WHERE batch_id = :batch
       AND (first, id) > (:after::text, :after_entry::uuid)
     ORDER BY first, id
     LIMIT :limit
),
found AS (
    INSERT INTO lookback_findings (id, entry_id, certificate_number, used_at, organization, registration_reference,
                                   registration_id, found_at)
    SELECT new_id_at(:now), part.id, usages.certificate_number, usages.used_at, usages.organization,
           usages.registration_reference, usages.registration_id, :now
      FROM part
      JOIN usages ON usages.certificate_number >= part.first AND usages.certificate_number <= part.last
     WHERE part.is_new
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT count(*) AS entries, max(part.first) AS after,
       (SELECT last_part.id FROM part AS last_part ORDER BY last_part.first DESC, last_part.id DESC LIMIT 1) AS after_entry,
       (SELECT count(*) FROM found) AS found
  FROM part;

-- name: advance_look_back
-- returns: rows
-- A part of a batch is looked back on.
-- unscoped: the worker serves all
UPDATE blacklist_batches
   SET look_back_after = coalesce(:after::text, look_back_after),
       look_back_entry = coalesce(:after_entry::uuid, look_back_entry),
       uses_found = uses_found + :found,
       looked_back_at = CASE WHEN :finished::boolean THEN :now::timestamptz END
 WHERE id = :id;

-- name: list_for_file
-- returns: FileRow
-- The entries inside the scope that match, after an entry, as the columns of a file; no holds, which may lapse.
SELECT entries.id, entries.first, entries.last, entries.count, entries.reason,
       guarded(as_cell(entries.document_number)) AS document_number, entries.event_date,
       guarded(as_cell(entries.institution)) AS institution, guarded(as_cell(entries.note)) AS note
  FROM blacklist_entries AS entries
 WHERE entries.organization LIKE ANY (:scope::text[])
   AND entries.id > :after
   AND entries.listed_at <= :as_of
   AND (:reason::text IS NULL OR entries.reason = :reason)
   AND entries.lapses_at IS NULL
   AND (:status::text = 'any'
        OR (:status::text = 'in_force') = (entries.lifted_at IS NULL OR entries.lifted_at > :as_of))
 ORDER BY entries.id
 LIMIT :limit;

-- name: find_officers_entry
-- returns: Waiting
-- An entry of an organisation that an officer listed.
-- unscoped: asked for one organisation
SELECT id
  FROM blacklist_entries
 WHERE organization = :organization
   AND listed_by <> :operator
 LIMIT 1;
