-- SPDX-License-Identifier: MIT
-- Events of many persons that come at the same moment: when the actor begins to act for each. `make bench-killswitch ONLY=burst`.
-- PERSONS: how many ("25 100").

local core = require "signoff.core"
local inboxes = require "spec.support.inboxes"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local world = require "spec.proofs.crash.world"

local burst = {}

local NAME = "leaver.%05d"
local OPTIONS = "watch inbox --people list.csv --brake 100000/h --settle 0.2"

-- The actor is stopped while the events come. Gives their time.
local function receive(count)
  local inbox, at = assert(inboxes.open(operator.path "inbox")), core.time()
  operator.signal "STOP"
  for i = 1, count do
    assert(inbox:add(inboxes.event(i, { person = NAME:format(i), event = "account-disabled", at = at })) == "added")
  end
  inbox:close()
  return at
end

-- When each run began to act, in seconds after its event.
local function wait_for_delays(count)
  return operator.wait_for("the runs", function()
    local delays = {}
    local text = operator.read ".started" or ""
    for delay in text:gmatch "first act ([%d.]+) s" do
      delays[#delays + 1] = core.number(delay)
    end
    return select(2, text:gsub("is over: ", "")) >= count and delays
  end)
end

--- Sends events of so many persons to an actor.
-- @tparam number count
-- @treturn {number,...} seconds from the moment of all events to the first act for each person, the shortest first
function burst.measure(count)
  operator.fresh()
  world.load(count)
  world.simulator.faults {}
  world.write_people(operator.path "list.csv", count)
  peer.output_of(("mkdir -m 700 %s; chmod 600 %s"):format(operator.path "inbox", operator.path "list.csv"))
  operator.start(OPTIONS)
  operator.wait_for("the actor", function() return operator.read "inbox/watch.journal" end)
  local at = receive(count)
  local begins = core.time()
  operator.signal "CONT"
  local delays = wait_for_delays(count)
  operator.signal "TERM"
  operator.finish()
  operator.clean()
  for i, delay in ipairs(delays) do
    delays[i] = at + delay - begins
  end
  table.sort(delays)
  return delays
end

--- The same for each of PERSONS, and a line for it.
-- @tparam function check `check(holds, format, ...)`
function burst.run(check)
  for count in (os.getenv "PERSONS" or "25 100"):gmatch "%d+" do
    local delays = burst.measure(tonumber(count))
    local most = #delays
    check(most > 0, "%s persons at the same moment: the first act of each after %.2f s (first), %.2f s (middle), %.2f s (last); %d acted", count,
      delays[1], delays[math.ceil(most / 2)], delays[most], most)
  end
end

return burst
