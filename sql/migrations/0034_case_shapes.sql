-- How cases hang together: links, merges and splits, what they share; and acts on many at once.

-- Two cases that an officer sees as belonging together; each is worked on by itself.
CREATE TABLE case_links (
    low       uuid        NOT NULL REFERENCES cases (id),
    high      uuid        NOT NULL REFERENCES cases (id),
    reason    text        NOT NULL,
    linked_by text COLLATE "C" NOT NULL,
    linked_at timestamptz NOT NULL,
    CONSTRAINT case_links_once PRIMARY KEY (low, high),
    CONSTRAINT case_links_go_both_ways CHECK (low < high)
);
CREATE INDEX case_links_by_high ON case_links (high);
GRANT SELECT, INSERT, DELETE ON case_links TO birthreg_service;

CREATE INDEX cases_split_from ON cases (split_from) WHERE split_from IS NOT NULL;

-- By what a registration that a case is about can be found beside another: its applicant, telephone, address and
-- mother as links (screening_links), the officer who entered it. Of registrations in cases alone, so that it stays
-- small beside screening_facts.
CREATE TABLE case_marks (
    registration_id uuid        NOT NULL,
    kind            text COLLATE "C" NOT NULL,
    value           text COLLATE "C" NOT NULL,
    entered_at      timestamptz NOT NULL,
    CONSTRAINT case_marks_once PRIMARY KEY (registration_id, kind),
    CONSTRAINT case_marks_kind_is_known CHECK (kind IN ('applicant', 'phone', 'address', 'mother', 'clerk'))
);
CREATE INDEX case_marks_by_value ON case_marks (kind, value, entered_at, registration_id);
GRANT SELECT, INSERT ON case_marks TO birthreg_service;

CREATE FUNCTION case_marks_of(registrations uuid[]) RETURNS TABLE (
    registration_id uuid, kind text, value text, entered_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT facts.registration_id, mark.kind, mark.value, facts.entered_at
      FROM screening_facts AS facts
     CROSS JOIN LATERAL (
           VALUES ('address', facts.address::text), ('applicant', facts.applicant::text), ('clerk', facts.officer),
                  ('mother', facts.mother::text), ('phone', facts.applicant_phone::text)) AS mark (kind, value)
     WHERE facts.registration_id = ANY (registrations)
       AND mark.value IS NOT NULL
$$;

CREATE FUNCTION case_leads_leave_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO case_marks (registration_id, kind, value, entered_at)
    SELECT registration_id, kind, value, entered_at
      FROM case_marks_of(ARRAY(SELECT DISTINCT registration_id FROM made WHERE registration_id IS NOT NULL))
     ORDER BY registration_id, kind
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER case_leads_leave_marks AFTER INSERT ON case_leads
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION case_leads_leave_marks();

INSERT INTO case_marks (registration_id, kind, value, entered_at)
SELECT registration_id, kind, value, entered_at
  FROM case_marks_of(ARRAY(SELECT DISTINCT registration_id FROM case_leads WHERE registration_id IS NOT NULL));

-- The number so many places after this one (before it, where `distance` is below nought), under the same letter; the
-- first or last of the letter where there is none.
CREATE FUNCTION number_beside(number text, distance int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(number, 1) || lpad(least(greatest(substr(number, 2)::bigint + distance, 0), 999999999)::text, 9, '0')
     WHERE number ~ '^[A-Z][0-9]{9}$'
$$;

-- Who issued a number, as far as the registration on it or the health authority says.
CREATE FUNCTION issuer_of(number text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT issuer_name
                       FROM screening_facts
                      WHERE standing
                        AND certificate_number = number COLLATE "C"
                        AND issuer_name IS NOT NULL
                      LIMIT 1),
                    (SELECT issuer_name FROM issuances WHERE certificate_number = number COLLATE "C"))
$$;

-- As before, but whoever weighs holds the cases that are weighed: what is merged into a case while a lead joins a
-- part of it isn't missed.
CREATE OR REPLACE FUNCTION weigh_cases(touched uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    roots uuid[];
    held  uuid[] := '{}';
BEGIN
    LOOP
        roots := ARRAY(SELECT DISTINCT case_root(asked) FROM unnest(touched) AS asked);
        EXIT WHEN roots <@ held;
        PERFORM FROM (SELECT FROM cases WHERE id = ANY (roots) ORDER BY subject FOR UPDATE) AS locked;
        held := held || roots;
    END LOOP;
    UPDATE cases
       SET version = version + 1, severity = weighed.severity, leads = weighed.leads, kinds = weighed.kinds,
           allowed_days = least(allowed_days, term_of(weighed.severity)),
           due_on = CASE WHEN allowed_days <= term_of(weighed.severity) THEN due_on END
      FROM (
        SELECT root.id, count(*) AS leads, count(DISTINCT case_leads.rule) AS kinds,
               CASE max(CASE case_leads.severity WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END)
                    WHEN 3 THEN 'high' WHEN 2 THEN 'medium' ELSE 'low' END AS severity
          FROM unnest(roots) AS root (id)
         CROSS JOIN LATERAL case_family(root.id) AS family (id)
          JOIN case_leads ON case_leads.case_id = family.id
         GROUP BY root.id) AS weighed
     WHERE cases.id = weighed.id;
END
$$;

-- As before, but held are the cases that those of these children and numbers are worked on in. Who changes a merged
-- case holds the one that it is part of first, and who holds several does so in the order of their subjects: leads
-- that join, merges and closures wait for each other, and never in a ring.
CREATE OR REPLACE FUNCTION admit_leads(given lead[], moment timestamptz) RETURNS TABLE (source_id uuid, case_id uuid)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    wanted text[];
    roots  uuid[];
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
        roots := ARRAY(SELECT DISTINCT case_root(id) FROM cases WHERE subject = ANY (wanted) AND status <> 'closed');
        PERFORM FROM (SELECT FROM cases WHERE id = ANY (roots) ORDER BY subject FOR UPDATE) AS locked;
        EXIT WHEN (SELECT count(*) = cardinality(wanted) AND coalesce(bool_and(case_root(id) = ANY (roots)), true)
                     FROM cases
                    WHERE subject = ANY (wanted)
                      AND status <> 'closed');
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

-- An act on many cases at once, which its officer can take back for ten minutes.
CREATE TABLE case_bulks (
    id           uuid        PRIMARY KEY,
    officer      text COLLATE "C" NOT NULL,
    organization text COLLATE "C" NOT NULL,
    act          text        NOT NULL,
    at           timestamptz NOT NULL,
    undone_at    timestamptz,
    CONSTRAINT case_bulks_undone_later CHECK (undone_at >= at)
);
GRANT SELECT, INSERT, UPDATE (undone_at) ON case_bulks TO birthreg_service;

-- How each of its cases stood before, and its version afterwards: one that has moved on isn't taken back.
CREATE TABLE case_bulk_items (
    bulk_id         uuid        NOT NULL REFERENCES case_bulks (id),
    case_id         uuid        NOT NULL REFERENCES cases (id),
    version         int         NOT NULL,
    status          text        NOT NULL,
    handler         text COLLATE "C" NOT NULL,
    investigator    text COLLATE "C",
    lease_until     timestamptz,
    suspended_until timestamptz,
    awaited         text,
    paused_days     int         NOT NULL,
    paused_on       date,
    other_id        uuid,
    CONSTRAINT case_bulk_items_once PRIMARY KEY (bulk_id, case_id)
);
COMMENT ON COLUMN case_bulk_items.other_id IS 'the case that it was linked to';
GRANT SELECT, INSERT ON case_bulk_items TO birthreg_service;
