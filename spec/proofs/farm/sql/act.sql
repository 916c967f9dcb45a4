-- SPDX-License-Identifier: MIT
SELECT no_plan();
CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS a, test.join('n2', 'b') AS b;
SELECT test.fill(a, 200), test.fill(b, 9) FROM test.w \g /dev/null
SELECT test.claim(a, 200), test.claim(b, 9) FROM test.w \g /dev/null

-- One that begins, and ends
CREATE TABLE test.g AS SELECT test.begin(a, 1, 1, 1) AS j FROM test.w;
SELECT ok((j ->> 'go')::bigint > 0 AND (j ->> 'go')::bigint < 2 ^ 53, 'an act begins, with an id that a double can say') FROM test.g;
SELECT is(l.body::jsonb - 'prev', '{"event": "intent", "items": [1]}', 'its intent is the line that is told') FROM test.g, farm.lines('n1', 1, 1000) l
    WHERE l.n = (j ->> 'line')::int;
SELECT is(begun, true, 'the job is begun') FROM farm.job WHERE n = 1 AND begun;
SELECT is(test.begin(a, 1, 1, 1), j, 'asked again, the same act is told') FROM test.w, test.g;
SELECT is((SELECT count(*)::int FROM farm.act), 1, 'and no other is begun');

-- Why none begins
SELECT is(test.begin(a, 2, 2, 2), '{"fenced": [2]}', 'fenced: another epoch') FROM test.w;
SELECT is(test.begin(b, 99, 1, 2), '{"fenced": [99]}', 'fenced: a job that is not there') FROM test.w;
UPDATE farm.system SET next_at = next_at + interval '100 s' WHERE id = test.system('cm');
SELECT ok((test.begin(a, 2, 1, 2) ->> 'wait')::float BETWEEN 20 AND 101, 'wait: a change a second') FROM test.w;
SELECT is(test.begin(b, 1, 1, 1), '{"busy": {"job": 1, "run": "n1", "host": "a", "open": true, "silent": false, "target": "T1"}}',
    'busy: another run has the target; whose it is is told') FROM test.w;
SELECT is(test.begin(a, 2, 1, 2, 'cm', 'T1') -> 'busy' ->> 'run', 'n1', 'busy: nor has one run the same target twice at a time') FROM test.w;
SELECT test.lapse(a) FROM test.w \g /dev/null
SELECT is(test.begin(b, 1, 1, 1) -> 'busy' -> 'silent', 'true', 'busy: and whether that host is silent') FROM test.w;
UPDATE farm.system SET held_until = clock_timestamp() + interval '70 s' WHERE id = test.system('cm');
SELECT ok((test.begin(a, 2, 1, 2) ->> 'held')::float BETWEEN 20 AND 70, 'held') FROM test.w;
UPDATE farm.system SET stopped_code = 'denied', stopped_why = 'refused' WHERE id = test.system('cm');
SELECT is(test.begin(a, 2, 1, 2), '{"stopped": {"code": "denied", "why": "refused"}}', 'stopped') FROM test.w;
UPDATE farm.system SET stopped_code = NULL, held_until = '-infinity';
SELECT ok((SELECT lease_until > clock_timestamp() + interval '20 s' FROM farm.worker WHERE id = a), 'an act keeps the lease of its worker') FROM test.w;
SELECT is(test.begin(1, 2, 1, 2), '{"unknown": true}', 'unknown');
SELECT throws_ok(format($$SELECT farm.begin_act(%s, '{"system": 1, "jobs": [[1, 1]], "targets": [], "seq": 2, "record": "{}"}')$$, a), '22023', NULL,
    'a job without a target is misuse') FROM test.w;
SELECT throws_ok(format($$SELECT test.begin(%s, 2, 1, 2, 'nowhere')$$, a), '22023', NULL, 'a system that is not there is misuse') FROM test.w;
SELECT is(test.events('n1') LIKE '%item intent', true, 'nothing of these has a line');

-- No act is longer than the lease that it begins with: hosts see to that
UPDATE farm.worker SET lease_until = clock_timestamp() + interval '40 s';
SELECT test.begin(a, 2, 2, 2) FROM test.w \g /dev/null
SELECT ok((SELECT lease_until > clock_timestamp() + interval '50 s' FROM farm.worker WHERE id = a), 'a whole lease is left when an act may begin') FROM test.w;

-- Ends
SELECT is(test.end(a, j, 2, 1), '{"late": false, "ended": true}', 'it ends') FROM test.w, test.g;
SELECT is(test.end(a, j, 2, 1), '{"late": false, "ended": true}', 'said again, the same') FROM test.w, test.g;
SELECT is(test.events('n1') LIKE '%item intent result', true, 'with one line');
SELECT is(test.end(b, j, 2, 1), '{"missing": true}', 'an act of another worker cannot be ended') FROM test.w, test.g;
SELECT is(test.end(1, j, 2, 1), '{"unknown": true}', 'end_act: unknown') FROM test.g;
SELECT is(test.begin(a, 1, 1, 1), '{"fenced": [1]}', 'one that was begun and ended is not begun again') FROM test.w;

-- A look that is older than what another did
SELECT test.pass(200) \g /dev/null
CREATE FUNCTION test.looked(worker bigint, seconds float8) RETURNS jsonb LANGUAGE sql AS $$
    SELECT farm.begin_act(worker, jsonb_build_object('system', test.system('cm'), 'jobs', '[[1, 1]]'::jsonb, 'targets', '["T1"]'::jsonb,
        'record', test.record('intent', '{1}'), 'seq', 700, 'looked', seconds))
$$;
SELECT is((test.looked(b, 500) -> 'busy') - 'job', '{"run": "n1", "host": "a", "open": false, "silent": false, "target": "T1"}',
    'busy: another has ended an act since the look') FROM test.w;
SELECT is(test.begin(a, 1, 1, 30) ? 'go', true, 'an act of its own does not make a look old') FROM test.w;
SELECT is(test.end(a, jsonb_build_object('go', (SELECT id FROM farm.act WHERE seq = 30)), 31, 1, false) ->> 'ended', 'true', 'it ends, and was never sent') FROM test.w;
UPDATE farm.system SET next_at = '-infinity' WHERE id = test.system('cm');
UPDATE farm.act SET ended = ended - interval '100 s' WHERE seq = 1;
SELECT ok(test.looked(b, 5) ? 'go', 'a look that is younger, and what was not sent: it begins') FROM test.w;
UPDATE farm.act SET ended = clock_timestamp() - interval '100 s' WHERE ended IS NULL;
UPDATE farm.act_target SET open = false;

-- At once
SELECT test.pass(100) \g /dev/null
CREATE TABLE test.h AS SELECT test.begin(a, 3, 1, 3) AS j FROM test.w;
SELECT test.pass(2) \g /dev/null
SELECT ok(test.begin(b, 4, 1, 3) ? 'go', 'a second at once') FROM test.w;
SELECT test.pass(2) \g /dev/null
SELECT ok((test.begin(a, 5, 1, 5) ->> 'wait')::float BETWEEN 0.001 AND 1, 'a third waits, whoever has the two') FROM test.w;
SELECT test.end(a, j, 6, 3) FROM test.w, test.h \g /dev/null
SELECT ok(test.begin(a, 5, 1, 5) ? 'go', 'until one ends') FROM test.w;
UPDATE farm.act SET ended = clock_timestamp() WHERE ended IS NULL;

-- Of a host that is gone, whatever its run
UPDATE farm.worker SET lease_until = clock_timestamp() + interval '1 min' \g /dev/null
SELECT test.pass(2) \g /dev/null
SELECT test.begin(a, 11, 1, 70) FROM test.w \g /dev/null
SELECT test.pass(2) \g /dev/null
SELECT test.begin(a, 12, 1, 71) FROM test.w \g /dev/null
SELECT test.pass(2) \g /dev/null
UPDATE farm.worker SET lease_until = clock_timestamp() - interval '59 s' FROM test.w WHERE id = a;
SELECT ok(test.begin(b, 8, 1, 70, 'cm', 'X8') ? 'wait', 'what a silent host left open counts until a window after its lease') FROM test.w;
UPDATE farm.worker SET lease_until = clock_timestamp() - interval '61 s' FROM test.w WHERE id = a;
SELECT is((SELECT e -> 'open' FROM jsonb_array_elements(farm.status() -> 'systems') e WHERE e ->> 'kind' = 'cisco'), '0', 'then nothing is open');
SELECT ok(test.begin(b, 8, 1, 70, 'cm', 'X8') ? 'go', 'and other runs go on') FROM test.w;
UPDATE farm.act SET ended = clock_timestamp() WHERE ended IS NULL;
UPDATE farm.worker SET lease_until = clock_timestamp() + interval '1 min' \g /dev/null

-- Evenly, without a burst
SELECT test.pass(1000) \g /dev/null
CREATE TABLE test.i AS SELECT test.begin(a, 6, 1, 10) AS j FROM test.w;
SELECT is(s.next_at, a.began + interval '1 s', 'after a pause the next turn comes an interval later') FROM farm.system s, farm.act a, test.i
    WHERE s.id = test.system('cm') AND a.id = (j ->> 'go')::bigint;
SELECT is(farm.next_turn(s, s.next_at + interval '0.05 s'), s.next_at + interval '1 s', 'a turn that was little late does not delay the others') FROM farm.system s
    WHERE id = test.system('cm');
SELECT is(farm.next_turn(s, s.next_at + interval '0.5 s'), s.next_at + interval '1.5 s', 'one that was later does') FROM farm.system s
    WHERE id = test.system('cm');
SELECT test.end(a, j, 11, 6) FROM test.w, test.i \g /dev/null

-- Never more in any window: an act counts from its beginning until a window after its end
SELECT test.pass(1000) \g /dev/null
INSERT INTO farm.act (id, run, system, worker, line, began, ended)
    SELECT n, 1, test.system('cm'), 1, 1, clock_timestamp() - interval '59 s', clock_timestamp() - make_interval(secs => 40 - n * 0.5) FROM generate_series(0, 58) n;
SELECT ok(test.begin(a, 7, 1, 12) ? 'go', '59 in the window: one more') FROM test.w;
UPDATE farm.system SET next_at = '-infinity';
SELECT ok((test.begin(a, 8, 1, 13) ->> 'wait')::float BETWEEN 1 AND 21, '60, of which one is open: it waits until the first is a window old') FROM test.w;
UPDATE farm.act SET sent = false WHERE id = 5;
SELECT ok(test.begin(a, 8, 1, 13) ? 'go', 'one that was never sent does not count') FROM test.w;
UPDATE farm.system SET next_at = '-infinity', at_once = NULL WHERE id = test.system('cm');
SELECT ok((test.begin(a, 9, 1, 14) ->> 'wait')::float BETWEEN 1 AND 21, 'the open ones count as well') FROM test.w;
UPDATE farm.act SET ended = NULL WHERE id < 59;
SELECT ok((test.begin(a, 9, 1, 14) ->> 'wait')::float BETWEEN 0.001 AND 1, 'while all are open, it is asked again soon') FROM test.w;
UPDATE farm.act SET ended = clock_timestamp() - interval '61 s' WHERE id < 59;
SELECT ok(test.begin(a, 9, 1, 14) ? 'go', 'a window after their ends they are forgotten') FROM test.w;
UPDATE farm.system SET per_window = 0, next_at = '-infinity' WHERE id = test.system('cm');
SELECT ok(test.begin(a, 10, 1, 15) ? 'wait', 'a ceiling of none lets nothing begin') FROM test.w;

-- Several targets in one request; no ceiling
SELECT test.fill(test.join('n3', 'c', jsonb_build_object('systems', jsonb_build_array(test.systems() -> 1))), 9, 'ag') \g /dev/null
CREATE TABLE test.c AS SELECT w.id AS c FROM farm.worker w WHERE host = 'c';
SELECT test.claim(c, 9, 'ag') FROM test.c \g /dev/null
CREATE TABLE test.m AS SELECT farm.begin_act(c, jsonb_build_object('system', test.system('ag'), 'jobs', '[[1, 1], [2, 1], [3, 1]]'::jsonb,
    'targets', '["x", "y", "z"]'::jsonb, 'record', test.record('intent', '{1,2,3}'), 'seq', 1)) AS j FROM test.c;
SELECT ok(j ? 'go', 'one request for three targets') FROM test.m;
SELECT is((SELECT count(*)::int FROM farm.act a, test.m WHERE a.id = (j ->> 'go')::bigint), 1, 'is one act');
SELECT is(test.begin(c, 4, 1, 2, 'ag', 'z') -> 'busy' ->> 'target', 'z', 'and each of its targets is busy') FROM test.c;
SELECT is((SELECT array_agg(job ORDER BY job) FROM farm.line_job l, test.m WHERE l.n = (j ->> 'line')::int
    AND l.run = (SELECT id FROM farm.run WHERE name = 'n3')), ARRAY[1, 2, 3], 'its line is about all three jobs');
SELECT is(farm.begin_act(c, jsonb_build_object('system', test.system('ag'), 'jobs', '[[4, 1], [5, 7]]'::jsonb, 'targets', '["u", "v"]'::jsonb,
    'record', '{}', 'seq', 2)), '{"fenced": [5]}', 'one that is fenced keeps all from beginning') FROM test.c;
SELECT ok(bool_and(test.begin(c, n, 1, n, 'ag') ? 'go'), 'without a ceiling nothing waits') FROM test.c, generate_series(4, 9) n;
SELECT ok((SELECT count(*) = 7 FROM farm.act WHERE system = test.system('ag') AND ended IS NULL), 'seven are open');

-- Another server, or one that lost its last commits
UPDATE farm.act SET ended = clock_timestamp() - interval '100 s' WHERE ended IS NULL;
UPDATE farm.act_target SET open = false;
UPDATE farm.system SET per_window = 60, at_once = 2, next_at = '-infinity' WHERE id = test.system('cm');
SELECT test.forget_identity() \g /dev/null
SELECT ok((test.begin(a, 20, 1, 20) ->> 'held')::float BETWEEN 20 AND 60, 'the first to notice holds the system for one whole window') FROM test.w;
SELECT ok((test.begin(b, 3, 1, 20) ->> 'held')::float BETWEEN 20 AND 60, 'for all') FROM test.w;
SELECT test.pass(61) \g /dev/null
SELECT ok(test.begin(a, 20, 1, 20) ? 'go', 'then it goes on') FROM test.w;
UPDATE farm.setting SET value = 0.1 WHERE name = 'window_scale';
SELECT test.forget_identity() \g /dev/null
SELECT ok((test.begin(a, 21, 1, 21) ->> 'held')::float BETWEEN 0.001 AND 6, 'windows are scaled, for tests') FROM test.w;

SELECT is(test.broken('n1'), NULL, 'the chain of n1 holds');
SELECT is(test.broken('n3'), NULL, 'and that of n3');
SELECT * FROM finish();
