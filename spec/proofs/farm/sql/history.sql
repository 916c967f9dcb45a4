-- SPDX-License-Identifier: MIT
SELECT no_plan();
CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS a, test.join('n2', 'b') AS b;
SELECT test.fill(a, 5, 'ag'), test.fill(b, 5, 'ag') FROM test.w \g /dev/null
SELECT test.claim(a, 5, 'ag'), test.claim(b, 5, 'ag') FROM test.w \g /dev/null

CREATE TABLE test.g AS SELECT test.begin(a, 1, 1, 1, 'ag') AS j FROM test.w;
SELECT test.end(a, j, 2, 1) FROM test.w, test.g \g /dev/null
SELECT test.append(a, 3, '{"event":"found","item":2,"items":[{"n":6}]}', test.record('intent', '{6}'), test.record('result', '{6}'), test.verdict(6),
    '{"event":"stop","code":"x"}') FROM test.w \g /dev/null
SELECT test.finish(a, 1, 1, 8) FROM test.w \g /dev/null

SELECT is((SELECT string_agg(e::jsonb ->> 'event', ' ') FROM jsonb_array_elements_text(farm.history(a, '{"jobs": [1]}') -> 'records') e),
    'intent result verdict', 'what was done about a job') FROM test.w;
SELECT is((SELECT string_agg(e::jsonb ->> 'event', ' ') FROM jsonb_array_elements_text(farm.history(a, '{"jobs": [[2, 1]]}') -> 'records') e),
    'found intent result verdict', 'and about what it was found to be') FROM test.w;
SELECT is(jsonb_array_length(farm.history(a, '{"jobs": [[2, 1], [1, 1]]}') -> 'records'), 7, 'of several jobs, each line once') FROM test.w;
SELECT is(farm.history(a, '{"jobs": [3]}'), '{"others": [], "records": []}', 'nothing where nothing was done') FROM test.w;
SELECT is(farm.history(a, '{"jobs": [1]}') -> 'records' ->> 0, (SELECT body FROM farm.lines('n1', 7, 1)), 'as the lines are') FROM test.w;

-- Others
SELECT is(farm.history(a, '{"jobs": [1]}') -> 'others', '[]', 'acts of the same run are not among the others') FROM test.w;
CREATE TABLE test.o AS SELECT farm.history(b, '{"jobs": [1]}') -> 'others' AS o FROM test.w;
SELECT is(jsonb_array_length(o), 1, 'an act of another run on the target') FROM test.o;
SELECT is(o -> 0 ->> 'run' || ' ' || (o -> 0 ->> 'host') || ' ' || (o -> 0 ->> 'target_key') || ' ' || (o -> 0 ->> 'answer'), 'n1 a T1 done', 'whose') FROM test.o;
SELECT ok(abs((o -> 0 ->> 'ended')::float - extract(epoch FROM clock_timestamp())) < 60, 'and when it ended') FROM test.o;
SELECT is(jsonb_array_length(farm.history(b, jsonb_build_object('jobs', '[3]'::jsonb, 'system', test.system('ag'), 'targets', '["T1"]'::jsonb)) -> 'others'), 1,
    'also of targets that are named') FROM test.w;
UPDATE farm.act SET ended = ended - interval '25 hours';
SELECT is(farm.history(b, '{"jobs": [1]}') -> 'others', '[]', 'not after a day') FROM test.w;
UPDATE farm.act SET ended = NULL;
SELECT is(farm.history(b, '{"jobs": [1]}') -> 'others' -> 0 -> 'ended', 'null', 'but one that is open, however old') FROM test.w;

-- Numbers
SELECT is(farm.numbers(b, '{"count": 3}'), '{"first": 6}', 'numbers follow those of the plan') FROM test.w;
SELECT is(farm.numbers(b, '{"count": 1}'), '{"first": 9}', 'and one another') FROM test.w;
SELECT test.forget_identity() \g /dev/null
SELECT is(farm.numbers(b, '{"count": 2}'), '{"first": 100010}', 'those that a lost tail may have had are left out') FROM test.w;
SELECT is(farm.numbers(b, '{"count": 2}'), '{"first": 100012}', 'once') FROM test.w;
SELECT is(farm.history(1, '{}'), '{"unknown": true}', 'history: unknown');
SELECT is(farm.numbers(1, '{}'), '{"unknown": true}', 'numbers: unknown');
SELECT * FROM finish();
