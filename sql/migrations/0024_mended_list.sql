-- The list, mended: what an undo leaves to other batches, look-ups that read what they are asked for alone, batches
-- that wait after they failed, and since when the books knew what took long to write.

-- Which batches say of an entry that it is right as it stands.
CREATE INDEX blacklist_batch_rows_same ON blacklist_batch_rows (entry_id) WHERE kind = 'same' AND entry_id IS NOT NULL;

-- A range that has ended is found among all that have by any number that it held. Those in force have their blocks.
CREATE INDEX blacklist_entries_ended_ranges
    ON blacklist_entries USING gist (int8range(certificate_ordinal(first), certificate_ordinal(last), '[]'))
 WHERE first <> last AND lifted_at IS NOT NULL;

-- What came of an entry: the parts that were left of it, or the entry that took its place.
CREATE INDEX blacklist_entries_came_of ON blacklist_entries (coalesce(split_from, replaces))
 WHERE coalesce(split_from, replaces) IS NOT NULL;

-- A batch that could not be carried out waits, so that others come before it.
ALTER TABLE blacklist_batches
    ADD COLUMN attempts int NOT NULL DEFAULT 0,
    ADD COLUMN retry_at timestamptz,
    ADD COLUMN undo_began_at timestamptz,
    ADD CONSTRAINT blacklist_batches_waits_after_an_attempt CHECK (retry_at IS NULL OR attempts > 0);
COMMENT ON COLUMN blacklist_batches.attempts IS 'how often it was tried in vain since it was decided on';
COMMENT ON COLUMN blacklist_batches.undo_began_at IS 'under this moment its entries were lifted; undone_at is when that was done';

-- Until it is in force, an approved batch can be withdrawn too.
ALTER TABLE blacklist_batches
    DROP CONSTRAINT blacklist_batches_decision_is_whole,
    ADD CONSTRAINT blacklist_batches_decision_is_whole CHECK (
        num_nulls(decided_by, decided_by_organization, decided_at, decision_reason) IN (0, 4)
        AND (status = 'withdrawn' OR (decided_by IS NULL) = (status IN ('staging', 'ready', 'proposed'))));
CREATE OR REPLACE FUNCTION blacklist_batches_go_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
           ('staging', 'ready'), ('staging', 'withdrawn'), ('ready', 'proposed'), ('ready', 'withdrawn'),
           ('proposed', 'approved'), ('proposed', 'refused'), ('proposed', 'withdrawn'), ('approved', 'in_force'),
           ('approved', 'withdrawn'), ('in_force', 'undo_proposed'), ('undo_proposed', 'undo_approved'),
           ('undo_proposed', 'in_force'), ('undo_approved', 'undone')) THEN
        RAISE EXCEPTION 'batch % does not go from % to %', OLD.id, OLD.status, NEW.status;
    END IF;
    RETURN NEW;
END
$$;

-- One batch is carried out at a time: what one is compared with, another doesn't take back meanwhile.
CREATE FUNCTION batches_lock() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT hashtextextended('birthreg blacklist batches', 0)
$$;

-- Changes that take long: their rows are written under the moment at which the writing began, but nobody knew of
-- them before it was done. What the books say is known since the later of both.
CREATE TABLE blacklist_changes (
    id          bigint      PRIMARY KEY,
    known_since timestamptz NOT NULL
);
GRANT SELECT, INSERT ON blacklist_changes TO birthreg_service;
CREATE SEQUENCE blacklist_change_numbers;
GRANT USAGE ON blacklist_change_numbers TO birthreg_service;
ALTER TABLE blacklist_versions ADD COLUMN change_id bigint;
COMMENT ON COLUMN blacklist_versions.change_id IS 'the long change by which the books came to say this';

-- The change that this transaction makes, if it takes long.
CREATE FUNCTION change_underway() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('birthreg.list_change', true), '')::bigint
$$;
CREATE OR REPLACE FUNCTION list_moves_at_the_end() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET CONSTRAINTS blacklist_moves_the_version DEFERRED;
    PERFORM set_config('birthreg.list_change', nextval('blacklist_change_numbers')::text, true);
END
$$;

CREATE OR REPLACE FUNCTION blacklist_entries_listed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM changed) THEN
        RETURN NULL;
    END IF;
    INSERT INTO blacklist_blocks (block, entry_id, first, last)
    SELECT left(certificate_number(block * 1000), 7), id, first, last
      FROM changed,
           generate_series(certificate_ordinal(first) / 1000, certificate_ordinal(last) / 1000) AS block
     WHERE first <> last
       AND lifted_at IS NULL;
    INSERT INTO blacklist_lookbacks (entry_id, next_number, last, due_at)
    SELECT id, first, last, coalesce(changed_at, listed_at)
      FROM changed
     WHERE lifted_at IS NULL
       AND split_from IS NULL
       AND batch_id IS NULL
       AND replaces IS NULL;
    INSERT INTO blacklist_versions (entry_id, first, last, held, valid_from, valid_to, known_from, known_to, change_id)
    SELECT id, first, last, lapses_at IS NOT NULL, listed_at, lapses_at, coalesce(changed_at, listed_at), lifted_at,
           change_underway()
      FROM changed
     UNION ALL
    SELECT id, first, last, lapses_at IS NOT NULL, listed_at, lifted_at, lifted_at, NULL, change_underway()
      FROM changed
     WHERE lifted_at IS NOT NULL;
    INSERT INTO blacklist_moves (transaction_number) VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION blacklist_entries_lifted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM before JOIN changed USING (id)
                    WHERE (before.lifted_at, before.lapses_at) IS DISTINCT FROM (changed.lifted_at, changed.lapses_at)) THEN
        RETURN NULL;
    END IF;
    DELETE FROM blacklist_blocks USING changed WHERE entry_id = changed.id AND changed.lifted_at IS NOT NULL;
    WITH said AS (
        UPDATE blacklist_versions AS versions
           SET known_to = greatest(coalesce(changed.changed_at, changed.lifted_at), versions.known_from)
          FROM changed
         WHERE versions.entry_id = changed.id
           AND versions.known_to IS NULL
           AND (versions.valid_to, versions.held)
               IS DISTINCT FROM (coalesce(changed.lifted_at, changed.lapses_at), changed.lapses_at IS NOT NULL)
        RETURNING versions.entry_id, versions.known_to
    )
    INSERT INTO blacklist_versions (entry_id, first, last, held, valid_from, valid_to, known_from, change_id)
    SELECT changed.id, changed.first, changed.last, changed.lapses_at IS NOT NULL, changed.listed_at,
           coalesce(changed.lifted_at, changed.lapses_at), said.known_to, change_underway()
      FROM said
      JOIN changed ON changed.id = said.entry_id;
    INSERT INTO blacklist_moves (transaction_number) VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
