-- An objection that was received by mistake is taken back where it was received; it blocks the family's own no more.

ALTER TABLE blacklist_objections DROP CONSTRAINT blacklist_objections_status_is_known;
ALTER TABLE blacklist_objections ADD CONSTRAINT blacklist_objections_status_is_known
    CHECK (status IN ('received', 'upheld', 'rejected', 'withdrawn'));
-- Who decides is another than who listed the number; who takes back only says that it was received by mistake.
ALTER TABLE blacklist_objections DROP CONSTRAINT blacklist_objections_decided_by_another;
ALTER TABLE blacklist_objections ADD CONSTRAINT blacklist_objections_decided_by_another
    CHECK (status = 'withdrawn' OR decided_by <> entry_listed_by);
ALTER TABLE blacklist_objections ADD CONSTRAINT blacklist_objections_withdrawn_where_received
    CHECK (status <> 'withdrawn' OR decided_by_organization = received_by_organization);

-- What remains of an entry that was lifted in part goes on telling when its numbers were first listed; the books say
-- (`blacklist_versions`) since when they speak of the part.
ALTER TABLE blacklist_entries ADD COLUMN first_listed_at timestamptz;
ALTER TABLE blacklist_entries ADD CONSTRAINT blacklist_entries_first_listed_before CHECK (first_listed_at <= listed_at);
COMMENT ON COLUMN blacklist_entries.first_listed_at IS 'of a part: when the whole was listed; null: listed_at';

ALTER TABLE blacklist_entries DISABLE TRIGGER USER;
WITH RECURSIVE told AS (
    SELECT parts.id, coalesce(wholes.first_listed_at, wholes.listed_at) AS first_listed_at
      FROM blacklist_entries AS wholes
      JOIN blacklist_entries AS parts ON parts.split_from = wholes.id
     WHERE wholes.split_from IS NULL
     UNION ALL
    SELECT parts.id, told.first_listed_at
      FROM told
      JOIN blacklist_entries AS parts ON parts.split_from = told.id
)
UPDATE blacklist_entries AS entries
   SET first_listed_at = told.first_listed_at
  FROM told
 WHERE entries.id = told.id;
ALTER TABLE blacklist_entries ENABLE TRIGGER USER;
