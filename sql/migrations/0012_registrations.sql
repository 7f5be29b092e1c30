-- Registrations: who was registered on which number, and the only ways in which a number changes hands.

-- What a number was before: every state that has ended, with who ended it and why. Nothing is overwritten.
CREATE TABLE usage_history (
    id                     uuid        PRIMARY KEY,
    certificate_number     text COLLATE "C" NOT NULL,
    used_at                timestamptz NOT NULL,
    organization           text COLLATE "C" NOT NULL,
    registration_reference text,
    registration_id        uuid,
    reserved               boolean     NOT NULL,
    ended_at               timestamptz NOT NULL,
    ended_by               text        NOT NULL,
    ended_by_organization  text COLLATE "C" NOT NULL,
    reason                 text        NOT NULL,
    CONSTRAINT usage_history_reason_is_known CHECK (
        reason IN ('confirmed', 'refused', 'withdrawn', 'corrected', 'revoked', 'released')),
    CONSTRAINT usage_history_only_a_reservation_is_confirmed CHECK (reason <> 'confirmed' OR reserved)
);
CREATE INDEX usage_history_by_number ON usage_history (certificate_number, id);
CREATE INDEX usages_by_registration ON usages (registration_id) WHERE registration_id IS NOT NULL;
GRANT SELECT ON usage_history TO birthreg_service;

-- The lock that claims share and a change of the list takes alone. A heavyweight lock, because it is fair:
-- a row locked FOR SHARE by one registration after the other would never let the list change.
CREATE FUNCTION list_lock() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT hashtextextended('birthreg blacklist', 0)
$$;
CREATE FUNCTION blacklist_state_waits_for_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(list_lock());
    RETURN NULL;
END
$$;
CREATE TRIGGER blacklist_state_waits_for_claims BEFORE UPDATE ON blacklist_state
    FOR EACH STATEMENT EXECUTE FUNCTION blacklist_state_waits_for_claims();

-- Claim a number under the version of the list that it was judged by. From here to the commit the list stands
-- still; when it has moved since, nothing is claimed and the number is to be judged anew.
-- VOLATILE, so that each statement inside sees what was committed while the one before it waited.
CREATE FUNCTION claim_number(
    number text, moment timestamptz, claimant text, reference text, registration uuid, as_reserved boolean,
    judged_by bigint) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(list_lock());
    IF (SELECT version FROM blacklist_state) <> judged_by THEN
        RETURN 'list_changed';
    END IF;
    INSERT INTO usages (certificate_number, used_at, organization, registration_reference, registration_id, reserved)
    VALUES (number, moment, claimant, reference, registration, as_reserved)
    ON CONFLICT DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'claimed' ELSE 'taken' END;
END
$$;

CREATE TABLE registrations (
    id                       uuid        PRIMARY KEY,
    version                  int         NOT NULL DEFAULT 1,
    status                   text        NOT NULL,
    certificate_number       text COLLATE "C",
    lookup_id                uuid,
    child_name               text COLLATE "C" NOT NULL,
    child_sex                smallint    NOT NULL,
    child_birth_date         date        NOT NULL,
    organization             text COLLATE "C" NOT NULL,
    household_organization   text COLLATE "C" NOT NULL,
    officer                  text        NOT NULL,
    entered_at               timestamptz NOT NULL,
    held_for                 text[]      NOT NULL DEFAULT '{}',
    particulars              jsonb       NOT NULL,
    visit_summary            bytea,
    CONSTRAINT registrations_status_is_known CHECK (
        status IN ('held', 'effective', 'refused', 'withdrawn', 'revoked')),
    CONSTRAINT registrations_hold_has_a_reason CHECK (status <> 'held' OR held_for <> '{}'),
    CONSTRAINT registrations_never_held_are_not_decided CHECK (
        status NOT IN ('refused', 'withdrawn') OR held_for <> '{}'),
    CONSTRAINT registrations_number_is_well_formed CHECK (
        octet_length(certificate_number) = 10 AND certificate_number ~ '^[A-Z][0-9]+$'),
    CONSTRAINT registrations_version_counts_up CHECK (version >= 1)
);
COMMENT ON COLUMN registrations.organization IS 'where the application was accepted (受理地)';
COMMENT ON COLUMN registrations.household_organization IS 'where the child is registered (落户地)';
COMMENT ON COLUMN registrations.particulars IS 'the application as entered, without what is sealed';
COMMENT ON COLUMN registrations.visit_summary IS 'what the officers wrote of their visit, sealed';
-- The books of numbers say it already; here it holds between registrations, whoever writes.
CREATE UNIQUE INDEX registrations_one_standing_per_number
    ON registrations (certificate_number) WHERE status IN ('held', 'effective');
CREATE INDEX registrations_by_number ON registrations (certificate_number, id);
CREATE INDEX registrations_by_organization ON registrations (organization, id);
CREATE INDEX registrations_by_household_organization ON registrations (household_organization, id);
CREATE INDEX registrations_held ON registrations (id) WHERE status = 'held';
GRANT SELECT, INSERT ON registrations TO birthreg_service;
GRANT UPDATE (version, status, certificate_number, visit_summary) ON registrations TO birthreg_service;

-- The states that a registration can go through, whoever writes.
CREATE FUNCTION registrations_go_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.status, NEW.certificate_number) IS NOT DISTINCT FROM (OLD.status, OLD.certificate_number) THEN
        RETURN NEW;
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'registration % goes from version % to %', OLD.id, OLD.version, NEW.version;
    END IF;
    IF (OLD.status, NEW.status) NOT IN (
        ('held', 'effective'), ('held', 'refused'), ('held', 'withdrawn'),
        ('effective', 'effective'), ('effective', 'revoked')) THEN
        RAISE EXCEPTION 'registration % goes from % to %', OLD.id, OLD.status, NEW.status;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER registrations_go_forward BEFORE UPDATE ON registrations
    FOR EACH ROW EXECUTE FUNCTION registrations_go_forward();

-- Who stands on an application. Numbers, telephones and addresses are sealed by the application and found by
-- their blind index; one index over all parts finds a person as child, parent or applicant alike.
CREATE TABLE registration_people (
    id                   uuid     PRIMARY KEY,
    registration_id      uuid     NOT NULL REFERENCES registrations (id),
    part                 text     NOT NULL,
    name                 text COLLATE "C",
    citizen_number       bytea,
    citizen_number_blind bytea,
    other_number         bytea,
    other_number_blind   bytea,
    phone                bytea,
    phone_blind          bytea,
    address              bytea,
    address_blind        bytea,
    CONSTRAINT registration_people_part_is_known CHECK (
        part IN ('child', 'mother', 'father', 'guardian', 'applicant', 'household')),
    CONSTRAINT registration_people_citizen_number_is_found CHECK (
        (citizen_number IS NULL) = (citizen_number_blind IS NULL)),
    CONSTRAINT registration_people_other_number_is_found CHECK (
        (other_number IS NULL) = (other_number_blind IS NULL)),
    CONSTRAINT registration_people_phone_is_found CHECK ((phone IS NULL) = (phone_blind IS NULL)),
    CONSTRAINT registration_people_address_is_found CHECK ((address IS NULL) = (address_blind IS NULL))
);
CREATE INDEX registration_people_by_registration ON registration_people (registration_id);
CREATE INDEX registration_people_by_name ON registration_people (name, registration_id);
CREATE INDEX registration_people_by_citizen_number ON registration_people (citizen_number_blind)
    WHERE citizen_number_blind IS NOT NULL;
CREATE INDEX registration_people_by_other_number ON registration_people (other_number_blind)
    WHERE other_number_blind IS NOT NULL;
CREATE INDEX registration_people_by_phone ON registration_people (phone_blind) WHERE phone_blind IS NOT NULL;
CREATE INDEX registration_people_by_address ON registration_people (address_blind) WHERE address_blind IS NOT NULL;
GRANT SELECT, INSERT ON registration_people TO birthreg_service;
GRANT UPDATE (citizen_number, citizen_number_blind, other_number, other_number_blind, phone, phone_blind, address, address_blind)
   ON registration_people TO birthreg_service;

-- Names that differ in one character have one of these in common: the name with each character left open in turn.
-- Trigrams see nothing in names of two to four characters; this finds 李安然 for 李安燃.
CREATE FUNCTION name_gaps(name text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN length(name) BETWEEN 3 AND 20
                THEN ARRAY(SELECT overlay(name PLACING '_' FROM place FOR 1)
                             FROM generate_series(1, length(name)) AS place) END
$$;
CREATE INDEX registration_people_by_name_gaps ON registration_people USING gin (name_gaps(name))
    WHERE part = 'child';

-- A correction of the number, or a revocation: proposed by one officer, decided by another.
CREATE TABLE registration_changes (
    id                       uuid        PRIMARY KEY,
    registration_id          uuid        NOT NULL REFERENCES registrations (id),
    kind                     text        NOT NULL,
    status                   text        NOT NULL DEFAULT 'proposed',
    old_number               text COLLATE "C",
    new_number               text COLLATE "C",
    reason                   text        NOT NULL,
    proposed_by              text        NOT NULL,
    proposed_by_organization text COLLATE "C" NOT NULL,
    proposed_at              timestamptz NOT NULL,
    decided_by               text,
    decided_by_organization  text COLLATE "C",
    decided_at               timestamptz,
    decision_reason          text,
    CONSTRAINT registration_changes_kind_is_known CHECK (kind IN ('correction', 'revocation')),
    CONSTRAINT registration_changes_status_is_known CHECK (
        status IN ('proposed', 'approved', 'refused', 'withdrawn')),
    CONSTRAINT registration_changes_correction_has_a_number CHECK (
        (kind = 'correction') = (new_number IS NOT NULL) AND new_number IS DISTINCT FROM old_number OR kind = 'revocation'),
    CONSTRAINT registration_changes_decision_is_whole CHECK (
        (status = 'proposed') = (decided_by IS NULL)
        AND (decided_by IS NULL) = (decided_at IS NULL)
        AND (decided_by IS NULL) = (decided_by_organization IS NULL)
        AND (decided_by IS NULL) = (decision_reason IS NULL)),
    CONSTRAINT registration_changes_two_persons CHECK (status <> 'approved' OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX registration_changes_one_open ON registration_changes (registration_id) WHERE status = 'proposed';
CREATE INDEX registration_changes_by_registration ON registration_changes (registration_id, id);
GRANT SELECT, INSERT ON registration_changes TO birthreg_service;
GRANT UPDATE (status, decided_by, decided_by_organization, decided_at, decision_reason)
   ON registration_changes TO birthreg_service;
CREATE FUNCTION registration_changes_are_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'proposed' THEN
        RAISE EXCEPTION 'change % of a registration is % already', OLD.id, OLD.status;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER registration_changes_are_decided_once BEFORE UPDATE ON registration_changes
    FOR EACH ROW EXECUTE FUNCTION registration_changes_are_decided_once();

-- What was done with a registration after it was entered, in order.
CREATE TABLE registration_acts (
    id              uuid        PRIMARY KEY,
    registration_id uuid        NOT NULL REFERENCES registrations (id),
    recorded_at     timestamptz NOT NULL,
    act             text        NOT NULL,
    status          text        NOT NULL,
    change_id       uuid        REFERENCES registration_changes (id),
    officer         text        NOT NULL,
    organization    text COLLATE "C" NOT NULL,
    reason          text        NOT NULL
);
CREATE INDEX registration_acts_by_registration ON registration_acts (registration_id, id);
GRANT SELECT, INSERT ON registration_acts TO birthreg_service;

-- Attempts that were refused: who, when, which number, why. Of the child and its parents nothing is kept.
CREATE TABLE registration_refusals (
    id                 uuid        PRIMARY KEY,
    recorded_at        timestamptz NOT NULL,
    officer            text        NOT NULL,
    organization       text COLLATE "C" NOT NULL,
    terminal           text        NOT NULL,
    act                text        NOT NULL,
    certificate_number text COLLATE "C",
    registration_id    uuid,
    lookup_id          uuid,
    codes              text[]      NOT NULL,
    CONSTRAINT registration_refusals_say_why CHECK (cardinality(codes) > 0)
);
CREATE INDEX registration_refusals_by_number ON registration_refusals (certificate_number, id);
CREATE INDEX registration_refusals_by_organization ON registration_refusals (organization, id);
GRANT SELECT, INSERT ON registration_refusals TO birthreg_service;

-- A reservation becomes a use, under the version of the list that it was judged by.
CREATE FUNCTION confirm_number(
    number text, registration uuid, moment timestamptz, confirmed_by text, confirmed_by_organization text,
    judged_by bigint) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(list_lock());
    IF (SELECT version FROM blacklist_state) <> judged_by THEN
        RETURN 'list_changed';
    END IF;
    WITH held AS (
        SELECT certificate_number, used_at, organization, registration_reference, registration_id, reserved
          FROM usages
         WHERE certificate_number = number
           AND registration_id = registration
           AND reserved
           FOR UPDATE
    ),
    kept AS (
        INSERT INTO usage_history (id, certificate_number, used_at, organization, registration_reference,
                                   registration_id, reserved, ended_at, ended_by, ended_by_organization, reason)
        SELECT new_id_at(moment), certificate_number, used_at, organization, registration_reference, registration_id,
               reserved, moment, confirmed_by, confirmed_by_organization, 'confirmed'
          FROM held
    )
    UPDATE usages
       SET reserved = false, used_at = moment
      FROM held
     WHERE usages.certificate_number = held.certificate_number;
    RETURN CASE WHEN FOUND THEN 'confirmed' ELSE 'missing' END;
END
$$;
REVOKE EXECUTE ON FUNCTION confirm_number(text, uuid, timestamptz, text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION confirm_number(text, uuid, timestamptz, text, text, bigint) TO birthreg_service;

-- Free a number of the registration that holds it, and keep what it was. What a registration still stands on, or
-- a correction still proposes, can't be freed; a use of which no registration is known never can.
CREATE FUNCTION free_number(
    number text, registration uuid, moment timestamptz, freed_by text, freed_by_organization text, why text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM registrations
                WHERE id = registration AND certificate_number = number AND status IN ('held', 'effective'))
    OR EXISTS (SELECT FROM registration_changes
                WHERE registration_id = registration AND new_number = number AND status = 'proposed') THEN
        RAISE EXCEPTION 'registration % stands on number %', registration, number;
    END IF;
    WITH freed AS (
        DELETE FROM usages
         WHERE certificate_number = number
           AND registration_id = registration
        RETURNING certificate_number, used_at, organization, registration_reference, registration_id, reserved
    )
    INSERT INTO usage_history (id, certificate_number, used_at, organization, registration_reference,
                               registration_id, reserved, ended_at, ended_by, ended_by_organization, reason)
    SELECT new_id_at(moment), certificate_number, used_at, organization, registration_reference, registration_id,
           reserved, moment, freed_by, freed_by_organization, why
      FROM freed;
    RETURN FOUND;
END
$$;
REVOKE EXECUTE ON FUNCTION free_number(text, uuid, timestamptz, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION free_number(text, uuid, timestamptz, text, text, text) TO birthreg_service;

-- The key of a write, alone: no other request with it passes until this one ends, and what that one kept is seen.
CREATE FUNCTION find_answer_alone(asker text, asked_key text, since timestamptz)
RETURNS TABLE (door text, body_digest bytea, status int, answer bytea)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(asker || ' ' || asked_key, 0));
    RETURN QUERY
        SELECT kept.door, kept.body_digest, kept.status, kept.answer
          FROM idempotency_keys AS kept
         WHERE kept.officer = asker AND kept.key = asked_key AND kept.recorded_at > since;
END
$$;
