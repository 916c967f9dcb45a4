-- SPDX-License-Identifier: MIT

--- Tasks that take turns, on an engine that this thread steps. `signoff.loop` is its face for scripts.
--
-- A task waits by giving up its turn: it notes who is to wake it, and parks. A coroutine that a script makes inside a task
-- cannot give up the task's turn: while it waits, the others have theirs on top of it.
-- @module signoff.scheduler

local core = require "signoff.core"
local deadline = require "signoff.deadline"
local failures = require "signoff.task_failures"
local gates = require "signoff.gates"
local heap = require "signoff.heap"
local passing = require "signoff.passing"
local queue = require "signoff.queue"
local spares = require "signoff.spares"

local scheduler = {}
scheduler.__index = scheduler

local now = core.now
local resume, running, status, yield = coroutine.resume, coroutine.running, coroutine.status, coroutine.yield
local current = deadline.current
local unpack = table.unpack or unpack -- luacheck: ignore 143 (by version)
local min = math.min
local pop, push, size = queue.pop, queue.push, queue.size
local depart, landed = gates.depart, gates.landed
local launch, next_landed = core.launch, core.landed

local MOST = 1024 -- requests on their way that the engine is made for
local LONGEST_STEP = 3600 -- seconds
local DEEPEST = 8 -- tasks that take their turns on top of one another
local ROUND = 64 -- turns before the engine has its own
local NOTHING = { n = 0 } -- arguments, or results, where there are none
local WAIT = {} -- what a task yields when it waits; anything else only gives others a turn

local CANCELLED = "signoff: the task was cancelled"
local ENDED = "signoff: the loop of this task has ended"

local active -- the task whose turn it is

--- Arguments, or results, as a table.
function scheduler.packed(...)
  local count = select("#", ...)
  return count > 0 and { n = count, ... } or NOTHING
end

local packed = scheduler.packed

--- The task whose turn it is, and its scheduler; nil outside of tasks.
function scheduler.active()
  return active, active and active.group.scheduler
end

-- Waking

-- `turn` is that of the waiting that is meant: a task may wait for something else by now. `line`: where it waits for its turn.
local function wake(task, turn, line)
  if task.turn ~= turn or task.done or not task.waiting then
    return
  end
  task.turn, task.waiting = turn + 1, false
  if not task.nested then
    push(line, task)
  end
end

--- @tparam number concurrency calls on their way at once
function scheduler.new(concurrency)
  local self = setmetatable({
    engine = core.engine(MOST), woken = queue.new(), ready = queue.new(), sleepers = heap.new(), stale = 0, flying = {},
    spares = spares.new(), in_flight = 0, idle = true, failures = failures.new(), groups = {}, last_id = 0, live = 0, depth = 0,
  }, scheduler)
  self.gates = gates.new({ now = now }, concurrency, function(task)
    wake(task, task.turn, self.woken)
  end)
  return self
end

-- Giving up: an error ended a task's waiting. What it waited for may come yet, and is not for what it waits for next.

-- Nobody waits for the call any more; it keeps its place until it is back.
local function leave_call(self, task)
  for id, other in pairs(self.flying) do
    if other == task then
      self.flying[id] = {
        turn = 0, done = true, killed = true, place = task.place, call = task.call, left = task.left, about = task.about,
      }
    end
  end
  core.recall(task.call)
  task.call, task.left, task.about = false, nil, nil
end

local function give_up(self, task)
  task.turn, task.waiting = task.turn + 1, false
  gates.leave(task)
  if task.owns then
    self:fail(task.owns, ENDED)
  end
  if task.call then
    leave_call(self, task)
  end
end

-- A task that has its turn, and waits: Lua 5.1 raised where it could not yield.
local function settle(self, task)
  if task.waiting then
    give_up(self, task)
  end
end

-- Groups: the tasks that end together

--- @tparam[opt] table owner the task that waits for its end
function scheduler:new_group(owner)
  local group = { scheduler = self, tasks = {}, live = 0, owner = owner }
  if owner then
    settle(self, owner)
    owner.owns = group
  end
  self.groups[group] = true
  return group
end

local function end_group(self, group)
  group.over = true
  self.groups[group] = nil
  local owner = group.owner
  if owner then
    owner.owns = nil
    wake(owner, owner.turn, self.woken)
  end
end

-- Nobody resumes it again.
local function abandon(self, task)
  task.done, task.killed = true, true
  self.live = self.live - 1
  gates.leave(task)
  if task.call then
    core.recall(task.call)
  end
  if task.owns then
    self:fail(task.owns, ENDED)
  end
  if task.thread and status(task.thread) == "suspended" then
    local before = active
    active = nil
    passing.close(task.thread)
    active = before
  end
end

--- Ends a group with an error: none of its tasks has another turn, and their calls are cancelled.
function scheduler:fail(group, message)
  if group.over then
    return
  end
  group.failed, group.message = true, message
  local tasks = group.tasks
  group.tasks, group.live = {}, 0
  end_group(self, group)
  for _, task in ipairs(tasks) do
    abandon(self, task)
  end
end

local function add_task(group, task)
  local count = group.live + 1
  task.at = count
  group.tasks[count] = task -- the memory for it may not be there
  group.live = count
end

local function remove_task(group, task)
  local last = group.tasks[group.live]
  group.tasks[task.at], last.at = last, task.at
  group.tasks[group.live] = nil
  group.live = group.live - 1
end

-- Turns

local function finish_group(self, group)
  local failed, message = self.failures:of_group(group)
  if failed then
    self:fail(group, message)
  else
    end_group(self, group)
  end
end

local function tell_failure(self, task, group)
  local message = task.results[1]
  if group.main == task or task.detached then
    self:fail(group, message)
  elseif not (task.cancelled and message == CANCELLED) then
    self.failures:add(task)
  end
end

local function wake_joiners(self, task)
  for _, joiner in ipairs(task.joiners) do
    task.joined = true -- or the joiner takes that back
    wake(joiner.task, joiner.turn, self.woken)
  end
  task.joiners = nil
end

local function finish(self, task, fine)
  local group = task.group
  task.done, task.fine = true, fine
  remove_task(group, task)
  self.live = self.live - 1
  gates.leave(task)
  if task.joiners then
    wake_joiners(self, task)
  end
  if not fine then
    tell_failure(self, task, group)
  end
  if group.live == 0 and not group.over then
    finish_group(self, group)
  end
end

local function finish_failed(self, task, message)
  task.results = { n = 1, message }
  finish(self, task, false)
end

-- What became of a turn. `before` and `ends`: whose turn it was before, and its deadline.
local function has_run(self, task, before, ends, fine, ...)
  task.ends, current.ends, active = current.ends, ends, before
  local sign, thread = (...), task.thread
  if task.killed then
    return passing.close(thread)
  elseif rawequal(sign, WAIT) then
    return -- and is woken by somebody
  end
  settle(self, task)
  if status(thread) ~= "dead" then
    push(self.ready, task)
  elseif fine then
    task.results, task.thread = packed(...), false
    self.spares:give(thread)
    finish(self, task, true)
  else
    local message = task.cancelled and sign == CANCELLED and CANCELLED or failures.trace(thread, sign)
    passing.close(thread)
    finish_failed(self, task, message)
  end
end

local function give_turn(self, task, ...)
  local before, ends = active, current.ends
  active, current.ends = task, task.ends
  has_run(self, task, before, ends, resume(task.thread, ...))
end

-- The coroutine is made late: of many tasks most wait for their first turn, and it is what takes memory.
local function give_first_turn(self, task)
  local arguments, made, thread = task.arguments, self.spares:take(task.f)
  if not made then -- memory ran out
    return finish_failed(self, task, thread)
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
    finish_failed(self, task, CANCELLED)
  else
    give_first_turn(self, task)
  end
end

-- Where a task waits on top of others, `turn` was its own when it began to: what it waits for has come when that has changed.
-- What has its turn may give others theirs, on top of its own: then less is left than there was.

-- Turns for those for whom that has come which they waited for.
local function serve(self, waiter, turn)
  local left = min(size(self.woken), ROUND)
  while left > 0 and not (waiter and waiter.turn ~= turn) do
    take_turn(self, pop(self.woken))
    left = left - 1
  end
end

-- Turns for those that only gave others theirs, and those that have not begun. Where calls wait for their places already, that
-- of a task which begins would only wait too, and the task hold memory: of those there is one a round, until nothing else is
-- to be done.
local function go_on(self, waiter, turn)
  local left = min(size(self.ready), ROUND)
  while left > 0 and not (waiter and waiter.turn ~= turn) do
    local task = pop(self.ready)
    local begins = task and not (task.thread or task.done or task.cancelled)
    take_turn(self, task)
    left = begins and not self.idle and self.gates:are_crowded() and 0 or left - 1
  end
end

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

-- A call that nobody waits for is one for whose task there was no memory in `flying`.
local function land(self)
  local id = next_landed(self.engine)
  self.idle = not id
  while id do
    local task = self.flying[id]
    if task then
      hand_over(self, id, task)
    end
    id = next_landed(self.engine)
  end
end

-- How long nothing can happen but what the engine brings; nil when nothing ever will.
local function idle_seconds(self, giving_turns)
  if giving_turns and (size(self.woken) > 0 or size(self.ready) > 0) then
    return 0
  end
  local due, gates_due = self.sleepers:first(), self.gates:due()
  due = math.min(due or math.huge, gates_due or math.huge, self.failures:due())
  if due < math.huge then
    return math.max(0, math.min(due - now(), LONGEST_STEP))
  end
  return self.in_flight > 0 and LONGEST_STEP or nil
end

-- Gives some tasks that are ready their turns, then waits for what makes others ready; unless what `waiter` waits for has come.
-- @treturn boolean false when nothing will, ever
local function turn_round(self, giving_turns, waiter, turn)
  wake_sleepers(self)
  self.gates:admit()
  if giving_turns then
    serve(self, waiter, turn)
    go_on(self, waiter, turn)
  end
  self.failures:check(self)
  self.gates:admit() -- in places that were promised, and given back
  if self.live == 0 or (waiter and (waiter.turn ~= turn or waiter.killed)) then
    return true
  end
  local seconds = idle_seconds(self, giving_turns)
  if seconds then
    core.step(self.engine, seconds)
    land(self)
  end
  return seconds ~= nil
end

-- Gives the others their turns until what the task waits for has come.
-- @treturn boolean false when it never will
local function turn_others(self, task, turn)
  local possible = true
  while possible and task.turn == turn and not task.killed do
    possible = turn_round(self, self.depth <= DEEPEST, task, turn)
  end
  return possible
end

-- Waits where the task's turn cannot be given up.
local function park_on_top(self, task, turn)
  task.nested = true
  self.depth = self.depth + 1
  local fine, possible = pcall(turn_others, self, task, turn)
  self.depth = self.depth - 1
  task.nested = nil
  if fine and possible then
    task.waiting = false
    return
  end
  local message = fine and failures.deadlock(self.groups) or possible
  give_up(self, task)
  error(message, 0)
end

-- Waits until somebody wakes the task.
local function park(self, task)
  task.waiting = true
  if running() == task.thread or passing.reaches(task.thread) then
    yield(WAIT)
  else
    park_on_top(self, task, task.turn)
  end
  if task.killed then
    error(ENDED, 0)
  end
end

-- Raises in a task that must not wait any more. One that catches that and goes on keeps none of the others.
local function check_cancelled(task)
  settle(task.group.scheduler, task)
  if not (task.killed or task.cancelled) then
    return
  elseif passing.reaches(task.thread) then
    yield(not task.killed or WAIT)
  end
  error(task.killed and ENDED or CANCELLED, 0)
end

-- Tasks

--- Starts a task.
-- @tparam table group
-- @tparam function f
-- @tparam table arguments packed
-- @treturn table the task; whoever keeps it may join it
function scheduler:spawn(group, f, arguments)
  self.last_id = self.last_id + 1
  local task = {
    f = f, arguments = arguments, thread = false, group = group, id = self.last_id, turn = 0,
    ends = current.ends, waiting = false, done = false, at = 0, line = false, place = false, promised = false, call = false,
    results = false,
  } -- all that most tasks will have: a table that grows costs more than a call
  add_task(group, task)
  self.live = self.live + 1
  push(self.ready, task)
  return task
end

local function outcome(task)
  if task.fine then
    return unpack(task.results, 1, task.results.n)
  end
  task.joined = true
  error(task.results[1], 0)
end

local function wait_for(self, task)
  if active == task then
    core.raise "task:join: a task cannot wait for itself"
  end
  check_cancelled(active)
  task.joiners = task.joiners or {}
  table.insert(task.joiners, { task = active, turn = active.turn })
  park(self, active)
  if active.cancelled then
    task.joined = nil
    check_cancelled(active)
  end
end

--- Waits until the task has ended.
-- @return what it returned
-- @raise what it raised, with a traceback
function scheduler.join(task)
  local self = task.group.scheduler
  if not task.done then
    if not active or active.group.scheduler ~= self then
      core.raise "task:join: only another task of the same loop can wait for it"
    end
    wait_for(self, task)
  end
  if task.killed then
    error(ENDED, 0)
  end
  return outcome(task)
end

--- Ends the task's waiting: a call returns `"cancelled"`, anything else raises, and so does whatever would wait after it.
function scheduler.cancel(task)
  local self = task.group.scheduler
  if task.done or task.cancelled then
    return
  end
  task.cancelled = true
  if task.call then
    core.recall(task.call)
  elseif task.waiting then
    self.stale = self.stale + 1
    wake(task, task.turn, self.woken)
  end
end

-- Waiting

--- Waits for that many seconds. Outside of tasks it blocks.
function scheduler.sleep(seconds)
  local task = active
  if not task then
    return core.sleep(seconds)
  end
  check_cancelled(task)
  local self = task.group.scheduler
  self.sleepers:push(seconds > 0 and now() + seconds or 0, task, task.turn)
  park(self, task)
  check_cancelled(task)
end

-- When a call must be over, the waiting for its turn included: by its own option `deadline`, and those around it.
local function ends_of(...)
  local count = select("#", ...)
  local overrides = count > 0 and select(count, ...)
  local own = type(overrides) == "table" and overrides.deadline
  return math.min(current.ends, type(own) == "number" and now() + own or math.huge)
end

-- Where the tasks that are before it in the line have no turns, it cannot wait for them.
function scheduler:admit_on_top(task, client, operation)
  local began = now()
  gates.leave(task)
  local left = self.gates:hold_back(task, client, operation)
  while left > 0 do
    scheduler.sleep(left)
    left = self.gates:hold_back(task, client, operation)
  end
  return nil, now() - began
end

--- Waits until a call may be sent. Outside of tasks it may at once.
-- @param client a client
-- @tparam string operation
-- @param ... its arguments
-- @treturn ?string why it may not: `"timeout"`, `"cancelled"`
-- @treturn ?number seconds that were waited
function scheduler.admit(client, operation, ...)
  local task = active
  if not task then
    return
  elseif task.waiting or task.killed or task.cancelled then
    check_cancelled(task)
  end
  local self = task.group.scheduler
  if self.gates:pass(task, client, operation) then
    return
  elseif self.depth >= DEEPEST and not passing.reaches(task.thread) then
    return self:admit_on_top(task, client, operation)
  end
  local began, ends = now(), ends_of(...)
  if ends < math.huge then
    self.sleepers:push(ends, task, task.turn)
  end
  park(self, task)
  local over = task.cancelled and "cancelled" or (not task.promised and "timeout")
  gates.leave(task)
  self.stale = self.stale + (ends < math.huge and 1 or 0)
  return over or nil, now() - began
end

--- Brings the reply into the call, and gives the call. Outside of tasks it blocks.
-- @param call
-- @tparam[opt] function left `left(call, about)`: what to do with the call where nobody is left to read it
-- @param[opt] about
function scheduler.carry(call, left, about)
  local task = active
  if not task then
    return core.carry(call)
  end
  local self = task.group.scheduler
  local id = launch(call, self.engine)
  self.flying[id] = task
  depart(task)
  self.in_flight = self.in_flight + 1
  task.call = call
  if left then
    task.left, task.about = left, about
  end
  park(self, task)
  task.call = false
  if left then
    task.left, task.about = nil, nil
  end
  return call
end

--- Waits until a group has ended, in its owner.
-- @return what its first task returned
-- @raise the error that ended it
function scheduler:wait_for_group(group)
  park(self, group.owner)
  if not group.over then
    self:fail(group, CANCELLED)
    check_cancelled(group.owner)
  end
end

local function drive(self, group)
  while not group.over do
    if not turn_round(self, true) and not group.over then
      self:fail(group, failures.deadlock(self.groups))
    end
  end
end

--- Gives turns until the group has ended, then shuts the engine.
function scheduler:drive(group)
  local fine, message = pcall(drive, self, group)
  local untold = not fine and group.over
  if not fine then
    active = nil
    self:fail(group, message)
  end
  land(self) -- the calls of tasks that ended with the group
  core.shut(self.engine)
  if untold then
    error(message, 0)
  end
end

return scheduler
