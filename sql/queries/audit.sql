-- name: insert_entry
-- returns: rows
-- One act, in the transaction that does it.
INSERT INTO audit_entries (
    id, recorded_at, officer, organization, terminal, operation, act,
    succeeded, error_code, condition, count, object, key, detail)
VALUES (
    :id, :now, :officer, :organization, :terminal, :operation, :act,
    :succeeded, :error_code, :condition, :count, :object, :key, :detail);

-- name: list_entries
-- returns: Entry
-- A page of the trail inside the scope and a time, newest first, after the entry that the last page ended with.
SELECT id, trail, recorded_at, officer, organization, on_behalf_of, terminal, operation, act,
       succeeded, error_code, condition, count, object, key, transaction_number
  FROM trail
 WHERE organization LIKE ANY (:scope::text[])
   AND id >= first_id_at(:since::timestamptz)
   AND id < coalesce(:after::uuid, first_id_at(:until::timestamptz))
   AND (:officer::text IS NULL OR officer = :officer)
   AND (:act::text IS NULL OR act = :act)
   AND (:key::text IS NULL OR key = :key)
   AND (:succeeded::boolean IS NULL OR succeeded = :succeeded)
 ORDER BY id DESC
 LIMIT :limit;

-- name: list_seals
-- returns: Seal
-- A page of the chain's heads, newest first.
-- unscoped: a seal covers every organisation and shows none
SELECT number, form, sealed_at, first_transaction, next_transaction, entries, lookups,
       root, previous, head, key_id, signature
  FROM audit_seals
 WHERE :before::bigint IS NULL OR number < :before
 ORDER BY number DESC
 LIMIT :limit;

-- name: find_seal
-- returns: Seal
-- One link of the chain.
-- unscoped: a seal covers every organisation and shows none
SELECT number, form, sealed_at, first_transaction, next_transaction, entries, lookups,
       root, previous, head, key_id, signature
  FROM audit_seals
 WHERE number = :number;

-- name: claim_sealing
-- returns: Claim
-- Be the only one who seals until this transaction ends, or learn that another is.
SELECT pg_try_advisory_xact_lock(hashtextextended('birthreg audit seal', 0)) AS claimed;

-- name: find_horizon
-- returns: Horizon
-- The number before which every transaction has ended: what they wrote is there, and nothing can be added.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + trail_base() AS transaction;

-- name: find_cut
-- returns: Cut
-- Where the next seal ends: at the horizon, or after the transaction that fills it; no row when nothing is due.
-- unscoped: a seal covers every organisation
WITH due AS (
    SELECT transaction_number
      FROM trail
     WHERE transaction_number >= :first
       AND transaction_number < :horizon
     ORDER BY transaction_number
     LIMIT :limit::bigint
)
SELECT CASE WHEN count(*) < :limit THEN :horizon::bigint ELSE max(transaction_number) + 1 END AS next
  FROM due
HAVING count(*) > 0;

-- name: stream_contents
-- returns: Content
-- What a seal of the first form vouches for: every entry of one table in a range of transactions, as its text, in no order.
-- unscoped: a seal covers every organisation
SELECT id, transaction_number, content
  FROM trail
 WHERE trail = :trail
   AND transaction_number >= :first
   AND transaction_number < :next;

-- name: stream_digests
-- returns: Digest
-- What a seal of the second form vouches for: the digest of every entry, in no order.
-- unscoped: a seal covers every organisation
SELECT id, transaction_number, digest
  FROM trail
 WHERE trail = :trail
   AND transaction_number >= :first
   AND transaction_number < :next;

-- name: gather_leaves
-- returns: Leaves
-- The leaves of a new seal: identifier and digest of every entry of one table in a range of transactions.
-- unscoped: a seal covers every organisation
SELECT coalesce(string_agg(uuid_send(id) || digest, ''), '') AS leaves
  FROM trail
 WHERE trail = :trail
   AND transaction_number >= :first
   AND transaction_number < :next;

-- name: insert_seal
-- returns: rows
-- One more link.
INSERT INTO audit_seals (
    number, form, sealed_at, first_transaction, next_transaction, entries, lookups,
    leaves, root, previous, head, key_id, signature)
VALUES (
    :number, :form, :sealed_at, :first_transaction, :next_transaction, :entries, :lookups,
    :leaves, :root, :previous, :head, :key_id, :signature);

-- name: list_whole_seals
-- returns: WholeSeal
-- The next stretch of the chain: as many links as hold about so many entries, one at least.
-- unscoped: a seal covers every organisation and shows none
WITH stretch AS (
    SELECT number, sum(entries) OVER (ORDER BY number) - entries AS entries_before
      FROM (SELECT number, entries FROM audit_seals WHERE number > :after ORDER BY number LIMIT 500) AS coming
)
SELECT audit_seals.number, form, sealed_at, first_transaction, next_transaction, entries, lookups,
       leaves, root, previous, head, key_id, signature
  FROM stretch
  JOIN audit_seals ON audit_seals.number = stretch.number
 WHERE entries_before < :entries::bigint
 ORDER BY audit_seals.number;

-- name: measure_chain
-- returns: Extent
-- How many links and sealed entries there are.
-- unscoped: a seal covers every organisation and shows none
SELECT count(*) AS seals, coalesce(sum(entries), 0)::bigint AS entries
  FROM audit_seals;

-- name: count_unsealed
-- returns: Unsealed
-- How many entries are newer than the chain.
-- unscoped: a count alone
SELECT count(*) AS entries
  FROM trail
 WHERE transaction_number >= :first;

-- name: list_present
-- returns: Present
-- Which of these entries stand in a table, in whatever transaction.
-- unscoped: a seal covers every organisation
SELECT id
  FROM trail
 WHERE trail = :trail
   AND id = ANY (:ids::uuid[]);

-- name: list_purges
-- returns: Purge
-- Every certificate of retention.
-- unscoped: a certificate covers every organisation and shows none
SELECT id, trail, before, purged_at, reason, key_id, signature
  FROM audit_purges
 ORDER BY purged_at, id;

-- name: insert_purge
-- returns: rows
-- Keep a certificate of retention; the owner alone may.
INSERT INTO audit_purges (id, trail, before, purged_at, reason, key_id, signature)
VALUES (:id, :trail, :before, :purged_at, :reason, :key_id, :signature);
