-- SPDX-License-Identifier: MIT
-- For people: what there is, and what they decide.

CREATE FUNCTION farm.identity() RETURNS text LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT farm.here()
$$;

CREATE FUNCTION farm.lines(run text, first int, count int) RETURNS TABLE (n int, body text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.n, l.body FROM farm.line l JOIN farm.run r ON r.id = l.run
    WHERE r.name = $1 AND l.n >= $2 AND l.n < $2 + $3 ORDER BY l.n
$$;

CREATE FUNCTION farm.status_of_system(s farm.system) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('id', s.id, 'key', s.key, 'kind', s.kind, 'url', s.url, 'per_window', s.per_window,
        'window', s.window_s, 'at_once', s.at_once,
        'held', CASE WHEN s.held_until > clock_timestamp() THEN farm.until(s.held_until) END,
        'stopped', CASE WHEN s.stopped_code IS NOT NULL THEN jsonb_build_object('code', s.stopped_code, 'why', s.stopped_why,
            'at', extract(epoch FROM s.stopped_at)) END,
        'open', (SELECT count(*) FROM farm.open_acts(s)),
        'oldest', (SELECT extract(epoch FROM clock_timestamp() - min(a.began)) FROM farm.open_acts(s) a),
        'recent', (SELECT count(*) FROM farm.act a WHERE a.system = s.id AND a.ended > clock_timestamp() - farm.window_of(s)
            AND a.sent IS DISTINCT FROM false)))
$$;

CREATE FUNCTION farm.status_of_hosts(run bigint) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('host', w.host, 'pid', w.pid, 'version', w.version,
        'joined', extract(epoch FROM w.joined), 'draining', w.draining, 'silent', w.lease_until <= clock_timestamp(),
        'lease', extract(epoch FROM w.lease_until - clock_timestamp()),
        'jobs', (SELECT count(*) FROM farm.job j WHERE j.run = $1 AND j.worker = w.id AND j.state = 'claimed')) ORDER BY w.joined), '[]')
    FROM farm.worker w WHERE w.run = $1 AND w.left_at IS NULL
$$;

CREATE FUNCTION farm.status_of_run(r farm.run) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('name', r.name, 'state', r.state, 'digest', r.digest, 'operator', r.operator,
        'lines', r.lines, 'head', r.head, 'created', extract(epoch FROM r.created), 'ended', extract(epoch FROM r.ended),
        'systems', (SELECT jsonb_object_agg(s.name, jsonb_build_object('id', s.system, 'left', s.unfinished)) FROM farm.run_system s
            WHERE s.run = r.id),
        'open', (SELECT count(DISTINCT t.act) FROM farm.act_target t WHERE t.run = r.id AND t.open),
        'hosts', CASE WHEN r.ended IS NULL THEN farm.status_of_hosts(r.id) END))
$$;

CREATE FUNCTION farm.status() RETURNS jsonb LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('schema', farm.schema_version(), 'identity', farm.here(), 'server', current_setting('server_version'),
        'now', extract(epoch FROM clock_timestamp()),
        'settings', (SELECT jsonb_object_agg(x.name, x.value) FROM farm.setting x),
        'durable', jsonb_build_object('fsync', current_setting('fsync'), 'synchronous_commit', current_setting('synchronous_commit'),
            'full_page_writes', current_setting('full_page_writes'),
            'synchronous_standby_names', current_setting('synchronous_standby_names')),
        'standbys', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', x.application_name, 'state', x.state,
            'sync', x.sync_state)), '[]') FROM pg_stat_replication x),
        'systems', (SELECT coalesce(jsonb_agg(farm.status_of_system(s) ORDER BY s.id), '[]') FROM farm.system s),
        'runs', (SELECT coalesce(jsonb_agg(farm.status_of_run(r) ORDER BY r.created), '[]') FROM farm.run r
            WHERE r.ended IS NULL OR r.ended > clock_timestamp() - interval '7 days'))
$$;

-- The processes of a host take no more jobs, and end when theirs are done. Gives how many there are.
CREATE FUNCTION farm.drain(host text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    count int;
BEGIN
    UPDATE farm.worker w SET draining = true WHERE w.host = $1 AND w.left_at IS NULL;
    GET DIAGNOSTICS count = ROW_COUNT;
    RETURN count;
END
$$;

-- Ends the stop and the hold of a system, by its key, its URL or its name in any run. Gives the keys. The window after the server lost
-- commits is waited for.
CREATE FUNCTION farm.admit(system text) RETURNS text[] LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH admitted AS (
        UPDATE farm.system s SET stopped_code = NULL, stopped_why = NULL, stopped_at = NULL, held_until = least(s.held_until, s.settled_at)
        WHERE s.key = $1 OR s.url = $1 OR s.id IN (
            SELECT r.system FROM farm.run_system r WHERE r.name = $1)
        RETURNING s.key
    )
    SELECT coalesce(array_agg(key), '{}') FROM admitted
$$;

-- Ends a run that nobody will continue. What its silent hosts left open counts for one more window. False where there is none.
CREATE FUNCTION farm.abandon(run text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r farm.run;
BEGIN
    PERFORM farm.worker_of(0); -- the transaction is such a one
    SELECT * INTO r FROM farm.run x WHERE x.name = $1 AND x.ended IS NULL;
    PERFORM farm.lock_systems_of(r.id);
    SELECT * INTO r FROM farm.run x WHERE x.id = r.id AND x.ended IS NULL FOR NO KEY UPDATE;
    IF r.id IS NULL THEN
        RETURN false;
    END IF;
    PERFORM farm.write(r.id, NULL, NULL, ARRAY[format('{"event":"stop","code":"abandoned","why":%s,"at":%s}',
        to_json('the run was abandoned by ' || session_user), extract(epoch FROM clock_timestamp()))]);
    UPDATE farm.run x SET state = 'abandoned', ended = clock_timestamp() WHERE x.id = r.id;
    UPDATE farm.job j SET state = 'left' WHERE j.run = r.id AND j.state IN ('waiting', 'claimed');
    UPDATE farm.run_system s SET unfinished = 0 WHERE s.run = r.id;
    PERFORM farm.end_lost(farm.close_silent(s.system, ARRAY(
        SELECT t.target_key FROM farm.act_target t WHERE t.run = r.id AND t.system = s.system AND t.open)))
    FROM farm.run_system s WHERE s.run = r.id;
    PERFORM farm.tell(r.id);
    RETURN true;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION farm.identity(), farm.name(), farm.lines(text, int, int), farm.status() TO signoff_reader;
GRANT EXECUTE ON FUNCTION farm.drain(text), farm.admit(text), farm.abandon(text) TO signoff_operator;
