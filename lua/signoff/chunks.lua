-- SPDX-License-Identifier: MIT

--- Sends a long list of targets in requests of a bounded size. A failure never loses the results before it.
-- @module signoff.chunks

local composite = require "signoff.composite"
local core = require "signoff.core"
local slice = require("signoff.list").slice

-- The keys of a list, each once, in order.
local function distinct(keys)
  local seen, list = {}, {}
  for _, key in ipairs(keys) do
    local bytes = core.bytes(key)
    if not seen[bytes] then
      seen[bytes] = true
      list[#list + 1] = key
    end
  end
  return list
end

local function add(total, answer)
  total.requested = total.requested + answer.requested
  total.count = total.count and answer.count and total.count + answer.count
  total.partial = total.partial or answer.partial
  if answer.answer ~= "already_out" and total.answer ~= "undecided" then
    total.answer = answer.answer
  end
  total.whole, total.doubt = total.whole and answer.whole, total.doubt or answer.doubt
  total.own_words = total.own_words and answer.own_words
  for _, name in ipairs { "http_status", "fields", "vendor_code", "vendor_message", "date" } do
    total[name] = answer[name]
  end
  total.stale = total.stale or answer.stale
end

-- Notes the keys of a request that failed in the answer about the others.
local function add_failed(total, keys, detail)
  total.partial = true
  total.failed = total.failed or {}
  for _, key in ipairs(keys) do
    table.insert(total.failed, key)
  end
  total.requested = total.requested + #keys
  total.error = detail
end

-- One request, if there is time for it.
local function run_one(run, operation, client, keys, left)
  local overrides = left()
  if not overrides then
    return composite.out_of_time(client, operation.name)
  end
  return run(client, keys, overrides)
end

local function run_all(run, operation, client, keys, left)
  local total = { answer = "already_out", requested = 0, count = 0, whole = true, own_words = true }
  local size = composite.chunk_size(client, operation)
  for first = 1, #keys, size do
    local answer, message, code, detail = run_one(run, operation, client, slice(keys, first, first + size - 1), left)
    if answer then
      add(total, answer)
    elseif first == 1 then
      return nil, message, code, detail
    else
      add_failed(total, slice(keys, first, #keys), detail)
      break
    end
  end
  return total
end

local function spare(client, operation)
  return composite.failure(client:kind(), operation.name, "rejected",
    "that is this client's own session, which is never logged off; log it off last, elsewhere", { scope = "target" })
end

local function unidentified(client, operation, why)
  local _, message, code, detail = composite.failure(client:kind(), operation.name, "unusable", why .. ": any of the keys may be ours")
  return false, message, code, detail
end

-- The overrides without `own_excluded`, and whether it was there: the caller has just seen that none of the keys is our own
-- session's.
local function take_excluded(overrides)
  if not overrides or overrides.own_excluded == nil then
    return overrides, false
  end
  local rest = {}
  for name, value in pairs(overrides) do
    rest[name] = name ~= "own_excluded" and value or nil
  end
  return rest, overrides.own_excluded
end

-- The keys of our own session among `keys`. False and the error when the system does not say.
local function own_keys(operation, list, client, left, excluded)
  local own = {}
  if excluded or not (operation.excludes_own and select(2, core.option(client, operation.excludes_own.option))) then
    return own
  end
  local rows, message, code, detail = list(client, left())
  if not rows then
    return false, message, code, detail
  end
  if not rows.whole then
    return unidentified(client, operation, "the list of sessions " .. rows.doubt)
  end
  for _, row in ipairs(rows) do
    if row.own ~= false and row.doubt_key then -- ours, or nobody can tell
      return unidentified(client, operation, "our own session is listed without its key")
    elseif row.own then
      own[row[operation.excludes_own.key]] = true
    end
  end
  return own
end

--- `run` for one request's worth of keys becomes a method for any number of them.
-- @tparam table operation facts: `chunked` names the client's option with the size, `key` a row's key
-- @tparam function run `run(client, key or keys, overrides)`
-- @tparam function list `list(client, overrides)`: the rows among which our own session is marked
-- @treturn function(client, key or keys, overrides)
return function(operation, run, list)
  return function(client, keys, overrides, ...)
    local excluded
    overrides, excluded = take_excluded(overrides)
    core.build(client, operation.name, keys, overrides, ...) -- raises what is wrong with any of them before one is sent
    local left = composite.budget(client, overrides)
    local own, message, code, detail = own_keys(operation, list, client, left, excluded)
    if not own then
      detail.operation = operation.name
      return nil, message, code, detail
    end
    if type(keys) ~= "table" and not own[core.bytes(keys)] then
      return run_one(run, operation, client, keys, left)
    end
    local wanted, spared = {}, {}
    for _, key in ipairs(distinct(type(keys) == "table" and keys or { keys })) do
      table.insert(own[core.bytes(key)] and spared or wanted, key)
    end
    if #wanted == 0 then
      return spare(client, operation)
    end
    local answer
    answer, message, code, detail = run_all(run, operation, client, wanted, left)
    if answer and #spared > 0 then
      add_failed(answer, spared, answer.error or select(4, spare(client, operation)))
    end
    return answer, message, code, detail
  end
end
