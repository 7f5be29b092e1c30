-- name: insert_entry
-- returns: rows
-- One act, in the transaction that does it.
INSERT INTO audit_entries (
    id, recorded_at, officer, organization, terminal, operation, act,
    succeeded, error_code, condition, count, object, key, detail)
VALUES (
    :id, :now, :officer, :organization, :terminal, :operation, :act,
    :succeeded, :error_code, :condition, :count, :object, :key, :detail);
