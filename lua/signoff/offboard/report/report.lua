-- SPDX-License-Identifier: MIT

--- Reports a run, from its result or its journal: as text, JSON or CSV.
-- @module signoff.offboard.report.report

local core = require "signoff.core"
local history = require "signoff.offboard.report.history"
local json = require "signoff.json"
local csv_report = require "signoff.offboard.report.csv"
local plain_report = require "signoff.offboard.report.plain"

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

local function check_options(options)
  for name in pairs(options) do
    if name ~= "format" then
      core.raise(("offboard.report: there is no option '%s'; there is 'format'"):format(tostring(name)))
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

--- A report.
-- @tparam table|string source a result, or the path of a journal
-- @tparam[opt] table options `format`: `"text"` (a page), `"json"`, `"csv"` (a line a target)
-- @treturn string; nil and a message when the journal cannot be read, naming its line
-- @raise for an unknown option or format, and for what is neither
return function(source, options)
  options = options or {}
  check_options(options)
  local result, message = result_of(source)
  if not result then
    return nil, message
  end
  return formats[options.format or "text"](result)
end
