-- SPDX-License-Identifier: MIT
-- Ending the acts that lost workers left open, after their targets were looked at. They count for one more window.

-- Ends those of the acts that have no open target any more.
CREATE FUNCTION farm.end_lost(acts bigint[]) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    count int;
BEGIN
    UPDATE farm.act a SET ended = clock_timestamp(), recovered = true
    WHERE a.id = ANY (acts) AND a.ended IS NULL AND NOT EXISTS (SELECT 1 FROM farm.act_target t WHERE t.act = a.id AND t.open);
    GET DIAGNOSTICS count = ROW_COUNT;
    RETURN count;
END
$$;

-- Acts of earlier epochs on jobs that the worker has now.
CREATE FUNCTION farm.close_earlier(me farm.worker, jobs int[], epochs int[]) RETURNS bigint[] LANGUAGE sql AS $$
    WITH closed AS (
        UPDATE farm.act_target t SET open = false FROM farm.act a, unnest(jobs, epochs) AS g (job, epoch)
        WHERE t.run = me.run AND t.job = g.job AND t.open AND a.id = t.act AND (t.epoch < g.epoch OR a.worker <> me.id)
        RETURNING t.act
    )
    SELECT coalesce(array_agg(DISTINCT act), '{}') FROM closed
$$;

-- Acts of silent workers on those targets, in whatever run.
CREATE FUNCTION farm.close_silent(system int, targets text[]) RETURNS bigint[] LANGUAGE sql AS $$
    WITH closed AS (
        UPDATE farm.act_target t SET open = false FROM farm.act a, farm.worker w
        WHERE t.system = $1 AND t.target_key = ANY ($2) AND t.open AND a.id = t.act AND w.id = a.worker
            AND (w.left_at IS NOT NULL OR w.lease_until <= clock_timestamp())
        RETURNING t.act
    )
    SELECT coalesce(array_agg(DISTINCT act), '{}') FROM closed
$$;

CREATE FUNCTION farm.recover(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    jobs int[] := farm.column_of(given -> 'jobs', 0);
    epochs int[] := farm.column_of(given -> 'jobs', 1);
    fenced int[];
    count int;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    IF given ? 'targets' THEN
        PERFORM farm.lock_system((given ->> 'system')::int);
    END IF;
    PERFORM farm.lock_run(me.run);
    PERFORM farm.touch(me);
    fenced := farm.fenced_of(me, jobs, epochs);
    IF fenced <> '{}' THEN
        RETURN jsonb_build_object('fenced', to_jsonb(fenced));
    END IF;
    count := farm.end_lost(farm.close_earlier(me, jobs, epochs));
    IF given ? 'targets' THEN
        count := count + farm.end_lost(farm.close_silent((given ->> 'system')::int, farm.texts(given -> 'targets')));
    END IF;
    RETURN jsonb_build_object('recovered', count);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION farm.recover(bigint, jsonb) TO signoff_worker;
