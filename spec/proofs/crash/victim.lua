-- SPDX-License-Identifier: MIT
-- The process that check-crash kills: applies a plan, or goes on with its journal, and writes what it came to.
--
--   victim.lua DIRECTORY [N before|after]
--
-- With N it kills itself at the Nth time that the journal goes to disk, before or after that.

package.path = "./?.lua;" .. package.path
local core = require "signoff.core"
local json = require "signoff.json"
local offboard = require "signoff.offboard"
local world = require "spec.proofs.crash.world"

local directory, step, moment = arg[1], tonumber(arg[2]), arg[3]
local people, plan, journal = directory .. "/people.csv", directory .. "/plan", directory .. "/journal"

local function die()
  local file = assert(io.open "/proc/self/stat")
  local pid = file:read "*n"
  file:close()
  os.execute("kill -KILL " .. pid)
end

-- The core's journal, with a count of how often it was committed.
local function counting(real)
  local commits = 0
  local proxy = {}
  for _, method in ipairs { "append", "head", "close" } do
    proxy[method] = function(_, ...)
      return real[method](real, ...)
    end
  end
  function proxy.commit()
    commits = commits + 1
    if commits == step and moment == "before" then
      die()
    end
    local fine, message = real:commit()
    if commits == step then
      die()
    end
    return fine, message
  end
  return proxy
end

if step then
  local open = core.journal
  function core.journal(...)
    local real, message, reason = open(...)
    return real and counting(real), message, reason
  end
end

local function options(more)
  for name, value in pairs(world.rules) do
    more[name] = value
  end
  more.people = people
  return more
end

local function apply(systems)
  local loaded = assert(offboard.load(plan))
  return offboard.apply(loaded, systems, options { journal = journal })
end

local function go()
  local systems = world.systems()
  if not core.stat(journal) then
    return apply(systems)
  end
  local result, message = offboard.resume(journal, systems, options {})
  if not result and message:find("never began", 1, true) then -- nothing was sent
    os.remove(journal)
    return apply(systems)
  end
  return result, message
end

local result, message = go()
if not result then
  io.stderr:write(message, "\n")
  os.exit(2)
end
assert(core.save(directory .. "/result", json.encode(result)))
