-- SPDX-License-Identifier: MIT
-- What waits for pacing, retries and jobs: in a loop of its own, or in that of the task that calls.

local core = require "signoff.core"
local runtime = require "signoff.async.runtime"
local signoff = require "signoff"
local peer = require "spec.support.peer"
local waiting = require "spec.support.waiting"

local jde, slow, timed, assert_says = waiting.jde, waiting.slow, waiting.timed, waiting.assert_says

describe("signoff.async.runtime", function()
  after_each(peer.stop_all)

  local function use(env, url)
    local client, ended = jde(url), 0
    for i = 1, 10 do
      env.spawn(function(n)
        assert(client:logout())
        env.sleep(0.01)
        ended = ended + n
      end, i)
    end
    return function() return ended end, env.now()
  end

  it("returns when all that was spawned has ended", function()
    local url = slow(0.05).url
    local ended, now = runtime.run(function(env) return use(env, url) end)
    assert.are.equal(55, ended())
    assert.is_true(math.abs(now - core.now()) < 10)
  end)

  it("uses the loop whose task calls it", function()
    local url = slow(0.05).url
    signoff.loop(function(loop)
      local ticks = waiting.ticking(loop, 3, 0.01)
      local ended = runtime.run(function(env) return use(env, url) end)
      assert.are.equal(55, ended())
      assert.is_true(ticks() > 0)
    end)
  end)

  it("raises the error of what was spawned, at once", function()
    local seconds = timed(assert_says, "of what was spawned", runtime.run, function(env)
      env.spawn(function()
        env.sleep(0.01)
        error "of what was spawned"
      end)
      env.sleep(60)
    end)
    assert.is_true(seconds < 10)
  end)
end)
