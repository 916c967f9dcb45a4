--- The road of every request: whose is it, what does it ask, does something go wrong, what is the answer.
local systems = require "systems"
local state = require "state"
local request = require "request"
local faults = require "faults"
local transmit = require "transmit"
local journal = require "journal"
local counters = require "counters"
local clock = require "clock"

local dispatch = {}

local NOBODY = { -- owns the paths that no system has
  name = "nobody", lies = {}, receive = function() end,
  answer = function() return { status = 404, type = "text/html", body = "<html><body><h1>404 Not Found</h1></body></html>\n" } end,
}

local function owner(path)
  for _, system in ipairs(systems) do
    if system.owns(path) then return system end
  end
  return NOBODY
end

--- The system's answer; a mistake in the simulator itself shows as a 500 with its traceback, here and in error.log.
local function ask(received)
  local ok, reply = xpcall(received.system.answer, debug.traceback, received, state.of(received.system.name))
  if ok then return reply end
  ngx.log(ngx.ERR, reply)
  return { status = 500, type = "text/plain", body = "simulator: " .. reply .. "\n" }
end

local function answer(received, fault)
  if not fault then return transmit.reply(ask(received)) end
  if fault.fault == "slow" and fault.when ~= "after" then transmit.wait(fault.seconds or 1) end
  local reply = faults.acts(fault) and ask(received) or nil
  return transmit.broken(received, fault, reply)
end

local function note(received)
  local in_flight = counters.enter(received)
  received.entry = journal.open(received, in_flight, clock.now())
  ngx.ctx.received = received
end

function dispatch.serve()
  clock.run_due()
  local received = request.read()
  received.system = owner(received.path)
  received.system.receive(received, state.of(received.system.name))
  note(received)
  if transmit.ended(received) then
    if received.entry then received.entry.fault = "connection closed" end
    return transmit.hang_up(received)
  end
  local fault, lie = faults.pick(received)
  received.lie = lie
  if received.entry then
    received.entry.fault = fault and fault.fault
    received.entry.lie = lie and lie.fault
  end
  return answer(received, fault)
end

--- Runs when the request is over, also when it was cut.
function dispatch.finish()
  local received = ngx.ctx.received
  if not received then return end
  counters.leave(received)
  if received.entry then
    received.entry.status = received.hung_up and 0 or ngx.status
    received.entry.seconds = ngx.now() - received.entry.time
  end
end

return dispatch
