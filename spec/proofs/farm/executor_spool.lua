-- SPDX-License-Identifier: MIT
-- Results that wait on a host for its farm, by a farm of our own; and how long it may be away, by a clock of our own.

local core = require "signoff.core"
local peer = require "spec.support.peer"
local Session = require "signoff.offboard.executor.farm.session"
local Spool = require "signoff.offboard.executor.farm.spool"

local env = { sleep = core.sleep, condition = function() return { signal = function() end } end }

-- A farm of that name that gives those answers.
local function farm(name, answer, message, code)
  return {
    work_as = function() end,
    query = function() return { { name } } end,
    call = function() return answer, message, code end,
  }
end

-- A folder where a call waits for the farm "a".
local function waiting()
  local folder = peer.directory()
  local spool = Spool.new(env, folder, { run = "night", worker = 7, host = "h", farm = "a" })
  assert(spool:add("append", { seq = 1 }))
  spool:close()
  return folder
end

-- Flushes that folder: the answer, the notices, and the file that is left.
local function flush(connection)
  local folder, said = waiting(), {}
  local count, message, code = Spool.flush(env, connection, folder, function(text)
    said[#said + 1] = text
  end)
  return { count = count, message = message, code = code, said = said, left = core.list(folder)[1] }
end

describe("results that wait on a host", function()
  after_each(peer.stop_all)

  it("go when the farm has taken them", function()
    assert.are.same({ count = 1, said = {} }, flush(farm("a", {})))
  end)

  for _, code in ipairs { "away", "denied", "schema", "full", "failed" } do
    it("stay, and no run begins, where the farm fails by: " .. code, function()
      local found = flush(farm("a", nil, "why", code))
      assert.are.equal(code, found.code)
      assert.truthy(found.message:find("%.spool: .*not in the farm yet: why"), found.message)
      assert.truthy(found.left:find "%.spool$")
    end)
  end

  it("stay for their own farm where another one is given, which is said", function()
    local found = flush(farm("b", { unknown = true }))
    assert.are.equal(0, found.count)
    assert.truthy(found.left:find "%.spool$")
    assert.truthy(found.said[1]:find("%.spool: its results are for another farm"), found.said[1])
  end)

  it("are set aside where their own farm has lost their process, which is said with the path", function()
    local found = flush(farm("a", { unknown = true }))
    assert.are.equal(0, found.count)
    assert.truthy(found.left:find "%.spool%.lost$")
    assert.truthy(found.said[1]:find("%.spool%.lost: its results are not in the farm"), found.said[1])
  end)
end)

describe("a server that is away", function()
  it("is away for as long as a clock says that nobody sets", function()
    local now, connection = 100, farm("a", nil, "away", "away")
    function connection.now()
      return now
    end
    local session = Session.new(env, connection, { run = "night" })
    session:listen { on_away = function() end, on_failure = error }
    assert.is_nil(session:seconds_away())
    session:ask("renew", {})
    now = 130
    assert.are.equal(30, session:seconds_away())
  end)
end)
