-- The service's role, the staging schema for imports, the answers kept for repeated writes.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'birthreg_service') THEN
        CREATE ROLE birthreg_service LOGIN;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO birthreg_service;
GRANT SELECT ON migrations TO birthreg_service;

-- Unlogged tables that live as long as one import: the only place where the service may create anything.
CREATE SCHEMA staging;
GRANT USAGE, CREATE ON SCHEMA staging TO birthreg_service;

-- One answer per officer and Idempotency-Key, kept for 24 hours.
CREATE TABLE idempotency_keys (
    officer     text        NOT NULL,
    key         text        NOT NULL,
    door        text        NOT NULL,
    body_digest bytea       NOT NULL,
    status      int         NOT NULL,
    answer      bytea       NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_one_answer PRIMARY KEY (officer, key),
    CONSTRAINT idempotency_keys_key_is_short CHECK (length(key) BETWEEN 1 AND 200)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (recorded_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO birthreg_service;
