-- What is kept of pictures that were read or compared: digests and outcomes. No picture, no field of a person.
CREATE TABLE document_readings (
    id                 uuid        PRIMARY KEY,
    read_at            timestamptz NOT NULL,
    officer            text        NOT NULL,
    organization       text COLLATE "C" NOT NULL,
    terminal           text        NOT NULL,
    purpose            text        NOT NULL,
    sha256             bytea       NOT NULL,
    sm3                bytea       NOT NULL,
    outcome            text        NOT NULL,
    certificate_number text COLLATE "C",
    typed_outcome      text,
    CONSTRAINT document_readings_outcome_is_known CHECK (outcome IN ('sure', 'look', 'unreadable')),
    CONSTRAINT document_readings_unreadable_has_no_number CHECK ((outcome = 'unreadable') = (certificate_number IS NULL)),
    CONSTRAINT document_readings_typed_outcome_is_known CHECK (typed_outcome IN ('match', 'differs', 'unreadable')),
    CONSTRAINT document_readings_digests_are_whole CHECK (length(sha256) = 32 AND length(sm3) = 32)
);
COMMENT ON COLUMN document_readings.certificate_number IS 'as read; whether it can be relied on, the outcome says';
GRANT SELECT, INSERT ON document_readings TO birthreg_service;

-- Two faces that were compared: the score, and of which pictures.
CREATE TABLE face_comparisons (
    id            uuid             PRIMARY KEY,
    compared_at   timestamptz      NOT NULL,
    officer       text             NOT NULL,
    organization  text COLLATE "C" NOT NULL,
    terminal      text             NOT NULL,
    model         text             NOT NULL,
    score         double precision NOT NULL,
    first_sha256  bytea            NOT NULL,
    second_sha256 bytea            NOT NULL,
    CONSTRAINT face_comparisons_scores_are_cosines CHECK (score BETWEEN -1 AND 1),
    CONSTRAINT face_comparisons_digests_are_whole CHECK (length(first_sha256) = 32 AND length(second_sha256) = 32)
);
GRANT SELECT, INSERT ON face_comparisons TO birthreg_service;
