-- name: find_entry
-- returns: Entry
-- One entry of an organisation inside the scope.
SELECT entries.id, entries.first, entries.last, entries.count, entries.reason, entries.document_number,
       entries.event_date, entries.institution, entries.note, entries.organization,
       organizations.name AS organization_name, entries.listed_at, entries.listed_by, entries.lifted_at,
       CASE WHEN entries.lifted_at IS NULL THEN 'in_force' ELSE 'lifted' END AS status
  FROM blacklist_entries AS entries
  JOIN organizations ON organizations.code = entries.organization
 WHERE entries.id = :id
   AND entries.organization LIKE ANY (:scope::text[]);

-- name: find_entry_seen
-- returns: EntrySeen
-- As much of one entry as a verdict tells.
-- unscoped: an entry works in the whole country, and whoever it stops may know by whom and why
SELECT entries.id, entries.reason, entries.document_number, entries.organization,
       organizations.name AS organization_name, entries.listed_at, entries.lifted_at,
       CASE WHEN entries.lifted_at IS NULL THEN 'in_force' ELSE 'lifted' END AS status
  FROM blacklist_entries AS entries
  JOIN organizations ON organizations.code = entries.organization
 WHERE entries.id = :id;

-- name: list_entries
-- returns: Entry
-- The entries of organisations inside the scope as they stood at a moment, newest first.
SELECT entries.id, entries.first, entries.last, entries.count, entries.reason, entries.document_number,
       entries.event_date, entries.institution, entries.note, entries.organization,
       organizations.name AS organization_name, entries.listed_at, entries.listed_by, entries.lifted_at,
       CASE WHEN entries.lifted_at IS NULL OR entries.lifted_at > :as_of THEN 'in_force' ELSE 'lifted' END AS status
  FROM blacklist_entries AS entries
  JOIN organizations ON organizations.code = entries.organization
 WHERE entries.organization LIKE ANY (:scope::text[])
   AND entries.listed_at <= :as_of
   AND (:status::text IS NULL
        OR (:status::text = 'in_force') = (entries.lifted_at IS NULL OR entries.lifted_at > :as_of))
   AND entries.id < :before
 ORDER BY entries.id DESC
 LIMIT :limit;

-- name: list_entries_of_number
-- returns: Entry
-- Every entry, in force or lifted, that ever held one number, newest first.
-- unscoped: a number's entries are known in the whole country; the service narrows what is shown
-- A range holds at most ten million numbers, so none that begins further below can hold this one.
WITH holding AS (
    SELECT id
      FROM blacklist_entries
     WHERE first <= :number
       AND first >= certificate_number(greatest(certificate_ordinal(:number) - 9999999, 0))
       AND last >= :number
)
SELECT entries.id, entries.first, entries.last, entries.count, entries.reason, entries.document_number,
       entries.event_date, entries.institution, entries.note, entries.organization,
       organizations.name AS organization_name, entries.listed_at, entries.listed_by, entries.lifted_at,
       CASE WHEN entries.lifted_at IS NULL OR entries.lifted_at > :as_of THEN 'in_force' ELSE 'lifted' END AS status
  FROM holding
  JOIN blacklist_entries AS entries USING (id)
  JOIN organizations ON organizations.code = entries.organization
 WHERE entries.listed_at <= :as_of
   AND (:status::text IS NULL
        OR (:status::text = 'in_force') = (entries.lifted_at IS NULL OR entries.lifted_at > :as_of))
 ORDER BY entries.id DESC
 LIMIT :limit;

-- name: read_version
-- returns: ListVersion
-- The version of the list.
-- unscoped: one list for the country
SELECT version
  FROM blacklist_state;
