-- SPDX-License-Identifier: MIT

--- Asks the systems about the targets of a plan, and notes in its items who is there now.
--
-- After a failure that passes a request is sent once more; a system that fails on is not asked on, and its items say that
-- nobody looked. Only credentials that are refused end it: applying a plan with them would end there as well.
-- @module signoff.offboard.plan.preflight

local core = require "signoff.core"
local resolve = require "signoff.offboard.plan.resolve"
local targets = require "signoff.offboard.people.target"

local PAUSE, LONGEST_PAUSE = 1, 10 -- seconds
local GIVE_UP = 2                  -- requests in a row, each with its repetition

local function note(kind, item, finding)
  item.state, item.occupant, item.seen, item.spelling = finding.state, finding.user, finding.seen, finding.spelling
  item.outlook, item.code, item.message = finding.verdict, finding.code, finding.message
  if finding.targets then
    item.found = {}
    for i, id in ipairs(finding.targets) do
      item.found[i] = targets.shown(kind, targets.at_place(kind, id, item.find))
    end
  end
end

local function note_unseen(items, code, message)
  for _, item in ipairs(items) do
    item.outlook, item.code, item.message = "unknown", code, "nobody looked: " .. message
  end
end

local function ask(system, batch, sleep)
  local findings, message, code, detail = resolve.ask(system.client, batch)
  if findings or not detail.retriable then
    return findings, message, code, detail
  end
  sleep(math.min(detail.retry_after or PAUSE, LONGEST_PAUSE))
  return resolve.ask(system.client, batch)
end

local asking = {}
asking.__index = asking

function asking:look(batch)
  local findings, message, code, detail = ask(self.system, batch, self.sleep)
  if not findings then
    note_unseen(batch.items, code, message)
    self.failures, self.message, self.code = self.failures + 1, message, code
    self.refused = code == "denied" and detail.scope == "client"
    return
  end
  self.failures = 0
  for i, finding in ipairs(findings) do
    note(self.system.kind, batch.items[i], finding)
  end
end

-- The items that can be looked at now.
local function concerned(items)
  local list = {}
  for _, item in ipairs(items) do
    if not item.verdict and not item.late then
      list[#list + 1] = item
    end
  end
  return list
end

--- Notes what a system says of its items.
-- @tparam table system an entry of `systems.check`
-- @tparam {table,...} items those of this system
-- @tparam[opt] function sleep `sleep(seconds)`
-- @treturn boolean|nil true; nil, message, code when our credentials are refused
-- @treturn ?string what went wrong otherwise, if anything did
return function(system, items, sleep)
  local self = setmetatable({ system = system, sleep = sleep or core.sleep, failures = 0 }, asking)
  for _, batch in ipairs(resolve.can_ask(system.kind) and resolve.batches(system.kind, concerned(items)) or {}) do
    if self.failures < GIVE_UP then
      self:look(batch)
    else
      note_unseen(batch.items, self.code, self.message)
    end
    if self.refused then
      return nil, self.message, self.code
    end
  end
  return true, self.message
end
