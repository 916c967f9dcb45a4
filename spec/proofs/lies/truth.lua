-- SPDX-License-Identifier: MIT
--- The simulator's log of the truth, made easy to ask: who was where at which line of it, and which reads and changes there were.
-- Plain Lua, which requires nothing: it must share no code with what is checked.

local truth = {}
truth.__index = truth

-- The operations that look at a system, and those that act on it.
local READS = { query_devices = true, query_users = true, sessions = true, verify = true, validate = true, status = true }
local CHANGES = { logout = true, set_status = true, logout_all = true }

-- Faults of the exchange whose reply arrives all the same.
local DELIVERS = { slow = true, chunked = true, drip = true, close_next = true, close_after = true }

-- Marks by which a reply shows that it is old. Of an old Date alone only the next look's tells.
local STALE = { age = true, warning = true, x_cache = true }

-- The time of an entry by each clock. "advanced": the simulator's, which stands still but for being moved.
local CLOCKS = {
  real = function(entry) return entry.time end,
  advanced = function(entry) return entry.simulated_time end,
}

-- One name for one target: of panel users without their core server, of which there is one.
local FOLD = {
  cisco_em = string.lower,
  isymphony = function(target) return (target:gsub("^.*/", "")) end,
}

local function fold(system, target)
  return FOLD[system] and FOLD[system](target) or target
end

local function add_state(self, entry)
  local of = self.states[entry.system] or {}
  self.states[entry.system] = of
  local target = fold(entry.system, entry.target)
  of[target] = of[target] or {}
  table.insert(of[target], { number = entry.number, is = entry.is })
end

local function add_request(self, entry)
  local request = {
    id = entry.request, system = entry.system, operation = entry.operation, targets = {}, node = entry.node,
    received = entry.number, received_at = self.clock(entry), is_look = READS[entry.operation], is_act = CHANGES[entry.operation],
  }
  for _, target in ipairs(entry.targets) do
    request.targets[fold(entry.system, target)] = true
  end
  self.by_id[entry.request] = request
  self.requests[#self.requests + 1] = request
end

local function add_answer(self, entry)
  local request = self.by_id[entry.request]
  request.answered, request.answered_at, request.simulated_time, request.acted = entry.number, self.clock(entry), entry.simulated_time, entry.acted
  request.fault, request.lie, request.how, request.refused = entry.fault, entry.lie, entry.how, entry.refused
  request.status = entry.status
end

local TAKE = { state = add_state, received = add_request, answered = add_answer }

--- @tparam {table,...} entries as the simulator gave them
-- @tparam string clock which of their times counts: "real", or "advanced" where the run had a clock of its own
function truth.read(entries, clock)
  local self = setmetatable({ clock = CLOCKS[clock], states = {}, requests = {}, by_id = {} }, truth)
  for _, entry in ipairs(entries) do
    TAKE[entry.event](self, entry)
    self.last = entry.number
  end
  return self
end

--- The state of a target at a place of the log; nil where there was no such target.
function truth:at(system, target, number)
  local found
  for _, state in ipairs((self.states[system] or {})[fold(system, target)] or {}) do
    if state.number > number then
      break
    end
    found = state.is
  end
  return found
end

--- All targets of a system at that place: `for target, is in pairs(...)`.
function truth:all(system, number)
  local found = {}
  for target in pairs(self.states[system] or {}) do
    found[target] = self:at(system, target, number)
  end
  return found
end

--- The requests for which `wanted(request)` is true, in the order in which they came.
function truth:select(wanted)
  local list = {}
  for _, request in ipairs(self.requests) do
    if wanted(request) then
      list[#list + 1] = request
    end
  end
  return list
end

--- Whether a request names that target.
function truth.names(request, target)
  return request.targets[fold(request.system, target)] == true
end

--- Whether its reply came back in good order.
function truth.delivered(request)
  return request.answered ~= nil and request.acted and (request.fault == nil or DELIVERS[request.fault] ~= nil)
end

--- Whether its reply shows that it is old.
function truth.is_stale(request)
  return STALE[request.how] ~= nil
end

truth.fold = fold

return truth
