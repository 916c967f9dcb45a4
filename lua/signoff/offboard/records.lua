-- SPDX-License-Identifier: MIT

--- The records of a list of people, one after another, whatever it is written in: CSV, JSON lines, or a Lua list.
--
-- A reader's `next` gives the values of the next record by their columns, in a table that the one after may overwrite, and its
-- line; `false, line, message` for one that cannot be read; nil at the end. `columns` are those that the head names, where there is one.
-- @module signoff.offboard.records

local csv = require "signoff.offboard.csv"
local jsonl = require "signoff.offboard.jsonl"
local plain = require "signoff.offboard.plain"
local trim = require "signoff.trim"

local records = {}

local function trimmed(row)
  local names = {}
  for i, name in ipairs(row) do
    names[i] = trim(name)
  end
  return names
end

-- What is wrong with a head, where its cells may be anything; a delimiter that was not told is easy to see here.
local function head_problem(names, delimiter)
  local seen = {}
  if #names == 1 then
    for _, other in ipairs { ";", ",", "\t", "|" } do
      if other ~= delimiter and names[1]:find(other, 1, true) then
        local shown = other == "\t" and "\\t" or other
        return ("the columns are separated by '%s', not '%s'; say delimiter = \"%s\""):format(shown, delimiter, shown)
          .. (other == ";" and " (Excel writes so in some countries; put cells with several targets in quotes)" or "")
      end
    end
  end
  for i, name in ipairs(names) do
    if name == "" then
      return ("column %d has no name"):format(i)
    elseif seen[name] then
      return ("two columns are called '%s'"):format(plain(name))
    end
    seen[name] = true
  end
end

-- How many delimiters stand in each line of a cell.
local function delimiters_by_line(cell, delimiter)
  local counts = {}
  for part in (cell:gsub("\r\n?", "\n") .. "\n"):gmatch "([^\n]*)\n" do
    counts[#counts + 1] = select(2, part:gsub("%" .. delimiter, ""))
  end
  return counts
end

-- Lines inside a quoted cell that look like lines of the list themselves: a stray quote swallows the people behind it, and two
-- stray quotes make one person of two. The row's first and last line have its other cells besides.
local function swallowed(row, names, line, delimiter)
  local least = #names - 1
  for i, cell in ipairs(row) do
    local counts = cell:find "[\r\n]" and delimiters_by_line(cell, delimiter) or {}
    local joined = #counts > 1 and counts[1] + i - 1 >= least and counts[#counts] + #names - i >= least
    for number = 2, #counts do
      if counts[number] >= least or (joined and number == #counts) then
        return ("a quote that opens here goes on over line %d, which looks like a line of the list; close the quote, or write \"\" "
          .. "for a quote inside a cell"):format(line + number - 1)
      end
    end
  end
end

-- Each row against the head.
local function csv_reader(next_row, names, delimiter)
  local values = {}
  return function()
    local row, line, message = next_row()
    if not row then
      return row, line, message
    elseif #row ~= #names then
      return false, line, ("the head has %d columns, and this line has %d"):format(#names, #row)
    end
    message = swallowed(row, names, line, delimiter)
    if message then
      return false, line, message
    end
    for i, name in ipairs(names) do
      values[name] = row[i]
    end
    return values, line
  end
end

local function of_csv(text, delimiter)
  local next_row = csv.rows(text, delimiter)
  local head, line, message = next_row()
  if not head then
    return nil, line or 1, message or "is empty"
  end
  local names = trimmed(head)
  message = head_problem(names, delimiter or ",")
  if message then
    return nil, line, message
  end
  return { next = csv_reader(next_row, names, delimiter or ","), columns = names, head_line = line }
end

--- Of a file's text: JSON lines where it begins with `{`, CSV otherwise.
-- @tparam string text
-- @tparam[opt] string delimiter of CSV
-- @treturn ?table reader: `next`, `columns`, `head_line`; nil, line, message
function records.of_text(text, delimiter)
  local first = text:match "%S"
  if first == "[" then
    return nil, 1, "is a JSON list; write JSON lines, one object a line"
  elseif first == "{" then
    return { next = jsonl.rows(text) }
  end
  return of_csv(text, delimiter)
end

--- Of a Lua list, where the number of an element stands for its line.
function records.of_list(list)
  local at = 0
  return { next = function()
    at = at + 1
    local element = list[at]
    if element ~= nil and type(element) ~= "table" then
      return false, at, ("is a %s, where a table {person =, ...} must stand"):format(type(element))
    end
    return element, at
  end }
end

return records
