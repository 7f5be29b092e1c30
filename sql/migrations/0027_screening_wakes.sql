-- A registration that waits already to be screened again waits anew: who adds to it holds its row, so that it isn't
-- screened by the old books meanwhile and forgotten.
CREATE OR REPLACE FUNCTION screening_facts_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE screening_facts
       SET standing = NEW.status IN ('held', 'effective'), certificate_number = NEW.certificate_number
     WHERE registration_id = NEW.id
       AND (standing, certificate_number)
           IS DISTINCT FROM (NEW.status IN ('held', 'effective'), NEW.certificate_number);
    IF NEW.status IN ('held', 'effective') AND NEW.certificate_number IS DISTINCT FROM OLD.certificate_number THEN
        INSERT INTO screening_due (registration_id, due_at) VALUES (NEW.id, now())
        ON CONFLICT (registration_id) DO UPDATE SET due_at = excluded.due_at;
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION rival_claims_are_screened() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO screening_due (registration_id, due_at)
    SELECT facts.registration_id, now()
      FROM screening_facts AS facts
     WHERE facts.standing
       AND facts.certificate_number = NEW.certificate_number
    ON CONFLICT (registration_id) DO UPDATE SET due_at = excluded.due_at;
    RETURN NULL;
END
$$;

-- No record is older than 1970; a moment before it has the lowest identifier, not the highest.
CREATE OR REPLACE FUNCTION first_id_at(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(greatest(0, floor(extract(epoch FROM moment) * 1000)::bigint)), 12, '0')
            || '70008000000000000000')::uuid
$$;
