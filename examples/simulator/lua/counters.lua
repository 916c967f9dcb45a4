--- Counts requests at once, changes a minute, and connections.
local counters = {}

local WINDOW = 60 -- seconds of real time

local per_system = {}
local totals

local function start()
  totals = { requests = 0, connections = 0, https_connections = 0, in_flight = 0, max_in_flight = 0 }
end

local function of(name)
  local counter = per_system[name]
  if not counter then
    counter = {
      requests = 0, changes = 0, in_flight = 0, max_in_flight = 0, changes_in_flight = 0, max_concurrent_changes = 0,
      max_changes_in_60s = 0, times = {}, oldest = 1, operations = {},
    }
    per_system[name] = counter
  end
  return counter
end

local function raise(counter, current, most)
  counter[current] = counter[current] + 1
  if counter[current] > counter[most] then counter[most] = counter[current] end
end

--- Notes the time of a change and how many there were in the 60 seconds up to it.
local function note_change(counter)
  local now, times = ngx.now(), counter.times
  counter.changes = counter.changes + 1
  times[counter.changes] = now
  while times[counter.oldest] <= now - WINDOW do
    times[counter.oldest] = nil
    counter.oldest = counter.oldest + 1
  end
  counter.max_changes_in_60s = math.max(counter.max_changes_in_60s, counter.changes - counter.oldest + 1)
end

local function note_connection(request)
  if request.on_connection ~= 1 then return end
  totals.connections = totals.connections + 1
  if request.scheme == "https" then totals.https_connections = totals.https_connections + 1 end
end

--- A request begins; returns how many of its system are now in flight.
function counters.enter(request)
  local counter = of(request.system.name)
  request.counter, request.totals = counter, totals
  counter.requests, totals.requests = counter.requests + 1, totals.requests + 1
  counter.operations[request.operation] = (counter.operations[request.operation] or 0) + 1
  raise(counter, "in_flight", "max_in_flight")
  raise(totals, "in_flight", "max_in_flight")
  note_connection(request)
  if request.changes then
    raise(counter, "changes_in_flight", "max_concurrent_changes")
    note_change(counter)
  end
  return counter.in_flight
end

--- It is over, however it ended.
function counters.leave(request)
  local counter = request.counter
  counter.in_flight = counter.in_flight - 1
  request.totals.in_flight = request.totals.in_flight - 1
  if request.changes then counter.changes_in_flight = counter.changes_in_flight - 1 end
end

local HIDDEN = { times = true, oldest = true }

function counters.read()
  local shown = { total = totals, systems = {}, open_connections = tonumber(ngx.var.connections_active) }
  for name, counter in pairs(per_system) do
    local copy = {}
    for member, value in pairs(counter) do
      if not HIDDEN[member] then copy[member] = value end
    end
    shown.systems[name] = copy
  end
  return shown
end

--- Forgets; requests that are still in flight leave the old figures.
function counters.clear()
  per_system = {}
  start()
end

start()

return counters
