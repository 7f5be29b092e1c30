-- A file whose officer has spent their look-ups waits until there is room again.
ALTER TABLE verification_jobs ADD COLUMN resumes_at timestamptz;
ALTER TABLE verification_jobs
  ADD CONSTRAINT verification_jobs_only_waiting_resume CHECK (resumes_at IS NULL OR status = 'waiting');

-- How often a file was taken up since it last got on: one that gets nowhere is given up.
ALTER TABLE verification_jobs ADD COLUMN attempts int NOT NULL DEFAULT 0;
