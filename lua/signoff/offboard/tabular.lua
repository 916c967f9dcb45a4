-- SPDX-License-Identifier: MIT

--- Texts for a person's eyes: nothing that a list or a system said may steer a terminal, and columns stay columns.
-- @module signoff.offboard.tabular

local core = require "signoff.core"

local tabular = {}

-- What a terminal obeys, in UTF-8: C1 controls, and what changes the direction of writing.
local steering = { "\194[\128-\159]", "\226\128[\142\143\168-\174]", "\226\129[\166-\169]", "\239\187\191" }

--- The text in one line, with nothing in it that a terminal obeys.
-- @param value anything; nil is ""
-- @treturn string UTF-8
function tabular.text(value)
  local text = value == nil and "" or tostring(value)
  text = text:gsub("[%z\1-\31\127]+", " ")
  if not text:find "[\128-\255]" then
    return text
  end
  text = core.utf8(text)
  for _, pattern in ipairs(steering) do
    text = text:gsub(pattern, " ")
  end
  return text
end

--- The text with at most that many characters.
function tabular.cut(text, width)
  local count = 0
  for at in text:gmatch "()[^\128-\191]" do
    count = count + 1
    if count > width then
      return text:sub(1, at - 1)
    end
  end
  return text
end

--- How many characters that are (UTF-8).
function tabular.length(text)
  return select(2, text:gsub("[^\128-\191]", ""))
end

--- The text at that width, to the left; `right` puts it to the right.
function tabular.pad(text, width, right)
  local gap = (" "):rep(width - tabular.length(text))
  return right and gap .. text or text .. gap
end

--- A list of rows as lines, each column as wide as it must be, the first row ruled off.
-- @tparam {{string,...},...} rows
-- @tparam[opt] table right set of columns whose texts stand to the right
-- @tparam[opt] function paint `paint(text, row, column)`: the same text in colour
-- @treturn {string,...}
function tabular.columns(rows, right, paint)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for column, text in ipairs(row) do
      widths[column] = math.max(widths[column] or 0, tabular.length(text))
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
