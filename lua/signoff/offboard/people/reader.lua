-- SPDX-License-Identifier: MIT

--- The records of a list of people, one after another, whatever it is written in: CSV, JSON lines, or a Lua list.
--
-- A reader's `next` gives the values of the next record by their columns, in a table that the one after may overwrite, and its
-- line; `false, line, message` for one that cannot be read; nil at the end. `columns` are those that the head names, where there is one.
-- @module signoff.offboard.people.reader

local csv = require "signoff.offboard.people.csv"
local is_list = require("signoff.list").is_list
local json = require "signoff.json"
local Text = require "signoff.text"
local wording = require "signoff.offboard.people.wording"

-- The objects of a text, one after another: `for object, line in json_rows(text) do`. Blank lines are passed over. In
-- the place of what is no object stands `false, line, message`.
local function json_rows(text)
  local at, line = 1, 0
  return function()
    while at <= #text do
      local last = text:find("\n", at, true) or #text + 1
      local piece = text:sub(at, last - 1)
      at, line = last + 1, line + 1
      if piece:find "[^ \t-\r]" then
        if not piece:find "^[ \t-\r]*{" then
          return false, line, "is no JSON object; one object stands on each line"
        end
        local object, message = json.decode_once(piece)
        if type(object) ~= "table" then
          return false, line, message
        end
        return object, line
      end
    end
  end
end

local reader = {}

local function trimmed(row)
  local names = {}
  for i, name in ipairs(row) do
    names[i] = Text.trim(name)
  end
  return names
end

local delimiters = { ",", ";", "\t", "|" }

local function shown(delimiter)
  return delimiter == "\t" and "\\t" or delimiter
end

-- The message for a file that has another delimiter.
local function separated(other, delimiter)
  return ("the columns are separated by '%s', not '%s'; say %s%s"):format(shown(other), shown(delimiter), wording.delimiter(other),
    other == ";" and " (Excel writes so in some countries; put cells with several targets in quotes)" or "")
end

-- Whether a line has a cell `person` between these delimiters.
local function names_person(line, delimiter)
  for cell in (line .. delimiter):gmatch("([^" .. "%" .. delimiter .. "]*)%" .. delimiter) do
    if Text.trim(cell):gsub('^"(.*)"$', "%1") == "person" then
      return true
    end
  end
  return false
end

local LOOKED_AT = 20 -- lines

-- A head that stands below titles, versions, dates: its line and its delimiter.
local function find_head(text)
  local number = 0
  for line in text:gsub("\r\n?", "\n"):gmatch "([^\n]*)\n?" do
    number = number + 1
    for _, delimiter in ipairs(number <= LOOKED_AT and delimiters or {}) do
      if names_person(line, delimiter) then
        return number, delimiter
      end
    end
  end
end

-- The lines above the head, where they keep it from being one.
local function buried_head(text, names, line, delimiter)
  for _, name in ipairs(names) do
    if name == "person" then
      return nil
    end
  end
  local found, other = find_head(text:sub(1, 64 * 1024))
  if not found or found <= line then
    return nil
  end
  return ("the first line must name the columns, and line %d does: delete %s above it%s"):format(found,
    found == 2 and "the line" or "the lines", other == delimiter and "" or "; " .. separated(other, delimiter))
end

-- The error of a head, where its cells may be anything; a delimiter that was not told is easy to see here.
local function head_problem(names, delimiter)
  local seen = {}
  for _, other in ipairs(#names == 1 and delimiters or {}) do
    if other ~= delimiter and names[1]:find(other, 1, true) then
      return separated(other, delimiter)
    end
  end
  for i, name in ipairs(names) do
    if name == "" then
      return ("column %d has no name"):format(i)
    elseif seen[name] then
      return ("two columns are called '%s'"):format(Text.short(name))
    end
    seen[name] = true
  end
end

-- Spreadsheets write empty columns behind the last one.
local function drop_nameless(names)
  while #names > 1 and names[#names] == "" do
    names[#names] = nil
  end
  return names
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
    local counts = delimiters_by_line(cell, delimiter)
    local joined = #counts > 1 and counts[1] + i - 1 >= least and counts[#counts] + #names - i >= least
    for number = 2, #counts do
      if counts[number] >= least or (joined and number == #counts) then
        return ("a quote that opens here goes on over line %d, which looks like a line of the list; close the quote, or write \"\" "
          .. "for a quote inside a cell"):format(line + number - 1)
      end
    end
  end
end

-- Cells without a column must be blank, and none may be missing: a line that was cut has lost targets.
local function misfit(row, names, delimiter)
  if #row < #names then
    return ("the head has %d columns, and this line has %d; write a delimiter for each empty cell as well"):format(#names, #row)
  end
  for i = #names + 1, #row do
    if row[i]:find "[^ \t-\r]" then
      return ("the head has %d columns, and this line has %d; a cell with '%s' in it stands in quotes, and a column needs a name"):format(
        #names, #row, shown(delimiter))
    end
  end
end

-- Checks each row against the head.
local function csv_reader(next_row, names, delimiter)
  local values = {}
  return function()
    local row, line, lines = next_row()
    if not row then
      return row, line, lines
    end
    local message = misfit(row, names, delimiter) or lines > 1 and swallowed(row, names, line, delimiter)
    if message then
      return false, line, message
    end
    for i, name in ipairs(names) do
      values[name] = row[i]
    end
    return values, line
  end
end

-- Excel's own first line, which names the delimiter: that one, where the rows begin, and on which line.
local function declared(text)
  local named, at = text:match '^"?[Ss][Ee][Pp]=([^\r\n])"?[;,|\t ]*\r?\n?()'
  local found = named and csv.delimiter(named)
  if not found then
    return nil, 1, 1
  end
  return found, at, 2
end

local function of_csv(text, told)
  local named, at, line = declared(text)
  local delimiter = told or named or ","
  local next_row = csv.rows(text, delimiter, at, line)
  local head, message
  head, line, message = next_row()
  if not head then
    return nil, line or 1, message or "is empty"
  end
  local names = drop_nameless(trimmed(head))
  message = buried_head(text, names, line, delimiter) or head_problem(names, delimiter)
  if message then
    return nil, line, message
  end
  return { next = csv_reader(next_row, names, delimiter), columns = names, head_line = line }
end

--- Makes the reader of a file's text: JSON lines where it begins with `{`, CSV otherwise.
-- @tparam string text
-- @tparam[opt] string delimiter of CSV
-- @treturn ?table reader: `next`, `columns`, `head_line`; nil, line, message
function reader.of_text(text, delimiter)
  local first = text:match "[^ \t-\r]"
  if first == "[" then
    return nil, 1, "is a JSON list; write JSON lines, one object a line"
  elseif first == "{" then
    return { next = json_rows(text) }
  end
  return of_csv(text, delimiter)
end

--- Makes the reader of a Lua list, where the number of an element stands for its line.
-- @treturn ?table reader; nil, message
function reader.of_list(list)
  if not is_list(list) then
    return nil, "people: is a table with gaps or named members, where a list {{person =, ...}, ...} must stand"
  end
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

return reader
