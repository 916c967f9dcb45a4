-- SPDX-License-Identifier: MIT

--- Where nobody can be signed out, a status is set instead, and read back.
-- @module signoff.setting

local core = require "signoff.core"
local judgement = require "signoff.judgement"
local watch = require "signoff.watch"

local setting = {}

local function deadline_reached()
  return nil, "the deadline was reached", "timeout", { retriable = false, sent = false }
end

-- One method of the client within the deadline.
local function within(client, plan, method, ...)
  local overrides = watch.overrides(plan)
  if not overrides then
    return deadline_reached()
  end
  local arguments = { ... }
  table.insert(arguments, overrides)
  return client[method](client, (table.unpack or unpack)(arguments)) -- luacheck: ignore 143 (5.1 has the global only)
end

-- The panels that stay open: a status closes none of them.
local function note_logins(client, target, plan, result)
  local logins = within(client, plan, "logins", target)
  if not logins then
    return
  end
  result:note(judgement.panels(logins))
end

local function read(client, target, plan, result)
  local found, message, code, detail = within(client, plan, "status", target)
  if found then
    result:note(judgement.describe(found), { previous = judgement.settable(found) })
  else
    result:note(message)
  end
  return found, message, code, detail
end

--- Reads back until the status is the wanted one, or the deadline; with `refused`, once.
function setting.verify(client, target, plan, result, refused)
  core.build(client, "set_status", target, plan.status) -- raises what is wrong with it
  for n = 1, math.huge do
    local found, message, _, detail = read(client, target, plan, result)
    local sighting = found and judgement.readings.setting(found, plan) or judgement.failed(message, detail)
    if sighting.gone then
      note_logins(client, target, plan, result)
      return result:conclude("status_set")
    end
    local hopeless = not found and not detail.retriable
    if hopeless or refused or not watch.wait(plan, n, detail and detail.retry_after) then
      return result:conclude(judgement.last_setting(sighting))
    end
  end
end

-- Sets it, and again where the failure is one that passes and a look finds it unset.
local function set(client, target, plan, result)
  for n = 1, math.huge do
    local answer, message, code, detail = within(client, plan, "set_status", target, plan.status)
    result:note(answer and ("set_status: " .. answer.answer) or message)
    local again = not answer and detail.retriable and plan.retry
    if not again or not watch.wait(plan, n, detail.retry_after) then
      return answer, message, code, detail
    end
    local found = detail.sent and read(client, target, plan, result)
    if found and judgement.is_set(found, plan.status) then
      return found
    end
  end
end

-- The first look, again where its failure is one that passes.
local function look(client, target, plan, result)
  for n = 1, math.huge do
    local found, message, code, detail = read(client, target, plan, result)
    local again = not found and detail.retriable and plan.retry
    if not again or not watch.wait(plan, n, detail.retry_after) then
      return found, message, code, detail
    end
  end
end

--- Sets the status and reads it back.
function setting.signout(client, target, plan, result)
  if not plan.status then
    core.raise(("%s.signout: option 'status' ({name =, type =}) is missing"):format(client:kind()))
  end
  core.build(client, "set_status", target, plan.status) -- raises what is wrong with it before anything is sent
  local found, message, code, detail = look(client, target, plan, result)
  if found and judgement.is_set(found, plan.status) then
    result:note("it already was", { already = true })
    note_logins(client, target, plan, result)
    return result:conclude("status_set")
  elseif not found and not detail.retriable then
    return result:conclude("failed", { code = code, message = message })
  end
  local answer
  answer, message, code, detail = set(client, target, plan, result)
  if not answer and not detail.sent then
    return result:conclude("failed", { code = code, message = message })
  end
  local value = setting.verify(client, target, plan, result, not answer and not detail.retriable)
  if not answer and value.verdict ~= "status_set" then
    value.verdict, value.code, value.message = "failed", code, message
  end
  return value
end

return setting
