-- name: find_entry
-- returns: Entry
-- One entry of an organisation inside the scope, as it stands.
SELECT entries.id, entries.version, entries.first, entries.last, entries.count, entries.reason,
       entries.document_number, entries.event_date, entries.institution, entries.note, entries.organization,
       organizations.name AS organization_name, coalesce(entries.first_listed_at, entries.listed_at) AS listed_at,
       entries.listed_by, entries.lapses_at,
       coalesce(entries.lifted_at, CASE WHEN entries.lapses_at <= :now THEN entries.lapses_at END) AS lifted_at,
       entries.split_from, entries.replaces, entries.proposal_id, entries.lift_proposal_id,
       CASE WHEN coalesce(entries.lifted_at, entries.lapses_at, 'infinity') > :now THEN 'in_force'
            WHEN entries.lapses_at IS NULL THEN 'lifted'
            ELSE 'lapsed' END AS status
  FROM blacklist_entries AS entries
  JOIN organizations ON organizations.code = entries.organization
 WHERE entries.id = :id
   AND entries.organization LIKE ANY (:scope::text[]);

-- name: find_entry_seen
-- returns: EntrySeen
-- As much of one entry as a verdict tells.
-- unscoped: an entry works in the whole country, and whoever it stops may know by whom and why
SELECT entries.id, entries.reason, entries.document_number, entries.organization,
       organizations.name AS organization_name, coalesce(entries.first_listed_at, entries.listed_at) AS listed_at, entries.lapses_at,
       coalesce(entries.lifted_at, CASE WHEN entries.lapses_at <= :now THEN entries.lapses_at END) AS lifted_at,
       CASE WHEN coalesce(entries.lifted_at, entries.lapses_at, 'infinity') > :now THEN 'in_force'
            WHEN entries.lapses_at IS NULL THEN 'lifted'
            ELSE 'lapsed' END AS status
  FROM blacklist_entries AS entries
  JOIN organizations ON organizations.code = entries.organization
 WHERE entries.id = :id;

-- name: list_entries
-- returns: Entry
-- The entries of organisations inside the scope as they stood at a moment, as the books of a moment had it, newest first.
SELECT entries.id, entries.version, entries.first, entries.last, entries.count, entries.reason,
       entries.document_number, entries.event_date, entries.institution, entries.note, entries.organization,
       organizations.name AS organization_name, coalesce(entries.first_listed_at, entries.listed_at) AS listed_at,
       entries.listed_by,
       CASE WHEN said.held THEN coalesce(entries.lapses_at, entries.listed_at + interval '24 hours') END AS lapses_at,
       CASE WHEN said.valid_to <= :as_of OR NOT said.held THEN said.valid_to END AS lifted_at,
       entries.split_from, entries.replaces, entries.proposal_id,
       CASE WHEN said.valid_to IS NOT NULL AND NOT said.held THEN entries.lift_proposal_id END AS lift_proposal_id,
       CASE WHEN coalesce(said.valid_to, 'infinity') > :as_of THEN 'in_force'
            WHEN said.held THEN 'lapsed'
            ELSE 'lifted' END AS status
  FROM blacklist_entries AS entries
  JOIN organizations ON organizations.code = entries.organization
 CROSS JOIN LATERAL (
       SELECT versions.held, versions.valid_from, versions.valid_to
         FROM blacklist_versions AS versions
         LEFT JOIN blacklist_changes AS changes ON changes.id = versions.change_id
        WHERE versions.entry_id = entries.id
          AND greatest(versions.known_from, changes.known_since) <= :known_at
        ORDER BY versions.id DESC
        LIMIT 1
       ) AS said
 WHERE entries.organization LIKE ANY (:scope::text[])
   AND said.valid_from <= :as_of
   AND (:status::text IS NULL
        OR :status::text = CASE WHEN coalesce(said.valid_to, 'infinity') > :as_of THEN 'in_force'
                                WHEN said.held THEN 'lapsed'
                                ELSE 'lifted' END)
   AND entries.id < :before
 ORDER BY entries.id DESC
 LIMIT :limit;

-- name: list_entries_of_number
-- returns: Entry
-- Every entry that held one number, as it stood at a moment, as the books of a moment had it, newest first.
-- unscoped: a number's entries are known in the whole country; the service narrows what is shown
-- Single numbers by themselves, ranges in force by their block, ranges that have ended by a range index: none of it
-- reads entries of other numbers. A hold whose end nobody recorded yet still has its blocks.
WITH holding AS (
    SELECT id
      FROM blacklist_entries
     WHERE first = :number
       AND first = last
     UNION ALL
    SELECT entry_id
      FROM blacklist_blocks
     WHERE block = left(:number, 7)
       AND first <= :number
       AND last >= :number
     UNION ALL
    SELECT id
      FROM blacklist_entries
     WHERE int8range(certificate_ordinal(first), certificate_ordinal(last), '[]') @> certificate_ordinal(:number)
       AND first <> last
       AND lifted_at IS NOT NULL
)
SELECT entries.id, entries.version, entries.first, entries.last, entries.count, entries.reason,
       entries.document_number, entries.event_date, entries.institution, entries.note, entries.organization,
       organizations.name AS organization_name, coalesce(entries.first_listed_at, entries.listed_at) AS listed_at,
       entries.listed_by,
       CASE WHEN said.held THEN coalesce(entries.lapses_at, entries.listed_at + interval '24 hours') END AS lapses_at,
       CASE WHEN said.valid_to <= :as_of OR NOT said.held THEN said.valid_to END AS lifted_at,
       entries.split_from, entries.replaces, entries.proposal_id,
       CASE WHEN said.valid_to IS NOT NULL AND NOT said.held THEN entries.lift_proposal_id END AS lift_proposal_id,
       CASE WHEN coalesce(said.valid_to, 'infinity') > :as_of THEN 'in_force'
            WHEN said.held THEN 'lapsed'
            ELSE 'lifted' END AS status
  FROM holding
  JOIN blacklist_entries AS entries USING (id)
  JOIN organizations ON organizations.code = entries.organization
 CROSS JOIN LATERAL (
       SELECT versions.held, versions.valid_from, versions.valid_to
         FROM blacklist_versions AS versions
         LEFT JOIN blacklist_changes AS changes ON changes.id = versions.change_id
        WHERE versions.entry_id = entries.id
          AND greatest(versions.known_from, changes.known_since) <= :known_at
        ORDER BY versions.id DESC
        LIMIT 1
       ) AS said
 WHERE said.valid_from <= :as_of
   AND (:status::text IS NULL
        OR :status::text = CASE WHEN coalesce(said.valid_to, 'infinity') > :as_of THEN 'in_force'
                                WHEN said.held THEN 'lapsed'
                                ELSE 'lifted' END)
 ORDER BY entries.id DESC
 LIMIT :limit;

-- name: find_maintainer_now
-- returns: Maintainer
-- Who maintains an entry that holds one number at this very moment, by the clock of the books.
-- unscoped: an entry works in the whole country
-- What was committed before this statement began is seen, whenever the transaction that asks began.
(SELECT entries.organization
   FROM blacklist_entries AS entries
  WHERE entries.first = :number
    AND entries.first = entries.last
    AND entries.lifted_at IS NULL
    AND (entries.lapses_at IS NULL OR entries.lapses_at > clock_timestamp())
  LIMIT 1)
 UNION ALL
(SELECT entries.organization
   FROM blacklist_blocks AS blocks
   JOIN blacklist_entries AS entries ON entries.id = blocks.entry_id
  WHERE blocks.block = left(:number, 7)
    AND blocks.first <= :number
    AND blocks.last >= :number
    AND entries.lifted_at IS NULL
    AND (entries.lapses_at IS NULL OR entries.lapses_at > clock_timestamp())
  LIMIT 1)
  LIMIT 1;

-- name: list_versions
-- returns: EntryVersion
-- What the books said of one entry, one saying after the other.
-- unscoped: asked for an entry that was found inside the scope
-- What a long change said was known when it was done, and ended then what had been said before.
SELECT versions.held, versions.valid_from, versions.valid_to,
       greatest(versions.known_from, changes.known_since) AS known_from,
       lead(greatest(versions.known_from, changes.known_since)) OVER (ORDER BY versions.id) AS known_to
  FROM blacklist_versions AS versions
  LEFT JOIN blacklist_changes AS changes ON changes.id = versions.change_id
 WHERE versions.entry_id = :entry
 ORDER BY versions.id;

-- name: read_version
-- returns: ListVersion
-- The version of the list.
-- unscoped: one list for the country
SELECT version
  FROM blacklist_state;
