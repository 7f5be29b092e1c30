-- Sweeps (全面倒查): rules over all that was ever entered, in parts that end or don't.

CREATE TABLE sweeps (
    id             uuid        PRIMARY KEY,
    version        int         NOT NULL DEFAULT 1,
    status         text        NOT NULL,
    rules          text[]      NOT NULL,
    rules_version  bigint      NOT NULL,
    since          timestamptz,
    note           text        NOT NULL,
    requested_at   timestamptz NOT NULL,
    requested_by   text        NOT NULL,
    organization   text COLLATE "C" NOT NULL,
    reach          text COLLATE "C" NOT NULL,
    cut_to         uuid        NOT NULL,
    up_to          uuid        NOT NULL,
    parts_cut      int         NOT NULL DEFAULT 0,
    parts_done     int         NOT NULL DEFAULT 0,
    total          bigint      NOT NULL,
    done           bigint      NOT NULL DEFAULT 0,
    found          bigint      NOT NULL DEFAULT 0,
    started_at     timestamptz,
    moving_since   timestamptz,
    rules_changed_at timestamptz,
    ended_at       timestamptz,
    CONSTRAINT sweeps_status_is_known CHECK (status IN ('waiting', 'running', 'paused', 'done', 'cancelled')),
    CONSTRAINT sweeps_run_some_rule CHECK (cardinality(rules) > 0),
    CONSTRAINT sweeps_end_is_dated CHECK ((status IN ('done', 'cancelled')) = (ended_at IS NOT NULL)),
    CONSTRAINT sweeps_running_have_begun CHECK (status <> 'running' OR started_at IS NOT NULL),
    CONSTRAINT sweeps_waiting_have_not CHECK (status <> 'waiting' OR started_at IS NULL),
    CONSTRAINT sweeps_done_are_whole CHECK (status <> 'done' OR (cut_to = up_to AND parts_done = parts_cut)),
    CONSTRAINT sweeps_do_no_part_twice CHECK (parts_done <= parts_cut)
);
COMMENT ON COLUMN sweeps.rules IS 'what is run: those that ran when it was asked for, or some of them';
COMMENT ON COLUMN sweeps.rules_version IS 'the rules'' version when it was asked for';
COMMENT ON COLUMN sweeps.reach IS 'the jurisdiction of who asked: everybody inside may see how far it is';
COMMENT ON COLUMN sweeps.cut_to IS 'the last registration that lies in a part';
COMMENT ON COLUMN sweeps.up_to IS 'the newest registration when it was asked for; later ones are screened as they are entered';
COMMENT ON COLUMN sweeps.total IS 'registrations, estimated until it is done';
COMMENT ON COLUMN sweeps.rules_changed_at IS 'when a part first ran by other versions than those of the request';
CREATE INDEX sweeps_open ON sweeps (requested_at, id) WHERE status IN ('waiting', 'running', 'paused');
GRANT SELECT, INSERT ON sweeps TO birthreg_service;
GRANT UPDATE (version, status, cut_to, parts_cut, parts_done, total, done, found, started_at, moving_since,
              rules_changed_at, ended_at) ON sweeps TO birthreg_service;

-- A stretch of registrations. Who works on it holds its row locked, and what was found and that it is done are
-- written together: when the worker is gone, so is the lock, and the part is as if nobody had touched it.
CREATE TABLE sweep_parts (
    sweep_id      uuid        NOT NULL REFERENCES sweeps (id),
    number        int         NOT NULL,
    after         uuid        NOT NULL,
    up_to         uuid        NOT NULL,
    registrations int         NOT NULL,
    found         int,
    done_at       timestamptz,
    CONSTRAINT sweep_parts_once PRIMARY KEY (sweep_id, number),
    CONSTRAINT sweep_parts_done_say_what CHECK ((done_at IS NULL) = (found IS NULL))
);
CREATE INDEX sweep_parts_open ON sweep_parts (sweep_id, number) WHERE done_at IS NULL;
CREATE INDEX sweep_parts_done ON sweep_parts (sweep_id, done_at) INCLUDE (registrations) WHERE done_at IS NOT NULL;
GRANT SELECT, INSERT ON sweep_parts TO birthreg_service;
GRANT UPDATE (found, done_at) ON sweep_parts TO birthreg_service;

-- What each version of a rule found in a sweep.
CREATE TABLE sweep_rules (
    sweep_id uuid   NOT NULL REFERENCES sweeps (id),
    code     text COLLATE "C" NOT NULL,
    version  int    NOT NULL,
    found    bigint NOT NULL,
    shadows  bigint NOT NULL,
    CONSTRAINT sweep_rules_once PRIMARY KEY (sweep_id, code, version)
);
COMMENT ON COLUMN sweep_rules.shadows IS 'findings of a rule on trial, not among the found';
GRANT SELECT, INSERT ON sweep_rules TO birthreg_service;
GRANT UPDATE (found, shadows) ON sweep_rules TO birthreg_service;

CREATE INDEX findings_by_sweep ON findings (sweep_id, rule, id) WHERE sweep_id IS NOT NULL;

-- How many registrations lie in a stretch: counted where they are few, as the planner sees it where they are many.
CREATE FUNCTION estimate_facts(after uuid, up_to uuid) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    counted bigint;
    plan    json;
BEGIN
    SELECT count(registration_id) INTO counted
      FROM (SELECT registration_id
              FROM screening_facts
             WHERE registration_id > estimate_facts.after
               AND registration_id <= estimate_facts.up_to
             LIMIT 100000) AS few;
    IF counted < 100000 THEN
        RETURN counted;
    END IF;
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT registration_id FROM screening_facts'
                   ' WHERE registration_id > %L AND registration_id <= %L', after, up_to) INTO plan;
    RETURN greatest(counted, (plan -> 0 -> 'Plan' ->> 'Plan Rows')::bigint);
END
$$;
