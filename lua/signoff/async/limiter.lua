-- SPDX-License-Identifier: MIT

--- Limits how many calls of a client run at once, and how fast changes start. A task that is over the limit waits.
--
-- A gate is a client's limits, or those that all other clients share. Reads share its places only, and pass changes that
-- the pacing holds back.
-- @module signoff.async.limiter

local core = require "signoff.core"
local rate_limit = require "signoff.policy.rate_limit"
local queue = require "signoff.async.queue"

local limiter = {}
limiter.__index = limiter

-- `taken` by calls on their way, `promised` to tasks that are about to send theirs.
local function places(most)
  return { most = most, taken = 0, promised = 0 }
end

local peek, pop, push, size = queue.peek, queue.pop, queue.push, queue.size

local function are_free(some)
  return some.taken + some.promised < some.most
end

local function gate(some_places)
  return { places = some_places, reads = queue.new(), changes = queue.new() }
end

--- @tparam table env whose `now` counts
-- @tparam number most calls on their way, of all clients without a limit of their own
-- @tparam function wake `wake(task)`: its turn has come
function limiter.new(env, most, wake)
  local shared = gate(places(most))
  return setmetatable({
    env = env, wake = wake, shared = shared, by_client = setmetatable({}, { __mode = "k" }), busy = {},
  }, limiter)
end

--- Sets a client's limits.
-- @param client a client
-- @tparam table limits `concurrency`, `per_minute`, `per_second`: nil for none
function limiter:limit(client, limits)
  local own = self.by_client[client] or gate(self.shared.places)
  self.by_client[client] = own
  if limits.concurrency and own.places ~= self.shared.places then
    own.places.most = limits.concurrency
  else
    own.places = limits.concurrency and places(limits.concurrency) or self.shared.places
  end
  own.pace = (limits.per_minute or limits.per_second)
    and rate_limit.new(self.env, { per_minute = limits.per_minute, per_second = limits.per_second })
end

local function is_change(client, operation)
  return core.facts[client:kind()].operations[operation].changes
end

--- Lets a call through now, or has its task wait.
-- @tparam table task
-- @param client a client
-- @tparam string operation
-- @treturn boolean whether it is let through; otherwise `wake` says so, and `task.place` is what was promised
function limiter:pass(task, client, operation)
  local own = self.by_client[client] or self.shared
  local paced = own.pace and is_change(client, operation)
  local line = paced and own.changes or own.reads
  task.place = own.places
  if size(line) == 0 and are_free(own.places) and (not paced or own.pace:try() == 0) then
    return true
  end
  task.line = line
  push(line, task)
  if not own.busy then
    own.busy = true
    table.insert(self.busy, own)
  end
  return false
end

--- Takes a place that is perhaps not free.
-- @treturn number seconds that the pacing holds the call back
function limiter:hold_back(task, client, operation)
  local own = self.by_client[client] or self.shared
  task.place = own.places
  return own.pace and is_change(client, operation) and own.pace:try() or 0
end

--- The task waits no longer: it is let through, was cancelled, or its time is over.
function limiter.leave(task)
  task.line = false
  if task.promised then
    task.promised = false
    task.place.promised = task.place.promised - 1
  end
end

--- The call of a task that was let through is on its way.
function limiter.depart(task)
  local place = task.place
  place.taken = place.taken + 1
end

--- It is back.
-- @tparam table place the task's
function limiter.landed(place)
  place.taken = place.taken - 1
end

-- The next that still waits there.
local function first_of(line)
  local task = peek(line)
  while task and task.line ~= line do
    pop(line)
    task = peek(line)
  end
  return task
end

local function promise(self, own, task)
  local some = own.places
  pop(task.line)
  task.line, task.promised, task.place = false, true, some
  some.promised = some.promised + 1
  self.wake(task)
  return true
end

-- Lets through one of those that wait at a gate.
-- @treturn boolean whether it did
local function admit_one(self, own)
  local change, read = first_of(own.changes), first_of(own.reads)
  own.due = nil
  if not (change or read) or not are_free(own.places) then
    return false
  end
  local left = change and (own.pace and own.pace:try() or 0)
  if left == 0 then
    return promise(self, own, change)
  end
  own.due = change and self.env.now() + left
  return read ~= nil and promise(self, own, read)
end

--- Lets through all whose turn has come, one of each gate after the other.
function limiter:admit()
  local any = #self.busy > 0
  while any do
    any = false
    for i = #self.busy, 1, -1 do
      local own = self.busy[i]
      any = admit_one(self, own) or any
      if size(own.changes) == 0 and size(own.reads) == 0 then
        own.busy = nil
        table.remove(self.busy, i)
      end
    end
  end
end

--- Whether any task waits here.
function limiter:are_crowded()
  return #self.busy > 0
end

--- When the pacing lets the next one through; nil where it holds nobody back.
function limiter:due()
  local first
  for _, own in ipairs(self.busy) do
    first = own.due and math.min(own.due, first or own.due) or first
  end
  return first
end

return limiter
