-- SPDX-License-Identifier: MIT
-- The connection of a farm, on each Lua: statements, values, calls that go together, notifications, time limits, the queue; in plain scripts,
-- in signoff.loop and in signoff.engine.

local core = require "signoff.core"
local signoff = require "signoff"
local connection = require "signoff.farm.connection"
local farm_server = require "spec.support.farm_server"
local json = require "signoff.json"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local server, uri, connections

local function open(more)
  local made = assert(connection.open(nil, uri .. (more or "")))
  connections[#connections + 1] = made
  return made
end

-- Runs `f` in a task of an engine, stepped until it has ended.
local function in_engine(f)
  local engine, outcome = signoff.engine(), nil
  engine:spawn(f, { spawn = function(_, ...) return engine:spawn(...) end }):done(function(fine, message)
    outcome = { fine, message }
  end)
  local ends = core.now() + 30
  while engine:step() > 0 and core.now() < ends do
    core.sleep(0.002)
  end
  engine:close()
  assert(outcome and outcome[1], outcome and outcome[2] or "the engine came to no end")
end

local hosts = { ["a loop"] = signoff.loop, ["an engine"] = in_engine }

describe("a connection to the server of a farm", function()
  setup(function()
    server = farm_server.start()
    uri = server:uri("postgres", "signoff")
  end)
  before_each(function()
    connections = {}
  end)
  after_each(function()
    for _, one in ipairs(connections) do
      one:close()
    end
  end)
  teardown(function()
    postgres.stop_all()
    peer.stop_all()
  end)

  it("opens nothing before it is asked", function()
    local c = open " application_name=nothing"
    core.sleep(0.1)
    assert.equal("0", server:sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nothing'")
    assert.same({ { "1" } }, (c:query "SELECT 1"))
    assert.equal("1", server:sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nothing'")
  end)

  it("gives rows of texts, and takes texts, numbers, booleans and null", function()
    local rows, age = open():query("SELECT $1::text, $2::int8, $3::float8, $4::bool, $5::text IS NULL, null",
      { "h\195\164'\\\"", 9007199254740991, 0.25, false, core.json_null })
    assert.same({ { "h\195\164'\\\"", "9007199254740991", "0.25", "f", "t", false } }, rows)
    assert.is_true(age > 0 and age < 5)
    assert.same({}, (open():query "SELECT 1 WHERE false"))
    assert.same({ { "3" } }, (open():query "SELECT 1; SELECT 2; SELECT 3"))
  end)

  it("refuses values that are none, and bytes that end a text", function()
    local c = open()
    assert.error_matches(function() c:query("SELECT $1", { {} }) end, "texts, numbers, booleans")
    assert.error_matches(function() c:query("SELECT $1", { "a\0b" }) end, "NUL byte")
    assert.error_matches(function() c:query "SELECT 1\0" end, "NUL byte")
    assert.error_matches(function() c:query("SELECT $1", { n = 65 }) end, "too many values")
  end)

  it("says which code a refusal has, with its SQLSTATE", function()
    local c = open()
    for sql, expected in pairs {
      ["SELECT farm.nothing()"] = { "schema", "42883" }, ["SELECT * FROM farm.nothing"] = { "schema", "42P01" },
      ["SELECT nothing.at_all()"] = { "schema", "3F000" }, ["SELECT farm.secret()"] = { "denied", "42501" },
      ["SELECT 1/0"] = { "failed", "22012" }, ["SELEC 1"] = { "failed", "42601" },
    } do
      local rows, message, code, state, sent = c:query(sql)
      assert.is_nil(rows)
      assert.same({ expected[1], expected[2], true }, { code, state, sent })
      assert.matches("^the farm %(host .*, database postgres, user signoff%): ", message)
    end
    assert.same({ { "1" } }, (c:query "SELECT 1"))
  end)

  it("leaves no transaction open", function()
    local c = open()
    c:query "BEGIN"
    c:query "UPDATE farm.row SET seen = 99"
    assert.is_nil((c:query "BEGIN; UPDATE farm.row SET seen = 98; SELECT nothing"))
    assert.is_nil((c:query "COPY farm.row FROM STDIN"))
    assert.same({ { "0" } }, (c:query "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"))
  end)

  it("ends a statement in its time, and the next one has a connection of its own", function()
    local c, began = open(), core.now()
    local rows, message, code, _, sent = c:query("SELECT pg_sleep(20)", nil, 0.3)
    assert.same({ nil, "away", true }, { rows, code, sent })
    assert.matches("no answer within 0%.3%d* seconds", message)
    assert.is_true(core.now() - began < 1.3)
    assert.same({ { "1" } }, (c:query "SELECT 1"))
  end)

  it("a call that waits for a lock gives it up in its time, in the server, too", function()
    local c, holder = open(), server:session()
    server:sql [[CREATE OR REPLACE FUNCTION farm.lock_row(given jsonb) RETURNS jsonb LANGUAGE sql AS
      $$ UPDATE farm.row SET seen = seen + 1 RETURNING to_jsonb(seen) $$]]
    holder:sql "BEGIN; UPDATE farm.row SET seen = 0"
    local answer, _, code = c:call("lock_row", {}, 0.5)
    assert.same({ nil, "away" }, { answer, code })
    core.sleep(0.3)
    assert.equal("0", server:sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    holder:sql "ROLLBACK"
    holder:close()
    server:sql "UPDATE farm.row SET seen = 0"
    assert.equal(1, (c:call("lock_row", {})))
  end)

  it("asks a function that belongs to no worker alone", function()
    assert.same({ run = "night", worker = 7, systems = { "a" } }, (open():call("join_run", { run = "night", systems = { "a" } })))
  end)

  it("sends a worker's calls at once where a call blocks", function()
    local c = open()
    c:work_as(12)
    local answer, age = c:call("begin_act", { system = 3, jobs = json.list() })
    assert.same({ "begin_act", 3, 12, 1 }, { answer.f, answer.system, answer.worker, answer.together })
    assert.is_true(age > 0)
    assert.equal("renew", c:call("renew", {}).f)
    local refused, message, code, state = c:call("raise", {})
    assert.same({ nil, "failed", "P0001" }, { refused, code, state })
    assert.matches("misuse: raise", message)
  end)

  for name, run in pairs(hosts) do
    describe("in " .. name, function()
      it("all calls of a turn go together", function()
        local answers = {}
        run(function(host)
          local c = open()
          c:work_as(1)
          for i = 1, 8 do
            host:spawn(function()
              for round = 1, 3 do
                local answer = assert(c:call("begin_act", { number = i, round = round }))
                answers[#answers + 1] = answer
              end
            end)
          end
        end)
        assert.equal(24, #answers)
        local transactions = {}
        for _, answer in ipairs(answers) do
          assert.equal(8, answer.together)
          transactions[answer.transaction] = true
        end
        local count = 0
        for _ in pairs(transactions) do
          count = count + 1
        end
        assert.equal(3, count)
      end)

      it("one that is misused does not fail those that went with it", function()
        local got = {}
        run(function(host)
          local c = open()
          c:work_as(1)
          for i, called in ipairs { "begin_act", "raise", "finish" } do
            host:spawn(function()
              local answer, _, code = c:call(called, {})
              got[i] = answer and answer.f or code
            end)
          end
        end)
        assert.same({ "begin_act", "failed", "finish" }, got)
      end)

      it("nobody else waits while one waits for an answer", function()
        local order = {}
        run(function(host)
          local c = open()
          host:spawn(function()
            c:query "SELECT pg_sleep(0.5)"
            order[#order + 1] = "asked"
          end)
          host:spawn(function()
            for _ = 1, 3 do
              require("signoff.async.runtime").sleep(0.05)
            end
            order[#order + 1] = "slept"
          end)
        end)
        assert.same({ "slept", "asked" }, order)
      end)

      it("a time that is over is told in that time, and an answer that comes late belongs to nobody", function()
        run(function(host)
          local c, count = open(), 0
          for _ = 1, 4 do
            host:spawn(function()
              local _, _, code = c:query("SELECT pg_sleep(1)", nil, 0.2)
              count = count + (code == "away" and 1 or 0)
              if count == 4 then
                assert.same({ { "5" } }, (c:query "SELECT 5"))
              end
            end)
          end
        end)
      end)

      it("a task that is cancelled leaves its answer to nobody", function()
        run(function(host)
          local c = open()
          local task = host:spawn(function()
            c:query "SELECT pg_sleep(0.3)"
          end)
          host:spawn(function()
            require("signoff.async.runtime").sleep(0.05)
            task:cancel()
            assert.same({ { "6" } }, (c:query "SELECT 6"))
          end)
        end)
      end)
    end)
  end

  it("hears of a notification, and of those that came before it asked", function()
    local c = open()
    while c:notified(0.3) do end -- what may have been missed before it listened
    assert.is_false(c:notified(0.1))
    server:sql "NOTIFY farm, '1'"
    assert.is_true(c:notified(5))
    server:sql "NOTIFY farm, '2'"
    core.sleep(0.2)
    assert.is_true(c:notified(5))
    assert.is_false(c:notified(0.1))
    signoff.loop(function(loop)
      local heard = 0
      for _ = 1, 3 do
        local other = open()
        loop:spawn(function()
          while other:notified(0.3) do end
          local came = other:notified(10)
          heard = heard + (came and 1 or 0)
        end)
      end
      loop:sleep(1)
      c:query "NOTIFY farm, '3'"
      loop:sleep(0.5)
      assert.equal(3, heard)
    end)
  end)

  it("says that it is full, and goes on afterwards", function()
    local c, codes = open(), {}
    signoff.loop(function(loop)
      for i = 1, 400 do
        loop:spawn(function()
          local _, _, code = c:query(i == 1 and "SELECT pg_sleep(0.5)" or "SELECT 1", nil, 30)
          codes[code or "fine"] = (codes[code or "fine"] or 0) + 1
        end)
      end
    end)
    assert.equal(400, codes.fine + codes.full)
    assert.is_true(codes.fine >= 256 and codes.fine <= 257 + 64)
    assert.same({ { "1" } }, (c:query "SELECT 1"))
  end)

  it("has one thread and one connection in a process, however many use it", function()
    local list = {}
    for i = 1, 5 do
      list[i] = open " application_name=many"
      assert(list[i]:query "SELECT 1")
    end
    assert.equal("1", server:sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'many'")
    for _, one in ipairs(list) do
      one:close()
    end
    peer.wait_for("the end of a connection", function()
      return server:sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'many'" == "0"
    end)
    local rows, message, code = list[1]:query "SELECT 1"
    assert.same({ nil, "away" }, { rows, code })
    assert.matches("the connection was closed", message)
    assert.error_matches(function() list[1].own:submit(nil, 1, "SELECT 1", {}) end, "the connection is closed")
  end)

  it("can be closed while it is in use", function()
    local outcome
    signoff.loop(function(loop)
      local c = open " application_name=closed"
      loop:spawn(function()
        outcome = { c:query("SELECT pg_sleep(5)", nil, 10) }
      end)
      loop:sleep(0.2)
      c:close()
    end)
    assert.same({ nil, "away" }, { outcome[1], outcome[3] })
    assert.matches("the connection was closed", outcome[2])
  end)

  it("can be closed while calls are gathered and somebody waits for notifications", function()
    local got = {}
    signoff.loop(function(loop)
      local c = open()
      c:work_as(1)
      loop:spawn(function()
        while c:notified(0.2) do end
        got.heard = c:notified(10)
      end)
      loop:sleep(0.5)
      loop:spawn(function()
        got.answer, got.message, got.code = c:call("begin_act", {})
      end)
      loop:spawn(function()
        c:close()
      end)
    end)
    assert.is_false(got.heard)
    assert.same({ nil, "away" }, { got.answer, got.code })
    assert.matches("the connection was closed", got.message)
  end)

  it("has the clock that ages are measured by", function()
    local c = open()
    local began = c:now()
    local _, age = c:query "SELECT pg_sleep(0.1)"
    local took = c:now() - began
    assert.is_true(age >= 0.1 and age <= took)
  end)
end)
