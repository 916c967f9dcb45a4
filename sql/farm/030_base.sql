-- SPDX-License-Identifier: MIT
-- Parts of the functions that follow. Nobody else may execute them.
--
-- The order of locks, everywhere: systems by their ids, the run, workers, jobs. Only the server's clock_timestamp() is compared.

CREATE FUNCTION farm.number(name text) RETURNS double precision LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT s.value FROM farm.setting s WHERE s.name = $1
    );
END
$$;

CREATE FUNCTION farm.seconds(number double precision) RETURNS interval LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN make_interval(secs => $1);
END
$$;

-- Seconds until then, to the millisecond, never 0.
CREATE FUNCTION farm.until(moment timestamptz) RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN greatest(ceil(extract(epoch FROM $1 - clock_timestamp()) * 1000) / 1000, 0.001)::numeric(12, 3);
END
$$;

-- Random, so that a server that lost its last commits does not give one again; and exact as a double.
CREATE FUNCTION farm.random_id() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN floor(random() * 281474976710656)::bigint;
END
$$;

-- Which server this is, and which of its histories: a standby that was promoted begins a new one.
CREATE FUNCTION farm.here() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (pg_control_system()).system_identifier || '/'
        || ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int;
END
$$;

-- The worker, unless it left or is not known here. A commit is on the server's disk when it is acknowledged, whatever the defaults are;
-- plans are made once, for any argument, by indexes.
CREATE FUNCTION farm.worker_of(id bigint) RETURNS farm.worker LANGUAGE plpgsql AS $$
DECLARE
    found farm.worker;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'farm: the transaction is %; it must be read committed', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state';
    ELSIF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'local', true);
    END IF;
    IF current_setting('plan_cache_mode') <> 'force_generic_plan' THEN
        PERFORM set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true);
    END IF;
    SELECT * INTO found FROM farm.worker w WHERE w.id = $1 AND w.left_at IS NULL;
    RETURN found;
END
$$;

-- The answer to a worker that left, or that the server does not know any more.
CREATE FUNCTION farm.unknown() RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN '{"unknown": true}'::jsonb;
END
$$;

-- Keeps a worker's lease at more than half its length. Before its jobs are looked at: a claim takes those of a worker whose row it holds.
CREATE FUNCTION farm.touch(me farm.worker) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lease interval := farm.seconds(farm.number('lease'));
BEGIN
    IF me.lease_until < clock_timestamp() + lease / 2 THEN
        UPDATE farm.worker w SET lease_until = clock_timestamp() + lease WHERE w.id = me.id;
    END IF;
END
$$;

CREATE FUNCTION farm.window_of(s farm.system) RETURNS interval LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN farm.seconds(s.window_s * farm.number('window_scale'));
END
$$;

-- Holds a system for one whole window, and lets its places be told anew by those that have them.
CREATE FUNCTION farm.settle(s farm.system) RETURNS farm.system LANGUAGE plpgsql AS $$
DECLARE
    now timestamptz := clock_timestamp();
BEGIN
    UPDATE farm.system x SET held_until = greatest(x.held_until, now + farm.window_of(s)),
        settled_at = now + greatest(farm.window_of(s), farm.seconds(farm.number('lease')))
    WHERE x.id = s.id RETURNING * INTO s;
    RETURN s;
END
$$;

-- Locks a system. The first to see that the server is another, or lost its last commits, holds it for one whole window: what was begun
-- and lost is out of the window then.
CREATE FUNCTION farm.lock_system(id int) RETURNS farm.system LANGUAGE plpgsql AS $$
DECLARE
    s farm.system;
    here text := farm.here();
BEGIN
    SELECT * INTO s FROM farm.system x WHERE x.id = $1 FOR NO KEY UPDATE;
    IF s.id IS NULL THEN
        RAISE 'farm: there is no system %', $1 USING ERRCODE = 'invalid_parameter_value';
    ELSIF s.identity <> here THEN
        UPDATE farm.system x SET identity = here WHERE x.id = $1;
        s := farm.settle(s);
    END IF;
    RETURN s;
END
$$;

CREATE FUNCTION farm.lock_systems_of(run bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one int;
BEGIN
    FOR one IN SELECT r.system FROM farm.run_system r WHERE r.run = $1 ORDER BY r.system LOOP
        PERFORM farm.lock_system(one);
    END LOOP;
END
$$;

CREATE FUNCTION farm.lock_run(id bigint) RETURNS farm.run LANGUAGE plpgsql AS $$
DECLARE
    r farm.run;
BEGIN
    SELECT * INTO r FROM farm.run x WHERE x.id = $1 FOR NO KEY UPDATE;
    RETURN r;
END
$$;

-- The elements of lists come in their order.
CREATE FUNCTION farm.texts(list jsonb) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN ARRAY(SELECT e FROM jsonb_array_elements_text(coalesce($1, '[]')) AS x (e));
END
$$;

CREATE FUNCTION farm.ints(list jsonb) RETURNS int[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN farm.texts($1)::int[];
END
$$;

-- Of [[job, epoch], ...], or of [job, ...]: one of the two columns.
CREATE FUNCTION farm.column_of(pairs jsonb, place int) RETURNS int[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN ARRAY(SELECT CASE WHEN jsonb_typeof(e) = 'array' THEN (e ->> place)::int WHEN place = 0 THEN e::int END
        FROM jsonb_array_elements(coalesce(pairs, '[]')) AS x (e));
END
$$;

-- The jobs of those that are not this worker's any more, or not in that epoch. Locks them. Those that it has done count as its own where
-- `done`.
CREATE FUNCTION farm.fenced_of(me farm.worker, jobs int[], epochs int[], done boolean DEFAULT false) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
    j record;
    mine int[] := '{}';
BEGIN
    FOR j IN
        SELECT x.n, x.worker, x.epoch, x.state FROM farm.job x WHERE x.run = me.run AND x.n = ANY (jobs) FOR NO KEY UPDATE
    LOOP
        IF j.worker = me.id AND j.epoch = epochs[array_position(jobs, j.n)] AND (j.state = 'claimed' OR done AND j.state = 'done') THEN
            mine := mine || j.n;
        END IF;
    END LOOP;
    RETURN ARRAY(SELECT n FROM unnest(jobs) AS g (n) WHERE n <> ALL (mine));
END
$$;

CREATE FUNCTION farm.tell(run bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('farm', $1::text);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
