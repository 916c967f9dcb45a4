-- SPDX-License-Identifier: MIT

--- Goes on with the journal of an earlier run: for `resume`, and for `apply --or-resume`, where it must be this plan's.
-- @module signoff.offboard.cli.continuation

local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local history = require "signoff.offboard.report.history"
local offboard = require "signoff.offboard"
local output = require "signoff.offboard.cli.output"
local part = require "signoff.offboard.part"
local report = require "signoff.offboard.report.report"
local running = require "signoff.offboard.cli.run"
local verdicts = require "signoff.signout.verdict"

local continuation = {}

-- The result so far, and how the people's list was read; ends the command where the journal cannot be read.
local function read(path)
  local before, message, read_by = history.read(path)
  return ending.checked(before, message), read_by
end

-- The work that the run of a journal has left.
local function rows_left(result, wanted)
  local rows = {}
  for _, row in ipairs((report.select(result.results, wanted or {}))) do
    rows[#rows + 1] = verdicts.is_open(row.verdict) and row or nil
  end
  return rows
end

local function go_on(path, given, config, before, read_by)
  local wanted = running.wanted(given)
  return running.run(given, config, {
    rows = rows_left(before, wanted), wanted = wanted, before = before, read_by = read_by, journal = path, reads = true,
    run = function(options)
      return offboard.resume(path, config.systems, options)
    end,
  })
end

--- Goes on with a journal.
-- @tparam string path
-- @tparam table given the arguments
-- @tparam table config
-- @treturn number exit status
function continuation.resume(path, given, config)
  return go_on(path, given, config, read(path))
end

--- Whether `apply` is to go on with its journal: that was asked for, and something is there.
-- @tparam table given the arguments
-- @treturn boolean
function continuation.is_due(given)
  return given.or_resume and given.journal and core.stat(given.journal) ~= nil or false
end

local function is_over(result)
  return result.exit and result.totals.begun + result.totals.pending == 0 and #result.stops == 0
end

-- Why a journal is none to go on with; nil where it is of this plan, and has all of it that is asked for.
local function misfit(before, plan, wanted)
  local had, asked = part.describe(before.part or {}), part.describe(wanted or {})
  if before.undo_of then
    return "is the journal of an undo"
  elseif before.plan_digest ~= plan.digest then
    return ("is the journal of another plan (%s), and this one is %s"):format(tostring(before.plan_digest), plan.digest)
  elseif before.part and had ~= asked then
    return ("is the journal of a part of this plan (%s), and %s is asked for"):format(had, asked ~= "" and asked or "all of it")
  end
end

--- Goes on with the journal of an earlier night, where it is this plan's, and something of it is left.
-- @tparam table plan
-- @tparam table given the arguments
-- @tparam table config
-- @treturn number exit status: where nothing is left, that of the run
function continuation.take_up(plan, given, config)
  local before, read_by = read(given.journal)
  local problem = misfit(before, plan, running.wanted(given))
  if problem then
    ending.stop(ending.USAGE, ("%s: %s; name a new journal"):format(given.journal, problem))
  elseif is_over(before) then
    output.say("%s: the run is over, nothing was sent; its exit status is %d", given.journal, before.exit)
    return before.exit
  end
  return go_on(given.journal, given, config, before, read_by)
end

return continuation
