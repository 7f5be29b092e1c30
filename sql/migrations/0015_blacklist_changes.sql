-- The blacklist as its administrators change it: two persons, holds, both times of every change, announcements,
-- objections, and the look back over past use.

-- What one officer wants changed, until another decides.
CREATE TABLE blacklist_proposals (
    id                       uuid        PRIMARY KEY,
    version                  int         NOT NULL DEFAULT 1,
    act                      text        NOT NULL,
    status                   text        NOT NULL DEFAULT 'proposed',
    first                    text COLLATE "C" NOT NULL,
    last                     text COLLATE "C" NOT NULL,
    count                    bigint      NOT NULL,
    reason                   text        NOT NULL,
    document_number          text        NOT NULL,
    event_date               date        NOT NULL,
    institution              text,
    note                     text,
    entry_id                 uuid        REFERENCES blacklist_entries (id),
    objection_id             uuid,
    held                     boolean     NOT NULL DEFAULT false,
    organization             text COLLATE "C" NOT NULL REFERENCES organizations (code),
    proposed_by              text        NOT NULL,
    proposed_by_organization text COLLATE "C" NOT NULL REFERENCES organizations (code),
    proposed_at              timestamptz NOT NULL,
    decided_by               text,
    decided_by_organization  text COLLATE "C",
    decided_at               timestamptz,
    decision_reason          text,
    CONSTRAINT blacklist_proposals_act_is_known CHECK (act IN ('add', 'lift')),
    CONSTRAINT blacklist_proposals_status_is_known CHECK (status IN ('proposed', 'approved', 'refused', 'withdrawn')),
    CONSTRAINT blacklist_proposals_first_is_well_formed CHECK (first ~ '^[A-Z]\d{9}$'),
    CONSTRAINT blacklist_proposals_last_is_well_formed CHECK (last ~ '^[A-Z]\d{9}$'),
    -- Digits 1 and 2 are the province: a range has one owner.
    CONSTRAINT blacklist_proposals_one_province CHECK (left(first, 3) = left(last, 3)),
    CONSTRAINT blacklist_proposals_count_agrees CHECK (
        count = certificate_ordinal(last) - certificate_ordinal(first) + 1 AND count >= 1),
    CONSTRAINT blacklist_proposals_reason_is_known CHECK (reason IN (
        'lost_by_family', 'lost_by_institution', 'stolen', 'voided', 'misprinted', 'damaged', 'exchanged',
        'edition_ended', 'forged', 'issuer_withdrawn', 'other')),
    CONSTRAINT blacklist_proposals_lift_names_its_entry CHECK ((act = 'lift') = (entry_id IS NOT NULL)),
    CONSTRAINT blacklist_proposals_only_a_lift_follows_an_objection CHECK (objection_id IS NULL OR act = 'lift'),
    CONSTRAINT blacklist_proposals_only_additions_are_held CHECK (NOT held OR act = 'add'),
    CONSTRAINT blacklist_proposals_decision_is_whole CHECK (
        (status = 'proposed') = (decided_by IS NULL)
        AND (decided_by IS NULL) = (decided_at IS NULL)
        AND (decided_by IS NULL) = (decided_by_organization IS NULL)
        AND (decided_by IS NULL) = (decision_reason IS NULL)
        AND decided_at >= proposed_at IS NOT FALSE),
    CONSTRAINT blacklist_proposals_two_persons CHECK (
        (status NOT IN ('approved', 'refused') OR decided_by <> proposed_by)
        AND (status <> 'withdrawn' OR decided_by = proposed_by)),
    CONSTRAINT blacklist_proposals_version_counts_up CHECK (version >= 1)
);
COMMENT ON COLUMN blacklist_proposals.organization IS 'whose list it would change, and who decides, or one above';
COMMENT ON COLUMN blacklist_proposals.held IS 'a hold works until this is decided, for 24 hours at most';
CREATE INDEX blacklist_proposals_by_organization ON blacklist_proposals (organization, id);
CREATE INDEX blacklist_proposals_by_proposer ON blacklist_proposals (proposed_by_organization, id);
CREATE INDEX blacklist_proposals_open ON blacklist_proposals (id) WHERE status = 'proposed';
CREATE INDEX blacklist_proposals_of_entry ON blacklist_proposals (entry_id) WHERE entry_id IS NOT NULL;
GRANT SELECT, INSERT ON blacklist_proposals TO birthreg_service;
GRANT UPDATE (version, status, decided_by, decided_by_organization, decided_at, decision_reason)
   ON blacklist_proposals TO birthreg_service;

CREATE FUNCTION blacklist_proposals_are_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'proposed' THEN
        RAISE EXCEPTION 'proposal % is % already', OLD.id, OLD.status;
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'proposal % goes from version % to %', OLD.id, OLD.version, NEW.version;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER blacklist_proposals_are_decided_once BEFORE UPDATE ON blacklist_proposals
    FOR EACH ROW EXECUTE FUNCTION blacklist_proposals_are_decided_once();

-- An entry that lapses is a hold; confirmed, it lapses no more.
ALTER TABLE blacklist_entries
    ADD COLUMN version          int NOT NULL DEFAULT 1,
    ADD COLUMN lapses_at        timestamptz,
    ADD COLUMN split_from       uuid REFERENCES blacklist_entries (id),
    ADD COLUMN proposal_id      uuid REFERENCES blacklist_proposals (id),
    ADD COLUMN lift_proposal_id uuid REFERENCES blacklist_proposals (id),
    ADD COLUMN batch_id         uuid,
    ADD COLUMN changed_at       timestamptz,
    ADD CONSTRAINT blacklist_entries_hold_lasts_a_day CHECK (
        lapses_at > listed_at AND lapses_at <= listed_at + interval '24 hours'),
    ADD CONSTRAINT blacklist_entries_hold_ends_by_its_time CHECK (lifted_at <= lapses_at),
    ADD CONSTRAINT blacklist_entries_hold_is_proposed CHECK (lapses_at IS NULL OR proposal_id IS NOT NULL);
COMMENT ON COLUMN blacklist_entries.changed_at IS 'when the books came to say this; null: when it took effect';
CREATE INDEX blacklist_entries_of_proposal ON blacklist_entries (proposal_id) WHERE proposal_id IS NOT NULL;
CREATE INDEX blacklist_entries_split ON blacklist_entries (split_from) WHERE split_from IS NOT NULL;
CREATE INDEX blacklist_entries_of_batch ON blacklist_entries (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX blacklist_entries_held ON blacklist_entries (lapses_at) WHERE lapses_at IS NOT NULL AND lifted_at IS NULL;
CREATE INDEX blacklist_entries_holds_of ON blacklist_entries (listed_by, lapses_at) WHERE lapses_at IS NOT NULL;
-- A hold is no second saying of an entry: it may go, the entry stays.
DROP INDEX blacklist_entries_said_once;
CREATE UNIQUE INDEX blacklist_entries_said_once
    ON blacklist_entries (first, last, document_number, reason, organization)
 WHERE lifted_at IS NULL AND lapses_at IS NULL;
GRANT UPDATE (version, lapses_at, lift_proposal_id, changed_at) ON blacklist_entries TO birthreg_service;

-- An entry goes one way: a hold is confirmed, either ends, and what has ended stays as it was.
CREATE FUNCTION blacklist_entries_go_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.lifted_at IS NOT NULL THEN
        RAISE EXCEPTION 'blacklist entry % has ended already', OLD.id;
    END IF;
    IF NEW.lapses_at IS NOT NULL AND NEW.lapses_at IS DISTINCT FROM OLD.lapses_at THEN
        RAISE EXCEPTION 'the hold % is not prolonged', OLD.id;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER blacklist_entries_go_forward BEFORE UPDATE ON blacklist_entries
    FOR EACH ROW EXECUTE FUNCTION blacklist_entries_go_forward();

-- Both times of the list: when a number was in force (`valid_*`), and when the books said so (`known_*`).
-- Written by the triggers on the entries alone; the service reads it.
CREATE TABLE blacklist_versions (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id   uuid        NOT NULL,
    first      text COLLATE "C" NOT NULL,
    last       text COLLATE "C" NOT NULL,
    held       boolean     NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to   timestamptz,
    known_from timestamptz NOT NULL,
    known_to   timestamptz,
    CONSTRAINT blacklist_versions_valid_forward CHECK (valid_to >= valid_from),
    CONSTRAINT blacklist_versions_known_forward CHECK (known_to >= known_from),
    CONSTRAINT blacklist_versions_hold_ends CHECK (NOT held OR valid_to IS NOT NULL)
);
CREATE UNIQUE INDEX blacklist_versions_one_said_now ON blacklist_versions (entry_id) WHERE known_to IS NULL;
CREATE INDEX blacklist_versions_of_entry ON blacklist_versions (entry_id, id);
GRANT SELECT ON blacklist_versions TO birthreg_service;

-- What is already listed, as the books came to know it.
INSERT INTO blacklist_versions (entry_id, first, last, held, valid_from, valid_to, known_from, known_to)
SELECT id, first, last, false, listed_at, NULL, listed_at, lifted_at FROM blacklist_entries
 UNION ALL
SELECT id, first, last, false, listed_at, lifted_at, lifted_at, NULL
  FROM blacklist_entries
 WHERE lifted_at IS NOT NULL;

-- How far the look back over past use has come, entry by entry.
CREATE TABLE blacklist_lookbacks (
    entry_id    uuid PRIMARY KEY REFERENCES blacklist_entries (id),
    next_number text COLLATE "C" NOT NULL,
    last        text COLLATE "C" NOT NULL,
    found       bigint NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX blacklist_lookbacks_due ON blacklist_lookbacks (due_at, entry_id) WHERE finished_at IS NULL;
GRANT SELECT ON blacklist_lookbacks TO birthreg_service;
GRANT UPDATE (next_number, found, finished_at) ON blacklist_lookbacks TO birthreg_service;
INSERT INTO blacklist_lookbacks (entry_id, next_number, last, due_at)
SELECT id, first, last, listed_at FROM blacklist_entries WHERE lifted_at IS NULL;

-- A past use of a number that was listed afterwards.
CREATE TABLE lookback_findings (
    id                 uuid        PRIMARY KEY,
    entry_id           uuid        NOT NULL REFERENCES blacklist_entries (id),
    certificate_number text COLLATE "C" NOT NULL,
    used_at            timestamptz NOT NULL,
    organization       text COLLATE "C" NOT NULL,
    registration_reference text,
    registration_id    uuid,
    found_at           timestamptz NOT NULL,
    CONSTRAINT lookback_findings_once UNIQUE (entry_id, certificate_number)
);
CREATE INDEX lookback_findings_by_number ON lookback_findings (certificate_number);
GRANT SELECT, INSERT ON lookback_findings TO birthreg_service;

-- The list, its blocks, its versions, what is to be looked back on, and the list's own version change together,
-- whoever writes. The list's version comes last: from there to the commit no number can be claimed.
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
       AND split_from IS NULL;
    INSERT INTO blacklist_versions (entry_id, first, last, held, valid_from, valid_to, known_from, known_to)
    SELECT id, first, last, lapses_at IS NOT NULL, listed_at, lapses_at, coalesce(changed_at, listed_at), lifted_at
      FROM changed
     UNION ALL
    SELECT id, first, last, lapses_at IS NOT NULL, listed_at, lifted_at, lifted_at, NULL
      FROM changed
     WHERE lifted_at IS NOT NULL;
    UPDATE blacklist_state SET version = version + 1;
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
    UPDATE blacklist_state SET version = version + 1;
    RETURN NULL;
END
$$;
DROP TRIGGER blacklist_entries_lifted ON blacklist_entries;
CREATE TRIGGER blacklist_entries_lifted AFTER UPDATE ON blacklist_entries
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION blacklist_entries_lifted();

-- What every prefecture is told (通报), in the order in which it came into force.
CREATE TABLE blacklist_announcements (
    id              uuid        PRIMARY KEY,
    list_version    bigint      NOT NULL,
    act             text        NOT NULL,
    entry_id        uuid        REFERENCES blacklist_entries (id),
    batch_id        uuid,
    proposal_id     uuid        REFERENCES blacklist_proposals (id),
    first           text COLLATE "C",
    last            text COLLATE "C",
    count           bigint      NOT NULL,
    reason          text,
    document_number text,
    event_date      date,
    institution     text,
    organization    text COLLATE "C" NOT NULL REFERENCES organizations (code),
    announced_by    text        NOT NULL,
    announced_at    timestamptz NOT NULL,
    CONSTRAINT blacklist_announcements_act_is_known CHECK (act IN ('add', 'lift')),
    CONSTRAINT blacklist_announcements_one_entry_or_one_batch CHECK (
        (entry_id IS NULL) <> (batch_id IS NULL)
        AND (batch_id IS NOT NULL OR (first IS NOT NULL AND last IS NOT NULL AND reason IS NOT NULL
                                      AND document_number IS NOT NULL AND event_date IS NOT NULL))),
    CONSTRAINT blacklist_announcements_count_is_positive CHECK (count >= 1)
);
CREATE UNIQUE INDEX blacklist_announcements_in_order ON blacklist_announcements (list_version, id);
CREATE INDEX blacklist_announcements_by_time ON blacklist_announcements (announced_at);
CREATE UNIQUE INDEX blacklist_announcements_once_per_proposal
    ON blacklist_announcements (proposal_id) WHERE proposal_id IS NOT NULL;
GRANT SELECT, INSERT ON blacklist_announcements TO birthreg_service;

CREATE TABLE blacklist_acknowledgements (
    announcement_id uuid        NOT NULL REFERENCES blacklist_announcements (id),
    organization    text COLLATE "C" NOT NULL REFERENCES organizations (code),
    acknowledged_by text        NOT NULL,
    acknowledged_at timestamptz NOT NULL,
    note            text,
    CONSTRAINT blacklist_acknowledgements_once PRIMARY KEY (announcement_id, organization)
);
GRANT SELECT, INSERT ON blacklist_acknowledgements TO birthreg_service;

-- A family contests an entry (异议).
CREATE TABLE blacklist_objections (
    id                       uuid        PRIMARY KEY,
    version                  int         NOT NULL DEFAULT 1,
    status                   text        NOT NULL DEFAULT 'received',
    entry_id                 uuid        NOT NULL REFERENCES blacklist_entries (id),
    entry_listed_by          text        NOT NULL,
    certificate_number       text COLLATE "C" NOT NULL,
    objector                 text        NOT NULL,
    relation                 text        NOT NULL,
    grounds                  text        NOT NULL,
    evidence                 text[]      NOT NULL DEFAULT '{}',
    organization             text COLLATE "C" NOT NULL REFERENCES organizations (code),
    received_by              text        NOT NULL,
    received_by_organization text COLLATE "C" NOT NULL REFERENCES organizations (code),
    received_at              timestamptz NOT NULL,
    due_on                   date        NOT NULL,
    due_is_certain           boolean     NOT NULL,
    decided_by               text,
    decided_by_organization  text COLLATE "C",
    decided_at               timestamptz,
    decision_reason          text,
    proposal_id              uuid        REFERENCES blacklist_proposals (id),
    CONSTRAINT blacklist_objections_status_is_known CHECK (status IN ('received', 'upheld', 'rejected')),
    CONSTRAINT blacklist_objections_number_is_well_formed CHECK (certificate_number ~ '^[A-Z]\d{9}$'),
    CONSTRAINT blacklist_objections_relation_is_known CHECK (relation IN ('mother', 'father', 'guardian', 'agent')),
    CONSTRAINT blacklist_objections_decision_is_whole CHECK (
        (status = 'received') = (decided_by IS NULL)
        AND (decided_by IS NULL) = (decided_at IS NULL)
        AND (decided_by IS NULL) = (decided_by_organization IS NULL)
        AND (decided_by IS NULL) = (decision_reason IS NULL)),
    CONSTRAINT blacklist_objections_decided_by_another CHECK (decided_by <> entry_listed_by),
    CONSTRAINT blacklist_objections_upheld_leads_to_a_lift CHECK (
        (status = 'upheld') = (proposal_id IS NOT NULL)),
    CONSTRAINT blacklist_objections_version_counts_up CHECK (version >= 1)
);
COMMENT ON COLUMN blacklist_objections.organization IS 'whose entry it is, and who decides, or one above';
CREATE UNIQUE INDEX blacklist_objections_one_open
    ON blacklist_objections (entry_id, certificate_number) WHERE status = 'received';
CREATE INDEX blacklist_objections_by_organization ON blacklist_objections (organization, id);
CREATE INDEX blacklist_objections_by_receiver ON blacklist_objections (received_by_organization, id);
GRANT SELECT, INSERT ON blacklist_objections TO birthreg_service;
GRANT UPDATE (version, status, decided_by, decided_by_organization, decided_at, decision_reason, proposal_id)
   ON blacklist_objections TO birthreg_service;
ALTER TABLE blacklist_proposals
    ADD CONSTRAINT blacklist_proposals_objection FOREIGN KEY (objection_id) REFERENCES blacklist_objections (id);

CREATE FUNCTION blacklist_objections_are_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'received' OR NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'objection % is % already, in version %', OLD.id, OLD.status, OLD.version;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER blacklist_objections_are_decided_once BEFORE UPDATE ON blacklist_objections
    FOR EACH ROW EXECUTE FUNCTION blacklist_objections_are_decided_once();
