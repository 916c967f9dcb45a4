-- SPDX-License-Identifier: MIT

--- Texts as people are shown them: one cleaner, one width, one table. Nothing that a list or a system said may steer a terminal, and
-- columns stay columns.
-- @module signoff.text

local core = require "signoff.core"

local text = {}

local LONGEST = 80 -- cells

--- A text without the ASCII blanks at its ends.
text.trim = core.trim

--- Whether a text shows something: blanks of any script and invisible characters name nobody.
function text.is_visible(value)
  return value:find "^[0-9A-Za-z]" ~= nil or core.name_key(value) ~= nil
end

--- Makes one line of a value: what a terminal obeys, or nobody sees, stands as escapes.
-- @param value anything; nil is ""
-- @treturn string UTF-8
function text.clean(value)
  return core.shown(value == nil and "" or tostring(value))
end

--- The same of a text of several lines.
-- @tparam string value
-- @treturn string
function text.clean_lines(value)
  return (value:gsub("[^\n]+", core.shown))
end

--- Cleans a value and cuts it, for messages.
-- @param value anything
-- @tparam[opt] number longest cells (80)
-- @treturn string on one line
function text.short(value, longest)
  longest = longest or LONGEST
  local line = core.shown(tostring(value))
  if core.width(line) > longest then
    line = core.cut(line, longest) .. "..."
  end
  return line
end

--- As much of a text as that many cells take.
text.cut = core.cut

--- How many cells of a terminal a text takes.
text.width = core.width

--- Fills a text up to a width. It stands to the left; with `right`, to the right.
function text.pad(value, width, right)
  local gap = (" "):rep(width - core.width(value))
  return right and gap .. value or value .. gap
end

--- A list of rows as lines, each column as wide as it must be, the first row ruled off. The texts are made harmless.
-- @tparam {{string,...},...} rows
-- @tparam[opt] table right set of columns whose texts stand to the right
-- @tparam[opt] function paint `paint(text, row, column)`: the same text in colour
-- @treturn {string,...}
function text.columns(rows, right, paint)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for column, cell in ipairs(row) do
      row[column] = text.clean(cell)
      widths[column] = math.max(widths[column] or 0, core.width(row[column]))
    end
  end
  local rule = {}
  for column, width in ipairs(widths) do
    rule[column] = ("-"):rep(width)
  end
  for number, row in ipairs(rows) do
    local cells = {}
    for column, cell in ipairs(row) do
      local padded = text.pad(cell, widths[column], right and right[column])
      cells[column] = paint and number > 1 and paint(padded, number, column) or padded
    end
    lines[#lines + 1] = (table.concat(cells, "  "):gsub("[ \t-\r]+$", ""))
    if number == 1 then
      lines[2] = table.concat(rule, "  ")
    end
  end
  return lines
end

return text
