-- SPDX-License-Identifier: MIT

--- Failures that no exchange brought: what a method returns when nothing was sent.
-- @module signoff.failure

--- @tparam string kind a system's name
-- @tparam string operation
-- @tparam string code
-- @tparam string why the end of the message
-- @tparam[opt] table more members of `detail`
-- @return nil, message, code, detail
return function(kind, operation, code, why, more)
  local message = ("%s.%s: %s"):format(kind, operation, why)
  local detail = {
    code = code, message = message, backend = kind, operation = operation, retriable = false, sent = false, own_words = false, fields = {},
  }
  for name, value in pairs(more or {}) do
    detail[name] = value
  end
  return nil, message, code, detail
end
