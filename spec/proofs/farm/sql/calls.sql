-- SPDX-License-Identifier: MIT
SELECT no_plan();
CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS a;
SELECT test.fill(a, 8, 'ag') FROM test.w \g /dev/null

CREATE TABLE test.c AS SELECT farm.calls(a, jsonb_build_array(jsonb_build_object('f', 'renew', 'want', jsonb_build_object(test.system('ag'), 3)),
    jsonb_build_object('f', 'claim', 'system', test.system('ag'), 'count', 3))) AS j FROM test.w;
SELECT is(jsonb_array_length(j), 2, 'an answer for each request') FROM test.c;
SELECT is(j -> 0 -> 'places' ->> test.system('ag')::text, '3', 'in their order') FROM test.c;
SELECT is(test.numbers(j -> 1), ARRAY[1, 2, 3], 'each of its function') FROM test.c;

CREATE TABLE test.b AS SELECT farm.calls((SELECT a FROM test.w), jsonb_agg(jsonb_build_object('f', 'begin_act', 'system', test.system('ag'), 'seq', n,
    'jobs', jsonb_build_array(jsonb_build_array(n, 1)), 'targets', jsonb_build_array('T' || n), 'record', test.record('intent', ARRAY[n])) ORDER BY n)) AS j
    FROM generate_series(1, 4) n;
SELECT ok(j -> 0 ? 'go' AND j -> 1 ? 'go' AND j -> 2 ? 'go', 'several acts begin in one commit') FROM test.b;
SELECT is(j -> 3, '{"fenced": [4]}', 'one that may not does not hinder the others') FROM test.b;
SELECT is((SELECT count(DISTINCT xmin::text)::int FROM farm.act), 1, 'it is one transaction');

SELECT is(jsonb_path_query_array(farm.calls(a, jsonb_build_array(
    jsonb_build_object('f', 'end_act', 'act', j -> 0 -> 'go', 'sent', true, 'record', test.record('result', '{1}'), 'seq', 4),
    jsonb_build_object('f', 'finish', 'jobs', '[[1, 1]]'::jsonb, 'records', ARRAY[test.verdict(1)], 'seq', 5),
    jsonb_build_object('f', 'append', 'records', ARRAY['{"event":"resume"}'], 'seq', 6),
    jsonb_build_object('f', 'history', 'jobs', '[1]'::jsonb),
    jsonb_build_object('f', 'numbers', 'count', 1),
    jsonb_build_object('f', 'recover', 'jobs', '[[2, 1]]'::jsonb),
    jsonb_build_object('f', 'release', 'jobs', '[[3, 1]]'::jsonb),
    jsonb_build_object('f', 'fill', 'last', true),
    jsonb_build_object('f', 'hold', 'system', test.system('ag'), 'seconds', 0),
    jsonb_build_object('f', 'stop', 'system', test.system('ag'), 'code', 'x', 'why', 'y'),
    jsonb_build_object('f', 'reattach', 'seq', 6, 'identity', farm.identity()),
    jsonb_build_object('f', 'end_run', 'record', '{}', 'seq', 7),
    jsonb_build_object('f', 'leave'))), '$.keyvalue().key'),
    '["late", "ended", "done", "fenced", "refused", "line", "refused", "others", "records", "first", "recovered", "released", "state", "filled", "held", "stopped", "have",
      "lost", "identity", "head", "left", "ended", "lines", "state", "left", "released"]'::jsonb, 'each function by its name') FROM test.w, test.b;
SELECT is(farm.calls(a, '[{"f": "renew"}, {"f": "claim"}]'), '[{"unknown": true}, {"unknown": true}]', 'each is answered to a worker that left') FROM test.w;
SELECT is(farm.calls(a, '[]'), '[]', 'nothing is asked, nothing is answered') FROM test.w;

CREATE TABLE test.x AS SELECT test.join('n1', 'b') AS b;
SELECT throws_ok(format($$SELECT farm.calls(%s, '[{"f": "numbers", "count": 5}, {"f": "drop"}]')$$, b), '42883', NULL, 'another name is misuse') FROM test.x;
SELECT throws_ok(format($$SELECT farm.calls(%s, '[{}]')$$, b), '42883', NULL, 'and none') FROM test.x;
SELECT is((SELECT last_number FROM farm.run), 9, 'then nothing of it is done');
SELECT is(test.broken('n1'), NULL, 'the chain holds');
SELECT * FROM finish();
