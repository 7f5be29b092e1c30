-- name: open_staging
-- returns: rows
-- Make the staging tables of this connection.
-- unscoped: staging of this connection
SELECT open_staging();

-- name: number_lines
-- returns: rows
-- Let the next staged line carry the number after this one.
-- unscoped: staging of this connection
SELECT FROM setval('staged_line_seq', :lines_before::bigint);

-- name: insert_import
-- returns: rows
-- Ask for an import.
-- unscoped: the door guards
INSERT INTO imports (
       id, kind, officer, organization, terminal, reach, file_name, file_digest, uploaded, requested_at, bytes_total)
VALUES (:id, :kind, :officer, :organization, :terminal, :reach, :file_name, :file_digest, :uploaded, :now, :bytes_total);

-- name: find_import
-- returns: Import
-- One import of an organisation inside the scope, or of the officer alone where the reach is the own rows.
SELECT id, kind, officer, organization, terminal, reach, file_name, file_digest, uploaded, status, requested_at,
       finished_at, lease_until, bytes_total, bytes_done, lines_done, rows_new, rows_same, rows_rejected,
       columns_not_kept, error_code, error_message
  FROM imports
 WHERE id = :id
   AND organization LIKE ANY (:scope::text[])
   AND (:officer::text IS NULL OR officer = :officer);

-- name: list_imports
-- returns: Import
-- The imports of organisations inside the scope, or of the officer alone, newest first.
SELECT id, kind, officer, organization, terminal, reach, file_name, file_digest, uploaded, status, requested_at,
       finished_at, lease_until, bytes_total, bytes_done, lines_done, rows_new, rows_same, rows_rejected,
       columns_not_kept, error_code, error_message
  FROM imports
 WHERE organization LIKE ANY (:scope::text[])
   AND (:officer::text IS NULL OR officer = :officer)
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: find_interrupted
-- returns: Import
-- The import of this very file that was begun at a terminal and not ended.
-- unscoped: only who has the file finds it
SELECT id, kind, officer, organization, terminal, reach, file_name, file_digest, uploaded, status, requested_at,
       finished_at, lease_until, bytes_total, bytes_done, lines_done, rows_new, rows_same, rows_rejected,
       columns_not_kept, error_code, error_message
  FROM imports
 WHERE status IN ('waiting', 'running')
   AND NOT uploaded
   AND kind = :file_kind
   AND organization = :organization
   AND file_digest = :file_digest
 ORDER BY requested_at DESC
 LIMIT 1;

-- name: find_waiting
-- returns: Import
-- The uploaded import that nobody runs and that waits longest.
-- unscoped: the worker serves all
SELECT id, kind, officer, organization, terminal, reach, file_name, file_digest, uploaded, status, requested_at,
       finished_at, lease_until, bytes_total, bytes_done, lines_done, rows_new, rows_same, rows_rejected,
       columns_not_kept, error_code, error_message
  FROM imports
 WHERE uploaded
   AND (status = 'waiting' OR (status = 'running' AND lease_until < :now))
 ORDER BY requested_at
 LIMIT 1;

-- name: list_open
-- returns: OpenImport
-- Of some imports, those that have not ended.
-- unscoped: the worker serves all
SELECT id
  FROM imports
 WHERE id = ANY (:ids::uuid[])
   AND status IN ('waiting', 'running');

-- name: claim_import
-- returns: Import
-- Take up an import that waits, or whose runner is gone; no row when another has it or it has ended.
-- unscoped: for who runs it
UPDATE imports
   SET status = 'running', lease_until = :lease_until
 WHERE id = :id
   AND (status = 'waiting' OR (status = 'running' AND lease_until < :now))
RETURNING id, kind, officer, organization, terminal, reach, file_name, file_digest, uploaded, status, requested_at,
       finished_at, lease_until, bytes_total, bytes_done, lines_done, rows_new, rows_same, rows_rejected,
       columns_not_kept, error_code, error_message;

-- name: renew_lease
-- returns: rows
-- Say that the runner is still at it.
-- unscoped: for who runs it
UPDATE imports
   SET lease_until = :lease_until
 WHERE id = :id
   AND status = 'running';

-- name: release_import
-- returns: rows
-- Put an import back, to be gone on with from where it was committed.
-- unscoped: for who runs it
UPDATE imports
   SET status = 'waiting', lease_until = NULL
 WHERE id = :id
   AND status = 'running';

-- name: begin_import
-- returns: Import
-- Note the size of the text that is read, and the columns of the file that aren't kept; the first time,
-- count the header as read.
-- unscoped: for who runs it
UPDATE imports
   SET bytes_total = :bytes_total,
       columns_not_kept = :columns_not_kept,
       bytes_done = CASE WHEN lines_done = 0 THEN :body_begins ELSE bytes_done END,
       lines_done = greatest(lines_done, 1)
 WHERE id = :id
   AND status = 'running'
RETURNING id, kind, officer, organization, terminal, reach, file_name, file_digest, uploaded, status, requested_at,
       finished_at, lease_until, bytes_total, bytes_done, lines_done, rows_new, rows_same, rows_rejected,
       columns_not_kept, error_code, error_message;

-- name: keep_rejections
-- returns: rows
-- Keep the refused lines as they stand in the file.
-- unscoped: for who runs it
INSERT INTO import_rejections (import_id, line, field, code, raw)
SELECT :id, refused.line, refused.field, refused.code, left(staged.raw, 16384)
  FROM refused
  JOIN staged USING (line);

-- name: advance_import
-- returns: Import
-- Count a block, in the transaction that merged it; no row when another runner was faster.
-- unscoped: for who runs it
UPDATE imports
   SET bytes_done = :bytes_done,
       lines_done = :lines_done,
       rows_new = rows_new + :rows_new,
       rows_same = rows_same + :rows_same,
       rows_rejected = rows_rejected + :rows_rejected
 WHERE id = :id
   AND status = 'running'
   AND bytes_done = :bytes_before
RETURNING id, kind, officer, organization, terminal, reach, file_name, file_digest, uploaded, status, requested_at,
       finished_at, lease_until, bytes_total, bytes_done, lines_done, rows_new, rows_same, rows_rejected,
       columns_not_kept, error_code, error_message;

-- name: finish_import
-- returns: Import
-- End an import, well or with an error; no row when it has ended already.
-- unscoped: for who runs it
UPDATE imports
   SET status = CASE WHEN :error_code::text IS NULL THEN 'done' ELSE 'failed' END,
       finished_at = :now,
       lease_until = NULL,
       error_code = :error_code,
       error_message = :error_message::jsonb
 WHERE id = :id
   AND status = 'running'
RETURNING id, kind, officer, organization, terminal, reach, file_name, file_digest, uploaded, status, requested_at,
       finished_at, lease_until, bytes_total, bytes_done, lines_done, rows_new, rows_same, rows_rejected,
       columns_not_kept, error_code, error_message;

-- name: list_rejections
-- returns: Rejection
-- The refused lines after a line, in the order of the file.
-- unscoped: the door reads the import inside the scope first
SELECT line, field, code, raw
  FROM import_rejections
 WHERE import_id = :id
   AND line > :after
 ORDER BY line
 LIMIT :limit;

-- name: find_batch_file
-- returns: BatchFile
-- One file of void numbers brought by an organisation inside the scope, and what became of its batch.
SELECT imports.id, imports.file_name, imports.bytes_total, imports.bytes_done, imports.lines_done, imports.rows_rejected,
       imports.columns_not_kept, imports.error_code, imports.error_message, batches.version,
       CASE WHEN imports.status = 'failed' AND batches.status = 'staging' THEN 'failed' ELSE batches.status END AS status,
       batches.organization, batches.brought_by, batches.brought_at, batches.compared_at, batches.list_version,
       batches.rows_new, batches.rows_same, batches.rows_changed, batches.rows_contradicting, batches.rows_overlapping,
       batches.numbers, batches.numbers_used, batches.proposed_at, batches.decided_by, batches.decided_at,
       batches.decision_reason, batches.in_force_at, batches.entries_listed, batches.entries_replaced,
       batches.undo_proposed_by, batches.undo_proposed_at, batches.undo_reason, batches.undo_decided_by,
       batches.undo_decided_at, batches.undo_decision_reason, batches.withdrawn_at, batches.withdrawal_reason,
       batches.undo_withdrawn_at, batches.undo_withdrawal_reason, batches.undone_at, batches.entries_lifted,
       batches.entries_restored, batches.entries_left, batches.looked_back_at, batches.uses_found, batches.attempts,
       batches.retry_at
  FROM imports
  JOIN blacklist_batches AS batches USING (id)
 WHERE imports.id = :id
   AND batches.organization LIKE ANY (:scope::text[]);

-- name: list_batch_files
-- returns: BatchFile
-- The files of void numbers brought by organisations inside the scope, newest first.
SELECT imports.id, imports.file_name, imports.bytes_total, imports.bytes_done, imports.lines_done, imports.rows_rejected,
       imports.columns_not_kept, imports.error_code, imports.error_message, batches.version,
       CASE WHEN imports.status = 'failed' AND batches.status = 'staging' THEN 'failed' ELSE batches.status END AS status,
       batches.organization, batches.brought_by, batches.brought_at, batches.compared_at, batches.list_version,
       batches.rows_new, batches.rows_same, batches.rows_changed, batches.rows_contradicting, batches.rows_overlapping,
       batches.numbers, batches.numbers_used, batches.proposed_at, batches.decided_by, batches.decided_at,
       batches.decision_reason, batches.in_force_at, batches.entries_listed, batches.entries_replaced,
       batches.undo_proposed_by, batches.undo_proposed_at, batches.undo_reason, batches.undo_decided_by,
       batches.undo_decided_at, batches.undo_decision_reason, batches.withdrawn_at, batches.withdrawal_reason,
       batches.undo_withdrawn_at, batches.undo_withdrawal_reason, batches.undone_at, batches.entries_lifted,
       batches.entries_restored, batches.entries_left, batches.looked_back_at, batches.uses_found, batches.attempts,
       batches.retry_at
  FROM imports
  JOIN blacklist_batches AS batches USING (id)
 WHERE batches.id < :before
   AND batches.organization LIKE ANY (:scope::text[])
 ORDER BY batches.id DESC
 LIMIT :limit;

-- name: find_staged_batch
-- returns: StagedBatch
-- A batch whose file is read to its end and whose rows aren't compared with the list yet.
-- unscoped: the worker serves all
SELECT batches.id
  FROM blacklist_batches AS batches
  JOIN imports USING (id)
 WHERE batches.status = 'staging'
   AND imports.status = 'done'
 ORDER BY batches.id
 LIMIT 1;
