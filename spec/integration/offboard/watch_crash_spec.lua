-- SPDX-License-Identifier: MIT
-- The actor dies before and after each time that it writes to disk, or its disk fails. The next one goes on: each target has one verdict, and
-- no act that was acknowledged is done twice.

local core = require "signoff.core"
local disk = require "spec.support.disk"
local inboxes = require "spec.support.inboxes"
local journal = require "signoff.journal"
local json = require "signoff.json"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local backlog = require "signoff.receiver.backlog"

after_each(operator.clean)

local LIMIT = 100 -- steps that a life may have

local function prepare()
  operator.fresh()
  peer.output_of(("mkdir -m 700 %s"):format(operator.path "inbox"))
  operator.list("list.csv", "liam.byrne", "david.kim")
  local inbox = assert(inboxes.open(operator.path "inbox"))
  for number, person in ipairs { "david.kim", "david.kim", "liam.byrne", "liam.byrne" } do
    local event = number == 4 and "account-enabled" or "account-disabled"
    inbox:add(inboxes.event(number, { person = person, at = core.time(), event = "https://schemas.openid.net/secevent/risc/event-type/" .. event }))
  end
  inbox:close()
end

-- A life of the actor; its exit status as a shell has it.
local function live(more)
  local code, output, messages = operator.run("watch inbox --once --json --people list.csv --settle 0.05 --merge 0s", more)
  return code, output, messages
end

local function dying(step, moment)
  return ("export LUA_INIT=@%s/spec/support/dying.lua DIE_AT=%d DIE=%s"):format(peer.output_of "pwd", step, moment)
end

-- The journals of the runs: verdicts by target, and how often an act was begun that was acknowledged.
local function read_runs()
  local verdicts, again = {}, 0
  for path in peer.output_of(("ls %s/run-*.journal"):format(operator.path "inbox")):gmatch "[^\n]+" do
    local acknowledged = {}
    assert(journal.check(path, function(_, record)
      for _, item in ipairs((record.event == "intent" or record.event == "result") and record.items or {}) do
        again = again + (record.event == "intent" and acknowledged[item] and 1 or 0)
        acknowledged[item] = acknowledged[item] or record.event == "result" and record.answer ~= nil
      end
      if record.event == "verdict" then
        local name = record.row.system .. " " .. record.row.target
        verdicts[name] = (verdicts[name] or 0) + 1
      end
    end))
  end
  return verdicts, again
end

local function judge(label)
  local code, output, messages = live()
  assert(code == 0 or code == 3, ("%s: %s\n%s"):format(label, tostring(code), messages)) -- 3: a token whose logout was under way is unknown
  local verdicts, again = read_runs()
  for name, count in pairs(verdicts) do
    assert(count == 1, ("%s: %s has %d verdicts"):format(label, name, count))
  end
  assert(again == 0, label .. ": an acknowledged act was begun again")
  local reader = assert(backlog.open(operator.path "inbox"))
  assert(#reader:pending() == 0, label .. ": an event is not finished")
  local results = {}
  for _, event in ipairs(assert(reader:events())) do
    results[event.jti] = event.result.outcome
  end
  reader:close()
  assert.same({ "acted", "acted", "cancelled", "recorded" }, results["1"] and { results["1"], results["2"], results["3"], results["4"] }, label)
  return json.decode(output)
end

describe("an actor that dies", function()
  for _, moment in ipairs { "before", "after" } do
    it(("59 %s each step leaves nothing undone, and does nothing twice"):format(moment), function()
      local step, code = 0
      repeat
        step = step + 1
        prepare()
        code = live(dying(step, moment))
        judge(("killed %s step %d"):format(moment, step))
      until code ~= 137 or step == LIMIT
      assert.equal(0, code)
      assert(step > 10, "it had fewer steps than it must have: " .. step)
    end)
  end
end)

describe("an actor whose disk fails", function()
  it("55 does nothing that is not written, and the next one does the rest", function()
    local step, code = 0
    repeat
      prepare()
      code = live("export " .. disk.environment("DISK_SYNCS=" .. step))
      assert(code == 0 or code == 2 or code == 3 or code == 5, tostring(code))
      judge(("the disk fails after %d syncs"):format(step))
      step = step + 1
    until code == 0 or step == LIMIT
    assert(code == 0 and step > 5, ("it ended with %s after %d steps"):format(tostring(code), step))
  end)
end)
