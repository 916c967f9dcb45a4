-- SPDX-License-Identifier: MIT
SELECT no_plan();
CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS a, test.join('n1', 'b') AS b;
SELECT test.fill(a, 12) FROM test.w \g /dev/null
SELECT test.claim(a, 6), test.claim(b, 5) FROM test.w \g /dev/null

SELECT is(test.finish(a, 1, 1, 1), '{"done": [1], "fenced": [], "refused": []}', 'a verdict: the job is done') FROM test.w;
SELECT is(test.finish(a, 1, 1, 1), '{"done": [1], "fenced": [], "refused": []}', 'said again, the same') FROM test.w;
SELECT is((SELECT count(*)::int FROM farm.lines('n1', 1, 1000) WHERE body LIKE '%verdict%'), 1, 'with one line');
SELECT is((SELECT unfinished FROM farm.run_system WHERE name = 'cm'), 11, 'one less is left');
SELECT is(farm.finish(a, jsonb_build_object('jobs', '[[2, 1], [7, 1], [3, 2]]'::jsonb, 'seq', 2,
    'records', ARRAY[test.verdict(2), test.verdict(7), test.verdict(3)])), '{"done": [2], "fenced": [7, 3], "refused": [3, 4]}',
    'of jobs of others, and of other epochs, nothing is written') FROM test.w;
SELECT is((SELECT string_agg(body::jsonb ->> 'item', ' ' ORDER BY n) FROM farm.lines('n1', 1, 1000) WHERE body LIKE '%verdict%'), '1 2', 'indeed');
SELECT is(farm.reattach(a, jsonb_build_object('seq', 4, 'identity', farm.identity())) ->> 'lost', 'false', 'numbers of what was refused are not lost') FROM test.w;
SELECT throws_ok(format($$SELECT farm.finish(%s, jsonb_build_object('jobs', '[[3, 1]]'::jsonb, 'seq', 9, 'records', ARRAY[test.verdict(4)]))$$, a),
    '22023', NULL, 'a record about another job is misuse') FROM test.w;
SELECT throws_ok(format($$SELECT farm.finish(%s, jsonb_build_object('jobs', '[[3, 1]]'::jsonb, 'seq', 9, 'records', ARRAY['{"event":"verdict","item":3']))$$, a),
    '22P02', NULL, 'a record that is no JSON is misuse') FROM test.w;

SELECT is(test.finish(a, 2, 1, 4), '{"done": [2], "fenced": [], "refused": [4]}', 'an item has one verdict: a second one is refused') FROM test.w;
SELECT is(farm.finish(a, jsonb_build_object('jobs', '[[6, 1]]'::jsonb, 'seq', 200, 'records', ARRAY[test.verdict(6), test.verdict(6)])),
    '{"done": [6], "fenced": [], "refused": [201]}', 'also of two at once') FROM test.w;

-- What a job was found to be
SELECT is(test.append(a, 5, '{"event":"found","item":3,"items":[{"n":13},{"n":14}]}') - 'line', '{"refused": []}', 'items that were found') FROM test.w;
SELECT is((SELECT last_number FROM farm.run), 14, 'their numbers are taken');
SELECT is(farm.finish(a, jsonb_build_object('jobs', '[[3, 1]]'::jsonb, 'seq', 6, 'records', ARRAY[test.verdict(13)])), '{"done": [], "fenced": [], "refused": []}',
    'a verdict of one of two: the job is not done') FROM test.w;
SELECT is(test.append(a, 7, '{"event":"found","item":14,"items":[{"n":15},{"n":16}]}') - 'line', '{"refused": []}', 'the other is found to be two') FROM test.w;
SELECT is(farm.finish(a, jsonb_build_object('jobs', '[[3, 1]]'::jsonb, 'seq', 300, 'records', ARRAY[test.verdict(13)])) -> 'refused', '[300]',
    'nor has one of these two verdicts') FROM test.w;
SELECT is(farm.finish(a, jsonb_build_object('jobs', '[[3, 1]]'::jsonb, 'seq', 8, 'records', ARRAY[test.verdict(15)])), '{"done": [], "fenced": [], "refused": []}',
    'one of them') FROM test.w;
SELECT is(farm.finish(a, jsonb_build_object('jobs', '[[3, 1]]'::jsonb, 'seq', 9, 'records', ARRAY[test.verdict(16)])), '{"done": [3], "fenced": [], "refused": []}',
    'the last: the job is done') FROM test.w;
SELECT is(test.append(a, 10, '{"event":"found","item":4,"items":[{"n":17}]}') - 'line', '{"refused": []}', 'one more is found of another') FROM test.w;
SELECT is(test.finish(a, 4, 1, 11), '{"done": [4], "fenced": [], "refused": []}', 'a verdict of the job itself ends it') FROM test.w;
SELECT is(test.append(a, 12, '{"event":"found","item":5,"items":[{"n":17}]}') -> 'refused', '[12]', 'a number that is taken is refused') FROM test.w;
SELECT is(test.append(a, 12, '{"event":"found","item":5,"items":[{"n":2}]}') -> 'refused', '[12]', 'also one of the plan') FROM test.w;
SELECT is(test.append(a, 12, '{"event":"found","item":999,"items":[{"n":18}]}') -> 'refused', '[12]', 'and what nobody has') FROM test.w;
SELECT is(test.append(a, 12, '{"event":"found","item":7,"items":[{"n":18}]}') -> 'refused', '[12]', 'and what is of a job that another has') FROM test.w;
SELECT is(test.append(a, 12, '{"event":"found","item":4,"items":[{"n":18}]}') -> 'refused', '[12]', 'or of one that is done') FROM test.w;

-- After a server lost its last commits, what is kept in memory is added
SELECT test.append(a, 13, test.record('intent', '{5}'), test.record('result', '{5}'), test.verdict(5)) IS NULL FROM test.w \g /dev/null
SELECT is((SELECT state FROM farm.job WHERE n = 5), 'done', 'a verdict marks the job as done');
SELECT is((SELECT count(*)::int FROM farm.line_job WHERE job = 5), 3, 'the lines are known to be about it');
SELECT is(test.append(a, 13, test.record('intent', '{5}'), test.record('result', '{5}'), test.verdict(5)) -> 'refused', '[]', 'said again, the same') FROM test.w;
SELECT is((SELECT count(*)::int FROM farm.line_job WHERE job = 5), 3, 'without further lines');
SELECT is(test.append(a, 400, test.verdict(5)) -> 'refused', '[400]', 'a second verdict is refused here as well') FROM test.w;
SELECT is(test.append(a, 16, test.verdict(7)) -> 'refused', '[16]', 'a verdict of a job that another has is refused') FROM test.w;
SELECT is(test.append(b, 1, test.verdict(5)) -> 'refused', '[1]', 'and of one that another has done') FROM test.w;
SELECT is(test.append(a, 17, test.verdict(12)) -> 'refused', '[]', 'of one that nobody has it is taken') FROM test.w;
SELECT is((SELECT state FROM farm.job WHERE n = 12), 'done', 'and done');
SELECT is((SELECT unfinished FROM farm.run_system WHERE name = 'cm'), 5, 'the rest is left');

-- Others
SELECT is(test.append(a, 18, '{"event":"resume","settle":5}', '{}', '{"event":"stop","code":"x\u0000\ud800","why":"\\u0041"}') -> 'refused', '[]',
    'records about no job, and any text') FROM test.w;
SELECT is(body, '{"prev":"' || left(substr(body, 10), 64) || '"}', 'a record without members has no comma') FROM farm.lines('n1', 1, 1000)
    WHERE body NOT LIKE '%event%';
SELECT ok(EXISTS (SELECT 1 FROM farm.lines('n1', 1, 1000) WHERE body LIKE '%"code":"x\\u0000\\ud800","why":"\\\\u0041"}'), 'byte for byte');
SELECT throws_ok(format($$SELECT test.append(%s, 30, E'{"event":\n"stop"}')$$, a), '22023', NULL, 'a record of two lines is misuse') FROM test.w;
SELECT throws_ok(format($$SELECT test.append(%s, 30, '[1]')$$, a), NULL, NULL, 'and one that is no object') FROM test.w;

-- The last one tells the others
SELECT test.finish(b, n, 1, 100 + n) FROM test.w, generate_series(7, 9) n \g /dev/null
SELECT is((SELECT count(*)::int FROM farm.job WHERE state <> 'done'), 2, 'two are left');

-- An act whose end was lost is ended by its result
SELECT test.append(b, 500, '{"event":"found","item":10,"items":[{"n":20},{"n":21}]}') FROM test.w \g /dev/null
SELECT farm.release(b, '{"jobs": [7]}'), test.claim(b, 1) FROM test.w \g /dev/null
CREATE TABLE test.o AS SELECT farm.begin_act(b, jsonb_build_object('system', test.system('cm'), 'jobs', '[[10, 1]]'::jsonb, 'targets', '["x"]'::jsonb,
    'record', test.record('intent', '{20}'), 'seq', 600)) AS j FROM test.w;
UPDATE farm.system SET next_at = '-infinity';
CREATE TABLE test.p AS SELECT farm.begin_act(b, jsonb_build_object('system', test.system('cm'), 'jobs', '[[10, 1]]'::jsonb, 'targets', '["y"]'::jsonb,
    'record', test.record('intent', '{21}'), 'seq', 601)) AS j FROM test.w;
SELECT ok(o.j ? 'go' AND p.j ? 'go', 'two acts of one job') FROM test.o, test.p;
SELECT is(test.append(b, 602, test.record('result', '{21}')) -> 'refused', '[]', 'the result of one') FROM test.w;
SELECT is((SELECT array_agg(a.ended IS NULL ORDER BY a.seq) FROM farm.act a), ARRAY[true, false], 'ends that one');
SELECT is((SELECT string_agg(target_key, ' ') FROM farm.act_target WHERE open), 'x', 'and frees its target');
SELECT is(test.finish(b, 11, 1, 140) -> 'fenced', '[11]', 'one that was never claimed is fenced') FROM test.w;

-- Failures of all hosts: each verdict that is written counts once
CREATE TABLE test.f AS SELECT test.join('n2', 'a') AS a;
SELECT test.fill(a, 8), test.claim(a, 6) FROM test.f \g /dev/null
CREATE FUNCTION test.bad(item int, verdict text DEFAULT 'failed') RETURNS text LANGUAGE sql AS $$
    SELECT format('{"event":"verdict","item":%s,"row":{"item":%s,"verdict":"%s"}}', item, item, verdict)
$$;
CREATE FUNCTION test.fail(worker bigint, seq int, VARIADIC records text[]) RETURNS int LANGUAGE sql AS $$
    SELECT farm.finish(worker, jsonb_build_object('jobs', '[[1, 1], [2, 1], [3, 1], [4, 1], [8, 1]]'::jsonb, 'records', records, 'seq', seq,
        'failed', 5));
    SELECT r.failed FROM farm.run r WHERE r.name = 'n2'
$$;
SELECT is(test.fail(a, 1, test.bad(1), test.bad(2, 'ended'), test.bad(3, 'still_active')), 2, 'two of three verdicts are failures') FROM test.f;
SELECT is(test.fail(a, 1, test.bad(1), test.bad(2, 'ended'), test.bad(3, 'still_active'), test.bad(4)), 3, 'those that are written count once') FROM test.f;
SELECT is(test.fail(a, 5, test.bad(4), test.bad(8), test.bad(1, 'ended')), 3, 'those that are refused do not count') FROM test.f;
SELECT test.append(a, 8, test.bad(5), test.bad(6, 'ended'), test.bad(5)) FROM test.f \g /dev/null
SELECT is((SELECT r.failed FROM farm.run r WHERE r.name = 'n2'), 4, 'those that are sent again do, where they were lost');

SELECT is(farm.finish(1, '{}'), '{"unknown": true}', 'finish: unknown');
SELECT is(farm.append(1, '{}'), '{"unknown": true}', 'append: unknown');
SELECT is(test.broken('n1'), NULL, 'the chain holds');
SELECT * FROM finish();
