-- Void numbers by file: staged, compared with the list, proposed, put in force and taken back as one batch.

ALTER TABLE imports DROP CONSTRAINT imports_kind_is_known;
ALTER TABLE imports ADD CONSTRAINT imports_kind_is_known
    CHECK (kind IN ('usage', 'issuances', 'blacklist', 'blacklist_batch'));

CREATE TABLE blacklist_batches (
    id                            uuid        PRIMARY KEY REFERENCES imports (id),
    version                       int         NOT NULL DEFAULT 1,
    status                        text        NOT NULL DEFAULT 'staging',
    organization                  text COLLATE "C" NOT NULL REFERENCES organizations (code),
    reach                         text[]      NOT NULL,
    brought_by                    text        NOT NULL,
    brought_at                    timestamptz NOT NULL,
    compared_at                   timestamptz,
    list_version                  bigint,
    rows_new                      bigint,
    rows_same                     bigint,
    rows_changed                  bigint,
    rows_contradicting            bigint,
    rows_overlapping              bigint,
    numbers                       bigint,
    numbers_used                  bigint,
    proposed_at                   timestamptz,
    decided_by                    text,
    decided_by_organization       text COLLATE "C",
    decided_at                    timestamptz,
    decision_reason               text,
    in_force_at                   timestamptz,
    entries_listed                bigint,
    entries_replaced              bigint,
    undo_proposed_by              text,
    undo_proposed_at              timestamptz,
    undo_reason                   text,
    undo_decided_by               text,
    undo_decided_by_organization  text COLLATE "C",
    undo_decided_at               timestamptz,
    undo_decision_reason          text,
    undone_at                     timestamptz,
    entries_lifted                bigint,
    entries_restored              bigint,
    entries_left                  bigint,
    look_back_after               text COLLATE "C",
    look_back_entry               uuid,
    looked_back_at                timestamptz,
    uses_found                    bigint      NOT NULL DEFAULT 0,
    CONSTRAINT blacklist_batches_status_is_known CHECK (status IN (
        'staging', 'ready', 'proposed', 'refused', 'withdrawn', 'approved', 'in_force', 'undo_proposed',
        'undo_approved', 'undone')),
    CONSTRAINT blacklist_batches_version_counts_up CHECK (version >= 1),
    CONSTRAINT blacklist_batches_comparison_is_whole CHECK (
        num_nulls(compared_at, list_version, rows_new, rows_same, rows_changed, rows_contradicting, rows_overlapping,
                  numbers, numbers_used) IN (0, 9)),
    CONSTRAINT blacklist_batches_compared_first CHECK (status IN ('staging', 'withdrawn') OR compared_at IS NOT NULL),
    CONSTRAINT blacklist_batches_proposed_first CHECK (
        status IN ('staging', 'ready', 'withdrawn') OR proposed_at IS NOT NULL),
    CONSTRAINT blacklist_batches_decision_is_whole CHECK (
        num_nulls(decided_by, decided_by_organization, decided_at, decision_reason) IN (0, 4)
        AND (decided_by IS NULL) = (status IN ('staging', 'ready', 'proposed', 'withdrawn'))),
    CONSTRAINT blacklist_batches_two_persons CHECK (decided_by <> brought_by),
    CONSTRAINT blacklist_batches_in_force_is_dated CHECK (
        num_nulls(in_force_at, entries_listed, entries_replaced) IN (0, 3)
        AND (in_force_at IS NULL) = (status NOT IN ('in_force', 'undo_proposed', 'undo_approved', 'undone'))),
    CONSTRAINT blacklist_batches_undo_is_proposed CHECK (
        num_nulls(undo_proposed_by, undo_proposed_at, undo_reason) IN (0, 3)
        AND (undo_proposed_by IS NOT NULL OR status NOT IN ('undo_proposed', 'undo_approved', 'undone'))),
    CONSTRAINT blacklist_batches_undo_decision_is_whole CHECK (
        num_nulls(undo_decided_by, undo_decided_by_organization, undo_decided_at, undo_decision_reason) IN (0, 4)
        AND (undo_decided_by IS NOT NULL OR status NOT IN ('undo_approved', 'undone'))
        AND (undo_decided_by IS NULL OR status <> 'undo_proposed')),
    CONSTRAINT blacklist_batches_undo_takes_two_persons CHECK (undo_decided_by <> undo_proposed_by),
    CONSTRAINT blacklist_batches_undone_is_dated CHECK (
        num_nulls(undone_at, entries_lifted, entries_restored, entries_left) IN (0, 4)
        AND (undone_at IS NOT NULL) = (status = 'undone'))
);
COMMENT ON COLUMN blacklist_batches.reach IS 'LIKE patterns of the organisations whose entries it may replace';
COMMENT ON COLUMN blacklist_batches.list_version IS 'the version of the list that it was compared with';
CREATE INDEX blacklist_batches_by_organization ON blacklist_batches (organization, id);
CREATE INDEX blacklist_batches_open ON blacklist_batches (id) WHERE status IN ('staging', 'approved', 'undo_approved');
CREATE INDEX blacklist_batches_to_look_back ON blacklist_batches (in_force_at)
 WHERE in_force_at IS NOT NULL AND looked_back_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON blacklist_batches TO birthreg_service;

-- A batch goes one way; only an undo that was refused leads back to where it was proposed from.
CREATE FUNCTION blacklist_batches_go_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
           ('staging', 'ready'), ('staging', 'withdrawn'), ('ready', 'proposed'), ('ready', 'withdrawn'),
           ('proposed', 'approved'), ('proposed', 'refused'), ('proposed', 'withdrawn'), ('approved', 'in_force'),
           ('in_force', 'undo_proposed'), ('undo_proposed', 'undo_approved'), ('undo_proposed', 'in_force'),
           ('undo_approved', 'undone')) THEN
        RAISE EXCEPTION 'batch % does not go from % to %', OLD.id, OLD.status, NEW.status;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER blacklist_batches_go_forward BEFORE UPDATE ON blacklist_batches
    FOR EACH ROW EXECUTE FUNCTION blacklist_batches_go_forward();

-- The sound rows of a file, and what each would do. `entry_id` is the entry in force that it repeats or replaces.
-- An ordinary table: it outlives a restart of whoever stages, and a crash of the server.
CREATE TABLE blacklist_batch_rows (
    batch_id        uuid    NOT NULL,
    line            bigint  NOT NULL,
    first           text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    count           bigint  NOT NULL,
    reason          text    NOT NULL,
    document_number text    NOT NULL,
    event_date      date    NOT NULL,
    institution     text,
    note            text,
    kind            text    NOT NULL DEFAULT 'new',
    entry_id        uuid,
    overlapping     boolean NOT NULL DEFAULT false,
    CONSTRAINT blacklist_batch_rows_one_per_line PRIMARY KEY (batch_id, line),
    CONSTRAINT blacklist_batch_rows_kind_is_known CHECK (kind IN ('new', 'same', 'changed', 'contradicting'))
);
GRANT SELECT, INSERT, DELETE ON blacklist_batch_rows TO birthreg_service;
GRANT UPDATE (kind, entry_id, overlapping) ON blacklist_batch_rows TO birthreg_service;

-- Where among a batch's numbers some are used: stretches that don't touch each other.
CREATE TABLE blacklist_batch_uses (
    batch_id uuid   NOT NULL,
    first    text COLLATE "C" NOT NULL,
    last     text COLLATE "C" NOT NULL,
    used     bigint NOT NULL,
    CONSTRAINT blacklist_batch_uses_once PRIMARY KEY (batch_id, first)
);
GRANT SELECT, INSERT, DELETE ON blacklist_batch_uses TO birthreg_service;

ALTER TABLE blacklist_entries ADD COLUMN replaces uuid;
COMMENT ON COLUMN blacklist_entries.replaces IS 'the entry whose particulars a batch changed, or whose change was undone';
-- A batch is looked back on in the order of its numbers.
DROP INDEX blacklist_entries_of_batch;
CREATE INDEX blacklist_entries_of_batch ON blacklist_entries (batch_id, first, id) WHERE batch_id IS NOT NULL;

-- How text stands in a cell of a file: on one line, without what can't be told from blanks; empty is none.
CREATE FUNCTION as_cell(written text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT read_text(regexp_replace(replace(written, chr(65533), '?'), '[[:space:][:cntrl:]]+', ' ', 'g'))
$$;
-- A text that a spreadsheet program could take for a formula is written behind an apostrophe, and read without it.
CREATE FUNCTION unguarded(cell text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN ascii(cell) = 39 AND ltrim(cell, '''') ~ '^[-=+@]' THEN substr(cell, 2) ELSE cell END
$$;
CREATE FUNCTION guarded(cell text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN ltrim(cell, '''') ~ '^[-=+@]' THEN '''' || cell ELSE cell END
$$;

-- Identifiers of a moment (UUID version 7) in the order of places, so that a million of them go to the end of an
-- index; what follows the place is drawn once for all.
CREATE FUNCTION id_in_order(moment timestamptz, place bigint, drawn text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (left(first_id_at(moment)::text, 13) || '-7' || substr(hex, 1, 3) || '-8' || substr(hex, 4, 3) || '-'
            || substr(hex, 7, 2) || left(drawn, 10))::uuid
      FROM (SELECT lpad(to_hex(place), 8, '0') AS hex) AS placed
$$;

-- The list's version moves once in a transaction that asks for that (`SET CONSTRAINTS … DEFERRED`), at its end:
-- from there on no number can be claimed, and what takes a batch of a million half a minute comes before.
-- Whoever doesn't ask moves it with each change, at once. Nobody can forget it.
CREATE TABLE blacklist_moves (
    transaction_number xid8 PRIMARY KEY
);
CREATE FUNCTION blacklist_moves_the_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE blacklist_state SET version = version + 1;
    DELETE FROM blacklist_moves WHERE transaction_number = NEW.transaction_number;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER blacklist_moves_the_version AFTER INSERT ON blacklist_moves
    DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION blacklist_moves_the_version();

CREATE FUNCTION list_moves_at_the_end() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET CONSTRAINTS blacklist_moves_the_version DEFERRED;
END
$$;
CREATE FUNCTION list_moves_now() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET CONSTRAINTS blacklist_moves_the_version IMMEDIATE;
END
$$;

-- As before, but for the version, and for the look back on a batch, which goes through it as one.
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
    INSERT INTO blacklist_versions (entry_id, first, last, held, valid_from, valid_to, known_from, known_to)
    SELECT id, first, last, lapses_at IS NOT NULL, listed_at, lapses_at, coalesce(changed_at, listed_at), lifted_at
      FROM changed
     UNION ALL
    SELECT id, first, last, lapses_at IS NOT NULL, listed_at, lifted_at, lifted_at, NULL
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
    INSERT INTO blacklist_versions (entry_id, first, last, held, valid_from, valid_to, known_from)
    SELECT changed.id, changed.first, changed.last, changed.lapses_at IS NOT NULL, changed.listed_at,
           coalesce(changed.lifted_at, changed.lapses_at), said.known_to
      FROM said
      JOIN changed ON changed.id = said.entry_id;
    INSERT INTO blacklist_moves (transaction_number) VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
