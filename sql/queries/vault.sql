-- name: begin_renewal
-- returns: rows
-- A table's walk under a key begins; one that was begun goes on.
INSERT INTO key_renewals (sealed_table, key_id, begun_at)
VALUES (:table, :key_id, :now)
    ON CONFLICT (sealed_table, key_id) DO NOTHING;

-- name: take_renewal
-- returns: Renewal
-- Where a table's walk under a key stands, for one worker alone; no row when it is finished or another has it.
-- unscoped: keys, not what they seal
SELECT up_to, seen, unreadable, finished_at
  FROM key_renewals
 WHERE sealed_table = :table
   AND key_id = :key_id
   AND finished_at IS NULL
   FOR UPDATE SKIP LOCKED;

-- name: find_renewal
-- returns: Renewal
-- Where a table's walk under a key stands.
-- unscoped: keys, not what they seal
SELECT up_to, seen, unreadable, finished_at
  FROM key_renewals
 WHERE sealed_table = :table
   AND key_id = :key_id;

-- name: advance_renewal
-- returns: rows
-- A block is done: the walk goes on behind it.
-- unscoped: keys, not what they seal
UPDATE key_renewals
   SET up_to = :up_to, seen = seen + :rows, unreadable = unreadable + :unreadable
 WHERE sealed_table = :table
   AND key_id = :key_id;

-- name: finish_renewal
-- returns: rows
-- Behind the last row the walk is finished.
-- unscoped: keys, not what they seal
UPDATE key_renewals
   SET finished_at = :now
 WHERE sealed_table = :table
   AND key_id = :key_id;

-- name: reopen_renewal
-- returns: rows
-- A row under an older key was found after all: the walk begins again.
-- unscoped: keys, not what they seal
UPDATE key_renewals
   SET up_to = NULL, seen = 0, unreadable = 0, finished_at = NULL
 WHERE sealed_table = :table
   AND key_id = :key_id;

-- name: find_block
-- returns: Block
-- The next block of rows behind a primary key.
-- unscoped: keys are changed everywhere
SELECT up_to, rows
  FROM find_sealed_block(:table, :key, :after, :size);

-- name: take_stale_rows
-- returns: StaleRow
-- The rows of a block that stand under another key, for one worker alone.
-- unscoped: keys are changed everywhere
SELECT key, held
  FROM take_stale_rows(:table, :key, :columns, :mark, :after, :up_to);

-- name: count_stale_rows
-- returns: RowCount
-- How many rows of a block stand under another key.
SELECT count_stale_rows(:table, :key, :columns, :mark, :after, :up_to) AS rows;

-- name: renew_rows
-- returns: RowCount
-- Rows get their columns anew.
SELECT renew_rows(:table, :key, :columns, :keys, :cells) AS rows;

-- name: count_rows_after
-- returns: RowCount
-- How many rows a walk has before it.
SELECT count_rows_after(:table, :key, :after, :seen, :counted_to) AS rows;

-- name: count_rows_under
-- returns: RowCount
-- How many rows still need a key.
SELECT count_rows_under(:table, :columns, :mark) AS rows;
