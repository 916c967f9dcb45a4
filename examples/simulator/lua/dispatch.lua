--- Handles every request: finds its system, its operation, its faults, and the answer.
local systems = require "systems"
local state = require "state"
local request = require "request"
local faults = require "faults"
local transmit = require "transmit"
local journal = require "journal"
local counters = require "counters"
local clock = require "clock"
local moves = require "moves"
local spoil = require "spoil"
local truth = require "truth"

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
  local function answer(state_of_it) return received.system.answer(received, state_of_it) end
  local spoiled = received.lie and received.lie.fault == "spoiled" and not received.changes
  local ok, reply = xpcall(function()
    if spoiled then return spoil.answer(received, answer) end
    return answer(state.of(received.system.name))
  end, debug.traceback)
  if ok then return reply end
  ngx.log(ngx.ERR, reply)
  return { status = 500, type = "text/plain", body = "simulator: " .. reply .. "\n" }
end

--- The system's answer, with the moves around it; nil where a fault keeps the request from the system.
local function work_out(received, fault)
  moves.around(received, "before")
  local reply = (not fault or faults.applies(fault)) and ask(received) or nil
  truth.answered(received, reply, fault, received.lie)
  moves.around(received, "after")
  return reply
end

local function answer(received, fault)
  local resets = state.resets()
  if fault and fault.fault == "slow" and fault.when ~= "after" then transmit.wait(fault.seconds or 1) end
  if resets ~= state.resets() then return transmit.disconnect(received) end -- it would act in a world that it was not meant for
  local reply = work_out(received, fault)
  if not fault then return transmit.reply(reply) end
  return transmit.broken(received, fault, reply)
end

local function note(received)
  local in_flight = counters.enter(received)
  received.entry = journal.open(received, in_flight, clock.now())
  truth.received(received)
  ngx.ctx.received = received
end

--- `/node2/...` is the second node's own address.
local function take_node(received)
  local node, path = received.path:match "^/node(%d)(/.*)$"
  if node then received.node, received.path = tonumber(node), path end
end

function dispatch.serve()
  clock.run_due()
  local received = request.read()
  take_node(received)
  received.system = owner(received.path)
  received.system.receive(received, state.of(received.system.name))
  note(received)
  if transmit.ended(received) then
    if received.entry then received.entry.fault = "connection closed" end
    return transmit.disconnect(received)
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
    received.entry.status = received.disconnected and 0 or ngx.status
    received.entry.seconds = ngx.now() - received.entry.time
  end
end

return dispatch
