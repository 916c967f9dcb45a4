-- SPDX-License-Identifier: MIT
-- CSV: the first byte picks the delimiter. A reader of one character after the other must come to the same rows; and rows that
-- are written with everything in quotes must be read as they were.
local csv = require "signoff.offboard.people.csv"
local fields = require "spec.proofs.fuzz.fields"

local delimiters = { ",", ";", "\t", "|", "^", "%", "-" }

-- States of the plain reader: each takes a character, and gives the next state.
local states = {}

function states.start(now, character)
  if character == '"' then
    return "quoted"
  end
  return states.bare(now, character)
end

function states.bare(now, character)
  if character == now.delimiter then
    return now:end_cell()
  elseif character == "\n" or character == "\r" then
    return now:end_row(character)
  elseif character == '"' and now.cell:find "^[ \t]+$" then -- a quote that opens nothing
    return "wrong"
  end
  now.cell = now.cell .. character
  return "bare"
end

function states.quoted(now, character)
  if character == '"' then
    return "closed"
  end
  now.cell = now.cell .. character
  return "quoted"
end

function states.closed(now, character)
  if character == '"' then
    now.cell = now.cell .. '"'
    return "quoted"
  elseif character == now.delimiter or character == "\n" or character == "\r" then
    return states.bare(now, character)
  end
  return "wrong"
end

local plain = {}
plain.__index = plain

function plain:end_cell()
  table.insert(self.row, self.cell)
  self.cell = ""
  return "start"
end

function plain:end_row(character)
  self:end_cell()
  if table.concat(self.row):find "%S" then
    table.insert(self.rows, self.row)
    table.insert(self.lines, self.began)
  end
  self.row, self.skip = {}, character == "\r" and "\n" or nil
  return "start"
end

-- Which line a character is on, "\r\n" as one break.
function plain:count(character)
  if character == "\r" or character == "\n" and self.before ~= "\r" then
    self.line = self.line + 1
  end
  self.before = character
end

local function read_plainly(text, delimiter)
  local now = setmetatable({ delimiter = delimiter, cell = "", row = {}, rows = {}, lines = {}, line = 1, began = 1 }, plain)
  local state = "start"
  for character in text:gmatch "." do
    local skipped = character == now.skip
    now.skip = nil
    if not skipped then
      if state == "start" and #now.row == 0 then
        now.began = now.line
      end
      state = states[state](now, character)
    end
    if state == "wrong" then
      break
    end
    now:count(character)
  end
  if state == "quoted" or state == "wrong" then
    return now.rows, now.lines, now.began
  elseif state ~= "start" or #now.row > 0 then
    now:end_row "\n"
  end
  return now.rows, now.lines
end

local function read(text, delimiter)
  local rows, lines = {}, {}
  for row, line, message in csv.rows(text, delimiter) do
    if not row then
      assert(type(message) == "string", "what is wrong is not said")
      return rows, lines, line
    end
    rows[#rows + 1], lines[#lines + 1] = row, line
  end
  return rows, lines
end

local function check_same(wanted, found, what)
  assert(#wanted == #found, ("%d %s, and must be %d"):format(#found, what, #wanted))
  for i, value in ipairs(wanted) do
    if type(value) == "table" then
      check_same(value, found[i], "cells")
    else
      assert(value == found[i], ("%q in the %s, and must be %q"):format(found[i], what, value))
    end
  end
end

local function written(rows, delimiter)
  local lines = {}
  for i, row in ipairs(rows) do
    local cells = {}
    for column, cell in ipairs(row) do
      cells[column] = '"' .. cell:gsub('"', '""') .. '"'
    end
    lines[i] = table.concat(cells, delimiter) .. (i % 2 == 0 and "\n" or "\r\n")
  end
  return table.concat(lines)
end

return function(bytes)
  local delimiter, text = fields.pick(delimiters, bytes), bytes:sub(2)
  local rows, lines, wrong = read(text, delimiter)
  local plain_rows, plain_lines, plain_wrong = read_plainly(text, delimiter)
  check_same(plain_rows, rows, "rows")
  check_same(plain_lines, lines, "lines")
  assert(wrong == plain_wrong, ("wrong in line %s, and must be in %s"):format(tostring(wrong), tostring(plain_wrong)))
  check_same(rows, (read(written(rows, delimiter), delimiter)), "rows that were written")
end, true
