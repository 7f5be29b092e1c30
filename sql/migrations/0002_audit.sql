-- The trail: append-only for the service, sealed every second into a signed chain of Merkle roots.

-- Added to the cluster's transaction numbers, which start anew in a restored database;
-- `birthreg migrate` raises it there, so that the trail's numbers only ever grow. STABLE, because what
-- is IMMUTABLE is folded into cached plans, which would keep the old base.
CREATE FUNCTION trail_base() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT 0::bigint';

-- The lowest identifier (UUID version 7) that a record of this moment can have.
CREATE FUNCTION first_id_at(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

-- Monthly partitions of a table cut by identifier, from `since` to `until`; what exists is left alone.
-- The service may call it, and can create nothing else in this schema.
CREATE FUNCTION ensure_monthly_partitions(parent text, since date, until date) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month date;
    made  int := 0;
BEGIN
    IF parent NOT IN ('audit_entries', 'lookups') THEN
        RAISE EXCEPTION 'no partitions are kept for %', parent;
    END IF;
    FOR month IN SELECT generate_series(date_trunc('month', since), until, '1 month')::date LOOP
        IF to_regclass(format('%I', parent || to_char(month, '_YYYYMM'))) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                parent || to_char(month, '_YYYYMM'), parent,
                first_id_at(month::timestamp AT TIME ZONE 'UTC'),
                first_id_at((month + interval '1 month')::timestamp AT TIME ZONE 'UTC'));
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$$;
GRANT EXECUTE ON FUNCTION ensure_monthly_partitions(text, date, date) TO birthreg_service;
REVOKE EXECUTE ON FUNCTION ensure_monthly_partitions(text, date, date) FROM PUBLIC;

-- One act. Operation kinds are those of police application logs: 0 sign-in, 1 query, 2 add, 3 change, 4 delete.
CREATE TABLE audit_entries (
    id                 uuid        NOT NULL,
    recorded_at        timestamptz NOT NULL,
    officer            text        NOT NULL,
    organization       text COLLATE "C" NOT NULL,
    terminal           text        NOT NULL,
    operation          smallint    NOT NULL,
    act                text        NOT NULL,
    succeeded          boolean     NOT NULL,
    error_code         text,
    condition          text,
    count              bigint      NOT NULL DEFAULT 1,
    object             text        NOT NULL,
    key                text,
    detail             jsonb       NOT NULL DEFAULT '{}',
    transaction_number bigint      NOT NULL DEFAULT pg_current_xact_id()::text::bigint + trail_base(),
    CONSTRAINT audit_entries_id PRIMARY KEY (id),
    CONSTRAINT audit_entries_operation_is_known CHECK (operation BETWEEN 0 AND 4),
    CONSTRAINT audit_entries_failure_has_a_code CHECK (succeeded OR error_code IS NOT NULL)
) PARTITION BY RANGE (id);
CREATE TABLE audit_entries_elsewhen PARTITION OF audit_entries DEFAULT;
CREATE INDEX audit_entries_by_transaction ON audit_entries (transaction_number);
CREATE INDEX audit_entries_by_officer ON audit_entries (officer, id);
SELECT ensure_monthly_partitions('audit_entries', (now() - interval '2 months')::date, (now() + interval '14 months')::date);
-- The number of its transaction is not the service's to choose.
GRANT SELECT ON audit_entries TO birthreg_service;
GRANT INSERT (id, recorded_at, officer, organization, terminal, operation, act, succeeded, error_code,
              condition, count, object, key, detail) ON audit_entries TO birthreg_service;

-- One link of the chain: the Merkle root (SM3) over every entry of the transactions [first, next).
-- `leaves` holds, per entry, 16 bytes of identifier and 32 bytes of digest, in the order of the tree;
-- the last `lookups` of them are look-ups.
CREATE TABLE audit_seals (
    number            bigint      NOT NULL,
    sealed_at         timestamptz NOT NULL,
    first_transaction bigint      NOT NULL,
    next_transaction  bigint      NOT NULL,
    entries           int         NOT NULL,
    lookups           int         NOT NULL,
    leaves            bytea       NOT NULL,
    root              bytea       NOT NULL,
    previous          bytea       NOT NULL,
    head              bytea       NOT NULL,
    key_id            text        NOT NULL,
    signature         bytea       NOT NULL,
    CONSTRAINT audit_seals_number PRIMARY KEY (number),
    CONSTRAINT audit_seals_one_successor UNIQUE (first_transaction),
    CONSTRAINT audit_seals_leaves_are_whole CHECK (length(leaves) = entries * 48),
    CONSTRAINT audit_seals_hold_something CHECK (entries > 0 AND lookups BETWEEN 0 AND entries),
    CONSTRAINT audit_seals_go_forward CHECK (next_transaction > first_transaction)
);
-- Digests don't compress: don't try.
ALTER TABLE audit_seals ALTER COLUMN leaves SET STORAGE EXTERNAL;
GRANT SELECT, INSERT ON audit_seals TO birthreg_service;

-- What retention removed: the chain stays whole, and the entries before this moment are known to be gone.
CREATE TABLE audit_purges (
    id         uuid        PRIMARY KEY,
    trail      text        NOT NULL,
    before     timestamptz NOT NULL,
    purged_at  timestamptz NOT NULL,
    reason     text        NOT NULL,
    key_id     text        NOT NULL,
    signature  bytea       NOT NULL
);
GRANT SELECT ON audit_purges TO birthreg_service;

-- Public halves of every key that ever signed a receipt, a token or a seal; private halves stay in files.
CREATE TABLE signing_keys (
    id         text        PRIMARY KEY,
    purpose    text        NOT NULL,
    public_key bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT signing_keys_purpose_is_known CHECK (purpose IN ('receipt', 'token', 'seal')),
    CONSTRAINT signing_keys_are_ed25519 CHECK (length(public_key) = 32)
);
GRANT SELECT, INSERT ON signing_keys TO birthreg_service;
