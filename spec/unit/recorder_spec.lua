-- SPDX-License-Identifier: MIT
-- The recorder with a journal of our own: what is on disk before anything follows from it, and what ends a run.

local Recorder = require "signoff.offboard.executor.recorder"

-- A journal that notes what it is asked for in `told`, and fails from the given call on.
local function journal(told, fails)
  local calls, some = 0, {}
  local function call(name)
    calls = calls + 1
    told[#told + 1] = name
    if fails and calls >= fails then
      return nil, "the disk is full"
    end
    return true
  end
  function some.write(_, record)
    return call("write " .. record.event)
  end
  function some.sync()
    return call "sync"
  end
  function some.head()
    return "head"
  end
  function some.close()
    told[#told + 1] = "close"
  end
  return some
end

local function row(n, verdict)
  return { item = n, verdict = verdict or "ended" }
end

-- A recorder, and what it told, in order.
local function make(more)
  local told = {}
  local parts = { plan = { items = { { n = 1 }, { n = 2 } } } }
  for name, value in pairs(more or {}) do
    parts[name] = value
  end
  parts.journal = more and more.fails ~= nil and journal(told, more.fails) or nil
  parts.on_result = more and more.tells and function(each)
    told[#told + 1] = "row " .. each.item
  end or nil
  local some = Recorder.new(parts, function(code, _, at_once)
    told[#told + 1] = ("stop %s%s"):format(code, at_once and " at once" or "")
  end)
  return some, told
end

local intent = { event = "intent", items = { 1 }, act = "logout" }

describe("recorder", function()
  local rows = {
    { "a record is on disk when it returns", { fails = false }, function(some)
      assert.is_true(some:record { event = "intent", items = { 1 } })
    end, { "write intent", "sync" } },
    { "one that cannot be written stops the run, and counts for nothing", { fails = 1 }, function(some)
      assert.is_false(some:record(intent))
      assert.are.equal("pending", (some.acted:of(1)))
    end, { "write intent", "stop journal at once" } },
    { "so does one that may not be on disk", { fails = 2 }, function(some)
      assert.is_false(some:record(intent))
    end, { "write intent", "sync", "stop journal at once" } },
    { "afterwards nothing is written", { fails = 1 }, function(some)
      some:record(intent)
      assert.is_false(some:record(intent))
      some:conclude { row(1) }
      some:note_stop(nil, "journal", "why")
    end, { "write intent", "stop journal at once" } },
    { "rows go with the next record where nobody is told of them", { fails = false }, function(some)
      some:conclude { row(1), row(2) }
    end, { "write verdict", "write verdict" } },
    { "rows are on disk before anybody is told of them", { fails = false, tells = true }, function(some)
      some:conclude { row(1), row(2) }
    end, { "write verdict", "write verdict", "sync", "row 1", "row 2" } },
    { "more failures than allowed stop the run, not at once", { max_fail = 1 }, function(some)
      some:conclude { row(1, "failed") }
      some:conclude { row(2, "still_active") }
    end, { "stop max_fail" } },
    { "without a journal all is counted", {}, function(some)
      assert.is_true(some:record(intent))
      assert.are.equal("begun", (some.acted:of(1)))
    end, {} },
    { "the end is the last record, and the journal's head goes with the result", { fails = false }, function(some)
      local result = { totals = {}, exit = 0 }
      some:close(result)
      assert.are.equal("head", result.journal_head)
    end, { "write end", "sync", "close" } },
  }
  for _, case in ipairs(rows) do
    it(case[1], function()
      local some, told = make(case[2])
      case[3](some)
      assert.are.same(case[4], told)
    end)
  end

  it("numbers further items behind those of the plan, or of the run before", function()
    assert.are.equal(3, (make():next_number()))
    assert.are.equal(8, (make { last = 7 }:next_number()))
  end)

  it("keeps which items one was found to be, in order", function()
    local some = make()
    some:extend({ n = 1 }, { { n = 3 } })
    some:extend({ n = 1 }, { { n = 4 }, { n = 5 } })
    assert.are.same({ [1] = { { n = 3 }, { n = 4 }, { n = 5 } } }, some.children)
  end)
end)
