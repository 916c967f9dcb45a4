-- SPDX-License-Identifier: MIT

--- Operations of more than one exchange: the time that they share, failures made locally, and the follow-up request that an HTTP status
-- asks for, as the system's table of facts has it.
-- @module signoff.composite

local core = require "signoff.core"
local request = require "signoff.request"

local composite = {}

--- Makes the failure of a method that sent nothing.
-- @tparam string kind a system's name
-- @tparam string operation
-- @tparam string code
-- @tparam string why the end of the message
-- @tparam[opt] table more members of `detail`
-- @return nil, message, code, detail
function composite.failure(kind, operation, code, why, more)
  local message = ("%s.%s: %s"):format(kind, operation, why)
  local detail = {
    code = code, message = message, backend = kind, operation = operation, retriable = false, sent = false, own_words = false, fields = {},
  }
  for name, value in pairs(more or {}) do
    detail[name] = value
  end
  return nil, message, code, detail
end

--- Starts the clock of a method: the call's option `deadline`, or the profile's time for a method. Without either, only each exchange
-- has a limit.
-- @param client a client
-- @tparam[opt] table overrides of the call
-- @tparam[opt] number started by `core.now`, where the first exchange is over
-- @treturn function gives the overrides of the next exchange; nil when the time is over
function composite.budget(client, overrides, started)
  local seconds = overrides and overrides.deadline or core.anchor(client).profile.method
  if not seconds then
    return function()
      return overrides or {}
    end
  end
  local ends = (started or core.now()) + seconds
  return function()
    local left = ends - core.now()
    if left < 0.001 then
      return nil
    end
    local rest = {}
    for name, value in pairs(overrides or {}) do
      rest[name] = value
    end
    rest.deadline = left
    return rest
  end
end

--- How many targets go into one request of an operation that takes a list: the client's option says it, or the facts.
-- @param client
-- @tparam table operation facts
-- @treturn ?number nil for one that takes no list
function composite.chunk_size(client, operation)
  return operation.chunked and (core.option(client, operation.chunked) or operation.batch_max)
end

--- Makes the failure of an exchange that there was no time for.
function composite.out_of_time(client, operation)
  return composite.failure(client:kind(), operation, "timeout", "its time was over before this exchange; nothing was sent",
    { retriable = true })
end

-- The follow-up requests by kind. Each takes its row of the facts, the client, the first exchange's detail, the overrides that are left,
-- and the arguments.
local kinds = {}

local function failed(detail)
  return nil, detail.message, detail.code, detail
end

-- Sends the same once more, in the form that the system asks for.
kinds["repeat"] = function(follow_up, client, _, overrides, target)
  return request(client, follow_up.operation, target, overrides)
end

-- Asks for another resource of the same target: this tells whether a refusal concerns our account or the target.
function kinds.probe(follow_up, client, detail, overrides, target)
  if request(client, follow_up.operation, target, overrides) then
    detail.scope = "target"
    detail.message = ("%s; %s"):format(detail.message, follow_up.says)
  end
  return failed(detail)
end

-- Asks by the name in place of the id: a restart of the server changes ids, and no names.
function kinds.by_name(_, client, detail, overrides, target, ...)
  local name = type(target) == "table" and target.id and target.user_name
  if not name then
    return failed(detail)
  end
  local arguments = { name, ... }
  table.insert(arguments, overrides)
  return request(client, detail.operation, (table.unpack or unpack)(arguments)) -- luacheck: ignore 113 143 (by version)
end

-- The arguments of an operation, without the overrides behind them.
local function count_of(operation)
  local positional = math.max(operation.positional, 1)
  return positional + (operation.positional >= 0 and #operation.arguments > positional and 1 or 0)
end

local function first(count, one, two)
  if count == 1 then
    return one
  end
  return one, two
end

--- Adds its follow-up requests to an operation of a system.
-- @tparam table operation facts
-- @treturn function(client, ...)
function composite.with_follow_ups(operation)
  local count = count_of(operation)
  return function(client, ...)
    local started = core.now()
    local answer, message, code, detail = request(client, operation.name, ...)
    local follow_up = detail and operation.follow_ups[detail.http_status]
    local overrides = follow_up and composite.budget(client, select(count + 1, ...), started)()
    if not overrides then
      return answer, message, code, detail
    end
    return kinds[follow_up.kind](follow_up, client, detail, overrides, first(count, ...))
  end
end

return composite
