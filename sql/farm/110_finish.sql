-- SPDX-License-Identifier: MIT
-- Verdicts and other records. A job is done when it, or each of the items that it was found to be, has a verdict.

CREATE FUNCTION farm.conclude_item(run bigint, item int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH RECURSIVE below AS (
        SELECT $2 AS n UNION SELECT c.n FROM farm.child c JOIN below b ON c.parent = b.n WHERE c.run = $1
    )
    UPDATE farm.child c SET done = true FROM below b WHERE c.run = $1 AND c.n = b.n AND NOT c.done;
END
$$;

-- Whether an item with a verdict leaves nothing of its job open.
CREATE FUNCTION farm.is_concluded(run bigint, job int, item int) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT $2 = $3 OR NOT EXISTS (
            SELECT 1 FROM farm.child c WHERE c.run = $1 AND c.job = $2 AND NOT c.done
            AND NOT EXISTS (SELECT 1 FROM farm.child d WHERE d.run = $1 AND d.job = $2 AND d.parent = c.n))
    );
END
$$;

-- Marks jobs as done. The last one of a system wakes the others.
CREATE FUNCTION farm.mark_done(run bigint, jobs int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    fewest int;
BEGIN
    WITH done AS (
        UPDATE farm.job j SET state = 'done' WHERE j.run = $1 AND j.n = ANY (jobs) AND j.state IN ('waiting', 'claimed')
        RETURNING j.n, j.system
    ), counted AS (
        UPDATE farm.run_system s SET unfinished = s.unfinished - d.count
        FROM (SELECT system, count(*) FROM done GROUP BY system) d WHERE s.run = $1 AND s.system = d.system
        RETURNING s.unfinished
    )
    SELECT min(unfinished) INTO fewest FROM counted;
    IF fewest = 0 THEN
        PERFORM farm.tell($1);
    END IF;
END
$$;

-- Whether an item has a verdict, or needs none any more.
CREATE FUNCTION farm.is_over(run bigint, job int, item int) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM farm.job j WHERE j.run = $1 AND j.n = $2 AND j.state = 'done')
        OR EXISTS (SELECT 1 FROM farm.child c WHERE c.run = $1 AND c.n = $3 AND c.done);
END
$$;

-- A verdict: the number of its job, if that is done with it.
CREATE FUNCTION farm.take_verdict(run bigint, job int, item int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM farm.conclude_item(run, item);
    RETURN CASE WHEN farm.is_concluded(run, job, item) THEN job END;
END
$$;

-- Items that a job was found to be. False where another has one of their numbers.
CREATE FUNCTION farm.take_found(run bigint, job int, record jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    numbers int[] := ARRAY(SELECT (e ->> 'n')::int FROM jsonb_array_elements(record -> 'items') AS x (e));
BEGIN
    IF EXISTS (SELECT 1 FROM farm.child c WHERE c.run = $1 AND c.n = ANY (numbers))
        OR EXISTS (SELECT 1 FROM farm.job j WHERE j.run = $1 AND j.n = ANY (numbers)) THEN
        RETURN false;
    END IF;
    INSERT INTO farm.child SELECT $1, n, (record ->> 'item')::int, $2 FROM unnest(numbers) AS x (n);
    UPDATE farm.run r SET last_number = greatest(r.last_number, (SELECT max(n) FROM unnest(numbers) AS x (n))) WHERE r.id = $1;
    RETURN true;
END
$$;

-- Notes that a record was refused: a number that has no line is not lost.
CREATE FUNCTION farm.refuse_record(me farm.worker, seq bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE farm.worker w SET seq = greatest(w.seq, $2) WHERE w.id = me.id;
END
$$;

CREATE FUNCTION farm.finish(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    jobs int[] := farm.column_of(given -> 'jobs', 0);
    epochs int[] := farm.column_of(given -> 'jobs', 1);
    records text[] := farm.texts(given -> 'records');
    seq bigint := (given ->> 'seq')::bigint;
    fenced int[];
    concluded int[] := '{}';
    refused int[] := '{}';
    fresh boolean := false;
    job int;
    item int;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    PERFORM farm.lock_run(me.run);
    PERFORM farm.touch(me);
    fenced := ARRAY(SELECT n FROM unnest(farm.fenced_of(me, jobs, epochs)) AS f (n) WHERE NOT EXISTS (
        SELECT 1 FROM unnest(jobs, epochs) AS g (job, epoch) JOIN farm.job j ON j.run = me.run AND j.n = g.job AND j.epoch = g.epoch
        WHERE g.job = f.n AND j.worker = me.id AND j.state = 'done'));
    FOR i IN 1 .. cardinality(records) LOOP
        item := (farm.parsed(records[i]) ->> 'item')::int;
        job := farm.job_of(me.run, item);
        IF job IS NULL OR job <> ALL (jobs) THEN
            RAISE 'farm: the record % is about none of the jobs', i USING ERRCODE = 'invalid_parameter_value';
        ELSIF farm.is_written(me, seq + i - 1) THEN
            CONTINUE;
        ELSIF job = ANY (fenced) OR job = ANY (concluded) OR farm.is_over(me.run, job, item) THEN
            PERFORM farm.refuse_record(me, seq + i - 1);
            refused := refused || (seq + i - 1)::int;
        ELSE
            PERFORM farm.note_jobs(me.run, farm.write(me.run, me.id, ARRAY[seq + i - 1], ARRAY[records[i]]), ARRAY[job]);
            concluded := concluded || farm.take_verdict(me.run, job, item);
            fresh := true;
        END IF;
    END LOOP;
    concluded := concluded || ARRAY(
        SELECT o FROM unnest(farm.ints(given -> 'over')) AS x (o) WHERE o = ANY (jobs) AND o <> ALL (fenced));
    PERFORM farm.mark_done(me.run, concluded);
    IF fresh AND (given ->> 'failed')::int > 0 THEN
        UPDATE farm.run r SET failed = r.failed + (given ->> 'failed')::int WHERE r.id = me.run;
    END IF;
    RETURN jsonb_build_object('fenced', to_jsonb(fenced), 'refused', to_jsonb(refused), 'done', to_jsonb(ARRAY(
        SELECT j.n FROM farm.job j WHERE j.run = me.run AND j.n = ANY (jobs) AND j.n <> ALL (fenced) AND j.state = 'done' ORDER BY j.n)));
END
$$;

-- Ends the worker's own act that a result is of, where it is still open: that it had ended was lost.
CREATE FUNCTION farm.end_own(me farm.worker, record jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH own AS (
        UPDATE farm.act a SET ended = clock_timestamp(), sent = coalesce((record ->> 'sent')::boolean, true), answer = record ->> 'answer'
        FROM farm.line l
        WHERE a.worker = me.id AND a.ended IS NULL AND l.run = a.run AND l.n = a.line AND farm.parsed(l.body) -> 'items' = record -> 'items'
        RETURNING a.id
    )
    UPDATE farm.act_target t SET open = false FROM own WHERE t.act = own.id AND t.open;
END
$$;

-- Whether a record that was not written yet may be: false for what another has done, or numbered, meanwhile.
CREATE FUNCTION farm.take_record(me farm.worker, record jsonb, job int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    j farm.job;
BEGIN
    SELECT * INTO j FROM farm.job x WHERE x.run = me.run AND x.n = job FOR NO KEY UPDATE;
    IF record ->> 'event' = 'verdict' THEN
        IF j.n IS NULL OR j.worker <> me.id OR j.state = 'left'
            OR farm.is_over(me.run, job, (record ->> 'item')::int) THEN
            RETURN false;
        END IF;
        PERFORM farm.mark_done(me.run, ARRAY[farm.take_verdict(me.run, job, (record ->> 'item')::int)]);
    ELSIF record ->> 'event' = 'found' THEN
        RETURN j.n IS NOT NULL AND farm.take_found(me.run, job, record);
    ELSIF record ->> 'event' = 'result' THEN
        PERFORM farm.end_own(me, record);
    END IF;
    RETURN true;
END
$$;

-- The jobs that a record is about.
CREATE FUNCTION farm.jobs_in(run bigint, record jsonb) RETURNS int[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT ARRAY(SELECT DISTINCT j FROM (
            SELECT farm.job_of($1, (record ->> 'item')::int) WHERE record ->> 'event' IN ('found', 'verdict')
            UNION ALL
            SELECT farm.job_of($1, e::int) FROM jsonb_array_elements_text(
                CASE WHEN record ->> 'event' IN ('intent', 'result', 'taken_over') THEN record -> 'items' ELSE '[]' END) AS x (e)
        ) AS y (j) WHERE j IS NOT NULL)
    );
END
$$;

CREATE FUNCTION farm.append_one(me farm.worker, seq bigint, record text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    members jsonb := farm.parsed(record);
    jobs int[] := farm.jobs_in(me.run, members);
BEGIN
    IF farm.is_written(me, seq) THEN
        RETURN true;
    ELSIF NOT farm.take_record(me, members, jobs[1]) THEN
        PERFORM farm.refuse_record(me, seq);
        RETURN false;
    END IF;
    PERFORM farm.note_jobs(me.run, farm.write(me.run, me.id, ARRAY[seq], ARRAY[record]), jobs);
    RETURN true;
END
$$;

CREATE FUNCTION farm.append(worker bigint, given jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me farm.worker := farm.worker_of(worker);
    records text[] := farm.texts(given -> 'records');
    seq bigint := (given ->> 'seq')::bigint;
    refused jsonb := '[]';
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    PERFORM farm.lock_run(me.run);
    FOR i IN 1 .. cardinality(records) LOOP
        IF NOT farm.append_one(me, seq + i - 1, records[i]) THEN
            refused := refused || to_jsonb(seq + i - 1);
        END IF;
    END LOOP;
    RETURN jsonb_build_object('line', (SELECT r.lines FROM farm.run r WHERE r.id = me.run), 'refused', refused);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION farm.finish(bigint, jsonb), farm.append(bigint, jsonb) TO signoff_worker;
