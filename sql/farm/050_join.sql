-- SPDX-License-Identifier: MIT
-- Joining a run: the first creates it, others take part in it.

CREATE FUNCTION farm.refused(why text, message text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('refused', why, 'message', message)
$$;

CREATE FUNCTION farm.schema_version() RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT max(v.number) FROM farm.version v
$$;

CREATE FUNCTION farm.key_of(system jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (system ->> 'kind') || ' ' || (system ->> 'url')
$$;

-- A row for each system that no run had before. One that a run had may be among the commits that were lost: it is held as the others are.
CREATE FUNCTION farm.add_systems(systems jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    added farm.system[];
    lost_at timestamptz := to_timestamp(farm.number('lost_at'));
BEGIN
    WITH made AS (
        INSERT INTO farm.system (key, kind, url, per_window, window_s, at_once, identity)
        SELECT farm.key_of(e), e ->> 'kind', e ->> 'url', (e ->> 'per_window')::int, coalesce((e ->> 'window')::float8, 60),
            (e ->> 'at_once')::int, farm.here()
        FROM jsonb_array_elements(systems) AS x (e) ORDER BY farm.key_of(e)
        ON CONFLICT (key) DO NOTHING RETURNING *
    )
    SELECT array_agg(m) INTO added FROM made m;
    PERFORM farm.settle(s) FROM unnest(added) s WHERE lost_at > clock_timestamp() - farm.window_of(s);
END
$$;

CREATE FUNCTION farm.limits_of(per_window int, window_s double precision, at_once int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce($1 || ' changes in ' || $2 || ' s', 'no ceiling') || ', ' || coalesce($3 || ' at once', 'any number at once')
$$;

CREATE FUNCTION farm.has_hosts(system int) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT EXISTS (
        SELECT 1 FROM farm.run_system r JOIN farm.worker w ON w.run = r.run
        WHERE r.system = $1 AND w.left_at IS NULL AND w.lease_until > clock_timestamp())
$$;

-- Sets the limits of those systems that nobody uses; gives the first that somebody uses with others, as a sentence.
CREATE FUNCTION farm.agree_on_limits(systems jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    s farm.system;
    wanted record;
BEGIN
    FOR wanted IN
        SELECT x.id, e ->> 'name' AS name, (e ->> 'per_window')::int AS per_window, coalesce((e ->> 'window')::float8, 60) AS window_s,
            (e ->> 'at_once')::int AS at_once
        FROM jsonb_array_elements(systems) AS y (e) JOIN farm.system x ON x.key = farm.key_of(e) ORDER BY x.id
    LOOP
        s := farm.lock_system(wanted.id);
        IF (s.per_window, s.window_s, s.at_once) IS NOT DISTINCT FROM (wanted.per_window, wanted.window_s, wanted.at_once) THEN
            CONTINUE;
        ELSIF farm.has_hosts(s.id) THEN
            RETURN format('%s: other hosts use it with %s, and this one has %s; give all the same', wanted.name,
                farm.limits_of(s.per_window, s.window_s, s.at_once), farm.limits_of(wanted.per_window, wanted.window_s, wanted.at_once));
        END IF;
        UPDATE farm.system x SET per_window = wanted.per_window, window_s = wanted.window_s, at_once = wanted.at_once WHERE x.id = s.id;
    END LOOP;
    RETURN NULL;
END
$$;

-- Why a run that is there, or is not, cannot be joined.
CREATE FUNCTION farm.refusal(r farm.run, given jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    known int := farm.schema_version();
    wanted int := (given ->> 'schema')::int;
BEGIN
    IF wanted <> known THEN
        RETURN farm.refused('version', format('the farm has the schema %s, and this host knows %s; %s', known, wanted,
            CASE WHEN wanted > known THEN 'run: signoff-offboard farm init' ELSE 'bring this host to the version of the others' END));
    ELSIF r.id IS NULL AND NOT coalesce((given ->> 'create')::boolean, false) THEN
        RETURN farm.refused('missing', format('there is no run %s', given ->> 'run'));
    ELSIF r.digest <> given ->> 'digest' THEN
        RETURN farm.refused('digest', format('the run %s is of another plan: its digest is %s, and that of this one %s', r.name,
            r.digest, given ->> 'digest'));
    ELSIF r.state IN ('over', 'abandoned') THEN
        RETURN farm.refused('over', format('the run %s %s', r.name, CASE r.state WHEN 'over' THEN 'has ended' ELSE 'was abandoned' END));
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION farm.create_run(given jsonb) RETURNS farm.run LANGUAGE plpgsql AS $$
DECLARE
    r farm.run;
BEGIN
    INSERT INTO farm.run (id, name, digest, operator, identity)
    VALUES (farm.random_id(), given ->> 'run', given ->> 'digest', given ->> 'operator', farm.here())
    ON CONFLICT (name) DO NOTHING RETURNING * INTO r;
    IF r.id IS NOT NULL THEN
        INSERT INTO farm.run_system (run, name, system)
        SELECT r.id, e ->> 'name', s.id FROM jsonb_array_elements(given -> 'systems') AS x (e) JOIN farm.system s ON s.key = farm.key_of(e);
        PERFORM farm.write(r.id, NULL, NULL, ARRAY[given ->> 'start']);
    END IF;
    RETURN r;
END
$$;

CREATE FUNCTION farm.add_worker(run bigint, given jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint := farm.random_id();
BEGIN
    INSERT INTO farm.worker (id, run, host, pid, version, lease_until)
    VALUES (made, $1, given ->> 'host', (given ->> 'pid')::int, given ->> 'version',
        clock_timestamp() + farm.seconds(farm.number('lease')));
    INSERT INTO farm.place (system, worker) SELECT s.system, made FROM farm.run_system s WHERE s.run = $1;
    RETURN made;
END
$$;

-- Systems that the run does not have: of a run that was created with others, though its plan is the same.
CREATE FUNCTION farm.strange_system(run bigint, systems jsonb) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT e ->> 'name' FROM jsonb_array_elements(systems) AS x (e)
    WHERE NOT EXISTS (
        SELECT 1 FROM farm.run_system r JOIN farm.system s ON s.id = r.system
        WHERE r.run = $1 AND r.name = e ->> 'name' AND s.key = farm.key_of(e))
    LIMIT 1
$$;

CREATE FUNCTION farm.join_run(given jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r farm.run;
    why jsonb;
    problem text;
    created boolean := false;
BEGIN
    PERFORM farm.worker_of(0); -- the transaction is such a one
    SELECT * INTO r FROM farm.run x WHERE x.name = given ->> 'run';
    why := farm.refusal(r, given);
    IF why IS NOT NULL THEN
        RETURN why;
    END IF;
    PERFORM farm.add_systems(given -> 'systems');
    problem := farm.agree_on_limits(given -> 'systems');
    IF problem IS NOT NULL THEN
        RETURN farm.refused('limits', problem);
    END IF;
    IF r.id IS NULL THEN
        r := farm.create_run(given);
        created := r.id IS NOT NULL;
    END IF;
    SELECT * INTO r FROM farm.run x WHERE x.name = given ->> 'run' FOR NO KEY UPDATE;
    why := farm.refusal(r, given);
    problem := farm.strange_system(r.id, given -> 'systems');
    IF why IS NULL AND problem IS NOT NULL THEN
        why := farm.refused('digest', format('the run %s has no system %s with this address', r.name, problem));
    END IF;
    RETURN coalesce(why, farm.joined(r, farm.add_worker(r.id, given), created));
END
$$;

-- The name by which results that wait on a host are known to be this farm's: it stays when a standby takes over.
CREATE FUNCTION farm.name() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT split_part(farm.here(), '/', 1) || '/' || current_database()
$$;

CREATE FUNCTION farm.joined(r farm.run, worker bigint, created boolean) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_build_object('run', r.id, 'worker', $2, 'created', created, 'state', r.state, 'lines', r.lines,
        'identity', farm.here(), 'farm', farm.name(),
        'systems', (SELECT jsonb_object_agg(s.name, jsonb_build_object('id', s.system)) FROM farm.run_system s WHERE s.run = r.id))
        || (SELECT jsonb_object_agg(s.name, s.value) FROM farm.setting s WHERE s.name IN ('lease', 'heartbeat', 'grant', 'poll'))
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION farm.schema_version() TO signoff_reader;
GRANT EXECUTE ON FUNCTION farm.join_run(jsonb) TO signoff_worker;
