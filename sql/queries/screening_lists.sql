-- name: list_rows
-- returns: ListedKey
-- The rows of one list in their order, after a given place; of divisions those whose code begins as asked.
-- unscoped: the same lists hold everywhere
WITH listed AS (
    SELECT letter AS key, letter AS place, false AS has_ended
      FROM certificate_letters
     WHERE :list_name::text = 'letters'
     UNION ALL
    SELECT edition::text, lpad(edition::text, 2, '0'), coalesce(last_day < :today::date, false)
      FROM certificate_editions
     WHERE :list_name = 'editions'
     UNION ALL
    SELECT code, code, false
      FROM provinces
     WHERE :list_name = 'provinces'
     UNION ALL
    SELECT concat_ws(' ', code, valid_from), concat_ws(' ', code, valid_from), coalesce(valid_to < :today::date, false)
      FROM divisions
     WHERE :list_name = 'divisions'
     UNION ALL
    SELECT id::text, id::text, ended_at IS NOT NULL
      FROM watched_issuers
     WHERE :list_name = 'watched_issuers'
),
page AS (
    SELECT key, place COLLATE "C" AS place
      FROM listed
     WHERE place COLLATE "C" > :after
       AND starts_with(key, :prefix)
       AND (:ended::boolean IS NULL OR has_ended = :ended)
     ORDER BY place COLLATE "C"
     LIMIT :limit
)
SELECT key, place, listed_row(:list_name, key) AS listed
  FROM page
 ORDER BY place;

-- name: find_row
-- returns: FoundRow
-- A row of a list as it stands; null where there is none.
-- unscoped: the same lists hold everywhere
SELECT listed_row(:list_name, :key) AS listed;

-- name: list_editions_beside
-- returns: EditionBegin
-- When the other editions of the paper begin.
-- unscoped: reference table
SELECT edition, first_day
  FROM certificate_editions
 WHERE edition <> :edition
 ORDER BY edition;

-- name: list_history
-- returns: PastChange
-- What became of a list, or of one of its rows, newest first: who proposed it and who approved it, and why.
-- unscoped: the same lists hold everywhere
SELECT history.id, history.list_name, history.key, history.before, history.after, history.change_id,
       changes.reason, changes.document_number, history.proposed_by, history.approved_by, history.written_by,
       history.changed_at
  FROM list_history AS history
  LEFT JOIN list_changes AS changes ON changes.id = history.change_id
 WHERE history.list_name = :list_name
   AND (:key::text IS NULL OR history.key = :key)
   AND history.id < :before
 ORDER BY history.id DESC
 LIMIT :limit;

-- name: lock_lists
-- returns: rows
-- Let nobody else propose or decide a change of a list until this transaction ends.
-- unscoped: the same lists hold everywhere
SELECT pg_advisory_xact_lock(hashtextextended('reference_lists', 0));

-- name: insert_change
-- returns: ListChange
-- What an officer wants changed waits for a second person; no row when another change of the same row waits already.
-- unscoped: it is written in the officer's own name
INSERT INTO list_changes (id, list_name, key, act, before, after, reason, document_number, organization, proposed_by,
                          proposed_at)
VALUES (:id, :list_name, :key, :act, listed_row(:list_name, :key), :after, :reason, :document_number, :organization,
        :proposed_by, :now)
    ON CONFLICT (list_name, key) WHERE status = 'proposed' DO NOTHING
RETURNING id, version, list_name, key, act, status, before, after, reason, document_number, organization, proposed_by,
          proposed_at, decided_by, decided_at, decision_reason;

-- name: find_change
-- returns: ListChange
-- One change of a list that was proposed inside the scope.
SELECT id, version, list_name, key, act, status, before, after, reason, document_number, organization, proposed_by,
       proposed_at, decided_by, decided_at, decision_reason
  FROM list_changes
 WHERE id = :id
   AND list_name = :list_name
   AND organization LIKE ANY (:scope::text[]);

-- name: list_changes
-- returns: ListChange
-- The changes of a list that were proposed inside the scope, newest first.
SELECT id, version, list_name, key, act, status, before, after, reason, document_number, organization, proposed_by,
       proposed_at, decided_by, decided_at, decision_reason
  FROM list_changes
 WHERE list_name = :list_name
   AND organization LIKE ANY (:scope::text[])
   AND (:status::text IS NULL OR status = :status)
   AND id < :before
 ORDER BY id DESC
 LIMIT :limit;

-- name: decide_change
-- returns: rows
-- A change is approved, which carries it out, refused or withdrawn.
-- unscoped: who decides found the change inside the scope
UPDATE list_changes
   SET status = :status, version = version + 1, decided_by = :officer, decided_at = :now, decision_reason = :reason
 WHERE id = :id
   AND status = 'proposed';

-- name: begin_collection
-- returns: rows
-- A collection of divisions is read once.
-- unscoped: the same lists hold everywhere
INSERT INTO division_collections (digest)
VALUES (:digest)
    ON CONFLICT DO NOTHING;

-- name: load_divisions
-- returns: rows
-- Divisions as their collection gives them; what administrators changed stays as they left it.
-- unscoped: the same lists hold everywhere
INSERT INTO divisions AS known (code, name, valid_from, valid_to, successors)
SELECT code, name, valid_from, valid_to, string_to_array(successors, ' ')
  FROM unnest(:codes::text[], :names::text[], :begins::date[], :ends::date[], :successors::text[])
    AS given (code, name, valid_from, valid_to, successors)
    ON CONFLICT ON CONSTRAINT divisions_once DO UPDATE
   SET name = excluded.name, valid_to = excluded.valid_to, successors = excluded.successors
 WHERE (known.name, known.valid_to, known.successors)
       IS DISTINCT FROM (excluded.name, excluded.valid_to, excluded.successors)
   AND NOT EXISTS (SELECT FROM list_history
                    WHERE list_name = 'divisions'
                      AND key = concat_ws(' ', known.code, known.valid_from)
                      AND change_id IS NOT NULL);
