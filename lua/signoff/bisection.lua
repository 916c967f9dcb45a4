-- SPDX-License-Identifier: MIT

--- Finds the row that makes a reply unreadable: asks for the list of targets in halves, until only the bad rows are unknown.
-- @module signoff.bisection

local composite = require "signoff.composite"
local slice = require("signoff.list").slice

local MOST = 32 -- further requests for one list, at most
local IN_VAIN = 6 -- further requests without a readable reply: then no single row is to blame

-- The row of a target that no reply tells of, as a reader makes one.
local function unknown(operation, target, detail)
  local row = { state = "unknown", whole = false, doubt = "cannot be read: " .. detail.message }
  row[operation.row_key] = target
  row.devices = operation.finds and {} or nil
  return row
end

local split

-- Adds the rows of some targets, in order; false and the failure where one is not that of a row.
local function ask(search, targets)
  local overrides = search.asked < search.most and search.left()
  if not overrides then
    return false
  end
  search.asked = search.asked + 1
  local rows, message, code, detail = search.run(search.client, targets, overrides)
  if rows then
    search.last, search.most = rows, MOST
    search.doubt = search.doubt or rows.doubt
    for _, row in ipairs(rows) do
      table.insert(search.rows, row)
    end
    return true
  elseif not detail.malformed then
    return false, message, code, detail
  elseif #targets == 1 then
    table.insert(search.rows, unknown(search.operation, targets[1], detail))
    search.doubt = search.doubt or "has rows that cannot be read"
    return true
  end
  return split(search, targets)
end

function split(search, targets)
  local middle = math.floor(#targets / 2)
  local fine, message, code, detail = ask(search, slice(targets, 1, middle))
  if fine then
    fine, message, code, detail = ask(search, slice(targets, middle + 1, #targets))
  end
  return fine, message, code, detail
end

--- `run` of an operation that tells of a list of targets, with the search around it.
-- @tparam table operation facts
-- @tparam function run `run(client, targets, overrides)`
-- @treturn function(client, targets, overrides)
return function(operation, run)
  return function(client, targets, overrides, ...)
    local rows, message, code, detail = run(client, targets, overrides, ...)
    if rows or not detail.malformed or #targets < 2 then
      return rows, message, code, detail
    end
    local search = { operation = operation, client = client, run = run, left = composite.budget(client, overrides), rows = {}, asked = 0,
      most = IN_VAIN }
    local fine, why, its_code, its_detail = split(search, targets)
    if not fine or not search.last then
      if why then
        return nil, why, its_code, its_detail
      end
      return nil, message, code, detail
    end
    for name, value in pairs(search.last) do -- what the last reply said of itself
      search.rows[name] = search.rows[name] == nil and value or search.rows[name]
    end
    search.rows.whole, search.rows.doubt = not search.doubt, search.doubt
    return search.rows
  end
end
