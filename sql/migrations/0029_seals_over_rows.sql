-- What a seal of the second form vouches for: SHA-256 of the bytes in which PostgreSQL sends a row, which take a
-- quarter of the time of the text in `content`. Of built-in types alone, so that they are the same in every server;
-- texts are sent in the client's encoding, which is always UTF-8 here. What was sealed must keep its bytes for ever:
-- a column added later becomes a further field, under the next form, and only in rows where it is not null.
CREATE OR REPLACE VIEW trail AS
SELECT 'audit_entries'::text AS trail,
       id, recorded_at, officer, organization, NULL::text AS on_behalf_of, terminal, operation, act,
       succeeded, error_code, condition, count, object, key, transaction_number,
       json_build_array(
           1, 'audit_entries', id, (extract(epoch FROM recorded_at) * 1000000)::bigint, officer, organization,
           terminal, operation, act, succeeded, error_code, condition, count, object, key, detail,
           transaction_number)::text AS content,
       sha256(record_send(ROW(
           'audit_entries'::text, id, recorded_at, officer, organization, terminal, operation, act, succeeded,
           error_code, condition, count, object, key, detail, transaction_number))) AS digest
  FROM audit_entries
 UNION ALL
SELECT 'lookups'::text,
       id, recorded_at, officer, organization, on_behalf_of, terminal, 1::smallint, 'verify'::text,
       true, NULL::text, purpose, 1::bigint, 'certificate'::text, coalesce(certificate_number, typed),
       transaction_number,
       json_build_array(
           1, 'lookups', id, (extract(epoch FROM recorded_at) * 1000000)::bigint, officer, organization,
           on_behalf_of, terminal, purpose, reference, typed, certificate_number, verdict, answer,
           list_version, rule_version, batch_id, transaction_number)::text,
       sha256(record_send(ROW(
           'lookups'::text, id, recorded_at, officer, organization, on_behalf_of, terminal, purpose, reference,
           typed, certificate_number, verdict, answer, list_version, rule_version, batch_id, transaction_number)))
  FROM lookups;

-- How a seal was made: 1 over `content`, with a leaf of the tree per entry; 2 over `digest`, with a leaf per 1024 entries.
ALTER TABLE audit_seals ADD COLUMN form smallint NOT NULL DEFAULT 1;
ALTER TABLE audit_seals ADD CONSTRAINT audit_seals_form_is_known CHECK (form IN (1, 2));
