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

-- Who wants to see at once what becomes of a case.
CREATE TABLE case_watches (
    officer text COLLATE "C" NOT NULL,
    case_id uuid        NOT NULL REFERENCES cases (id),
    since   timestamptz NOT NULL,
    CONSTRAINT case_watches_once PRIMARY KEY (officer, case_id)
);
GRANT SELECT, INSERT, DELETE ON case_watches TO birthreg_service;
