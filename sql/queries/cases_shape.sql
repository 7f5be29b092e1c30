-- name: insert_link
-- returns: rows
-- Link two cases; nothing where they are linked already.
-- unscoped: the caller holds both cases, inside their scope
INSERT INTO case_links (low, high, reason, linked_by, linked_at)
VALUES (least(:one::uuid, :other::uuid), greatest(:one::uuid, :other::uuid), :reason, :officer, :now)
    ON CONFLICT ON CONSTRAINT case_links_once DO NOTHING;

-- name: delete_link
-- returns: rows
-- Part two linked cases again.
-- unscoped: the caller holds both cases, inside their scope
DELETE FROM case_links
 WHERE low = least(:one::uuid, :other::uuid)
   AND high = greatest(:one::uuid, :other::uuid);

-- name: touch_cases
-- returns: rows
-- Cases have changed.
-- unscoped: the caller holds them, inside their scope
UPDATE cases
   SET version = version + 1
 WHERE id = ANY (:cases::uuid[]);

-- name: list_links
-- returns: CaseLink
-- The cases inside the scope that one case, or what was merged into it, is linked to.
SELECT DISTINCT ON (cases.id) links.own AS case_id, cases.id, cases.number, cases.status, cases.organization, links.reason, links.linked_by,
       links.linked_at
  FROM (SELECT low AS own, high AS other, reason, linked_by, linked_at
          FROM case_links
         WHERE low IN (SELECT case_family(:case))
         UNION ALL
        SELECT high, low, reason, linked_by, linked_at
          FROM case_links
         WHERE high IN (SELECT case_family(:case))) AS links
  JOIN cases ON cases.id = links.other
 WHERE (cases.handler LIKE ANY (:scope::text[]) OR cases.organization LIKE ANY (:scope::text[])
        OR cases.household_organization LIKE ANY (:scope::text[]))
   AND cases.id > :after
 ORDER BY cases.id, links.own
 LIMIT :limit::int;

-- name: merge_case
-- returns: rows
-- Let a case go on as part of another.
-- unscoped: the caller holds both cases, inside their scope
UPDATE cases
   SET version = version + 1, status = 'merged', merged_into = :into, investigator = NULL, lease_until = NULL,
       suspended_until = NULL, awaited = NULL, paused_days = paused_days + :paused::int, paused_on = NULL,
       due_on = CASE WHEN :paused::int = 0 THEN due_on END
 WHERE id = :case;

-- name: unmerge_case
-- returns: rows
-- Let a case go on by itself again.
-- unscoped: the caller holds it, inside their scope
UPDATE cases
   SET version = version + 1, status = 'waiting', merged_into = NULL
 WHERE id = :case;

-- name: find_root
-- returns: CaseId
-- The case that a merged one is worked on in.
-- unscoped: the caller holds the merged case, and looks at the other's scope next
SELECT case_root(:case) AS id;

-- name: weigh_cases
-- returns: rows
-- Reckon anew what is read of the leads of some cases, and of what they are merged into.
-- unscoped: the caller holds the cases
SELECT weigh_cases(:cases::uuid[]);

-- name: list_moving_leads
-- returns: MovingLead
-- Some leads of one case, with whom each is about as the books stand now, and how many leads would stay.
-- unscoped: the caller holds the case, inside their scope
SELECT moving.id, moving.kind, moving.rule, moving.source_id, moving.organization, moving.certificate_number,
       moving.found_at, subjects.subject, subjects.registration_id, subjects.child_birth_date,
       coalesce(facts.household_organization, moving.organization) AS household_organization,
       (SELECT count(*) FROM case_leads WHERE case_id = :case AND NOT id = ANY (:leads::uuid[])) AS staying
  FROM (SELECT id, kind, rule, source_id, organization, certificate_number, found_at,
               row_number() OVER (ORDER BY id) AS place
          FROM case_leads
         WHERE case_id = :case
           AND id = ANY (:leads::uuid[])) AS moving
  JOIN case_subjects((
           SELECT array_agg((kind, source_id, rule, severity,
                             CASE WHEN kind IN ('attempt', 'shopping') AND certificate_number IS NOT NULL
                                  THEN NULL ELSE registration_id END,
                             certificate_number, organization, NULL, sentence_zh, sentence_en)::lead ORDER BY id)
             FROM case_leads
            WHERE case_id = :case
              AND id = ANY (:leads::uuid[]))) AS subjects ON subjects.place = moving.place
  LEFT JOIN screening_facts AS facts ON facts.registration_id = subjects.registration_id
 ORDER BY moving.id;

-- name: find_open_case
-- returns: OpenCase
-- The open case of a child or number, and whether it lies inside the scope.
SELECT id, subject,
       handler LIKE ANY (:scope::text[]) OR organization LIKE ANY (:scope::text[])
       OR household_organization LIKE ANY (:scope::text[]) AS is_inside
  FROM cases
 WHERE subject = :subject
   AND status <> 'closed';

-- name: insert_split_case
-- returns: OpenedCase
-- Open a case for leads that leave another: in the same queue, as old as the oldest of them, its term running as the
-- other's does; no row where the child or number has an open case meanwhile.
-- unscoped: the caller holds the case that they leave, inside their scope
INSERT INTO cases (id, number, subject, registration_id, certificate_number, child_birth_date, organization,
                   household_organization, handler, status, opened_at, severity, leads, kinds, allowed_days,
                   clock_from, paused_days, split_from)
SELECT :id, new_case_number(:organization, :now), :subject, :registration_id, :certificate_number, :child_birth_date,
       :organization, :household_organization, parted.handler, 'waiting', :opened_at, 'low', 0, 0, term_of('low'),
       parted.clock_from, parted.paused_days, parted.id
  FROM cases AS parted
 WHERE parted.id = :case
    ON CONFLICT (subject) WHERE status <> 'closed' DO NOTHING
RETURNING id, number;

-- name: move_leads
-- returns: rows
-- Take leads from one case to another.
-- unscoped: the caller holds both cases
UPDATE case_leads
   SET case_id = :into
 WHERE case_id = :case
   AND id = ANY (:leads::uuid[]);

-- name: list_family
-- returns: CaseId
-- A case and all that was merged into it.
-- unscoped: what lies outside is counted, not shown
SELECT family.id
  FROM case_family(:case) AS family (id);

-- name: list_ties
-- returns: RelatedRow
-- What some cases have in common with others. The latest of those that share a thing stand for all of them; an
-- officer who enters children every day ties those of a few days together, not more.
-- unscoped: what lies outside is counted, not shown
WITH own_leads AS (
    SELECT DISTINCT sources.id AS case_id, leads.registration_id, leads.certificate_number
      FROM unnest(:cases::uuid[]) AS sources (id)
     CROSS JOIN LATERAL (
           SELECT registration_id, certificate_number
             FROM case_leads
            WHERE case_id = sources.id
            ORDER BY id DESC
            LIMIT 50) AS leads
),
marks AS (
    SELECT DISTINCT own_leads.case_id, case_marks.kind, case_marks.value,
           CASE WHEN case_marks.kind = 'clerk' THEN case_marks.entered_at END AS around
      FROM own_leads
      JOIN case_marks ON case_marks.registration_id = own_leads.registration_id
),
by_mark AS (
    SELECT marks.case_id AS source, leads.case_id AS target, marks.kind, NULL::int AS distance, sharing.is_cut
      FROM marks
     CROSS JOIN LATERAL (
           SELECT latest.registration_id, count(*) OVER () > :most::int AS is_cut
             FROM (SELECT registration_id
                     FROM case_marks
                    WHERE kind = marks.kind
                      AND value = marks.value
                      AND entered_at >= coalesce(marks.around - :days::int * interval '1 day', '-infinity')
                      AND entered_at <= coalesce(marks.around + :days::int * interval '1 day', 'infinity')
                    ORDER BY entered_at DESC
                    LIMIT :most::int + 1) AS latest) AS sharing
     CROSS JOIN LATERAL (
           SELECT case_id
             FROM case_leads
            WHERE registration_id = sharing.registration_id
            LIMIT 50) AS leads
),
numbers AS (
    SELECT DISTINCT case_id, certificate_number, number_beside(certificate_number, - :apart::int) AS first,
           number_beside(certificate_number, :apart::int) AS last
      FROM own_leads
     WHERE certificate_number IS NOT NULL
),
by_number AS (
    SELECT numbers.case_id AS source, near.case_id AS target,
           CASE WHEN near.certificate_number = numbers.certificate_number THEN 'same_number' ELSE 'serial_run' END
             AS kind,
           abs(substr(near.certificate_number, 2)::int - substr(numbers.certificate_number, 2)::int) AS distance,
           near.is_cut
      FROM numbers
     CROSS JOIN LATERAL (
           SELECT DISTINCT found.case_id, found.certificate_number, found.is_cut
             FROM (SELECT case_id, certificate_number, count(*) OVER () = 200 AS is_cut
                     FROM (SELECT case_id, certificate_number
                             FROM case_leads
                            WHERE certificate_number BETWEEN numbers.first AND numbers.last
                            LIMIT 200) AS close_by) AS found) AS near
     WHERE near.case_id <> numbers.case_id
       AND (near.certificate_number = numbers.certificate_number
            OR issuer_of(near.certificate_number) = issuer_of(numbers.certificate_number))
),
by_officers AS (
    SELECT low AS source, high AS target, 'link' AS kind FROM case_links WHERE low = ANY (:cases::uuid[])
     UNION ALL
    SELECT high, low, 'link' FROM case_links WHERE high = ANY (:cases::uuid[])
     UNION ALL
    SELECT id, merged_into, 'merge' FROM cases WHERE id = ANY (:cases::uuid[]) AND merged_into IS NOT NULL
     UNION ALL
    SELECT merged_into, id, 'merge' FROM cases WHERE merged_into = ANY (:cases::uuid[])
     UNION ALL
    SELECT id, split_from, 'split' FROM cases WHERE id = ANY (:cases::uuid[]) AND split_from IS NOT NULL
     UNION ALL
    SELECT split_from, id, 'split' FROM cases WHERE split_from = ANY (:cases::uuid[])
)
SELECT source, target, kind, min(distance) AS distance, bool_or(is_cut) AS is_cut
  FROM (SELECT source, target, kind, distance, is_cut FROM by_mark
         UNION ALL
        SELECT source, target, kind, distance, is_cut FROM by_number
         UNION ALL
        SELECT source, target, kind, NULL, false FROM by_officers) AS ties
 WHERE source <> target
 GROUP BY source, target, kind
 ORDER BY source, target, kind;

-- name: list_nodes
-- returns: NodeRow
-- Some cases as a graph shows them, and whether they lie inside the scope.
SELECT id, number, certificate_number, status, severity, organization, opened_at, merged_into, split_from,
       handler LIKE ANY (:scope::text[]) OR organization LIKE ANY (:scope::text[])
       OR household_organization LIKE ANY (:scope::text[]) AS is_inside
  FROM cases
 WHERE id = ANY (:cases::uuid[])
 ORDER BY id;
