-- SPDX-License-Identifier: MIT

--- The status of some targets, where a system only lists all of them: one request, and what is not in it is not there.
-- @module signoff.selection

local core = require "signoff.core"

-- The rows by their key. A row without one may be anybody's: then nothing is known to be absent.
local function index_by(rows, name)
  local index, whole = {}, true
  for _, row in ipairs(rows) do
    if row[name] then
      index[row[name]] = row
    else
      whole = false
    end
  end
  return index, whole
end

-- A secret that was asked for stays one.
local function find(operation, index, whole, key)
  local found = {}
  local row = index[core.bytes(key)]
  for name, value in pairs(row or {}) do
    found[name] = value
  end
  found[operation.key] = key
  if row or whole then
    found.active = row ~= nil
  end
  return found
end

local function keep_evidence(into, rows)
  into.http_status, into.fields = rows.http_status, rows.fields
  into.vendor_code, into.vendor_message = rows.vendor_code, rows.vendor_message
  return into
end

--- @tparam table operation facts: `key` names the member of a row that is asked for
-- @tparam function list `list(client, overrides)`: all rows
-- @treturn function(client, key or keys, overrides)
return function(operation, list)
  return function(client, keys, overrides, ...)
    core.build(client, operation.name, keys, overrides, ...) -- raises what is wrong with them
    local rows, message, code, detail = list(client, overrides)
    if not rows then
      detail.operation = operation.name
      return nil, message, code, detail
    end
    local index, whole = index_by(rows, operation.key)
    if type(keys) ~= "table" then
      return keep_evidence(find(operation, index, whole, keys), rows)
    end
    local result = {}
    for i, key in ipairs(keys) do
      result[i] = find(operation, index, whole, key)
    end
    return keep_evidence(result, rows)
  end
end
