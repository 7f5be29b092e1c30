-- What rules read of a registration, the rules as they stand and stood, and what they found.

-- One number for each person, telephone and address, by whatever blind index it is found under. It stays the same
-- when the data keys are exchanged, so that rules can compare people of before and after; nothing can be read back.
CREATE TABLE screening_links (
    kind  text   NOT NULL,
    blind bytea  NOT NULL,
    link  bigint NOT NULL,
    CONSTRAINT screening_links_once PRIMARY KEY (kind, blind),
    CONSTRAINT screening_links_kind_is_known CHECK (kind IN ('citizen_number', 'other_number', 'phone', 'address'))
);
CREATE SEQUENCE screening_link_numbers;
GRANT SELECT, INSERT ON screening_links TO birthreg_service;
GRANT USAGE ON screening_link_numbers TO birthreg_service;

-- The links of some values, in their order; a value that was never met gets a number. Each value comes with all
-- that it may be found by (the flat arrays name its place), under old keys and new. VOLATILE, so that what another
-- desk entered meanwhile is seen; in the order of the key, so that two desks with the same people don't lock each
-- other out.
CREATE FUNCTION link_values(places int[], kinds text[], blinds bytea[]) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    WITH asked AS (
        SELECT place, kind, blind FROM unnest(places, kinds, blinds) AS asked (place, kind, blind)
    ),
    missing AS (
        SELECT DISTINCT ON (asked.kind, asked.blind) asked.place, asked.kind, asked.blind
          FROM asked
          LEFT JOIN screening_links AS known ON known.kind = asked.kind AND known.blind = asked.blind
         WHERE known.link IS NULL
    ),
    numbered AS (
        SELECT place, coalesce((SELECT min(known.link)
                                  FROM asked
                                  JOIN screening_links AS known ON known.kind = asked.kind AND known.blind = asked.blind
                                 WHERE asked.place = unnumbered.place), nextval('screening_link_numbers')) AS link
          FROM (SELECT DISTINCT place FROM missing) AS unnumbered
    )
    INSERT INTO screening_links (kind, blind, link)
    SELECT missing.kind, missing.blind, numbered.link
      FROM missing
      JOIN numbered ON numbered.place = missing.place
     ORDER BY missing.kind, missing.blind
    ON CONFLICT DO NOTHING;
    RETURN (
        SELECT array_agg(link ORDER BY place)
          FROM (SELECT asked.place, min(known.link) AS link
                  FROM unnest(places, kinds, blinds) AS asked (place, kind, blind)
                  JOIN screening_links AS known ON known.kind = asked.kind AND known.blind = asked.blind
                 GROUP BY asked.place) AS found
    );
END
$$;

-- When the data key is exchanged, a value keeps its number under the new index.
CREATE FUNCTION screening_links_follow_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO screening_links (kind, blind, link)
    SELECT DISTINCT ON (renewed.kind, renewed.fresh) renewed.kind, renewed.fresh, known.link
      FROM (VALUES ('citizen_number', OLD.citizen_number_blind, NEW.citizen_number_blind),
                   ('other_number', OLD.other_number_blind, NEW.other_number_blind),
                   ('phone', OLD.phone_blind, NEW.phone_blind),
                   ('address', OLD.address_blind, NEW.address_blind)) AS renewed (kind, past, fresh)
      JOIN screening_links AS known ON known.kind = renewed.kind AND known.blind = renewed.past
     WHERE renewed.past <> renewed.fresh
     ORDER BY renewed.kind, renewed.fresh
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER screening_links_follow_keys
    AFTER UPDATE OF citizen_number_blind, other_number_blind, phone_blind, address_blind ON registration_people
    FOR EACH ROW EXECUTE FUNCTION screening_links_follow_keys();

-- One narrow row a registration: all that a rule may read of it. Written with the registration, changed with it.
CREATE TABLE screening_facts (
    registration_id      uuid        NOT NULL,
    standing             boolean     NOT NULL,
    certificate_number   text COLLATE "C",
    organization         text COLLATE "C" NOT NULL,
    household_organization text COLLATE "C" NOT NULL,
    county               text COLLATE "C" NOT NULL,
    officer              text COLLATE "C" NOT NULL,
    entered_at           timestamptz NOT NULL,
    applied_on           date        NOT NULL,
    child                bigint,
    child_name           text COLLATE "C" NOT NULL,
    sex                  smallint    NOT NULL,
    birth_date           date        NOT NULL,
    issued_on            date,
    issuer_name          text COLLATE "C",
    issuer_code          text COLLATE "C",
    issuer_division      text COLLATE "C",
    issue_kind           smallint,
    original_number      text COLLATE "C",
    born_outside         boolean     NOT NULL,
    household_kind       smallint    NOT NULL,
    collective_kind      text COLLATE "C",
    relation             text COLLATE "C",
    with_mother          boolean     NOT NULL,
    with_father          boolean     NOT NULL,
    exception            text COLLATE "C",
    unregistered_kind    text COLLATE "C",
    marital_status       text COLLATE "C" NOT NULL,
    mother               bigint,
    mother_name          text COLLATE "C",
    mother_birth_date    date,
    mother_province      text COLLATE "C",
    father               bigint,
    father_name          text COLLATE "C",
    father_province      text COLLATE "C",
    applicant            bigint,
    applicant_relation   text COLLATE "C" NOT NULL,
    applicant_phone      bigint,
    address              bigint,
    has_paternity_report boolean     NOT NULL,
    has_adoption_proof   boolean     NOT NULL,
    province             text COLLATE "C" NOT NULL GENERATED ALWAYS AS (substr(county, 1, 2)) STORED,
    issuer_province      text COLLATE "C" GENERATED ALWAYS AS (substr(issuer_division, 1, 2)) STORED,
    is_far               boolean     NOT NULL GENERATED ALWAYS AS (
        coalesce(substr(issuer_division, 1, 2) <> substr(county, 1, 2)
                 AND mother_province IS DISTINCT FROM substr(issuer_division, 1, 2)
                 AND father_province IS DISTINCT FROM substr(issuer_division, 1, 2), false)) STORED,
    CONSTRAINT screening_facts_of_a_registration PRIMARY KEY (registration_id)
);
COMMENT ON COLUMN screening_facts.standing IS 'held or effective; rules look at nothing else';
COMMENT ON COLUMN screening_facts.organization IS 'where the application was accepted (受理地), 12 digits';
COMMENT ON COLUMN screening_facts.county IS 'where the household lies that the child joins (落户地), six digits';
COMMENT ON COLUMN screening_facts.child IS 'the link of the child''s citizen number; mother, father, applicant likewise';
COMMENT ON COLUMN screening_facts.with_mother IS 'the household is the mother''s own';
COMMENT ON COLUMN screening_facts.mother_province IS 'the first two digits of the citizen number: where it was first given';
COMMENT ON COLUMN screening_facts.has_paternity_report IS 'a laboratory supports that the named father is the father';
COMMENT ON COLUMN screening_facts.is_far IS 'issued in a province where neither the household lies nor a parent comes from';
CREATE INDEX screening_facts_by_number ON screening_facts (certificate_number) WHERE standing;
CREATE INDEX screening_facts_by_original ON screening_facts (original_number) WHERE standing AND original_number IS NOT NULL;
CREATE INDEX screening_facts_by_child ON screening_facts (child) WHERE standing AND child IS NOT NULL;
CREATE INDEX screening_facts_by_child_name ON screening_facts (child_name, birth_date) WHERE standing;
CREATE INDEX screening_facts_by_mother ON screening_facts (mother) WHERE standing AND mother IS NOT NULL;
CREATE INDEX screening_facts_by_applicant ON screening_facts (applicant, registration_id) WHERE standing AND applicant IS NOT NULL;
CREATE INDEX screening_facts_by_phone
    ON screening_facts (applicant_phone, registration_id) WHERE standing AND applicant_phone IS NOT NULL;
CREATE INDEX screening_facts_by_officer ON screening_facts (officer, registration_id) INCLUDE (is_far) WHERE standing;
CREATE INDEX screening_facts_by_organization
    ON screening_facts (organization, registration_id) INCLUDE (is_far) WHERE standing;
CREATE INDEX screening_facts_far
    ON screening_facts (county, issuer_province, registration_id) WHERE standing AND is_far;
GRANT SELECT, INSERT ON screening_facts TO birthreg_service;
GRANT UPDATE (standing, certificate_number) ON screening_facts TO birthreg_service;

-- Registrations that are to be screened again, soon: a new one points at them, or their number was corrected.
CREATE TABLE screening_due (
    registration_id uuid        PRIMARY KEY,
    due_at          timestamptz NOT NULL
);
CREATE INDEX screening_due_in_turn ON screening_due (due_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON screening_due TO birthreg_service;

-- What a rule reads follows what the registration says, whoever changes it.
CREATE FUNCTION screening_facts_follow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE screening_facts
       SET standing = NEW.status IN ('held', 'effective'), certificate_number = NEW.certificate_number
     WHERE registration_id = NEW.id
       AND (standing, certificate_number)
           IS DISTINCT FROM (NEW.status IN ('held', 'effective'), NEW.certificate_number);
    IF NEW.status IN ('held', 'effective') AND NEW.certificate_number IS DISTINCT FROM OLD.certificate_number THEN
        INSERT INTO screening_due (registration_id, due_at) VALUES (NEW.id, now()) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER screening_facts_follow AFTER UPDATE OF status, certificate_number ON registrations
    FOR EACH ROW EXECUTE FUNCTION screening_facts_follow();

-- Registrations from before there were rules: how far their facts have been written. Done where there were none.
CREATE TABLE screening_backfill (
    is_single   boolean     PRIMARY KEY DEFAULT true CHECK (is_single),
    up_to       uuid        NOT NULL,
    last        uuid        NOT NULL
);
INSERT INTO screening_backfill (up_to, last)
SELECT '00000000-0000-0000-0000-000000000000',
       coalesce((SELECT id FROM registrations ORDER BY id DESC LIMIT 1), '00000000-0000-0000-0000-000000000000');
GRANT SELECT, UPDATE (up_to) ON screening_backfill TO birthreg_service;

-- Grows with every change of a rule, so that processes know when to read them again.
CREATE TABLE screening_state (
    is_single boolean PRIMARY KEY DEFAULT true CHECK (is_single),
    version   bigint  NOT NULL
);
INSERT INTO screening_state (version) VALUES (1);
GRANT SELECT ON screening_state TO birthreg_service;

-- A rule as it stands. Its text is a file; what administrators may change lies here.
CREATE TABLE screening_rules (
    code       text        PRIMARY KEY,
    version    int         NOT NULL,
    mode       text        NOT NULL,
    severity   text        NOT NULL,
    parameters jsonb       NOT NULL,
    digest     bytea       NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT screening_rules_mode_is_known CHECK (mode IN ('off', 'shadow', 'live')),
    CONSTRAINT screening_rules_severity_is_known CHECK (severity IN ('low', 'medium', 'high')),
    CONSTRAINT screening_rules_version_counts_up CHECK (version >= 1)
);
COMMENT ON COLUMN screening_rules.digest IS 'SM3 over the file that this version runs';
GRANT SELECT, INSERT, UPDATE (version, mode, severity, parameters, digest, changed_at) ON screening_rules TO birthreg_service;

-- Every version that a rule ever had, with its text; a finding names its own.
CREATE TABLE screening_rule_versions (
    code       text        NOT NULL,
    version    int         NOT NULL,
    mode       text        NOT NULL,
    severity   text        NOT NULL,
    parameters jsonb       NOT NULL,
    digest     bytea       NOT NULL,
    text       text        NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text        NOT NULL,
    change_id  uuid,
    CONSTRAINT screening_rule_versions_once PRIMARY KEY (code, version)
);
GRANT SELECT, INSERT ON screening_rule_versions TO birthreg_service;

CREATE FUNCTION screening_rules_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE screening_state SET version = version + 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER screening_rules_changed AFTER INSERT OR UPDATE ON screening_rules
    FOR EACH STATEMENT EXECUTE FUNCTION screening_rules_changed();

-- What a rule found of a registration, once for each number that it stood on. It stays as it was found.
CREATE TABLE findings (
    id                     uuid        PRIMARY KEY,
    registration_id        uuid        NOT NULL,
    certificate_number     text COLLATE "C",
    rule                   text COLLATE "C" NOT NULL,
    rule_version           int         NOT NULL,
    severity               text        NOT NULL,
    is_shadow              boolean     NOT NULL,
    organization           text COLLATE "C" NOT NULL,
    household_organization text COLLATE "C" NOT NULL,
    evidence               jsonb       NOT NULL,
    sentence_zh            text        NOT NULL,
    sentence_en            text        NOT NULL,
    found_at               timestamptz NOT NULL,
    found_by               text        NOT NULL,
    sweep_id               uuid,
    suppressed_until       timestamptz,
    suppressed_by          text,
    suppressed_reason      text,
    outcome                text,
    concluded_at           timestamptz,
    CONSTRAINT findings_once UNIQUE NULLS NOT DISTINCT (registration_id, rule, certificate_number, is_shadow),
    CONSTRAINT findings_severity_is_known CHECK (severity IN ('low', 'medium', 'high')),
    CONSTRAINT findings_found_by_is_known CHECK (found_by IN ('desk', 'sweep', 'again')),
    CONSTRAINT findings_only_sweeps_name_theirs CHECK ((found_by = 'sweep') = (sweep_id IS NOT NULL)),
    CONSTRAINT findings_suppression_is_whole CHECK (
        (suppressed_until IS NULL) = (suppressed_by IS NULL)
        AND (suppressed_until IS NULL) = (suppressed_reason IS NULL)),
    CONSTRAINT findings_outcome_is_known CHECK (outcome IN ('confirmed', 'unfounded')),
    CONSTRAINT findings_outcome_is_dated CHECK ((outcome IS NULL) = (concluded_at IS NULL)),
    CONSTRAINT findings_shadows_are_not_concluded CHECK (NOT is_shadow OR outcome IS NULL)
);
COMMENT ON COLUMN findings.found_by IS 'desk: when it was entered; sweep; again: because another registration or a change made it suspicious';
CREATE INDEX findings_by_rule ON findings (rule, id);
CREATE INDEX findings_by_organization ON findings (organization, id);
CREATE INDEX findings_by_number ON findings (certificate_number, id);
CREATE INDEX findings_concluded ON findings (rule, outcome) WHERE outcome IS NOT NULL;
GRANT SELECT, INSERT ON findings TO birthreg_service;
GRANT UPDATE (suppressed_until, suppressed_by, suppressed_reason, outcome, concluded_at) ON findings TO birthreg_service;
