-- The queue of cases: deadlines that say something on a day, watchers, lists by state.

ALTER TABLE cases
    ADD COLUMN alarm_on date,
    ADD COLUMN missed_due_on date;
COMMENT ON COLUMN cases.alarm_on IS 'the next day on which its deadline says something: half, four fifths or all of the '
    'term is gone, or the deadline is missed; reckoned together with due_on';
COMMENT ON COLUMN cases.missed_due_on IS 'the latest deadline that was missed and for which it went to the level above';
CREATE INDEX cases_by_alarm ON cases (alarm_on, id)
    WHERE alarm_on IS NOT NULL AND status NOT IN ('closed', 'merged', 'suspended');
-- Few cases are worked on at a time, of many that wait.
CREATE INDEX cases_worked_on ON cases (status, rank DESC, id)
    WHERE status IN ('investigating', 'suspended', 'concluding', 'reopened');

CREATE INDEX case_leads_by_rule ON case_leads (rule, case_id);

-- The light cases stand at the end of the queue, behind all that an officer who asks for them doesn't want to see.
ALTER TABLE case_places ADD COLUMN severity text;
UPDATE case_places SET severity = cases.severity FROM cases WHERE cases.id = case_places.case_id;
ALTER TABLE case_places ALTER COLUMN severity SET NOT NULL;
CREATE INDEX case_places_of_severity ON case_places (prefix, severity, rank DESC, case_id) WHERE is_open;
CREATE OR REPLACE FUNCTION cases_have_places() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO case_places (prefix, case_id, rank, severity, is_open, is_drawable)
    SELECT prefix, NEW.id, NEW.rank, NEW.severity, NEW.status NOT IN ('closed', 'merged'),
           NEW.status IN ('waiting', 'reopened') AND prefix = ANY (prefixes_of(NEW.handler))
      FROM (SELECT unnest(prefixes_of(NEW.handler))
             UNION SELECT unnest(prefixes_of(NEW.organization))
             UNION SELECT unnest(prefixes_of(NEW.household_organization))) AS found (prefix)
    ON CONFLICT ON CONSTRAINT case_places_once DO UPDATE
       SET rank = excluded.rank, severity = excluded.severity, is_open = excluded.is_open,
           is_drawable = excluded.is_drawable
     WHERE (case_places.rank, case_places.severity, case_places.is_open, case_places.is_drawable)
           IS DISTINCT FROM (excluded.rank, excluded.severity, excluded.is_open, excluded.is_drawable);
    RETURN NULL;
END
$$;

-- Who wants to see at once what becomes of a case.
CREATE TABLE case_watches (
    officer text COLLATE "C" NOT NULL,
    case_id uuid        NOT NULL REFERENCES cases (id),
    since   timestamptz NOT NULL,
    CONSTRAINT case_watches_once PRIMARY KEY (officer, case_id)
);
GRANT SELECT, INSERT, DELETE ON case_watches TO birthreg_service;
