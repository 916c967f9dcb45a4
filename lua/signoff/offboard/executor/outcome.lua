-- SPDX-License-Identifier: MIT

--- The outcome of a run: its rows in order, the number of each verdict, and the exit code.
-- @module signoff.offboard.executor.outcome

local coverage = require "signoff.offboard.plan.coverage"
local items = require "signoff.offboard.executor.items"
local json = require "signoff.json"
local verdicts = require "signoff.signout.verdict"

local outcome = {}

-- Which code a stop asks for, and which of them goes first.
local stops = { interrupted = 6, denied = 4 }
local order = { 6, 4, 5, 1, 3 }

local function verdict_of(row)
  return row.verdict
end

--- How many rows have each verdict, with 0 where none has.
-- @tparam {table,...} rows
-- @tparam[opt] function of gives the verdict of one
function outcome.totals(rows, of)
  local totals = {}
  for _, verdict in ipairs(verdicts.names) do
    totals[verdict] = 0
  end
  for _, row in ipairs(rows) do
    local verdict = (of or verdict_of)(row)
    totals[verdict] = (totals[verdict] or 0) + 1 -- a journal may have one of a later version
  end
  return totals
end

--- How many were acknowledged, and are not proved yet.
function outcome.acknowledged(rows)
  local count = 0
  for _, row in ipairs(rows) do
    count = count + (row.act == "acknowledged" and 1 or 0)
  end
  return count
end

--- The exit code: the first that applies of 6, 4, 5, 1, 3; else 0.
-- @tparam {table,...} rows
-- @tparam {table,...} stopped `code` of what stopped the run, or one of its systems
-- @tparam[opt] {table,...} gaps whom the run did not reach
function outcome.exit(rows, stopped, gaps)
  local applies = { [3] = coverage.is_open(gaps) or nil }
  for _, stop in ipairs(stopped) do
    applies[stops[stop.code] or 5] = true
  end
  for _, row in ipairs(rows) do
    local code = verdicts.exit(row.verdict, row.code)
    if not verdicts.is_open(row.verdict) or not next(stopped) then
      applies[code or 0] = true
    end
  end
  for _, code in ipairs(order) do
    if applies[code] then
      return code
    end
  end
  return 0
end

--- The row of an item that has no verdict yet.
-- @tparam table plan the plan's item
-- @tparam table known `kinds` by system; `acted` (which items were begun); `reason(plan)`
function outcome.open_row(plan, known)
  local verdict, why = known.acted:of(plan.n, known.reason(plan))
  local row = items.row(plan, known.kinds[plan.system], verdict, why)
  row.act = why and why.act
  return row
end

--- All rows in the plan's order: what an item was found to be stands in its place; what has no verdict is `begun` or
-- `pending`. An older journal may have a row of the item besides.
-- @tparam {table,...} plans the plan's items
-- @tparam table known `rows` and `children` (lists of plan items) by number; `kinds` by system; `acted` (which of
-- them were begun); `reason(plan)`
function outcome.rows(plans, known)
  local rows = json.list {}
  local function add(plan)
    local children = known.children[plan.n]
    if not children or known.rows[plan.n] then
      rows[#rows + 1] = known.rows[plan.n] or outcome.open_row(plan, known)
    end
    for _, child in ipairs(children or {}) do
      add(child)
    end
  end
  for _, plan in ipairs(plans) do
    add(plan)
  end
  return rows
end

return outcome
