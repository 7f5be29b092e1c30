-- Faces: how scores are read, and templates of registered children, apart from everything else.

-- What a score means, as a study found it. Rows are added, never changed; the newest in force counts.
CREATE TABLE face_calibrations (
    id            uuid             PRIMARY KEY,
    model         text             NOT NULL,
    in_force_from timestamptz      NOT NULL,
    list_from     double precision NOT NULL,
    strong_from   double precision NOT NULL,
    for_children  boolean          NOT NULL,
    study         text             NOT NULL,
    entered_at    timestamptz      NOT NULL,
    officer       text COLLATE "C" NOT NULL,
    organization  text COLLATE "C" NOT NULL,
    CONSTRAINT face_calibrations_bands_are_in_order CHECK (0 < list_from AND list_from < strong_from AND strong_from <= 1),
    CONSTRAINT face_calibrations_dont_reach_back CHECK (in_force_from >= entered_at),
    CONSTRAINT face_calibrations_study_is_named CHECK (length(study) BETWEEN 1 AND 2000)
);
COMMENT ON COLUMN face_calibrations.model IS 'SHA-256 of the model whose scores it reads';
COMMENT ON COLUMN face_calibrations.for_children IS 'whether the study was made on children';
CREATE INDEX face_calibrations_by_time ON face_calibrations (model, in_force_from DESC, id DESC);
GRANT SELECT, INSERT ON face_calibrations TO birthreg_service;

-- How often the study erred if a score from here on counted as the same person.
CREATE TABLE face_calibration_points (
    calibration_id    uuid             NOT NULL REFERENCES face_calibrations (id),
    score             double precision NOT NULL,
    different_pairs   int              NOT NULL,
    different_reached int              NOT NULL,
    same_pairs        int              NOT NULL,
    same_reached      int              NOT NULL,
    CONSTRAINT face_calibration_points_one_a_score PRIMARY KEY (calibration_id, score),
    CONSTRAINT face_calibration_points_scores_are_cosines CHECK (score BETWEEN -1 AND 1),
    CONSTRAINT face_calibration_points_count CHECK (
        different_pairs > 0 AND same_pairs > 0
        AND different_reached BETWEEN 0 AND different_pairs AND same_reached BETWEEN 0 AND same_pairs)
);
GRANT SELECT, INSERT ON face_calibration_points TO birthreg_service;

-- What the books begin with: eleven pictures of nine adults that packages carry (`benchmarks.faces` counts them anew).
-- None of 52 says little: the rate may still be one in twenty, and of children nothing is known.
INSERT INTO face_calibrations (id, model, in_force_from, list_from, strong_from, for_children, study, entered_at, officer,
                               organization)
VALUES ('017d734a-7800-7000-8000-000000000001', 'fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee',
        '2021-12-01T00:00Z', 0.40, 0.50, false,
        '少量公开成人照片,未经儿童数据校准 · a few public photos of adults; uncalibrated for children',
        '2021-12-01T00:00Z', 'birthreg', '-');
INSERT INTO face_calibration_points (calibration_id, score, different_pairs, different_reached, same_pairs, same_reached)
SELECT '017d734a-7800-7000-8000-000000000001', score, 52, different_reached, 3, 3
  FROM (VALUES (0.20, 12), (0.25, 5), (0.30, 1), (0.35, 0), (0.40, 0), (0.50, 0), (0.60, 0), (0.70, 0))
    AS points (score, different_reached);

-- A schema of its own: the service reads no table in it. It keeps, forgets and searches by the functions below,
-- which give away whom a template belongs to and how near it is, never the template.
CREATE SCHEMA faces;
GRANT USAGE ON SCHEMA faces TO birthreg_service;

-- `sealed` is the template under the vault. `turned` is what a search compares: the template turned in its space by a
-- rotation derived from the key that `turned_under` marks, which keeps every score and says nothing without the key
-- or as many known faces as a template has dimensions. It is null where nothing can search.
CREATE TABLE faces.templates (
    id                     uuid        PRIMARY KEY,
    registration_id        uuid        NOT NULL REFERENCES registrations (id) ON DELETE CASCADE,
    organization           text COLLATE "C" NOT NULL,
    household_organization text COLLATE "C" NOT NULL,
    model                  text        NOT NULL,
    sealed                 bytea       NOT NULL,
    turned                 real[],
    turned_under           bytea,
    kept_at                timestamptz NOT NULL,
    kept_by                text COLLATE "C" NOT NULL,
    CONSTRAINT templates_turned_is_whole CHECK (
        (turned IS NULL) = (turned_under IS NULL) AND (turned IS NULL OR cardinality(turned) = 128))
);
CREATE INDEX templates_by_registration ON faces.templates (registration_id);

-- What the worker needs to seal templates anew when the data key changes: they stay sealed to whoever reads here.
CREATE VIEW face_templates AS SELECT id, sealed FROM faces.templates;
GRANT SELECT, UPDATE (sealed) ON face_templates TO birthreg_service;

-- Whether templates can be searched: where pgvector was made ready.
CREATE FUNCTION faces.is_searchable() RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT to_regtype('vector') IS NOT NULL
$$;

-- Make templates searchable, once; false where pgvector isn't installed, or whoever asks may not make it ready.
-- The worker turns what was kept before.
CREATE FUNCTION faces.make_searchable() RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
        RETURN false;
    END IF;
    CREATE EXTENSION IF NOT EXISTS vector SCHEMA public;
    RETURN faces.is_searchable();
EXCEPTION WHEN insufficient_privilege THEN
    RETURN false;
END
$$;
SELECT faces.make_searchable();

-- Keep a template of a registered child; false where as many as may be are kept already.
CREATE FUNCTION faces.keep(
    template uuid, registration uuid, place text, household text, by_model text, sealed_template bytea,
    turned_template real[], under bytea, moment timestamptz, officer text, at_most int)
RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH kept AS (
        INSERT INTO faces.templates (id, registration_id, organization, household_organization, model, sealed, turned,
                                     turned_under, kept_at, kept_by)
        SELECT template, registration, place, household, by_model, sealed_template,
               CASE WHEN faces.is_searchable() THEN turned_template END,
               CASE WHEN faces.is_searchable() THEN under END, moment, officer
         WHERE (SELECT count(*) FROM faces.templates WHERE registration_id = registration) < at_most
        RETURNING id
    )
    SELECT EXISTS (SELECT FROM kept)
$$;

-- Forget the templates of a child; how many there were.
CREATE FUNCTION faces.forget(registration uuid) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    forgotten int;
BEGIN
    DELETE FROM faces.templates WHERE registration_id = registration;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END
$$;

-- No template outlives what it was kept for: a registration that ended takes its own along.
CREATE FUNCTION faces.let_go() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM faces.templates WHERE registration_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER registrations_let_faces_go AFTER UPDATE OF status ON registrations
    FOR EACH ROW WHEN (NEW.status IN ('refused', 'withdrawn', 'revoked') AND OLD.status <> NEW.status)
    EXECUTE FUNCTION faces.let_go();

-- The children inside a scope whose templates are nearest to one, at most five, each by the nearest of their own.
-- `probes` holds what is searched for, turned under each of the keys that `marks` name, one after the other.
-- Every template of the scope is compared: an approximate index would miss most children who score 0.5, and say
-- nothing of it.
CREATE FUNCTION faces.find_near(
    scope text[], by_model text, marks bytea[], probes real[], at_least double precision, besides uuid)
RETURNS TABLE (registration_id uuid, score double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT faces.is_searchable() THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE
        'WITH probes AS (
            SELECT mark, ($4)[128 * place - 127 : 128 * place]::vector(128) AS probe
              FROM unnest($3) WITH ORDINALITY AS marks (mark, place)
        ),
        compared AS (
            SELECT templates.registration_id, -(templates.turned::vector(128) <#> probes.probe) AS score
              FROM faces.templates
              JOIN probes ON probes.mark = templates.turned_under
             WHERE (templates.organization LIKE ANY ($1) OR templates.household_organization LIKE ANY ($1))
               AND templates.model = $2
               AND templates.registration_id IS DISTINCT FROM $6
        )
        SELECT registration_id, max(score)
          FROM compared
         WHERE score >= $5
         GROUP BY registration_id
         ORDER BY max(score) DESC, registration_id
         LIMIT 5'
        USING scope, by_model, marks, probes, at_least, besides;
END
$$;

-- Templates that a search under the key of this mark wouldn't find, for the worker to turn; none without pgvector.
CREATE FUNCTION faces.list_unturned(mark bytea, after uuid, at_most int) RETURNS TABLE (id uuid, sealed bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT templates.id, templates.sealed
      FROM faces.templates
     WHERE templates.turned_under IS DISTINCT FROM mark
       AND templates.id > after
       AND faces.is_searchable()
     ORDER BY templates.id
     LIMIT at_most
$$;

CREATE FUNCTION faces.turn(template uuid, turned_template real[], under bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE faces.templates SET turned = turned_template, turned_under = under WHERE id = template
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA faces FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    faces.is_searchable(),
    faces.keep(uuid, uuid, text, text, text, bytea, real[], bytea, timestamptz, text, int),
    faces.forget(uuid),
    faces.find_near(text[], text, bytea[], real[], double precision, uuid),
    faces.list_unturned(bytea, uuid, int),
    faces.turn(uuid, real[], bytea)
TO birthreg_service;
