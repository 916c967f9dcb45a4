-- SPDX-License-Identifier: MIT
-- signoff.pcall is pcall, and may wait.

local signoff = require "signoff"
local peer = require "spec.support.peer"
local waiting = require "spec.support.waiting"

local jde, slow, timed = waiting.jde, waiting.slow, waiting.timed

describe("signoff.pcall", function()
  after_each(peer.stop_all)

  it("is pcall", function()
    assert.are.same({ true, 1, 2 }, { signoff.pcall(function(...) return ... end, 1, 2) })
    assert.are.same({ false, "x" }, { signoff.pcall(function() error("x", 0) end) })
    local object = {}
    assert.are.equal(object, select(2, signoff.pcall(error, object)))
  end)

  it("is not pcall, which raises on Lua 5.1 where it would wait; what waits after it waits as long as it should", function()
    local client = jde(slow(0.1).url)
    signoff.loop(function(loop)
      pcall(loop.sleep, loop, 0.02)
      assert.is_true(timed(loop.sleep, loop, 0.1) >= 0.1)
      pcall(client.logout, client)
      assert.is_true(timed(loop.sleep, loop, 0.2) >= 0.2)
      assert.are.equal("accepted", assert(client:logout()).answer)
    end)
  end)

  it("may wait in a task, however deep", function()
    local client = jde(slow(0.05).url)
    signoff.loop(function(loop)
      local others = waiting.ticking(loop, 5, 0.005)
      local fine, inner, answer = signoff.pcall(function()
        return signoff.pcall(function()
          local answer = assert(client:logout())
          loop:sleep(0.01)
          return answer.answer
        end)
      end)
      assert.are.same({ true, true, "accepted" }, { fine, inner, answer })
      assert.is_true(others() > 0)
      local fine_too, message = signoff.pcall(function()
        loop:sleep(0.01)
        error("after waiting", 0)
      end)
      assert.are.same({ false, "after waiting" }, { fine_too, message })
    end)
  end)

  it("hands on what the script yields itself", function()
    local thread = coroutine.wrap(function()
      return signoff.pcall(function(a)
        local b = coroutine.yield(a + 1)
        return b + 1
      end, 1)
    end)
    assert.are.equal(2, thread())
    assert.are.same({ true, 11 }, { thread(10) })
  end)
end)
