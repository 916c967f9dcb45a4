-- SPDX-License-Identifier: MIT
-- A target without a verdict was begun, or it was not: two words, in the recap, the report, CSV and JSON.

local history = require "signoff.offboard.report.history"
local journal = require "signoff.journal"
local json = require "signoff.json"
local offboard = require "signoff.offboard"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local report_text = require "signoff.offboard.report.plain"

after_each(peer.stop_all)

local env = { sleep = function() end }

local function written(records)
  local path = peer.directory() .. "/journal"
  local writer = assert(journal.create(env, path))
  assert(writer:write { event = "start", at = 0, started = 0, items = 2, systems = { { name = "cisco_em", kind = "cisco_em" } } })
  for n = 1, 2 do
    assert(writer:write { event = "item", at = 0, item = {
      n = n, person = "p" .. n, system = "cisco_em", action = "logout", target = "SEP" .. n, device = "SEP" .. n,
    } })
  end
  for _, record in ipairs(records) do
    record.at = 1
    assert(writer:write(record))
  end
  assert(writer:close())
  return path
end

local function intent(...)
  return { event = "intent", items = { ... }, act = "logout", attempt = 1 }
end

local function result(more, ...)
  local made = { event = "result", items = { ... } }
  for name, value in pairs(more) do
    made[name] = value
  end
  return made
end

local accepted, undecided = { answer = "accepted" }, { answer = "undecided" }
local lost, unsent = { code = "timeout", message = "late", sent = true }, { code = "unreachable", message = "down", sent = false }
local refused = { code = "denied", message = "refused", scope = "client", sent = true }
local ended = { event = "verdict", item = 1, row = { item = 1, person = "p1", system = "cisco_em", action = "logout", target = "SEP1", verdict = "ended" } }
local resumed = { event = "resume" }

-- The records of the journal; how the first and the second target stand; how many begun, acknowledged, not begun.
local cases = {
  { "nothing", {}, "pending", "pending", 0, 0, 2 },
  { "an intent alone", { intent(1) }, "begun sent", "pending", 1, 0, 1 },
  { "one that was accepted", { intent(1), result(accepted, 1) }, "begun acknowledged", "pending", 1, 1, 1 },
  { "one of nobody there any more", { intent(1), result({ answer = "already_out" }, 1) }, "begun acknowledged", "pending", 1, 1, 1 },
  { "two in one request", { intent(1, 2), result(accepted, 1, 2) }, "begun acknowledged", "begun acknowledged", 2, 2, 0 },
  { "an answer that proves nothing", { intent(1), result(undecided, 1) }, "begun sent", "pending", 1, 0, 1 },
  { "an answer that was lost", { intent(1), result(lost, 1) }, "begun sent", "pending", 1, 0, 1 },
  { "a request that never left", { intent(1), result(unsent, 1) }, "pending", "pending", 0, 0, 2 },
  { "our account refused", { intent(1), result(refused, 1) }, "pending", "pending", 0, 0, 2 },
  { "a target refused", { intent(1), result({ code = "denied", message = "no", sent = true, scope = "target" }, 1) }, "begun sent", "pending", 1, 0, 1 },
  { "one lost, then one that never left", { intent(1), result(lost, 1), intent(1), result(unsent, 1) }, "begun sent", "pending", 1, 0, 1 },
  { "one lost, then accepted", { intent(1), result(lost, 1), intent(1), result(accepted, 1) }, "begun acknowledged", "pending", 1, 1, 1 },
  { "one accepted, and taken up", { intent(1), result(accepted, 1), resumed }, "begun acknowledged", "pending", 1, 1, 1 },
  { "one that is over", { intent(1), result(accepted, 1), ended }, "ended", "pending", 0, 0, 1 },
  { "one that is over, and one that was begun", { intent(1, 2), result(accepted, 1, 2), ended }, "ended", "begun acknowledged", 1, 1, 0 },
}

local function words(row)
  return row.verdict .. (row.verdict == "begun" and " " .. row.act or "")
end

describe("a journal with", function()
  for _, case in ipairs(cases) do
    it(case[1], function()
      local path = written(case[2])
      local found = assert(history.read(path))
      assert.are.same({ case[3], case[4] }, { words(found.results[1]), words(found.results[2]) })
      assert.are.same({ case[5], case[6], case[7] }, { found.totals.begun, found.acknowledged, found.totals.pending })
      for _, text in ipairs { report_text.recap(found), report_text.page(found) } do
        assert.are.equal(case[5] > 0, text:find(("Begun, not yet proved: %d (%d acknowledged)"):format(case[5], case[6]), 1, true) ~= nil)
        assert.are.equal(case[7] > 0, text:find(("Not started: %d;"):format(case[7]), 1, true) ~= nil)
      end
      local decoded = json.decode((offboard.report(path, { format = "json" })))
      assert.are.same({ case[5], case[6], case[7] }, { decoded.totals.begun, decoded.acknowledged, decoded.totals.pending })
      local csv = offboard.report(path, { format = "csv" })
      assert.are.equal(case[5], select(2, csv:gsub(",begun,", "")))
      assert.are.equal(case[7], select(2, csv:gsub(",pending,", "")))
    end)
  end
end)

describe("a run that is interrupted", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  it("tells in all of its words, then and later, whom a logout was sent for", function()
    local status, _, err = operator.run "plan leavers.csv --out plan"
    assert(status == 0, err)
    operator.start("apply plan --people leavers.csv --journal journal --yes", "export CISCO_EM_PER_MINUTE=60")
    local logouts = require("spec.support.simulated").journal
    operator.wait_for("changes on Extension Mobility", function()
      return #logouts("cisco_em", "logout") >= 2
    end)
    operator.signal "INT"
    local exit, output = operator.finish()
    assert.equal(6, exit, output)
    local found = history.read(operator.path "journal")
    local targets = {}
    for _, entry in ipairs(logouts("cisco_em", "logout")) do
      for _, target in ipairs(entry.targets) do
        targets[target] = true
      end
    end
    for _, row in ipairs(found.results) do
      assert(not (targets[row.target] and row.verdict == "pending"), row.target)
    end
    assert.is_true(found.acknowledged >= 1)
    assert.truthy(output:find(("Begun, not yet proved: %d (%d acknowledged)"):format(found.totals.begun, found.acknowledged), 1, true), output)
    assert.truthy(output:find(("Not started: %d;"):format(found.totals.pending), 1, true), output)
    assert.equal(0, (operator.run "resume journal --people leavers.csv"))
  end)
end)
