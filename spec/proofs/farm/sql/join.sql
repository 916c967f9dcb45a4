-- SPDX-License-Identifier: MIT
SELECT no_plan();

SELECT is(farm.join_run(test.given('n1', 'a', '{"create": false}')) ->> 'refused', 'missing', 'a run that is not there is not joined');
SELECT is((SELECT count(*)::int FROM farm.run), 0, 'and nothing is made of it');

CREATE TABLE test.first AS SELECT farm.join_run(test.given('n1', 'a')) AS j;
SELECT is(j ->> 'created', 'true', 'the first creates the run') FROM test.first;
SELECT is(j ->> 'state', 'filling', 'which is to be filled') FROM test.first;
SELECT is(j -> 'systems' -> 'cm' ->> 'id', test.system('cm')::text, 'it is told the ids of the systems') FROM test.first;
SELECT is((j ->> 'lease')::float + (j ->> 'heartbeat')::float + (j ->> 'grant')::float + (j ->> 'poll')::float, 64.5::float, 'and the settings') FROM test.first;
SELECT is(j ->> 'identity', farm.identity(), 'and which server it is') FROM test.first;
SELECT ok((j ->> 'worker')::bigint < 2 ^ 53 AND (j ->> 'run')::bigint < 2 ^ 53, 'ids are exact as doubles') FROM test.first;
SELECT is(body, '{"prev":"' || repeat('0', 64) || '","event":"start","items":3}', 'its start is the first line') FROM farm.lines('n1', 1, 10);

CREATE TABLE test.second AS SELECT farm.join_run(test.given('n1', 'b')) AS j;
SELECT is(j ->> 'created', 'false', 'the second joins') FROM test.second;
SELECT is((SELECT count(*)::int FROM farm.lines('n1', 1, 10)), 1, 'and adds no line');
SELECT is(a.j -> 'run', b.j -> 'run', 'they have one run') FROM test.first a, test.second b;
SELECT isnt(a.j -> 'worker', b.j -> 'worker', 'and each is a worker of its own') FROM test.first a, test.second b;

SELECT is(farm.join_run(test.given('n1', 'c', '{"digest": "other"}')) ->> 'refused', 'digest', 'another plan is refused');
SELECT alike(farm.join_run(test.given('n1', 'c', '{"digest": "other"}')) ->> 'message', '%n1%d-n1%other%', 'with both digests');
SELECT is(farm.join_run(test.given('n1', 'c', '{"schema": 1000}')) ->> 'refused', 'version', 'a host that knows a newer schema is refused');
SELECT alike(farm.join_run(test.given('n1', 'c', '{"schema": 1000}')) ->> 'message', '%farm init%', 'and told how to upgrade');
SELECT is(farm.join_run(test.given('n1', 'c', '{"schema": 10}')) ->> 'refused', 'version', 'and one that knows an older one');
SELECT is(farm.join_run(test.given('n1', 'c', '{"schema": 200}')) ->> 'state', 'filling', 'the same schema is taken');

SELECT is(farm.join_run(test.given('n2', 'c', jsonb_build_object('systems', jsonb_set(test.systems(), '{0,per_window}', '120')))) ->> 'refused',
    'limits', 'limits that differ from those of live hosts are refused');
SELECT alike(farm.join_run(test.given('n2', 'c', jsonb_build_object('systems', jsonb_set(test.systems(), '{0,per_window}', '120')))) ->> 'message',
    '%cm: % 60 changes in 60 s, 2 at once,%120 changes in 60 s, 2 at once%', 'with both');
SELECT is((SELECT count(*)::int FROM farm.run), 1, 'and no run is made');
SELECT is(farm.join_run(test.given('n1', 'c', jsonb_build_object('systems', jsonb_set(test.systems(), '{1,at_once}', 'null')))) ->> 'refused',
    'limits', 'no limit is another limit');
SELECT is(farm.join_run(test.given('n1', 'c', jsonb_build_object('systems', jsonb_set(test.systems(), '{0,url}', '"https://else.test"')))) ->> 'refused',
    'digest', 'a system elsewhere is another plan');

UPDATE farm.worker SET lease_until = clock_timestamp() - interval '1 s';
SELECT is(farm.join_run(test.given('n2', 'c', jsonb_build_object('systems', jsonb_set(test.systems(), '{0,per_window}', '120')))) ->> 'state',
    'filling', 'nobody is left that uses them: new limits are taken');
SELECT is((SELECT per_window FROM farm.system WHERE id = test.system('cm')), 120, 'for the system, whatever the run');

UPDATE farm.run SET state = 'over' WHERE name = 'n1';
SELECT is(farm.join_run(test.given('n1', 'c', jsonb_build_object('systems', jsonb_set(test.systems(), '{0,per_window}', '120')))) ->> 'refused',
    'over', 'a run that has ended is not joined');
SELECT throws_ok($$BEGIN ISOLATION LEVEL SERIALIZABLE$$, '0A000', NULL, 'transactions are not begun within functions');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT throws_ok($$SELECT farm.join_run(test.given('n3', 'a'))$$, '25000', NULL, 'a transaction that sees an old state is refused');
COMMIT;
SELECT * FROM finish();
