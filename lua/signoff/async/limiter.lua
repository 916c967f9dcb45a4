-- SPDX-License-Identifier: MIT

--- Limits how many calls of a client run at once, and how fast changes start. A task that is over the limit waits.
--
-- A limit is that of one client, or the one that all other clients share. Reads need a slot only, and overtake changes that the
-- rate holds back. A task that is let through has a slot, and for a change its place in the rate, until its call is on its way; it gives
-- both back where it waits for anything else before that, or makes another call.
-- @module signoff.async.limiter

local core = require "signoff.core"
local rate_limit = require "signoff.policy.rate_limit"
local queue = require "signoff.async.queue"

local limiter = {}
limiter.__index = limiter

-- `taken` by calls on their way, `reserved` for tasks that are about to send theirs.
local function new_slots(most)
  return { most = most, taken = 0, reserved = 0 }
end

local peek, pop, push, size = queue.peek, queue.pop, queue.push, queue.size

local function has_free(slots)
  return slots.taken + slots.reserved < slots.most
end

local function new_limit(slots)
  return { slots = slots, reads = queue.new(), changes = queue.new() }
end

--- Makes a limiter.
-- @tparam table env whose `now` counts
-- @tparam number most calls on their way, of all clients without a limit of their own
-- @tparam function wake `wake(task)`: a slot is reserved for it
function limiter.new(env, most, wake)
  local shared = new_limit(new_slots(most))
  return setmetatable({
    env = env, wake = wake, shared = shared, by_client = setmetatable({}, { __mode = "k" }), waiting = {},
  }, limiter)
end

--- Sets a client's limits.
-- @param client a client
-- @tparam table limits `concurrency`, `per_minute`, `per_second`: nil for none
function limiter:limit(client, limits)
  local own = self.by_client[client] or new_limit(self.shared.slots)
  self.by_client[client] = own
  if limits.concurrency and own.slots ~= self.shared.slots then
    own.slots.most = limits.concurrency
  else
    own.slots = limits.concurrency and new_slots(limits.concurrency) or self.shared.slots
  end
  own.rate = (limits.per_minute or limits.per_second)
    and rate_limit.new(self.env, { per_minute = limits.per_minute, per_second = limits.per_second })
end

local numbers = 0 -- of all that were let through

-- Lets a task through; `rate`: the one that a change has started in.
local function hold(task, slots, rate)
  numbers = numbers + 1
  task.line, task.reserved, task.slots = false, numbers, slots
  slots.reserved = slots.reserved + 1
  task.rate, task.start = rate, rate and rate.free
end

local function is_change(client, operation)
  return core.facts[client:kind()].operations[operation].changes
end

--- Lets a call through now, or enters its task among those that wait.
-- @tparam table task
-- @param client a client
-- @tparam string operation
-- @treturn boolean whether it is let through; otherwise `wake` says so later
function limiter:try(task, client, operation)
  local own = self.by_client[client] or self.shared
  local limited = own.rate and is_change(client, operation) and own.rate
  local line = limited and own.changes or own.reads
  if size(line) == 0 and has_free(own.slots) and (not limited or own.rate:try() == 0) then
    hold(task, own.slots, limited)
    return true
  end
  task.line = line
  push(line, task)
  if not own.waits then
    own.waits = true
    table.insert(self.waiting, own)
  end
  return false
end

local function leave(task)
  task.reserved = false
  task.slots.reserved = task.slots.reserved - 1
end

--- Ends a task's waiting, and gives back what it has if it was let through: its call is not sent, or not yet.
function limiter.withdraw(task)
  task.line = false
  if task.reserved then
    leave(task)
    if task.rate then
      task.rate:give_back(task.start)
    end
  end
end

--- Takes the slot of a task that was let through: its call is on its way.
function limiter.acquire(task)
  if task.reserved then
    leave(task)
  end
  local slots = task.slots
  slots.taken = slots.taken + 1
end

--- Gives a slot back: the call has come back.
-- @tparam table slots the task's
function limiter.release(slots)
  slots.taken = slots.taken - 1
end

-- The next task that still waits at a limit.
local function first_of(line)
  local task = peek(line)
  while task and task.line ~= line do
    pop(line)
    task = peek(line)
  end
  return task
end

local function let_through(self, own, task, rate)
  pop(task.line)
  hold(task, own.slots, rate)
  self.wake(task)
  return true
end

-- Lets through one of the tasks that wait at a limit.
-- @treturn boolean whether it did
local function admit_one(self, own)
  local change, read = first_of(own.changes), first_of(own.reads)
  own.due = nil
  if not (change or read) or not has_free(own.slots) then
    return false
  end
  local left = change and (own.rate and own.rate:try() or 0)
  if left == 0 then
    return let_through(self, own, change, own.rate)
  end
  own.due = change and self.env.now() + left
  return read ~= nil and let_through(self, own, read)
end

--- Lets through all that the limits allow now, one of each limit after the other.
function limiter:admit()
  local any = #self.waiting > 0
  while any do
    any = false
    for i = #self.waiting, 1, -1 do
      local own = self.waiting[i]
      any = admit_one(self, own) or any
      if size(own.changes) == 0 and size(own.reads) == 0 then
        own.waits = nil
        table.remove(self.waiting, i)
      end
    end
  end
end

--- Whether any task waits here.
function limiter:has_waiters()
  return #self.waiting > 0
end

--- When a rate lets the next change start; nil where it delays none.
function limiter:due()
  local first
  for _, own in ipairs(self.waiting) do
    first = own.due and math.min(own.due, first or own.due) or first
  end
  return first
end

return limiter
