-- SPDX-License-Identifier: MIT
SELECT no_plan();
CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS a, test.join('n1', 'b') AS b;
SELECT test.fill(a, 2, 'ag') FROM test.w \g /dev/null
SELECT test.claim(a, 1, 'ag'), test.claim(b, 1, 'ag') FROM test.w \g /dev/null
CREATE FUNCTION test.back(worker bigint, seq int, identity text DEFAULT farm.identity()) RETURNS jsonb LANGUAGE sql AS $$
    SELECT farm.reattach(worker, jsonb_build_object('seq', seq, 'identity', identity)) - 'identity'
$$;
CREATE FUNCTION test.held() RETURNS boolean LANGUAGE sql AS $$ SELECT bool_and(held_until > clock_timestamp() + interval '20 s') FROM farm.system $$;

SELECT is(test.back(a, 0), '{"have": 0, "lost": false}', 'nothing was said yet') FROM test.w;
SELECT test.append(a, 1, '{"event":"resume"}', '{"event":"resume"}') FROM test.w \g /dev/null
SELECT is(test.back(a, 2), '{"have": 2, "lost": false}', 'all is there') FROM test.w;
SELECT is(test.back(a, 1), '{"have": 2, "lost": false}', 'more than was acknowledged') FROM test.w;
SELECT is(test.back(a, 2, 'elsewhere/1') -> 'lost', 'true', 'another server') FROM test.w;
SELECT ok(test.held(), 'every system is held for a window') FROM test.w;
UPDATE farm.system SET held_until = '-infinity';
SELECT is(test.back(a, 3), '{"have": 2, "lost": true}', 'a record is not there any more: the last commits were lost') FROM test.w;
SELECT ok(test.held(), 'every system is held for a window') FROM test.w;
SELECT test.append(a, 3, '{"event":"resume"}') FROM test.w \g /dev/null
UPDATE farm.system SET held_until = '-infinity';
SELECT is(test.back(a, 3, split_part(farm.identity(), '/', 1) || '/99') -> 'lost', 'false', 'a standby was promoted that has all') FROM test.w;
SELECT ok(NOT coalesce(test.held(), false), 'that alone holds nothing again, where the server noticed it before');
SELECT test.forget_identity() \g /dev/null
SELECT is(test.back(a, 3, '1/1') -> 'lost', 'true', 'the first to come back') FROM test.w;
SELECT ok(test.held(), 'has every system held');
UPDATE farm.system SET held_until = '-infinity';
SELECT is(farm.reattach(1, jsonb_build_object('seq', 5, 'identity', farm.identity())) - 'identity', '{"unknown": true, "lost": true}',
    'a worker that was lost') FROM test.w;
SELECT ok(test.held(), 'has every system held');
UPDATE farm.worker SET lease_until = clock_timestamp();
SELECT test.back(a, 3) FROM test.w \g /dev/null
SELECT ok((SELECT lease_until > clock_timestamp() + interval '20 s' FROM farm.worker WHERE id = a), 'its lease is kept') FROM test.w;
SELECT farm.leave(b, '{}') FROM test.w \g /dev/null
UPDATE farm.system SET held_until = '-infinity';
SELECT is(farm.reattach(b, jsonb_build_object('seq', 0, 'identity', farm.identity())) - 'identity', '{"unknown": true, "lost": false}',
    'one that left is unknown, and nothing was lost') FROM test.w;

-- The end
SELECT is(farm.end_run(a, '{"record": "{\"event\":\"end\"}", "seq": 4}') - 'head', '{"state": "open", "lines": 6, "ended": false, "left": 2}',
    'a run with open jobs does not end') FROM test.w;
SELECT test.claim(a, 2, 'ag') FROM test.w \g /dev/null
SELECT test.append(a, 4, test.verdict(1), test.verdict(2)) FROM test.w \g /dev/null
CREATE TABLE test.e AS SELECT farm.end_run(a, '{"record": "{\"event\":\"end\"}", "seq": 6}') AS j FROM test.w;
SELECT is(j - 'head', '{"state": "over", "lines": 9, "ended": true}', 'it ends when all are done') FROM test.e;
SELECT is(j ->> 'head', (SELECT encode(sha256(convert_to(body, 'UTF8')), 'hex') FROM farm.lines('n1', 9, 1)), 'with the head of its journal') FROM test.e;
SELECT is(farm.end_run(a, '{"record": "{\"event\":\"end\"}", "seq": 7}') -> 'ended', 'false', 'once') FROM test.w;
SELECT is(test.events('n1'), 'start item item resume resume resume verdict verdict end', 'with one line');
SELECT is(farm.renew(a, '{}') -> 'over', 'true', 'all hear of it') FROM test.w;
SELECT is(farm.end_run(1, '{}'), '{"unknown": true}', 'end_run: unknown');
SELECT is(test.broken('n1'), NULL, 'the chain holds');

-- The first use of a system may be among the commits that were lost
UPDATE farm.setting SET value = 0 WHERE name = 'lost_at';
SELECT test.join('n8', 'x', '{"systems": [{"name": "x", "kind": "agvance", "url": "https://x.test"}]}') \g /dev/null
SELECT ok(held_until < clock_timestamp(), 'a new system is not held') FROM farm.system WHERE url = 'https://x.test';
SELECT farm.reattach(1, '{"seq": 1, "identity": "1/1"}') \g /dev/null
SELECT test.join('n9', 'y', '{"systems": [{"name": "y", "kind": "agvance", "url": "https://y.test"}]}') \g /dev/null
SELECT ok(held_until > clock_timestamp() + interval '30 s', 'after a loss it is held as the others are') FROM farm.system WHERE url = 'https://y.test';
SELECT * FROM finish();
