-- SPDX-License-Identifier: MIT

--- One attempt at a run of one person: plan and apply, or resume, by what its journal says. A run that was broken off anywhere goes on
-- with the next attempt; what was acknowledged is not done twice.
-- @module signoff.offboard.watch.attempt

local core = require "signoff.core"
local history = require "signoff.offboard.report.history"
local journal = require "signoff.journal"
local json = require "signoff.json"
local offboard = require "signoff.offboard"
local part = require "signoff.offboard.part"

local attempt = {}

local MOST = 100 -- events that a journal has; the inbox has all, each with the number of its run

-- The members of an event that a report shows, by their names there.
local shown = {
  id = "id", kind = "kind", iss = "iss", jti = "jti", txn = "txn", event = "event", event_timestamp = "event_timestamp",
  initiating_entity = "initiating_entity", received = "at", answered = "answered", alg = "alg", kid = "kid", sha256 = "sha256",
}

--- Events as a journal has them, the first 100: what the issuer knows them by, and their times; nothing of the subject.
-- @tparam {table,...} events
-- @treturn {table,...}
function attempt.signals(events)
  local list = json.list()
  for i = 1, math.min(#events, MOST) do
    list[i] = {}
    for name, member in pairs(shown) do
      list[i][name] = events[i][member]
    end
  end
  return list
end

--- How far the run of a journal came.
-- @tparam string path
-- @treturn ?string `"missing"`; `"unbegun"`: nothing was sent; `"open"`; `"over"`; nil, message where it is damaged
function attempt.standing(path)
  if not core.stat(path) then
    return "missing"
  end
  local wanted, items, totals = nil, 0, nil
  local found, message = journal.check(path, function(_, record)
    wanted = record.event == "start" and record.items or wanted
    items = items + (record.event == "item" and 1 or 0)
    totals = record.event == "end" and record.totals or record.event ~= "resume" and totals or nil
  end)
  if not found then
    return nil, message
  elseif wanted ~= items then
    return "unbegun"
  end
  return totals and (totals.begun or 0) + (totals.pending or 0) == 0 and "over" or "open"
end

--- Adds the signals of a run that is over to its journal.
-- @tparam string path
-- @tparam {table,...} events
-- @treturn ?boolean true; nil, message
function attempt.note_signals(path, events)
  local writer, message = journal.reopen({ sleep = core.sleep }, path)
  if not writer then
    return nil, message
  end
  writer:write { event = "signals", signals = attempt.signals(events), at = core.time() }
  return writer:close()
end

--- Since when all that a result says is true: the oldest of the last observations of its targets. One that could not be observed, such as
-- one without a key, says nothing that a later run would say better.
-- @tparam table result
-- @treturn number Unix seconds
function attempt.proved(result)
  local oldest = result.ended
  for _, row in ipairs(result.results) do
    local last = row.evidence[#row.evidence]
    oldest = last and math.min(oldest, last.at) or oldest
  end
  return oldest
end

-- A plan for some rows of the list. Nobody has seen it, so nobody has approved a name that is nearly the same.
local function make_plan(site, rows)
  local plan, message, code = offboard.plan(site.systems, rows, {
    protect = site.protect, operator = site.operator, ticket = site.ticket, no_targets = site.no_targets,
  })
  for _, item in ipairs(plan and plan.items or {}) do
    item.spelling = nil
  end
  return plan, message, code
end

--- Plans runs that begin together: each system is asked about all of them at once. Each run has its own part as `draft`, for its next
-- attempt: `row` (nil: the list has no such person) and `plan`; or `message` and `code`, where there is none.
-- @tparam {table,...} runs of different persons
-- @tparam table site see `attempt.make`
function attempt.draft(runs, site)
  local listed, problem = site.roster:refresh()
  local plan, message, code = nil, not listed and problem or nil, nil
  local rows = {}
  for _, run in ipairs(runs) do
    run.draft = { row = site.roster:row(run.person) }
    rows[#rows + 1] = run.draft.row
  end
  if #rows > 0 then
    plan, message, code = make_plan(site, rows)
  end
  local plans = plan and part.of_each(plan, site.systems) or {}
  for _, run in ipairs(runs) do
    run.draft.plan, run.draft.message, run.draft.code = plans[run.person], message, code
  end
end

-- The draft of a run, which serves one attempt: people move.
local function take_draft(run, site)
  if not run.draft then
    attempt.draft({ run }, site)
  end
  local draft = run.draft
  run.draft = nil
  return draft
end

local function common(site, row)
  local options = {}
  for name, value in pairs(site.options) do
    options[name] = value
  end
  options.people, options.protect, options.operator = row and { row }, site.protect, site.operator
  options.interrupted = site.interrupted
  return options
end

local function apply(run, site, path, draft)
  local options = common(site, draft.row)
  options.journal, options.signals = path, json.list()
  function options.confirm()
    for i, signal in ipairs(attempt.signals(run.events)) do
      options.signals[i] = signal
    end
    run.begun = #run.events > 0
    return run.begun
  end
  local result, message = offboard.apply(draft.plan, site.systems, options)
  return result or #run.events == 0 and { cancelled = true } or nil, message
end

local ways = {}

function ways.missing(run, site, path)
  if #run.events == 0 then
    return { cancelled = true }
  end
  local draft = take_draft(run, site)
  if draft.message then
    return nil, draft.message, draft.code
  elseif not draft.row then
    return { missing = true }
  end
  return apply(run, site, path, draft)
end

-- Nothing was sent: it is as if it had never been.
function ways.unbegun(run, site, path)
  local fine, message = os.remove(path)
  if not fine then
    return nil, message
  end
  return ways.missing(run, site, path)
end

function ways.open(run, site, path)
  run.begun = true
  return offboard.resume(path, site.systems, common(site, site.roster:row(run.person)))
end

function ways.over(run, _, path)
  run.begun = true
  return history.read(path)
end

-- The reasons for which a run can never go on as it was planned. It is planned anew then: each act follows a fresh observation, so that
-- nothing is done twice.
local FOR_GOOD = { systems = true, list = true, damaged = true }

--- Whether a run that could not go on is to begin again, with another journal.
-- @tparam ?string code of an attempt
function attempt.must_begin_again(code)
  return FOR_GOOD[code] or false
end

--- Whether nothing is left to do of a result.
local function is_over(result)
  return result.missing or result.cancelled or (result.totals.begun or 0) + (result.totals.pending or 0) == 0
end

--- Makes one attempt.
-- @tparam table run `person`, `events`, `journal`; `begun` is set when it may act
-- @tparam table site `folder`, `systems` (checked), `roster`, `options` (those of `offboard.apply` about time), `protect`, `operator`,
-- `ticket`, `no_targets`, `interrupted()`
-- @treturn ?table the result of the run, which is over; `missing`: the list has no such person; `cancelled`: nothing was sent. nil,
-- message, code: it is not over; make another attempt
function attempt.make(run, site)
  local path = ("%s/%s"):format(site.folder, run.journal)
  local standing, message = attempt.standing(path)
  if not standing then
    return nil, message, "damaged"
  end
  local result, problem, code = ways[standing](run, site, path)
  if not result then
    return nil, problem, code
  elseif not is_over(result) then
    local stop = result.stops[1]
    return nil, stop and (stop.why or stop.code) or "it was not finished", stop and stop.code
  end
  return result
end

return attempt
