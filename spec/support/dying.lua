-- SPDX-License-Identifier: MIT
--- A process that kills itself when it writes to disk: for LUA_INIT, `DIE_AT=N DIE=before|after`. Every journal counts, whoever writes it.

local step, moment = tonumber(os.getenv "DIE_AT"), os.getenv "DIE"
local core = require "signoff.core"

local commits = 0

local function die()
  local file = assert(io.open "/proc/self/stat")
  local pid = file:read "*n"
  file:close()
  os.execute("kill -KILL " .. string.format("%d", pid))
end

local proxy = {}
proxy.__index = function(_, name)
  return proxy[name]
end

for _, method in ipairs { "append", "head", "close", "read", "continue" } do
  proxy[method] = function(self, ...)
    return self.real[method](self.real, ...)
  end
end

function proxy:commit()
  commits = commits + 1
  if commits == step and moment == "before" then
    die()
  end
  local fine, message, reason = self.real:commit()
  if commits == step then
    die()
  end
  return fine, message, reason
end

local open = core.journal

function core.journal(...)
  local real, message, reason = open(...)
  return real and setmetatable({ real = real }, proxy), message, reason
end
