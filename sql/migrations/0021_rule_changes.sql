-- How rules are changed: proposed with a back-test, decided by somebody else; and what findings need to be read by.

CREATE TABLE screening_changes (
    id                       uuid        PRIMARY KEY,
    version                  int         NOT NULL DEFAULT 1,
    rule                     text COLLATE "C" NOT NULL REFERENCES screening_rules (code),
    rule_version             int         NOT NULL,
    status                   text        NOT NULL,
    mode                     text        NOT NULL,
    severity                 text        NOT NULL,
    parameters               jsonb       NOT NULL,
    reason                   text        NOT NULL,
    back_test                jsonb       NOT NULL,
    cost                     float8,
    proposed_by              text        NOT NULL,
    proposed_by_organization text COLLATE "C" NOT NULL REFERENCES organizations (code),
    proposed_at              timestamptz NOT NULL,
    decided_by               text,
    decided_by_organization  text COLLATE "C",
    decided_at               timestamptz,
    decision_reason          text,
    new_version              int,
    CONSTRAINT screening_changes_of_a_version FOREIGN KEY (rule, rule_version)
        REFERENCES screening_rule_versions (code, version),
    CONSTRAINT screening_changes_makes_a_version FOREIGN KEY (rule, new_version)
        REFERENCES screening_rule_versions (code, version),
    CONSTRAINT screening_changes_status_is_known CHECK (status IN ('proposed', 'approved', 'refused', 'withdrawn')),
    CONSTRAINT screening_changes_mode_is_known CHECK (mode IN ('off', 'shadow', 'live')),
    CONSTRAINT screening_changes_severity_is_known CHECK (severity IN ('low', 'medium', 'high')),
    CONSTRAINT screening_changes_decision_is_whole CHECK (
        (status = 'proposed') = (decided_by IS NULL)
        AND (decided_by IS NULL) = (decided_at IS NULL)
        AND (decided_by IS NULL) = (decided_by_organization IS NULL)
        AND (decided_by IS NULL) = (decision_reason IS NULL)),
    CONSTRAINT screening_changes_two_persons CHECK (
        (status NOT IN ('approved', 'refused') OR decided_by <> proposed_by)
        AND (status <> 'withdrawn' OR decided_by = proposed_by)),
    CONSTRAINT screening_changes_only_approved_makes_a_version CHECK ((status = 'approved') = (new_version IS NOT NULL)),
    CONSTRAINT screening_changes_version_counts_up CHECK (version >= 1)
);
COMMENT ON COLUMN screening_changes.rule_version IS 'the version that the change starts from; decided while another stands, it is stale';
COMMENT ON COLUMN screening_changes.parameters IS 'all parameters as they shall be';
COMMENT ON COLUMN screening_changes.back_test IS 'what the change would do, as it was told to who proposed it';
COMMENT ON COLUMN screening_changes.cost IS 'microseconds a registration that the rule took in the back-test';
CREATE UNIQUE INDEX screening_changes_one_open_a_rule ON screening_changes (rule) WHERE status = 'proposed';
CREATE INDEX screening_changes_by_rule ON screening_changes (rule, id);
GRANT SELECT, INSERT ON screening_changes TO birthreg_service;
GRANT UPDATE (version, status, decided_by, decided_by_organization, decided_at, decision_reason, new_version)
   ON screening_changes TO birthreg_service;

CREATE FUNCTION screening_changes_are_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'proposed' THEN
        RAISE EXCEPTION 'change % is % already', OLD.id, OLD.status;
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'change % goes from version % to %', OLD.id, OLD.version, NEW.version;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER screening_changes_are_decided_once BEFORE UPDATE ON screening_changes
    FOR EACH ROW EXECUTE FUNCTION screening_changes_are_decided_once();

ALTER TABLE findings ADD COLUMN version int NOT NULL DEFAULT 1;
COMMENT ON COLUMN findings.version IS 'counts suppressions and conclusions; what was found stays';
GRANT UPDATE (version) ON findings TO birthreg_service;
CREATE INDEX findings_by_household ON findings (household_organization, id);
CREATE INDEX findings_counted ON findings (rule, is_shadow, suppressed_until);

-- Links of many values at once, in one pass: a value that was never met gets the number that its place has by another
-- blind index, or a new one. What was compared place by place took minutes where a whole province was brought in.
CREATE OR REPLACE FUNCTION link_values(places int[], kinds text[], blinds bytea[]) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    WITH found AS MATERIALIZED (
        SELECT asked.place, asked.kind, asked.blind, known.link
          FROM unnest(places, kinds, blinds) AS asked (place, kind, blind)
          LEFT JOIN screening_links AS known ON known.kind = asked.kind AND known.blind = asked.blind
    ),
    numbered AS MATERIALIZED (
        SELECT coalesce(min(found.link), nextval('screening_link_numbers')) AS link,
               array_agg(found.kind) FILTER (WHERE found.link IS NULL) AS unmet_kinds,
               array_agg(found.blind) FILTER (WHERE found.link IS NULL) AS unmet_blinds
          FROM found
         GROUP BY found.place
        HAVING bool_or(found.link IS NULL)
    )
    INSERT INTO screening_links (kind, blind, link)
    SELECT DISTINCT ON (unmet.kind, unmet.blind) unmet.kind, unmet.blind, numbered.link
      FROM numbered, unnest(numbered.unmet_kinds, numbered.unmet_blinds) AS unmet (kind, blind)
     ORDER BY unmet.kind, unmet.blind, numbered.link
    ON CONFLICT DO NOTHING;
    RETURN (
        SELECT array_agg(link ORDER BY place)
          FROM (SELECT asked.place, min(known.link) AS link
                  FROM unnest(places, kinds, blinds) AS asked (place, kind, blind)
                  JOIN screening_links AS known ON known.kind = asked.kind AND known.blind = asked.blind
                 GROUP BY asked.place) AS answered
    );
END
$$;
