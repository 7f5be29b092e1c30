-- What rules need that compare registrations with one another: the usual share, rival claims, indexes by pattern.

-- How many of the latest registrations of a province's desks are marked as far ('' for all provinces), so that a
-- clerk or a station is compared with what is usual there. Reckoned every hour by the worker.
CREATE TABLE screening_baseline (
    province      text COLLATE "C" PRIMARY KEY,
    registrations bigint      NOT NULL,
    marked        bigint      NOT NULL,
    reckoned_at   timestamptz NOT NULL,
    CONSTRAINT screening_baseline_marked_are_among_all CHECK (marked BETWEEN 0 AND registrations)
);
GRANT SELECT, INSERT, UPDATE ON screening_baseline TO birthreg_service;

-- Claims on a number that somebody else holds: few, and found by the number, where the books that say so are large.
CREATE TABLE rival_claims (
    certificate_number text COLLATE "C" NOT NULL,
    source             text        NOT NULL,
    organization       text COLLATE "C",
    registration_id    uuid,
    claimed_at         timestamptz NOT NULL,
    CONSTRAINT rival_claims_once
        UNIQUE NULLS NOT DISTINCT (certificate_number, source, organization, registration_id, claimed_at),
    CONSTRAINT rival_claims_source_is_known CHECK (source IN ('filed', 'received', 'imported'))
);
COMMENT ON COLUMN rival_claims.source IS
    'filed: the level above rejected our registration; received: we rejected one from below; imported: a row of a file';
COMMENT ON COLUMN rival_claims.organization IS 'filed: who holds the number above; otherwise who claimed it too';
COMMENT ON COLUMN rival_claims.registration_id IS 'whose claim was rejected, where it is known';
GRANT SELECT, INSERT ON rival_claims TO birthreg_service;

-- A rival claim lets the registration that stands on the number be screened again.
CREATE FUNCTION rival_claims_are_screened() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO screening_due (registration_id, due_at)
    SELECT facts.registration_id, now()
      FROM screening_facts AS facts
     WHERE facts.standing
       AND facts.certificate_number = NEW.certificate_number
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER rival_claims_are_screened AFTER INSERT ON rival_claims
    FOR EACH ROW EXECUTE FUNCTION rival_claims_are_screened();

CREATE FUNCTION filings_note_rivals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO rival_claims (certificate_number, source, organization, registration_id, claimed_at)
    VALUES (NEW.certificate_number, 'filed', NEW.holder, NEW.registration_id, NEW.settled_at)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER filings_note_rivals AFTER INSERT ON filings FOR EACH ROW
    WHEN (NEW.code IN ('certificate_used', 'certificate_reserved') AND NEW.outcome = 'rejected')
    EXECUTE FUNCTION filings_note_rivals();

CREATE FUNCTION received_filings_note_rivals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO rival_claims (certificate_number, source, organization, registration_id, claimed_at)
    VALUES (NEW.certificate_number, 'received', NEW.organization, NEW.registration_id, NEW.occurred_at)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER received_filings_note_rivals AFTER INSERT ON received_filings FOR EACH ROW
    WHEN (NEW.code IN ('certificate_used', 'certificate_reserved') AND NEW.outcome = 'rejected')
    EXECUTE FUNCTION received_filings_note_rivals();

INSERT INTO rival_claims (certificate_number, source, organization, registration_id, claimed_at)
SELECT certificate_number, 'filed', holder, registration_id, settled_at
  FROM filings
 WHERE outcome = 'rejected'
   AND code IN ('certificate_used', 'certificate_reserved')
 UNION ALL
SELECT certificate_number, 'received', organization, registration_id, occurred_at
  FROM received_filings
 WHERE outcome = 'rejected'
   AND code IN ('certificate_used', 'certificate_reserved')
ON CONFLICT DO NOTHING;

-- What a rule asks of nearly every registration, told by the index alone; what it asks of few, by an index of those few.
DROP INDEX screening_facts_by_mother, screening_facts_by_child, screening_facts_by_child_name,
           screening_facts_by_applicant, screening_facts_by_phone, screening_facts_far, screening_facts_by_original, issuances_by_original;
CREATE INDEX screening_facts_by_mother ON screening_facts (mother, birth_date) WHERE standing AND mother IS NOT NULL;
CREATE INDEX screening_facts_by_child ON screening_facts (child, registration_id) WHERE standing AND child IS NOT NULL;
CREATE INDEX screening_facts_by_child_name ON screening_facts (birth_date, child_name, registration_id) WHERE standing;
CREATE INDEX screening_facts_by_applicant
    ON screening_facts (applicant, registration_id) INCLUDE (mother) WHERE standing AND applicant IS NOT NULL;
CREATE INDEX screening_facts_by_phone
    ON screening_facts (applicant_phone, registration_id) INCLUDE (mother) WHERE standing AND applicant_phone IS NOT NULL;
CREATE INDEX screening_facts_far
    ON screening_facts (county, issuer_province, entered_at, registration_id) WHERE standing AND is_far;
CREATE INDEX screening_facts_issued_elsewhere ON screening_facts (county, certificate_number)
    WHERE standing AND substr(issuer_division, 1, 4) <> substr(county, 1, 4);
CREATE INDEX screening_facts_by_original ON screening_facts (original_number, certificate_number)
    WHERE standing AND original_number IS NOT NULL;
CREATE INDEX issuances_by_original ON issuances (original_number, certificate_number) WHERE original_number IS NOT NULL;
CREATE INDEX issuances_replacing ON issuances (certificate_number) INCLUDE (original_number)
    WHERE original_number IS NOT NULL;
