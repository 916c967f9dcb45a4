-- SPDX-License-Identifier: MIT

--- Resumes the tasks that can go on, round by round, and steps the engine between rounds. `self` is always the scheduler.
--
-- A task waits by giving up its turn: it notes who is to wake it, and yields `turns.WAIT`. A task that waits on top of others
-- gives turns to them itself: then what has its turn may give others theirs, and less is left than there was.
-- @module signoff.async.rounds

local core = require "signoff.core"
local deadline = require "signoff.async.deadline"
local failures = require "signoff.async.task_failures"
local limiter = require "signoff.async.limiter"
local coroutines = require "signoff.async.coroutine"
local queue = require "signoff.async.queue"
local tasks = require "signoff.async.tasks"

local rounds = {}

--- What a task yields when it waits; anything else only gives others a turn.
rounds.WAIT = {}

local WAIT = rounds.WAIT
local ROUND = 64 -- turns before the engine has its own
local LONGEST_STEP = 3600 -- seconds
local CANCELLED = tasks.CANCELLED

local now = core.now
local resume, status = coroutine.resume, coroutine.status
local current, whose = deadline.current, tasks.whose
local finish, packed, wake = tasks.finish, tasks.packed, tasks.wake
local landed = limiter.landed
local pop, push, size = queue.pop, queue.push, queue.size
local huge, min = math.huge, math.min
local unpack = table.unpack or unpack -- luacheck: ignore 143 (by version)

-- One turn

-- What became of it. `before` and `ends`: whose turn it was before, and its deadline.
local function has_run(self, task, before, ends, fine, ...)
  task.ends, current.ends, whose.turn = current.ends, ends, before
  local sign, thread = (...), task.thread
  if task.killed then
    return coroutines.close(thread)
  elseif rawequal(sign, WAIT) then
    return -- and is woken by somebody
  end
  tasks.settle(self, task)
  if status(thread) ~= "dead" then
    push(self.ready, task)
  elseif fine then
    local results = packed(...)
    task.thread = false -- soon another's
    finish(self, task, true, results)
    self.spares:give(thread)
  else
    local message = task.cancelled and sign == CANCELLED and CANCELLED or failures.trace(thread, sign)
    coroutines.close(thread)
    finish(self, task, false, packed(message))
  end
end

local function give_turn(self, task, ...)
  local before, ends = whose.turn, current.ends
  whose.turn, current.ends = task, task.ends
  has_run(self, task, before, ends, resume(task.thread, ...))
end

-- The coroutine is made late: of many tasks most wait for their first turn, and it is what takes memory.
local function give_first_turn(self, task)
  local arguments, made, thread = task.arguments, self.spares:take(task.f)
  if not made then -- memory ran out
    return finish(self, task, false, packed(thread))
  end
  task.thread, task.f, task.arguments = thread, false, false
  give_turn(self, task, unpack(arguments, 1, arguments.n))
end

local function take_turn(self, task)
  if not task or task.done then
    return -- somebody else had it, or its group has ended
  elseif task.thread then
    give_turn(self, task)
  elseif task.cancelled then
    finish(self, task, false, packed(CANCELLED))
  else
    give_first_turn(self, task)
  end
end

-- Turns of several, until that has come which `waiter` waits for, if there is one: `turn` was its own when it began to.

-- Of those for whom that has come which they waited for.
local function serve(self, waiter, turn)
  local left = min(size(self.woken), ROUND)
  while left > 0 and not (waiter and waiter.turn ~= turn) do
    take_turn(self, pop(self.woken))
    left = left - 1
  end
end

-- Of those that only gave others theirs, and those that have not begun. Where calls wait for their places already, that of a
-- task which begins would only wait too, and the task hold memory: of those there is one a round, until nothing else is to be
-- done.
local function go_on(self, waiter, turn)
  local left = min(size(self.ready), ROUND)
  while left > 0 and not (waiter and waiter.turn ~= turn) do
    local task = pop(self.ready)
    local begins = task and not (task.thread or task.done or task.cancelled)
    take_turn(self, task)
    left = begins and not self.idle and self.limiter:are_crowded() and 0 or left - 1
  end
end

-- What wakes tasks

local function wake_sleepers(self)
  local time = now()
  local due, task, turn = self.sleepers:first()
  while due and (due <= time or task.turn ~= turn or task.done) do
    self.sleepers:pop()
    wake(task, turn, due > 0 and self.woken or self.ready)
    due, task, turn = self.sleepers:first()
  end
  if self.stale > 64 and self.stale > self.sleepers.count / 2 then
    self.stale = 0
    self.sleepers:filter(function(sleeper, mark)
      return sleeper.turn == mark and not sleeper.done
    end)
  end
end

local function hand_over(self, id, task)
  self.flying[id] = nil
  self.in_flight = self.in_flight - 1
  landed(task.place)
  if task.killed and task.left then
    pcall(task.left, task.call, task.about)
  end
  wake(task, task.turn, self.woken)
end

--- Hands over what has come back. A call that nobody waits for is one for whose task there was no memory in `flying`.
function rounds.land(self)
  local id = self.engine:finished()
  self.idle = not id
  while id do
    local task = self.flying[id]
    if task then
      hand_over(self, id, task)
    end
    id = self.engine:finished()
  end
end

-- How long nothing can happen but what the engine brings; nil when nothing ever will.
local function idle_seconds(self, giving)
  if giving and (size(self.woken) > 0 or size(self.ready) > 0) then
    return 0
  end
  local due = min(self.sleepers:first() or huge, self.limiter:due() or huge, self.failures:due())
  if due < huge then
    return math.max(0, min(due - now(), LONGEST_STEP))
  end
  return self.in_flight > 0 and LONGEST_STEP or nil
end

--- Gives some tasks that are ready their rounds, then waits for what makes others ready; unless what `waiter` waits for has come.
-- @tparam boolean giving false: nobody has a turn
-- @tparam[opt] table waiter
-- @tparam[opt] number turn the waiter's own when it began to wait
-- @treturn boolean false when nothing will, ever
function rounds.round(self, giving, waiter, turn)
  wake_sleepers(self)
  self.limiter:admit()
  if giving then
    serve(self, waiter, turn)
    go_on(self, waiter, turn)
  end
  self.failures:check(self)
  self.limiter:admit() -- in places that were promised, and given back
  if self.live == 0 or (waiter and (waiter.turn ~= turn or waiter.killed)) then
    return true
  end
  local seconds = idle_seconds(self, giving)
  if seconds then
    self.engine:step(seconds)
    rounds.land(self)
  end
  return seconds ~= nil
end

return rounds
