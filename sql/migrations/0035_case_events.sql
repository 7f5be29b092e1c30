-- What changed in cases is told live: entries of timelines are found by the transaction that wrote them.

-- Counted as the trail's numbers are, so that they grow on where the database is restored into a cluster that
-- counts lower: else what was written before would look as if it were yet to come.
ALTER TABLE case_entries ALTER COLUMN xid DROP DEFAULT;
ALTER TABLE case_entries ALTER COLUMN xid TYPE bigint USING xid::text::bigint + trail_base();
ALTER TABLE case_entries ALTER COLUMN xid SET DEFAULT pg_current_xact_id()::text::bigint + trail_base();
COMMENT ON COLUMN case_entries.xid IS 'the transaction that wrote it, counted as the trail counts';

CREATE OR REPLACE FUNCTION continue_trail_numbers() RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    coming bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
    oldest bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    used   bigint := greatest((SELECT max(transaction_number) FROM trail),
                              (SELECT max(xid) FROM case_entries),
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
