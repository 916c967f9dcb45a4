-- SPDX-License-Identifier: MIT

--- The second exchange that an HTTP status asks for, as the system's table of facts has it.
-- @module signoff.detours

local budget = require "signoff.budget"
local core = require "signoff.core"
local walk = require "signoff.walk"

-- Each takes the detour, the client, the first exchange's detail, the overrides that are left, and the arguments.
local kinds = {}

local function failed(detail)
  return nil, detail.message, detail.code, detail
end

-- The same once more, in the form that the system asks for.
kinds["repeat"] = function(detour, client, _, overrides, target)
  return walk(client, detour.operation, target, overrides)
end

-- A refusal that may concern us or this target only: another resource of the same target tells.
function kinds.probe(detour, client, detail, overrides, target)
  if walk(client, detour.operation, target, overrides) then
    detail.scope = "target"
    detail.message = ("%s; %s"):format(detail.message, detour.says)
  end
  return failed(detail)
end

-- Ids do not outlive a restart of the server, names do.
function kinds.by_name(_, client, detail, overrides, target, ...)
  local name = type(target) == "table" and target.id and target.user_name
  if not name then
    return failed(detail)
  end
  local arguments = { name, ... }
  table.insert(arguments, overrides)
  return walk(client, detail.operation, (table.unpack or unpack)(arguments)) -- luacheck: ignore 113 143 (by version)
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

--- `operation` of a system, with its detours around it.
-- @tparam table operation facts
-- @treturn function(client, ...)
return function(operation)
  local count = count_of(operation)
  return function(client, ...)
    local started = core.now()
    local answer, message, code, detail = walk(client, operation.name, ...)
    local detour = detail and operation.follow_ups[detail.http_status]
    local overrides = detour and budget.start(client, select(count + 1, ...), started)()
    if not overrides then
      return answer, message, code, detail
    end
    return kinds[detour.kind](detour, client, detail, overrides, first(count, ...))
  end
end
