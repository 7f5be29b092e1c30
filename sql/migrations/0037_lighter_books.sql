-- The books of the list, lighter: a saying ends where the next one of its entry begins, so nothing that was written
-- is written again, and what a million entries of a file cost to list and to lift is half of what it was.

ALTER TABLE blacklist_versions
    DROP CONSTRAINT blacklist_versions_pkey,
    DROP COLUMN known_to,
    DROP COLUMN first,
    DROP COLUMN last,
    ADD CONSTRAINT blacklist_versions_in_order PRIMARY KEY (entry_id, id);
DROP INDEX blacklist_versions_of_entry;
COMMENT ON COLUMN blacklist_versions.known_from IS 'the books say this from then on, until the entry''s next saying';

-- Which organisation maintains an entry is asked of entries that are found by their number, batch or identifier.
DROP INDEX blacklist_entries_by_organization;

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
    INSERT INTO blacklist_versions (entry_id, held, valid_from, valid_to, known_from, change_id)
    SELECT id, lapses_at IS NOT NULL, listed_at, lapses_at, coalesce(changed_at, listed_at), change_underway()
      FROM changed
     UNION ALL
    SELECT id, lapses_at IS NOT NULL, listed_at, lifted_at, lifted_at, change_underway()
      FROM changed
     WHERE lifted_at IS NOT NULL;
    INSERT INTO blacklist_moves (transaction_number) VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION blacklist_entries_lifted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO blacklist_versions (entry_id, held, valid_from, valid_to, known_from, change_id)
    SELECT changed.id, changed.lapses_at IS NOT NULL, changed.listed_at, coalesce(changed.lifted_at, changed.lapses_at),
           greatest(changed.changed_at, changed.lifted_at, before.changed_at, before.listed_at), change_underway()
      FROM before
      JOIN changed USING (id)
     WHERE (before.lifted_at, before.lapses_at) IS DISTINCT FROM (changed.lifted_at, changed.lapses_at);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    DELETE FROM blacklist_blocks USING changed
     WHERE entry_id = changed.id
       AND changed.first <> changed.last
       AND changed.lifted_at IS NOT NULL;
    INSERT INTO blacklist_moves (transaction_number) VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
