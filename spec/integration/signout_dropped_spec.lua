-- SPDX-License-Identifier: MIT
-- client:signout in a coroutine that is dropped while it waits, as a host does with a request that is over: what it began holds back
-- the next one no longer than its deadline (rule A3), and is not counted as that one's own doing.

local leaver = require "spec.support.leaver"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"
local socket = require "socket"

local simulator = simulated.simulator

local FIRST = 0.6 -- seconds that the dropped one had

-- Where it waits when it is dropped; `acted`: an act of its own was on its way.
local moments = {
  { name = "in its first look", operation = function(system) return system.look end },
  { name = "in its act", operation = function(system) return system.act end, acted = true },
}

local function drop(client, system)
  local fine, problem = pcall(signoff.loop, function(loop)
    loop:spawn(client.signout, client, system.target, leaver.options { deadline = FIRST })
    loop:sleep(0.2)
    error("over", 0)
  end)
  assert.is_false(fine)
  assert.is_not_nil(tostring(problem):find("over", 1, true))
end

describe("a sign-out that is dropped", function()
  before_each(leaver.arrive)

  for _, name in ipairs(leaver.names) do
    for _, place in ipairs(moments) do
      it(("%s: %s"):format(name, place.name), function()
        local system = leaver.systems[name]
        local client, started = simulated.client(name), socket.gettime()
        simulator.faults { { system = name, operation = place.operation(system), fault = "slow", seconds = 0.4, times = 1 } }
        drop(client, system)
        socket.sleep(math.max(0, started + FIRST + 0.1 - socket.gettime()))
        local begun = socket.gettime()
        local result = client:signout(system.target, leaver.options { deadline = 5 })
        assert.is_true(socket.gettime() - begun < 3, "it waits for the one that was dropped")
        leaver.check(result, name)
        assert.is_falsy(system.here())
        if not place.acted then
          assert.are.equal("ended", result.verdict)
        end
      end)
    end
  end
end)
