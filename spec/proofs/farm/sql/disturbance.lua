-- SPDX-License-Identifier: MIT
-- Bad weather at the server: nothing that it acknowledged is lost, or it is noticed; errors are data.

local farm = require "spec.support.farm"
local daemon = require "spec.support.daemon"
local peer = require "spec.support.peer"
local pgbouncer = require "spec.support.pgbouncer"
local postgres = require "spec.support.postgres"

-- One worker of a run with so many jobs, all of them its own.
local function one_host(server, database, jobs)
  server:sql(("CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS w; SELECT test.fill(w, %d, 'ag'), test.claim(w, %d, 'ag') FROM test.w")
    :format(jobs, jobs), database)
end

local function append(seq, item)
  return ("SELECT test.append(w, %d, test.record('intent', '{%d}')) FROM test.w"):format(seq, item)
end

local function reattach(server, database, seq, identity)
  return farm.answer(server:sql(("SELECT farm.reattach(w, jsonb_build_object('seq', %d, 'identity', '%s')) FROM test.w"):format(seq, identity), database))
end

-- Appends until the server is gone, and gives the last number that it acknowledged.
local function append_until_killed(server, database, how)
  local session = server:session(database)
  session:send [[DO $do$ DECLARE me bigint; BEGIN SELECT w INTO me FROM test.w;
    FOR i IN 1 .. 1000000 LOOP PERFORM test.append(me, i, '{"event":"resume"}'); COMMIT; RAISE WARNING 'have %', i; END LOOP; END $do$]]
  peer.wait_for("some lines", function()
    return (peer.read_file(session.process.output) or ""):find "have 30\n"
  end)
  server:stop(how)
  local last = 0
  for number in peer.read_file(session.process.output):gmatch "have (%d+)" do
    last = tonumber(number)
  end
  session:close()
  return last
end

describe("a farm", function()
  after_each(function()
    daemon.stop_all()
    postgres.stop_all()
    peer.stop_all()
  end)

  for _, how in ipairs { "kill", "immediate", "fast" } do
    it("has all that was acknowledged after its server ended: " .. how, function()
      -- A site may have switched synchronous commits off: the functions switch them on.
      local server = postgres.start { durable = true, settings = { synchronous_commit = "off", wal_writer_delay = "10s" } }
      local database = farm.new(server)
      one_host(server, database, 3)
      local identity = server:sql("SELECT farm.identity()", database)
      local last = append_until_killed(server, database, how)
      server:begin()
      local back = reattach(server, database, last, identity)
      assert.is_false(back.lost)
      assert.is_true(back.have >= last)
      assert.equal(identity, back.identity)
      farm.check_journal(server, database, "n1")
    end)
  end

  it("notices that a standby was promoted that lost the last commits", function()
    local primary = postgres.start()
    local database = farm.new(primary)
    one_host(primary, database, 3)
    primary:sql("UPDATE farm.system SET per_window = 60", database)
    primary:sql(append(1, 1), database)
    local identity = primary:sql("SELECT farm.identity()", database)
    local standby = postgres.standby(primary)
    standby:catch_up(primary)
    standby:detach()
    primary:sql(append(2, 2), database)
    primary:sql("SELECT test.append(w, 3, test.verdict(2)) FROM test.w", database)
    local go = farm.answer(primary:sql("SELECT test.begin(w, 3, 1, 4, 'ag') FROM test.w", database))
    local found = farm.answer(primary:sql("SELECT farm.numbers(w, '{\"count\": 5}') FROM test.w", database))
    primary:stop "kill"
    standby:promote()

    local function ask(text)
      return farm.answer(standby:sql(text, database))
    end
    local held = ask "SELECT test.begin(w, 3, 1, 9, 'ag') FROM test.w"
    assert.is_true(held.held > 55) -- before anybody said that something was lost
    local back = reattach(standby, database, 4, identity)
    assert.is_true(back.lost)
    assert.equal(1, back.have)
    assert.not_equal(identity, back.identity)
    assert.equal('{"jobs": [], "left": 3}', standby:sql("SELECT test.claim(w, 1, 'ag') - 'held' - 'free' FROM test.w", database))
    assert.is_true(ask(("SELECT farm.end_act(w, jsonb_build_object('act', %.0f, 'sent', true, 'record', '{}', 'seq', 5)) FROM test.w"):format(go.go)).missing)

    -- All that the host has in its memory is added.
    assert.same({}, ask "SELECT test.append(w, 2, test.record('intent', '{2}'), test.verdict(2), test.record('intent', '{3}'), test.record('result', '{3}')) FROM test.w".refused)
    assert.equal("done", standby:sql("SELECT state FROM farm.job WHERE n = 2", database))
    assert.is_true(ask("SELECT farm.numbers(w, '{\"count\": 5}') FROM test.w").first > found.first + 4)
    farm.check_journal(standby, database, "n1")
    assert.equal("start item item item intent intent verdict intent result", standby:sql("SELECT test.events('n1')", database))
  end)

  it("notices that a standby was promoted that has all, and holds its systems once", function()
    local primary = postgres.start { settings = { synchronous_standby_names = "second" } }
    local standby = postgres.standby(primary, { name = "second" })
    local database = farm.new(primary)
    one_host(primary, database, 3)
    primary:sql(append(1, 1), database)
    local identity = primary:sql("SELECT farm.identity()", database)
    local status = farm.answer(primary:sql("SELECT farm.status()", database))
    assert.equal("second", status.standbys[1].name)
    assert.equal("sync", status.standbys[1].sync)
    local _, problem = standby:try(append(2, 1), database)
    assert.matches("25006", problem) -- it takes nothing while it follows
    primary:stop "kill"
    standby:promote()
    local back = reattach(standby, database, 1, identity)
    assert.is_false(back.lost)
    assert.equal("t", standby:sql("SELECT bool_and(held_until > clock_timestamp() + interval '50 s') FROM farm.system", database))
    standby:sql("SELECT test.pass(100)", database)
    assert.is_number(farm.answer(standby:sql("SELECT test.begin(w, 1, 1, 2, 'ag') FROM test.w", database)).go)
  end)

  it("tells a worker that it was lost itself", function()
    local primary = postgres.start()
    local database = farm.new(primary)
    one_host(primary, database, 3)
    local standby = postgres.standby(primary)
    standby:catch_up(primary)
    standby:detach()
    local lost = primary:sql("SELECT test.join('n1', 'b')", database)
    local identity = primary:sql("SELECT farm.identity()", database)
    primary:stop "kill"
    standby:promote()
    local answer = farm.answer(standby:sql(("SELECT farm.calls(%s, '[{\"f\": \"renew\"}, {\"f\": \"claim\"}]')"):format(lost), database))
    assert.is_true(answer[1].unknown and answer[2].unknown)
    local back = farm.answer(standby:sql(("SELECT farm.reattach(%s, '{\"seq\": 0, \"identity\": \"%s\"}')"):format(lost, identity), database))
    assert.is_true(back.unknown and back.lost)
    assert.matches("^%d+$", standby:sql("SELECT test.join('n1', 'b')", database))
  end)

  it("knows another server from its own", function()
    local one, other = postgres.start(), postgres.start { fresh = true }
    local a, b = farm.new(one), farm.new(other)
    assert.not_equal(one:sql("SELECT farm.identity()", a), other:sql("SELECT farm.identity()", b))
    local dump = peer.output_of(("pg_dump '%s'"):format(one:uri(a)))
    assert.matches("CREATE SCHEMA farm", dump)
  end)

  it("says that its disk is full, and goes on when it is not", function()
    local directory = peer.directory()
    os.execute(("mount -t tmpfs -o size=160M none %s && chown postgres: %s && chmod 711 %s"):format(directory, directory, directory))
    local fine, problem = pcall(function()
      local server = postgres.start { directory = directory, settings = { max_wal_size = "32MB", min_wal_size = "32MB" } }
      local database = farm.new(server)
      one_host(server, database, 3)
      server:sql(append(1, 1), database)
      os.execute(("cat /dev/zero > %s/rest 2>/dev/null"):format(directory))
      local message
      for seq = 2, 3000 do
        local done
        done, message = server:try(("SELECT test.append(w, %d, format('{\"event\":\"resume\",\"text\":\"%%s\"}', repeat(md5(random()::text), 5000))) FROM test.w"):format(seq), database)
        if not done then
          break
        end
      end
      assert.matches("53100", message) -- or the server ended: its log is on the disk
      os.remove(directory .. "/rest")
      if not server:try("SELECT 1", database) then
        server:stop "kill"
        server:begin()
      end
      server:sql("SELECT farm.renew(w, '{}') FROM test.w", database)
      assert.equal("1", server:sql("SELECT count(*) FROM farm.line WHERE seq = 1", database))
      server:sql("SELECT test.append(w, 5000, '{\"event\":\"resume\"}') FROM test.w", database)
      farm.check_journal(server, database, "n1")
      server:stop "kill"
    end)
    postgres.stop_all()
    os.execute("umount -l " .. directory)
    assert(fine, problem)
  end)

  it("refuses roles that were not granted", function()
    local server = postgres.start()
    local database = farm.new(server)
    server:sql("CREATE ROLE host_of_a_test LOGIN", database)
    local function denied(text)
      local _, problem = server:try(text, database, "host_of_a_test")
      assert.matches("42501", problem)
    end
    denied "SELECT farm.status()"
    denied "SELECT * FROM farm.line"
    server:sql("GRANT signoff_worker TO host_of_a_test", database)
    local given = server:sql("SELECT test.given('n1', 'a')", database)
    local joined = farm.answer(server:sql(("SELECT farm.join_run('%s')"):format(given), database, "host_of_a_test"))
    assert.equal("filling", joined.state)
    server:sql(("SELECT farm.calls(%.0f, '[{\"f\": \"fill\", \"last\": true}, {\"f\": \"renew\"}]')"):format(joined.worker), database, "host_of_a_test")
    for _, text in ipairs {
      "SELECT * FROM farm.line", "UPDATE farm.line SET body = ''", "DELETE FROM farm.line", "TRUNCATE farm.line", "DROP SCHEMA farm CASCADE",
      "UPDATE farm.system SET per_window = NULL", "INSERT INTO farm.setting VALUES ('x', 1)", "SELECT farm.write(1, 1, NULL, NULL)", "SELECT farm.admit('cm')",
      "CREATE OR REPLACE FUNCTION farm.status() RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb'", "ALTER TABLE farm.line DISABLE TRIGGER ALL",
    } do
      denied(text)
    end
    -- Names of its own are not taken for those of the server.
    server:sql("GRANT CREATE ON DATABASE " .. database .. " TO host_of_a_test", database)
    server:sql([[CREATE SCHEMA mine; CREATE FUNCTION mine.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT ''infinity''::timestamptz';
      CREATE FUNCTION mine.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT ''''::bytea']], database, "host_of_a_test")
    server:sql(([[SET search_path = mine, pg_catalog; SELECT farm.calls(%.0f, '[{"f": "renew"}, {"f": "append", "seq": 1, "records": ["{}"]}]')]])
      :format(joined.worker), database, "host_of_a_test")
    assert.equal("t", server:sql("SELECT isfinite(lease_until) FROM farm.worker", database))
    farm.check_journal(server, database, "n1")
  end)

  it("says that there are no connections left", function()
    local server = postgres.start { settings = { max_connections = "8", superuser_reserved_connections = "2", max_wal_senders = "0" } }
    local database = farm.new(server)
    server:sql("CREATE ROLE host_of_a_test LOGIN; GRANT signoff_worker TO host_of_a_test", database)
    local sessions = {}
    for n = 1, 6 do
      sessions[n] = server:session(database, "host_of_a_test")
      assert.equal("1", sessions[n]:sql "SELECT 1")
    end
    local _, problem = server:try("SELECT farm.status()", database, "host_of_a_test")
    assert.matches("remaining connection slots are reserved", problem)
    sessions[1]:close()
    peer.wait_for("a connection", function()
      return server:try("SELECT farm.status()", database, "host_of_a_test")
    end)
  end)

  it("works through a pool that keeps no sessions, and leaves nothing in its connections", function()
    local server = postgres.start()
    local database = farm.new(server)
    local pool = pgbouncer.start(server, "transaction", 2)
    local uri = pool.uri(database)
    server:sql("CREATE TABLE test.w AS SELECT n, test.join('n1', 'host-' || n) AS w FROM generate_series(1, 6) n; SELECT test.fill(w, 200, 'ag') FROM test.w WHERE n = 1", database)
    local sessions = {}
    for n = 1, 6 do
      sessions[n] = server:session(nil, nil, uri)
    end
    for _ = 1, 5 do
      for n, session in ipairs(sessions) do
        session:send(([[SELECT farm.calls(w, jsonb_build_array(jsonb_build_object('f', 'renew'),
          jsonb_build_object('f', 'claim', 'system', test.system('ag'), 'count', 2))) -> 1 -> 'jobs' FROM test.w WHERE n = %d]]):format(n))
      end
      for _, session in ipairs(sessions) do
        assert.equal(2, #farm.answer(session:answer()))
      end
    end
    assert.equal("60", server:sql("SELECT count(*) FROM farm.job WHERE state = 'claimed' AND epoch = 1", database))
    assert.equal("auto|on|on", postgres.ask(uri, "SELECT current_setting('plan_cache_mode'), current_setting('enable_seqscan'), current_setting('synchronous_commit')"))
    assert.equal("0", server:sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", database))
  end)
end)
