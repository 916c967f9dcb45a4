-- SPDX-License-Identifier: MIT

--- How a call is carried, and how the module waits: in nginx without stopping the worker, anywhere else by blocking.
-- @module signoff.carry

local core = require "signoff.core"

local ngx = package.loaded.ngx

-- The thread-pool states of nginx have an `ngx` without sockets: a thread of theirs may block.
if type(ngx) == "table" and ngx.socket and ngx.get_phase then
  return require "signoff.nginx"
end

return {
  --- Brings the reply into the call, and gives the call.
  -- @function carry
  -- @param call
  -- @tparam[opt] function left `left(call, about)`: what to do with the call where nobody is left to read it; no closure
  -- over locals of the caller, which nginx clears when it ends a handler
  -- @param[opt] about
  carry = core.carry,
  --- Waits for that many seconds.
  -- @function sleep
  sleep = core.sleep,
}
