-- Cases: what is suspicious about one child (or one number, where no child is known), worked on to a conclusion.

CREATE SEQUENCE case_numbers;
GRANT USAGE ON case_numbers TO birthreg_service;

-- The number of a case: A, the county that it began in, the year, and a count that is never used twice.
CREATE FUNCTION new_case_number(organization text, moment timestamptz) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT 'A' || left(organization, 6) || to_char(moment AT TIME ZONE 'Asia/Shanghai', 'YYYY')
           || lpad(count::text, greatest(6, length(count::text)), '0')
      FROM nextval('case_numbers') AS count
$$;

CREATE TABLE cases (
    id                     uuid        PRIMARY KEY,
    number                 text COLLATE "C" NOT NULL,
    version                int         NOT NULL DEFAULT 1,
    subject                text COLLATE "C" NOT NULL,
    registration_id        uuid,
    certificate_number     text COLLATE "C",
    child_birth_date       date,
    organization           text COLLATE "C" NOT NULL,
    household_organization text COLLATE "C" NOT NULL,
    handler                text COLLATE "C" NOT NULL,
    status                 text        NOT NULL,
    opened_at              timestamptz NOT NULL,
    severity               text        NOT NULL,
    leads                  int         NOT NULL,
    kinds                  int         NOT NULL,
    investigator           text COLLATE "C",
    lease_until            timestamptz,
    suspended_until        timestamptz,
    awaited                text,
    allowed_days           smallint    NOT NULL,
    clock_from             date        NOT NULL,
    paused_days            int         NOT NULL DEFAULT 0,
    paused_on              date,
    due_on                 date,
    reached                smallint    NOT NULL DEFAULT 0,
    proposed_outcome       text,
    proposed_by            text COLLATE "C",
    proposed_at            timestamptz,
    proposed_reason        text,
    outcome                text,
    confirmed_by           text COLLATE "C",
    closed_at              timestamptz,
    merged_into            uuid REFERENCES cases (id),
    split_from             uuid REFERENCES cases (id),
    points                 int         NOT NULL GENERATED ALWAYS AS (
        CASE severity WHEN 'high' THEN 300 WHEN 'medium' THEN 150 ELSE 50 END
        + 40 * least(greatest(kinds - 1, 0), 4)
        + 5 * least(greatest(leads - 1, 0), 10)
        + CASE WHEN child_birth_date IS NULL THEN 0
               WHEN (opened_at AT TIME ZONE 'UTC')::date - child_birth_date < 365 THEN 100
               WHEN (opened_at AT TIME ZONE 'UTC')::date - child_birth_date < 3 * 365 THEN 60
               WHEN (opened_at AT TIME ZONE 'UTC')::date - child_birth_date < 6 * 365 THEN 30
               ELSE 0 END
        + CASE reached WHEN 50 THEN 50 WHEN 80 THEN 100 WHEN 100 THEN 200 ELSE 0 END) STORED,
    rank                   bigint      NOT NULL GENERATED ALWAYS AS (
        8640 * (CASE severity WHEN 'high' THEN 300 WHEN 'medium' THEN 150 ELSE 50 END
        + 40 * least(greatest(kinds - 1, 0), 4)
        + 5 * least(greatest(leads - 1, 0), 10)
        + CASE WHEN child_birth_date IS NULL THEN 0
               WHEN (opened_at AT TIME ZONE 'UTC')::date - child_birth_date < 365 THEN 100
               WHEN (opened_at AT TIME ZONE 'UTC')::date - child_birth_date < 3 * 365 THEN 60
               WHEN (opened_at AT TIME ZONE 'UTC')::date - child_birth_date < 6 * 365 THEN 30
               ELSE 0 END
        + CASE reached WHEN 50 THEN 50 WHEN 80 THEN 100 WHEN 100 THEN 200 ELSE 0 END)::bigint
        - floor(extract(epoch FROM opened_at AT TIME ZONE 'UTC'))::bigint) STORED,
    CONSTRAINT cases_number_is_given_once UNIQUE (number),
    CONSTRAINT cases_version_counts_up CHECK (version >= 1),
    CONSTRAINT cases_status_is_known CHECK (
        status IN ('waiting', 'investigating', 'suspended', 'concluding', 'closed', 'reopened', 'merged')),
    CONSTRAINT cases_severity_is_known CHECK (severity IN ('low', 'medium', 'high')),
    CONSTRAINT cases_in_the_queue_are_nobodys CHECK (
        status NOT IN ('waiting', 'reopened', 'merged') OR investigator IS NULL),
    CONSTRAINT cases_worked_on_have_an_investigator CHECK (
        status NOT IN ('investigating', 'suspended', 'concluding') OR investigator IS NOT NULL),
    CONSTRAINT cases_only_investigated_are_leased CHECK ((status = 'investigating') = (lease_until IS NOT NULL)),
    CONSTRAINT cases_suspended_until_something CHECK (
        (status = 'suspended') = (suspended_until IS NOT NULL OR awaited IS NOT NULL)),
    CONSTRAINT cases_clock_stands_while_suspended CHECK ((status = 'suspended') = (paused_on IS NOT NULL)),
    CONSTRAINT cases_outcome_is_known CHECK (
        outcome IN ('cleared', 'corrected', 'registration_revoked', 'referred')),
    CONSTRAINT cases_proposed_outcome_is_known CHECK (
        proposed_outcome IN ('cleared', 'corrected', 'registration_revoked', 'referred')),
    CONSTRAINT cases_proposal_is_whole CHECK (
        (proposed_outcome IS NULL) = (proposed_by IS NULL) AND (proposed_outcome IS NULL) = (proposed_at IS NULL)
        AND (proposed_outcome IS NULL) = (proposed_reason IS NULL)),
    CONSTRAINT cases_concluding_have_a_proposal CHECK (status <> 'concluding' OR proposed_outcome IS NOT NULL),
    CONSTRAINT cases_closed_have_an_outcome CHECK (
        (status = 'closed') = (outcome IS NOT NULL) AND (status = 'closed') = (closed_at IS NOT NULL)
        AND (status = 'closed') = (confirmed_by IS NOT NULL)),
    CONSTRAINT cases_two_persons_conclude CHECK (confirmed_by <> proposed_by),
    CONSTRAINT cases_merged_say_into_which CHECK ((status = 'merged') = (merged_into IS NOT NULL)),
    CONSTRAINT cases_never_merge_into_themselves CHECK (merged_into <> id),
    CONSTRAINT cases_reached_is_a_mark CHECK (reached IN (0, 50, 80, 100)),
    CONSTRAINT cases_handler_is_whole CHECK (handler ~ '^[0-9]{12}$')
);
COMMENT ON COLUMN cases.subject IS 'whom it is about: child:<link>, registration:<id> or number:<certificate number>';
COMMENT ON COLUMN cases.organization IS 'where the registration was accepted, or where the number was shown';
COMMENT ON COLUMN cases.handler IS 'whose queue it lies in: a county, a prefecture, a province; all above see it too';
COMMENT ON COLUMN cases.allowed_days IS 'working days from clock_from to the deadline, not counting paused ones';
COMMENT ON COLUMN cases.due_on IS 'the deadline by the calendar of working days; reckoned soon after it changes';
COMMENT ON COLUMN cases.reached IS 'the last share of its term, in per cent, that was warned of';
COMMENT ON COLUMN cases.awaited IS 'the event that a suspended case waits for';
COMMENT ON COLUMN cases.points IS 'severity 300/150/50, 40 a further kind up to four, 5 a further lead up to ten, '
    'a child under 1/3/6 years 100/60/30, its deadline half/four fifths/all gone 50/100/200';
COMMENT ON COLUMN cases.rank IS 'its place in the queue: points, and one more for each 8640 seconds (a tenth of a day) '
    'that it has been open. All cases rise alike, so their order stands still';
-- One open case a child or number, whoever opens it at whatever moment.
CREATE UNIQUE INDEX cases_one_open_per_subject ON cases (subject) WHERE status <> 'closed';
CREATE INDEX cases_by_subject ON cases (subject, id);
CREATE INDEX cases_by_registration ON cases (registration_id) WHERE registration_id IS NOT NULL;
CREATE INDEX cases_by_certificate ON cases (certificate_number) WHERE certificate_number IS NOT NULL;
CREATE INDEX cases_by_investigator ON cases (investigator, lease_until) WHERE investigator IS NOT NULL;
CREATE INDEX cases_leased ON cases (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX cases_suspended_until ON cases (suspended_until) WHERE suspended_until IS NOT NULL;
CREATE INDEX cases_undated ON cases (id) WHERE due_on IS NULL AND status <> 'closed';
CREATE INDEX cases_by_deadline ON cases (due_on, id) WHERE status NOT IN ('closed', 'merged', 'suspended');
CREATE INDEX cases_merged_into ON cases (merged_into) WHERE merged_into IS NOT NULL;
GRANT SELECT, INSERT, UPDATE ON cases TO birthreg_service;

-- Working days that a case may take, by what it weighs.
CREATE FUNCTION term_of(severity text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE severity WHEN 'high' THEN 10 WHEN 'medium' THEN 20 ELSE 40 END::smallint
$$;

-- The ways that a case can go, whoever writes; the acts behind them stand in cases/rules.py.
CREATE TABLE case_ways (
    before text NOT NULL,
    after  text NOT NULL,
    CONSTRAINT case_ways_once PRIMARY KEY (before, after)
);
INSERT INTO case_ways (before, after) VALUES
    ('waiting', 'investigating'), ('waiting', 'merged'),
    ('reopened', 'investigating'), ('reopened', 'merged'),
    ('investigating', 'waiting'), ('investigating', 'suspended'), ('investigating', 'concluding'),
    ('investigating', 'merged'),
    ('suspended', 'investigating'), ('suspended', 'merged'),
    ('concluding', 'investigating'), ('concluding', 'closed'),
    ('closed', 'reopened'),
    ('merged', 'waiting'), ('merged', 'closed');
GRANT SELECT ON case_ways TO birthreg_service;

CREATE FUNCTION cases_go_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status
       AND NOT EXISTS (SELECT FROM case_ways WHERE before = OLD.status AND after = NEW.status) THEN
        RAISE EXCEPTION 'case % goes from % to %', OLD.number, OLD.status, NEW.status;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER cases_go_forward BEFORE UPDATE OF status ON cases FOR EACH ROW EXECUTE FUNCTION cases_go_forward();

-- Under which jurisdictions a case is found, most urgent first: every prefix that an officer's jurisdiction may have.
-- It is drawn along the line of its handler, and read along those of its organisations too.
CREATE TABLE case_places (
    prefix      text COLLATE "C" NOT NULL,
    case_id     uuid        NOT NULL,
    rank        bigint      NOT NULL,
    is_open     boolean     NOT NULL,
    is_drawable boolean     NOT NULL,
    CONSTRAINT case_places_once PRIMARY KEY (case_id, prefix)
);
CREATE INDEX case_places_drawn ON case_places (prefix, rank DESC, case_id) WHERE is_drawable;
CREATE INDEX case_places_open ON case_places (prefix, rank DESC, case_id) WHERE is_open;
CREATE INDEX case_places_closed ON case_places (prefix, case_id DESC) WHERE NOT is_open;
GRANT SELECT, INSERT, UPDATE, DELETE ON case_places TO birthreg_service;

-- The jurisdictions that an organisation lies in: itself, its county, prefecture, province, the whole country.
CREATE FUNCTION prefixes_of(organization text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT prefix ORDER BY prefix)
      FROM (VALUES (''), (left(organization, 2)), (left(organization, 4)), (left(organization, 6)), (organization))
        AS prefixes (prefix)
     WHERE prefix = organization
        OR right(prefix, 2) <> '00' OR prefix = ''
$$;

CREATE FUNCTION cases_have_places() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO case_places (prefix, case_id, rank, is_open, is_drawable)
    SELECT prefix, NEW.id, NEW.rank, NEW.status NOT IN ('closed', 'merged'),
           NEW.status IN ('waiting', 'reopened') AND prefix = ANY (prefixes_of(NEW.handler))
      FROM (SELECT unnest(prefixes_of(NEW.handler))
             UNION SELECT unnest(prefixes_of(NEW.organization))
             UNION SELECT unnest(prefixes_of(NEW.household_organization))) AS found (prefix)
    ON CONFLICT ON CONSTRAINT case_places_once DO UPDATE
       SET rank = excluded.rank, is_open = excluded.is_open, is_drawable = excluded.is_drawable
     WHERE (case_places.rank, case_places.is_open, case_places.is_drawable)
           IS DISTINCT FROM (excluded.rank, excluded.is_open, excluded.is_drawable);
    RETURN NULL;
END
$$;
CREATE TRIGGER cases_have_places
    AFTER INSERT OR UPDATE OF status, handler, severity, leads, kinds, reached ON cases
    FOR EACH ROW EXECUTE FUNCTION cases_have_places();

-- What made a case suspicious: a finding of a rule, a listed number shown at a desk, one number shown at many, a
-- rejected filing, a past use of a number that was listed later.
CREATE TABLE case_leads (
    id                     uuid        PRIMARY KEY,
    case_id                uuid        NOT NULL REFERENCES cases (id),
    kind                   text COLLATE "C" NOT NULL,
    source_id              uuid        NOT NULL,
    rule                   text COLLATE "C" NOT NULL,
    severity               text        NOT NULL,
    registration_id        uuid,
    certificate_number     text COLLATE "C",
    organization           text COLLATE "C" NOT NULL,
    sentence_zh            text        NOT NULL,
    sentence_en            text        NOT NULL,
    found_at               timestamptz NOT NULL,
    CONSTRAINT case_leads_once UNIQUE (kind, source_id),
    CONSTRAINT case_leads_kind_is_known CHECK (
        kind IN ('finding', 'attempt', 'shopping', 'filing_rejected', 'look_back')),
    CONSTRAINT case_leads_severity_is_known CHECK (severity IN ('low', 'medium', 'high'))
);
COMMENT ON COLUMN case_leads.rule IS 'the rule that found it; of what no rule found, the kind once more';
COMMENT ON COLUMN case_leads.source_id IS 'the finding, look-up or filing that it is';
CREATE INDEX case_leads_by_case ON case_leads (case_id, id);
CREATE INDEX case_leads_by_number ON case_leads (certificate_number);
CREATE INDEX case_leads_by_registration ON case_leads (registration_id) WHERE registration_id IS NOT NULL;
GRANT SELECT, INSERT ON case_leads TO birthreg_service;
GRANT UPDATE (case_id) ON case_leads TO birthreg_service;

-- The timeline: one entry an act, never changed. `xid` gives readers of what is new an order that no late commit
-- can get behind of.
CREATE TABLE case_entries (
    id           uuid        PRIMARY KEY,
    seq          bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    case_id      uuid        NOT NULL REFERENCES cases (id),
    act          text        NOT NULL,
    officer      text COLLATE "C" NOT NULL,
    organization text COLLATE "C" NOT NULL,
    at           timestamptz NOT NULL,
    before       text,
    after        text        NOT NULL,
    note         text,
    detail       jsonb       NOT NULL DEFAULT '{}',
    xid          xid8        NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON COLUMN case_entries.seq IS 'the order of one case''s entries: who writes one holds the case';
COMMENT ON COLUMN case_entries.detail IS 'what the act was about, as data; no personal data';
CREATE INDEX case_entries_by_case ON case_entries (case_id, seq);
CREATE INDEX case_entries_in_order ON case_entries (xid, seq);
GRANT SELECT, INSERT ON case_entries TO birthreg_service;

-- A case with all that was merged into it, and into that; and the case that a merged one is worked on in.
CREATE FUNCTION case_family(asked uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE family (id) AS (
        SELECT asked
         UNION
        SELECT cases.id FROM cases JOIN family ON cases.merged_into = family.id
    )
    SELECT id FROM family
$$;
CREATE FUNCTION case_root(asked uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line (id, merged_into) AS (
        SELECT id, merged_into FROM cases WHERE id = asked
         UNION
        SELECT cases.id, cases.merged_into FROM cases JOIN line ON cases.id = line.merged_into
    )
    SELECT id FROM line WHERE merged_into IS NULL
$$;

-- Who may not touch a case: who registered the child, proposed or decided a change of the registration, showed the
-- number at a desk, or had it listed.
CREATE FUNCTION has_conflict(asked uuid, asked_officer text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM case_leads
         WHERE case_leads.case_id IN (SELECT case_family(asked))
           AND (EXISTS (SELECT FROM registrations
                         WHERE registrations.id = case_leads.registration_id
                           AND registrations.officer = asked_officer)
                OR EXISTS (SELECT FROM registration_changes
                            WHERE registration_changes.registration_id = case_leads.registration_id
                              AND asked_officer IN (registration_changes.proposed_by, registration_changes.decided_by))
                OR EXISTS (SELECT FROM lookups
                            WHERE case_leads.kind = 'attempt'
                              AND lookups.id = case_leads.source_id
                              AND lookups.officer = asked_officer)
                OR EXISTS (SELECT FROM blacklist_entries
                            WHERE blacklist_entries.first = case_leads.certificate_number
                              AND blacklist_entries.first = blacklist_entries.last
                              AND blacklist_entries.listed_by = asked_officer)
                OR EXISTS (SELECT FROM blacklist_blocks
                             JOIN blacklist_entries ON blacklist_entries.id = blacklist_blocks.entry_id
                            WHERE blacklist_blocks.block = left(case_leads.certificate_number, 7)
                              AND case_leads.certificate_number BETWEEN blacklist_blocks.first AND blacklist_blocks.last
                              AND blacklist_entries.listed_by = asked_officer)))
$$;

-- A lead before it has a case.
CREATE TYPE lead AS (
    kind                   text,
    source_id              uuid,
    rule                   text,
    severity               text,
    registration_id        uuid,
    certificate_number     text,
    organization           text,
    household_organization text,
    sentence_zh            text,
    sentence_en            text
);

-- Whom leads are about, in their order. What names no registration is about who stands on its number, if anybody.
CREATE FUNCTION case_subjects(given lead[]) RETURNS TABLE (
    place bigint, subject text, registration_id uuid, child_birth_date date)
LANGUAGE sql STABLE AS $$
    SELECT asked.place,
           CASE WHEN facts.child IS NOT NULL THEN 'child:' || facts.child
                WHEN coalesce(asked.registration_id, standing.registration_id) IS NOT NULL
                THEN 'registration:' || coalesce(asked.registration_id, standing.registration_id)
                ELSE 'number:' || asked.certificate_number END COLLATE "C",
           coalesce(asked.registration_id, standing.registration_id), facts.birth_date
      FROM unnest(given) WITH ORDINALITY
        AS asked (kind, source_id, rule, severity, registration_id, certificate_number, organization,
                  household_organization, sentence_zh, sentence_en, place)
      LEFT JOIN LATERAL (
           SELECT screening_facts.registration_id
             FROM screening_facts
            WHERE screening_facts.standing
              AND screening_facts.certificate_number = asked.certificate_number COLLATE "C"
            ORDER BY screening_facts.registration_id
            LIMIT 1) AS standing ON asked.registration_id IS NULL
      LEFT JOIN screening_facts AS facts
        ON facts.registration_id = coalesce(asked.registration_id, standing.registration_id)
$$;

-- What is read of a case's leads when one more joins it, or some leave it.
CREATE FUNCTION weigh_cases(touched uuid[]) RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE cases
       SET version = version + 1, severity = weighed.severity, leads = weighed.leads, kinds = weighed.kinds,
           allowed_days = least(allowed_days, term_of(weighed.severity)),
           due_on = CASE WHEN allowed_days <= term_of(weighed.severity) THEN due_on END
      FROM (
        SELECT root.id, count(*) AS leads, count(DISTINCT case_leads.rule) AS kinds,
               CASE max(CASE case_leads.severity WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END)
                    WHEN 3 THEN 'high' WHEN 2 THEN 'medium' ELSE 'low' END AS severity
          FROM (SELECT DISTINCT case_root(id) AS id FROM unnest(touched) AS touched (id)) AS root
         CROSS JOIN LATERAL case_family(root.id) AS family (id)
          JOIN case_leads ON case_leads.case_id = family.id
         GROUP BY root.id) AS weighed
     WHERE cases.id = weighed.id
$$;

-- Leads open cases, or join the one that is open for the same child or number, in the transaction that found them.
-- VOLATILE and in the order of the subjects: two that find the same wait for each other, and never in a ring; a case
-- that is closed meanwhile is seen to be closed, and another is opened.
CREATE FUNCTION admit_leads(given lead[], moment timestamptz) RETURNS TABLE (source_id uuid, case_id uuid)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    wanted text[];
    held   bigint;
BEGIN
    wanted := ARRAY(SELECT DISTINCT subject FROM case_subjects(given) ORDER BY subject);
    LOOP
        INSERT INTO cases (id, number, subject, registration_id, certificate_number, child_birth_date, organization,
                           household_organization, handler, status, opened_at, severity, leads, kinds, allowed_days,
                           clock_from)
        SELECT new_id_at(moment), new_case_number(first.organization, moment), first.subject, first.registration_id,
               first.certificate_number, first.child_birth_date, first.organization, first.household_organization,
               left(first.organization, 6) || '000000', 'waiting', moment, first.severity, 0, 0,
               term_of(first.severity), (moment AT TIME ZONE 'Asia/Shanghai')::date
          FROM (SELECT DISTINCT ON (subject) subject, subjects.registration_id, subjects.child_birth_date,
                       asked.certificate_number, asked.organization, asked.severity,
                       coalesce(asked.household_organization, asked.organization) AS household_organization
                  FROM case_subjects(given) AS subjects
                  JOIN unnest(given) WITH ORDINALITY
                    AS asked (kind, source_id, rule, severity, registration_id, certificate_number, organization,
                              household_organization, sentence_zh, sentence_en, place) USING (place)
                 ORDER BY subject, place) AS first
         WHERE NOT EXISTS (SELECT FROM cases AS open WHERE open.subject = first.subject AND open.status <> 'closed')
         ORDER BY first.subject
            ON CONFLICT (subject) WHERE status <> 'closed' DO NOTHING;
        SELECT count(*) INTO held
          FROM (SELECT FROM cases WHERE subject = ANY (wanted) AND status <> 'closed' ORDER BY subject FOR UPDATE)
            AS locked;
        EXIT WHEN held = cardinality(wanted);
    END LOOP;
    RETURN QUERY
    WITH joined AS (
        INSERT INTO case_leads (id, case_id, kind, source_id, rule, severity, registration_id, certificate_number,
                                organization, sentence_zh, sentence_en, found_at)
        SELECT new_id_at(moment), cases.id, asked.kind, asked.source_id, asked.rule, asked.severity,
               subjects.registration_id, asked.certificate_number, asked.organization, asked.sentence_zh,
               asked.sentence_en, moment
          FROM case_subjects(given) AS subjects
          JOIN unnest(given) WITH ORDINALITY
            AS asked (kind, source_id, rule, severity, registration_id, certificate_number, organization,
                      household_organization, sentence_zh, sentence_en, place) USING (place)
          JOIN cases ON cases.subject = subjects.subject AND cases.status <> 'closed'
         ORDER BY subjects.place
            ON CONFLICT ON CONSTRAINT case_leads_once DO NOTHING
        RETURNING source_id, case_id, kind, rule
    ),
    noted AS (
        INSERT INTO case_entries (id, case_id, act, officer, organization, at, before, after, detail)
        SELECT new_id_at(moment), cases.id, CASE WHEN cases.leads = 0 THEN 'open' ELSE 'join' END, 'birthreg',
               cases.organization, moment, CASE WHEN cases.leads > 0 THEN cases.status END, cases.status,
               jsonb_build_object('leads', new.leads)
          FROM (SELECT case_id, jsonb_agg(jsonb_build_object('kind', kind, 'rule', rule, 'source_id', source_id)) AS leads
                  FROM joined
                 GROUP BY case_id) AS new
          JOIN cases ON cases.id = new.case_id
    )
    SELECT source_id, case_id FROM joined;
    PERFORM weigh_cases(ARRAY(SELECT id FROM cases WHERE subject = ANY (wanted) AND status <> 'closed'));
END
$$;

CREATE FUNCTION findings_open_cases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM admit_leads(array_agg(
                ('finding', id, rule, severity, registration_id, certificate_number, organization,
                 household_organization, sentence_zh, sentence_en)::lead ORDER BY id), max(found_at))
       FROM made
      WHERE NOT is_shadow
     HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER findings_open_cases AFTER INSERT ON findings
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION findings_open_cases();

-- What was found before there were cases.
SELECT admit_leads(array_agg(
           ('finding', id, rule, severity, registration_id, certificate_number, organization, household_organization,
            sentence_zh, sentence_en)::lead ORDER BY id), now())
  FROM findings
 WHERE NOT is_shadow
   AND outcome IS NULL
HAVING count(*) > 0;
