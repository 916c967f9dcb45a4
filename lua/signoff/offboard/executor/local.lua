-- SPDX-License-Identifier: MIT

--- The coordinator of a run on one host: hands out the items of its list, and writes records to a journal file, if there is one. Nobody
-- else works on the run, so that every act is granted which the journal took.
--
-- `signoff.offboard.executor.farm` is the coordinator of a run that several hosts share. Both have the same methods; those of a share
-- concern one system.
-- @module signoff.offboard.executor.local

local core = require "signoff.core"
local items = require "signoff.offboard.executor.items"

local coordinator = {}
coordinator.__index = coordinator

local share = {}
share.__index = share

-- The items that are to be done, by system.
local function lists_of(parts)
  local lists = {}
  for _, plan in ipairs(parts.plan.items) do
    lists[plan.system] = lists[plan.system] or {}
  end
  for _, plan in ipairs(items.untouched(parts.plan.items, parts)) do
    table.insert(lists[plan.system], plan)
  end
  return lists
end

--- @tparam table parts `plan`, `journal` (nil: in memory), and of an earlier run `rows`, `children`, `last`, `taken_up` (by number),
-- `begun` and `settled` (lists by system, see `signoff.offboard.executor.restore`)
function coordinator.new(parts)
  return setmetatable({
    journal = parts.journal, parts = parts, last = parts.last or #parts.plan.items,
  }, coordinator)
end

--- The number of one more item.
function coordinator:next_number()
  self.last = self.last + 1
  return self.last
end

-- Records

--- Writes records, on disk if that is asked for.
-- @tparam {table,...} records
-- @tparam boolean synced
-- @treturn ?boolean true; nil and a message when nothing more can be written
function coordinator:write(records, synced)
  for _, record in ipairs(self.journal and records or {}) do
    record.at = record.at or core.time()
    local fine, message = self.journal:write(record)
    if not fine then
      return nil, message
    end
  end
  if self.journal and synced then
    return self.journal:sync()
  end
  return true
end

--- Records the verdicts of items.
-- @tparam {table,...} _ the items
-- @tparam {table,...} records
-- @tparam boolean synced
-- @treturn ?boolean true; nil and a message where they were not taken
function coordinator:conclude(_, records, synced)
  return self:write(records, synced)
end

--- Records that a system stopped, or all of them.
function coordinator:stop(_, record)
  return self:write({ record }, true)
end

--- Ends the run: `record` is its last one.
-- @tparam table record
-- @tparam function write writes it
-- @tparam table result gets the journal's head
function coordinator:finish(record, write, result)
  if self.journal then
    write(record)
    result.journal_head = self.journal:head()
    self:close()
  end
end

--- Closes the journal. Closing twice is harmless.
function coordinator:close()
  if self.journal then
    self.journal:close()
  end
end

--- Begins to work.
function coordinator.open() end

--- The rows of all of the run; nil where those of this process are all.
function coordinator.rows() end

-- One system

--- The share of a system that this process works on; nil where the plan has nothing of it.
-- @tparam table entry of the system
function coordinator:share(entry)
  self.lists = self.lists or lists_of(self.parts)
  local list, parts = self.lists[entry.name], self.parts
  return list and setmetatable({
    coordinator = self, list = list, next = 1, begun = (parts.begun or {})[entry.name] or {},
    settled = (parts.settled or {})[entry.name] or {},
  }, share)
end

--- Begins to hand out items.
function share.open() end

--- Ends that.
function share.end_claims() end

--- Gives back what was not done.
function share.close() end

--- Adds to an item what is known of it.
function share.annotate() end

--- Whether something may begin now.
function share.may_begin()
  return true
end

--- Gives items back that this process does not go on with: a later run takes them up.
function share.give_back() end

--- How many items nobody has taken yet.
function share:left()
  return #self.list - self.next + 1
end

--- Whether `take` has something now.
function share:has_items()
  return self.next <= #self.list
end

--- Takes items.
-- @tparam number count at most
-- @treturn {table,...} the plan's items
function share:take(count)
  local list = {}
  while #list < count and self.next <= #self.list do
    list[#list + 1] = self.list[self.next]
    self.next = self.next + 1
  end
  return list
end

--- Whether nobody will have another item of this system.
function share:is_exhausted()
  return self.next > #self.list
end

--- Asks whether an act may begin, and records its intent.
-- @tparam {table,...} _ entries of the act: `item`, `id`
-- @tparam table record
-- @treturn ?table a grant; nil and a message where the record was not taken
function share:begin_act(_, record)
  local fine, message = self.coordinator:write({ record }, true)
  return fine and {} or nil, message
end

--- Whether a grant is young enough to send the act.
function share.may_send()
  return true
end

--- Records what came of an act.
-- @tparam table _ its grant
-- @tparam table record
-- @treturn ?boolean true; nil and a message where it was not taken
function share:end_act(_, record)
  return self.coordinator:write({ record }, true)
end

return coordinator
