-- SPDX-License-Identifier: MIT
-- Coming back after the server was away, and the end of a run.

-- The last of a worker's records that is here.
CREATE FUNCTION farm.last_of(me farm.worker) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT greatest(me.seq, coalesce((SELECT max(l.seq) FROM farm.line l WHERE l.worker = me.id), 0))
$$;

-- Holds every system of the farm for one whole window, and those that are not here any more when they come again.
CREATE FUNCTION farm.hold_all() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one int;
BEGIN
    FOR one IN SELECT s.id FROM farm.system s ORDER BY s.id LOOP
        PERFORM farm.settle(farm.lock_system(one));
    END LOOP;
    UPDATE farm.setting SET value = extract(epoch FROM clock_timestamp()) WHERE name = 'lost_at';
END
$$;

-- A worker that the server lost is answered as unknown: it joins again, and all systems are held as well.
CREATE FUNCTION farm.reattach(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    here text := farm.here();
    have bigint := farm.last_of(me);
    lost boolean := (me.id IS NULL AND NOT EXISTS (SELECT 1 FROM farm.worker w WHERE w.id = worker))
        OR have < coalesce((given ->> 'seq')::bigint, 0) OR split_part(here, '/', 1) <> split_part(given ->> 'identity', '/', 1);
BEGIN
    IF lost THEN
        PERFORM farm.hold_all();
    ELSIF here <> given ->> 'identity' THEN
        PERFORM farm.lock_systems_of(me.run);
    END IF;
    IF me.id IS NULL THEN
        RETURN farm.unknown() || jsonb_build_object('identity', here, 'lost', lost);
    END IF;
    PERFORM farm.touch(me);
    RETURN jsonb_build_object('have', have, 'identity', here, 'lost', lost);
END
$$;

CREATE FUNCTION farm.end_run(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    r farm.run;
    unfinished bigint;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    r := farm.lock_run(me.run);
    SELECT sum(x.unfinished) INTO unfinished FROM farm.run_system x WHERE x.run = me.run;
    IF r.state = 'open' AND unfinished = 0 THEN
        PERFORM farm.write(r.id, me.id, ARRAY[(given ->> 'seq')::bigint], ARRAY[given ->> 'record']);
        UPDATE farm.run x SET state = 'over', ended = clock_timestamp() WHERE x.id = r.id;
        PERFORM farm.tell(r.id);
        RETURN farm.end_of(r.id) || '{"ended": true}';
    END IF;
    RETURN farm.end_of(r.id) || jsonb_build_object('ended', false, 'left', unfinished);
END
$$;

CREATE FUNCTION farm.end_of(run bigint) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_build_object('state', r.state, 'head', r.head, 'lines', r.lines) FROM farm.run r WHERE r.id = $1
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION farm.reattach(bigint, jsonb), farm.end_run(bigint, jsonb) TO signoff_worker;
