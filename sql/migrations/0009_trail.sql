-- The trail as one: acts, and look-ups, which are their own record.
--
-- `content` is what a seal vouches for: the row as a JSON array, times as microseconds since 1970, free of
-- session settings. Its first member is the format. A column added later becomes a further member, under the
-- next format, and only in rows where it is not null: what was sealed before must keep its text for ever.
CREATE VIEW trail AS
SELECT 'audit_entries'::text AS trail,
       id, recorded_at, officer, organization, NULL::text AS on_behalf_of, terminal, operation, act,
       succeeded, error_code, condition, count, object, key, transaction_number,
       json_build_array(
           1, 'audit_entries', id, (extract(epoch FROM recorded_at) * 1000000)::bigint, officer, organization,
           terminal, operation, act, succeeded, error_code, condition, count, object, key, detail,
           transaction_number)::text AS content
  FROM audit_entries
 UNION ALL
SELECT 'lookups'::text,
       id, recorded_at, officer, organization, on_behalf_of, terminal, 1::smallint, 'verify'::text,
       true, NULL::text, purpose, 1::bigint, 'certificate'::text, coalesce(certificate_number, typed),
       transaction_number,
       json_build_array(
           1, 'lookups', id, (extract(epoch FROM recorded_at) * 1000000)::bigint, officer, organization,
           on_behalf_of, terminal, purpose, reference, typed, certificate_number, verdict, answer,
           list_version, rule_version, batch_id, transaction_number)::text
  FROM lookups;
GRANT SELECT ON trail TO birthreg_service;

-- Let the trail's numbers grow on in a database that was restored into a cluster which counts lower, and
-- return the new base; null when they grow anyway. Called by the owner at every `birthreg migrate`.
CREATE FUNCTION continue_trail_numbers() RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    coming bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
    oldest bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    used   bigint := greatest((SELECT max(transaction_number) FROM trail),
                              (SELECT max(next_transaction) - 1 FROM audit_seals), 0);
BEGIN
    IF coming + trail_base() > used THEN
        RETURN NULL;
    END IF;
    EXECUTE format('CREATE OR REPLACE FUNCTION trail_base() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE '
                   'AS ''SELECT %s::bigint''', used + 1 - oldest);
    RETURN used + 1 - oldest;
END
$$;
REVOKE EXECUTE ON FUNCTION continue_trail_numbers() FROM PUBLIC;
