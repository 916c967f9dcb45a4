-- SPDX-License-Identifier: MIT
SELECT no_plan();
CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS a, test.join('n1', 'b') AS b, test.join('n2', 'c') AS c;
SELECT test.fill(a, 4, 'ag'), test.fill(c, 4, 'ag') FROM test.w \g /dev/null
SELECT test.claim(a, 2, 'ag'), test.claim(b, 2, 'ag'), test.claim(c, 4, 'ag') FROM test.w \g /dev/null
CREATE TABLE test.g AS SELECT test.begin(a, 1, 1, 1, 'ag') AS j FROM test.w;

SELECT test.lapse(a) FROM test.w \g /dev/null
SELECT test.claim(b, 9, 'ag') FROM test.w \g /dev/null
SELECT is(test.begin(b, 1, 2, 1, 'ag') -> 'busy' ->> 'host', 'a', 'the act of a lost host keeps others off its target') FROM test.w;
SELECT is(farm.recover(b, '{"jobs": [[1, 1]]}'), '{"fenced": [1]}', 'it is not closed by one that does not have the job') FROM test.w;
SELECT is(farm.recover(b, '{"jobs": [[1, 2]]}'), '{"recovered": 1}', 'but by the one that has it now, after a look') FROM test.w;
SELECT is(farm.recover(b, '{"jobs": [[1, 2]]}'), '{"recovered": 0}', 'once') FROM test.w;
SELECT ok(ended > clock_timestamp() - interval '5 s' AND recovered AND sent IS NULL, 'it counts for one more window') FROM farm.act;
SELECT ok(test.begin(b, 1, 2, 1, 'ag') ? 'go', 'then the target is free') FROM test.w;
SELECT is(test.end(a, j, 2, 1), '{"late": true, "ended": true}', 'the lost host comes back: it hears that it is late') FROM test.w, test.g;
SELECT is(test.events('n1'), 'start item item item item intent intent result', 'and its result has its line');
SELECT is(test.end(a, j, 2, 1), '{"late": true, "ended": true}', 'once') FROM test.w, test.g;
SELECT is((SELECT count(*)::int FROM farm.act_target WHERE open), 1, 'the act of the other is still open');
SELECT is(farm.recover(b, '{"jobs": [[1, 2]]}'), '{"recovered": 0}', 'nobody closes an act of its own') FROM test.w;

-- Of another run
SELECT is(test.begin(c, 1, 1, 1, 'ag') -> 'busy' -> 'silent', 'false', 'another run meets it') FROM test.w;
SELECT is(farm.recover(c, jsonb_build_object('jobs', '[[1, 1]]'::jsonb, 'system', test.system('ag'), 'targets', '["T1"]'::jsonb)),
    '{"recovered": 0}', 'an act of a host that is there is left alone') FROM test.w;
SELECT test.lapse(b) FROM test.w \g /dev/null
SELECT is(farm.recover(c, jsonb_build_object('jobs', '[[1, 1]]'::jsonb, 'system', test.system('ag'), 'targets', '["T1"]'::jsonb)),
    '{"recovered": 1}', 'one of a silent host is closed, in whatever run') FROM test.w;
SELECT ok(test.begin(c, 1, 1, 1, 'ag') ? 'go', 'then the target is free') FROM test.w;

-- Of several targets
SELECT test.claim(a, 9, 'ag') FROM test.w \g /dev/null
CREATE TABLE test.e AS SELECT n, epoch FROM farm.job j JOIN farm.run r ON r.id = j.run WHERE r.name = 'n1' AND n IN (2, 3);
CREATE TABLE test.m AS SELECT farm.begin_act(a, jsonb_build_object('system', test.system('ag'),
    'jobs', (SELECT jsonb_agg(jsonb_build_array(n, epoch) ORDER BY n) FROM test.e),
    'targets', '["x", "y"]'::jsonb, 'record', test.record('intent', '{2,3}'), 'seq', 9)) AS j FROM test.w;
SELECT ok(j ? 'go', 'an act on two targets') FROM test.m;
SELECT test.lapse(a) FROM test.w \g /dev/null
SELECT test.claim(b, 9, 'ag') FROM test.w \g /dev/null
SELECT is(farm.recover(b, (SELECT jsonb_build_object('jobs', jsonb_build_array(jsonb_build_array(n, epoch + 1))) FROM test.e WHERE n = 2)),
    '{"recovered": 0}', 'it is open until each of its targets was looked at') FROM test.w;
SELECT is(farm.recover(b, (SELECT jsonb_build_object('jobs', jsonb_build_array(jsonb_build_array(n, epoch + 1))) FROM test.e WHERE n = 3)),
    '{"recovered": 1}', 'then it is over') FROM test.w;

-- Of a job that is done, and of hosts that are gone: nobody has closed what they had begun
SELECT test.lapse(b) FROM test.w \g /dev/null
SELECT test.claim(a, 9, 'ag') FROM test.w \g /dev/null
SELECT test.begin(a, 4, epoch, 50, 'ag', 'T4') FROM test.w, farm.job j WHERE j.worker = a AND n = 4 \g /dev/null
SELECT is((SELECT count(*)::int FROM farm.act_target WHERE target_key = 'T4' AND open), 1, 'an act is open') FROM test.w;
SELECT test.lapse(a) FROM test.w \g /dev/null
SELECT test.claim(b, 9, 'ag') FROM test.w \g /dev/null
SELECT test.finish(b, 4, (SELECT epoch FROM farm.job WHERE worker = b AND n = 4), 90) FROM test.w \g /dev/null
SELECT is((SELECT count(*)::int FROM farm.act_target WHERE target_key = 'T4' AND open), 0, 'the verdict of another host on its job closes it') FROM test.w;
SELECT ok((SELECT recovered AND ended IS NOT NULL FROM farm.act WHERE seq = 50), 'and it counts for one more window');
SELECT is(farm.recover(1, '{}'), '{"unknown": true}', 'unknown');
SELECT is(test.broken('n1'), NULL, 'the chain holds');
SELECT * FROM finish();
