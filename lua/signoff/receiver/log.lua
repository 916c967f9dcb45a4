-- SPDX-License-Identifier: MIT

--- The log of a receiver: kind, issuer, identifier, outcome and a fixed reason. No token, no header and no subject.
--
-- Refusals and faults are limited, since a flood must not fill a disk: ten of each a second, and how many more there were.
-- @module signoff.receiver.log

local coroutines = require "signoff.async.coroutine"
local text = require "signoff.text"

local log = {}

local MOST = 10 -- that are said within a second

local FIELDS = { "kind", "iss", "jti", "outcome", "disposition", "id" }

-- Fields for nginx, which asks for their text only where its level lets it write them.
local Shown = {}

function Shown:__tostring()
  local fields = self.fields
  local parts = {}
  for _, name in ipairs(FIELDS) do
    if fields[name] ~= nil then
      parts[#parts + 1] = name .. "=" .. text.short(fields[name], 255)
    end
  end
  return table.concat(parts, " ")
end

local NGINX_LEVELS = { debug = "DEBUG", info = "INFO", warn = "WARN", error = "ERR" }

-- Where there is no function of the site: nginx's error log, or nowhere.
local function to_nginx(level, message, fields)
  local ngx = package.loaded.ngx
  if ngx and ngx.log then
    ngx.log(ngx[NGINX_LEVELS[level]], "signoff.receiver: ", message, " ", setmetatable({ fields = fields }, Shown))
  end
end

--- Makes the function by which all is said. An error of the site's function is ignored.
-- @tparam[opt] function script `script(level, message, fields)`
-- @treturn function(level, message, fields)
function log.to(script)
  script = script or to_nginx
  return function(level, message, fields)
    coroutines.pcall(script, level, message, fields or {})
  end
end

--- Makes a function by which no more is said than a disk bears.
-- @tparam function say as `to` makes it
-- @tparam string level of all that it says
-- @treturn function(now, message, fields)
function log.limited(say, level)
  local second, count = nil, 0
  return function(now, message, fields)
    if second ~= math.floor(now) then
      if count > MOST then
        say(level, ("%d more within a second are not shown"):format(count - MOST))
      end
      second, count = math.floor(now), 0
    end
    count = count + 1
    if count <= MOST then
      say(level, message, fields)
    end
  end
end

return log
