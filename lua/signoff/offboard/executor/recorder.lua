-- SPDX-License-Identifier: MIT

--- Records a run: each intent, result and stop is in the journal, on disk, before anything follows from it; and the rows of the targets
-- that have a verdict. Without the journal nothing may go on: it would be lost.
-- @module signoff.offboard.executor.recorder

local core = require "signoff.core"
local json = require "signoff.json"
local Standing = require "signoff.offboard.executor.standing"
local verdicts = require "signoff.signout.verdict"

local recorder = {}
recorder.__index = recorder

--- @tparam table parts `plan`, `journal` (nil: in memory), `max_fail` (a number), `on_result`, and of an earlier run `rows`,
-- `children`, `last`, `acted`, `first_act`
-- @tparam function on_stop `on_stop(code, why, at_once)`: nothing may go on
function recorder.new(parts, on_stop)
  return setmetatable({
    journal = parts.journal, max_fail = parts.max_fail, on_result = parts.on_result, on_stop = on_stop, rows = parts.rows or {},
    children = parts.children or {}, last = parts.last or #parts.plan.items, acted = parts.acted or Standing.new(),
    stops = json.list {}, failures = 0, first_act = parts.first_act,
  }, recorder)
end

--- The number of one more item.
function recorder:next_number()
  self.last = self.last + 1
  return self.last
end

--- Adds the targets that an item was found to be, or further ones.
function recorder:extend(plan, list)
  local children = self.children[plan.n] or {}
  self.children[plan.n] = children
  for _, child in ipairs(list) do
    children[#children + 1] = child
  end
end

local function journal_failed(self, message)
  if not self.broken then
    self.broken = message
    self.on_stop("journal", "the journal cannot be written: " .. message, true)
  end
  return false
end

-- Writes records, on disk if that is asked for.
local function write(self, records, synced)
  if self.broken then
    return false
  end
  for _, record in ipairs(self.journal and records or {}) do
    record.at = record.at or core.time()
    local fine, message = self.journal:write(record)
    if not fine then
      return journal_failed(self, message)
    end
  end
  local fine, message = true, nil
  if self.journal and synced then
    fine, message = self.journal:sync()
  end
  return fine or journal_failed(self, message)
end

--- Writes a record, and returns true when it is on disk.
-- @tparam table record
-- @treturn boolean
function recorder:record(record)
  local fine = write(self, { record }, true)
  if fine then
    self.first_act = self.first_act or record.event == "intent" and core.time() or nil
    self.acted:take(record)
  end
  return fine
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

--- Adds rows, which are final. Where no function is told of them, they are on disk with the next record: a later run finds again those
-- that are lost.
-- @tparam {table,...} rows
function recorder:conclude(rows)
  local records = {}
  for i, row in ipairs(rows) do
    self.rows[row.item] = row
    records[i] = { event = "verdict", item = row.item, row = row }
  end
  write(self, records, self.on_result ~= nil)
  count_failures(self, rows)
  for _, row in ipairs(self.on_result and rows or {}) do
    self.on_result(row)
  end
end

--- Notes that a system stopped, or all of them.
function recorder:note_stop(system, code, why)
  self.stops[#self.stops + 1] = { system = system, code = code, why = why }
  self:record { event = "stop", system = system, code = code, why = why }
end

--- Closes the journal, with the end of the run as its last record.
-- @tparam table result gets the journal's head
function recorder:close(result)
  if self.journal then
    self:record { event = "end", at = result.ended, totals = result.totals, exit = result.exit }
    result.journal_head = self.journal:head()
    self.journal:close()
  end
end

return recorder
