-- The lists that rules and the number's grammar read, as administrators keep them: proposed by one, approved by
-- another, with what stood before. The service changes none of them but through an approved change.

-- Where a province's government sits, to a tenth of a degree.
ALTER TABLE provinces
    ADD COLUMN latitude  numeric(4,1),
    ADD COLUMN longitude numeric(4,1),
    ADD CONSTRAINT provinces_code_has_two_digits CHECK (code ~ '^\d{2}$'),
    ADD CONSTRAINT provinces_seat_is_whole CHECK ((latitude IS NULL) = (longitude IS NULL)),
    ADD CONSTRAINT provinces_latitude_is_on_earth CHECK (latitude BETWEEN -90 AND 90),
    ADD CONSTRAINT provinces_longitude_is_on_earth CHECK (longitude BETWEEN -180 AND 180);
COMMENT ON COLUMN provinces.latitude IS 'of the seat of the government, degrees north; longitude in degrees east';

ALTER TABLE certificate_editions
    ADD CONSTRAINT certificate_editions_first_to_last CHECK (last_day >= first_day);

-- How far the seats of two provinces lie apart, for each pair in both orders; a province is 0 from itself.
CREATE TABLE province_distances (
    one        text COLLATE "C" NOT NULL,
    other      text COLLATE "C" NOT NULL,
    kilometres int              NOT NULL,
    CONSTRAINT province_distances_once PRIMARY KEY (one, other)
);
GRANT SELECT ON province_distances TO birthreg_service;

-- Great circles by the haversine formula on a sphere of 6,371 km.
CREATE FUNCTION provinces_are_measured() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM province_distances;
    INSERT INTO province_distances (one, other, kilometres)
    SELECT here.code, there.code,
           round(2 * 6371 * asin(least(1, sqrt(
               sin(radians((there.latitude - here.latitude)::float8) / 2) ^ 2
               + cos(radians(here.latitude::float8)) * cos(radians(there.latitude::float8))
                 * sin(radians((there.longitude - here.longitude)::float8) / 2) ^ 2))))
      FROM provinces AS here
      JOIN provinces AS there ON here.latitude IS NOT NULL AND there.latitude IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER provinces_are_measured AFTER INSERT OR UPDATE OR DELETE ON provinces
    FOR EACH STATEMENT EXECUTE FUNCTION provinces_are_measured();

UPDATE provinces
   SET latitude = seats.latitude, longitude = seats.longitude
  FROM (VALUES ('11', 39.9, 116.4), ('12', 39.1, 117.2), ('13', 38.0, 114.5), ('14', 37.9, 112.5), ('15', 40.8, 111.7),
               ('21', 41.8, 123.4), ('22', 43.8, 125.3), ('23', 45.8, 126.5), ('31', 31.2, 121.5), ('32', 32.1, 118.8),
               ('33', 30.3, 120.2), ('34', 31.8, 117.2), ('35', 26.1, 119.3), ('36', 28.7, 115.9), ('37', 36.7, 117.0),
               ('41', 34.8, 113.6), ('42', 30.6, 114.3), ('43', 28.2, 112.9), ('44', 23.1, 113.3), ('45', 22.8, 108.4),
               ('46', 20.0, 110.3), ('50', 29.6, 106.6), ('51', 30.7, 104.1), ('52', 26.6, 106.7), ('53', 25.0, 102.7),
               ('54', 29.7, 91.1), ('61', 34.3, 108.9), ('62', 36.1, 103.8), ('63', 36.6, 101.8), ('64', 38.5, 106.2),
               ('65', 43.8, 87.6)) AS seats (code, latitude, longitude)
 WHERE provinces.code = seats.code;

-- How far the seats of two provinces lie apart, in kilometres; null where one is unknown.
CREATE FUNCTION kilometres_between(province_a text, province_b text) RETURNS int
LANGUAGE sql STABLE PARALLEL SAFE STRICT AS $$
    SELECT kilometres FROM province_distances
     WHERE one = province_a COLLATE "C" AND other = province_b COLLATE "C"
$$;

-- Institutions whose certificates of some years are looked into, each by its code, its name or its division: what is
-- null may be anything.
CREATE TABLE watched_issuers (
    id              uuid        PRIMARY KEY,
    issuer_code     text COLLATE "C",
    issuer_name     text COLLATE "C",
    issuer_division text COLLATE "C",
    issued_from     date        NOT NULL,
    issued_to       date,
    reason          text        NOT NULL,
    document_number text        NOT NULL,
    organization    text COLLATE "C" NOT NULL,
    listed_at       timestamptz NOT NULL,
    listed_by       text        NOT NULL,
    approved_by     text        NOT NULL,
    ended_at        timestamptz,
    ended_by        text,
    CONSTRAINT watched_issuers_says_whom CHECK (num_nonnulls(issuer_code, issuer_name, issuer_division) > 0),
    CONSTRAINT watched_issuers_division_has_six_digits CHECK (issuer_division ~ '^\d{6}$'),
    CONSTRAINT watched_issuers_first_to_last CHECK (issued_to >= issued_from),
    CONSTRAINT watched_issuers_two_persons CHECK (approved_by <> listed_by),
    CONSTRAINT watched_issuers_end_is_whole CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
    CONSTRAINT watched_issuers_ends_after_its_begin CHECK (ended_at >= listed_at)
);
COMMENT ON COLUMN watched_issuers.issued_to IS 'the last day of issue that is looked into; null: until now';
COMMENT ON COLUMN watched_issuers.organization IS 'who asked for it';
CREATE INDEX watched_issuers_by_code ON watched_issuers (issuer_code) WHERE ended_at IS NULL AND issuer_code IS NOT NULL;
CREATE INDEX watched_issuers_by_name ON watched_issuers (issuer_name) WHERE ended_at IS NULL AND issuer_name IS NOT NULL;
CREATE INDEX watched_issuers_by_division
    ON watched_issuers (issuer_division) WHERE ended_at IS NULL AND issuer_division IS NOT NULL;
GRANT SELECT ON watched_issuers TO birthreg_service;

-- Divisions by their six digits (GB/T 2260), with what they were called and what became of them.
CREATE TABLE divisions (
    code       text COLLATE "C" NOT NULL,
    name       text   NOT NULL,
    valid_from date,
    valid_to   date,
    successors text[] NOT NULL DEFAULT '{}',
    CONSTRAINT divisions_once UNIQUE NULLS NOT DISTINCT (code, valid_from),
    CONSTRAINT divisions_code_has_six_digits CHECK (code ~ '^\d{6}$'),
    CONSTRAINT divisions_first_to_last CHECK (valid_to >= valid_from),
    CONSTRAINT divisions_only_the_past_is_succeeded CHECK (valid_to IS NOT NULL OR cardinality(successors) = 0)
);
COMMENT ON COLUMN divisions.valid_from IS 'null: since before the books; where only the year is known, its first day';
COMMENT ON COLUMN divisions.valid_to IS 'null: until now; where only the year is known, its last day';
GRANT SELECT ON divisions TO birthreg_service;

-- Which collections of divisions have been read, so that each is read once.
CREATE TABLE division_collections (
    digest  bytea       PRIMARY KEY,
    read_at timestamptz NOT NULL DEFAULT now()
);

-- What one officer wants changed in a list, until another decides: the row as it stood, and as it is to stand.
CREATE TABLE list_changes (
    id              uuid        PRIMARY KEY,
    version         int         NOT NULL DEFAULT 1,
    list_name       text COLLATE "C" NOT NULL,
    key             text COLLATE "C" NOT NULL,
    act             text        NOT NULL,
    status          text        NOT NULL DEFAULT 'proposed',
    before          jsonb,
    after           jsonb,
    reason          text        NOT NULL,
    document_number text        NOT NULL,
    organization    text COLLATE "C" NOT NULL,
    proposed_by     text        NOT NULL,
    proposed_at     timestamptz NOT NULL,
    decided_by      text,
    decided_at      timestamptz,
    decision_reason text,
    CONSTRAINT list_changes_list_is_known CHECK (
        list_name IN ('letters', 'editions', 'provinces', 'divisions', 'watched_issuers')),
    CONSTRAINT list_changes_act_is_known CHECK (act IN ('set', 'end')),
    CONSTRAINT list_changes_status_is_known CHECK (status IN ('proposed', 'approved', 'refused', 'withdrawn')),
    CONSTRAINT list_changes_something CHECK (before IS DISTINCT FROM after),
    CONSTRAINT list_changes_only_an_end_takes_away CHECK (after IS NOT NULL OR act = 'end'),
    CONSTRAINT list_changes_only_what_stands_ends CHECK (before IS NOT NULL OR act = 'set'),
    CONSTRAINT list_changes_decision_is_whole CHECK (
        (status = 'proposed') = (decided_by IS NULL)
        AND (decided_by IS NULL) = (decided_at IS NULL)
        AND (decided_by IS NULL) = (decision_reason IS NULL)
        AND decided_at >= proposed_at IS NOT FALSE),
    CONSTRAINT list_changes_two_persons CHECK (
        (status NOT IN ('approved', 'refused') OR decided_by <> proposed_by)
        AND (status <> 'withdrawn' OR decided_by = proposed_by)),
    CONSTRAINT list_changes_version_counts_up CHECK (version >= 1)
);
COMMENT ON COLUMN list_changes.before IS 'null: it is new';
COMMENT ON COLUMN list_changes.after IS 'null: it goes';
COMMENT ON COLUMN list_changes.organization IS 'of who proposed';
CREATE UNIQUE INDEX list_changes_one_open ON list_changes (list_name, key) WHERE status = 'proposed';
CREATE INDEX list_changes_of_list ON list_changes (list_name, id);
GRANT SELECT ON list_changes TO birthreg_service;
GRANT INSERT (id, list_name, key, act, before, after, reason, document_number, organization, proposed_by, proposed_at)
   ON list_changes TO birthreg_service;
GRANT UPDATE (version, status, decided_by, decided_at, decision_reason) ON list_changes TO birthreg_service;

-- Every change of a list's rows, whoever wrote it. Written by triggers alone.
CREATE TABLE list_history (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    list_name   text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    before      jsonb,
    after       jsonb,
    change_id   uuid        REFERENCES list_changes (id),
    proposed_by text,
    approved_by text,
    written_by  text        NOT NULL,
    changed_at  timestamptz NOT NULL
);
COMMENT ON COLUMN list_history.change_id IS 'null: written past the service, by the database''s owner';
COMMENT ON COLUMN list_history.written_by IS 'the login of the database';
CREATE INDEX list_history_of_list ON list_history (list_name, id);
CREATE INDEX list_history_of_row ON list_history (list_name, key, id);
GRANT SELECT ON list_history TO birthreg_service;

-- What names a row of a list: a division may have borne several names one after the other.
CREATE FUNCTION list_key(list_name text, listed jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE list_name
           WHEN 'letters'         THEN listed ->> 'letter'
           WHEN 'editions'        THEN listed ->> 'edition'
           WHEN 'provinces'       THEN listed ->> 'code'
           WHEN 'divisions'       THEN concat_ws(' ', listed ->> 'code', listed ->> 'valid_from')
           WHEN 'watched_issuers' THEN listed ->> 'id'
           END
$$;

-- A row of a list as it stands; null where there is none.
CREATE FUNCTION listed_row(list_name text, key text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE list_name
           WHEN 'letters' THEN
               (SELECT to_jsonb(listed) FROM certificate_letters AS listed WHERE letter = key)
           WHEN 'editions' THEN
               (SELECT to_jsonb(listed) FROM certificate_editions AS listed WHERE edition = key::int)
           WHEN 'provinces' THEN
               (SELECT to_jsonb(listed) FROM provinces AS listed WHERE code = key)
           WHEN 'divisions' THEN
               (SELECT to_jsonb(listed) FROM divisions AS listed
                 WHERE code = split_part(key, ' ', 1)
                   AND valid_from IS NOT DISTINCT FROM nullif(split_part(key, ' ', 2), '')::date)
           WHEN 'watched_issuers' THEN
               (SELECT to_jsonb(listed) FROM watched_issuers AS listed WHERE id = key::uuid)
           END
$$;

CREATE FUNCTION lists_keep_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    stood   jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    stands  jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    changes list_changes;
BEGIN
    IF stood IS DISTINCT FROM stands THEN
        SELECT * INTO changes
          FROM list_changes
         WHERE id = nullif(current_setting('birthreg.list_change', true), '')::uuid;
        INSERT INTO list_history (list_name, key, before, after, change_id, proposed_by, approved_by, written_by,
                                  changed_at)
        VALUES (TG_ARGV[0], list_key(TG_ARGV[0], coalesce(stands, stood)), stood, stands, changes.id,
                changes.proposed_by, changes.decided_by, session_user, coalesce(changes.decided_at, now()));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER lists_keep_history AFTER INSERT OR UPDATE OR DELETE ON certificate_letters
    FOR EACH ROW EXECUTE FUNCTION lists_keep_history('letters');
CREATE TRIGGER lists_keep_history AFTER INSERT OR UPDATE OR DELETE ON certificate_editions
    FOR EACH ROW EXECUTE FUNCTION lists_keep_history('editions');
CREATE TRIGGER lists_keep_history AFTER INSERT OR UPDATE OR DELETE ON provinces
    FOR EACH ROW EXECUTE FUNCTION lists_keep_history('provinces');
CREATE TRIGGER lists_keep_history AFTER INSERT OR UPDATE OR DELETE ON divisions
    FOR EACH ROW EXECUTE FUNCTION lists_keep_history('divisions');
CREATE TRIGGER lists_keep_history AFTER INSERT OR UPDATE OR DELETE ON watched_issuers
    FOR EACH ROW EXECUTE FUNCTION lists_keep_history('watched_issuers');

CREATE FUNCTION list_changes_are_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'proposed' THEN
        RAISE EXCEPTION 'change % is % already', OLD.id, OLD.status;
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'change % goes from version % to %', OLD.id, OLD.version, NEW.version;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER list_changes_are_decided_once BEFORE UPDATE ON list_changes
    FOR EACH ROW EXECUTE FUNCTION list_changes_are_decided_once();

-- To approve a change is to carry it out: there is no other way for the service to write a list.
CREATE FUNCTION list_changes_take_effect() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF listed_row(NEW.list_name, NEW.key) IS DISTINCT FROM NEW.before THEN
        RAISE EXCEPTION 'the row has changed since change % was proposed', NEW.id;
    END IF;
    PERFORM set_config('birthreg.list_change', NEW.id::text, true);
    CASE NEW.list_name
    WHEN 'letters' THEN
        IF NEW.after IS NULL THEN
            DELETE FROM certificate_letters WHERE letter = NEW.key;
        ELSE
            INSERT INTO certificate_letters (letter, year)
            SELECT letter, year FROM jsonb_populate_record(NULL::certificate_letters, NEW.after)
            ON CONFLICT (letter) DO UPDATE SET year = excluded.year;
        END IF;
    WHEN 'editions' THEN
        INSERT INTO certificate_editions (edition, first_day, last_day)
        SELECT edition, first_day, last_day FROM jsonb_populate_record(NULL::certificate_editions, NEW.after)
        ON CONFLICT (edition) DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day;
    WHEN 'provinces' THEN
        INSERT INTO provinces (code, name, complete_from, latitude, longitude)
        SELECT code, name, complete_from, latitude, longitude FROM jsonb_populate_record(NULL::provinces, NEW.after)
        ON CONFLICT (code) DO UPDATE
           SET name = excluded.name, complete_from = excluded.complete_from, latitude = excluded.latitude,
               longitude = excluded.longitude;
    WHEN 'divisions' THEN
        INSERT INTO divisions (code, name, valid_from, valid_to, successors)
        SELECT code, name, valid_from, valid_to, successors FROM jsonb_populate_record(NULL::divisions, NEW.after)
        ON CONFLICT ON CONSTRAINT divisions_once DO UPDATE
           SET name = excluded.name, valid_to = excluded.valid_to, successors = excluded.successors;
    WHEN 'watched_issuers' THEN
        IF NEW.act = 'end' THEN
            UPDATE watched_issuers SET ended_at = NEW.decided_at, ended_by = NEW.proposed_by
             WHERE id = NEW.key::uuid;
        ELSE
            INSERT INTO watched_issuers (id, issuer_code, issuer_name, issuer_division, issued_from, issued_to, reason,
                                         document_number, organization, listed_at, listed_by, approved_by)
            SELECT NEW.key::uuid, issuer_code, issuer_name, issuer_division, issued_from, issued_to, NEW.reason,
                   NEW.document_number, NEW.organization, NEW.decided_at, NEW.proposed_by, NEW.decided_by
              FROM jsonb_populate_record(NULL::watched_issuers, NEW.after);
        END IF;
    END CASE;
    PERFORM set_config('birthreg.list_change', '', true);
    RETURN NULL;
END
$$;
CREATE TRIGGER list_changes_take_effect AFTER UPDATE OF status ON list_changes
    FOR EACH ROW WHEN (NEW.status = 'approved') EXECUTE FUNCTION list_changes_take_effect();
