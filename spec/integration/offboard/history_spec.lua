-- SPDX-License-Identifier: MIT
-- The reading of a journal: finished, unfinished, gone on with, torn, damaged.

local history = require "signoff.offboard.report.history"
local journal = require "signoff.journal"
local json = require "signoff.json"
local offboard = require "signoff.offboard"
local peer = require "spec.support.peer"

after_each(peer.stop_all)

local env = { sleep = function() end }

local start = {
  event = "start", at = 1757100000, started = 1757100000, plan_digest = "sha256:ab", operator = "night", host = "ops1",
  ticket = "CHG-1", people_sha256 = "cd", systems = { { name = "cisco_em", kind = "cisco_em" }, { name = "jde_ais", kind = "jde_ais" } },
}

local function item(n, more)
  local made = { n = n, person = "ana", system = "cisco_em", action = "logout", target = "SEP" .. n, device = "SEP" .. n }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return { event = "item", at = 1757100000, item = made }
end

local function verdict(n, word, system)
  return {
    event = "verdict", at = 1757100001, item = n,
    row = { item = n, person = "ana", system = system or "cisco_em", action = "logout", target = "SEP" .. n, verdict = word, evidence = json.list() },
  }
end

local finish = { event = "end", at = 1757100009, totals = { ended = 2 }, exit = 0 }

local function written(...)
  local path = peer.directory() .. "/journal"
  local writer = assert(journal.create(env, path))
  for _, record in ipairs { ... } do
    assert(writer:write(record))
  end
  assert(writer:close())
  return path
end

local function words(result)
  local list = {}
  for i, row in ipairs(result.results) do
    list[i] = row.target .. " " .. row.verdict
  end
  return table.concat(list, ", ")
end

describe("history", function()
  it("gives a finished run as its result", function()
    local result = assert(history.read(written(start, item(1), item(2), verdict(2, "ended"), verdict(1, "ended"), finish)))
    assert.equal("SEP1 ended, SEP2 ended", words(result))
    assert.equal(2, result.totals.ended)
    assert.equal(0, result.totals.pending)
    assert.equal(0, result.exit)
    assert.equal(1757100009, result.ended)
    assert.equal("night ops1 CHG-1 sha256:ab cd", table.concat({
      result.operator, result.host, result.ticket, result.plan_digest, result.people_sha256,
    }, " "))
    assert.equal(64, #result.journal_head)
  end)

  it("calls what has no verdict begun once something was sent for it", function()
    local result = assert(history.read(written(start, item(1), item(2), { event = "intent", items = { 1 }, act = "logout", attempt = 1 },
      verdict(2, "failed"))))
    assert.equal("SEP1 begun, SEP2 failed", words(result))
    assert.is_nil(result.exit or result.ended)
    assert.equal('[]', json.encode(result.results[1].evidence))
  end)

  it("has the targets that a name led to in the name's place", function()
    local result = assert(history.read(written(start, item(1, { target = "user:ana?", find = "ana", optional = true, device = nil }), item(2),
      { event = "found", item = 1, first = 3, items = { item(3, { parent = 1 }).item, item(4, { parent = 1 }).item } }, verdict(3, "ended"))))
    assert.equal("SEP3 ended, SEP4 pending, SEP2 pending", words(result))
    assert.equal("user:ana?", result.results[2].cell)
    assert.equal(4, result.results[2].item)
  end)

  it("knows how the list had each target, and nothing of tokens", function()
    local result = assert(history.read(written(start, item(1, { user = "ana" }), item(2),
      item(3, { system = "jde_ais", device = "LAPTOP", target = "sha256:572e414c26fc@LAPTOP", token = "sha256:572e414c26fc" }))))
    assert.equal("SEP1=ana", result.results[1].cell)
    assert.equal("SEP2", result.results[2].cell)
    assert.is_nil(result.results[3].cell)
  end)

  it("forgets what stopped a run that went on", function()
    local stop = { event = "stop", system = "cisco_em", code = "denied", why = "refused", at = 1 }
    local stopped = { event = "end", at = 2, totals = {}, exit = 4 }
    local result = assert(history.read(written(start, item(1), stop, stopped)))
    assert.equal(4, result.exit)
    assert.equal("refused", result.stops[1].why)
    result = assert(history.read(written(start, item(1), stop, stopped, { event = "resume", at = 3 })))
    assert.is_nil(result.exit or result.ended or result.stops[1])
  end)

  it("tells that the last line was torn, and reads what is before it", function()
    local path = written(start, item(1), verdict(1, "ended"))
    local bytes = peer.read_file(path)
    peer.write_file(path, bytes:sub(1, -10))
    local result, notice = history.read(path)
    assert.equal("SEP1 pending", words(result))
    assert.truthy(notice:find("torn", 1, true))
  end)

  it("names the line that is damaged", function()
    local path = written(start, item(1), item(2), verdict(1, "ended"), verdict(2, "ended"), finish)
    peer.write_file(path, (peer.read_file(path):gsub('"target":"SEP2"', '"target":"SEP9"', 1)))
    local result, message = history.read(path)
    assert.is_nil(result)
    assert.truthy(message:find(path .. ":3: ", 1, true), message)
  end)

  -- Kinds that may stand in a journal of a later signoff, of a site's script, or of nobody.
  for _, kind in ipairs { "sap_gui", "../secret", "", 12, false } do
    it(("refuses a kind of system that is not known: '%s'"):format(tostring(kind)), function()
      local begun = { event = "start", at = 1757100000, started = 1757100000, plan_digest = "sha256:ab", systems = {
        { name = "cisco_em", kind = "cisco_em" }, { name = "sap", kind = kind or nil },
      } }
      local path = written(begun, item(1), verdict(1, "ended"), item(2, { system = "sap" }), verdict(2, "ended", "sap"))
      local words_of_it = ("%s: names 'sap', of a kind (%s) that this signoff does not know; use the signoff that wrote it"):format(path,
        tostring(kind or nil))
      for _, read in ipairs { history.read, offboard.report } do
        local result, message = read(path)
        assert.is_nil(result)
        assert(message:find(words_of_it, 1, true), message)
      end
      assert(offboard.check(path)) -- its chain holds
    end)
  end

  for name, case in pairs {
    ["a run whose plan was not written to its end"] = { "has 1 of the 3 targets of its plan: the run did not begin, and nothing was sent", 3, item(1) },
    ["a run of which no target was written"] = { "has 0 of the 3 targets of its plan", 3 },
    ["two runs"] = { "the record 'start' begins a second run: a journal has one; the journal is damaged", 1, item(1), start, item(1), verdict(1, "ended") },
  } do
    it("refuses " .. name, function()
      local began = {}
      for member, value in pairs(start) do
        began[member] = value
      end
      began.items = case[2]
      local path = written(began, (table.unpack or unpack)(case, 3)) -- luacheck: ignore 143 (by version)
      for _, format in ipairs { "text", "json", "csv", "html" } do
        local text, message = offboard.report(path, { format = format })
        assert.is_nil(text)
        assert.truthy(message:gsub(":%d+: ", ": "):find(path .. ": " .. case[1], 1, true), message)
      end
    end)
  end

  it("tells who applied the plan, and who went on", function()
    local function by(operator)
      return { host = "ops1", pid = 7, operator = operator }
    end
    local began = { by = by "ben" }
    for member, value in pairs(start) do
      began[member] = value
    end
    local path = written(began, item(1), { event = "resume", by = by "ben" }, { event = "resume", by = by "<i>cay" }, { event = "resume", by = 3 },
      verdict(1, "ended"), finish)
    assert.same({ "ben", "<i>cay" }, assert(history.read(path)).applied_by)
    assert.truthy(assert(offboard.report(path)):find("applied   ben; <i>cay", 1, true))
    local page = assert(offboard.report(path, { format = "html" }))
    assert.truthy(page:find("<dt>Planned by</dt><dd>night</dd>\n<dt>Applied by</dt><dd>ben; &lt;i&gt;cay</dd>", 1, true))
    assert.is_nil(assert(history.read(written(start, item(1)))).applied_by)
  end)

  it("shows a gap that another version knows", function()
    local began = { gaps = { { code = "no_room", person = "cay" }, { code = "no_time" } } }
    for member, value in pairs(start) do
      began[member] = value
    end
    local path = written(began, item(1), verdict(1, "ended"), finish)
    for _, format in ipairs { "text", "html" } do
      local text = assert(offboard.report(path, { format = format }))
      assert.truthy(text:find("cay: not reached (no_room)", 1, true) and text:find("?: not reached (no_time)", 1, true), text)
    end
  end)

  it("says so of a plan that was made by hand", function()
    local plan = { systems = { { name = "sap", kind = "sap_gui" } }, items = { item(1, { system = "sap" }).item } }
    local fine, problem = pcall(history.planned, plan)
    assert(not fine and problem:find("no system of the kind 'sap_gui' is known", 1, true), problem)
  end)

  it("refuses what is no journal of an offboarding", function()
    for _, path in ipairs { written(), written { event = "something" } } do
      local result, message = history.read(path)
      assert.is_nil(result)
      assert.truthy(message:find(path .. ": is no journal of an offboarding", 1, true), message)
    end
    assert.is_nil((history.read "/nonexistent/journal"))
  end)
end)
