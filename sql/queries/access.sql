-- name: find_secret
-- returns: Secret
-- What an officer's password is compared with, before anything is locked.
-- unscoped: sign-in comes before any scope
SELECT password_hash
  FROM officers
 WHERE id = :id;

-- name: use_second_factor
-- returns: rows
-- The codes up to a time step are used up.
-- unscoped: sign-in comes before any scope
UPDATE officers
   SET second_factor_step = :step
 WHERE id = :id;

-- name: find_account
-- returns: Account
-- An officer with what sign-in needs, locked so that two attempts at once count as two.
-- unscoped: sign-in comes before any scope
SELECT officers.id, officers.name, officers.role, officers.organization, organizations.name AS organization_name,
       officers.password_hash, officers.totp_secret, officers.second_factor_step, officers.demonstration,
       officers.suspended_at, officers.failed_attempts, officers.locked_until
  FROM officers
  JOIN organizations ON organizations.code = officers.organization
 WHERE officers.id = :id
   FOR UPDATE OF officers;

-- name: record_attempt
-- returns: rows
-- Count a failed attempt, or start counting anew.
-- unscoped: sign-in comes before any scope
UPDATE officers
   SET failed_attempts = :failed_attempts, locked_until = :locked_until
 WHERE id = :id;

-- name: open_session
-- returns: rows
-- A session begins.
INSERT INTO sessions (id, officer, terminal, started_at, expires_at)
VALUES (:id, :officer, :terminal, :now, :expires_at);

-- name: find_previous_session
-- returns: PreviousSession
-- The session before this one, for the officer to recognise.
-- unscoped: an officer's own sessions
SELECT started_at, terminal
  FROM sessions
 WHERE officer = :officer
   AND id <> :id
 ORDER BY started_at DESC
 LIMIT 1;

-- name: end_session
-- returns: rows
-- A session ends; its tokens are worth nothing from this commit on.
-- unscoped: an officer's own session
UPDATE sessions
   SET ended_at = :now
 WHERE id = :id
   AND ended_at IS NULL;

-- name: end_sessions_of
-- returns: rows
-- Every open session of an officer ends.
-- unscoped: who suspends or resets has found the officer inside the scope first
UPDATE sessions
   SET ended_at = :now
 WHERE officer = :officer
   AND ended_at IS NULL;

-- name: find_standing
-- returns: Standing
-- Whether a session still stands: begun, not ended, not over, and its officer not suspended.
-- unscoped: an officer's own session
SELECT sessions.expires_at
  FROM sessions
  JOIN officers ON officers.id = sessions.officer
 WHERE sessions.id = :id
   AND sessions.ended_at IS NULL
   AND sessions.expires_at > :now
   AND officers.suspended_at IS NULL;

-- name: list_standing
-- returns: SessionId
-- Which of these sessions still stand.
-- unscoped: the sessions of who listens
SELECT sessions.id
  FROM sessions
  JOIN officers ON officers.id = sessions.officer
 WHERE sessions.id = ANY (:ids::uuid[])
   AND sessions.ended_at IS NULL
   AND sessions.expires_at > :now
   AND officers.suspended_at IS NULL;

-- name: insert_organization
-- returns: rows
-- Name an organisation; the first name stays.
INSERT INTO organizations (code, name)
VALUES (:code, :name)
ON CONFLICT DO NOTHING;

-- name: insert_officer
-- returns: rows
-- Admit an officer; no row when the identifier is taken.
INSERT INTO officers (id, name, role, organization, password_hash, totp_secret, demonstration, created_at)
VALUES (:id, :name, :role, :organization, :password_hash, :totp_secret, :demonstration, :now)
ON CONFLICT DO NOTHING;

-- name: set_password
-- returns: rows
-- Give an officer a new password, a new second factor, and a clean count of attempts.
-- unscoped: the operator's command at the terminal
UPDATE officers
   SET password_hash = :password_hash, totp_secret = :totp_secret, second_factor_step = NULL, failed_attempts = 0,
       locked_until = NULL, version = version + 1
 WHERE id = :id;

-- name: suspend_officer
-- returns: rows
-- Suspend an officer inside the scope.
UPDATE officers
   SET suspended_at = :now, version = version + 1
 WHERE id = :id
   AND organization LIKE ANY (:scope::text[])
   AND suspended_at IS NULL;

-- name: reinstate_officer
-- returns: rows
-- End a suspension inside the scope, and the lock that failed attempts left.
UPDATE officers
   SET suspended_at = NULL, failed_attempts = 0, locked_until = NULL, version = version + 1
 WHERE id = :id
   AND organization LIKE ANY (:scope::text[])
   AND (suspended_at IS NOT NULL OR locked_until IS NOT NULL);

-- name: find_suspension
-- returns: Suspension
-- Since when an officer is suspended; no row when they aren't.
-- unscoped: work under way asks for the officer who began it
SELECT suspended_at AS since
  FROM officers
 WHERE id = :id
   AND suspended_at IS NOT NULL;

-- name: lock_officer
-- returns: OfficerVersion
-- Which version of an officer inside the scope there is, held until this transaction ends.
SELECT version
  FROM officers
 WHERE id = :id
   AND organization LIKE ANY (:scope::text[])
   FOR UPDATE;

-- name: find_officer
-- returns: OfficerRow
-- One officer inside the scope.
SELECT officers.id, officers.name, officers.role, officers.organization, organizations.name AS organization_name,
       officers.created_at, officers.suspended_at, officers.totp_secret IS NOT NULL AS second_factor,
       officers.version
  FROM officers
  JOIN organizations ON organizations.code = officers.organization
 WHERE officers.id = :id
   AND officers.organization LIKE ANY (:scope::text[]);

-- name: list_officers
-- returns: OfficerRow
-- The officers inside the scope, by identifier.
SELECT officers.id, officers.name, officers.role, officers.organization, organizations.name AS organization_name,
       officers.created_at, officers.suspended_at, officers.totp_secret IS NOT NULL AS second_factor,
       officers.version
  FROM officers
  JOIN organizations ON organizations.code = officers.organization
 WHERE officers.organization LIKE ANY (:scope::text[])
   AND officers.id > :after
 ORDER BY officers.id
 LIMIT :limit;

-- name: count_officers
-- returns: OfficerCount
-- How many officers there are, and how many of them are the demonstration's.
-- unscoped: asked by the start of the service alone
SELECT count(*) AS officers, count(*) FILTER (WHERE demonstration) AS demonstration
  FROM officers;

-- name: find_organization
-- returns: Organization
-- An organisation by its code.
-- unscoped: names of organisations are public inside the service
SELECT code, name
  FROM organizations
 WHERE code = :code;
