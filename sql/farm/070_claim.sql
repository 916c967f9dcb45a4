-- SPDX-License-Identifier: MIT
-- Taking jobs, and giving them back.

-- Workers of a run that are silent. Their rows are held, so that none comes back while its jobs are taken.
CREATE FUNCTION farm.silent_of(run bigint) RETURNS bigint[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(id), '{}') FROM (
            SELECT w.id FROM farm.worker w WHERE w.run = $1 AND w.left_at IS NULL AND w.lease_until <= clock_timestamp()
            FOR NO KEY UPDATE SKIP LOCKED
        ) x
    );
END
$$;

CREATE FUNCTION farm.hosts_of(run bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (
        SELECT count(*) FROM farm.worker w WHERE w.run = $1 AND w.left_at IS NULL AND NOT w.draining AND w.lease_until > clock_timestamp()
    );
END
$$;

-- Whether the worker may take a job that is claimed: one of a silent worker, or one of its own that it does not know, since the answer
-- that gave the job, or the request that gave it back, was lost. `have` are the jobs that it knows; NULL: it did not say.
CREATE FUNCTION farm.is_stranded(me farm.worker, j farm.job, have int[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT j.worker <> me.id OR j.n <> ALL (have)
$$;

-- Jobs of a system that may be taken: of those that wait, and of those `owners` where they are stranded; 1,000 of each at most are counted.
CREATE FUNCTION farm.free_of(me farm.worker, system int, owners bigint[], have int[], but_not int[], no_keyed boolean) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT (SELECT count(*) FROM (
                SELECT 1 FROM farm.job j WHERE j.run = me.run AND j.system = $2 AND j.state = 'waiting' AND j.n <> ALL (but_not)
                AND NOT (no_keyed AND j.keyed) LIMIT 1000) x)
            + (SELECT count(*) FROM (
                SELECT 1 FROM farm.job j WHERE j.worker = ANY (owners) AND j.system = $2 AND j.state = 'claimed'
                AND farm.is_stranded(me, j, have) AND j.n <> ALL (but_not) AND NOT (no_keyed AND j.keyed) LIMIT 1000) y)
    );
END
$$;

CREATE FUNCTION farm.take(me farm.worker, system int, count bigint, owners bigint[], have int[], but_not int[], no_keyed boolean) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    jobs jsonb;
BEGIN
    WITH lapsed AS (
        SELECT j.n FROM farm.job j WHERE j.worker = ANY (owners) AND j.system = $2 AND j.state = 'claimed'
            AND farm.is_stranded(me, j, have) AND j.n <> ALL (but_not) AND NOT (no_keyed AND j.keyed)
        ORDER BY j.n LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
    ), waiting AS (
        SELECT j.n FROM farm.job j WHERE j.run = me.run AND j.system = $2 AND j.state = 'waiting' AND j.n <> ALL (but_not)
            AND NOT (no_keyed AND j.keyed)
        ORDER BY j.n LIMIT $3 - (SELECT count(*) FROM lapsed) FOR NO KEY UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE farm.job j SET state = 'claimed', worker = me.id, epoch = j.epoch + 1
        FROM (SELECT n FROM lapsed UNION ALL SELECT n FROM waiting) c WHERE j.run = me.run AND j.n = c.n
        RETURNING j.n, j.epoch
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('job', t.n, 'n', t.n, 'epoch', t.epoch, 'begun', t.epoch > 1) ORDER BY t.n), '[]')
    INTO jobs FROM taken t;
    RETURN jobs;
END
$$;

-- Seconds until a lease may end of another that is at work and has jobs of this system.
CREATE FUNCTION farm.next_lapse(me farm.worker, system int) RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (
        SELECT min(farm.until(w.lease_until)) FROM farm.worker w
        WHERE w.run = me.run AND w.id <> me.id AND w.lease_until > clock_timestamp() AND EXISTS (
            SELECT 1 FROM farm.job j WHERE j.worker = w.id AND j.system = $2 AND j.state = 'claimed')
    );
END
$$;

CREATE FUNCTION farm.claim_now(me farm.worker, s farm.system, given jsonb) RETURNS jsonb LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    no_keyed boolean := coalesce(jsonb_typeof(given -> 'keyed') = 'boolean' AND (given -> 'keyed')::boolean, false);
    but_not int[] := CASE WHEN jsonb_typeof(given -> 'keyed') = 'array' THEN farm.ints(given -> 'keyed') ELSE '{}' END;
    owners bigint[] := farm.silent_of(me.run) || me.id;
    have int[] := CASE WHEN given ? 'have' THEN farm.ints(given -> 'have') END;
    free bigint := farm.free_of(me, s.id, owners, have, but_not, no_keyed);
    share bigint := least((given ->> 'count')::bigint, greatest(1, ceil(free::numeric / greatest(farm.hosts_of(me.run), 1))));
    jobs jsonb := '[]';
BEGIN
    IF share > 0 AND free > 0 THEN
        jobs := farm.take(me, s.id, share, owners, have, but_not, no_keyed);
    END IF;
    RETURN jsonb_build_object('jobs', jobs, 'free', greatest(free - jsonb_array_length(jobs), 0), 'wait', farm.next_lapse(me, s.id));
END
$$;

CREATE FUNCTION farm.claim(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    s farm.system;
    unfinished int;
    answer jsonb := '{"jobs": [], "free": 0}';
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    PERFORM farm.touch(me);
    SELECT * INTO s FROM farm.system x WHERE x.id = (given ->> 'system')::int;
    SELECT r.unfinished INTO unfinished FROM farm.run_system r WHERE r.run = me.run AND r.system = s.id;
    IF unfinished IS NULL THEN
        RAISE 'farm: the run has no system %', given ->> 'system' USING ERRCODE = 'invalid_parameter_value';
    ELSIF me.draining THEN
        answer := answer || '{"draining": true}';
    ELSIF s.identity <> farm.here() THEN -- the next heartbeat holds it for so long; here its lock would come behind that of a worker
        answer := answer || jsonb_build_object('held', extract(epoch FROM farm.window_of(s)));
    ELSIF s.held_until > clock_timestamp() THEN
        answer := answer || jsonb_build_object('held', farm.until(s.held_until));
    ELSIF s.stopped_code IS NOT NULL THEN
        answer := answer || jsonb_build_object('stopped', jsonb_build_object('code', s.stopped_code, 'why', s.stopped_why));
    ELSIF EXISTS (SELECT 1 FROM farm.run r WHERE r.id = me.run AND r.state = 'open') THEN
        answer := farm.claim_now(me, s, given);
    END IF;
    RETURN jsonb_strip_nulls(answer || jsonb_build_object('left', unfinished));
END
$$;

-- Gives jobs back. `begun` stays.
CREATE FUNCTION farm.give_back(me farm.worker, jobs int[]) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    count int;
BEGIN
    UPDATE farm.job j SET state = 'waiting', worker = NULL
    WHERE j.worker = me.id AND j.state = 'claimed' AND (jobs IS NULL OR j.n = ANY (jobs));
    GET DIAGNOSTICS count = ROW_COUNT;
    IF count > 0 THEN
        PERFORM farm.tell(me.run);
    END IF;
    RETURN count;
END
$$;

CREATE FUNCTION farm.release(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    PERFORM farm.lock_run(me.run);
    RETURN jsonb_build_object('released', farm.give_back(me, farm.column_of(given -> 'jobs', 0)));
END
$$;

CREATE FUNCTION farm.leave(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    released int;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    PERFORM farm.lock_systems_of(me.run);
    PERFORM farm.lock_run(me.run);
    UPDATE farm.worker w SET left_at = clock_timestamp() WHERE w.id = me.id;
    DELETE FROM farm.place p WHERE p.worker = me.id;
    released := farm.give_back(me, NULL);
    PERFORM farm.tell(me.run);
    RETURN jsonb_build_object('left', true, 'released', released);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION farm.claim(bigint, jsonb), farm.release(bigint, jsonb), farm.leave(bigint, jsonb) TO signoff_worker;
