-- SPDX-License-Identifier: MIT

--- The status of some targets, where a system only lists all of them: one request, and what is not in it is not there.
-- @module signoff.selection

local core = require "signoff.core"

local function check(client, operation, key)
  if type(key) ~= "string" or key == "" then
    core.raise(("%s.%s: argument '%s' must be a string, not %s"):format(
      client:kind(), operation.name, operation.arguments[1].name, key == "" and "an empty one" or type(key)))
  end
end

local function index_by(rows, name)
  local index = {}
  for _, row in ipairs(rows) do
    if row[name] then
      index[row[name]] = row
    end
  end
  return index
end

local function find(operation, index, key)
  local found = { active = index[key] ~= nil, [operation.key] = key }
  for name, value in pairs(index[key] or {}) do
    found[name] = value
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
  return function(client, keys, overrides)
    local many = type(keys) == "table"
    for _, key in ipairs(many and keys or { keys }) do
      check(client, operation, key)
    end
    if keys == nil or (many and #keys == 0) then
      check(client, operation, nil)
    end
    local rows, message, code, detail = list(client, overrides)
    if not rows then
      detail.operation = operation.name
      return nil, message, code, detail
    end
    local index = index_by(rows, operation.key)
    if not many then
      return keep_evidence(find(operation, index, keys), rows)
    end
    local result = {}
    for i, key in ipairs(keys) do
      result[i] = find(operation, index, key)
    end
    return keep_evidence(result, rows)
  end
end
