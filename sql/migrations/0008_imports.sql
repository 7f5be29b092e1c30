-- Files brought in: progress by byte, so that a killed import goes on where it was committed.
CREATE TABLE imports (
    id             uuid        PRIMARY KEY,
    kind           text        NOT NULL,
    officer        text        NOT NULL,
    organization   text COLLATE "C" NOT NULL,
    file_name      text        NOT NULL,
    status         text        NOT NULL DEFAULT 'waiting',
    requested_at   timestamptz NOT NULL,
    finished_at    timestamptz,
    lease_until    timestamptz,
    bytes_total    bigint      NOT NULL,
    bytes_done     bigint      NOT NULL DEFAULT 0,
    lines_done     bigint      NOT NULL DEFAULT 0,
    rows_new       bigint      NOT NULL DEFAULT 0,
    rows_same      bigint      NOT NULL DEFAULT 0,
    rows_rejected  bigint      NOT NULL DEFAULT 0,
    error_code     text,
    error_detail   text,
    CONSTRAINT imports_kind_is_known CHECK (kind IN ('usage', 'issuances', 'blacklist')),
    CONSTRAINT imports_status_is_known CHECK (status IN ('waiting', 'running', 'done', 'failed')),
    CONSTRAINT imports_running_is_leased CHECK ((status = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT imports_failure_has_a_code CHECK ((status = 'failed') = (error_code IS NOT NULL)),
    CONSTRAINT imports_end_is_dated CHECK ((status IN ('done', 'failed')) = (finished_at IS NOT NULL))
);
CREATE INDEX imports_open ON imports (requested_at) WHERE status IN ('waiting', 'running');
CREATE INDEX imports_by_organization ON imports (organization, id);
GRANT SELECT, INSERT, UPDATE ON imports TO birthreg_service;

-- Rows that were not taken, with the place and the reason.
CREATE TABLE import_rejections (
    import_id uuid   NOT NULL REFERENCES imports (id),
    line      bigint NOT NULL,
    field     text   NOT NULL,
    code      text   NOT NULL,
    raw       text   NOT NULL,
    CONSTRAINT import_rejections_one_per_line PRIMARY KEY (import_id, line)
);
GRANT SELECT, INSERT ON import_rejections TO birthreg_service;
