-- SPDX-License-Identifier: MIT
-- The queue, by itself.

local queue, counted, reaches_every_line = require "spec.support.covered" "signoff.async.queue"

describe("queue", function()
  -- A character is pushed, `-` pops and `?` peeks; what these gave (`.` for nil), and the size in the end.
  local rows = {
    { "", "", 0 }, { "-", ".", 0 }, { "?", ".", 0 }, { "a-", "a", 0 }, { "a-a-", "aa", 0 }, { "abc---", "abc", 0 }, { "abc", "", 3 },
    { "a?", "a", 1 }, { "a??-?", "aaa.", 0 }, { "ab-cd---", "abcd", 0 }, { "ab-c-d--", "abcd", 0 }, { "ab?c-?d---", "aabbcd", 0 }, { "a--b-", "a.b", 0 },
    { "abc-d-e", "ab", 3 }, { "ab--?-c?", "ab..c", 1 },
  }

  for _, row in ipairs(rows) do
    it(("is first in, first out: %q"):format(row[1]), counted(function()
      local some, given = queue.new(), {}
      for act in row[1]:gmatch "." do
        if act == "-" then
          given[#given + 1] = some:pop() or "."
        elseif act == "?" then
          given[#given + 1] = some:peek() or "."
        else
          some:push(act)
        end
      end
      assert.are.equal(row[2], table.concat(given))
      assert.are.equal(row[3], some:size())
    end))
  end

  it("keeps nothing that was popped alive", counted(function()
    local some, kept = queue.new(), setmetatable({}, { __mode = "v" })
    for i = 1, 10 do
      kept[i] = {}
      some:push(kept[i])
    end
    for _ = 1, 10 do
      some:pop()
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(kept))
  end))

  it("is as a list, whatever is pushed and popped", counted(function()
    local some, list, state = queue.new(), {}, 7
    for i = 1, 500 do
      state = state * 16807 % 2147483647
      if state % 5 < 3 then
        some:push(i)
        table.insert(list, i)
      else
        assert.are.equal(list[1], some:peek())
        assert.are.equal(table.remove(list, 1), some:pop())
      end
      assert.are.equal(#list, some:size())
    end
  end))

  reaches_every_line(it)
end)
