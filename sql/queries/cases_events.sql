-- name: read_position
-- returns: PositionRow
-- What can be seen at this moment: everything that is committed, and nothing that isn't.
-- unscoped: a moment shows no row
SELECT pg_current_snapshot()::text AS snapshot, system_identifier::text AS system, trail_base() AS base
  FROM pg_control_system();

-- name: list_between
-- returns: EventRow
-- What came to be seen between two moments, oldest first; where it is more than the limit, any of it.
-- unscoped: one reading serves all who listen in this process, each of whom is told what lies in their scope
SELECT entries.seq, entries.id AS entry_id, entries.case_id, cases.number, entries.act, entries.before, entries.after,
       cases.handler, cases.organization, cases.household_organization, entries.at
  FROM (SELECT seq, id, case_id, act, before, after, at
          FROM case_entries
         WHERE xid >= :first::bigint
           AND xid < :next::bigint
           AND NOT pg_visible_in_snapshot(greatest(xid - :base::bigint, 3)::text::xid8, :since::text::pg_snapshot)
           AND pg_visible_in_snapshot(greatest(xid - :base::bigint, 3)::text::xid8, :until::text::pg_snapshot)
           AND seq > :after::bigint
         ORDER BY xid, seq
         LIMIT :limit) AS entries
  JOIN cases ON cases.id = entries.case_id
 ORDER BY entries.seq;
