-- Every look-up that was ever asked, with what was answered and from which state of the data.
CREATE TABLE lookups (
    id                 uuid        NOT NULL,
    recorded_at        timestamptz NOT NULL,
    officer            text        NOT NULL,
    organization       text COLLATE "C" NOT NULL,
    on_behalf_of       text,
    terminal           text        NOT NULL,
    purpose            text        NOT NULL,
    reference          text,
    typed              text,
    certificate_number text COLLATE "C",
    verdict            text        NOT NULL,
    answer             jsonb,
    list_version       bigint      NOT NULL,
    rule_version       int         NOT NULL,
    batch_id           uuid,
    transaction_number bigint      NOT NULL DEFAULT pg_current_xact_id()::text::bigint + trail_base(),
    CONSTRAINT lookups_id PRIMARY KEY (id),
    CONSTRAINT lookups_malformed_has_no_number CHECK ((verdict = 'malformed') = (certificate_number IS NULL)),
    CONSTRAINT lookups_only_clear_needs_no_answer CHECK (verdict = 'clear' OR answer IS NOT NULL)
) PARTITION BY RANGE (id);
CREATE TABLE lookups_elsewhen PARTITION OF lookups DEFAULT;
CREATE INDEX lookups_by_number ON lookups (certificate_number, id);
-- Ever growing and mostly the same: 7 bytes a row, no time that could be measured. (A block range index
-- is read whole until autovacuum has summarised its end, and the end is what is sealed each second.)
CREATE INDEX lookups_by_transaction ON lookups (transaction_number);
SELECT ensure_monthly_partitions('lookups', (now() - interval '2 months')::date, (now() + interval '14 months')::date);
-- The number of its transaction is not the service's to choose.
GRANT SELECT ON lookups TO birthreg_service;
GRANT INSERT (id, recorded_at, officer, organization, on_behalf_of, terminal, purpose, reference, typed,
              certificate_number, verdict, answer, list_version, rule_version, batch_id)
   ON lookups TO birthreg_service;

-- Verification of a whole file: the row is the queue, a lease is the claim on it.
CREATE TABLE verification_jobs (
    id           uuid        PRIMARY KEY,
    officer      text        NOT NULL REFERENCES officers (id),
    organization text COLLATE "C" NOT NULL,
    terminal     text        NOT NULL,
    purpose      text        NOT NULL,
    on_behalf_of text,
    file_name    text        NOT NULL,
    status       text        NOT NULL DEFAULT 'waiting',
    requested_at timestamptz NOT NULL,
    finished_at  timestamptz,
    lease_until  timestamptz,
    rows_total   bigint,
    rows_done    bigint      NOT NULL DEFAULT 0,
    result_bytes bigint      NOT NULL DEFAULT 0,
    verdicts     jsonb       NOT NULL DEFAULT '{}',
    error_code   text,
    CONSTRAINT verification_jobs_status_is_known CHECK (status IN ('waiting', 'running', 'done', 'failed')),
    CONSTRAINT verification_jobs_running_is_leased CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT verification_jobs_failure_has_a_code CHECK ((status = 'failed') = (error_code IS NOT NULL)),
    CONSTRAINT verification_jobs_end_is_dated CHECK ((status IN ('done', 'failed')) = (finished_at IS NOT NULL))
);
CREATE INDEX verification_jobs_open ON verification_jobs (requested_at) WHERE status IN ('waiting', 'running');
GRANT SELECT, INSERT, UPDATE ON verification_jobs TO birthreg_service;
