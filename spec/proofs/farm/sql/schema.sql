-- SPDX-License-Identifier: MIT
SELECT no_plan();

SELECT is(farm.schema_version(), 200, 'the schema has the number of its last file');
SELECT is((SELECT count(*)::int FROM farm.version WHERE sha256 ~ '^[0-9a-f]{64}$' AND applied_by = current_user), 15, 'each file is noted');
SELECT is((SELECT array_agg(name ORDER BY name) FROM farm.setting), ARRAY['grant', 'heartbeat', 'lease', 'lost_at', 'poll', 'window_scale'],
    'the settings are there');

SELECT is((SELECT count(*)::int FROM pg_proc p, LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE p.pronamespace = 'farm'::regnamespace AND a.grantee = 0), 0, 'PUBLIC may execute nothing');
SELECT is((SELECT count(*)::int FROM pg_class c, LATERAL aclexplode(c.relacl) a
    WHERE c.relnamespace = 'farm'::regnamespace AND a.grantee <> c.relowner), 0, 'nobody but their owner has a right to the tables');
SELECT is((SELECT string_agg(p.proname, ' ') FROM pg_proc p WHERE p.pronamespace = 'farm'::regnamespace
    AND has_function_privilege('signoff_operator', p.oid, 'execute')
    AND NOT (p.prosecdef AND 'search_path=pg_catalog, pg_temp' = ANY (p.proconfig))), NULL,
    'all that a role may execute is done as the owner, with a fixed search path');
SELECT is((SELECT string_agg(DISTINCT p.proname, ' ' ORDER BY p.proname) FROM pg_proc p WHERE p.pronamespace = 'farm'::regnamespace
    AND has_function_privilege('signoff_worker', p.oid, 'execute')),
    'append begin_act calls claim end_act end_run fill finish history hold identity join_run leave lines name numbers reattach recover release renew '
    || 'schema_version status stop', 'what a worker may execute');
SELECT is((SELECT string_agg(p.proname, ' ' ORDER BY p.proname) FROM pg_proc p WHERE p.pronamespace = 'farm'::regnamespace
    AND has_function_privilege('signoff_reader', p.oid, 'execute')), 'identity lines name schema_version status', 'what a reader may execute');
SELECT is((SELECT string_agg(p.proname, ' ' ORDER BY p.proname) FROM pg_proc p WHERE p.pronamespace = 'farm'::regnamespace
    AND has_function_privilege('signoff_operator', p.oid, 'execute') AND NOT has_function_privilege('signoff_worker', p.oid, 'execute')),
    'abandon admit drain', 'what an operator may besides');
SELECT is((SELECT string_agg(p.proname, ' ') FROM pg_proc p WHERE p.pronamespace = 'farm'::regnamespace
    AND p.prosrc ~* 'advisory'), NULL, 'no function takes an advisory lock');

SET ROLE signoff_worker;
SELECT throws_ok('SELECT * FROM farm.line', '42501', NULL, 'a worker cannot read lines but by the function');
SELECT throws_ok('UPDATE farm.line SET body = body', '42501', NULL, 'nor change one');
SELECT throws_ok('DELETE FROM farm.line', '42501', NULL, 'nor delete one');
SELECT throws_ok('UPDATE farm.system SET per_window = 1000', '42501', NULL, 'nor raise a ceiling');
SELECT throws_ok('UPDATE farm.setting SET value = 0', '42501', NULL, 'nor change a setting');
SELECT throws_ok('CREATE TABLE farm.mine (a int)', '42501', NULL, 'nor make anything in the schema');
SELECT throws_ok($$SELECT farm.write(1, 1, NULL, ARRAY['{}'])$$, '42501', NULL, 'nor execute a part of the functions');
SELECT throws_ok($$SELECT farm.drain('a')$$, '42501', NULL, 'nor decide what operators decide');
SELECT lives_ok('SELECT farm.status()', 'it may ask for the state');
SET ROLE signoff_reader;
SELECT throws_ok($$SELECT farm.join_run('{}')$$, '42501', NULL, 'a reader cannot join');
SELECT lives_ok($$SELECT * FROM farm.lines('none', 1, 10)$$, 'it may read lines');
RESET ROLE;
SELECT * FROM finish();
