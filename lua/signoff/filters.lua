-- SPDX-License-Identifier: MIT

--- Filters the status of some targets out of a list, for systems that can only list all of them: one request; a target that is not in
-- a whole list is not there.
-- @module signoff.filters

local core = require "signoff.core"
local Text = require "signoff.text"

-- Whether keys are compared by case, and with blanks around them, is documented nowhere.
local function folded(key)
  return Text.trim(core.lower(key))
end

-- Indexes the rows by their key. A row whose key cannot be read may be anybody's: then nothing is known to be absent.
local function index_by(rows, name)
  local index = { rows = {}, alike = {}, doubt = rows.doubt, hidden = rows.doubt }
  for _, row in ipairs(rows) do
    local key = row[name]
    index.hidden = index.hidden or row.doubt_key
    if key then
      index.rows[key] = row
      index.alike[folded(key)] = true
    end
  end
  return index
end

-- The status of one key: present, absent, or nil where the list does not tell. A key that was given as a secret stays one.
local function find(operation, index, key)
  local found, bytes = {}, core.bytes(key)
  local row = index.rows[bytes]
  for name, value in pairs(row or {}) do
    found[name] = value
  end
  found[operation.filters.key] = key
  local near = not row and index.alike[folded(bytes)] and "has a key that is nearly this" or nil
  found.doubt = row and (index.doubt or row.doubt) or not row and (index.hidden or near) or nil
  found.whole = not found.doubt
  if row or found.whole then
    found.active = row ~= nil
  end
  return found
end

local function keep_evidence(into, rows)
  into.http_status, into.fields = rows.http_status, rows.fields
  into.vendor_code, into.vendor_message = rows.vendor_code, rows.vendor_message
  into.own_words = rows.own_words
  into.date, into.stale = rows.date, rows.stale
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
    local index, shown = index_by(rows, operation.filters.key), core.facts[client:kind()].shown
    if shown or type(keys) ~= "table" then
      return keep_evidence(find(operation, index, shown and shown(keys) or keys), rows)
    end
    local result = {}
    for i, key in ipairs(keys) do
      result[i] = find(operation, index, key)
    end
    result.whole, result.doubt = rows.whole, rows.doubt
    return keep_evidence(result, rows)
  end
end
