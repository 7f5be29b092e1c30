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
