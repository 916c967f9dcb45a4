-- SPDX-License-Identifier: MIT
-- The heartbeat of a worker: its lease, its places, and what it must hear.

-- The share of a worker in a system: places are dealt one after the other to those that want more, in an order that changes with time, so
-- that nobody goes without for ever.
CREATE FUNCTION farm.share_of(s farm.system, worker bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (
        SELECT count(*) FROM (
            SELECT p.worker FROM farm.place p, generate_series(1, least(p.want, s.at_once)) AS turn
            WHERE p.system = s.id
            ORDER BY turn, md5(p.worker || '/' || floor(extract(epoch FROM clock_timestamp()) / farm.number('lease')))
            LIMIT s.at_once
        ) x WHERE x.worker = $2
    );
END
$$;

-- Places of silent workers are free again.
CREATE FUNCTION farm.free_places(system int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM farm.place p USING farm.worker w
    WHERE p.system = $1 AND w.id = p.worker AND (w.left_at IS NOT NULL OR w.lease_until <= clock_timestamp());
END
$$;

-- A worker's places in a system: its share, as far as others have left them. What it uses above that is counted until it uses less.
-- After the server lost commits nobody gets more than it uses, until all have told what that is.
CREATE FUNCTION farm.deal(s farm.system, worker bigint, in_use int, want int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    room bigint;
    dealt int;
BEGIN
    PERFORM farm.free_places(s.id);
    INSERT INTO farm.place AS p (system, worker, in_use, want) VALUES (s.id, $2, $3, greatest($3, $4))
    ON CONFLICT ON CONSTRAINT place_pkey DO UPDATE SET in_use = excluded.in_use, want = excluded.want;
    IF s.at_once IS NULL THEN
        dealt := greatest(in_use, want);
    ELSIF s.settled_at > clock_timestamp() THEN
        dealt := in_use;
    ELSE
        SELECT s.at_once - coalesce(sum(p.places), 0) INTO room FROM farm.place p WHERE p.system = s.id AND p.worker <> $2;
        dealt := least(farm.share_of(s, $2), greatest(room, 0));
    END IF;
    UPDATE farm.place p SET places = greatest(dealt, $3) WHERE p.system = s.id AND p.worker = $2;
    RETURN dealt;
END
$$;

-- The renewed places, holds and stops of all systems of a worker's run. Locks them.
CREATE FUNCTION farm.renew_systems(me farm.worker, given jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    one int;
    s farm.system;
    places jsonb := '{}';
    held jsonb := '{}';
    stopped jsonb := '{}';
BEGIN
    FOR one IN SELECT r.system FROM farm.run_system r WHERE r.run = me.run ORDER BY r.system LOOP
        s := farm.lock_system(one);
        places := places || jsonb_build_object(one, farm.deal(s, me.id, coalesce((given -> 'in_use' ->> one::text)::int, 0),
            coalesce((given -> 'want' ->> one::text)::int, 0)));
        IF s.held_until > clock_timestamp() THEN
            held := held || jsonb_build_object(one, farm.until(s.held_until));
        END IF;
        IF s.stopped_code IS NOT NULL THEN
            stopped := stopped || jsonb_build_object(one, jsonb_build_object('code', s.stopped_code, 'why', s.stopped_why));
        END IF;
    END LOOP;
    RETURN jsonb_build_object('places', places, 'held', held, 'stopped', stopped);
END
$$;

CREATE FUNCTION farm.renew(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    lease double precision := farm.number('lease');
    systems jsonb;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    PERFORM farm.lock_systems_of(me.run);
    UPDATE farm.worker w SET lease_until = clock_timestamp() + farm.seconds(lease) WHERE w.id = me.id RETURNING * INTO me;
    systems := farm.renew_systems(me, given);
    RETURN systems || jsonb_build_object('lease', lease, 'identity', farm.here(), 'draining', me.draining, 'hosts', farm.hosts_of(me.run),
        'left', (SELECT sum(x.unfinished) FROM farm.run_system x WHERE x.run = me.run),
        'state', (SELECT r.state FROM farm.run r WHERE r.id = me.run),
        'failed', (SELECT r.failed FROM farm.run r WHERE r.id = me.run),
        'over', (SELECT r.state IN ('over', 'abandoned') FROM farm.run r WHERE r.id = me.run));
END
$$;

-- For all hosts at once

CREATE FUNCTION farm.hold(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    s farm.system;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    s := farm.lock_system((given ->> 'system')::int);
    UPDATE farm.system x SET held_until = greatest(x.held_until, clock_timestamp() + farm.seconds((given ->> 'seconds')::float8))
    WHERE x.id = s.id RETURNING * INTO s;
    RETURN jsonb_build_object('held', farm.until(s.held_until));
END
$$;

CREATE FUNCTION farm.stop(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    s farm.system;
    seq bigint := (given ->> 'seq')::bigint;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    s := farm.lock_system((given ->> 'system')::int);
    PERFORM farm.lock_run(me.run);
    UPDATE farm.system x SET stopped_code = given ->> 'code', stopped_why = given ->> 'why', stopped_at = clock_timestamp()
    WHERE x.id = s.id AND x.stopped_code IS NULL;
    IF given ->> 'record' IS NOT NULL AND NOT farm.is_written(me, seq) THEN
        PERFORM farm.write(me.run, me.id, ARRAY[seq], ARRAY[given ->> 'record']);
    END IF;
    PERFORM farm.tell(r.run) FROM farm.run_system r JOIN farm.run x ON x.id = r.run WHERE r.system = s.id AND x.state = 'open';
    RETURN '{"stopped": true}';
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION farm.renew(bigint, jsonb), farm.hold(bigint, jsonb), farm.stop(bigint, jsonb) TO signoff_worker;
