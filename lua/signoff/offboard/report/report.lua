-- SPDX-License-Identifier: MIT

--- Reports a run, from its result or its journal: as text, JSON, CSV or a page of HTML; of all of it, or of some people and systems.
-- @module signoff.offboard.report.report

local check = require "signoff.check"
local core = require "signoff.core"
local csv_report = require "signoff.offboard.report.csv"
local history = require "signoff.offboard.report.history"
local json = require "signoff.json"
local names = require "signoff.names"
local outcome = require "signoff.offboard.executor.outcome"
local plain_report = require "signoff.offboard.report.plain"
local rows = require "signoff.offboard.report.rows"
local saved = require "signoff.offboard.report.saved"

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

function formats.html(result, notice)
  return saved.page(result, notice)
end

local streamed = { html = true, json = true }

--- Whether a format is written to a file as it is made; of the others the text is saved.
function report.is_streamed(format)
  return streamed[format] or false
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
-- @tparam {table,...} list each with `person` or `system`, or both: of a result, items of a plan, gaps
-- @tparam table wanted `person`, `system`: a name or a list of them; nil is all
-- @treturn {table,...} list
-- @treturn ?string a message where a name has no row at all, with the name that is nearly the same
function report.select(list, wanted)
  local wishes = { wish("person", wanted.person), wish("system", wanted.system) }
  local chosen, message = json.list(), nil
  for i, row in rows.each(list) do
    local fits = true
    for k = 1, 2 do
      fits = (not wishes[k] or matches(wishes[k], row)) and fits
    end
    chosen[#chosen + 1] = fits and list[i] or nil
  end
  for i = 1, 2 do
    message = message or wishes[i] and missing(wishes[i])
  end
  return chosen, message
end

--- The gaps that some people and systems have. One of a system is a gap of everybody, and one of a person a gap on every system.
-- @tparam {table,...} list
-- @tparam table wanted as `select` takes it
-- @treturn {table,...}
function report.gaps(list, wanted)
  local gaps = json.list()
  for _, gap in ipairs(list) do
    gaps[#gaps + 1] = report.select({ gap }, { person = gap.person and wanted.person, system = gap.system and wanted.system })[1]
  end
  return gaps
end

--- Rows and gaps in one list.
-- @tparam {table,...} results
-- @tparam ?{table,...} gaps
-- @treturn {table,...}
function report.joined(results, gaps)
  local list = {}
  for _, part in ipairs { results, gaps or {} } do
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
  local chosen, message = report.select(report.joined(result.results, result.gaps), wanted)
  if message then
    return nil, message
  end
  local part = {}
  for name, value in pairs(result) do
    part[name] = value
  end
  part.results, part.gaps = json.list(), result.gaps and report.gaps(result.gaps, wanted)
  part.only = { person = wanted.person, system = wanted.system }
  for _, row in ipairs(chosen) do
    part.results[#part.results + 1] = rows.verdict(row) and row or nil
  end
  part.totals, part.acknowledged = outcome.totals(part.results, rows.verdict), outcome.acknowledged(part.results)
  return part
end

local option_names = { format = true, out = true, person = true, system = true }

local function check_options(options)
  for name in pairs(options) do
    if not option_names[name] then
      core.raise(("offboard.report: there is no option '%s'; there are 'format', 'out', 'person', 'system'"):format(tostring(name)))
    end
  end
  if options.out ~= nil and type(options.out) ~= "string" then
    core.raise(("offboard.report: option 'out' must be a path, not %s"):format(type(options.out)))
  end
  for _, name in ipairs { "person", "system" } do
    if options[name] ~= nil and type(options[name]) ~= "string" then
      check.texts(("offboard.report: option '%s'"):format(name), options[name])
    end
  end
  if options.format ~= nil and not formats[options.format] then
    core.raise(("offboard.report: option 'format' must be \"text\", \"json\", \"csv\" or \"html\", not %s"):format(
      tostring(options.format)))
  end
end

local function result_of(source, options)
  if type(source) == "string" then
    return history.read(source, { pack = options.out and report.is_streamed(options.format) })
  elseif type(source) == "table" and type(source.results) == "table" then
    return source
  end
  core.raise(("offboard.report: a result or the path of a journal is needed, not %s"):format(type(source)))
end

--- The report of a result: its text, or with `out` the files that were written.
-- @tparam table result
-- @tparam table options as `make` takes them, without names; `spare(path)` raises where a file must not be written
-- @tparam[opt] string notice of what is wrong with its journal, for a page
-- @treturn string|{table,...} nil and a message where a file cannot be written
function report.render(result, options, notice)
  local format = options.format or "text"
  if options.out then
    return saved.write(result, streamed[format] and format or formats[format], options.out, notice, options.spare)
  end
  return formats[format](result, notice)
end

--- Makes a report.
-- @tparam table|string source a result, or the path of a journal
-- @tparam[opt] table options `format`: `"text"` (for a terminal), `"json"`, `"csv"` (a line a target), `"html"` (a page); `person`,
-- `system`: a name or a list of them, nothing else is reported; `out`: the path of a file to write it to
-- @treturn string|{table,...} the text; with `out` a list of what was written, each `path` and `sha256`: the file, and for a page its
-- JSON and its parts. nil and a message when the journal cannot be read, naming its line, has no such name, or a file cannot be written
-- @raise for an unknown option or format, and for what is neither
function report.make(source, options)
  options = options or {}
  check_options(options)
  local result, notice = result_of(source, options)
  if not result then
    return nil, notice
  end
  local part, message = report.narrow(result, options)
  if not part then
    return nil, message
  end
  return report.render(part, options, type(source) == "string" and notice or nil)
end

return report
