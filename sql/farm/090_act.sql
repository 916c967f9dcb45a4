-- SPDX-License-Identifier: MIT
-- Acts: one commit decides whether the jobs are still the worker's, whether there is room, whether it is its turn, and writes the intent.

-- Acts of a system that are open. One of a worker that left, or whose lease is over, ended with that at the latest: it counts for one more
-- window, though nobody has closed it.
CREATE FUNCTION farm.open_acts(s farm.system) RETURNS SETOF farm.act LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    since timestamptz := clock_timestamp() - farm.window_of(s);
BEGIN
    RETURN QUERY SELECT a.* FROM farm.act a WHERE a.system = s.id AND a.ended IS NULL AND a.sent IS DISTINCT FROM false
        AND coalesce((SELECT least(w.left_at, w.lease_until) > since FROM farm.worker w WHERE w.id = a.worker), true);
END
$$;

-- Seconds until a system has room and it is a worker's turn: evenly (`next_at`), and never more than so many in any window, where an act
-- counts from its beginning until a window after its end. Not positive: now.
CREATE FUNCTION farm.wait_of(s farm.system) RETURNS double precision LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    now timestamptz := clock_timestamp();
    span interval := farm.window_of(s);
    open bigint;
    recent bigint;
    freed timestamptz;
BEGIN
    IF s.per_window IS NOT NULL AND s.next_at > now THEN
        RETURN extract(epoch FROM s.next_at - now);
    END IF;
    SELECT count(*) INTO open FROM farm.open_acts(s);
    IF open >= s.at_once THEN
        RETURN 0.05;
    ELSIF s.per_window IS NULL THEN
        RETURN 0;
    END IF;
    SELECT count(*) INTO recent FROM farm.act a WHERE a.system = s.id AND a.ended > now - span AND a.sent IS DISTINCT FROM false;
    IF open + recent < s.per_window THEN
        RETURN 0;
    END IF;
    SELECT a.ended INTO freed FROM farm.act a WHERE a.system = s.id AND a.ended > now - span AND a.sent IS DISTINCT FROM false
    ORDER BY a.ended OFFSET open + recent - s.per_window LIMIT 1;
    RETURN extract(epoch FROM coalesce(freed, now) + CASE WHEN freed IS NULL THEN span / 60 ELSE span END - now);
END
$$;

CREATE FUNCTION farm.busy_with(t farm.act_target) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    a farm.act;
    w farm.worker;
BEGIN
    SELECT * INTO a FROM farm.act x WHERE x.id = t.act;
    SELECT * INTO w FROM farm.worker x WHERE x.id = a.worker;
    RETURN jsonb_build_object('busy', jsonb_build_object('run', (SELECT r.name FROM farm.run r WHERE r.id = t.run), 'host', w.host,
        'target', t.target_key, 'job', t.job, 'open', t.open, 'silent', w.left_at IS NOT NULL OR w.lease_until <= clock_timestamp()));
END
$$;

-- Another act that is open on one of the targets, or one of another worker that ended after that moment: then the look that this act rests
-- on is too old.
CREATE FUNCTION farm.busy_of(me farm.worker, system int, targets text[], looked timestamptz) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    t farm.act_target;
BEGIN
    SELECT * INTO t FROM farm.act_target x WHERE x.system = $2 AND x.target_key = ANY (targets) AND x.open LIMIT 1;
    IF t.act IS NULL AND looked IS NOT NULL THEN
        SELECT x.* INTO t FROM farm.act_target x
            CROSS JOIN LATERAL (SELECT * FROM farm.act y WHERE y.id = x.act OFFSET 0) a
        WHERE x.system = $2 AND x.target_key = ANY (targets) AND a.worker <> me.id AND a.ended > looked AND a.sent IS DISTINCT FROM false
        LIMIT 1;
    END IF;
    RETURN CASE WHEN t.act IS NOT NULL THEN farm.busy_with(t) END;
END
$$;

-- The moment before the look that an act rests on, from the seconds that have passed since then (`looked`). A question that was longer
-- on its way than a grant holds begins nothing.
CREATE FUNCTION farm.look_of(given jsonb) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN statement_timestamp() - farm.seconds((given ->> 'looked')::float8 + farm.number('grant'));
END
$$;

-- Why no act may begin; NULL: it may.
CREATE FUNCTION farm.hindrance(me farm.worker, s farm.system, jobs int[], epochs int[], targets text[], looked timestamptz)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    fenced int[] := farm.fenced_of(me, jobs, epochs);
    answer jsonb;
    seconds double precision;
BEGIN
    IF fenced <> '{}' THEN
        RETURN jsonb_build_object('fenced', to_jsonb(fenced));
    ELSIF s.stopped_code IS NOT NULL THEN
        RETURN jsonb_build_object('stopped', jsonb_build_object('code', s.stopped_code, 'why', s.stopped_why));
    ELSIF s.held_until > clock_timestamp() THEN
        RETURN jsonb_build_object('held', farm.until(s.held_until));
    END IF;
    answer := farm.busy_of(me, s.id, targets, looked);
    IF answer IS NULL THEN
        seconds := farm.wait_of(s);
        IF seconds > 0 THEN
            answer := jsonb_build_object('wait', greatest(ceil(seconds * 1000) / 1000, 0.001)::numeric(12, 3));
        END IF;
    END IF;
    RETURN answer;
END
$$;

-- The act that was begun with that number already: its answer was lost on the way.
CREATE FUNCTION farm.begun_already(me farm.worker, seq bigint, jobs int[]) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT CASE WHEN a.ended IS NULL THEN jsonb_build_object('go', a.id, 'line', a.line)
            ELSE jsonb_build_object('fenced', to_jsonb($3)) END
        FROM farm.act a WHERE a.worker = me.id AND a.seq = $2
    );
END
$$;

-- When the next act may begin after one at `now`. One that was late, but by little, does not make all others late.
CREATE FUNCTION farm.next_turn(s farm.system, now timestamptz) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    span interval := farm.window_of(s);
    late interval := least(span / s.per_window / 2, span * 0.002);
BEGIN
    RETURN CASE WHEN s.next_at >= now - late THEN s.next_at ELSE now END + span / s.per_window;
END
$$;

CREATE FUNCTION farm.start_act(me farm.worker, s farm.system, jobs int[], epochs int[], targets text[], record text, seq bigint)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    made bigint := farm.random_id();
    now timestamptz := clock_timestamp();
    line int := farm.write(me.run, me.id, ARRAY[seq], ARRAY[record]);
BEGIN
    INSERT INTO farm.act (id, run, system, worker, seq, line, began) VALUES (made, me.run, s.id, me.id, seq, line, now);
    INSERT INTO farm.act_target SELECT made, me.run, g.job, g.epoch, s.id, g.target
    FROM unnest(jobs, epochs, targets) AS g (job, epoch, target);
    UPDATE farm.job j SET begun = true WHERE j.run = me.run AND j.n = ANY (jobs) AND NOT j.begun;
    PERFORM farm.note_jobs(me.run, line, jobs);
    IF s.per_window > 0 THEN
        UPDATE farm.system x SET next_at = farm.next_turn(s, now) WHERE x.id = s.id;
    END IF;
    RETURN jsonb_build_object('go', made, 'line', line);
END
$$;

CREATE FUNCTION farm.begin_act(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    jobs int[] := farm.column_of(given -> 'jobs', 0);
    epochs int[] := farm.column_of(given -> 'jobs', 1);
    targets text[] := farm.texts(given -> 'targets');
    seq bigint := (given ->> 'seq')::bigint;
    s farm.system;
    answer jsonb;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    ELSIF cardinality(jobs) = 0 OR cardinality(jobs) <> cardinality(targets) THEN
        RAISE 'farm: an act has a target for each of its jobs, and one job at least' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    s := farm.lock_system((given ->> 'system')::int);
    PERFORM farm.lock_run(me.run);
    UPDATE farm.worker w SET lease_until = clock_timestamp() + farm.seconds(farm.number('lease')) WHERE w.id = me.id;
    answer := coalesce(farm.begun_already(me, seq, jobs), farm.hindrance(me, s, jobs, epochs, targets, farm.look_of(given)));
    RETURN coalesce(answer, farm.start_act(me, s, jobs, epochs, targets, given ->> 'record', seq));
END
$$;

-- The result of an act. Of one that another has ended meanwhile the line is written nevertheless.
CREATE FUNCTION farm.end_act(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    a farm.act;
    seq bigint := (given ->> 'seq')::bigint;
    line int;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    PERFORM farm.lock_run(me.run);
    SELECT * INTO a FROM farm.act x WHERE x.id = (given ->> 'act')::bigint;
    IF a.worker IS DISTINCT FROM me.id THEN
        RETURN '{"missing": true}';
    ELSIF a.ended IS NULL OR a.recovered AND a.sent IS NULL THEN
        UPDATE farm.act x SET ended = coalesce(x.ended, clock_timestamp()), sent = coalesce((given ->> 'sent')::boolean, true),
            answer = given ->> 'answer' WHERE x.id = a.id;
        UPDATE farm.act_target t SET open = false WHERE t.act = a.id AND t.open;
    END IF;
    IF given ->> 'record' IS NOT NULL AND NOT farm.is_written(me, seq) THEN
        line := farm.write(me.run, me.id, ARRAY[seq], ARRAY[given ->> 'record']);
        PERFORM farm.note_jobs(me.run, line, ARRAY(SELECT t.job FROM farm.act_target t WHERE t.act = a.id));
    END IF;
    RETURN jsonb_build_object('ended', true, 'late', a.recovered);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION farm.begin_act(bigint, jsonb), farm.end_act(bigint, jsonb) TO signoff_worker;
