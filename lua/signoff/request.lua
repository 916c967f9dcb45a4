-- SPDX-License-Identifier: MIT

--- One call: build, carry, read. Every request to a system passes here, once.
-- @module signoff.request

local runtime = require "signoff.async.runtime"
local context = require "signoff.async.context"
local core = require "signoff.core"
local deadline = require "signoff.async.deadline"

local admit, carry, readmit = runtime.admit, runtime.carry, runtime.readmit
local build, now, read = core.build, core.now, core.read
local huge, min = math.huge, math.min

-- Tells the log hook names, numbers and the error's own message, which holds no secret.
local function report(about, answer, message, code, detail)
  local result = answer or detail
  local fields = {
    backend = about.client:kind(),
    operation = about.operation,
    seconds = now() - about.started,
    http_status = result.http_status,
    vendor_code = result.vendor_code,
    stale = result.stale,
    answer = answer and answer.answer,
    code = code,
    sent = detail and detail.sent,
  }
  local text = message or ("%s.%s: %s"):format(fields.backend, fields.operation, answer.answer or "read")
  pcall(about.log, code and "warn" or "info", text, fields) -- a log that fails must not lose what the system said
end

-- Reads a call that nobody is left to read, for its log hook.
local function report_left(call, about)
  report(about, read(call))
end

-- The seconds that the call has left after waiting for its slot, within the deadlines around it.
local function seconds_left(call, waited, ends)
  local own = waited and core.total_timeout(call) - waited or huge
  return min(own, ends - now())
end

-- Carries the call, unless it got no slot, or its time is over.
local function carry_in_time(call, over, waited, left, about)
  local ends = deadline.ends()
  if waited or ends < huge then
    local seconds = seconds_left(call, waited, ends)
    if over or seconds < 0.001 then
      return core.give_up(call, over or "timeout")
    elseif seconds < huge then
      core.within(call, seconds)
    end
  end
  return carry(call, left, about)
end

--- Makes one exchange.
-- @param client a client
-- @tparam string operation
-- @param ... its arguments, and a table that overrides options for this call
-- @return an answer; or nil, message, code, detail
return function(client, operation, ...)
  if context.script then
    core.raise(("%s.%s: the functions of a system in Lua cannot make calls"):format(client:kind(), operation))
  end
  local over, waited, reserved = admit(client, operation, ...)
  local call, anchor = build(client, operation, ...)
  local log = anchor.log
  if not log then
    return read(carry_in_time(call, over, waited))
  end
  local about = { log = log, client = client, operation = operation, started = now() }
  pcall(log, "debug", ("%s.%s: calling"):format(client:kind(), operation), { backend = client:kind(), operation = operation })
  if not over then
    over, waited = readmit(waited, reserved, client, operation, ...)
  end
  local answer, message, code, detail = read(carry_in_time(call, over, waited, report_left, about))
  report(about, answer, message, code, detail)
  return answer, message, code, detail
end
