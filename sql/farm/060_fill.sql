-- SPDX-License-Identifier: MIT
-- Filling a run with the items of its plan, by its creator or, where that is silent, by anybody who joined. By the items' numbers:
-- doing it again adds nothing.

CREATE FUNCTION farm.open_run(run bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE farm.run r SET state = 'open' WHERE r.id = $1 AND r.state = 'filling';
    PERFORM farm.tell($1);
END
$$;

-- Adds those items that are not there yet, and gives their records in order.
CREATE FUNCTION farm.add_jobs(run bigint, items jsonb) RETURNS text[] LANGUAGE sql AS $$
    WITH given AS (
        SELECT (e ->> 'n')::int AS n, e ->> 'system' AS system, e ->> 'target_key' AS target_key,
            coalesce((e ->> 'keyed')::boolean, false) AS keyed, e ->> 'record' AS record
        FROM jsonb_array_elements(items) AS x (e)
    ), added AS (
        INSERT INTO farm.job (run, n, system, target_key, keyed)
        SELECT $1, g.n, (SELECT s.system FROM farm.run_system s WHERE s.run = $1 AND s.name = g.system), g.target_key, g.keyed FROM given g
        ON CONFLICT DO NOTHING RETURNING n, system
    ), counted AS (
        UPDATE farm.run_system s SET unfinished = s.unfinished + a.count
        FROM (SELECT system, count(*) FROM added GROUP BY system) a WHERE s.run = $1 AND s.system = a.system
    )
    SELECT array_agg(g.record ORDER BY g.n) FROM given g JOIN added a USING (n)
$$;

CREATE FUNCTION farm.fill(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    r farm.run;
    records text[];
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    r := farm.lock_run(me.run);
    IF r.state = 'filling' THEN
        records := farm.add_jobs(r.id, coalesce(given -> 'items', '[]'));
        PERFORM farm.write(r.id, me.id, NULL, records);
        UPDATE farm.run x SET last_number = greatest(x.last_number, (SELECT max(j.n) FROM farm.job j WHERE j.run = x.id)) WHERE x.id = r.id;
        IF (given ->> 'last')::boolean THEN
            PERFORM farm.open_run(r.id);
        END IF;
    END IF;
    RETURN jsonb_build_object('filled', (SELECT count(*) FROM farm.job j WHERE j.run = r.id),
        'state', (SELECT x.state FROM farm.run x WHERE x.id = r.id));
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION farm.fill(bigint, jsonb) TO signoff_worker;
