-- SPDX-License-Identifier: MIT
-- Knows every object of the module that a finalizer may close. To be loaded before anything else takes functions out of
-- signoff.core.

local core = require "signoff.core"

local held = {}

local objects = setmetatable({}, { __mode = "v" }) -- whose finalizers have run leave it before that
local count = 0

for _, name in ipairs { "client", "secret_new", "secret_env", "secret_file", "secret_command", "journal", "file", "engine", "channel" } do
  local make = core[name]
  core[name] = function(...)
    local object, message, reason = make(...)
    if object then
      count = count + 1
      objects[count] = object
    end
    return object, message, reason
  end
end

--- Closes all of them, as `<close>` does, also on a Lua that has none.
function held.close()
  for _, object in pairs(objects) do
    debug.getmetatable(object).__close(object)
  end
end

--- Opens the clients again that are closed, where their options still hold.
function held.reopen()
  for _, object in pairs(objects) do
    if getmetatable(object) == "signoff.client" and not core.is_open(object) then
      local anchor, options = core.anchor(object), {}
      for name, value in pairs(anchor.options) do
        options[name] = value
      end
      options.headers = anchor.headers and anchor.headers() or options.headers
      pcall(core.open, object, options)
    end
  end
end

return held
