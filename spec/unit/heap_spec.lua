-- SPDX-License-Identifier: MIT
-- The priority queue, by itself.

local heap, counted, reaches_every_line = require "spec.support.covered" "signoff.async.heap"

-- All that is in it, in the order in which it comes.
local function emptied(some)
  local list = {}
  while some:first() do
    list[#list + 1] = some:pop()
  end
  return list
end

describe("heap", function()
  local rows = {
    { "nothing", {}, "" }, { "one", { 5 }, "1" }, { "in order", { 1, 2, 3, 4 }, "1 2 3 4" }, { "backwards", { 4, 3, 2, 1 }, "4 3 2 1" },
    { "equals, in the order in which they came", { 7, 7, 7, 7, 7 }, "1 2 3 4 5" }, { "equals among others", { 2, 1, 2, 1, 2, 1 }, "2 4 6 1 3 5" },
    { "numbers below 0, and fractions", { 0.5, -1, 0, -1.5 }, "4 2 3 1" }, { "endless times", { math.huge, 3, math.huge }, "2 1 3" },
  }

  for _, row in ipairs(rows) do
    it("orders " .. row[1], counted(function()
      local some = heap.new()
      for i, due in ipairs(row[2]) do
        some:push(due, i)
      end
      assert.are.equal(#row[2], some.count)
      assert.are.equal(row[3], table.concat(emptied(some), " "))
      assert.are.equal(0, some.count)
      assert.is_nil(some:first())
      assert.is_nil(some:pop())
    end))
  end

  it("gives number, entry and mark of the first, which stays", counted(function()
    local some, entry = heap.new(), {}
    some:push(2, "later")
    some:push(1, entry, "mark")
    for _ = 1, 2 do
      assert.are.same({ 1, entry, "mark" }, { some:first() })
    end
    assert.are.same({ entry, "mark" }, { some:pop() })
    assert.are.same({ 2, "later" }, { some:first() })
  end))

  it("keeps those that are wanted, in their order", counted(function()
    for count = 0, 40 do
      local some, wanted = heap.new(), {}
      for i = 1, count do
        local due = i * 7 % 5
        some:push(due, i, due)
      end
      some:filter(function(entry, mark)
        return entry % 3 == 0 and mark > 0
      end)
      for due = 1, 4 do
        for i = 3, count, 3 do
          wanted[#wanted + 1] = i * 7 % 5 == due and i or nil
        end
      end
      assert.are.same(wanted, emptied(some))
    end
  end))

  it("is as a sorted list, whatever is pushed and popped", counted(function()
    local some, list, state = heap.new(), {}, 99
    for i = 1, 500 do
      state = state * 16807 % 2147483647
      some:push(state % 20, i)
      table.insert(list, { due = state % 20, i = i })
      table.sort(list, function(a, b) return a.due < b.due or (a.due == b.due and a.i < b.i) end)
      if state % 3 == 0 then
        assert.are.equal(table.remove(list, 1).i, some:pop())
      end
    end
    for _, entry in ipairs(list) do
      assert.are.equal(entry.i, some:pop())
    end
  end))

  reaches_every_line(it)
end)
