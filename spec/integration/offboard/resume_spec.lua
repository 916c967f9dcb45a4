-- SPDX-License-Identifier: MIT
-- A run that ends anywhere, and is gone on with from its journal: the same verdicts, one each, and nothing acknowledged is
-- done twice.

local core = require "signoff.core"
local history = require "signoff.offboard.report.history"
local journal = require "signoff.journal"
local leaver = require "spec.support.leaver"
local offboarding = require "spec.support.offboarding"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local SYSTEMS = { "cisco_em", "isymphony", "agvance", "oracle_commerce", "jde_ais" }
local changes = { logout = true, set_status = true }

local function systems(only)
  local made = {}
  for _, kind in ipairs(only or SYSTEMS) do
    made[kind] = offboarding.entry(kind, kind == "cisco_em" and { per_minute = false } or nil)
  end
  return made
end

-- The leaver everywhere; another one at a phone, found by name, and with two sessions; one that is out already; no key.
local function people()
  simulator.add {
    cisco_em = { devices = { { name = "SEPTWO", user = "t.wo" }, { name = "SEPFREE" } }, users = { { name = "t.wo" } } },
    agvance = { sessions = { { session_log_key = "TWO-1", user = "t.wo" }, { session_log_key = "TWO-2", user = "t.wo" } } },
    isymphony = { users = { { user_name = "t.wo" } } },
  }
  local all = offboarding.leaver("cisco_em", "isymphony", "agvance", "oracle_commerce", "jde_ais")
  return {
    all, { person = "t.wo", cisco_em = "user:t.wo", agvance = "user:t.wo", isymphony = "t.wo", jde_ais = "?" },
    { person = "f.ree", cisco_em = "SEPFREE" },
  }
end

-- The result of a run, without times.
local function essence(result)
  local lines = {}
  for i, row in ipairs(result.results) do
    lines[i] = table.concat({ row.person, row.system, row.target, row.verdict, tostring(row.code), tostring(row.by_hand) }, " ")
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

-- How often each target was acted on, and how often in all.
local function acted_on()
  local times, all = {}, 0
  for _, entry in ipairs(simulator.journal { limit = 10000 }) do
    for _, target in ipairs(changes[entry.operation] and entry.targets or {}) do
      local name = entry.system .. " " .. target:lower()
      times[name], all = (times[name] or 0) + 1, all + 1
    end
  end
  return times, all
end

local ITEMS, TARGETS = 10, 9 -- of the plan, and of them signed in
local CRASH = "the power went"

-- Journals of `journal[maker]` end the program: before a record of which `before` says so, or once one is on disk and `after`
-- does. The function that is returned undoes that.
local function crashing_when(maker, before, after)
  local make = journal[maker]
  local function wrap(writer)
    local write, sync = writer.write, writer.sync
    local function crash_if(due)
      if due then
        writer.handle:close()
        error(CRASH, 0)
      end
    end
    function writer:write(record)
      crash_if(before(record))
      return write(self, record)
    end
    function writer:sync()
      local fine, message = sync(self)
      crash_if(after and after())
      return fine, message
    end
    return writer
  end
  journal[maker] = function(...)
    local writer, message = make(...)
    return writer and wrap(writer), message
  end
  return function()
    journal[maker] = make
  end
end

-- The same: before record `at` is written, or once it is on disk.
local function crashing(at, when, maker)
  local written = 0
  return crashing_when(maker or "create", function()
    written = written + 1
    return when == "before" and written == at
  end, function()
    return when == "after" and written >= at
  end)
end

-- Whether a resumed run came to the same: a token whose logout was under way may have been renewed since.
local function same_but_lost_tokens(expected, found, open)
  local wanted, lost = {}, 0
  for line in expected:gmatch "[^\n]+" do
    wanted[line] = true
  end
  for line in found:gmatch "[^\n]+" do
    if not wanted[line] then
      assert.is_truthy(line:find("^lea.ver [jo]%S+ sha256:%S+ unknown moved "), line)
      lost = lost + 1
    end
  end
  assert.is_true(lost <= open, found)
end

local function fresh_path()
  return peer.directory() .. "/journal"
end

-- The records of a journal, by event.
local function records(file)
  local by_event = {}
  assert(journal.check(file, function(_, record)
    by_event[record.event] = by_event[record.event] or {}
    table.insert(by_event[record.event], record)
  end))
  return by_event
end

local function apply(file, between)
  local list = people()
  return offboarding.apply(systems(), list, { journal = file }, between), list
end

-- Runs into the crash. Whether there was one.
local function crash(file, at, when)
  local restore = crashing(at, when)
  local list = people()
  local fine, message = pcall(offboarding.apply, systems(), list, { journal = file })
  restore()
  assert(fine or tostring(message):find(CRASH, 1, true), message)
  return not fine, list
end

local function check_verdicts_once(file)
  local seen = {}
  for _, record in ipairs(records(file).verdict) do
    assert.is_nil(seen[record.item])
    seen[record.item] = true
  end
end

describe("resume", function()
  local wanted, steps

  setup(function()
    leaver.arrive()
    local file = fresh_path()
    wanted = essence(assert((apply(file))))
    steps = assert(journal.check(file)).lines
  end)
  before_each(leaver.arrive)
  teardown(peer.stop_all)

  it("has nothing to do where all is done, and says the same", function()
    local file = fresh_path()
    local _, list = apply(file)
    simulator.forget()
    local result = assert(offboarding.resume(file, systems(), { people = list }))
    assert.are.equal(wanted, essence(result))
    assert.are.same({ 0, 3 }, { select(2, acted_on()), result.exit })
    check_verdicts_once(file)
  end)

  for _, when in ipairs { "before", "after" } do
    it("comes to the same end wherever it ended, " .. when .. " a record", function()
      local most = 0
      for at = 1, 200 do
        leaver.arrive()
        local file = fresh_path()
        local crashed, list = crash(file, at, when)
        if not crashed then
          break
        end
        most = at
        local known = records(file)
        if #(known.item or {}) < ITEMS then
          local result, message = offboarding.resume(file, systems(), { people = list })
          assert.is_nil(result)
          assert.is_truthy(message:find("never began: nothing was sent", 1, true), message)
          assert.are.equal(0, (select(2, acted_on())))
        else
          local result = assert(offboarding.resume(file, systems(), { people = list }))
          local open = #(known.intent or {}) - #(known.result or {})
          same_but_lost_tokens(wanted, essence(result), open)
          assert.are.equal(essence(result), essence(assert(history.read(file))))
          check_verdicts_once(file)
          local times, all = acted_on()
          for name, count in pairs(times) do
            assert.is_true(count <= 2, name)
          end
          assert.is_true(all <= TARGETS + open, ("%d acts, crashed at %d with %d under way"):format(all, at, open))
        end
      end
      assert.is_true(most >= steps - 5, ("crashed %d times of %d"):format(most, steps))
    end)
  end

  it("goes on after a second crash, while it goes on", function()
    local file = fresh_path()
    local _, list = crash(file, 24, "after")
    local restore = crashing(6, "before", "reopen")
    local fine = pcall(offboarding.resume, file, systems(), { people = list })
    restore()
    assert.is_false(fine)
    same_but_lost_tokens(wanted, essence(assert(offboarding.resume(file, systems(), { people = list }))), 2)
    check_verdicts_once(file)
    assert.are.equal(2, #records(file).resume)
  end)

  it("does not repeat what was answered, though nobody looked", function()
    local file = fresh_path()
    leaver.arrive()
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "still_there" } }
    local list = { offboarding.leaver "cisco_em" }
    local restore = crashing(5, "before")
    pcall(offboarding.apply, systems { "cisco_em" }, list, { journal = file })
    restore()
    assert.are.equal(1, #records(file).result)
    local result = assert(offboarding.resume(file, systems { "cisco_em" }, { people = list }))
    assert.are.equal("still_active", result.results[1].verdict)
    assert.are.equal(1, leaver.changes "cisco_em")
  end)

  it("asks about what was under way, and repeats it only where it is still there", function()
    for _, acted in ipairs { true, false } do
      leaver.arrive()
      local file, list = fresh_path(), { offboarding.leaver("cisco_em", "jde_ais") }
      local restore = crashing(4, "after") -- start, two items, the first intent
      pcall(offboarding.apply, systems { "cisco_em", "jde_ais" }, list, { journal = file })
      restore()
      local begun = records(file).intent[1].items[1]
      local system = begun == 1 and "jde_ais" or "cisco_em"
      if acted then
        leaver.leave(system)
      end
      local result = assert(offboarding.resume(file, systems { "cisco_em", "jde_ais" }, { people = list }))
      for _, row in ipairs(result.results) do
        local lost = acted and row.system == system and system == "jde_ais"
        assert.are.equal(lost and "unknown" or "ended", row.verdict)
      end
      assert.are.equal(acted and 0 or 1, leaver.changes(system))
    end
  end)

  it("counts a token as seen alive that the journal saw alive", function()
    local file, list = fresh_path(), { offboarding.leaver "jde_ais" }
    local restore = crashing(3, "after")
    pcall(offboarding.apply, systems { "jde_ais" }, list, { journal = file })
    restore()
    leaver.leave "jde_ais"
    local row = assert(offboarding.resume(file, systems { "jde_ais" }, { people = list })).results[1]
    assert.are.same({ "unknown", "moved" }, { row.verdict, row.code })
  end)

  it("reads the people again from where they were, if they are the same", function()
    local file, list_path = fresh_path(), peer.directory() .. "/people.csv"
    peer.write_file(list_path, "person,jde_ais\nlea.ver," .. offboarding.cells.jde_ais .. "\n")
    os.execute("chmod 600 " .. list_path)
    local restore = crashing(3, "after")
    pcall(offboarding.apply, systems { "jde_ais" }, list_path, { journal = file })
    restore()
    local bytes = peer.read_file(list_path)
    peer.write_file(list_path, bytes .. "ot.her,\n")
    os.execute("chmod 600 " .. list_path)
    local result, message = offboarding.resume(file, systems { "jde_ais" })
    assert.is_nil(result)
    assert.is_truthy(message:find("was changed since", 1, true), message)
    peer.write_file(list_path, bytes)
    os.execute("chmod 600 " .. list_path)
    assert.are.equal("ended", assert(offboarding.resume(file, systems { "jde_ais" })).results[1].verdict)
  end)

  it("refuses other systems, another journal, and one in use", function()
    local file, list = fresh_path(), { offboarding.leaver "cisco_em" }
    assert(offboarding.apply(systems { "cisco_em" }, list, { journal = file }))
    local result, message = offboarding.resume(file, systems { "agvance" })
    assert.is_nil(result)
    assert.is_truthy(message:find("other systems", 1, true), message)
    local other = fresh_path()
    local writer = journal.create({ sleep = core.sleep }, other)
    writer:write { event = "hello" }
    writer:sync()
    result, message = offboarding.resume(other, systems { "cisco_em" })
    assert.is_nil(result)
    assert.is_truthy(message:find("another signoff writes", 1, true), message)
    writer:close()
    result, message = offboarding.resume(other, systems { "cisco_em" })
    assert.is_nil(result)
    assert.is_truthy(message:find("no journal of a run", 1, true), message)
  end)

  it("finds people again of whom it only knew where they sat", function()
    local list, file = { { person = "t.wo", cisco_em = "user:t.wo" } }, fresh_path()
    local paced = { cisco_em = offboarding.entry "cisco_em" }
    local function seat(phone)
      simulator.add { cisco_em = {
        users = { { name = "t.wo" } },
        devices = { { name = "SEPONE", user = phone == "SEPONE" and "t.wo" or nil }, { name = "SEPTWO", user = phone == "SEPTWO" and "t.wo" or nil } },
      } }
    end
    seat "SEPONE"
    local restore = crashing_when("create", function(record)
      return record.event == "intent"
    end)
    pcall(offboarding.apply, paced, list, { journal = file })
    restore()
    assert.are.equal("SEPONE", records(file).found[1].items[1].target)
    seat "SEPTWO"
    local result = assert(offboarding.resume(file, paced))
    assert.are.same({ 1, "SEPTWO", "ended", 0 }, { #result.results, result.results[1].target, result.results[1].verdict, result.exit })
    assert.is_nil(simulated.row("cisco_em", "devices", "user", "t.wo"))
    for _, again in ipairs { assert(history.read(file)), assert(offboarding.resume(file, paced)) } do
      assert.are.equal(essence(result), essence(again))
      assert.are.same(result.totals, again.totals)
    end
  end)

  it("cuts a torn line off, and says so", function()
    local file = fresh_path()
    local _, list = crash(file, 40, "after")
    local bytes = peer.read_file(file)
    peer.write_file(file, bytes .. '{"prev":"')
    local result, message = offboarding.resume(file, systems(), { people = list })
    assert.is_truthy(result or message:find("torn", 1, true), message)
    if result then
      assert.is_truthy(result.notice:find("torn", 1, true), result.notice)
      assert.are.equal(wanted, essence(result))
    end
  end)

  it("stops at a line that was changed, and names it", function()
    local file = fresh_path()
    local _, list = crash(file, 40, "after")
    local bytes = peer.read_file(file)
    peer.write_file(file, (bytes:gsub('"person":"lea.ver"', '"person":"ele.ver"', 1)))
    local result, message = offboarding.resume(file, systems(), { people = list })
    assert.is_nil(result)
    assert.is_truthy(message:find(file .. ":%d+: "), message)
  end)
end)
