-- SPDX-License-Identifier: MIT
-- The queue of changes: which entries one request takes, and when an item's next step has come.

local Change_queue = require "signoff.offboard.executor.change_queue"
local machine = require "signoff.signout.state_machine"

local NOW, WALL = 100, 1.7e9

-- An item whose session was seen so many seconds ago.
local function item(name, age, open)
  local state = machine.new()
  state.looked = { present = true, asked = NOW - age, asked_wall = WALL - age, occupant = "ana" }
  return {
    name = name, state = state, context = {
      target = { id = name, person = "ana" }, evidence = "session", retry = "no", limits = { fresh = 5, settle = 10 },
      compare = function(a, b) return a == b and "same" or "different" end,
      protects = function() return false end,
      real = function() return { open = open or 0 } end,
    },
  }
end

local function names(list)
  local found = {}
  for i, each in ipairs(list) do
    found[i] = (each.item or each).name
  end
  return table.concat(found, " ")
end

describe("change_queue", function()
  -- The size of a chunk, the items as they are added, and what each request takes: entries, items that must be looked at again.
  local rows = {
    { "one a request, in order", nil, { item("a", 0), item("b", 0) }, { { "a", "" }, { "b", "" }, { "", "" } } },
    { "many a request", 2, { item("a", 0), item("b", 0), item("c", 0) }, { { "a b", "" }, { "c", "" } } },
    { "an observation that is too old allows nothing (rule A1)", 2, { item("a", 6), item("b", 4), item("c", 5) }, { { "b c", "a" } } },
    { "nor one that another act of ours made stale (rule A3)", 2, { item("a", 0, 1), item("b", 0) }, { { "b", "a" } } },
  }
  for _, row in ipairs(rows) do
    it(row[1], function()
      local some = Change_queue.new(row[2])
      some.chunked = false -- each of these items is one target
      for _, each in ipairs(row[3]) do
        some:add(each, each.name)
      end
      assert.are.equal(#row[3], some:waiting())
      for _, wanted in ipairs(row[4]) do
        local batch, done = some:take(NOW, WALL)
        assert.are.same(wanted, { names(batch), names(done) })
      end
      assert.are.equal(0, some:waiting())
    end)
  end

  it("has those that were put back first, as they were", function()
    local some = Change_queue.new(2)
    some.chunked = false
    for _, each in ipairs { item("a", 0), item("b", 0), item("c", 0) } do
      some:add(each, each.name)
    end
    some:put_back((some:take(NOW, WALL)))
    assert.are.equal(3, some:waiting())
    assert.are.equal("a b", names((some:take(NOW, WALL))))
    assert.are.equal("c", names((some:take(NOW, WALL))))
  end)

  -- The steps of an item's entries, as they end, and its next step.
  local endings = {
    { { "look" }, "look" },
    { { "look", "look" }, "look" },
    { { "over", "look" }, "over" },
    { { "look", "over" }, "over" },
  }
  for _, row in ipairs(endings) do
    it("an item goes on when its last act is over: " .. table.concat(row[1], ", "), function()
      local one, done = { queued = #row[1] }, {}
      for i, step in ipairs(row[1]) do
        assert.are.equal(0, #done)
        Change_queue.finish({ item = one }, done, step, i)
      end
      assert.are.same({ one }, done)
      assert.are.equal(row[2], one.next_step[1])
    end)
  end
end)
