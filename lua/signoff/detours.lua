-- SPDX-License-Identifier: MIT

--- The second exchange that an HTTP status asks for, as the system's table of facts has it.
-- @module signoff.detours

local walk = require "signoff.walk"

-- Each takes the detour, the client, what the first exchange came to, and its arguments.
local kinds = {}

-- The same once more, in the form that the system asks for.
kinds["repeat"] = function(detour, client, _, ...)
  return walk(client, detour.operation, ...)
end

-- A refusal that may concern us or this target only: another resource of the same target tells.
function kinds.probe(detour, client, failure, target)
  if walk(client, detour.operation, target) then
    failure.detail.scope = "target"
    failure.detail.message = failure.detail.message .. "; our account may read this user otherwise: a licence is missing"
  end
  return nil, failure.detail.message, failure.detail.code, failure.detail
end

-- Ids do not outlive a restart of the server, names do.
function kinds.by_name(_, client, failure, target, ...)
  local name = type(target) == "table" and target.id and target.user_name
  if not name then
    return nil, failure.detail.message, failure.detail.code, failure.detail
  end
  return walk(client, failure.detail.operation, name, ...)
end

--- `operation` of a system, with its detours around it.
-- @tparam table operation facts
-- @treturn function(client, ...)
return function(operation)
  return function(client, ...)
    local answer, message, code, detail = walk(client, operation.name, ...)
    local detour = detail and operation.detours[detail.http_status]
    if not detour then
      return answer, message, code, detail
    end
    return kinds[detour.kind](detour, client, { detail = detail }, ...)
  end
end
