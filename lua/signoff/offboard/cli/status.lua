-- SPDX-License-Identifier: MIT

--- `status`: the people who are logged in now. It uses the observations of a plan, and asks about the targets that a plan does not.
-- @module signoff.offboard.cli.status

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

--- Finds who is logged in.
-- @tparam table plan of the people
-- @tparam table systems as `systems.check` has them
-- @tparam table secrets tokens by their fingerprints
-- @treturn {table,...} rows: `person`, `system`, `target`, `state` (`"in"`, `"out"`, `"other"`: another person is there,
-- `"unknown"`), `what`
-- @treturn number exit status: 3 where something could not be told, else 0
return function(plan, systems, secrets)
  local rows, open, exit = {}, {}, 0
  for i, item in ipairs(plan.items) do
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
