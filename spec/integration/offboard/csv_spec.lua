-- SPDX-License-Identifier: MIT
-- CSV as spreadsheets write it.

local csv = require "signoff.offboard.people.csv"

local function read(text, delimiter)
  local rows, lines = {}, {}
  for row, line, message in csv.rows(text, delimiter) do
    if not row then
      return nil, line, message
    end
    rows[#rows + 1], lines[#lines + 1] = row, line
  end
  return rows, lines
end

describe("CSV", function()
  local cases = {
    { "cells between commas", "a,b\nc,d\n", { { "a", "b" }, { "c", "d" } }, { 1, 2 } },
    { "a last line without its end", "a,b\nc,d", { { "a", "b" }, { "c", "d" } }, { 1, 2 } },
    { "lines that end with CRLF", "a,b\r\nc,d\r\n", { { "a", "b" }, { "c", "d" } }, { 1, 2 } },
    { "lines that end with CR", "a,b\rc,d\r", { { "a", "b" }, { "c", "d" } }, { 1, 2 } },
    { "empty cells", "a,,\n,b,", { { "a", "", "" }, { "", "b", "" } }, { 1, 2 } },
    { "quotes", '"a,1","b"\n', { { "a,1", "b" } }, { 1 } },
    { "quotes in quotes", '"a ""x""","""",""\n', { { 'a "x"', '"', "" } }, { 1 } },
    { "newlines in quotes", '"a\nb\r\nc",d\ne,f\n', { { "a\nb\r\nc", "d" }, { "e", "f" } }, { 1, 4 } },
    { "a quote inside a cell", 'a"b,c\n', { { 'a"b', "c" } }, { 1 } },
    { "lines of blanks, passed over", "a,b\n\n  , \n\nc,d\n", { { "a", "b" }, { "c", "d" } }, { 1, 5 } },
    { "another delimiter", 'a;"b;c"\nd,e;f\n', { { "a", "b;c" }, { "d,e", "f" } }, { 1, 2 }, ";" },
    { "tabs", "a\tb\n", { { "a", "b" } }, { 1 }, "\t" },
    { "quotes behind a tab", 'a\t"b\tc"\n\t"d"\n', { { "a", "b\tc" }, { "", "d" } }, { 1, 2 }, "\t" },
    { "a delimiter that means something in patterns", "a^b\nc|d^e\n", { { "a", "b" }, { "c|d", "e" } }, { 1, 2 }, "^" },
    { "nothing", "", {}, {} },
  }

  for _, case in ipairs(cases) do
    it("has " .. case[1], function()
      local rows, lines = read(case[2], case[5])
      assert.are.same(case[3], rows)
      assert.are.same(case[4], lines)
    end)
  end

  it("ends where a quote is never closed, and says where that cell's row began", function()
    local rows, line, message = read 'a,b\nc,"d\ne,f\n'
    assert.is_nil(rows)
    assert.are.equal(2, line)
    assert.are.equal("a quote is never closed", message)
  end)

  it("ends where something follows a closing quote", function()
    local rows, line, message = read 'a\n"b\n" c\n'
    assert.is_nil(rows)
    assert.are.equal(2, line)
    assert.are.equal("something follows a closing quote", message)
  end)

  it("ends for good after that", function()
    local next_row = csv.rows '"a'
    assert.is_false((next_row()))
    assert.is_nil((next_row()))
  end)
end)
