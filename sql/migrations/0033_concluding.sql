-- How a case gets to its conclusion: steps, evidence, a dossier for the criminal police.

ALTER TABLE signing_keys DROP CONSTRAINT signing_keys_purpose_is_known;
ALTER TABLE signing_keys ADD CONSTRAINT signing_keys_purpose_is_known
    CHECK (purpose IN ('receipt', 'token', 'seal', 'filing', 'dossier'));

-- A merged case ends with the one that it became part of, and stays part of it: nothing of it is lost to who reads
-- the closed case; when that one is opened again, it is too.
ALTER TABLE cases DROP CONSTRAINT cases_merged_say_into_which;
ALTER TABLE cases ADD CONSTRAINT cases_merged_say_into_which CHECK (
    CASE status WHEN 'merged' THEN merged_into IS NOT NULL WHEN 'closed' THEN true ELSE merged_into IS NULL END);
INSERT INTO case_ways (before, after) VALUES ('closed', 'merged');

-- How each step of a case's checklist stands; its note stands on the timeline alone. Of a family the newest counts.
CREATE TABLE case_steps (
    case_id  uuid        NOT NULL REFERENCES cases (id),
    step     text COLLATE "C" NOT NULL,
    state    text        NOT NULL,
    evidence uuid[]      NOT NULL,
    officer  text COLLATE "C" NOT NULL,
    at       timestamptz NOT NULL,
    entry_id uuid        NOT NULL REFERENCES case_entries (id),
    CONSTRAINT case_steps_once PRIMARY KEY (case_id, step),
    CONSTRAINT case_steps_state_is_known CHECK (state IN ('open', 'done', 'not_applicable'))
);
GRANT SELECT, INSERT, UPDATE ON case_steps TO birthreg_service;

-- Each file once, whoever brought it: it lies under its SHA-256. A file is there before its row is.
CREATE TABLE evidence_files (
    sha256     bytea       PRIMARY KEY,
    sm3        bytea       NOT NULL,
    size       bigint      NOT NULL,
    media_type text        NOT NULL,
    kept_at    timestamptz NOT NULL,
    checked_at timestamptz NOT NULL,
    state      text        NOT NULL DEFAULT 'whole',
    CONSTRAINT evidence_files_are_not_empty CHECK (size > 0),
    CONSTRAINT evidence_files_digests_are_whole CHECK (octet_length(sha256) = 32 AND octet_length(sm3) = 32),
    CONSTRAINT evidence_files_state_is_known CHECK (state IN ('whole', 'damaged', 'missing'))
);
CREATE INDEX evidence_files_by_check ON evidence_files (checked_at);
CREATE INDEX evidence_files_harmed ON evidence_files (checked_at) WHERE state <> 'whole';
GRANT SELECT, INSERT ON evidence_files TO birthreg_service;
GRANT UPDATE (checked_at, state) ON evidence_files TO birthreg_service;

-- What was brought to a case.
CREATE TABLE case_evidence (
    id           uuid        PRIMARY KEY,
    case_id      uuid        NOT NULL REFERENCES cases (id),
    sha256       bytea       NOT NULL REFERENCES evidence_files (sha256),
    file_name    text        NOT NULL,
    description  text,
    officer      text COLLATE "C" NOT NULL,
    organization text COLLATE "C" NOT NULL,
    added_at     timestamptz NOT NULL,
    CONSTRAINT case_evidence_brought_once UNIQUE (case_id, sha256)
);
COMMENT ON COLUMN case_evidence.file_name IS 'as it was sent; a text, never a path';
CREATE INDEX case_evidence_by_file ON case_evidence (sha256);
GRANT SELECT, INSERT ON case_evidence TO birthreg_service;

-- No other transaction keeps or removes this file until this one ends.
CREATE FUNCTION hold_evidence_file(digest bytea) RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('evidence ' || encode(digest, 'hex'), 0))
$$;

-- What goes to the criminal police, as it was signed; one for each time that a case was referred.
CREATE TABLE case_dossiers (
    id      uuid        PRIMARY KEY,
    case_id uuid        NOT NULL REFERENCES cases (id),
    made_at timestamptz NOT NULL,
    jws     text        NOT NULL
);
CREATE INDEX case_dossiers_by_case ON case_dossiers (case_id, id);
GRANT SELECT, INSERT ON case_dossiers TO birthreg_service;
