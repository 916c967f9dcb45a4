-- SPDX-License-Identifier: MIT
-- `signoff-offboard watch`: the actor, as a process, with an inbox that a receiver might have written. The numbers are those of the rows
-- that `make check-killswitch` counts.

local core = require "signoff.core"
local inboxes = require "spec.support.inboxes"
local json = require "signoff.json"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"

local RISC, CAEP = "https://schemas.openid.net/secevent/risc/event-type/", "https://schemas.openid.net/secevent/caep/event-type/"

local inbox

before_each(function()
  operator.fresh()
  peer.output_of(("mkdir -m 700 %s"):format(operator.path "inbox"))
  inbox = assert(inboxes.open(operator.path "inbox"))
end)

after_each(function()
  inbox:close()
  operator.clean()
end)

-- Puts an event into the inbox, as the receiver does.
local function receive(jti, person, more)
  local members = { person = person, event = RISC .. "account-disabled", at = core.time(), txn = "T-" .. jti, kid = "k1", alg = "RS256" }
  for name, value in pairs(more or {}) do
    members[name] = value
  end
  assert.equal("added", inbox:add(inboxes.event(jti, members)))
end

local OPTIONS = " --people leavers.csv --settle 0.2 --merge 1s"

local function once(more)
  return operator.run("watch inbox --once --json" .. OPTIONS .. (more or ""))
end

local function read_status()
  local code, output, words = operator.run "watch inbox --status --json"
  assert.equal(0, code, words)
  return assert(json.decode(output))
end

describe("watch --once", function()
  it("118 signs a person out of all systems, with the verdicts of a run, and the line of times in the report", function()
    receive("1", "ana.silva")
    local code, output, words = once()
    local document = assert(json.decode(output), words)
    assert.same({ 0, 0, 1 }, { code, document.exit, #document.runs }, words)
    local journal = "inbox/" .. document.runs[1].journal
    operator.list("one.csv", "ana.silva")
    local report = assert(json.decode((select(2, operator.run("report --json " .. journal)))))
    assert.same({}, { report, words })
  end)
end)
