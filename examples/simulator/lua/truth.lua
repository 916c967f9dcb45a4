--- The truth: a log of who was where from when on, and of what was asked and answered in between, for a check of what a
--- client makes of it. Off unless asked for.
local systems = require "systems"
local clock = require "clock"
local json = require "json"
local state = require "state"

local truth = {}

local LIMIT = 10000 -- entries; then the log is full, and says so

local options, entries, known, requests, full

function truth.reset()
  options = { enabled = false, limit = LIMIT }
  truth.clear()
end

--- Forgets; with the next look the log begins with how everything is.
function truth.clear()
  entries, known, requests, full = {}, {}, 0, false
end

local function note(entry)
  if #entries >= options.limit then
    full = true
    return
  end
  ngx.update_time()
  entry.number, entry.time, entry.simulated_time = #entries + 1, clock.real(), clock.now()
  entries[#entries + 1] = entry
end

--- Notes how each target is that changed since the last look. `by` says what changed it: "start", "control", "time", "move", or
--- "request" with its number.
local function look_at(system, by, request)
  local before, now, changed = known[system.name] or {}, {}, {}
  for _, row in ipairs(system.truth(state.of(system.name), clock.now())) do now[row.target] = json.encode(row.is) end
  for target, is in pairs(now) do
    if before[target] ~= is then changed[#changed + 1] = target end
  end
  for target in pairs(before) do
    if now[target] == nil then changed[#changed + 1] = target end
  end
  table.sort(changed)
  for _, target in ipairs(changed) do
    local is = now[target] and json.decode(now[target])
    note { event = "state", system = system.name, target = target, is = is, by = by, request = request }
  end
  known[system.name] = now
end

--- Notes what has changed, in one system or in all.
function truth.look(by, system, request)
  if not options.enabled then return end
  for _, each in ipairs(systems) do
    if system == nil or system == each then look_at(each, by, request) end
  end
end

--- A request has come.
function truth.received(request)
  if not options.enabled then return end
  truth.look("time", request.system)
  requests = requests + 1
  request.truth, request.truth_log = requests, entries
  note {
    event = "received", request = requests, system = request.system.name, operation = request.operation, changes = request.changes,
    targets = json.list(request.targets), node = request.node,
  }
end

--- Its answer was worked out: nil where the system did not get to see it. `fault` and `lie` are what went wrong on purpose.
function truth.answered(request, reply, fault, lie)
  if not request.truth or request.truth_log ~= entries then return end -- forgotten meanwhile
  truth.look("request", request.system, request.truth)
  note {
    event = "answered", request = request.truth, acted = reply ~= nil, status = reply and reply.status, refused = reply and reply.refused,
    fault = fault and fault.fault, lie = lie and lie.fault, how = reply and reply.spoiled,
  }
end

--- Switches it on or off; the limit counts entries.
function truth.configure(given)
  local was = options.enabled
  for name, value in pairs(given) do options[name] = value end
  if options.enabled and not was then truth.look "start" end
end

function truth.options()
  return options
end

--- The entries after `after`, at most `limit` of them, and whether some were lost because the log was full.
function truth.read(after, limit)
  local found = json.list {}
  for number = (after or 0) + 1, math.min(#entries, (after or 0) + (limit or #entries)) do found[#found + 1] = entries[number] end
  return { entries = found, last = #entries, full = full }
end

truth.reset()

return truth
