-- Officers, their organisations and sessions.

CREATE TABLE organizations (
    code text PRIMARY KEY,
    name text NOT NULL,
    CONSTRAINT organizations_code_has_twelve_digits CHECK (code ~ '^\d{12}$')
);
GRANT SELECT, INSERT ON organizations TO birthreg_service;

CREATE TABLE officers (
    id              text        PRIMARY KEY,
    name            text        NOT NULL,
    role            text        NOT NULL,
    organization    text        NOT NULL REFERENCES organizations (code),
    password_hash   text        NOT NULL,
    totp_secret     text,
    demonstration   boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL,
    suspended_at    timestamptz,
    failed_attempts int         NOT NULL DEFAULT 0,
    locked_until    timestamptz,
    CONSTRAINT officers_id_is_plain CHECK (id ~ '^[a-z0-9][a-z0-9._-]{1,63}$'),
    CONSTRAINT officers_role_is_known CHECK (role IN (
        'clerk', 'prefecture_admin', 'province_admin', 'investigator', 'lead_investigator',
        'auditor', 'security_admin', 'machine_client'))
);
CREATE INDEX officers_by_organization ON officers (organization COLLATE "C", id);
GRANT SELECT, INSERT, UPDATE ON officers TO birthreg_service;

-- A session stands until it ends; every act asks in its own transaction whether it still stands.
CREATE TABLE sessions (
    id         uuid        PRIMARY KEY,
    officer    text        NOT NULL REFERENCES officers (id),
    terminal   text        NOT NULL,
    started_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE INDEX sessions_by_officer ON sessions (officer, started_at);
GRANT SELECT, INSERT, UPDATE ON sessions TO birthreg_service;
