-- SPDX-License-Identifier: MIT

--- What a run comes to: its rows in order, how many of each verdict, and the exit code.
-- @module signoff.offboard.outcome

local items = require "signoff.offboard.items"
local json = require "signoff.json"

local outcome = {}

local verdicts = {
  "ended", "already_out", "status_set", "still_active", "unverified", "unknown", "no_token", "unsupported", "failed",
  "skipped", "pending",
}

-- The exit code that a verdict asks for: 1 is worse than 3.
local bad = { failed = 1, still_active = 1, unverified = 3, unknown = 3, no_token = 3, unsupported = 3 }

-- Reasons to skip that leave nobody signed in who should be out.
local harmless = { protected = true, optional = true, nowhere = true }

-- Which code a stop asks for, and which of them goes first.
local stops = { interrupted = 6, denied = 4 }
local order = { 6, 4, 5, 1, 3 }

--- How many rows have each verdict, with 0 where none has.
function outcome.totals(rows)
  local totals = {}
  for _, verdict in ipairs(verdicts) do
    totals[verdict] = 0
  end
  for _, row in ipairs(rows) do
    totals[row.verdict] = totals[row.verdict] + 1
  end
  return totals
end

local function code_of(row)
  if row.verdict == "skipped" then
    return not harmless[row.code] and 3 or nil
  end
  return bad[row.verdict]
end

--- The exit code: the first that applies of 6, 4, 5, 1, 3; else 0.
-- @tparam {table,...} rows
-- @tparam {table,...} stopped `code` of what stopped the run, or one of its systems
function outcome.exit(rows, stopped)
  local applies = {}
  for _, stop in ipairs(stopped) do
    applies[stops[stop.code] or 5] = true
  end
  for _, row in ipairs(rows) do
    applies[code_of(row) or 0] = true
    if row.verdict == "pending" then
      applies[5] = applies[5] or not next(stopped)
    end
  end
  for _, code in ipairs(order) do
    if applies[code] then
      return code
    end
  end
  return 0
end

--- All rows in the plan's order: what an item was found to be stands in its place; what has no verdict is `pending`.
-- @tparam {table,...} plans the plan's items
-- @tparam table known `rows`, `children` (lists of plan items) and `kept` by number; `kinds` by system; `reason(plan)`
function outcome.rows(plans, known)
  local rows = json.list {}
  local function add(plan)
    local children = known.children[plan.n]
    if not children or known.kept[plan.n] then
      rows[#rows + 1] = known.rows[plan.n] or items.row(plan, known.kinds[plan.system], "pending", known.reason(plan))
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
