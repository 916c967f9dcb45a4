-- SPDX-License-Identifier: MIT
SELECT no_plan();
CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS a, test.join('n1', 'b') AS b;

SELECT is(farm.fill(a, jsonb_build_object('items', test.items(1, 3, 'cm'))), '{"filled": 3, "state": "filling"}', 'items are added') FROM test.w;
SELECT is(test.claim(a, 5) -> 'jobs', '[]', 'nothing is claimed before the run is open') FROM test.w;
SELECT is(farm.fill(b, jsonb_build_object('items', test.items(1, 5, 'cm')))::text, '{"state": "filling", "filled": 5}',
    'another fills the rest: by their numbers') FROM test.w;
SELECT is(farm.fill(a, jsonb_build_object('items', test.items(4, 6, 'ag'), 'last', true))::text, '{"state": "open", "filled": 6}',
    'the last opens it') FROM test.w;
SELECT is(farm.fill(b, jsonb_build_object('items', test.items(6, 9, 'cm'), 'last', true))::text, '{"state": "open", "filled": 6}',
    'an open run takes no more') FROM test.w;
SELECT is((SELECT system FROM farm.job WHERE n = 4), test.system('cm'), 'the first that fills an item counts');
SELECT is(test.events('n1'), 'start item item item item item item', 'each has one line');
SELECT is((SELECT array_agg((body::jsonb #>> '{item,n}')::int ORDER BY n) FROM farm.lines('n1', 2, 6)), ARRAY[1, 2, 3, 4, 5, 6], 'in order');
SELECT is(test.broken('n1'), NULL, 'the chain holds');
SELECT is((SELECT array_agg(unfinished ORDER BY name) FROM farm.run_system), ARRAY[1, 5], 'what is to be done is counted by system');
SELECT is((SELECT last_number FROM farm.run), 6, 'the numbers are taken');

CREATE TABLE test.w2 AS SELECT test.join('n2', 'a') AS a;
SELECT throws_ok(format($$SELECT farm.fill(%s, jsonb_build_object('items', test.items(1, 3, 'nowhere')))$$, a), '23502', NULL,
    'an item of a system that the run does not have is refused') FROM test.w2;
SELECT is(farm.fill(a, '{"last": true}')::text, '{"state": "open", "filled": 0}', 'a plan may be empty') FROM test.w2;
SELECT is(farm.fill(1, '{"last": true}'), '{"unknown": true}', 'a worker that nobody knows is told so');
SELECT * FROM finish();
