-- SPDX-License-Identifier: MIT
-- The figures of a farm's functions, from one connection and with fsync, each beside that of a commit of one row on the same server:
-- tools/check-farm figures. No test decides on them.

local farm = require "spec.support.farm"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local JOBS = 50000
local ROUNDS = tonumber(os.getenv "ROUNDS") or 1000

-- Milliseconds: the median, the 99th percentile; and how many a second.
local LOOP = [[
SET client_min_messages = warning;
DO $do$ DECLARE me bigint; s int; j jsonb; start timestamptz; took float8[]; BEGIN
  SELECT w INTO me FROM test.w; s := test.system('big');
  FOR i IN 1 .. %d LOOP
    start := clock_timestamp();
    %s
    COMMIT;
    took := took || extract(epoch FROM clock_timestamp() - start)::float8;
    %s
    COMMIT;
  END LOOP;
  INSERT INTO test.took SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) * 1000, percentile_cont(0.99) WITHIN GROUP (ORDER BY x) * 1000,
    1 / avg(x) FROM unnest(took) AS y (x);
END $do$;
SELECT format('%%s ms (p99 %%s), %%s a second', round(p50::numeric, 2), round(p99::numeric, 2), round(per_second)) FROM test.took;
DELETE FROM test.took;]]

local BEGIN = [[j := farm.begin_act(me, jsonb_build_object('system', s, 'jobs', jsonb_build_array(jsonb_build_array(i %% 8 + 1, 1)), 'targets',
  jsonb_build_array('SEP' || i), 'seq', nextval('test.seq'), 'record', '{"event":"intent","items":[1],"act":"logout","attempt":1,"at":1790000000.123}'));]]
local END = [[j := farm.end_act(me, jsonb_build_object('act', j -> 'go', 'sent', true, 'answer', 'done', 'seq', nextval('test.seq'),
  'record', '{"event":"result","items":[1],"answer":"done","at":1790000000.123}'));]]
local EIGHT = [[j := farm.calls(me, (SELECT jsonb_agg(jsonb_build_object('f', 'begin_act', 'system', s, 'jobs', jsonb_build_array(jsonb_build_array(k, 1)),
  'targets', jsonb_build_array('EIGHT' || i || k), 'seq', nextval('test.seq'), 'record', '{"event":"intent","items":[1],"act":"logout","attempt":1}')) FROM generate_series(1, 8) k));]]
local EIGHT_ENDS = [[j := farm.calls(me, (SELECT jsonb_agg(jsonb_build_object('f', 'end_act', 'act', e -> 'go', 'sent', true, 'answer', 'done',
  'seq', nextval('test.seq'), 'record', '{"event":"result","items":[1],"answer":"done"}')) FROM jsonb_array_elements(j) AS x (e)));]]

local function figures(server, database)
  local function show(what, ...)
    print(("%-62s %s"):format(what, server:sql(LOOP:format(...), database)))
  end
  local function begun(count)
    server:sql("UPDATE farm.act SET ended = ended - interval '1 hour'", database)
    server:sql(([[INSERT INTO farm.act (id, run, system, worker, line, began, ended) SELECT n + (random() * 1e12)::bigint, 1, test.system('big'), 1, 1, clock_timestamp(),
      clock_timestamp() FROM generate_series(1, %d) n; ANALYZE farm.act]]):format(count), database)
  end
  show("a commit of one row", ROUNDS, "INSERT INTO test.one VALUES (i);", "")
  for _, count in ipairs { 0, 4000 } do
    begun(count)
    show(("begin_act, with %d acts in the window before"):format(count), ROUNDS, BEGIN:gsub("%%%%", "%%"), END)
    begun(count)
    show("end_act", ROUNDS, END, (BEGIN:gsub("%%%%", "%%")))
    begun(count)
    show("8 begin_act in one commit", ROUNDS / 8, EIGHT, EIGHT_ENDS)
  end
  server:sql("UPDATE farm.act SET ended = clock_timestamp() - interval '1 hour'; DELETE FROM farm.act_target", database)
  show("renew", ROUNDS / 4, "j := farm.renew(me, '{}');", "")
  show(("claim of 8 of %d jobs"):format(JOBS), ROUNDS / 4, "j := farm.claim(me, jsonb_build_object('system', s, 'count', 8));", "")
  show("finish of one job", ROUNDS / 4, [[j := farm.finish(me, jsonb_build_object('jobs', jsonb_build_array(jsonb_build_array(i + 8, 1)), 'seq', nextval('test.seq'),
    'records', ARRAY[test.verdict(i + 8)]));]], "")
end

-- How much each scan reads, of what a claim asks: all by indexes.
local function plans(server, database)
  print(server:sql([[LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on;
    SET auto_explain.log_timing = off; SET auto_explain.log_level = warning;
    SELECT farm.claim(w, jsonb_build_object('system', test.system('big'), 'count', 8)) IS NULL FROM test.w]], database))
end

local fine, problem = xpcall(function()
  local server = postgres.start { durable = true }
  local database = farm.new(server)
  server:sql(([[CREATE SEQUENCE test.seq; CREATE TABLE test.one (i int); CREATE TABLE test.took (p50 float8, p99 float8, per_second float8);
    CREATE TABLE test.w AS SELECT test.join('n1', 'a', '{"systems": [{"name": "big", "kind": "cisco", "url": "https://big.test", "per_window": 100000000, "window": 60, "at_once": 100}]}') AS w;
    SELECT test.fill(w, %d, 'big') IS NULL, jsonb_array_length(test.claim(w, 8, 'big') -> 'jobs') FROM test.w]]):format(JOBS), database)
  server:sql("VACUUM ANALYZE", database)
  figures(server, database)
  if os.getenv "EXPLAIN" then
    plans(server, database)
  end
end, debug.traceback)
postgres.stop_all()
peer.stop_all()
if not fine then
  print(problem)
end
print(fine and "1 passed, 0 failed, 0 skipped" or "0 passed, 1 failed, 0 skipped")
os.exit(fine)
