-- A file whose officer has spent their look-ups waits until there is room again.
ALTER TABLE verification_jobs ADD COLUMN resumes_at timestamptz;
ALTER TABLE verification_jobs
  ADD CONSTRAINT verification_jobs_only_waiting_resume CHECK (resumes_at IS NULL OR status = 'waiting');
