-- Void numbers, one by one and in ranges, and the version of the list.

CREATE TABLE blacklist_state (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    version bigint  NOT NULL
);
INSERT INTO blacklist_state (version) VALUES (1);

CREATE TABLE blacklist_entries (
    id              uuid        PRIMARY KEY,
    first           text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    count           bigint      NOT NULL,
    reason          text        NOT NULL,
    document_number text        NOT NULL,
    event_date      date        NOT NULL,
    institution     text,
    note            text,
    organization    text COLLATE "C" NOT NULL REFERENCES organizations (code),
    listed_at       timestamptz NOT NULL,
    listed_by       text        NOT NULL,
    lifted_at       timestamptz,
    CONSTRAINT blacklist_entries_first_is_well_formed CHECK (first ~ '^[A-Z]\d{9}$'),
    CONSTRAINT blacklist_entries_last_is_well_formed CHECK (last ~ '^[A-Z]\d{9}$'),
    CONSTRAINT blacklist_entries_one_letter CHECK (left(first, 1) = left(last, 1)),
    CONSTRAINT blacklist_entries_count_agrees CHECK (count = certificate_ordinal(last) - certificate_ordinal(first) + 1),
    CONSTRAINT blacklist_entries_range_is_bounded CHECK (count BETWEEN 1 AND 10000000),
    CONSTRAINT blacklist_entries_lifted_after_listed CHECK (lifted_at >= listed_at),
    CONSTRAINT blacklist_entries_reason_is_known CHECK (reason IN (
        'lost_by_family', 'lost_by_institution', 'stolen', 'voided', 'misprinted', 'damaged', 'exchanged',
        'edition_ended', 'forged', 'issuer_withdrawn', 'other'))
);
CREATE INDEX blacklist_entries_singles ON blacklist_entries (first) WHERE first = last AND lifted_at IS NULL;
CREATE INDEX blacklist_entries_by_number ON blacklist_entries (first, last);
CREATE INDEX blacklist_entries_by_organization ON blacklist_entries (organization, id);
CREATE UNIQUE INDEX blacklist_entries_said_once
    ON blacklist_entries (first, last, document_number, reason, organization) WHERE lifted_at IS NULL;
GRANT SELECT, INSERT ON blacklist_entries TO birthreg_service;
GRANT UPDATE (lifted_at) ON blacklist_entries TO birthreg_service;

-- Which ranges in force touch a block of a thousand numbers (the number without its last three digits).
-- A range index (GiST) finds one number in 25 µs here, this one in 2, and ranges may still overlap.
CREATE TABLE blacklist_blocks (
    block    text COLLATE "C" NOT NULL,
    entry_id uuid NOT NULL REFERENCES blacklist_entries (id),
    first    text COLLATE "C" NOT NULL,
    last     text COLLATE "C" NOT NULL,
    CONSTRAINT blacklist_blocks_once PRIMARY KEY (block, entry_id)
);
GRANT SELECT ON blacklist_blocks TO birthreg_service;
GRANT SELECT, UPDATE ON blacklist_state TO birthreg_service;

-- The list, its blocks and its version change together, whoever writes: nothing can forget it.
CREATE FUNCTION blacklist_entries_listed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM changed) THEN
        UPDATE blacklist_state SET version = version + 1;
    END IF;
    INSERT INTO blacklist_blocks (block, entry_id, first, last)
    SELECT left(certificate_number(block * 1000), 7), id, first, last
      FROM changed,
           generate_series(certificate_ordinal(first) / 1000, certificate_ordinal(last) / 1000) AS block
     WHERE first <> last
       AND lifted_at IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER blacklist_entries_listed AFTER INSERT ON blacklist_entries
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION blacklist_entries_listed();

CREATE FUNCTION blacklist_entries_lifted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM changed) THEN
        UPDATE blacklist_state SET version = version + 1;
    END IF;
    DELETE FROM blacklist_blocks USING changed WHERE entry_id = changed.id AND changed.lifted_at IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER blacklist_entries_lifted AFTER UPDATE ON blacklist_entries
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION blacklist_entries_lifted();
CREATE INDEX blacklist_blocks_by_entry ON blacklist_blocks (entry_id);
