-- SPDX-License-Identifier: MIT
-- Verdicts and other records. A job is done when it, or each of the items that it was found to be, has a verdict.

-- Closes acts of others on jobs that a worker has done: it has looked at their targets.
CREATE FUNCTION farm.close_done(run bigint, jobs int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT x.act, x.job FROM farm.act_target x WHERE x.run = $1 AND x.job = ANY ($2) AND x.open LOOP
        IF (SELECT a.worker FROM farm.act a WHERE a.id = t.act) <> (SELECT j.worker FROM farm.job j WHERE j.run = $1 AND j.n = t.job) THEN
            UPDATE farm.act_target x SET open = false WHERE x.act = t.act AND x.job = t.job AND x.open;
            PERFORM farm.end_lost(ARRAY[t.act]);
        END IF;
    END LOOP;
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
    PERFORM farm.close_done($1, jobs);
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

-- A verdict: the number of its job, if nothing of that is open any more. An item that is over ends those that it was found to be.
CREATE FUNCTION farm.take_verdict(run bigint, job int, item int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    kin int[];
    ended int[];
BEGIN
    IF item = job THEN
        RETURN job;
    END IF;
    SELECT j.children INTO kin FROM farm.job j WHERE j.run = $1 AND j.n = $2;
    WITH RECURSIVE below AS (
        SELECT $3 AS n
        UNION SELECT c.n FROM below b
            CROSS JOIN LATERAL (SELECT x.n FROM farm.child x WHERE x.run = $1 AND x.n = ANY (kin) AND x.parent = b.n) c
    )
    SELECT array_agg(b.n) INTO ended FROM below b;
    UPDATE farm.child c SET done = true WHERE c.run = $1 AND c.n = ANY (ended);
    RETURN CASE WHEN NOT EXISTS (
        SELECT 1 FROM farm.child c WHERE c.run = $1 AND c.n = ANY (kin) AND NOT c.done
            AND c.n <> ALL (ARRAY(SELECT d.parent FROM farm.child d WHERE d.run = $1 AND d.n = ANY (kin)))
    ) THEN job END;
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
    UPDATE farm.job j SET children = j.children || numbers WHERE j.run = $1 AND j.n = $2;
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

-- Counts a verdict among the failures of all hosts, where it is one: signoff.signout.verdict gives it the exit status 1.
CREATE FUNCTION farm.count_failure(run bigint, record jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF record -> 'row' ->> 'verdict' IN ('failed', 'still_active') THEN
        UPDATE farm.run r SET failed = r.failed + 1 WHERE r.id = $1;
    END IF;
END
$$;

-- Writes the verdict of an item of those jobs. `over`: the number of its job, where nothing of that is open any more. It is not taken
-- where its job is one of the `closed`, or where it has a verdict.
CREATE FUNCTION farm.finish_one(me farm.worker, seq bigint, record text, jobs int[], closed int[], OUT taken boolean, OUT over int)
LANGUAGE plpgsql AS $$
DECLARE
    members jsonb := farm.parsed(record);
    item int := (members ->> 'item')::int;
    job int := farm.job_of(me.run, item);
BEGIN
    taken := true;
    IF job IS NULL OR job <> ALL (jobs) THEN
        RAISE 'farm: the record % is about none of the jobs', seq USING ERRCODE = 'invalid_parameter_value';
    ELSIF farm.is_written(me, seq) THEN
        RETURN;
    ELSIF job = ANY (closed) OR farm.is_over(me.run, job, item) THEN
        PERFORM farm.refuse_record(me, seq);
        taken := false;
    ELSE
        PERFORM farm.note_jobs(me.run, farm.write(me.run, me.id, ARRAY[seq], ARRAY[record]), ARRAY[job]);
        PERFORM farm.count_failure(me.run, members);
        over := farm.take_verdict(me.run, job, item);
    END IF;
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
    one record;
BEGIN
    IF me.id IS NULL THEN
        RETURN farm.unknown();
    END IF;
    PERFORM farm.lock_run(me.run);
    PERFORM farm.touch(me);
    fenced := farm.fenced_of(me, jobs, epochs, true);
    FOR i IN 1 .. cardinality(records) LOOP
        one := farm.finish_one(me, seq + i - 1, records[i], jobs, fenced || concluded);
        concluded := concluded || one.over;
        refused := refused || CASE WHEN NOT one.taken THEN ARRAY[(seq + i - 1)::int] ELSE '{}' END;
    END LOOP;
    concluded := concluded || ARRAY(
        SELECT o FROM unnest(farm.ints(given -> 'over')) AS x (o) WHERE o = ANY (jobs) AND o <> ALL (fenced));
    PERFORM farm.mark_done(me.run, concluded);
    RETURN jsonb_build_object('fenced', to_jsonb(fenced), 'refused', to_jsonb(refused), 'done', to_jsonb(ARRAY(
        SELECT j.n FROM farm.job j WHERE j.run = me.run AND j.n = ANY (jobs) AND j.n <> ALL (fenced) AND j.state = 'done' ORDER BY j.n)));
END
$$;

-- Ends the worker's own act that a result is of, where it is still open: that it had ended was lost.
CREATE FUNCTION farm.end_own(me farm.worker, record jsonb, jobs int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    a record;
BEGIN
    FOR a IN
        SELECT x.id, x.run, x.line FROM farm.act x
        WHERE x.id = ANY (ARRAY(SELECT t.act FROM farm.act_target t WHERE t.run = me.run AND t.job = ANY (jobs) AND t.open))
            AND x.worker + 0 = me.id AND x.ended IS NULL
    LOOP
        IF (SELECT farm.parsed(l.body) -> 'items' FROM farm.line l WHERE l.run = a.run AND l.n = a.line) = record -> 'items' THEN
            UPDATE farm.act x SET ended = clock_timestamp(), sent = coalesce((record ->> 'sent')::boolean, true),
                answer = record ->> 'answer' WHERE x.id = a.id;
            UPDATE farm.act_target t SET open = false WHERE t.act = a.id AND t.open;
        END IF;
    END LOOP;
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
        PERFORM farm.count_failure(me.run, record);
        PERFORM farm.mark_done(me.run, ARRAY[farm.take_verdict(me.run, job, (record ->> 'item')::int)]);
    ELSIF record ->> 'event' = 'found' THEN
        RETURN j.n IS NOT NULL AND j.state IN ('waiting', 'claimed') AND coalesce(j.worker, me.id) = me.id
            AND farm.take_found(me.run, job, record);
    ELSIF record ->> 'event' = 'result' THEN
        PERFORM farm.end_own(me, record, farm.jobs_in(me.run, record));
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
