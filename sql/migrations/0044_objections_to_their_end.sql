-- What a family hears of its objection is what became of its number; and a corrected entry goes on telling since when
-- its numbers are void.

-- Nothing remains to be decided where the contested entry ended by itself or by others: the objection is settled.
ALTER TABLE blacklist_objections DROP CONSTRAINT blacklist_objections_status_is_known;
ALTER TABLE blacklist_objections ADD CONSTRAINT blacklist_objections_status_is_known
    CHECK (status IN ('received', 'upheld', 'rejected', 'withdrawn', 'settled'));

-- Upheld, it waits for the second person; where they refuse the lift, it is to be decided anew.
CREATE OR REPLACE FUNCTION blacklist_objections_are_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> OLD.version + 1
       OR NOT (OLD.status = 'received' OR (OLD.status = 'upheld' AND NEW.status = 'received')) THEN
        RAISE EXCEPTION 'objection % is % already, in version %', OLD.id, OLD.status, OLD.version;
    END IF;
    RETURN NEW;
END
$$;
-- One objection to a listing is open at a time, which is more than an entry: who receives one asks under a lock.
DROP INDEX blacklist_objections_one_open;
UPDATE blacklist_objections AS objections
   SET status = 'received', version = objections.version + 1, decided_by = NULL, decided_by_organization = NULL,
       decided_at = NULL, decision_reason = NULL, proposal_id = NULL
  FROM blacklist_proposals AS proposals
 WHERE proposals.id = objections.proposal_id
   AND objections.status = 'upheld'
   AND proposals.status IN ('refused', 'withdrawn');

-- The entries by which a listing holds a number, or held it: the entry, what a hold became when it was approved too late,
-- what remains of it after a part was lifted, what took its place.
CREATE FUNCTION entries_of_listing(entry uuid, number text) RETURNS TABLE (
    id uuid, listed_at timestamptz, lifted_at timestamptz, lapses_at timestamptz, proposal_id uuid)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE pieces AS (
        (SELECT entries.id, entries.listed_at, entries.lifted_at, entries.lapses_at, entries.proposal_id
           FROM blacklist_entries AS entries
          WHERE entries.id = entry
          UNION ALL
         SELECT later.id, later.listed_at, later.lifted_at, later.lapses_at, later.proposal_id
           FROM blacklist_entries AS held
           JOIN blacklist_entries AS later ON later.proposal_id = held.proposal_id AND later.id <> held.id
          WHERE held.id = entry)
          UNION ALL
        SELECT later.id, later.listed_at, later.lifted_at, later.lapses_at, later.proposal_id
          FROM pieces
          JOIN blacklist_entries AS later ON coalesce(later.split_from, later.replaces) = pieces.id
         WHERE later.first <= number
           AND later.last >= number
    )
    SELECT pieces.id, pieces.listed_at, pieces.lifted_at, pieces.lapses_at, pieces.proposal_id FROM pieces
$$;

-- An entry that took the place of another, by a batch or by its undo, tells when that was listed; so do their parts.
COMMENT ON COLUMN blacklist_entries.first_listed_at
     IS 'of a part, or of what took the place of an entry: when that was listed; null: listed_at';
ALTER TABLE blacklist_entries DISABLE TRIGGER USER;
WITH RECURSIVE told AS (
    SELECT later.id, coalesce(former.first_listed_at, former.listed_at) AS first_listed_at
      FROM blacklist_entries AS later
      JOIN blacklist_entries AS former ON former.id = coalesce(later.split_from, later.replaces)
     WHERE coalesce(later.split_from, later.replaces) IS NOT NULL
       AND coalesce(former.split_from, former.replaces) IS NULL
     UNION ALL
    SELECT later.id, told.first_listed_at
      FROM told
      JOIN blacklist_entries AS later ON coalesce(later.split_from, later.replaces) = told.id
)
UPDATE blacklist_entries AS entries
   SET first_listed_at = told.first_listed_at
  FROM told
 WHERE entries.id = told.id
   AND entries.first_listed_at IS DISTINCT FROM told.first_listed_at;
ALTER TABLE blacklist_entries ENABLE TRIGGER USER;

-- Which other row of its file a row overlaps: one of them, where there are several.
ALTER TABLE blacklist_batch_rows ADD COLUMN overlaps_line bigint;
GRANT UPDATE (overlaps_line) ON blacklist_batch_rows TO birthreg_service;

-- What is withdrawn says why: a batch before it is in force, or the wish that one in force be taken back.
ALTER TABLE blacklist_batches
    ADD COLUMN withdrawn_at timestamptz,
    ADD COLUMN withdrawal_reason text,
    ADD COLUMN undo_withdrawn_at timestamptz,
    ADD COLUMN undo_withdrawal_reason text,
    ADD CONSTRAINT blacklist_batches_withdrawal_is_whole CHECK (
        num_nulls(withdrawn_at, withdrawal_reason) IN (0, 2) AND (withdrawn_at IS NULL OR status = 'withdrawn')),
    ADD CONSTRAINT blacklist_batches_undo_withdrawal_is_whole CHECK (
        num_nulls(undo_withdrawn_at, undo_withdrawal_reason) IN (0, 2)
        AND (undo_withdrawn_at IS NULL OR (status = 'in_force' AND undo_decided_by IS NULL)));
