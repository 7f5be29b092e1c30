-- Cases, mended: whom leads are about is read once, who decides has a hand in a case as who proposes has, and a case
-- that has left a queue is found there no more.

-- As before, but what it compares, however many, is compared by hashing.
CREATE OR REPLACE FUNCTION weigh_cases(touched uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    roots uuid[];
    held  uuid[] := '{}';
BEGIN
    LOOP
        roots := ARRAY(SELECT DISTINCT case_root(asked) FROM unnest(touched) AS asked);
        EXIT WHEN NOT EXISTS (SELECT unnest(roots) EXCEPT SELECT unnest(held));
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

-- As before, but whom the leads are about is read once: a registration that comes to stand on a number while this
-- waits for a case changes nothing any more, and no lead falls between the case that was opened and the one that is
-- looked for. Where all that is held moved several times meanwhile, it is read anew.
CREATE OR REPLACE FUNCTION admit_leads(given lead[], moment timestamptz) RETURNS TABLE (source_id uuid, case_id uuid)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    tries         int := 0;
    subjects      text[];
    registrations uuid[];
    births        date[];
    wanted        text[];
    roots         uuid[];
BEGIN
    LOOP
        IF tries % 4 = 0 THEN
            SELECT array_agg(found.subject ORDER BY found.place), array_agg(found.registration_id ORDER BY found.place),
                   array_agg(found.child_birth_date ORDER BY found.place)
              INTO subjects, registrations, births
              FROM case_subjects(given) AS found;
            wanted := ARRAY(SELECT DISTINCT subject COLLATE "C" FROM unnest(subjects) AS asked (subject) ORDER BY 1);
        END IF;
        tries := tries + 1;
        INSERT INTO cases (id, number, subject, registration_id, certificate_number, child_birth_date, organization,
                           household_organization, handler, status, opened_at, severity, leads, kinds, allowed_days,
                           clock_from)
        SELECT new_id_at(moment), new_case_number(first.organization, moment), first.subject, first.about,
               first.certificate_number, first.child_birth_date, first.organization, first.household_organization,
               left(first.organization, 6) || '000000', 'waiting', moment, first.severity, 0, 0,
               term_of(first.severity), (moment AT TIME ZONE 'Asia/Shanghai')::date
          FROM (SELECT DISTINCT ON (asked.subject COLLATE "C") asked.subject COLLATE "C" AS subject, asked.about,
                       asked.child_birth_date, asked.certificate_number, asked.organization, asked.severity,
                       coalesce(asked.household_organization, asked.organization) AS household_organization
                  FROM unnest(given, subjects, registrations, births) WITH ORDINALITY
                    AS asked (kind, source_id, rule, severity, registration_id, certificate_number, organization,
                              household_organization, sentence_zh, sentence_en, subject, about, child_birth_date,
                              place)
                 ORDER BY asked.subject COLLATE "C", asked.place) AS first
         WHERE NOT EXISTS (SELECT FROM cases AS open WHERE open.subject = first.subject AND open.status <> 'closed')
         ORDER BY first.subject
            ON CONFLICT (subject) WHERE status <> 'closed' DO NOTHING;
        roots := ARRAY(SELECT DISTINCT case_root(id) FROM cases WHERE subject = ANY (wanted) AND status <> 'closed');
        PERFORM FROM (SELECT FROM cases WHERE id = ANY (roots) ORDER BY subject FOR UPDATE) AS locked;
        EXIT WHEN (SELECT count(*) FROM cases WHERE subject = ANY (wanted) AND status <> 'closed') = cardinality(wanted)
              AND NOT EXISTS (
                  SELECT case_root(id) FROM cases WHERE subject = ANY (wanted) AND status <> 'closed'
                  EXCEPT
                  SELECT unnest(roots));
    END LOOP;
    RETURN QUERY
    WITH joined AS (
        INSERT INTO case_leads (id, case_id, kind, source_id, rule, severity, registration_id, certificate_number,
                                organization, sentence_zh, sentence_en, found_at)
        SELECT new_id_at(moment), cases.id, asked.kind, asked.source_id, asked.rule, asked.severity, asked.about,
               asked.certificate_number, asked.organization, asked.sentence_zh, asked.sentence_en, moment
          FROM unnest(given, subjects, registrations) WITH ORDINALITY
            AS asked (kind, source_id, rule, severity, registration_id, certificate_number, organization,
                      household_organization, sentence_zh, sentence_en, subject, about, place)
          JOIN cases ON cases.subject = asked.subject AND cases.status <> 'closed'
         ORDER BY asked.place
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

-- Who may not touch a case: who registered the child, approved, refused or took back the registration, proposed or
-- decided a change of it, showed the number at a desk (or had a machine client show it), had it listed, or decided on
-- its listing, even where it is listed no more.
CREATE OR REPLACE FUNCTION has_conflict(asked uuid, asked_officer text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM case_leads
         WHERE case_leads.case_id IN (SELECT case_family(asked))
           AND (EXISTS (SELECT FROM registrations
                         WHERE registrations.id = case_leads.registration_id
                           AND registrations.officer = asked_officer)
                OR EXISTS (SELECT FROM registration_acts
                            WHERE registration_acts.registration_id = case_leads.registration_id
                              AND registration_acts.officer = asked_officer)
                OR EXISTS (SELECT FROM registration_changes
                            WHERE registration_changes.registration_id = case_leads.registration_id
                              AND asked_officer IN (registration_changes.proposed_by, registration_changes.decided_by))
                OR EXISTS (SELECT FROM lookups
                            WHERE case_leads.kind = 'attempt'
                              AND lookups.id = case_leads.source_id
                              AND coalesce(lookups.on_behalf_of, lookups.officer) = asked_officer)
                OR EXISTS (
                   SELECT FROM (
                          SELECT listed_by, proposal_id, batch_id
                            FROM blacklist_entries
                           WHERE first = case_leads.certificate_number
                             AND last = case_leads.certificate_number
                           UNION ALL
                          SELECT entries.listed_by, entries.proposal_id, entries.batch_id
                            FROM blacklist_blocks AS blocks
                            JOIN blacklist_entries AS entries ON entries.id = blocks.entry_id
                           WHERE blocks.block = left(case_leads.certificate_number, 7)
                             AND case_leads.certificate_number BETWEEN blocks.first AND blocks.last
                           UNION ALL
                          SELECT listed_by, proposal_id, batch_id
                            FROM blacklist_entries
                           WHERE int8range(certificate_ordinal(first), certificate_ordinal(last), '[]')
                                 @> CASE WHEN case_leads.certificate_number ~ '^[A-Z][0-9]{9}$'
                                         THEN certificate_ordinal(case_leads.certificate_number) END
                             AND first <> last
                             AND lifted_at IS NOT NULL) AS listed
                    WHERE listed.listed_by = asked_officer
                       OR (SELECT asked_officer IN (proposed_by, decided_by)
                             FROM blacklist_proposals
                            WHERE id = listed.proposal_id)
                       OR (SELECT asked_officer IN (brought_by, decided_by)
                             FROM blacklist_batches
                            WHERE id = listed.batch_id))))
$$;

-- As before, but where a case goes to another queue it leaves the places in which it no longer lies: one that was
-- split off was in the queue of a county that none of its organisations belongs to.
CREATE OR REPLACE FUNCTION cases_have_places() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    places text[] := prefixes_of(NEW.handler) || prefixes_of(NEW.organization)
                     || prefixes_of(NEW.household_organization);
BEGIN
    INSERT INTO case_places (prefix, case_id, rank, severity, is_open, is_drawable)
    SELECT DISTINCT prefix, NEW.id, NEW.rank, NEW.severity, NEW.status NOT IN ('closed', 'merged'),
           NEW.status IN ('waiting', 'reopened') AND prefix = ANY (prefixes_of(NEW.handler))
      FROM unnest(places) AS found (prefix)
    ON CONFLICT ON CONSTRAINT case_places_once DO UPDATE
       SET rank = excluded.rank, severity = excluded.severity, is_open = excluded.is_open,
           is_drawable = excluded.is_drawable
     WHERE (case_places.rank, case_places.severity, case_places.is_open, case_places.is_drawable)
           IS DISTINCT FROM (excluded.rank, excluded.severity, excluded.is_open, excluded.is_drawable);
    IF TG_OP = 'UPDATE' AND NEW.handler IS DISTINCT FROM OLD.handler THEN
        DELETE FROM case_places WHERE case_id = NEW.id AND prefix <> ALL (places);
    END IF;
    RETURN NULL;
END
$$;
DELETE FROM case_places
 USING cases
 WHERE cases.id = case_places.case_id
   AND case_places.prefix <> ALL (prefixes_of(cases.handler) || prefixes_of(cases.organization)
                                  || prefixes_of(cases.household_organization));

-- As before, but a lead that names its registration looks for no other, and who stands on a number is found by the
-- number: to find the first of them the planner would else read registrations in their order until one fits.
CREATE OR REPLACE FUNCTION case_subjects(given lead[]) RETURNS TABLE (
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
           SELECT on_number.registration_id
             FROM (SELECT screening_facts.registration_id
                     FROM screening_facts
                    WHERE asked.registration_id IS NULL
                      AND screening_facts.standing
                      AND screening_facts.certificate_number = asked.certificate_number COLLATE "C"
                   OFFSET 0) AS on_number
            ORDER BY on_number.registration_id
            LIMIT 1) AS standing ON true
      LEFT JOIN screening_facts AS facts
        ON facts.registration_id = coalesce(asked.registration_id, standing.registration_id)
$$;

-- Leads and what is weighed for them are probed by index, however little the planner knows of young tables: by what it
-- expects of a table that was never analysed, two hundred findings would read all cases again and again.
ALTER FUNCTION admit_leads(lead[], timestamptz)
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION weigh_cases(uuid[])
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET plan_cache_mode = force_generic_plan;
