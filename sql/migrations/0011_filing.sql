-- Filing with the level above: what waits lies in a small table, what is settled in one cut by month.

-- The tables cut by month; a later one adds itself here, and is kept ready with the others.
CREATE TABLE monthly_tables (
    name text PRIMARY KEY
);
INSERT INTO monthly_tables (name) VALUES ('audit_entries'), ('lookups'), ('filings'), ('received_filings');
GRANT SELECT ON monthly_tables TO birthreg_service;

CREATE OR REPLACE FUNCTION ensure_monthly_partitions(parent text, since date, until date) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month date;
    made  int := 0;
BEGIN
    IF parent NOT IN (SELECT name FROM monthly_tables) THEN
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

ALTER TABLE signing_keys DROP CONSTRAINT signing_keys_purpose_is_known;
ALTER TABLE signing_keys ADD CONSTRAINT signing_keys_purpose_is_known
    CHECK (purpose IN ('receipt', 'token', 'seal', 'filing'));

-- How many filings each registration has owed so far; its row lets them come one after the other.
CREATE TABLE filing_sequences (
    registration_id uuid PRIMARY KEY,
    owed            int  NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON filing_sequences TO birthreg_service;

-- What waits for the level above, written in the transaction that owes it. Whoever delivers a row puts its
-- next attempt off by a lease, so that no other does meanwhile, and everybody may when that one is gone.
CREATE TABLE filing_outbox (
    id                 uuid        PRIMARY KEY,
    kind               text        NOT NULL,
    registration_id    uuid        NOT NULL,
    sequence           int         NOT NULL,
    certificate_number text COLLATE "C" NOT NULL,
    previous_number    text COLLATE "C",
    organization       text COLLATE "C" NOT NULL,
    used_at            timestamptz,
    occurred_at        timestamptz NOT NULL,
    owed_at            timestamptz NOT NULL,
    due_at             timestamptz NOT NULL,
    attempts           int         NOT NULL DEFAULT 0,
    refusals           int         NOT NULL DEFAULT 0,
    next_attempt_at    timestamptz NOT NULL,
    alone              boolean     NOT NULL DEFAULT false,
    set_aside_at       timestamptz,
    warned_at          timestamptz,
    code               text,
    CONSTRAINT filing_outbox_one_of_each_sequence UNIQUE (registration_id, sequence),
    CONSTRAINT filing_outbox_kind_is_known
        CHECK (kind IN ('registration', 'reservation', 'release', 'correction', 'revocation')),
    CONSTRAINT filing_outbox_correction_names_both CHECK ((kind = 'correction') = (previous_number IS NOT NULL)),
    CONSTRAINT filing_outbox_claim_is_dated CHECK (
        (kind IN ('registration', 'reservation', 'correction')) = (used_at IS NOT NULL)),
    CONSTRAINT filing_outbox_set_aside_says_why CHECK (set_aside_at IS NULL OR code IS NOT NULL)
);
COMMENT ON COLUMN filing_outbox.alone IS 'a request that held it among others failed: it is sent by itself';
COMMENT ON COLUMN filing_outbox.refusals IS 'how often the level above could not read it or did not know the signature';
CREATE INDEX filing_outbox_by_turn ON filing_outbox (next_attempt_at);
CREATE INDEX filing_outbox_unwarned ON filing_outbox (due_at) WHERE warned_at IS NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON filing_outbox TO birthreg_service;

-- What the level above answered, for good.
CREATE TABLE filings (
    id                 uuid        NOT NULL,
    kind               text        NOT NULL,
    registration_id    uuid        NOT NULL,
    sequence           int         NOT NULL,
    certificate_number text COLLATE "C" NOT NULL,
    previous_number    text COLLATE "C",
    organization       text COLLATE "C" NOT NULL,
    used_at            timestamptz,
    occurred_at        timestamptz NOT NULL,
    owed_at            timestamptz NOT NULL,
    due_at             timestamptz NOT NULL,
    attempts           int         NOT NULL,
    warned_at          timestamptz,
    settled_at         timestamptz NOT NULL,
    outcome            text        NOT NULL,
    code               text,
    holder             text,
    CONSTRAINT filings_id PRIMARY KEY (id),
    CONSTRAINT filings_outcome_is_known CHECK (outcome IN ('accepted', 'rejected')),
    CONSTRAINT filings_rejection_has_a_code CHECK ((outcome = 'rejected') = (code IS NOT NULL))
) PARTITION BY RANGE (id);
CREATE TABLE filings_elsewhen PARTITION OF filings DEFAULT;
CREATE INDEX filings_by_registration ON filings (registration_id, sequence);
CREATE INDEX filings_rejected ON filings (id) WHERE outcome = 'rejected';
SELECT ensure_monthly_partitions('filings', (now() - interval '2 months')::date, (now() + interval '14 months')::date);
GRANT SELECT, INSERT ON filings TO birthreg_service;

-- Every filing, wherever it lies, with where it stands.
CREATE VIEW filing_standings AS
SELECT id, kind, registration_id, sequence, certificate_number, previous_number, organization, occurred_at,
       owed_at, due_at, CASE WHEN set_aside_at IS NULL THEN 'waiting' ELSE 'set_aside' END AS status, attempts,
       next_attempt_at, warned_at, NULL::timestamptz AS settled_at, code, NULL::text AS holder
  FROM filing_outbox
 UNION ALL
SELECT id, kind, registration_id, sequence, certificate_number, previous_number, organization, occurred_at,
       owed_at, due_at, outcome, attempts, NULL::timestamptz, warned_at, settled_at, code, holder
  FROM filings;
GRANT SELECT ON filing_standings TO birthreg_service;

-- One row: when the level above last answered, since when it doesn't, and what was ever settled.
CREATE TABLE filing_upstream (
    is_single    boolean     PRIMARY KEY DEFAULT true CHECK (is_single),
    reached_at   timestamptz,
    failed_at    timestamptz,
    failures     int         NOT NULL DEFAULT 0,
    paused_until timestamptz,
    failure      text,
    accepted     bigint      NOT NULL DEFAULT 0,
    rejected     bigint      NOT NULL DEFAULT 0,
    late         bigint      NOT NULL DEFAULT 0,
    warned       bigint      NOT NULL DEFAULT 0
);
INSERT INTO filing_upstream DEFAULT VALUES;
GRANT SELECT, UPDATE ON filing_upstream TO birthreg_service;

-- Instances of the level below, by the keys that they sign with; a key that ended is kept, for what it signed.
CREATE TABLE subordinates (
    key_id       text        PRIMARY KEY,
    organization text COLLATE "C" NOT NULL,
    name         text        NOT NULL,
    public_key   bytea       NOT NULL,
    added_at     timestamptz NOT NULL,
    ended_at     timestamptz,
    CONSTRAINT subordinates_organization_has_twelve_digits CHECK (organization ~ '^[0-9]{12}$'),
    CONSTRAINT subordinates_keys_are_ed25519 CHECK (length(public_key) = 32)
);
GRANT SELECT, INSERT ON subordinates TO birthreg_service;
GRANT UPDATE (ended_at) ON subordinates TO birthreg_service;

-- How far each registration from below has come; its row lets its filings come one after the other.
CREATE TABLE received_sequences (
    registration_id uuid PRIMARY KEY,
    subordinate     text COLLATE "C" NOT NULL,
    received        int  NOT NULL
);
GRANT SELECT, INSERT ON received_sequences TO birthreg_service;
GRANT UPDATE (received) ON received_sequences TO birthreg_service;

-- What came from below, as it was signed, and what was answered. A rejection says who holds the number.
CREATE TABLE received_filings (
    id                  uuid        NOT NULL,
    subordinate         text COLLATE "C" NOT NULL,
    kind                text        NOT NULL,
    registration_id     uuid        NOT NULL,
    sequence            int         NOT NULL,
    certificate_number  text COLLATE "C" NOT NULL,
    previous_number     text COLLATE "C",
    organization        text COLLATE "C" NOT NULL,
    used_at             timestamptz,
    occurred_at         timestamptz NOT NULL,
    received_at         timestamptz NOT NULL,
    jws                 text        NOT NULL,
    outcome             text        NOT NULL,
    code                text,
    holder              text,
    holder_registration uuid,
    CONSTRAINT received_filings_id PRIMARY KEY (id),
    CONSTRAINT received_filings_outcome_is_known CHECK (outcome IN ('accepted', 'rejected')),
    CONSTRAINT received_filings_rejection_has_a_code CHECK ((outcome = 'rejected') = (code IS NOT NULL))
) PARTITION BY RANGE (id);
CREATE TABLE received_filings_elsewhen PARTITION OF received_filings DEFAULT;
CREATE INDEX received_filings_by_registration ON received_filings (registration_id, sequence);
CREATE INDEX received_filings_by_number ON received_filings (certificate_number, id);
CREATE INDEX received_filings_rejected ON received_filings (id) WHERE outcome = 'rejected';
SELECT ensure_monthly_partitions('received_filings', (now() - interval '2 months')::date,
                                 (now() + interval '14 months')::date);
GRANT SELECT, INSERT ON received_filings TO birthreg_service;
