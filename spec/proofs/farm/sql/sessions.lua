-- SPDX-License-Identifier: MIT
-- Several hosts at once, each a session of its own: of two that want one thing, one gets it.

local farm = require "spec.support.farm"
local files = require "spec.support.files"
local journal = require "signoff.journal"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local server, database, session

local function sql(text)
  local answer = session:sql(text)
  assert(not answer:find "ERROR:", answer)
  return answer
end

-- Workers of one run with so many jobs, as a table test.w (n, w).
local function workers(count, jobs, system)
  sql(("CREATE TABLE test.w AS SELECT n, test.join('n1', 'host-' || n) AS w FROM generate_series(1, %d) n"):format(count))
  sql(("SELECT test.fill(w, %d, '%s') FROM test.w WHERE n = 1"):format(jobs, system or "ag"))
end

local function worker(n)
  return sql("SELECT w FROM test.w WHERE n = " .. n)
end

local function assert_quiet(outputs)
  for _, output in ipairs(outputs) do
    assert.equal("", output)
  end
end

describe("of several hosts at once", function()
  setup(function()
    server = postgres.start()
  end)

  teardown(function()
    postgres.stop_all()
    peer.stop_all()
  end)

  before_each(function()
    database = farm.new(server)
    session = server:session(database)
  end)

  after_each(function()
    session:close()
  end)

  local function all_do(count, declarations, block)
    assert_quiet(farm.at_once(server, database, count, declarations, block))
  end

  it("one creates a run, all join it", function()
    sql "CREATE TABLE test.seen (n int, created boolean, run bigint)"
    all_do(8, "j jsonb", [[
      j := farm.join_run(test.given('n1', 'host-$n'));
      INSERT INTO test.seen VALUES ($n, (j ->> 'created')::boolean, (j ->> 'run')::bigint);]])
    assert.equal("8|1|1", sql "SELECT count(*), count(DISTINCT run), count(*) FILTER (WHERE created) FROM test.seen")
    assert.equal("start", sql "SELECT test.events('n1')")
    assert.equal("2", sql "SELECT count(*) FROM farm.system")
  end)

  it("those with another plan are refused, whoever comes first", function()
    sql "CREATE TABLE test.seen (n int, refused text)"
    all_do(8, "j jsonb", [[
      j := farm.join_run(test.given('n1', 'host-$n', jsonb_build_object('digest', 'plan-' || $n % 2)));
      INSERT INTO test.seen VALUES ($n, coalesce(j ->> 'refused', 'joined'));]])
    assert.equal("digest 4 joined 4", sql "SELECT string_agg(refused || ' ' || c, ' ' ORDER BY refused) FROM (SELECT refused, count(*) AS c FROM test.seen GROUP BY 1) x")
  end)

  it("each fills: each item has one line, in order", function()
    sql "CREATE TABLE test.w AS SELECT n, test.join('n1', 'host-' || n) AS w FROM generate_series(1, 4) n"
    all_do(4, "me bigint", [[
      SELECT w INTO me FROM test.w WHERE n = $n;
      FOR i IN 0 .. 19 LOOP
        PERFORM farm.fill(me, jsonb_build_object('items', test.items(i * 10 + 1, i * 10 + 10, 'ag'), 'last', i = 19));
        COMMIT;
      END LOOP;]])
    assert.equal("200|open", sql "SELECT (SELECT count(*) FROM farm.job), state FROM farm.run")
    assert.equal("t", sql "SELECT array_agg((body::jsonb #>> '{item,n}')::int ORDER BY n) = array_agg(n - 1 ORDER BY n) FROM farm.lines('n1', 2, 200)")
    farm.check_journal(server, database, "n1")
  end)

  it("each job is claimed by one", function()
    workers(8, 400)
    all_do(8, "me bigint; j jsonb", [[
      SELECT w INTO me FROM test.w WHERE n = $n;
      LOOP
        j := test.claim(me, 7, 'ag');
        COMMIT;
        EXIT WHEN j -> 'jobs' = '[]';
      END LOOP;]])
    assert.equal("400|1|1|claimed|claimed", sql "SELECT count(*), min(epoch), max(epoch), min(state), max(state) FROM farm.job")
  end)

  it("two claims do not wait for each other", function()
    workers(2, 10)
    local a, b = server:session(database), server:session(database)
    a:sql "BEGIN"
    assert.equal("{1,2,3}", a:sql(("SELECT test.numbers(test.claim(%s, 3, 'ag'))"):format(worker(1))))
    assert.equal("{4,5,6}", b:sql(("SELECT test.numbers(test.claim(%s, 3, 'ag'))"):format(worker(2))))
    a:sql "ROLLBACK"
    assert.equal("{1,2,3}", b:sql(("SELECT test.numbers(test.claim(%s, 3, 'ag'))"):format(worker(2))))
  end)

  it("jobs of a silent host are taken once", function()
    workers(5, 100)
    sql "SELECT test.claim(w, 100, 'ag') FROM test.w WHERE n = 5"
    sql "SELECT test.lapse(w) FROM test.w WHERE n = 5"
    all_do(4, "me bigint; j jsonb", [[
      SELECT w INTO me FROM test.w WHERE n = $n;
      FOR i IN 1 .. 60 LOOP
        j := test.claim(me, 5, 'ag');
        COMMIT;
        EXIT WHEN j -> 'free' = '0' AND j -> 'jobs' = '[]' AND i > 30;
      END LOOP;]])
    assert.equal("100|0", sql "SELECT count(*), count(*) FILTER (WHERE state <> 'claimed' OR worker = (SELECT w FROM test.w WHERE n = 5)) FROM farm.job")
    assert.equal("2", sql "SELECT max(epoch) FROM farm.job")
  end)

  it("a silent one that begins an act is back before a claim sees it", function()
    workers(2, 2)
    sql "SELECT test.claim(w, 1, 'ag') FROM test.w WHERE n = 1"
    sql "SELECT test.claim(w, 1, 'ag') FROM test.w WHERE n = 2"
    sql "SELECT test.lapse(w) FROM test.w WHERE n = 1"
    local a, b = server:session(database), server:session(database)
    a:sql "BEGIN"
    assert.matches('"go"', a:sql(("SELECT test.begin(%s, 1, 1, 1, 'ag')"):format(worker(1))))
    assert.equal("{}", b:sql(("SELECT test.numbers(test.claim(%s, 1, 'ag'))"):format(worker(2))))
    a:sql "COMMIT"
    assert.equal("{}", b:sql(("SELECT test.numbers(test.claim(%s, 1, 'ag'))"):format(worker(2))))
  end)

  it("a silent one whose jobs are being claimed waits, and begins nothing", function()
    workers(2, 1)
    sql "SELECT test.claim(w, 1, 'ag') FROM test.w WHERE n = 1"
    sql "SELECT test.lapse(w) FROM test.w WHERE n = 1"
    local a, b = server:session(database), server:session(database)
    b:sql "BEGIN"
    assert.equal("{1}", b:sql(("SELECT test.numbers(test.claim(%s, 1, 'ag'))"):format(worker(2))))
    a:send(("SELECT test.begin(%s, 1, 1, 1, 'ag')"):format(worker(1)))
    assert.is_true(a:waits())
    b:sql "COMMIT"
    assert.equal('{"fenced": [1]}', a:answer())
  end)

  it("one begins an act on a target, the other hears who has it", function()
    sql "CREATE TABLE test.w AS SELECT n, test.join('n' || n, 'host-' || n) AS w FROM generate_series(1, 2) n"
    sql "SELECT test.fill(w, 1, 'ag'), test.claim(w, 1, 'ag') FROM test.w"
    local a, b = server:session(database), server:session(database)
    a:sql "BEGIN"
    assert.matches('"go"', a:sql(("SELECT test.begin(%s, 1, 1, 1, 'ag')"):format(worker(1))))
    b:send(("SELECT test.begin(%s, 1, 1, 1, 'ag')"):format(worker(2)))
    assert.is_true(b:waits())
    a:sql "COMMIT"
    assert.equal('{"busy": {"job": 1, "run": "n1", "host": "host-1", "open": true, "silent": false, "target": "T1"}}', b:answer())
  end)

  it("one whose commit fails has begun nothing: the other begins", function()
    sql "CREATE TABLE test.w AS SELECT n, test.join('n' || n, 'host-' || n) AS w FROM generate_series(1, 2) n"
    sql "SELECT test.fill(w, 1, 'ag'), test.claim(w, 1, 'ag') FROM test.w"
    local a, b = server:session(database), server:session(database)
    a:sql "BEGIN"
    assert.matches('"go"', a:sql(("SELECT test.begin(%s, 1, 1, 1, 'ag')"):format(worker(1))))
    b:send(("SELECT test.begin(%s, 1, 1, 1, 'ag')"):format(worker(2)))
    assert.is_true(b:waits())
    a:sql "ROLLBACK"
    assert.matches('"go"', b:answer())
    assert.equal("1", sql "SELECT count(*) FROM farm.act")
  end)

  it("many begin acts on the same targets: no two are open at once", function()
    sql "CREATE TABLE test.w AS SELECT n, test.join('n' || n, 'host-' || n) AS w FROM generate_series(1, 6) n"
    sql "UPDATE farm.system SET at_once = NULL"
    sql "SELECT test.fill(w, 10, 'ag'), test.claim(w, 10, 'ag') FROM test.w"
    sql "CREATE TABLE test.seen (n int, answer text)"
    all_do(6, "me bigint; j jsonb", [[
      SELECT w INTO me FROM test.w WHERE n = $n;
      FOR i IN 1 .. 40 LOOP
        j := test.begin(me, i % 10 + 1, 1, i, 'ag');
        COMMIT;
        INSERT INTO test.seen SELECT $n, jsonb_object_keys(j) LIMIT 1;
        IF j ? 'go' AND i % 3 > 0 THEN
          PERFORM pg_sleep(0.005);
          PERFORM test.end(me, j, 100 + i, i % 10 + 1);
        END IF;
        COMMIT;
      END LOOP;]])
    assert.matches("^busy,go", sql "SELECT string_agg(DISTINCT split_part(answer, '_', 1), ',') FROM test.seen")
    assert.equal("0", sql [[SELECT count(*) FROM farm.act a JOIN farm.act_target t ON t.act = a.id JOIN farm.act_target u ON u.target_key = t.target_key
      JOIN farm.act b ON b.id = u.act AND b.id <> a.id WHERE a.began < b.began AND coalesce(a.ended, 'infinity') > b.began]])
  end)

  it("one ends a run", function()
    workers(4, 1)
    sql "SELECT test.claim(w, 1, 'ag'), test.append(w, 1, test.verdict(1)) FROM test.w WHERE n = 1"
    sql "CREATE TABLE test.seen (ended boolean)"
    all_do(4, "me bigint", [[
      SELECT w INTO me FROM test.w WHERE n = $n;
      INSERT INTO test.seen SELECT (farm.end_run(me, '{"record": "{\"event\":\"end\"}", "seq": 9}') ->> 'ended')::boolean;]])
    assert.equal("1", sql "SELECT count(*) FROM test.seen WHERE ended")
    assert.equal("start item verdict end", sql "SELECT test.events('n1')")
  end)

  it("each hears of what was filled, done, stopped and left", function()
    workers(2, 1)
    local a = server:session(database)
    a:sql "LISTEN farm"
    local run = sql "SELECT id FROM farm.run"
    local function hears(text)
      sql(text)
      local output = a:sql "SELECT 1"
      return output:find(('"farm" with payload "%s"'):format(run), 1, true) ~= nil
    end
    assert.is_false(hears "SELECT test.claim(w, 1, 'ag') FROM test.w WHERE n = 1")
    assert.is_true(hears "SELECT farm.release(w, '{\"jobs\": [1]}') FROM test.w WHERE n = 1")
    assert.is_true(hears "SELECT farm.stop(w, jsonb_build_object('system', test.system('ag'), 'code', 'x', 'why', 'y')) FROM test.w WHERE n = 1")
    assert.is_true(hears "SELECT test.append(w, 5, test.verdict(1)) FROM test.w WHERE n = 1")
    assert.is_true(hears "SELECT farm.end_run(w, '{\"record\": \"{}\", \"seq\": 6}') FROM test.w WHERE n = 1")
    assert.is_true(hears "SELECT farm.leave(w, '{}') FROM test.w WHERE n = 1")
  end)

  it("a run has the bytes of a journal of one host", function()
    workers(1, 2)
    sql [[SELECT test.append(w, 1, '{"event":"resume","settle":1.5}', '{}', '{"event":"stop","code":"ä\u0000\ud83d\ude00","why":"\\ \" /"}') FROM test.w]]
    local directory = peer.directory()
    local writer = assert(journal.create({ sleep = function() end }, directory .. "/journal"))
    for line in farm.journal(server, database, "n1"):gmatch "[^\n]+" do
      writer.handle:append((line:gsub('"prev":"%x+",?', "", 1)))
    end
    writer:close()
    assert.equal(files.read(directory .. "/journal"), farm.journal(server, database, "n1"))
    farm.check_journal(server, database, "n1")
  end)
end)
