-- SPDX-License-Identifier: MIT

--- A result as CSV: a row a target, for a spreadsheet; and the list of those who are left, which `plan` reads again.
-- @module signoff.offboard.report.csv

local core = require "signoff.core"
local time = require "signoff.offboard.time"
local spreadsheet = require "signoff.offboard.people.spreadsheet"
local summary = require "signoff.offboard.report.summary"
local verdicts = require "signoff.signout.verdict"

local report_csv = {}

local names = { "person", "system", "action", "target", "verdict", "code", "message", "by_hand", "last_seen_at", "last_seen" }

local function quoted(text)
  return text:find '[",\r\n;]' and '"' .. text:gsub('"', '""') .. '"' or text
end

-- A text as people are shown it, with its line breaks, and such that a spreadsheet does not run it.
local function shown(text)
  return (spreadsheet.guarded(text):gsub("[^\r\n]+", core.shown))
end

local function line(cells, for_spreadsheets)
  local texts = {}
  for i, value in ipairs(cells) do
    texts[i] = quoted(for_spreadsheets and shown(tostring(value)) or tostring(value))
  end
  return table.concat(texts, ",") .. "\r\n"
end

--- A line a target: what was found, and what was seen last. Texts that a spreadsheet would take for a formula begin with an
-- apostrophe; lines end as RFC 4180 has them, and a byte order mark says that it is UTF-8.
-- @tparam table result
-- @treturn string
function report_csv.table(result)
  local lines = { spreadsheet.MARK .. line(names) }
  for i, row in ipairs(result.results) do
    local seen = row.evidence and row.evidence[#row.evidence] or {}
    lines[i + 1] = line({
      row.person, row.system, row.action or "", row.target or "", row.verdict, row.code or "", row.message or "", row.by_hand or "",
      time.shown(seen.at) or "", seen.what or "",
    }, true)
  end
  return table.concat(lines)
end

-- A target as a cell of the people's list has it. A token is never in a result: the list has it, or it is `?`.
local function piece(row, tokens)
  local target = row.cell or row.target or "?"
  if target:find "^sha256:" then
    target = tokens and tokens(row) or "?"
  end
  return target == "?" and target or (target:gsub(";", "\\;"))
end

-- The pieces that are left of a person in one column; systems may share one.
local function cell_of(person, systems, tokens)
  local pieces, there = {}, {}
  for _, name in ipairs(systems) do
    for _, row in ipairs(person.systems[name] or {}) do
      local text = not verdicts.is_settled(row.verdict, row.code) and piece(row, tokens)
      if text and not there[text] then
        there[text], pieces[#pieces + 1] = true, text
      end
    end
  end
  return table.concat(pieces, ";")
end

-- The columns of the list, each with the names of its systems.
local function columns_of(systems, column)
  local list, by_name = {}, {}
  for _, system in ipairs(systems) do
    local name = column and column(system.name) or system.name
    if not by_name[name] then
      by_name[name] = { name = name, systems = {} }
      list[#list + 1] = by_name[name]
    end
    table.insert(by_name[name].systems, system.name)
  end
  return list
end

--- The people who are not out yet, as a list that `plan` takes: only what is left of each. Its cells are kept as
-- they are: the plan warns of those that a spreadsheet would run. A byte order mark stands before what is no ASCII, or a spreadsheet
-- would spoil the names.
-- @tparam table result
-- @tparam[opt] table options `tokens(row)`: the cell's own text for a row whose target is a token; without it that is `?`.
-- `column(system)`: the name of a system's column
-- @treturn string the list
-- @treturn number how many people are in it
function report_csv.failed(result, options)
  options = options or {}
  local counted = summary.count(result.results)
  local layout, head, lines, blanks = columns_of(counted.systems, options.column), { "person" }, {}, {}
  for i, column in ipairs(layout) do
    head[i + 1], blanks[i] = column.name, ""
  end
  for _, person in ipairs(counted.people) do
    local cells, any = { person.name }, false
    for i, column in ipairs(layout) do
      cells[i + 1] = cell_of(person, column.systems, options.tokens)
      any = any or cells[i + 1] ~= ""
    end
    lines[#lines + 1] = any and line(cells) or nil
  end
  for _, gap in ipairs(result.gaps or {}) do
    if gap.person and not gap.declared then
      lines[#lines + 1] = line { gap.person, (table.unpack or unpack)(blanks, 1, #layout) } -- luacheck: ignore 143 (by version)
    end
  end
  local text = line(head) .. table.concat(lines)
  return (text:find "[\128-\255]" and spreadsheet.MARK or "") .. text, #lines
end

return report_csv
