-- SPDX-License-Identifier: MIT
-- Several requests of a worker in one commit: [{"f": "begin_act", ...}, ...]. All that any of them locks is locked first, in order.

-- The systems that requests lock, by id: those that they name, or all of the worker's run.
CREATE FUNCTION farm.systems_in(run bigint, requests jsonb) RETURNS int[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(
        SELECT (e ->> 'system')::int FROM jsonb_array_elements(requests) AS x (e)
        WHERE e ->> 'f' IN ('begin_act', 'hold', 'stop') OR e ->> 'f' = 'recover' AND e ? 'targets'
        UNION
        SELECT s.system FROM farm.run_system s
        WHERE s.run = $1 AND EXISTS (SELECT 1 FROM jsonb_array_elements(requests) AS y (e) WHERE e ->> 'f' IN ('renew', 'leave'))
        UNION
        SELECT s.id FROM farm.system s
        WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(requests) AS z (e) WHERE e ->> 'f' = 'reattach')
        ORDER BY 1)
$$;

CREATE FUNCTION farm.lock_for(me farm.worker, requests jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one int;
BEGIN
    FOREACH one IN ARRAY farm.systems_in(me.run, requests) LOOP
        PERFORM farm.lock_system(one);
    END LOOP;
    IF EXISTS (SELECT 1 FROM jsonb_array_elements(requests) AS x (e) WHERE e ->> 'f' NOT IN ('claim', 'history', 'renew', 'hold')) THEN
        PERFORM farm.lock_run(me.run);
    END IF;
END
$$;

CREATE FUNCTION farm.call(worker bigint, request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    CASE request ->> 'f'
        WHEN 'begin_act' THEN RETURN farm.begin_act(worker, request);
        WHEN 'end_act' THEN RETURN farm.end_act(worker, request);
        WHEN 'finish' THEN RETURN farm.finish(worker, request);
        WHEN 'append' THEN RETURN farm.append(worker, request);
        WHEN 'renew' THEN RETURN farm.renew(worker, request);
        WHEN 'claim' THEN RETURN farm.claim(worker, request);
        WHEN 'history' THEN RETURN farm.history(worker, request);
        WHEN 'numbers' THEN RETURN farm.numbers(worker, request);
        WHEN 'recover' THEN RETURN farm.recover(worker, request);
        WHEN 'release' THEN RETURN farm.release(worker, request);
        WHEN 'fill' THEN RETURN farm.fill(worker, request);
        WHEN 'hold' THEN RETURN farm.hold(worker, request);
        WHEN 'stop' THEN RETURN farm.stop(worker, request);
        WHEN 'reattach' THEN RETURN farm.reattach(worker, request);
        WHEN 'end_run' THEN RETURN farm.end_run(worker, request);
        WHEN 'leave' THEN RETURN farm.leave(worker, request);
        ELSE RAISE 'farm: there is no function %', coalesce(request ->> 'f', 'without a name') USING ERRCODE = 'undefined_function';
    END CASE;
END
$$;

CREATE FUNCTION farm.calls(worker bigint, requests jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    answers jsonb[] := '{}';
    one jsonb;
BEGIN
    PERFORM farm.lock_for(farm.worker_of(worker), requests);
    FOR one IN SELECT e FROM jsonb_array_elements(requests) AS x (e) LOOP
        answers := answers || farm.call(worker, one);
    END LOOP;
    RETURN to_jsonb(answers);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION farm.calls(bigint, jsonb) TO signoff_worker;
