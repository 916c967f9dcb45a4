-- SPDX-License-Identifier: MIT

--- `status`: the people who are logged in now. It uses the observations of a plan, and asks about the targets that a plan does not.
-- @module signoff.offboard.cli.status

local offboard = require "signoff.offboard"
local people = require "signoff.offboard.people.people"
local report = require "signoff.offboard.report.report"
local job_queue = require "signoff.offboard.executor.job_queue"
local runtime = require "signoff.async.runtime"
local core = require "signoff.core"
local observe = require "signoff.signout.observe"
local targets = require "signoff.offboard.people.target"

local UNPROVEN = 3 -- exit status

-- The findings of a plan, by its outlook: a state, and what was seen.
local outlooks = { already_out = "out", skipped = "other", failed = "unknown", unknown = "unknown" }

local function planned(item)
  if item.verdict == "no_token" then
    return "unknown", "we hold no key"
  elseif item.late then
    return "unknown", "its target is asked for when the plan is applied"
  elseif item.outlook then
    return outlooks[item.outlook], item.message
  elseif item.found then
    return "in", table.concat(item.found, ", ")
  elseif item.state then
    return "in", item.occupant and item.occupant .. " is there" or item.state
  end
end

-- A token that is refused has ended, or never was: reading alone cannot tell.
local function state_of(seen, evidence)
  if seen.code or seen.present == nil then
    return "unknown", seen.what
  elseif seen.present then
    return "in", seen.what
  elseif evidence == "token" then
    return "unknown", "refused: it has ended, or never was"
  end
  return "out", seen.what
end

local clock = { now = core.now, time = core.time }

-- Where a status says nothing of sessions, panel logins do.
local function look(row, client, target)
  local kind = client:kind()
  local question = observe.question(kind)
  question = question.evidence == "setting" and observe.logins(kind) or question
  local seen = observe.look(client, question, { { id = row.target, argument = target } }, clock)[1]
  row.state, row.what = state_of(seen, question.evidence)
end

-- Finds the state of the rows that still need a look, a few of each system at once.
local function look_at(rows, systems)
  runtime.run(function(env)
    local queues = {}
    for _, row in ipairs(rows) do
      queues[row.system] = queues[row.system] or job_queue.new(env, systems[row.system].concurrency)
      queues[row.system]:add { target = row }
    end
    for name, waiting in pairs(queues) do
      env.spawn(waiting.run, waiting, function(job)
        look(job.target, systems[name].client, job.target.argument)
        job.target.argument = nil
      end)
    end
  end)
end

-- The cells of a list, each with its person and system.
local function cells_of(list, systems)
  local rows = {}
  for _, person in ipairs(list) do
    for _, system in ipairs(systems) do
      local empty = list.columns[system.column] and "" or nil
      rows[#rows + 1] = { person = person.person, system = system.name, column = system.column, cell = person.cells[system.name] or empty }
    end
  end
  return rows
end

-- The part of a list that is asked for, as a script gives a list; nil, message for a name that is not in it.
local function limited(path, list, systems, wanted)
  local chosen, message = report.select(cells_of(list, systems), wanted)
  if message then
    return nil, ("%s: %s"):format(path, message)
  end
  local entries, by_person = {}, {}
  for _, row in ipairs(chosen) do
    local entry = by_person[row.person]
    if not entry then
      entry = { person = row.person }
      by_person[row.person], entries[#entries + 1] = entry, entry
    end
    entry[row.column] = row.cell
  end
  return entries
end

-- The state of each item.
local function look_at_items(items, systems, secrets)
  local rows, open, exit = {}, {}, 0
  for i, item in ipairs(items) do
    local row = { person = item.person, system = item.system, target = item.target }
    row.state, row.what = planned(item)
    if not row.state then
      local target = targets.of_item(item, item.token and secrets[item.token])
      row.argument = targets.argument(systems[item.system].kind, target)
      open[#open + 1] = row
    end
    rows[i] = row
  end
  look_at(open, systems)
  for _, row in ipairs(rows) do
    exit = row.state == "unknown" and UNPROVEN or exit
  end
  return rows, exit
end

local status = {}

--- Finds who is logged in.
-- @tparam table systems as `systems.check` has them
-- @tparam string path of the list
-- @tparam table options as `offboard.plan` takes them
-- @tparam ?table wanted `person`, `system`: names; nobody else is asked about
-- @treturn ?{table,...} rows: `person`, `system`, `target`, `state` (`"in"`, `"out"`, `"other"`: another person is there,
-- `"unknown"`), `what`; nil, message and code
-- @treturn number exit status: 3 where something could not be told, else 0
function status.look(systems, path, options, wanted)
  local list, message = people.read(path, systems, { ignore = options.ignore, delimiter = options.delimiter })
  local from = path
  if list and wanted then
    from, message = limited(path, list, systems, wanted)
  end
  if not list or not from then
    return nil, message
  end
  local plan, problem, code = offboard.plan(systems, from, options)
  if not plan then
    return nil, problem, code
  end
  local secrets
  secrets, message = plan:secrets(list)
  if not secrets then
    return nil, message
  end
  return look_at_items(report.select(plan.items, { system = wanted and wanted.system }), systems, secrets)
end

return status
