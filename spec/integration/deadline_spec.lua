-- SPDX-License-Identifier: MIT
-- signoff.deadline bounds all calls inside it, wherever they wait.

local signoff = require "signoff"
local peer = require "spec.support.peer"
local waiting = require "spec.support.waiting"

local alive, jde, slow, timed, assert_says = waiting.alive, waiting.jde, waiting.slow, waiting.timed, waiting.assert_says

describe("signoff.deadline", function()
  after_each(peer.stop_all)

  local function assert_timeout(answer, _, code)
    assert.is_nil(answer)
    assert.are.equal("timeout", code)
  end

  it("gives what its function returned, and raises what it raised", function()
    assert.are.same({ n = 3, 1, nil, 3 }, (function(...) return { n = select("#", ...), ... } end)(signoff.deadline(5, function(...)
      return ...
    end, 1, nil, 3)))
    local object = {}
    assert.are.equal(object, select(2, pcall(signoff.deadline, 5, error, object)))
  end)

  it("bounds calls that block, all together, and none after it", function()
    local client = jde(slow(0.3, alive).url)
    local seconds = timed(signoff.deadline, 0.5, function()
      assert(client:status())
      assert_timeout(client:status())
      local _, _, code, detail = client:status()
      assert.are.equal("timeout", code)
      assert.is_false(detail.sent)
    end)
    assert.is_true(seconds >= 0.45 and seconds < 3)
    assert(client:status())
    pcall(signoff.deadline, 0, error)
    assert(client:status())
  end)

  it("bounds tasks that are spawned in it, and only those", function()
    local client = jde(slow(0.5, alive).url)
    signoff.loop(function(loop)
      local outside = loop:spawn(client.status, client)
      local inside
      signoff.deadline(0.2, function()
        inside = loop:spawn(client.status, client)
        assert_timeout(client:status())
      end)
      assert_timeout(inside:join())
      assert.is_true(outside:join().active)
      assert.is_true(client:status().active)
    end)
    signoff.deadline(0.2, signoff.loop, function(loop)
      assert_timeout(loop:spawn(client.status, client):join())
    end)
  end)

  it("bounds the waiting for a slot", function()
    local client = jde(slow(0.5).url)
    signoff.loop(function(loop)
      loop:limit(client, { concurrency = 1 })
      loop:spawn(client.logout, client)
      loop:sleep(0)
      local seconds = timed(signoff.deadline, 0.1, function()
        local _, _, code, detail = client:logout()
        assert.are.equal("timeout", code)
        assert.is_false(detail.sent)
      end)
      assert.is_true(seconds < 0.45)
    end)
  end)

  it("in another only shortens", function()
    local client = jde(slow(0.4, alive).url)
    local seconds = timed(signoff.deadline, 0.1, signoff.deadline, 60, function()
      assert_timeout(client:status())
    end)
    assert.is_true(seconds < 3)
    signoff.deadline(60, function()
      signoff.deadline(0.1, function()
        assert_timeout(client:status())
      end)
      assert(client:status())
    end)
  end)

  it("bounds looking again and again", function()
    local client = jde(peer.start({ peer.always(alive) }).url)
    local seconds = timed(function()
      local result = signoff.deadline(0.3, client.verify, client, { token = "044-token", device = "d" }, { schedule = { 0.1 } })
      assert.are.equal("still_active", result.verdict)
    end)
    assert.is_true(seconds < 3)
  end)

  it("keeps to the coroutine that it was called in", function()
    local client = jde(peer.start({ peer.always(alive) }).url)
    local thread = coroutine.wrap(function()
      signoff.deadline(0, function()
        assert_timeout(client:status())
        coroutine.yield()
        assert_timeout(client:status())
      end)
      assert(client:status())
    end)
    thread()
    assert(client:status())
    thread()
    assert(client:status())
  end)

  for _, wrong in ipairs { { "five", print }, { -1, print }, { 0 / 0, print }, { 5 }, { 5, "print" }, {} } do
    it(("refuses %s, %s"):format(tostring(wrong[1]), type(wrong[2])), function()
      assert_says("signoff.deadline:", signoff.deadline, wrong[1], wrong[2])
    end)
  end
end)
