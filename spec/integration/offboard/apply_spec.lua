-- SPDX-License-Identifier: MIT
-- Runs: what they may do, when, and what stops them.

local core = require "signoff.core"
local clock = require "spec.support.clock"
local journal = require "signoff.journal"
local leaver = require "spec.support.leaver"
local offboarding = require "spec.support.offboarding"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"
local sorted_names = require "spec.support.sorted_names"

local simulator = simulated.simulator
local entry, apply, verdicts = offboarding.entry, offboarding.apply, offboarding.verdicts

-- That many people at phones of their own.
local function phones(count, cell)
  local devices, users, people = {}, {}, {}
  for i = 1, count do
    local name = ("per.son%03d"):format(i)
    devices[i], users[i] = { name = "SEP" .. i, user = name }, { name = name }
    people[i] = { person = name, cisco_em = (cell or "SEP%d"):format(i) }
  end
  simulator.people { cisco_em = { devices = devices, users = users } }
  return people
end

-- That many people with a JDE session each.
local function sessions(count)
  local rows, people = {}, {}
  for i = 1, count do
    rows[i] = { token = "044token" .. i, device = "PC" .. i, expires_in = 86400 }
    people[i] = { person = "per.son" .. i, jde_ais = ("044token%d@PC%d"):format(i, i) }
  end
  simulator.people { jde_ais = { sessions = rows } }
  return people
end

local function jde(more)
  return { jde_ais = entry("jde_ais", more) }
end

local function count(result)
  local found = {}
  for verdict, number in pairs(result.totals) do
    found[verdict] = number > 0 and number or nil
  end
  return found
end

local function times(system, operation)
  local list = {}
  for i, seen in ipairs(simulator.journal { system = system, operation = operation, limit = 10000 }) do
    list[i] = seen.simulated_time
  end
  return list
end

local function fault(system, operation, kind, more)
  local made = { system = system, operation = operation, fault = kind }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end

describe("offboard.apply", function()
  before_each(leaver.arrive)
  teardown(peer.stop_all)

  it("does not take two absences for a proof between which somebody was signed out elsewhere by another row", function()
    local people = { { person = "per.son001", cisco_em = "user:per.son001" }, { person = "per.son002", cisco_em = "SEP3=per.son001" } }
    phones(3)
    simulator.add { cisco_em = { devices = { { name = "SEP3" } } } }
    local result = assert(apply({ cisco_em = entry "cisco_em" }, people, { settle = 10 }, function()
      simulator.moves { { system = "cisco_em", operation = "query_users", after = 1, when = "after", people = {
        cisco_em = { devices = { { name = "SEP3", user = "per.son001" } } } } } }
    end))
    assert.are.equal("ended", result.results[1].verdict)
    local reads, changes = times("cisco_em", "query_users"), times("cisco_em", "logout")
    assert.are.equal(2, #changes)
    assert.is_true(reads[#reads] - changes[2] >= 9.9, reads[#reads] - changes[2])
  end)

  -- Paced so that the others wait: a minute each.
  it("finds somebody who moved to another phone since the plan, and signs that one out", function()
    local people, moved = phones(4, "user:per.son%03d"), false
    local result = assert(apply({ cisco_em = entry("cisco_em", { per_minute = 1 }) }, people, { on_progress = function()
      if not moved and #times("cisco_em", "logout") > 0 then
        moved = true
        simulator.add { cisco_em = { devices = { { name = "SEP3" }, { name = "SEPNEW", user = "per.son003" } } } }
      end
    end }))
    local row = result.results[3]
    assert.are.same({ "per.son003", "SEPNEW", "ended" }, { row.person, row.target, row.verdict })
    assert.are.same({ ended = 4 }, count(result))
    assert.are.same({ 0, 4 }, { result.exit, #times("cisco_em", "logout") })
    assert.is_nil(simulated.row("cisco_em", "devices", "name", "SEPNEW").user)
  end)

  it("follows somebody who logs in at another phone before the proof", function()
    phones(1)
    local moved = false
    local result = apply({ cisco_em = entry "cisco_em" }, { { person = "per.son001", cisco_em = "user:per.son001" } }, { on_progress = function()
      if not moved and #times("cisco_em", "logout") > 0 then
        moved = true
        simulator.add { cisco_em = { devices = { { name = "SEPNEW", user = "per.son001" } } } }
      end
    end })
    assert.are.same({ "ended", "ended" }, verdicts(result))
    assert.are.same({ "SEP1", "SEPNEW" }, { result.results[1].target, result.results[2].target })
    assert.is_nil(simulated.row("cisco_em", "devices", "name", "SEPNEW").user)
  end)

  it("logs a phone out once that two cells mean, and not whoever sits there then", function()
    phones(1)
    local people = { { person = "per.son001", cisco_em = "user:per.son001;SEP1" } }
    simulator.faults { fault("cisco_em", "logout", "taken", { user = "lea.ver" }) }
    local result = apply({ cisco_em = entry "cisco_em" }, people)
    assert.are.equal(1, #times("cisco_em", "logout"))
    assert.are.equal("lea.ver", simulated.row("cisco_em", "devices", "name", "SEP1").user)
    assert.are.equal(2, #result.results)
  end)

  it("signs nobody out of a phone but the person by name, where nobody could look when the plan was made", function()
    phones(2)
    local systems = { cisco_em = entry "cisco_em" }
    simulator.faults { fault("cisco_em", "query_devices", "status", { status = 503 }) }
    local people = { { person = "per.son001", cisco_em = "SEP1" }, { person = "el.se", cisco_em = "SEP2" } }
    local result = assert(apply(systems, people, {}, simulator.clear_faults))
    assert.are.same({ "ended", "skipped" }, verdicts(result))
    assert.are.same({ "other_person", 3 }, { result.results[2].code, result.exit })
    assert.are.equal("per.son002", simulated.row("cisco_em", "devices", "name", "SEP2").user)
  end)

  it("signs out everywhere, with a row for each target", function()
    local systems, everywhere = {}, sorted_names(offboarding.cells)
    for _, kind in ipairs(everywhere) do
      systems[kind] = entry(kind)
    end
    local people = { offboarding.leaver((table.unpack or unpack)(everywhere)) } -- luacheck: ignore 143
    local called = {}
    local result = assert(apply(systems, people, { on_result = function(row) called[#called + 1] = row.system end }))
    assert.are.same({ ended = 4, status_set = 1 }, count(result))
    assert.are.equal(0, result.exit)
    table.sort(called)
    assert.are.same(everywhere, called)
    for name in pairs { plan_digest = 1, host = 1, started = 1, ended = 1 } do
      assert.is_truthy(result[name], name)
    end
  end)

  it("believes 'gone' only when it was seen twice, 'settle' apart, after the act", function()
    for system, operation in pairs { cisco_em = "query_devices", jde_ais = "validate", agvance = "sessions", oracle_commerce = "verify" } do
      leaver.arrive()
      apply({ [system] = entry(system) }, { offboarding.leaver(system) }, { settle = 25 })
      local reads, act = times(system, operation), times(system, "logout")[1]
      local after = {}
      for _, at in ipairs(reads) do
        after[#after + 1] = at >= act and at or nil
      end
      assert.is_true(#after >= 2, system)
      assert.is_true(after[#after] - after[1] >= 24.9, system .. ": " .. after[#after] - after[1])
    end
  end)

  it("watches as the schedule says until the deadline", function()
    local people = sessions(1)
    local result = apply(jde(), people, { schedule = { 2, 4 }, deadline = 20 }, function()
      simulator.faults { fault("jde_ais", "logout", "still_there") }
    end)
    assert.are.same({ "still_active" }, verdicts(result))
    local reads = times("jde_ais", "validate")
    assert.are.equal(7, #reads) -- before, at once, after 2, 6, 10, 14, 18
    assert.is_true(math.abs(reads[4] - reads[3] - 4) < 0.5)
  end)

  describe("pacing", function()
    it("makes no more than 60 changes a minute of Extension Mobility, and asks in batches", function()
      local result = apply({ cisco_em = entry "cisco_em" }, phones(210))
      assert.are.same({ ended = 210 }, count(result))
      assert.is_true(clock.densest(times("cisco_em", "logout"), 60) <= 60)
      assert.is_true(#times("cisco_em", "query_devices") <= 210 / 5 + 2 * 5 + 3, "looks: " .. #times("cisco_em", "query_devices"))
    end)

    it("waits for nothing when all is done", function()
      assert.are.same({ ended = 12 }, count(apply({ cisco_em = entry "cisco_em" }, phones(12))))
      assert.is_true(offboarding.seconds < 11 * 1.01 + 10 + 2, offboarding.seconds .. " s")
    end)

    it("takes what is configured", function()
      local result = apply({ cisco_em = entry("cisco_em", { per_minute = 10 }) }, phones(25))
      assert.are.same({ ended = 25 }, count(result))
      assert.is_true(clock.densest(times("cisco_em", "logout"), 60) <= 10)
    end)

    it("finds people in batches, without another look", function()
      local result = apply({ cisco_em = entry "cisco_em" }, phones(60, "user:per.son%03d"))
      assert.are.same({ ended = 60 }, count(result))
      assert.are.equal(0, #times("cisco_em", "query_devices"))
      assert.is_true(#times("cisco_em", "query_users") <= 60 / 5 + 2 * 2 + 2, #times("cisco_em", "query_users"))
    end)

    it("asks for one alone where a refusal may be meant for it, and the others are signed out", function()
      local result = apply({ cisco_em = entry "cisco_em" }, phones(5), nil, function()
        simulator.faults { fault("cisco_em", "query_devices", "code", { target = "SEP3", code = 5, message = "no" }) }
      end)
      assert.are.equal("failed", result.results[3].verdict)
      assert.are.same({ ended = 4, failed = 1 }, count(result))
    end)

    it("asks again soon where the first look failed, also of a system whose changes are paced", function()
      for _, cell in ipairs { "SEP%d", "user:per.son%03d" } do
        local result = apply({ cisco_em = entry("cisco_em", { per_minute = 60 }) }, phones(2, cell), nil, function()
          simulator.faults { { system = "cisco_em", fault = "status", status = 503, times = 2 } }
        end)
        assert.are.same({ ended = 2 }, count(result))
        assert.is_true(offboarding.seconds < 45, cell .. ": " .. offboarding.seconds)
      end
    end)

    it("holds the whole system for as long as it asks", function()
      local people = sessions(30)
      local result = apply(jde { concurrency = 1 }, people, nil, function()
        simulator.faults { fault("jde_ais", nil, "status", { status = 429, headers = { ["Retry-After"] = "40" }, after = 10, times = 1 }) }
      end)
      assert.are.same({ ended = 30 }, count(result))
      local all, refused = simulator.journal { system = "jde_ais", limit = 1000 }, nil
      for i, seen in ipairs(all) do
        refused = refused or (seen.status == 429 and i or nil)
      end
      assert.is_true(all[refused + 1].simulated_time - all[refused].simulated_time >= 39.5)
    end)

    it("asks again where it waited long: somebody else may sit there by now", function()
      local people = phones(3)
      local systems = { cisco_em = entry("cisco_em", { concurrency = 1 }) }
      local methods, logout = core.methods.cisco_em, core.methods.cisco_em.logout
      function methods.logout(...) -- while the first one is refused
        simulator.add { cisco_em = { devices = { { name = "SEP3", user = "new.comer" } }, users = { { name = "new.comer" } } } }
        methods.logout = logout
        return logout(...)
      end
      local result = apply(systems, people, nil, function()
        simulator.faults { fault("cisco_em", "logout", "status", { status = 429, headers = { ["Retry-After"] = "200" }, times = 1 }) }
      end)
      assert.are.equal("ended", result.results[1].verdict)
      assert.are.same({ "skipped", "other_person" }, { result.results[3].verdict, result.results[3].code })
      assert.are.equal("new.comer", simulated.row("cisco_em", "devices", "name", "SEP3").user)
    end)
  end)

  describe("stops", function()
    it("a system that always fails, with few more requests than it takes to know", function()
      local result = apply(jde(), sessions(300), nil, function()
        simulator.faults { fault("jde_ais", nil, "status", { status = 503 }) }
      end)
      assert.are.equal(5, result.exit)
      assert.are.equal("breaker", result.stops[1].code)
      assert.is_true(result.totals.pending >= 250, tostring(result.totals.pending))
      assert.are.equal(0, result.totals.ended)
      local asked = #simulator.journal { system = "jde_ais", limit = 10000 }
      assert.is_true(asked <= 16 + 35, asked .. " requests")
    end)

    it("nothing where a system is down for a while", function()
      local result = apply(jde(), sessions(40), nil, function()
        simulator.faults { fault("jde_ais", nil, "status", { status = 503, after = 30, times = 6 }) }
      end)
      assert.are.same({ ended = 40 }, count(result))
    end)

    it("a system at once that refuses our credentials, and no other", function()
      local people = sessions(40)
      people[1].cisco_em = offboarding.cells.cisco_em
      local result = apply({ jde_ais = entry "jde_ais", cisco_em = entry "cisco_em" }, people, nil, function()
        simulator.faults { fault("jde_ais", nil, "status", { status = 401, after = 20 }) }
      end)
      assert.are.equal(4, result.exit)
      assert.are.same({ "jde_ais", "denied" }, { result.stops[1].system, result.stops[1].code })
      assert.is_true(result.totals.pending >= 20)
      assert.is_true(#simulator.journal { system = "jde_ais", limit = 1000 } <= 20 + 8)
      assert.are.equal("ended", result.results[41].verdict)
    end)

    it("all where more fail than may", function()
      for most, started in pairs { [2] = 3 + 8, ["5%"] = 3 + 8 } do
        local result = apply(jde { concurrency = 1 }, sessions(50), { max_fail = most }, function()
          simulator.faults { fault("jde_ais", "logout", "status", { status = 400 }) }
        end)
        assert.are.equal(5, result.exit)
        assert.are.equal("max_fail", result.stops[1].code)
        assert.is_truthy(result.message:find("max_fail", 1, true))
        assert.is_true(result.totals.failed <= started, result.totals.failed .. " failed")
        assert.are.equal(50, result.totals.failed + result.totals.pending)
      end
    end)

    it("what waits for a system that was stopped", function()
      local people = sessions(3)
      people[1].cisco_em = offboarding.cells.cisco_em
      local systems = { jde_ais = entry "jde_ais", cisco_em = entry("cisco_em", { after = { "jde_ais" } }) }
      local result = apply(systems, people, nil, function()
        simulator.faults { fault("jde_ais", nil, "status", { status = 401 }) }
      end)
      assert.are.same({ pending = 4 }, count(result))
      assert.is_truthy(result.results[4].message:find("waits for jde_ais", 1, true))
      assert.are.equal("", simulated.heard "cisco_em")
    end)

    it("where it is interrupted, and what is left can be gone on with", function()
      local path, people = peer.directory() .. "/journal", sessions(30)
      local done = 0
      local result = apply(jde { per_minute = 60 }, people, {
        settle = 2, journal = path, on_result = function() done = done + 1 end, interrupted = function() return done >= 5 end,
      })
      assert.are.equal(6, result.exit)
      assert.is_true(result.totals.ended >= 5 and result.totals.pending > 0)
      assert.are.equal("interrupted", result.stops[1].code)
      local times_before = #times("jde_ais", "logout")
      local second = assert(offboarding.resume(path, jde(), { people = people }))
      assert.are.same({ ended = 30 }, count(second))
      assert.are.equal(0, second.exit)
      assert.are.equal(30, #times("jde_ais", "logout"))
      assert.is_true(times_before < 30)
    end)

    it("for a reason of the caller's, as a guard rail", function()
      local result = apply(jde(), sessions(5), { interrupted = function() return "it is after 06:00" end })
      assert.are.same({ 5, "guard", "it is after 06:00" }, { result.exit, result.stops[1].code, result.message })
      assert.are.same({ pending = 5 }, count(result))
    end)
  end)

  it("keeps the order of systems", function()
    local people = { offboarding.leaver("jde_ais", "oracle_commerce") }
    local systems = { jde_ais = entry("jde_ais", { after = { "oracle_commerce" } }), oracle_commerce = entry "oracle_commerce" }
    assert.are.same({ ended = 2 }, count(apply(systems, people)))
    local first, last = times("jde_ais")[1], times("oracle_commerce")
    assert.is_true(first >= last[#last])
  end)

  describe("functions that know the targets", function()
    local function late(f, person)
      return apply({ jde_ais = entry("jde_ais", { targets = f }) }, { { person = person or "lea.ver" }, { person = "ot.her" } })
    end

    it("are asked at apply", function()
      local asked = {}
      local result = late(function(person)
        asked[#asked + 1] = person
        return person == "lea.ver" and offboarding.cells.jde_ais or nil
      end)
      table.sort(asked)
      assert.are.same({ "lea.ver", "ot.her" }, asked)
      assert.are.same({ "ended", "skipped" }, verdicts(result))
      assert.are.same({ "nowhere", 3 }, { result.results[2].code, result.exit })
      assert.is_nil(simulated.leak(result, leaver.secrets))
    end)

    it("concern one person where they fail", function()
      local result = late(function(person)
        return person == "lea.ver" and offboarding.cells.jde_ais or error "the vault is shut"
      end)
      assert.are.same({ "ended", "failed" }, verdicts(result))
      assert.is_truthy(result.results[2].message:find("the vault is shut", 1, true))
    end)

    it("may say that no key is held, or nonsense", function()
      local result = late(function(person)
        return person == "lea.ver" and "?" or 17
      end)
      assert.are.same({ "no_token", "failed" }, verdicts(result))
    end)

    it("are asked again after a crash", function()
      local path = peer.directory() .. "/journal"
      local systems = { jde_ais = entry("jde_ais", { targets = function() return offboarding.cells.jde_ais end }) }
      offboarding.crash(apply, systems, { { person = "lea.ver" } }, { journal = path })
      local row = assert(offboarding.resume(path, systems)).results[1]
      assert.are.same({ "unknown", "moved" }, { row.verdict, row.code }) -- its logout's reply is lost
    end)
  end)

  describe("leaves alone", function()
    it("who is protected, by any name", function()
      for _, name in ipairs { "LEA.VER", leaver.systems.cisco_em.target } do
        local result = offboarding.on_clock(function(env)
          local systems = { cisco_em = entry "cisco_em" }
          local plan = assert(require("signoff.offboard.plan.plan").make(systems, { offboarding.leaver "cisco_em" }, { protect = { name } }, env))
          return require("signoff.offboard.apply").run(env, plan, systems, { journal = false })
        end)
        assert.are.same({ "skipped", "protected", 0 }, { result.results[1].verdict, result.results[1].code, result.exit })
        assert.are.equal(0, leaver.changes "cisco_em")
      end
    end)

    it("who is protected, and sits there only now", function()
      local systems = { cisco_em = entry "cisco_em" }
      local result = offboarding.on_clock(function(env)
        local people = { { person = "lea.ver", cisco_em = "SEPOTHER" } }
        simulator.add { cisco_em = { devices = { { name = "SEPOTHER" } }, users = { { name = "the.boss" } } } }
        local plan = assert(require("signoff.offboard.plan.plan").make(systems, people, { protect = { "the.boss" } }, env))
        simulator.add { cisco_em = { devices = { { name = "SEPOTHER", user = "the.boss" } } } }
        return require("signoff.offboard.apply").run(env, plan, systems, { journal = false })
      end)
      assert.are.same({ "skipped", "protected" }, { result.results[1].verdict, result.results[1].code })
      assert.are.equal(0, leaver.changes "cisco_em")
    end)

    it("everybody, unless it is confirmed", function()
      local path = peer.directory() .. "/journal"
      local shown
      local result, message = apply(jde(), sessions(2), { journal = path, confirm = function(plan)
        shown = plan.digest
        return false
      end })
      assert.is_nil(result)
      assert.is_truthy(message:find("not confirmed", 1, true))
      assert.is_string(shown)
      assert.is_nil(io.open(path))
      assert.are.equal("", simulated.heard "jde_ais")
    end)
  end)

  describe("the journal", function()
    -- Calls `f(request)` at each logout, before it is sent.
    local function at_each_logout(kind, f)
      local methods = core.methods[kind]
      local logout = methods.logout
      methods.logout = function(...)
        f(...)
        return logout(...)
      end
      return function()
        methods.logout = logout
      end
    end

    local function events(path)
      local list = {}
      journal.check(path, function(_, record)
        list[#list + 1] = record.event
      end)
      return list
    end

    it("has an intent on disk before a request leaves, and its result before anything follows", function()
      local path, seen = peer.directory() .. "/journal", {}
      local restore = at_each_logout("jde_ais", function()
        local list = events(path)
        seen[#seen + 1] = list[#list]
      end)
      local looked = {}
      local methods = core.methods.jde_ais
      local status = methods.status
      methods.status = function(...)
        local list = events(path)
        looked[#looked + 1] = list[#list]
        return status(...)
      end
      local result = apply(jde { concurrency = 1 }, sessions(1), { journal = path })
      methods.status = status
      restore()
      assert.are.same({ "ended" }, verdicts(result))
      assert.are.same({ "intent" }, seen)
      assert.are.same({ "item", "result", "result" }, looked)
      assert.are.same({ "start", "item", "intent", "result", "verdict", "end" }, events(path))
    end)

    it("is its owner's alone, and holds no secret", function()
      local path = peer.directory() .. "/journal"
      apply(jde(), { offboarding.leaver "jde_ais" }, { journal = path })
      assert.are.equal(tonumber("600", 8), core.stat(path).mode)
      local bytes = peer.read_file(path)
      for _, secret in ipairs(leaver.secrets) do
        assert.is_nil(bytes:find(secret, 1, true))
      end
    end)

    -- A disk that takes no more than so many commits.
    local function full_after(commits, f)
      local create = journal.create
      journal.create = function(...)
        local writer, made = create(...), 0
        local sync = writer.sync
        function writer:sync()
          made = made + 1
          if made > commits then
            return nil, "/journal: No space left on device", "full"
          end
          return sync(self)
        end
        return writer
      end
      local result, message = f()
      journal.create = create
      return result, message
    end

    it("sends nothing that it cannot record", function()
      local people = sessions(20)
      local path = peer.directory() .. "/journal"
      local result, message = full_after(0, function() return apply(jde(), people, { journal = path }) end)
      assert.is_nil(result)
      assert.is_truthy(message:find("No space left", 1, true))
      assert.are.equal("", simulated.heard "jde_ais")
      for commits = 1, 5 do
        simulator.reset()
        people = sessions(20)
        path = peer.directory() .. "/journal"
        result = full_after(commits, function() return apply(jde { concurrency = 1 }, people, { journal = path }) end)
        assert.are.same({ 5, "journal" }, { result.exit, result.stops[1].code })
        assert.is_truthy(result.message:find("No space left", 1, true))
        local intents = 0
        for _, event in ipairs(events(path)) do
          intents = intents + (event == "intent" and 1 or 0)
        end
        assert.is_true(#times("jde_ais", "logout") <= intents)
        assert.is_true(result.totals.pending >= 15)
      end
    end)

    it("is refused where one is, or cannot be", function()
      local people = sessions(1)
      local directory = peer.directory()
      peer.write_file(directory .. "/there", "")
      for _, path in ipairs { directory .. "/there", directory .. "/no/such/folder" } do
        local result, message = apply(jde(), people, { journal = path })
        assert.is_nil(result)
        assert.is_truthy(message:find(path, 1, true), message)
      end
      assert.are.equal("", simulated.heard "jde_ais")
    end)
  end)

  it("waits by a clock that only moves forward, whatever the wall clock does", function()
    local time, jumps = core.time, 0
    core.time = function()
      jumps = jumps + 1
      return time() + (jumps % 2 == 0 and 86400 or -86400)
    end
    local result = apply(jde(), sessions(3), { settle = 10 })
    core.time = time
    assert.are.same({ ended = 3 }, count(result))
    local reads = times("jde_ais", "validate")
    assert.is_true(reads[#reads] - reads[1] >= 9.9 and reads[#reads] - reads[1] < 30, table.concat(reads, " "))
  end)

  it("tells how far it is", function()
    local told = {}
    apply(jde(), sessions(20), { on_progress = function(name, progress)
      told[#told + 1] = progress
      progress.name = name
    end })
    assert.are.same({ "jde_ais", 20, 0 }, { told[1].name, told[1].total, told[1].done })
    assert.are.same({ 20, 20, 0 }, { told[#told].total, told[#told].done, told[#told].in_flight })
  end)

  describe("raises", function()
    local wrong = {
      ["option 'journal'"] = { journal = "" }, ["unknown option 'jornal'"] = { jornal = false }, ["option 'settle'"] = { settle = -1 },
      ["option 'schedule'"] = { schedule = { 1, 0 } }, ["option 'max_fail'"] = { max_fail = "many" },
      ["option 'on_result'"] = { on_result = 7 },
    }
    for text, options in pairs(wrong) do
      it("for a wrong " .. text, function()
        local people = sessions(1)
        if options.journal == "" then
          options.journal = 17
        end
        local fine, message = pcall(apply, jde(), people, options)
        assert.is_false(fine)
        assert.is_truthy(tostring(message):find(text, 1, true), tostring(message))
        assert.are.equal("", simulated.heard "jde_ais")
      end)
    end
  end)
end)
