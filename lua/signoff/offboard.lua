-- SPDX-License-Identifier: MIT

--- Offboarding: who is signed out of what, approved as a plan, applied with a journal, proved, and reported.
--
--    local offboard = require "signoff.offboard"
--    local systems = { erp = { client = client } }
--    local plan = assert(offboard.plan(systems, "leavers.csv"))
--    local result = assert(offboard.apply(plan, systems, { people = "leavers.csv", journal = "tonight.journal" }))
--    print(result.totals.ended, result.exit)
--
-- Mistakes of the script raise; other errors are `nil, message`: then nothing was sent.
--
-- `systems` maps names to `{client =, concurrency =, per_minute =, status =, column =, targets =, after =}`: requests at once
-- (8, or what its vendor's system bears), changes a minute (unlimited, likewise), the status to set where nobody is signed out, the
-- list's column (the name), a function that gives a person's targets when the plan is applied, and systems that must be over first.
-- @module signoff.offboard

local runtime = require "signoff.async.runtime"
local apply = require "signoff.offboard.apply"
local core = require "signoff.core"
local journal = require "signoff.journal"
local planning = require "signoff.offboard.plan.plan"
local report = require "signoff.offboard.report.report"
local resume = require "signoff.offboard.resume"
local run = require "signoff.offboard.run"
local undo = require "signoff.offboard.undo"
local waiting_pcall = require("signoff.async.coroutine").pcall

local offboard = {}

-- Gives what a run returned; where it failed, its journals are closed first: somebody may go on with them.
local function finish(opened, fine, ...)
  if fine then
    return ...
  end
  for _, writer in ipairs(opened) do
    writer:close()
  end
  error((...), 0)
end

-- Ends the note of who called: the coroutine may serve other callers now.
local function returned(...)
  core.called_by(nil)
  return ...
end

-- Waiting needs an environment of its own, in which others may wait beside it. Errors there have the place of the script
-- that called.
local function in_environment(f)
  return function(...)
    local count, arguments, opened, caller = select("#", ...), { ... }, {}, core.thread()
    return finish(opened, waiting_pcall(runtime.run, function(env)
      env.opened = opened
      core.called_by(caller)
      return returned(f(env, (table.unpack or unpack)(arguments, 1, count))) -- luacheck: ignore 143 (5.1 has the global only)
    end))
  end
end

--- Makes a plan: reads the list and asks the systems who sits where; changes nothing.
-- @function plan
-- @tparam table systems
-- @param people path of a CSV file or of JSON lines, or a list of `{person =, [system] = cell or list}`
-- @tparam[opt] table options `protect` (list of persons, targets and users who are left alone), `max_people`, `operator`,
-- `ticket`, `ignore` (columns), `delimiter`
-- @treturn ?table plan, with `save(path)`, `digest`, and `tostring` for people; nil, message
offboard.plan = in_environment(function(env, systems, people, options)
  return planning.make(systems, people, options, env)
end)

--- Reads a plan that was saved.
-- @function load
-- @tparam string path
-- @treturn ?table plan; nil, message: edited, cut, no plan
offboard.load = planning.load

--- Does what a plan says, and proves it.
--
-- The verdict of each target: `ended` (gone: seen twice, `settle` seconds apart, after our act), `already_out`, `status_set`,
-- `still_active`, `unverified` (accepted, no way to prove), `unknown` (no or contradicting evidence), `no_token`,
-- `unsupported`, `failed`, `skipped`; `pending` is what a stopped run did not come to.
-- @function apply
-- @tparam table plan
-- @tparam table systems the same that it was made for
-- @tparam table options `journal` (path of a new file, or false: it must be said), `people` (again, where the plan has tokens;
-- else the plan's own path is read), `max_fail` (stops after more failures: a count, or such as `"1%"`), `settle` (10),
-- `schedule` ({1, 2, 3, 5}), `deadline` (60: seconds that a target is looked at), `on_result` (`function(row)`), `confirm`
-- (`function(plan)`: nothing is sent unless it returns true), `on_progress` (`function(system, {total =, done =, acted =,
-- in_flight =, waiting =, eta =, stopped =})`, once a second), `interrupted` (`function()`: true ends the run as Ctrl-C does, a text as a
-- guard rail), `ignore`, `delimiter`, `retry` (see `signoff.policy.backoff`)
-- @treturn ?table result: `results`, `totals`, `exit`, `stops`, `message`, `plan_digest`, `journal_head`, `operator`,
-- `ticket`, `host`, `started`, `ended`, `people_sha256`; nil, message
offboard.apply = in_environment(apply.run)

--- Goes on with a run that did not end. An acknowledged act is not repeated; the target of one that was under way is read first.
-- @function resume
-- @tparam string journal path
-- @tparam table systems
-- @tparam[opt] table options those of `apply` but `journal` and `confirm`
-- @treturn ?table result, of all of the run; nil, message
offboard.resume = in_environment(resume.run)

--- One person, now: plan and apply in one go, in memory. Also for nginx.
-- @function run
-- @tparam table systems
-- @tparam table person `{person =, [system] = cell or list}`
-- @tparam[opt] table options those of `apply` but `journal` and `people`, and `protect`, `operator`, `ticket`
-- @treturn ?table result; nil, message
offboard.run = in_environment(run.run)

--- Takes back the statuses that a run set, where they still are what it set.
-- @function undo
-- @tparam string journal path of the run
-- @tparam table systems
-- @tparam[opt] table options `journal` (path of a new one, for this), and those of `apply` about time, failures and progress
-- @treturn ?table result; nil, message
offboard.undo = in_environment(undo.run)

--- The report of a run, for people or programs.
-- @function report
-- @param source a result, or the path of a journal
-- @tparam[opt] table options `format`: `"text"`, `"json"`, `"csv"`, `"html"` (a page); `person`, `system`: a name or a list of them,
-- nothing else is reported; `out`: the path of a file to write it to
-- @treturn string, or with `out` a list of the files, each `path` and `sha256`; nil, message
offboard.report = report.make

--- Checks the chain of a journal.
-- @function check
-- @tparam string journal path
-- @treturn ?table `lines`, `head`, `torn`; nil, `"PATH:LINE: ..."`
offboard.check = function(path)
  return journal.check(path)
end

return offboard
