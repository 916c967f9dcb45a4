-- SPDX-License-Identifier: MIT
SELECT no_plan();
CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS a, test.join('n1', 'b') AS b, test.join('n2', 'c') AS c;
SELECT test.fill(a, 4, 'ag'), test.fill(c, 4, 'ag') FROM test.w \g /dev/null
SELECT test.claim(a, 2, 'ag'), test.claim(b, 2, 'ag'), test.claim(c, 4, 'ag') FROM test.w \g /dev/null
SELECT test.begin(a, 1, 1, 1, 'ag'), test.begin(b, 3, 1, 1, 'ag') FROM test.w \g /dev/null

-- State
CREATE TABLE test.s AS SELECT farm.status() AS j;
SELECT is(j -> 'schema', '200', 'the number of the schema') FROM test.s;
SELECT is(j ->> 'identity', farm.identity(), 'which server it is') FROM test.s;
SELECT is(j -> 'durable' ->> 'synchronous_commit', 'on', 'how durable it is') FROM test.s;
SELECT is(j -> 'standbys', '[]', 'who follows it') FROM test.s;
SELECT is((SELECT e - 'oldest' FROM jsonb_array_elements(j -> 'systems') e WHERE e ->> 'kind' = 'agvance'), jsonb_build_object('id', test.system('ag'),
    'key', 'agvance https://ag.test', 'kind', 'agvance', 'url', 'https://ag.test', 'window', 60, 'at_once', 8, 'open', 2, 'recent', 0),
    'the systems, and what is open there') FROM test.s;
SELECT ok((SELECT (e -> 'oldest')::float BETWEEN 0 AND 60 FROM jsonb_array_elements(j -> 'systems') e WHERE e ->> 'kind' = 'agvance'), 'since when') FROM test.s;
SELECT is((SELECT e ->> 'name' FROM jsonb_array_elements(j -> 'runs') e LIMIT 1), 'n1', 'the runs') FROM test.s;
SELECT is((SELECT e -> 'systems' -> 'ag' -> 'left' FROM jsonb_array_elements(j -> 'runs') e LIMIT 1), '4', 'what is left of them') FROM test.s;
SELECT is((SELECT string_agg(h ->> 'host' || (h ->> 'jobs'), ' ') FROM jsonb_array_elements(j -> 'runs' -> 0 -> 'hosts') h), 'a2 b1', 'and their hosts') FROM test.s;
SELECT is(j::text LIKE '%' || a || '%', false, 'the id by which a host writes is not told') FROM test.s, test.w;
SELECT test.lapse(a) FROM test.w \g /dev/null
SELECT is(farm.status() -> 'runs' -> 0 -> 'hosts' -> 0 -> 'silent', 'true', 'also that one is silent');

-- Lines
SELECT is((SELECT array_agg(n) FROM farm.lines('n1', 2, 3)), ARRAY[2, 3, 4], 'lines, so many from one on');
SELECT is((SELECT count(*)::int FROM farm.lines('none', 1, 3)), 0, 'none of a run that is not there');

-- Abandoning
SELECT is(farm.abandon('n1'), true, 'a run is abandoned');
SELECT is(farm.abandon('n1'), false, 'once');
SELECT is(farm.abandon('none'), false, 'one that is not there is not');
SELECT is((SELECT e::jsonb ->> 'code' FROM (SELECT body AS e FROM farm.lines('n1', 1, 100) ORDER BY n DESC LIMIT 1) x), 'abandoned', 'its last line says so');
SELECT alike((SELECT body FROM farm.lines('n1', 1, 100) ORDER BY n DESC LIMIT 1), '%the run was abandoned by postgres%', 'and by whom');
SELECT is((SELECT string_agg(DISTINCT j.state, ' ') FROM farm.job j JOIN farm.run r ON r.id = run WHERE r.name = 'n1'), 'left', 'its jobs are left');
SELECT is(test.begin(b, 4, 1, 9, 'ag'), '{"fenced": [4]}', 'its hosts begin nothing more') FROM test.w;
SELECT is(farm.renew(b, '{}') -> 'over', 'true', 'and hear that it is over') FROM test.w;
SELECT is(farm.join_run(test.given('n1', 'd')) ->> 'refused', 'over', 'nobody joins it');
SELECT is(test.begin(c, 3, 1, 1, 'ag') -> 'busy' ->> 'host', 'b', 'an act of a host that is there stays open until it ends') FROM test.w;
SELECT ok(test.begin(c, 1, 1, 1, 'ag') ? 'go', 'one of a silent host was closed') FROM test.w;
SELECT is(farm.status() -> 'runs' -> 0 ->> 'state', 'abandoned', 'its state');

SELECT is(farm.drain('c'), 1, 'a host is drained');
SELECT is(farm.drain('nobody'), 0, 'one that is not there is not');
UPDATE farm.system SET stopped_code = 'x', held_until = clock_timestamp() + interval '1 min';
SELECT is(farm.admit('ag'), ARRAY['agvance https://ag.test'], 'a system is admitted by its name');
SELECT is((SELECT array_agg(kind) FROM farm.system WHERE stopped_code IS NULL), ARRAY['agvance'], 'that one alone');
SELECT is(farm.admit('https://cm.test'), ARRAY['cisco https://cm.test'], 'or by its address');
SELECT ok(held_until < clock_timestamp(), 'its hold is over') FROM farm.system WHERE kind = 'agvance';
SELECT test.forget_identity() \g /dev/null
SELECT farm.lock_system(test.system('ag')), farm.admit('ag') \g /dev/null
SELECT ok(held_until > clock_timestamp() + interval '30 s', 'but not that of a server that may have lost changes') FROM farm.system WHERE kind = 'agvance';
SELECT is(farm.admit('nothing'), '{}', 'nothing is admitted by another');
SELECT is(test.broken('n1'), NULL, 'the chain holds');
SELECT * FROM finish();
