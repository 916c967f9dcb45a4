-- SPDX-License-Identifier: MIT
--- Compares what a run says with the truth. It shares no code with what is checked.
--
-- A run is judged by its account: `clock` (see `spec.proofs.lies.truth`); `settle`, `fresh`, `slack`, `in_flight`: seconds between observations, that a
-- look counts, that times may be off, and that a reply may be on its way; `planned`: the last number of the log when the plan was
-- made; `protected`: set of people; `own`: set of our own targets; `tenant`: a `system` that is another tenant's `after` that number;
-- `undone`: the last number of the log when what was done began to be taken back; and `claims`, one for each target of the list:
--
-- `person` (as the list has it), `who` (as the systems have it), `system`, `shown` (as rows show it), `cell` (where one cell makes
-- several), `since` and `at_once` (the place of the log at which its call began, and how many calls look alike meanwhile), and either `by_name`, the name that is asked for, or `target`, with perhaps `user`, the one whom the list names, of
-- panels `wanted`, the status, and of tokens `nodes`, whether one of several has it.
--
-- Not to be caught by any rule, and so excused or judged by what could be known:
--
-- * a look that lies in the system's own words, or comes from a node that lags: the log's `how` is "silent";
-- * of tokens that can be renewed, or that one of several nodes has: an act that was "accepted" without being done;
-- * somebody who sits down between the answer of the last look and the act: an act is judged by the truth at that answer;
-- * a logout that lands later than it was sent: it is judged by when it came.
-- @module spec.proofs.lies.checker

local judge_changes = require "spec.proofs.lies.changes"
local judge_rows = require "spec.proofs.lies.verdicts"
local judge_undone = require "spec.proofs.lies.undone"
local claims = require "spec.proofs.lies.claims"
local truth = require "spec.proofs.lies.truth"

local checker = {}

--- @tparam table account see above
-- @tparam {table,...} entries the simulator's log of the truth
-- @tparam table result `results` (rows, with `concluded`, the last number of the log when it was given, where that is known), `exit`, and
-- `incomplete` where the run did not come to its end
-- @treturn {table,...} what is wrong: `class` ("false verdict", "wrong act", "doubled act", "wrong row"), `kind`, `system`, `what`; and
-- `excused`, how many verdicts no rule could have saved
function checker.check(account, entries, result)
  local log = truth.read(entries, account.clock)
  local findings = { excused = 0 }
  function findings:add(class, kind, system, what)
    self[#self + 1] = { class = class, kind = kind, system = system, what = what }
  end
  for _, claim in ipairs(account.claims) do
    claim.approved = claims.approve(log, claim, account)
  end
  judge_rows(log, account, result, findings)
  judge_changes(log, account, findings)
  judge_undone(log, account, findings)
  findings.add = nil
  return findings
end

return checker
