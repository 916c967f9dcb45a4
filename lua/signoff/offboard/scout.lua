-- SPDX-License-Identifier: MIT

--- Looks at what a plan is about to touch, and notes in its items what is there now.
--
-- An item has the members of its target, and stands for it. After a failure that passes a request is sent once more; a system
-- that fails on is not asked on, and its items say that nobody looked. Only credentials that are refused end it: applying a
-- plan with them would end there as well.
-- @module signoff.offboard.scout

local core = require "signoff.core"
local resolve = require "signoff.offboard.resolve"
local targets = require "signoff.offboard.targets"

local PAUSE, LONGEST_PAUSE = 1, 10 -- seconds
local GIVE_UP = 2                  -- requests in a row, each with its repetition

local function note(kind, item, finding)
  item.state, item.occupant = finding.state, finding.user
  item.outlook, item.code, item.message = finding.verdict, finding.code, finding.message
  if finding.targets then
    item.found = {}
    for i, target in ipairs(finding.targets) do
      item.found[i] = targets.shown(kind, target)
    end
  end
  if finding.rest then
    item.message = finding.rest.message
  end
end

local function note_unseen(items, code, message)
  for _, item in ipairs(items) do
    item.outlook, item.code, item.message = "unknown", code, "nobody looked: " .. message
  end
end

local function ask(system, question, items, sleep)
  local rows, message, code, detail = resolve.ask(system.client, question, items)
  if rows or not detail.retriable then
    return rows, message, code, detail
  end
  sleep(math.min(detail.retry_after or PAUSE, LONGEST_PAUSE))
  return resolve.ask(system.client, question, items)
end

local scouting = {}
scouting.__index = scouting

-- One request, or the list that an earlier one brought.
function scouting:look(question, items)
  local rows, message, code, detail = self.listed, nil, nil, nil
  if not rows then
    rows, message, code, detail = ask(self.system, question, items, self.sleep)
  end
  if not rows then
    note_unseen(items, code, message)
    self.failures, self.message, self.code = self.failures + 1, message, code
    self.refused = code == "denied" and detail.scope == "client"
    return
  end
  self.failures = 0
  self.listed = resolve.row(self.system.kind, question).lists and rows or nil
  for i, finding in ipairs(resolve.read(self.system.kind, question, rows, items)) do
    note(self.system.kind, items[i], finding)
  end
end

-- The items that a question is about.
local function concerned(kind, items, question)
  local member, list = resolve.row(kind, question).member, {}
  for _, item in ipairs(items) do
    if item[member] and not item.verdict and not item.late then
      list[#list + 1] = item
    end
  end
  return list
end

function scouting:ask_all(question, items)
  for _, batch in ipairs(resolve.batches(self.system.client, question, concerned(self.system.kind, items, question))) do
    if self.refused then
      return
    elseif self.failures < GIVE_UP then
      self:look(question, batch)
    else
      note_unseen(batch, self.code, self.message)
    end
  end
end

--- Notes what a system says of its items.
-- @tparam table system an entry of `systems.check`
-- @tparam {table,...} items those of this system
-- @tparam[opt] function sleep `sleep(seconds)`
-- @treturn boolean|nil true; nil, message, code when our credentials are refused
-- @treturn ?string what went wrong otherwise, if anything did
return function(system, items, sleep)
  local self = setmetatable({ system = system, sleep = sleep or core.sleep, failures = 0 }, scouting)
  for _, question in ipairs { "find", "occupants" } do
    if resolve.row(system.kind, question) then
      self:ask_all(question, items)
    end
  end
  if self.refused then
    return nil, self.message, self.code
  end
  return true, self.message
end
