-- SPDX-License-Identifier: MIT

--- Batches the reads of one system: as many targets a request as it takes. A batch is due when it is full, when nothing is left that
-- would fill it, or when its oldest target has waited long enough. A batch becomes a job `look` with a list of items; a job `flush`
-- stands for the time when a batch may be due.
-- @module signoff.offboard.executor.batcher

local heap = require "signoff.async.heap"
local queue = require "signoff.async.queue"
local slice = require("signoff.list").slice

local batcher = {}
batcher.__index = batcher

-- Items that are due in this part of `max_wait` are waited for when nothing else is.
local GATHERED = 0.1
-- Items that are due in the same part of a second are due together.
local GRAIN = 0.01

--- @tparam table jobs the queue of the system's jobs
-- @tparam function now
-- @tparam table question see `signoff.signout.observe`
-- @tparam number max_wait seconds that an item waits for others
function batcher.new(jobs, now, question, max_wait)
  return setmetatable({
    jobs = jobs, now = now, question = question, size = question.size, max_wait = max_wait, pending = queue.new(),
    scheduled = heap.new(), groups = { first = {}, others = {} },
  }, batcher)
end

-- Adds a look at those items for each request that it takes.
local function add_reads(self, list, due, rank)
  local size = math.max(math.min(self.size, #list), 1) -- Lua 5.1 cannot count in endless steps
  for first = 1, #list, size do
    self.jobs:add { kind = "look", target = slice(list, first, first + size - 1), due = due, rank = rank }
  end
end

--- Adds a first look at those items, in as few requests as it takes.
-- @tparam {table,...} list
function batcher:at_once(list)
  add_reads(self, list, 0, 1)
end

-- The items that are due at one time: those whose first look has said nothing yet, or the others.
local function group_of(self, due, name)
  local groups = self.groups[name]
  if not groups[due] then
    groups[due] = {}
    self.scheduled:push(due, groups[due], name)
    self.jobs:add { kind = "flush", due = due }
  end
  return groups[due]
end

--- Adds a look at an item in that many seconds, or a little later. A first look that is made again waits for no others: they wait
-- until it has said something.
-- @tparam number seconds
-- @tparam table item
function batcher:after(seconds, item)
  local due = self.now() + seconds
  if self.size == 1 then
    return add_reads(self, { item }, due)
  elseif seconds > 0 then
    due = math.ceil(due / GRAIN) * GRAIN
  end
  table.insert(group_of(self, due, item.fresh and "first" or "others"), item)
end

local function add_pending(self, list, now)
  if self.pending:size() == 0 then
    self.since = now
  end
  for _, item in ipairs(list) do
    self.pending:push(item)
  end
end

-- Takes the items that have become due.
local function collect(self, now)
  local due, list, name = self.scheduled:first()
  while due and due <= now do
    self.scheduled:pop()
    self.groups[name][due] = nil
    if name == "first" then
      add_reads(self, list)
    else
      add_pending(self, list, now)
    end
    due, list, name = self.scheduled:first()
  end
end

local function take(self)
  local batch = {}
  for i = 1, math.min(self.size, self.pending:size()) do
    batch[i] = self.pending:pop()
  end
  return batch
end

-- Whether others are due in a moment.
local function is_soon(self, now)
  local due = self.scheduled:first()
  return due and due <= now + self.max_wait * GATHERED
end

local function is_due(self, now, quiet)
  local waiting = self.pending:size()
  if waiting == 0 or waiting >= self.size then
    return waiting > 0
  end
  return now >= self.since + self.max_wait or (quiet and not is_soon(self, now))
end

--- Adds a look for each batch that is due.
-- @tparam boolean quiet nothing is on its way that would soon want a look
function batcher:flush(quiet)
  if self.scheduled.count == 0 and self.pending:size() == 0 then
    return
  end
  local now = self.now()
  collect(self, now)
  while is_due(self, now, quiet) do
    self.jobs:add { kind = "look", target = take(self) }
    self.since = now
  end
  if self.pending:size() > 0 and (self.alarm or now) <= now then
    self.alarm = self.since + self.max_wait
    self.jobs:add { kind = "flush", due = self.alarm }
  end
end

return batcher
