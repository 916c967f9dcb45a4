-- SPDX-License-Identifier: MIT

--- The lease of a process in a farm: a heartbeat renews it, says how many slots the process uses of each system and how many it wants, and
-- hears how many it has, and which holds and stops there are. Without a lease that is known to be valid nothing may begin: others may have
-- the jobs.
-- @module signoff.offboard.executor.farm.lease

local lease = {}
lease.__index = lease

-- Seconds between two questions while the server is away.
local RETRY = 0.5
-- Renewals that follow each other more quickly wait that many seconds.
local SOON = 0.05
-- A process that wakes up so many seconds late stood still: replies that came meanwhile count as late, and were not.
local LATE = 2

--- @tparam table env
-- @tparam table session
-- @tparam table terms `heartbeat` (seconds)
-- @tparam {table,...} shares of the systems: `id`, and the methods `in_use()`, `wanted()`, `limit(slots)`, `hold(seconds)`,
-- `end_hold()`, `stop(stopped)`
-- @tparam function on_news `on_news(answer)` hears of each renewal
-- @tparam function on_silence `on_silence()` hears of each time that the server was still away
function lease.new(env, session, terms, shares, on_news, on_silence)
  return setmetatable({
    env = env, session = session, heartbeat = terms.heartbeat, shares = shares, on_news = on_news, on_silence = on_silence,
    until_when = -math.huge, lapsed = -math.huge, due = math.huge,
    changed = env.condition(),
  }, lease)
end

--- Whether the lease is valid for sure, by a clock that goes on while the machine sleeps.
-- @treturn boolean
function lease:is_valid()
  return not self.session.away and self.session.clock() < self.until_when
end

--- Whether the lease has ended since a moment, so that others may have had the jobs of then; or the process stood still.
-- @tparam number since by the clock of the session
-- @treturn boolean
function lease:has_lapsed(since)
  return since < self.lapsed or self.session.clock() >= math.min(self.until_when, self.due + LATE)
end

-- No more is begun than is said to be in use, until the answer is there.
local function freeze(self)
  local in_use, want = {}, {}
  for _, share in ipairs(self.shares) do
    local id, used = ("%d"):format(share.id), share:in_use()
    in_use[id], want[id] = used, share:wanted()
    share:limit(used)
  end
  return in_use, want
end

local function apply(self, answer)
  local crowded = false
  for _, share in ipairs(self.shares) do
    local id = ("%d"):format(share.id)
    local slots = answer["places"][id] or 0
    crowded = crowded or share:in_use() > slots
    if answer.held[id] then
      share:hold(answer.held[id])
    else
      share:end_hold()
    end
    if answer.stopped[id] then
      share:stop(answer.stopped[id])
    end
    share:limit(slots)
  end
  return crowded
end

--- Renews the lease.
-- @treturn boolean false while the server is away
function lease:renew()
  local asked = self.session.clock()
  self.renewed = self.env.now()
  local in_use, want = freeze(self)
  local answer = self.session:ask("renew", { in_use = in_use, want = want })
  if not answer then
    return false
  end
  if asked >= self.until_when then
    self.lapsed = asked
  end
  self.until_when = asked + answer.lease
  self.session:meet(answer.identity)
  self.crowded = apply(self, answer)
  self.on_news(answer)
  return true
end

-- Seconds until the next renewal. A process that has more under way than it has slots tells others soon that they are free.
local function pause(self)
  if self.session.away then
    return RETRY
  end
  return self.crowded and math.min(self.heartbeat, RETRY) or self.heartbeat
end

-- Waits until the next renewal is due.
local function await(self)
  if not self.urgent then
    self.due = self.session.clock() + pause(self)
    self.changed:wait(pause(self))
    if self.session.clock() > self.due + LATE then
      self.lapsed = self.session.clock()
    end
    self.due = math.huge
  end
  if self.urgent and not self.stopped then
    self.env.sleep(math.max(self.renewed + SOON - self.env.now(), 0))
  end
  self.urgent = false
end

--- Renews the lease again and again, and asks for a server that is away, until `stop`.
function lease:run()
  while not self.stopped do
    await(self)
    if self.stopped then
      return
    elseif not self.session.away or self.session:retry() then
      self:renew()
    else
      self.on_silence()
    end
  end
end

--- Renews the lease at once: something has changed.
function lease:hurry()
  self.urgent = true
  self.changed:signal()
end

--- Ends `run`.
function lease:stop()
  self.stopped = true
  self.changed:signal()
end

return lease
