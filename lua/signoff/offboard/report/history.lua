-- SPDX-License-Identifier: MIT

--- Makes a result from a journal: that of the run that wrote it, finished or not.
-- @module signoff.offboard.report.history

local core = require "signoff.core"
local items = require "signoff.offboard.executor.items"
local journal = require "signoff.journal"
local json = require "signoff.json"
local listing = require "signoff.offboard.report.listing"
local outcome = require "signoff.offboard.executor.outcome"
local rows = require "signoff.offboard.report.rows"
local targets = require "signoff.offboard.people.target"

local history = {}

-- The records of a journal besides its items and rows: what stopped the run, and how it ended.
local events = {}

-- The operator who applies a plan, or goes on with it, may be another one than the one who made it.
local function add_operator(result, by)
  local list, operator = result.applied_by or json.list(), type(by) == "table" and by.operator
  if type(operator) == "string" and list[#list] ~= operator then
    list[#list + 1], result.applied_by = operator, list
  end
end

function events.start(result, record)
  add_operator(result, record.by)
  result.settle, result.gaps = record.options and record.options.settle, record.gaps and json.list(record.gaps)
  result.signals = record.signals and json.list(record.signals)
end

-- The signals of a run that is over: also those that came while it went on, or shortly after.
function events.signals(result, record)
  result.signals = json.list(record.signals)
end

-- Signals are of the first act on; a run without signals has no such line.
function events.intent(result, record)
  result.first_act = result.first_act or result.signals and record.at or nil
end

function events.stop(result, record)
  table.insert(result.stops, { system = record.system, code = record.code, why = record.why })
end

-- A resumed run: the earlier stop does not count any more.
function events.resume(result, record)
  add_operator(result, record.by)
  result.settle = math.min(record.settle or result.settle or 0, result.settle or math.huge)
  result.stops, result.ended, result.exit = json.list(), nil, nil
end

events["end"] = function(result, record)
  result.ended, result.exit = record.at, record.exit
end

local function take(found, result)
  return function(_, record)
    local problem = found:take(record)
    local event = not problem and found.start and events[record.event]
    if event then
      event(result, record)
    end
    return problem
  end
end

-- Where not all of the plan was written down, nobody was followed: who is missing there is not out.
local function unwritten(found)
  local wanted, there = found.start.items, #found.order
  if wanted and wanted ~= there then
    return ("has %d of the %s targets of its plan: the run did not begin, and nothing was sent; delete it and apply again"):format(
      there, core.digits(wanted))
  end
end

local function fill(result, found)
  result.results = found:list()
  result.totals, result.acknowledged = outcome.totals(result.results, rows.verdict), outcome.acknowledged(result.results)
  for _, name in ipairs { "plan_digest", "operator", "ticket", "host", "people_sha256", "started", "part", "undo_of" } do
    result[name] = found.start[name]
  end
end

--- A plan as the result of a run that has not begun: before there is a journal, the list of those who are left is made of it.
-- @tparam table plan
-- @treturn table `results` (each with `cell`), `gaps`
function history.planned(plan)
  local list, kinds = json.list(), {}
  for _, system in ipairs(plan.systems) do
    kinds[system.name] = system.kind
  end
  for i, item in ipairs(plan.items) do
    list[i] = items.row(item, kinds[item.system], "pending")
    list[i].cell = targets.cell(kinds[item.system], item)
  end
  return { results = list, gaps = plan.gaps }
end

--- Reads the result of a journal's run. Every item of the plan has a row; one without a verdict is `begun` or `pending`.
-- @tparam string path
-- @tparam[opt] table options `pack`: the rows of targets that are over are packed (`signoff.offboard.report.rows`)
-- @treturn table result, as `apply` gives it, each row also with `item` (its number in the plan) and `cell` (its target as
-- the people's list had it, none of a token); `ended` and `exit` are missing while it goes on, or after a crash
-- @treturn ?string a notice that its last line was torn; or nil, message with the path and the line
-- @treturn table how the people's list was read: `ignore`, `delimiter`
function history.read(path, options)
  local found, result = listing.new(options and options.pack or false), { stops = json.list() }
  local read, message = journal.check(path, take(found, result))
  if not read then
    return nil, message
  elseif not found.start then
    return nil, ("%s: is no journal of an offboarding%s"):format(path,
      read.lines == 0 and ": nothing is in it, so nothing was sent; delete it and apply again" or "")
  end
  local problem = found.misfit or unwritten(found)
  if problem then
    return nil, ("%s: %s"):format(path, problem)
  end
  fill(result, found)
  result.journal_head = read.head
  return result, read.notice, { ignore = found.start.ignore, delimiter = found.start.delimiter }
end

return history
