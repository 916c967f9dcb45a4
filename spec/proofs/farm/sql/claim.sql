-- SPDX-License-Identifier: MIT
SELECT no_plan();
CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS a, test.join('n1', 'b') AS b;
SELECT test.fill(a, 10) IS NULL FROM test.w \g /dev/null

CREATE TABLE test.c AS SELECT test.claim(a, 8) AS j FROM test.w;
SELECT is(test.numbers(j), ARRAY[1, 2, 3, 4, 5], 'of two hosts each gets half at most') FROM test.c;
SELECT is(j -> 'jobs' -> 0, '{"job": 1, "n": 1, "epoch": 1, "begun": false}', 'with their epoch') FROM test.c;
SELECT is(j - 'jobs', '{"free": 5, "left": 10}', 'and what is left') FROM test.c;
SELECT is(test.numbers(test.claim(b, 2)), ARRAY[6, 7], 'nobody gets more than was asked for') FROM test.w;
SELECT is(test.numbers(test.claim(b, 0)), '{}', 'nor anything where nothing was') FROM test.w;
SELECT is(test.numbers(test.claim(b, 9, 'cm', '{"keyed": [8]}')), ARRAY[9], 'nor what it cannot do') FROM test.w;
UPDATE farm.job SET keyed = true WHERE n = 8;
SELECT is(test.numbers(test.claim(b, 9, 'cm', '{"keyed": true}')), ARRAY[10], 'nor, without tokens, what needs one') FROM test.w;
SELECT is(test.claim(b, 9, 'cm', '{"keyed": true}') -> 'free', '0', 'which is not free for it') FROM test.w;
SELECT is(test.claim(b, 9, 'ag'), '{"jobs": [], "free": 0, "left": 0}', 'another system has nothing to do') FROM test.w;
SELECT is(test.numbers(test.claim(b, 9)), ARRAY[8], 'at least one is given') FROM test.w;
SELECT ok((test.claim(b, 9) ->> 'wait')::float BETWEEN 20 AND 60, 'where all are claimed, it is said when a lease may end') FROM test.w;
SELECT throws_ok(format('SELECT farm.claim(%s, ''{"system": 99, "count": 1}'')', a), '22023', NULL, 'a system of no run is misuse') FROM test.w;

-- Silence
SELECT test.lapse(a) FROM test.w \g /dev/null
CREATE TABLE test.d AS SELECT test.claim(b, 3) AS j FROM test.w;
SELECT is(test.numbers(j), ARRAY[1, 2, 3], 'the jobs of a silent host are taken') FROM test.d;
SELECT is(j -> 'jobs' -> 0, '{"job": 1, "n": 1, "epoch": 2, "begun": true}', 'with a higher epoch, and that somebody had them') FROM test.d;
SELECT is(farm.fenced_of(w, ARRAY[1, 4], ARRAY[1, 1]), ARRAY[1], 'the silent one has lost those alone')
    FROM farm.worker w, test.w t WHERE w.id = t.a;
SELECT is(test.numbers(test.claim(a, 1)), '{}', 'it claims: then it is not silent any more') FROM test.w;
SELECT is(test.numbers(test.claim(b, 3)), '{}', 'and keeps the others') FROM test.w;

UPDATE farm.job SET keyed = true WHERE n IN (4, 5);
SELECT test.lapse(a) FROM test.w \g /dev/null
SELECT is(test.claim(b, 9, 'cm', '{"keyed": true}'), '{"jobs": [], "free": 0, "left": 10}', 'a host that may not take what a silent one has waits for nobody')
    FROM test.w;
SELECT test.claim(a, 0) FROM test.w \g /dev/null

-- What was given or given back, and the answer or the request was lost
SELECT is(test.numbers(test.claim(b, 9)), '{}', 'a host that does not say what it has gets nothing of its own') FROM test.w;
SELECT is(test.numbers(test.claim(b, 9, 'cm', '{"have": [1, 2, 3, 6, 7, 8, 9, 10]}')), '{}', 'nor one that has all of it') FROM test.w;
CREATE TABLE test.e AS SELECT test.claim(b, 9, 'cm', '{"have": [1, 2, 3, 6, 8, 9, 10]}') AS j FROM test.w;
SELECT is(j -> 'jobs', '[{"job": 7, "n": 7, "epoch": 2, "begun": true}]', 'what it does not know is given again, with a higher epoch') FROM test.e;
SELECT is(test.numbers(test.claim(a, 9, 'cm', '{"have": [4, 5]}')), '{}', 'to nobody else') FROM test.w;

-- Giving back
SELECT is(farm.release(a, '{"jobs": [[4, 1], [1, 1]]}'), '{"released": 1}', 'a job is given back by the one that has it') FROM test.w;
SELECT is(test.claim(b, 1) -> 'jobs', '[{"job": 4, "n": 4, "epoch": 2, "begun": true}]', 'and is taken by the next, who hears of it') FROM test.w;
SELECT is(farm.drain('a'), 1, 'a host is drained');
SELECT is(test.claim(a, 1) -> 'draining', 'true', 'then it claims nothing') FROM test.w;
SELECT is(farm.leave(a, '{}'), '{"left": true, "released": 1}', 'a host that leaves gives all back') FROM test.w;
SELECT is(test.claim(a, 1), '{"unknown": true}', 'and is not known any more') FROM test.w;
SELECT is(test.numbers(test.claim(b, 9)), ARRAY[5], 'others take it') FROM test.w;

-- Held, stopped
UPDATE farm.system SET held_until = clock_timestamp() + interval '90 s';
SELECT ok((test.claim(b, 1) ->> 'held')::float BETWEEN 20 AND 90 AND test.claim(b, 1) -> 'jobs' = '[]', 'a held system gives nothing') FROM test.w;
UPDATE farm.system SET held_until = '-infinity', stopped_code = 'denied', stopped_why = 'refused';
SELECT is(test.claim(b, 1) -> 'stopped', '{"code": "denied", "why": "refused"}', 'nor one that was stopped') FROM test.w;
UPDATE farm.system SET stopped_code = NULL;
SELECT test.forget_identity() \g /dev/null
SELECT ok((test.claim(b, 1) ->> 'held')::float BETWEEN 20 AND 60, 'a server that is another holds for a window') FROM test.w;
SELECT is(farm.claim(1, '{}'), '{"unknown": true}', 'claim: a worker that nobody knows');
SELECT is(farm.release(1, '{}'), '{"unknown": true}', 'release: the same');
SELECT is(farm.leave(1, '{}'), '{"unknown": true}', 'leave: the same');
SELECT * FROM finish();
