-- SPDX-License-Identifier: MIT
-- Prints counts as `--metrics` writes them: of every verdict, of systems with awkward names, with everything that a run may add.

local json = require "signoff.json"
local metrics = require "signoff.offboard.cli.metrics"
local outcome = require "signoff.offboard.executor.outcome"
local verdicts = require "signoff.signout.verdict"

local rows = json.list {}
for _, system in ipairs { "cisco_em", 'a "b" \\ c\nd', "名前" } do
  for _, verdict in ipairs(verdicts.names) do
    rows[#rows + 1] = { person = "ana", system = system, verdict = verdict }
  end
end
local result = { results = rows, totals = outcome.totals(rows), exit = 3, started = 1796025348.25, ended = 1796025999.5 }
io.write(metrics.text(result, { now = 1796026000, last_success = 1795939200.125, hook_failed = true }))
