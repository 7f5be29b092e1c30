-- Attempts with listed numbers are owed to cases: a look-up only notes that one was made, and waits for no case.

-- A listed number that was shown at a desk, until the worker lets it open a case or join one.
CREATE TABLE attempts_owed (
    lookup_id          uuid        NOT NULL,
    certificate_number text COLLATE "C" NOT NULL,
    officer            text        NOT NULL,
    organization       text COLLATE "C" NOT NULL,
    reason             text        NOT NULL,
    document_number    text        NOT NULL,
    shown_at           timestamptz NOT NULL,
    CONSTRAINT attempts_owed_once PRIMARY KEY (lookup_id)
);
COMMENT ON COLUMN attempts_owed.officer IS 'who showed it; of a machine client, the one on whose behalf it asked';
GRANT SELECT, INSERT, DELETE ON attempts_owed TO birthreg_service;
-- It is empty nearly always, and what was taken from it is forgotten soon, so that its beginning is found at once.
ALTER TABLE attempts_owed SET (autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

-- One worker at a time takes what is owed: whether an officer showed the number already is read before it is written.
CREATE FUNCTION attempts_lock() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT hashtextextended('birthreg attempts', 0)
$$;
