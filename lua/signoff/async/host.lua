-- SPDX-License-Identifier: MIT

--- Detects the host that runs this Lua.
-- @module signoff.async.host

local ngx = package.loaded.ngx

return {
  --- Whether handlers wait here without stopping a worker. The thread-pool states of nginx have an `ngx` without sockets: a
  -- thread of theirs may block.
  is_nginx = type(ngx) == "table" and ngx.socket ~= nil and ngx.get_phase ~= nil,
}
