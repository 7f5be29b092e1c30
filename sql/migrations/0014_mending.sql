-- A file whose officer has spent their look-ups waits until there is room again.
ALTER TABLE verification_jobs ADD COLUMN resumes_at timestamptz;
ALTER TABLE verification_jobs
  ADD CONSTRAINT verification_jobs_only_waiting_resume CHECK (resumes_at IS NULL OR status = 'waiting');

-- How often a file was taken up since it last got on: one that gets nowhere is given up.
ALTER TABLE verification_jobs ADD COLUMN attempts int NOT NULL DEFAULT 0;

-- The last time step (30 s since 1970, RFC 6238) whose code an officer has used: none is taken twice.
ALTER TABLE officers ADD COLUMN second_factor_step bigint;

-- Imports stage in temporary tables of their own connection; nothing was ever made here.
DROP SCHEMA staging;

-- Grows with every change of an officer, told as ETag: who changes one may say which version they saw.
ALTER TABLE officers ADD COLUMN version int NOT NULL DEFAULT 1;
