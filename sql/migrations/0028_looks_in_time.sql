-- When a registration is looked at again: a look that waits for its day gives way to one that is asked for at once,
-- and never the other way round. Who screens a registration reckons its later look anew, so that none is lost.
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
        ON CONFLICT (registration_id) DO UPDATE SET due_at = least(screening_due.due_at, excluded.due_at);
    END IF;
    RETURN NULL;
END
$$;

-- Rival claims come by the file: their registrations are woken in one order, so that two files can't wait for each
-- other in a ring.
DROP TRIGGER rival_claims_are_screened ON rival_claims;
CREATE OR REPLACE FUNCTION rival_claims_are_screened() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO screening_due (registration_id, due_at)
    SELECT DISTINCT facts.registration_id, now()
      FROM new_claims
      JOIN screening_facts AS facts ON facts.certificate_number = new_claims.certificate_number
     WHERE facts.standing
     ORDER BY facts.registration_id
    ON CONFLICT (registration_id) DO UPDATE SET due_at = least(screening_due.due_at, excluded.due_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER rival_claims_are_screened AFTER INSERT ON rival_claims
    REFERENCING NEW TABLE AS new_claims
    FOR EACH STATEMENT EXECUTE FUNCTION rival_claims_are_screened();

DROP TRIGGER filings_note_rivals ON filings;
CREATE OR REPLACE FUNCTION filings_note_rivals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO rival_claims (certificate_number, source, organization, registration_id, claimed_at)
    SELECT certificate_number, 'filed', holder, registration_id, settled_at
      FROM settled
     WHERE outcome = 'rejected'
       AND code IN ('certificate_used', 'certificate_reserved')
     ORDER BY registration_id, certificate_number
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER filings_note_rivals AFTER INSERT ON filings
    REFERENCING NEW TABLE AS settled
    FOR EACH STATEMENT EXECUTE FUNCTION filings_note_rivals();

-- A record of issue that comes after the registration: who is registered on its number otherwise than it says, or on
-- a number that it replaces, is looked at again. By index alone, however many records a file brings.
CREATE FUNCTION issuances_wake() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO screening_due (registration_id, due_at)
    SELECT registration_id, now()
      FROM (SELECT facts.registration_id
              FROM delivered
              JOIN screening_facts AS facts ON facts.certificate_number = delivered.certificate_number
             WHERE facts.standing
               AND (delivered.original_number IS NOT NULL
                    OR facts.child_name <> delivered.child_name
                    OR (facts.sex, delivered.child_sex) IN ((1, 2), (2, 1))
                    OR facts.birth_date <> (delivered.born_at AT TIME ZONE interval '8 hours')::date
                    OR facts.mother_name <> delivered.mother_name)
             UNION
            SELECT facts.registration_id
              FROM delivered
              JOIN screening_facts AS facts ON facts.certificate_number = delivered.original_number
             WHERE facts.standing) AS concerned
     ORDER BY registration_id
    ON CONFLICT (registration_id) DO UPDATE SET due_at = least(screening_due.due_at, excluded.due_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER issuances_wake AFTER INSERT ON issuances
    REFERENCING NEW TABLE AS delivered
    FOR EACH STATEMENT EXECUTE FUNCTION issuances_wake();

COMMENT ON TABLE screening_due IS 'registrations to be screened again, each at the earliest moment that is owed';

-- For each rule of a sweep: since when it went by this version, and whether that was switched off.
ALTER TABLE sweep_rules
    ADD COLUMN since  timestamptz,
    ADD COLUMN is_off boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN sweep_rules.since IS 'when a part was first gone through by this version; null: none was';
COMMENT ON COLUMN sweep_rules.is_off IS 'the rule was switched off: those parts were gone through without it';
GRANT UPDATE (since) ON sweep_rules TO birthreg_service;
