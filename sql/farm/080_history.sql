-- SPDX-License-Identifier: MIT
-- The history of jobs that somebody had before; and numbers for items that are found.

-- Acts of other runs, and of other jobs of this one, on the same targets in the last day, and those that are still open.
CREATE FUNCTION farm.others_of(me farm.worker, jobs int[], systems int[], keys text[]) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (
        WITH wanted AS MATERIALIZED (
            SELECT j.system, j.target_key FROM farm.job j WHERE j.run = me.run AND j.n = ANY (jobs) AND j.target_key IS NOT NULL
            UNION SELECT t.system, t.target_key FROM farm.act_target t WHERE t.run = me.run AND t.job = ANY (jobs)
            UNION SELECT s, k FROM unnest(systems) AS x (s), unnest(keys) AS y (k)
        )
        SELECT coalesce(jsonb_agg(jsonb_build_object('target_key', t.target_key, 'system', t.system, 'run', r.name, 'host', w.host,
            'began', extract(epoch FROM a.began), 'ended', extract(epoch FROM a.ended), 'sent', a.sent, 'answer', a.answer)
            ORDER BY a.began), '[]')
        FROM wanted v
            CROSS JOIN LATERAL (SELECT * FROM farm.act_target x WHERE x.system = v.system AND x.target_key = v.target_key OFFSET 0) t
            CROSS JOIN LATERAL (SELECT * FROM farm.act x WHERE x.id = t.act OFFSET 0) a
            CROSS JOIN LATERAL (SELECT x.name FROM farm.run x WHERE x.id = a.run OFFSET 0) r
            CROSS JOIN LATERAL (SELECT x.host FROM farm.worker x WHERE x.id = a.worker OFFSET 0) w
        WHERE (a.run <> me.run OR t.job <> ALL (jobs)) AND (a.ended IS NULL OR a.ended > clock_timestamp() - interval '1 day')
    );
END
$$;

CREATE FUNCTION farm.history(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    jobs int[] := farm.column_of(given -> 'jobs', 0);
    records jsonb;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    SELECT coalesce(jsonb_agg(l.body ORDER BY l.n), '[]') INTO records
    FROM (SELECT DISTINCT x.n FROM farm.line_job x WHERE x.run = me.run AND x.job = ANY (jobs)) o
        CROSS JOIN LATERAL (SELECT * FROM farm.line x WHERE x.run = me.run AND x.n = o.n OFFSET 0) l;
    RETURN jsonb_build_object('records', records, 'others', farm.others_of(me, jobs,
        CASE WHEN given ? 'system' THEN ARRAY[(given ->> 'system')::int] ELSE '{}' END, farm.texts(given -> 'targets')));
END
$$;

-- Beyond all that a server that lost its last commits may have given.
CREATE FUNCTION farm.numbers(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    r farm.run;
    here text := farm.here();
    first int;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    r := farm.lock_run(me.run);
    first := r.last_number + 1 + CASE WHEN r.identity <> here THEN 100000 ELSE 0 END;
    UPDATE farm.run x SET last_number = first + greatest((given ->> 'count')::int, 0) - 1, identity = here WHERE x.id = r.id;
    RETURN jsonb_build_object('first', first);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION farm.history(bigint, jsonb), farm.numbers(bigint, jsonb) TO signoff_worker;
