-- SPDX-License-Identifier: MIT

--- Records a run: each intent, result and stop is in the journal, on disk, before anything follows from it; and the rows of the targets
-- that have a verdict. Without the journal nothing may go on: it would be lost. Where it is, the coordinator of the run knows.
-- @module signoff.offboard.executor.recorder

local core = require "signoff.core"
local json = require "signoff.json"
local Local = require "signoff.offboard.executor.local"
local Standing = require "signoff.offboard.executor.standing"
local verdicts = require "signoff.signout.verdict"

local recorder = {}
recorder.__index = recorder

--- @tparam table parts `coordinator` (without one that of a run on one host is made of the parts, see
-- `signoff.offboard.executor.local`), `max_fail` (a number), `on_result`, and of an earlier run `rows`, `children`, `acted`, `first_act`
-- @tparam function on_stop `on_stop(code, why, at_once)`: nothing may go on
function recorder.new(parts, on_stop)
  return setmetatable({
    coordinator = parts.coordinator or Local.new(parts), max_fail = parts.max_fail, on_result = parts.on_result, on_stop = on_stop,
    rows = parts.rows or {}, children = parts.children or {}, acted = parts.acted or Standing.new(), stops = json.list {},
    failures = 0, first_act = parts.first_act,
  }, recorder)
end

--- The number of one more item.
function recorder:next_number()
  return self.coordinator:next_number()
end

--- Adds the targets that an item was found to be, or further ones.
function recorder:extend(plan, list)
  local children = self.children[plan.n] or {}
  self.children[plan.n] = children
  for _, child in ipairs(list) do
    children[#children + 1] = child
  end
end

-- Whether the coordinator took something; where it did not, it takes nothing more, and the run ends.
local function taken(self, fine, message)
  if not fine and not self.broken then
    self.broken = message
    self.on_stop("journal", "the journal cannot be written: " .. message, true)
  end
  return fine and true or false
end

-- Counts a record that is on disk.
local function count(self, record)
  self.first_act = self.first_act or record.event == "intent" and core.time() or nil
  self.acted:take(record)
  return true
end

--- Writes a record, and returns true when it is on disk.
-- @tparam table record
-- @treturn boolean
function recorder:record(record)
  return not self.broken and taken(self, self.coordinator:write({ record }, true)) and count(self, record)
end

--- Asks whether an act may begin. Its intent is on disk when this returns a grant.
-- @tparam table share of the act's system
-- @tparam {table,...} batch entries: `item`, `id`
-- @tparam table record the intent
-- @treturn ?table grant, for `end_act`; nil where it may not be sent
-- @treturn ?table why it may not, where the run goes on: see `signoff.offboard.executor.farm`
function recorder:begin_act(share, batch, record)
  if self.broken then
    return nil
  end
  local grant, refusal = share:begin_act(batch, record)
  if grant then
    count(self, record)
    return grant
  elseif type(refusal) == "table" then
    return nil, refusal
  end
  taken(self, nil, refusal)
end

--- Records what came of an act.
-- @tparam table share of its system
-- @tparam table grant
-- @tparam table record
-- @treturn boolean false when the journal did not take it
function recorder:end_act(share, grant, record)
  return not self.broken and taken(self, share:end_act(grant, record)) and count(self, record)
end

local function count_failures(self, rows)
  for _, row in ipairs(rows) do
    if verdicts.exit(row.verdict, row.code) == 1 then
      self.failures = self.failures + 1
    end
  end
  if self.max_fail and self.failures > self.max_fail then
    local why = ("%d targets failed or are still active, more than max_fail allows (%d)"):format(self.failures, self.max_fail)
    self.on_stop("max_fail", why)
  end
end

-- The rows without those that others have concluded, in a farm: these do not count here.
local function without(self, rows, refused)
  local kept = {}
  for i, row in ipairs(rows) do
    if refused[i] then
      self.rows[row.item] = nil
    else
      kept[#kept + 1] = row
    end
  end
  return kept
end

-- Whether rows may be told of: in a farm only those that were taken, as another host may give other verdicts instead.
local function may_tell(self, fine)
  return self.on_result and (fine or not self.coordinator.is_shared)
end

--- Adds rows, which are final. Where no function is told of them, they are on disk with the next record: a later run finds again those
-- that are lost.
-- @tparam {table,...} rows
-- @tparam {table,...} over the items whose rows they are
function recorder:conclude(rows, over)
  local records = {}
  for i, row in ipairs(rows) do
    self.rows[row.item] = row
    records[i] = { event = "verdict", item = row.item, row = row }
  end
  local fine, refused = not self.broken, nil
  if fine then
    fine, refused = self.coordinator:conclude(over, records, self.on_result ~= nil)
    taken(self, fine, refused)
  end
  rows = fine and type(refused) == "table" and without(self, rows, refused) or rows
  count_failures(self, rows)
  for _, row in ipairs(may_tell(self, fine) and rows or {}) do
    self.on_result(row)
  end
end

--- Notes that a system stopped, or all of them.
function recorder:note_stop(system, code, why)
  self.stops[#self.stops + 1] = { system = system, code = code, why = why }
  local record = { event = "stop", system = system, code = code, why = why }
  if not self.broken and taken(self, self.coordinator:stop(code, record)) then
    count(self, record)
  end
end

--- Notes a stop that another process has recorded.
function recorder:note_stop_of_others(system, code, why)
  self.stops[#self.stops + 1] = { system = system, code = code, why = why }
end

--- Closes the journal, with the end of the run as its last record.
-- @tparam table result gets the journal's head
function recorder:close(result)
  self.coordinator:finish({ event = "end", at = result.ended, totals = result.totals, exit = result.exit }, function(record)
    return self:record(record)
  end, result)
end

return recorder
