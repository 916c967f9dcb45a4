-- SPDX-License-Identifier: MIT

--- Texts for a person's eyes: nothing that a list or a system said may steer a terminal, and columns stay columns.
-- @module signoff.offboard.tabular

local core = require "signoff.core"

local tabular = {}

--- The text in one line, with nothing in it that a terminal obeys or that nobody sees: that stands as escapes.
-- @param value anything; nil is ""
-- @treturn string UTF-8
function tabular.text(value)
  return core.shown(value == nil and "" or tostring(value))
end

--- The same of a text of several lines.
-- @tparam string text
-- @treturn string
function tabular.lines(text)
  return (text:gsub("[^\n]+", core.shown))
end

--- As much of a text as that many cells take.
tabular.cut = core.cut

--- How many cells of a terminal a text takes.
tabular.length = core.width

--- The text at that width, to the left; `right` puts it to the right.
function tabular.pad(text, width, right)
  local gap = (" "):rep(width - core.width(text))
  return right and gap .. text or text .. gap
end

--- A list of rows as lines, each column as wide as it must be, the first row ruled off. The texts are made harmless.
-- @tparam {{string,...},...} rows
-- @tparam[opt] table right set of columns whose texts stand to the right
-- @tparam[opt] function paint `paint(text, row, column)`: the same text in colour
-- @treturn {string,...}
function tabular.columns(rows, right, paint)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for column, text in ipairs(row) do
      row[column] = tabular.text(text)
      widths[column] = math.max(widths[column] or 0, core.width(row[column]))
    end
  end
  local rule = {}
  for column, width in ipairs(widths) do
    rule[column] = ("-"):rep(width)
  end
  for number, row in ipairs(rows) do
    local cells = {}
    for column, text in ipairs(row) do
      local padded = tabular.pad(text, widths[column], right and right[column])
      cells[column] = paint and number > 1 and paint(padded, number, column) or padded
    end
    lines[#lines + 1] = (table.concat(cells, "  "):gsub("[ \t-\r]+$", ""))
    if number == 1 then
      lines[2] = table.concat(rule, "  ")
    end
  end
  return lines
end

return tabular
