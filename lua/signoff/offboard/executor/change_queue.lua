-- SPDX-License-Identifier: MIT

--- The changes that one system waits for until its rate allows them, in order. An entry is one act: `item`, `id` of the real target.
-- @module signoff.offboard.executor.change_queue

local machine = require "signoff.signout.state_machine"

local change_queue = {}
change_queue.__index = change_queue

--- @tparam ?number chunk targets that one request takes; nil where it takes one, and the answer to one act decides on the next
function change_queue.new(chunk)
  return setmetatable({ size = chunk or 1, chunked = chunk ~= nil, first = 1, last = 0 }, change_queue)
end

--- How many changes wait.
-- @treturn number
function change_queue:waiting()
  return self.last - self.first + 1
end

--- Adds what is due of an item: an act at each of its real targets if a request takes many, else at the next one.
-- @tparam table item
-- @tparam string id of the next one
function change_queue:add(item, id)
  local ids = self.chunked and machine.due_targets(item.state, item.context) or { id }
  item.queued, item.next_step = #ids, nil
  for _, each in ipairs(ids) do
    self.last = self.last + 1
    self[self.last] = { item = item, id = each }
  end
end

--- Notes that one act of an item is over, or will not be made. The last one gives the item's next step.
-- @tparam table entry
-- @tparam {table,...} done the items whose next step has come
-- @param step, a, b as `signoff.signout.state_machine` has them
function change_queue.finish(entry, done, step, a, b)
  local item = entry.item
  item.queued = item.queued - 1
  if step == "over" or not (item.next_step and item.next_step[1] == "over") then
    item.next_step = { step, a, b }
  end
  if item.queued == 0 then
    done[#done + 1] = item
  end
end

--- Takes the entries of one request. The observations of the others do not allow an act any more (rules A1 to A3).
-- @tparam number now by the clock of the observations
-- @tparam number wall the same in Unix seconds
-- @treturn {table,...} entries
-- @treturn {table,...} items where none is due any more, with their next steps
function change_queue:take(now, wall)
  local batch, done = {}, {}
  while #batch < self.size and self:waiting() > 0 do
    local entry = self[self.first]
    self[self.first], self.first = nil, self.first + 1
    local step, a, b = machine.may_act(entry.item.state, entry.id, entry.item.context, now, wall)
    if step == "act" then
      batch[#batch + 1] = entry
    else
      change_queue.finish(entry, done, step, a, b)
    end
  end
  return batch, done
end

--- Puts entries back that may not start yet: they are the first again.
-- @tparam {table,...} batch entries
function change_queue:put_back(batch)
  for i = #batch, 1, -1 do
    self.first = self.first - 1
    self[self.first] = batch[i]
  end
end

return change_queue
