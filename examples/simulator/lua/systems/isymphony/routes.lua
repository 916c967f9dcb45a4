--- iSymphony's addresses: live state, configuration, and the older prefix that its vendor's module for FreePBX asks.
local encoding = require "encoding"

local routes = {}

local REST = "/communication_manager/rest/"
local OLDER = "/communication_manager/api/resource/"

--- Where a licence is bound.
routes.LICENCE = OLDER .. "server/license/bind"

local function segments(path, prefix)
  local list = {}
  for piece in (path:sub(#prefix + 1) .. "/"):gmatch "([^/]*)/" do list[#list + 1] = encoding.percent_decode(piece) end
  if list[#list] == "" then list[#list] = nil end
  return list
end

--- Takes `getByName/<name>` or an id from the list, at `at`: { name = } or { id = }, and where to go on.
local function reference(list, at)
  if list[at] == "getByName" and list[at + 1] then return { name = list[at + 1] }, at + 2 end
  if list[at] then return { id = list[at] }, at + 1 end
  return nil, at
end

-- The part behind the user -> method and operation.
local OF_USER = {
  [""] = { "GET", "user" },
  ["status"] = { "GET", "status" },
  ["status/set"] = { "POST", "set_status", true },
  ["logins"] = { "GET", "logins" },
  ["extensions"] = { "GET", "extensions" },
}

local function live_route(list)
  local route = { live = true }
  local at
  route.core_server, at = reference(list, 3)
  if not list[at] then
    route.method, route.operation = "GET", route.core_server and "core_server" or "core_servers"
    return route
  end
  if list[at] ~= "users" then return nil end
  route.user, at = reference(list, at + 1)
  local found = route.user and OF_USER[table.concat(list, "/", at)] or (not route.user and { "GET", "users" })
  if not found then return nil end
  route.method, route.operation, route.changes = found[1], found[2], found[3] or false
  return route
end

local function config_route(list)
  local core_server, at = reference(list, 4)
  if list[3] ~= "coreServers" or list[at] then return nil end
  return { core_server = core_server, method = "GET", operation = core_server and "core_server" or "core_servers" }
end

--- `server/coreServers/getBySlug/NAME`, `core/ID/users`, `core/ID/users/ID`, `core/ID/users/noHash/ID`.
local function older_route(list)
  if list[1] == "server" and list[2] == "coreServers" and list[3] == "getBySlug" and list[4] and not list[5] then
    return { core_server = { name = list[4] }, method = "GET", operation = "core_server" }
  end
  local at = list[4] == "noHash" and 5 or 4
  if list[1] ~= "core" or list[3] ~= "users" or list[at + 1] then return nil end
  local core_server, id = { id = list[2] }, list[at]
  if not id then return { core_server = core_server, method = "GET", operation = "older_users" } end
  return { core_server = core_server, user = { id = id }, method = "PUT", operation = "put_user", changes = true }
end

--- The meaning of an address: { method, operation, changes, core_server, user, live }; nil where nothing stands there.
function routes.find(path)
  if path:find(OLDER, 1, true) == 1 then return older_route(segments(path, OLDER)) end
  if path:find(REST, 1, true) ~= 1 then return nil end
  local list = segments(path, REST)
  if list[1] == "live" and list[2] == "coreServers" then return live_route(list) end
  if list[1] == "config" and list[2] == "server" then return config_route(list) end
end

return routes
