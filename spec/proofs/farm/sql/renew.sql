-- SPDX-License-Identifier: MIT
SELECT no_plan();
CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS a, test.join('n1', 'b') AS b, test.join('n2', 'c') AS c;
SELECT test.fill(a, 10, 'ag'), test.fill(c, 10, 'ag') FROM test.w \g /dev/null

CREATE FUNCTION test.renew(worker bigint, in_use int, want int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT farm.renew(worker, jsonb_build_object('in_use', jsonb_build_object(test.system('ag'), in_use), 'want', jsonb_build_object(test.system('ag'), want)))
$$;
CREATE FUNCTION test.renewed(worker bigint, in_use int, want int) RETURNS int LANGUAGE sql AS $$
    SELECT (test.renew(worker, in_use, want) -> 'places' ->> test.system('ag')::text)::int
$$;

-- The lease
UPDATE farm.worker SET lease_until = clock_timestamp() + interval '1 s';
SELECT is(farm.renew(a, '{}') - 'places' - 'identity', '{"held": {}, "stopped": {}, "lease": 60, "draining": false, "hosts": 2, "left": 10, "failed": 0, "state": "open", "over": false}',
    'what a worker must hear') FROM test.w;
SELECT ok((SELECT lease_until > clock_timestamp() + interval '20 s' FROM farm.worker WHERE id = a), 'its lease is whole again') FROM test.w;
SELECT ok((SELECT lease_until < clock_timestamp() + interval '2 s' FROM farm.worker WHERE id = b), 'that of no other') FROM test.w;
SELECT farm.renew(b, '{}'), farm.renew(c, '{}') FROM test.w \g /dev/null

-- Places
SELECT is(test.renewed(a, 0, 20), 8, 'one that is alone gets all places') FROM test.w;
SELECT is(test.renewed(b, 0, 20), 0, 'the next waits until they are given back') FROM test.w;
SELECT is(test.renewed(a, 6, 20), 4, 'it hears of its share at once') FROM test.w;
SELECT is(test.renewed(b, 0, 20), 2, 'and the next gets what is not in use any more') FROM test.w;
SELECT is(test.renewed(a, 3, 20), 4, 'down to a fair share, whatever is wanted') FROM test.w;
SELECT is(test.renewed(b, 2, 20), 4, 'for each') FROM test.w;
SELECT is(test.renewed(c, 0, 20), 0, 'a host of another run shares them as well') FROM test.w;
SELECT ok(test.renewed(a, 0, 20) IN (2, 3), 'a third of eight') FROM test.w;
SELECT is(test.renewed(b, 0, 1), 1, 'one that wants less gets that') FROM test.w;
SELECT ok(test.renewed(c, 0, 20) + (SELECT sum(places)::int FROM farm.place p, test.w WHERE system = test.system('ag') AND worker <> c) BETWEEN 6 AND 8,
    'what it leaves is shared at once') FROM test.w;
SELECT ok(test.renewed(a, 0, 20) IN (3, 4), 'by each') FROM test.w;
SELECT is((SELECT sum(places)::int FROM farm.place WHERE system = test.system('ag')) <= 8, true, 'never more than there are');
SELECT test.lapse(c) FROM test.w \g /dev/null
SELECT is(test.renewed(a, 0, 20), 7, 'those of a silent host are free') FROM test.w;
SELECT is(test.renewed(c, 4, 20), 0, 'it comes back, and finds them taken') FROM test.w;
SELECT farm.leave(a, '{}') FROM test.w \g /dev/null
SELECT is(test.renewed(c, 4, 20), 7, 'those of one that left are free at once') FROM test.w;
SELECT is(test.renewed(b, 1, 0), 1, 'a place in use is not taken away') FROM test.w;
SELECT is(test.renewed(b, 0, 0), 0, 'one that is neither used nor wanted is') FROM test.w;
UPDATE farm.system SET at_once = NULL WHERE id = test.system('ag');
SELECT is(test.renewed(b, 1, 50), 50, 'without a limit one gets what one wants') FROM test.w;
UPDATE farm.system SET at_once = 1 WHERE id = test.system('ag');
SELECT test.renewed(b, 0, 0), test.renewed(c, 0, 0) FROM test.w \g /dev/null
SELECT test.renewed(b, 0, 5), test.renewed(c, 0, 5) FROM test.w \g /dev/null
SELECT is(farm.share_of(s, b) + farm.share_of(s, c), 1::bigint, 'one place has one owner at a time') FROM test.w, farm.system s WHERE s.id = test.system('ag');
UPDATE farm.setting SET value = 0.01 WHERE name = 'lease';
CREATE FUNCTION test.owners(b bigint, c bigint) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    s farm.system;
    had int[] := '{0,0}';
BEGIN
    SELECT * INTO s FROM farm.system x WHERE x.id = test.system('ag');
    UPDATE farm.worker SET lease_until = clock_timestamp() + interval '60 s';
    FOR i IN 1 .. 200 LOOP
        had := ARRAY[had[1] + farm.share_of(s, b), had[2] + farm.share_of(s, c)];
        PERFORM pg_sleep(0.005);
        EXIT WHEN had[1] > 0 AND had[2] > 0;
    END LOOP;
    RETURN (had[1] > 0)::int + (had[2] > 0)::int;
END
$$;
SELECT is(test.owners(b, c), 2, 'in turns, so that nobody goes without for ever') FROM test.w;
UPDATE farm.setting SET value = 60 WHERE name = 'lease';
UPDATE farm.system SET at_once = 8 WHERE id = test.system('ag');

-- After the server lost commits: the places of an earlier time are not dealt again while somebody uses them
SELECT test.forget_identity() \g /dev/null
SELECT is(test.renewed(b, 0, 20), 0, 'nobody gets more than it uses') FROM test.w;
SELECT is(test.renewed(c, 2, 20), 2, 'whatever is wanted') FROM test.w;
SELECT ok(settled_at > clock_timestamp() + interval '20 s' AND held_until <= settled_at, 'until each has told it') FROM farm.system WHERE id = test.system('ag');
UPDATE farm.system SET settled_at = '-infinity', held_until = '-infinity';
SELECT ok(test.renewed(b, 0, 20) IN (4, 5, 6), 'then they are shared again') FROM test.w;

-- Hold and stop, for all
SELECT ok((farm.hold(b, jsonb_build_object('system', test.system('ag'), 'seconds', 90)) ->> 'held')::float BETWEEN 20 AND 90, 'a hold') FROM test.w;
SELECT ok((farm.hold(c, jsonb_build_object('system', test.system('ag'), 'seconds', 3)) ->> 'held')::float BETWEEN 20 AND 90, 'is not made shorter') FROM test.w;
SELECT ok((farm.renew(c, '{}') -> 'held' ->> test.system('ag')::text)::float BETWEEN 20 AND 90, 'all hear of it') FROM test.w;
SELECT is(farm.stop(b, jsonb_build_object('system', test.system('ag'), 'code', 'denied', 'why', 'our account was refused', 'seq', 1,
    'record', '{"event":"stop","code":"denied"}')), '{"stopped": true}', 'a stop') FROM test.w;
SELECT farm.stop(b, jsonb_build_object('system', test.system('ag'), 'code', 'denied', 'why', 'our account was refused', 'seq', 1,
    'record', '{"event":"stop","code":"denied"}')), farm.stop(c, jsonb_build_object('system', test.system('ag'), 'code', 'breaker', 'why', 'later')) FROM test.w \g /dev/null
SELECT is(farm.renew(c, '{}') -> 'stopped', jsonb_build_object(test.system('ag'), '{"code": "denied", "why": "our account was refused"}'::jsonb),
    'all hear of it, and of the first reason') FROM test.w;
SELECT is((SELECT count(*)::int FROM farm.lines('n1', 1, 1000) WHERE body LIKE '%"event":"stop"%'), 1, 'its record has one line, in the run of the one that stopped it');
SELECT is((SELECT count(*)::int FROM farm.lines('n2', 1, 1000) WHERE body LIKE '%"event":"stop"%'), 0, 'and none without a record');
SELECT is(farm.admit('agvance https://ag.test'), ARRAY['agvance https://ag.test'], 'it is admitted again');
SELECT is(farm.renew(c, '{}') -> 'stopped', '{}', 'for all') FROM test.w;
SELECT is(farm.renew(c, '{}') -> 'held', '{}', 'at once') FROM test.w;

SELECT is(farm.drain('b'), 1, 'a host is drained');
SELECT is(farm.renew(b, '{}') -> 'draining', 'true', 'and hears of it') FROM test.w;
SELECT is(farm.renew(1, '{}'), '{"unknown": true}', 'renew: unknown');
SELECT is(farm.hold(1, '{}'), '{"unknown": true}', 'hold: unknown');
SELECT is(farm.stop(1, '{}'), '{"unknown": true}', 'stop: unknown');
SELECT is(test.broken('n1'), NULL, 'the chain holds');
SELECT * FROM finish();
