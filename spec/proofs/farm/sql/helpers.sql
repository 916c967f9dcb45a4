-- SPDX-License-Identifier: MIT
-- Short forms of the farm's functions, for the tests. Systems: "cm" has a ceiling of 60 a minute and 2 at once, "ag" only 8 at once.
CREATE SCHEMA test;

CREATE FUNCTION test.systems() RETURNS jsonb LANGUAGE sql AS $$
    SELECT '[{"name": "cm", "kind": "cisco", "url": "https://cm.test", "per_window": 60, "window": 60, "at_once": 2},
             {"name": "ag", "kind": "agvance", "url": "https://ag.test", "at_once": 8}]'::jsonb
$$;

CREATE FUNCTION test.given(run text, host text, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('run', run, 'digest', 'd-' || run, 'start', '{"event":"start","items":3}', 'host', host, 'pid', 7, 'version', '1.0',
        'operator', 'night', 'create', true, 'systems', test.systems()) || more
$$;

CREATE FUNCTION test.join(run text, host text, more jsonb DEFAULT '{}') RETURNS bigint LANGUAGE sql AS $$
    SELECT (farm.join_run(test.given(run, host, more)) ->> 'worker')::bigint
$$;

CREATE FUNCTION test.system(name text) RETURNS int LANGUAGE sql AS $$
    SELECT s.id FROM farm.system s WHERE s.url = 'https://' || $1 || '.test'
$$;

CREATE FUNCTION test.items(first int, last int, system text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(jsonb_build_object('n', n, 'system', $3, 'target_key', 'T' || n,
        'record', format('{"event":"item","item":{"n":%s,"system":"%s"}}', n, $3)) ORDER BY n) FROM generate_series($1, $2) n
$$;

-- Fills a run with so many items of one system, and opens it.
CREATE FUNCTION test.fill(worker bigint, count int, system text DEFAULT 'cm') RETURNS jsonb LANGUAGE sql AS $$
    SELECT farm.fill(worker, jsonb_build_object('items', test.items(1, count, $3), 'last', true))
$$;

CREATE FUNCTION test.claim(worker bigint, count int, system text DEFAULT 'cm', more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT farm.claim(worker, jsonb_build_object('system', test.system($3), 'count', $2) || more)
$$;

-- The numbers of the jobs that a claim gave.
CREATE FUNCTION test.numbers(claimed jsonb) RETURNS int[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg((e ->> 'n')::int ORDER BY (e ->> 'n')::int), '{}') FROM jsonb_array_elements($1 -> 'jobs') AS x (e)
$$;

CREATE FUNCTION test.record(event text, items int[]) RETURNS text LANGUAGE sql AS $$
    SELECT format('{"event":"%s","items":%s}', event, to_jsonb(items))
$$;

CREATE FUNCTION test.verdict(item int) RETURNS text LANGUAGE sql AS $$
    SELECT format('{"event":"verdict","item":%s,"row":{"item":%s}}', item, item)
$$;

CREATE FUNCTION test.begin(worker bigint, job int, epoch int, seq int, system text DEFAULT 'cm', target text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT farm.begin_act(worker, jsonb_build_object('system', test.system($5), 'jobs', jsonb_build_array(jsonb_build_array(job, epoch)),
        'targets', jsonb_build_array(coalesce(target, 'T' || job)), 'record', test.record('intent', ARRAY[job]), 'seq', seq))
$$;

CREATE FUNCTION test.end(worker bigint, act jsonb, seq int, job int, sent boolean DEFAULT true) RETURNS jsonb LANGUAGE sql AS $$
    SELECT farm.end_act(worker, jsonb_build_object('act', act -> 'go', 'sent', sent, 'answer', 'done', 'record', test.record('result', ARRAY[job]),
        'seq', seq))
$$;

CREATE FUNCTION test.finish(worker bigint, job int, epoch int, seq int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT farm.finish(worker, jsonb_build_object('jobs', jsonb_build_array(jsonb_build_array(job, epoch)), 'records', ARRAY[test.verdict(job)],
        'seq', seq))
$$;

CREATE FUNCTION test.append(worker bigint, seq int, VARIADIC records text[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT farm.append(worker, jsonb_build_object('seq', seq, 'records', records))
$$;

-- A worker that was silent for longer than its lease.
CREATE FUNCTION test.lapse(worker bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE farm.worker SET lease_until = clock_timestamp() - interval '1 s' WHERE id = $1
$$;

-- Time that passes: everything that was noted of acts happened so much earlier.
CREATE FUNCTION test.pass(seconds int) RETURNS void LANGUAGE sql AS $$
    UPDATE farm.act SET began = began - make_interval(secs => $1), ended = ended - make_interval(secs => $1);
    UPDATE farm.system SET next_at = next_at - make_interval(secs => $1), held_until = held_until - make_interval(secs => $1)
    WHERE next_at > '-infinity' OR held_until > '-infinity';
$$;

-- A server that says it is another.
CREATE FUNCTION test.forget_identity() RETURNS void LANGUAGE sql AS $$
    UPDATE farm.system SET identity = '1/1';
    UPDATE farm.run SET identity = '1/1';
$$;

-- The events of a run's journal, in order.
CREATE FUNCTION test.events(run text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(body::jsonb ->> 'event', ' ' ORDER BY n) FROM farm.lines($1, 1, 100000)
$$;

-- The first line that does not follow the one before it; NULL: the chain holds.
CREATE FUNCTION test.broken(run text) RETURNS int LANGUAGE sql AS $$
    SELECT min(n) FROM (
        SELECT n, substr(body, 10, 64) AS prev,
            lag(encode(sha256(convert_to(body, 'UTF8')), 'hex'), 1, repeat('0', 64)) OVER (ORDER BY n) AS wanted,
            row_number() OVER (ORDER BY n) AS place
        FROM farm.lines($1, 1, 100000)
    ) x WHERE prev IS DISTINCT FROM wanted OR n <> place
$$;
