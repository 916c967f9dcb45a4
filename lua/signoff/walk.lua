-- SPDX-License-Identifier: MIT

--- The road of one call: build, carry, read. Everything that reaches a system walks it here, once.
-- @module signoff.walk

local carry = require "signoff.carry".carry
local core = require "signoff.core"

local build, now, read = core.build, core.now, core.read

-- What the log hook is told: names, numbers and the error's own message, which holds no secret.
local function report(log, client, operation, started, answer, message, code, detail)
  local about = answer or detail
  local fields = {
    backend = client:kind(),
    operation = operation,
    seconds = now() - started,
    http_status = about.http_status,
    vendor_code = about.vendor_code,
    answer = answer and answer.answer,
    code = code,
    sent = detail and detail.sent,
  }
  local text = message or ("%s.%s: %s"):format(fields.backend, operation, answer.answer or "read")
  pcall(log, code and "warn" or "info", text, fields) -- a log that fails must not lose what the system said
end

--- One exchange.
-- @param client a client
-- @tparam string operation
-- @param ... its arguments, and a table that overrides options for this call
-- @return an answer; or nil, message, code, detail
return function(client, operation, ...)
  local call, anchor = build(client, operation, ...)
  local log = anchor.log
  if not log then
    return read(carry(call))
  end
  local started = now()
  pcall(log, "debug", ("%s.%s: calling"):format(client:kind(), operation), { backend = client:kind(), operation = operation })
  local answer, message, code, detail = read(carry(call, function(left)
    report(log, client, operation, started, read(left))
  end))
  report(log, client, operation, started, answer, message, code, detail)
  return answer, message, code, detail
end
