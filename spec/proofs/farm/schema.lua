-- SPDX-License-Identifier: MIT
--- The farm's schema in a server: set up as a site does, on a clock divided by ten.

local limits = require "spec.proofs.farm.limits"
local peer = require "spec.support.peer"

local schema = {}

--- Sets a farm's numbers.
function schema.set(servers, settings)
  for name, value in pairs(settings) do
    servers:tell(("update farm.setting set value = %s where name = '%s'"):format(value, name))
  end
end

--- Makes a database and everything in it, and an account that may do what workers may.
function schema.init(servers, name)
  servers.database = name or "farm"
  servers:tell("create database " .. servers.database, "postgres")
  local said = peer.output_of(("lua5.4 examples/offboard.lua farm init --farm 'host=%s port=%d user=postgres dbname=%s' 2>&1; echo =$?"):format(
    servers.directory, servers.ports[servers.primary], servers.database))
  assert(said:find "=0$", said)
  servers:ask "create role storm login"
  servers:tell "grant signoff_operator to storm"
  schema.set(servers, limits.settings)
end

-- The text of a function of the schema.
local function definition(servers, name)
  return servers:tell(("select pg_get_functiondef(p.oid) from pg_proc p where p.pronamespace = 'farm'::regnamespace and p.proname = '%s'"):format(name))
end

--- Puts other text in place of a function's; raises where it does not have that.
function schema.alter(servers, name, text, other)
  local whole = definition(servers, name)
  local from, to = whole:find(text, 1, true)
  assert(from, ("farm.%s has no %q"):format(name, text))
  servers:tell(whole:sub(1, from - 1) .. other .. whole:sub(to + 1))
end

return schema
