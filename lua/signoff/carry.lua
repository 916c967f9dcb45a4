-- SPDX-License-Identifier: MIT

--- How a call is carried, and how the module waits: in nginx without stopping the worker, in a task of `signoff.loop`
-- without stopping the others, anywhere else by blocking.
-- @module signoff.carry

local host = require "signoff.host"

local chosen = require(host.is_nginx and "signoff.nginx" or "signoff.scheduler")

return {
  --- Waits until a call may be sent.
  -- @function admit
  -- @param client a client
  -- @tparam string operation
  -- @param ... its arguments
  -- @treturn ?string why it may not: `"timeout"`, `"cancelled"`
  -- @treturn ?number seconds that were waited
  admit = chosen.admit or function() end,
  --- Brings the reply into the call, and gives the call.
  -- @function carry
  -- @param call
  -- @tparam[opt] function left `left(call, about)`: what to do with the call where nobody is left to read it; no closure
  -- over locals of the caller, which nginx clears when it ends a handler
  -- @param[opt] about
  carry = chosen.carry,
  --- Waits for that many seconds.
  -- @function sleep
  sleep = chosen.sleep,
}
