-- name: draw_case
-- returns: CaseId
-- The most urgent case that waits inside a jurisdiction, leased to an investigator with an entry on its timeline; no
-- row when the queue is empty. Who draws at the same moment passes over what another is about to have.
-- unscoped: :prefix is the jurisdiction
WITH next AS (
    SELECT cases.id, cases.status
      FROM case_places
      JOIN cases ON cases.id = case_places.case_id
     WHERE case_places.prefix = :prefix
       AND case_places.is_drawable
       AND cases.status IN ('waiting', 'reopened')
       AND cases.handler LIKE :prefix || '%'
       AND NOT has_conflict(cases.id, :officer)
     ORDER BY case_places.rank DESC, case_places.case_id
     LIMIT 1
       FOR UPDATE OF cases SKIP LOCKED
),
drawn AS (
    UPDATE cases
       SET version = version + 1, status = 'investigating', investigator = :officer, lease_until = :lease_until
      FROM next
     WHERE cases.id = next.id
),
noted AS (
    INSERT INTO case_entries (id, case_id, act, officer, organization, at, before, after)
    SELECT :entry::uuid, id, 'claim', :officer, :organization, :now, status, 'investigating'
      FROM next
)
SELECT id
  FROM next;

-- name: lease_case
-- returns: rows
-- A case is worked on by an investigator until the lease ends, unless it is renewed; if it was suspended, its clock
-- goes on.
-- unscoped: the caller holds it, inside their scope
UPDATE cases
   SET version = version + 1, status = 'investigating', investigator = :investigator, lease_until = :lease_until,
       suspended_until = NULL, awaited = NULL, paused_on = NULL, paused_days = paused_days + :stood_still::int,
       due_on = CASE WHEN paused_on IS NULL THEN due_on END
 WHERE id = :id;

-- name: hand_down_case
-- returns: rows
-- A case lies in the queue of an organisation below from now on.
-- unscoped: the caller holds it, inside their scope
UPDATE cases
   SET handler = :handler
 WHERE id = :id;

-- name: return_case
-- returns: rows
-- A case goes back into the queue, of this level or the one above.
-- unscoped: the caller holds it, inside their scope or for the system
UPDATE cases
   SET version = version + 1, status = :status, handler = :handler, investigator = NULL, lease_until = NULL
 WHERE id = :id;

-- name: suspend_case
-- returns: rows
-- A case isn't worked on until a moment or an event, and its clock stands still.
-- unscoped: the caller holds it, inside their scope
UPDATE cases
   SET version = version + 1, status = 'suspended', lease_until = NULL, suspended_until = :until, awaited = :awaited,
       paused_on = :today
 WHERE id = :id;

-- name: touch_case
-- returns: rows
-- Something was added to a case.
-- unscoped: the caller holds it, inside their scope
UPDATE cases SET version = version + 1 WHERE id = :id;

-- name: list_lapsed
-- returns: CaseRow
-- Cases whose lease is over, held; those that another worker holds are left to it.
-- unscoped: leases end everywhere
SELECT id, number, version, subject, registration_id, certificate_number, child_birth_date, organization,
       household_organization, handler, status, opened_at, severity, leads, kinds, points, rank, reached, investigator,
       lease_until, suspended_until, awaited, allowed_days, clock_from, paused_days, paused_on, due_on,
       proposed_outcome, proposed_by, proposed_at, proposed_reason, outcome, confirmed_by, closed_at, merged_into,
       split_from
  FROM cases
 WHERE lease_until <= :now
 ORDER BY lease_until, id
 LIMIT :limit
   FOR UPDATE SKIP LOCKED;

-- name: list_due_to_resume
-- returns: CaseRow
-- Suspended cases whose day has come, held; those that another worker holds are left to it.
-- unscoped: days come everywhere
SELECT id, number, version, subject, registration_id, certificate_number, child_birth_date, organization,
       household_organization, handler, status, opened_at, severity, leads, kinds, points, rank, reached, investigator,
       lease_until, suspended_until, awaited, allowed_days, clock_from, paused_days, paused_on, due_on,
       proposed_outcome, proposed_by, proposed_at, proposed_reason, outcome, confirmed_by, closed_at, merged_into,
       split_from
  FROM cases
 WHERE suspended_until <= :now
   AND status = 'suspended'
 ORDER BY suspended_until, id
 LIMIT :limit
   FOR UPDATE SKIP LOCKED;

-- name: list_undated
-- returns: Term
-- Cases whose deadline is yet to be reckoned, held; those that another worker holds are left to it.
-- unscoped: deadlines are reckoned everywhere
SELECT id, clock_from, allowed_days, paused_days, reached, missed_due_on
  FROM cases
 WHERE due_on IS NULL
   AND status <> 'closed'
 ORDER BY id
 LIMIT :limit
   FOR UPDATE SKIP LOCKED;

-- name: date_cases
-- returns: rows
-- The deadlines of cases, as the calendar says.
-- unscoped: deadlines are reckoned everywhere
UPDATE cases
   SET due_on = reckoned.due_on, alarm_on = reckoned.alarm_on
  FROM unnest(:ids::uuid[], :due::date[], :alarms::date[]) AS reckoned (id, due_on, alarm_on)
 WHERE cases.id = reckoned.id;

-- name: list_alarmed
-- returns: AlarmedRow
-- Cases whose deadline says something today, held; those that another worker holds are left to it.
-- unscoped: deadlines come everywhere
SELECT id, number, version, subject, registration_id, certificate_number, child_birth_date, organization,
       household_organization, handler, status, opened_at, severity, leads, kinds, points, rank, reached, investigator,
       lease_until, suspended_until, awaited, allowed_days, clock_from, paused_days, paused_on, due_on,
       proposed_outcome, proposed_by, proposed_at, proposed_reason, outcome, confirmed_by, closed_at, merged_into,
       split_from, missed_due_on
  FROM cases
 WHERE alarm_on <= :today
   AND alarm_on IS NOT NULL
   AND status NOT IN ('closed', 'merged', 'suspended')
   AND due_on IS NOT NULL
 ORDER BY alarm_on, id
 LIMIT :limit
   FOR UPDATE SKIP LOCKED;

-- name: reach_mark
-- returns: rows
-- A share of a case's term is gone.
-- unscoped: the caller holds it, for the system
UPDATE cases SET version = version + 1, reached = :reached, alarm_on = :alarm_on WHERE id = :id;

-- name: miss_deadline
-- returns: rows
-- The deadline of a case is missed: it goes to the level above, whoever works on it, where there is one.
-- unscoped: the caller holds it, for the system
UPDATE cases SET version = version + 1, handler = :handler, missed_due_on = due_on, alarm_on = NULL WHERE id = :id;

-- name: watch_case
-- returns: rows
-- An officer wants to see what becomes of a case.
-- unscoped: the caller has found it inside their scope
INSERT INTO case_watches (officer, case_id, since)
VALUES (:officer, :case, :now)
    ON CONFLICT ON CONSTRAINT case_watches_once DO NOTHING;

-- name: end_watch
-- returns: rows
-- An officer no longer watches a case.
-- unscoped: officers end their own watches alone
DELETE FROM case_watches WHERE officer = :officer AND case_id = :case;

-- name: list_queue
-- returns: CasePlace
-- Open cases of a jurisdiction, inside the scope, most urgent first.
SELECT cases.id, cases.rank
  FROM case_places
  JOIN cases ON cases.id = case_places.case_id
 WHERE case_places.prefix = :prefix
   AND case_places.is_open
   AND case_places.rank <= :rank
   AND (case_places.rank < :rank OR case_places.case_id > :after)
   AND (:status::text IS NULL OR cases.status = :status)
   AND (cases.handler LIKE ANY (:scope::text[]) OR cases.organization LIKE ANY (:scope::text[])
        OR cases.household_organization LIKE ANY (:scope::text[]))
   AND (:severity::text IS NULL OR cases.severity = :severity)
   AND (:investigator::text IS NULL OR cases.investigator = :investigator)
   AND (:overdue::boolean IS NULL OR coalesce(cases.due_on < :today::date, false) = :overdue)
   AND (:since::timestamptz IS NULL OR cases.opened_at >= :since)
   AND (:of_kind::text IS NULL
        OR EXISTS (SELECT FROM case_leads WHERE case_leads.case_id = cases.id AND :of_kind IN (rule, kind))
        OR EXISTS (SELECT FROM cases AS joined WHERE joined.merged_into = cases.id)
           AND EXISTS (SELECT FROM case_leads
                        WHERE case_leads.case_id IN (SELECT case_family(cases.id)) AND :of_kind IN (rule, kind)))
 ORDER BY case_places.rank DESC, case_places.case_id
 LIMIT :limit;

-- name: list_queue_of_severity
-- returns: CasePlace
-- Open cases of one severity of a jurisdiction, inside the scope, most urgent first.
SELECT cases.id, cases.rank
  FROM case_places
  JOIN cases ON cases.id = case_places.case_id
 WHERE case_places.prefix = :prefix
   AND case_places.is_open
   AND case_places.severity = :severity
   AND case_places.rank <= :rank
   AND (case_places.rank < :rank OR case_places.case_id > :after)
   AND (:status::text IS NULL OR cases.status = :status)
   AND (cases.handler LIKE ANY (:scope::text[]) OR cases.organization LIKE ANY (:scope::text[])
        OR cases.household_organization LIKE ANY (:scope::text[]))
   AND (:investigator::text IS NULL OR cases.investigator = :investigator)
   AND (:overdue::boolean IS NULL OR coalesce(cases.due_on < :today::date, false) = :overdue)
   AND (:since::timestamptz IS NULL OR cases.opened_at >= :since)
   AND (:of_kind::text IS NULL
        OR EXISTS (SELECT FROM case_leads WHERE case_leads.case_id = cases.id AND :of_kind IN (rule, kind))
        OR EXISTS (SELECT FROM cases AS joined WHERE joined.merged_into = cases.id)
           AND EXISTS (SELECT FROM case_leads
                        WHERE case_leads.case_id IN (SELECT case_family(cases.id)) AND :of_kind IN (rule, kind)))
 ORDER BY case_places.rank DESC, case_places.case_id
 LIMIT :limit;

-- name: list_worked_on
-- returns: CasePlace
-- Cases in a state that few are in at a time, inside the scope, most urgent first.
SELECT cases.id, cases.rank
  FROM cases
 WHERE cases.status = :status
   AND cases.status IN ('investigating', 'suspended', 'concluding', 'reopened')
   AND cases.rank <= :rank
   AND (cases.rank < :rank OR cases.id > :after)
   AND (cases.handler LIKE ANY (:scope::text[]) OR cases.organization LIKE ANY (:scope::text[])
        OR cases.household_organization LIKE ANY (:scope::text[]))
   AND (:severity::text IS NULL OR cases.severity = :severity)
   AND (:investigator::text IS NULL OR cases.investigator = :investigator)
   AND (:overdue::boolean IS NULL OR coalesce(cases.due_on < :today::date, false) = :overdue)
   AND (:since::timestamptz IS NULL OR cases.opened_at >= :since)
   AND (:of_kind::text IS NULL
        OR EXISTS (SELECT FROM case_leads WHERE case_leads.case_id = cases.id AND :of_kind IN (rule, kind))
        OR EXISTS (SELECT FROM cases AS joined WHERE joined.merged_into = cases.id)
           AND EXISTS (SELECT FROM case_leads
                        WHERE case_leads.case_id IN (SELECT case_family(cases.id)) AND :of_kind IN (rule, kind)))
   AND (:organization::text IS NULL
        OR EXISTS (SELECT FROM case_places
                    WHERE case_places.case_id = cases.id AND case_places.prefix = :organization))
 ORDER BY cases.rank DESC, cases.id
 LIMIT :limit;

-- name: list_ended
-- returns: CasePlace
-- Cases of a jurisdiction that are closed, or part of another, inside the scope, newest first.
SELECT cases.id, cases.rank
  FROM case_places
  JOIN cases ON cases.id = case_places.case_id
 WHERE case_places.prefix = :prefix
   AND NOT case_places.is_open
   AND case_places.case_id < :before
   AND cases.status = :status
   AND (cases.handler LIKE ANY (:scope::text[]) OR cases.organization LIKE ANY (:scope::text[])
        OR cases.household_organization LIKE ANY (:scope::text[]))
   AND (:severity::text IS NULL OR cases.severity = :severity)
   AND (:investigator::text IS NULL OR cases.investigator = :investigator)
   AND (:overdue::boolean IS NULL OR coalesce(cases.due_on < :today::date, false) = :overdue)
   AND (:since::timestamptz IS NULL OR cases.opened_at >= :since)
   AND (:of_kind::text IS NULL
        OR EXISTS (SELECT FROM case_leads WHERE case_leads.case_id = cases.id AND :of_kind IN (rule, kind))
        OR EXISTS (SELECT FROM cases AS joined WHERE joined.merged_into = cases.id)
           AND EXISTS (SELECT FROM case_leads
                        WHERE case_leads.case_id IN (SELECT case_family(cases.id)) AND :of_kind IN (rule, kind)))
 ORDER BY case_places.case_id DESC
 LIMIT :limit;

-- name: list_chosen
-- returns: CasePlace
-- Cases of a number (their own, or a certificate's), those that an officer watches, that lie with one, of a rare kind
-- of lead, or overdue, inside the scope, most urgent first.
WITH chosen (id) AS (
    SELECT cases.id FROM cases WHERE cases.number = :number
     UNION
    SELECT cases.id FROM cases WHERE cases.certificate_number = :number
     UNION
    SELECT case_leads.case_id FROM case_leads WHERE case_leads.certificate_number = :number
     UNION
    SELECT case_root(case_leads.case_id) FROM case_leads WHERE case_leads.certificate_number = :number
     UNION
    SELECT case_watches.case_id FROM case_watches WHERE case_watches.officer = :watcher
     UNION
    SELECT cases.id FROM cases WHERE cases.investigator = :holder
     UNION
    SELECT case_leads.case_id FROM case_leads WHERE case_leads.rule = :rare_kind
     UNION
    SELECT case_root(cases.id)
      FROM case_leads
      JOIN cases ON cases.id = case_leads.case_id AND cases.status = 'merged'
     WHERE case_leads.rule = :rare_kind
     UNION
    SELECT cases.id
      FROM cases
     WHERE cases.due_on < :due_before::date
       AND cases.status NOT IN ('closed', 'merged', 'suspended')
)
SELECT cases.id, cases.rank
  FROM chosen
 CROSS JOIN LATERAL (
       SELECT cases.id, cases.rank, cases.status, cases.handler, cases.organization, cases.household_organization,
              cases.severity, cases.investigator, cases.due_on, cases.opened_at
         FROM cases
        WHERE cases.id = chosen.id
       OFFSET 0) AS cases
 WHERE cases.rank <= :rank
   AND (cases.rank < :rank OR cases.id > :after)
   AND CASE WHEN :status::text IS NULL THEN :ended OR cases.status NOT IN ('closed', 'merged')
            ELSE cases.status = :status END
   AND (:watching::text IS NULL
        OR EXISTS (SELECT FROM case_watches
                    WHERE case_watches.officer = :watching AND case_watches.case_id = cases.id))
   AND (cases.handler LIKE ANY (:scope::text[]) OR cases.organization LIKE ANY (:scope::text[])
        OR cases.household_organization LIKE ANY (:scope::text[]))
   AND (:severity::text IS NULL OR cases.severity = :severity)
   AND (:investigator::text IS NULL OR cases.investigator = :investigator)
   AND (:overdue::boolean IS NULL OR coalesce(cases.due_on < :today::date, false) = :overdue)
   AND (:since::timestamptz IS NULL OR cases.opened_at >= :since)
   AND (:of_kind::text IS NULL
        OR EXISTS (SELECT FROM case_leads WHERE case_leads.case_id = cases.id AND :of_kind IN (rule, kind))
        OR EXISTS (SELECT FROM cases AS joined WHERE joined.merged_into = cases.id)
           AND EXISTS (SELECT FROM case_leads
                        WHERE case_leads.case_id IN (SELECT case_family(cases.id)) AND :of_kind IN (rule, kind)))
   AND (:organization::text IS NULL
        OR EXISTS (SELECT FROM case_places
                    WHERE case_places.case_id = cases.id AND case_places.prefix = :organization))
 ORDER BY cases.rank DESC, cases.id
 LIMIT :limit;

-- name: count_of_kind
-- returns: Counted
-- How many leads of a kind there are, up to a bound.
-- unscoped: tells only which index to read by
SELECT count(*) AS count
  FROM (SELECT FROM case_leads WHERE case_leads.rule = :of_kind LIMIT :limit) AS found;

-- name: count_overdue
-- returns: Counted
-- How many cases are overdue, up to a bound.
-- unscoped: tells only which index to read by
SELECT count(*) AS count
  FROM (SELECT FROM cases
         WHERE cases.due_on < :today AND cases.status NOT IN ('closed', 'merged', 'suspended')
         LIMIT :limit) AS found;

-- name: read_cases
-- returns: ListedRow
-- Cases inside the scope in the order asked for, with names of places and whether an officer watches them.
SELECT cases.id, cases.number, cases.version, cases.subject, cases.registration_id, cases.certificate_number,
       cases.child_birth_date, cases.organization, cases.household_organization, cases.handler, cases.status,
       cases.opened_at, cases.severity, cases.leads, cases.kinds, cases.points, cases.rank, cases.reached,
       cases.investigator, cases.lease_until, cases.suspended_until, cases.awaited, cases.allowed_days,
       cases.clock_from, cases.paused_days, cases.paused_on, cases.due_on, cases.proposed_outcome, cases.proposed_by,
       cases.proposed_at, cases.proposed_reason, cases.outcome, cases.confirmed_by, cases.closed_at,
       cases.merged_into, cases.split_from,
       coalesce(accepting.name, cases.organization) AS organization_name,
       coalesce(household.name, cases.household_organization) AS household_organization_name,
       coalesce(handling.name, cases.handler) AS handler_name,
       EXISTS (SELECT FROM case_watches WHERE case_watches.officer = :officer AND case_watches.case_id = cases.id)
           AS is_watched
  FROM unnest(:ids::uuid[]) WITH ORDINALITY AS asked (id, place)
  JOIN cases ON cases.id = asked.id
  LEFT JOIN organizations AS accepting ON accepting.code = cases.organization
  LEFT JOIN organizations AS household ON household.code = cases.household_organization
  LEFT JOIN organizations AS handling ON handling.code = cases.handler
 WHERE cases.handler LIKE ANY (:scope::text[])
    OR cases.organization LIKE ANY (:scope::text[])
    OR cases.household_organization LIKE ANY (:scope::text[])
 ORDER BY asked.place;

-- name: list_leads
-- returns: Lead
-- What made a case, and what was merged into it from inside the scope, suspicious; oldest first.
SELECT id, case_id, kind, source_id, rule, severity, registration_id, certificate_number, organization, sentence_zh,
       sentence_en, found_at
  FROM case_leads
 WHERE case_id IN (SELECT case_family_inside(:case, :scope::text[]))
 ORDER BY id
 LIMIT :limit;

-- name: list_absorbed
-- returns: CaseAbsorbed
-- Cases that are worked on as part of one; of those outside the scope no more is told than this.
SELECT id, number, status, organization,
       handler LIKE ANY (:scope::text[]) OR organization LIKE ANY (:scope::text[])
       OR household_organization LIKE ANY (:scope::text[]) AS is_inside
  FROM cases
 WHERE id IN (SELECT case_family(:case))
   AND id <> :case
 ORDER BY id;

-- name: list_entries
-- returns: TimelineEntry
-- The timeline of a case and of what was merged into it from inside the scope, oldest first.
SELECT seq, id, case_id, act, officer, organization, at, before, after, note, detail
  FROM case_entries
 WHERE case_id IN (SELECT case_family_inside(:case, :scope::text[]))
   AND seq > :after
 ORDER BY seq
 LIMIT :limit;
