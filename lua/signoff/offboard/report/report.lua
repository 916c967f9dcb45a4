-- SPDX-License-Identifier: MIT

--- Reports a run, from its result or its journal: as text, JSON or CSV; of all of it, or of some people and systems.
-- @module signoff.offboard.report.report

local check = require "signoff.check"
local core = require "signoff.core"
local csv_report = require "signoff.offboard.report.csv"
local history = require "signoff.offboard.report.history"
local json = require "signoff.json"
local names = require "signoff.names"
local outcome = require "signoff.offboard.executor.outcome"
local plain_report = require "signoff.offboard.report.plain"

local report = {}

local formats = {}

function formats.text(result)
  return plain_report.page(result)
end

function formats.json(result)
  return json.encode(result) .. "\n"
end

function formats.csv(result)
  return csv_report.table(result)
end

-- The names that are wanted of one member, and those that rows have; nil where all are wanted.
local function wish(member, wanted)
  if wanted == nil then
    return nil
  end
  local wishes = { member = member, asked = names.index "exact", known = names.index "exact" }
  for _, name in ipairs(type(wanted) == "table" and wanted or { wanted }) do
    wishes.asked:add(name)
    wishes[#wishes + 1] = name
  end
  return wishes
end

local function matches(wishes, row)
  local name = row[wishes.member]
  if name == nil then
    return false
  end
  wishes.known:add(name)
  return wishes.asked:find(name) == "same"
end

-- The first name that nothing has, and the one that may be meant.
local function missing(wishes)
  for _, name in ipairs(wishes) do
    local likeness, like = wishes.known:find(name)
    if likeness ~= "same" then
      local hint = like and ("; did you mean '%s'?"):format(like) or ""
      return ("there is no %s '%s'%s"):format(wishes.member, name, hint)
    end
  end
end

--- The rows of some people and systems, in their order. Names are compared exactly, without blanks around them.
-- @tparam {table,...} rows each with `person` or `system`, or both: of a result, items of a plan, gaps
-- @tparam table wanted `person`, `system`: a name or a list of them; nil is all
-- @treturn {table,...} list
-- @treturn ?string a message where a name has no row at all, with the name that is nearly the same
function report.select(rows, wanted)
  local wishes = { wish("person", wanted.person), wish("system", wanted.system) }
  local chosen, message = json.list(), nil
  for _, row in ipairs(rows) do
    local fits = true
    for i = 1, 2 do
      fits = (not wishes[i] or matches(wishes[i], row)) and fits
    end
    chosen[#chosen + 1] = fits and row or nil
  end
  for i = 1, 2 do
    message = message or wishes[i] and missing(wishes[i])
  end
  return chosen, message
end

-- Rows and gaps in one list.
local function joined(result)
  local list = {}
  for _, part in ipairs { result.results, result.gaps or {} } do
    for _, row in ipairs(part) do
      list[#list + 1] = row
    end
  end
  return list
end

--- The part of a result that is of some people and systems: rows, gaps and totals. How the run ended stays that of all of it.
-- @tparam table result
-- @tparam table wanted as `select` takes it
-- @treturn table result, with `only` (what was wanted); nil and a message where a name is nowhere in it
function report.narrow(result, wanted)
  if not wanted.person and not wanted.system then
    return result
  end
  local chosen, message = report.select(joined(result), wanted)
  if message then
    return nil, message
  end
  local part = {}
  for name, value in pairs(result) do
    part[name] = value
  end
  part.results, part.gaps, part.only = json.list(), result.gaps and json.list(), { person = wanted.person, system = wanted.system }
  for _, row in ipairs(chosen) do
    table.insert(row.verdict and part.results or part.gaps, row)
  end
  part.totals, part.acknowledged = outcome.totals(part.results), outcome.acknowledged(part.results)
  return part
end

local option_names = { format = true, person = true, system = true }

local function check_options(options)
  for name in pairs(options) do
    if not option_names[name] then
      core.raise(("offboard.report: there is no option '%s'; there are 'format', 'person', 'system'"):format(tostring(name)))
    end
  end
  for _, name in ipairs { "person", "system" } do
    if options[name] ~= nil and type(options[name]) ~= "string" then
      check.texts(("offboard.report: option '%s'"):format(name), options[name])
    end
  end
  if options.format ~= nil and not formats[options.format] then
    core.raise(("offboard.report: option 'format' must be \"text\", \"json\" or \"csv\", not %s"):format(tostring(options.format)))
  end
end

local function result_of(source)
  if type(source) == "string" then
    return history.read(source)
  elseif type(source) == "table" and type(source.results) == "table" then
    return source
  end
  core.raise(("offboard.report: a result or the path of a journal is needed, not %s"):format(type(source)))
end

--- Makes a report.
-- @tparam table|string source a result, or the path of a journal
-- @tparam[opt] table options `format`: `"text"` (a page), `"json"`, `"csv"` (a line a target); `person`, `system`: a name or a list
-- of them, nothing else is reported
-- @treturn string; nil and a message when the journal cannot be read, naming its line, or has no such name
-- @raise for an unknown option or format, and for what is neither
function report.make(source, options)
  options = options or {}
  check_options(options)
  local result, message = result_of(source)
  if result then
    result, message = report.narrow(result, options)
  end
  if not result then
    return nil, message
  end
  return formats[options.format or "text"](result)
end

return report
