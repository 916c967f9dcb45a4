-- SPDX-License-Identifier: MIT
-- The actions of finalizers on the objects that a function was given, while it runs.

local core = require "signoff.core"

local other = {
  cisco_em = { app_id = "other-app", app_certificate = "other-password" }, isymphony = { username = "other", password = "other-password" },
  agvance = { session_id = "other-session" }, oracle_commerce = { token = "eyOther-token" }, jde_ais = { token = "044-other-token", device = "PC-9" },
}

-- As `<close>` does, also on a Lua that has none.
local function close(object)
  local metatable = debug.getmetatable(object)
  if metatable.__close then
    metatable.__close(object)
  end
end

local function reopen(object)
  local options = { url = "http://other.example" }
  for name, value in pairs(other[object:kind()]) do
    options[name] = value
  end
  core.open(object, options)
end

-- Calls `f` with every object of the module, also in lists.
local function each(objects, f)
  for _, object in pairs(objects) do
    if type(object) == "table" then
      each(object, f)
    elseif type(object) == "userdata" then
      f(object, getmetatable(object))
    end
  end
end

-- A reply that is read while another one is. Defaults of the program's do not count here.
local function read(body, kind, options, ...)
  local client = core.open(core.client(kind, {}), options)
  local call = core.build(client, ...)
  core.read(core.reply(call, 200, body))
  client:close()
end

local actions = {}

--- Closes everything.
function actions.close(objects)
  each(objects, function(object)
    close(object)
  end)
end

--- Gives clients other settings, reads and cancels calls.
function actions.replace(objects)
  each(objects, function(object, kind)
    if kind == "signoff.client" then
      reopen(object)
    elseif kind == "signoff.call" then
      pcall(object.cancel, object)
      pcall(core.read, object)
    end
  end)
end

--- Does the same with the same objects.
function actions.again(objects, scenario)
  pcall(scenario.run, objects)
end

--- Forgets all objects: the next collection takes them.
function actions.drop(objects)
  for name in pairs(objects) do
    objects[name] = nil
  end
end

--- Does work of its own, with objects of its own.
function actions.work()
  local secret = core.secret_new "a-secret-of-the-finalizer"
  read('{"note":"' .. ("own "):rep(500) .. '"}', "isymphony", { url = "http://own.example", username = "own", password = secret },
    "set_status", "ada", { name = "own", type = "away", note = ("own "):rep(500) })
  read("<response><success/></response>", "cisco_em", { url = "http://own.example", app_id = "own", app_certificate = secret }, "logout", "SEP9")
  core.bytes(secret)
  secret:close()
end

return actions
