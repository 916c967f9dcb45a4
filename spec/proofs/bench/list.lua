-- SPDX-License-Identifier: MIT
-- Reads a list of people so many times, or plans, saves and loads what is to be done to them: list.lua read|plan LIST TIMES.
-- Prints the milliseconds of the processor that it took, and the kilobytes that are kept of the last. No system is asked:
-- those that would be are left out of the plan.

local people = require "signoff.offboard.people.people"
local plan = require "signoff.offboard.plan.plan"
local signoff = require "signoff"
local systems = require "signoff.offboard.systems"

local NOBODY = "http://127.0.0.1:1"

local site = {
  cisco_em = { client = signoff.cisco_em { url = NOBODY, app_id = "a", app_certificate = "c" } },
  isymphony = {
    client = signoff.isymphony { url = NOBODY, username = "u", password = "p" }, status = { name = "Gone", type = "unavailable" },
  },
  agvance = { client = signoff.agvance { url = NOBODY } },
  oracle_commerce = { client = signoff.oracle_commerce { url = NOBODY } },
  jde_ais = { client = signoff.jde_ais { url = NOBODY } },
}

local silent = { isymphony = site.isymphony, oracle_commerce = site.oracle_commerce, jde_ais = site.jde_ais }

local actions = {}

function actions.read(path)
  return assert(people.read(path, systems.check(site)))
end

function actions.plan(path)
  local made = assert(plan.make(silent, path, { ignore = { "cisco_em", "agvance" } }))
  assert(made:save(path .. ".plan"))
  local loaded = assert(plan.load(path .. ".plan"))
  os.remove(path .. ".plan")
  assert(#loaded.items == 3 * made.people)
  return loaded
end

local function kilobytes()
  collectgarbage()
  collectgarbage()
  return collectgarbage "count"
end

local action, path = assert(actions[arg[1]], "no such action"), arg[2]
local spent, kept = 0, 0
for _ = 1, arg[3] do
  local before, began = kilobytes(), os.clock()
  local made = action(path)
  spent = spent + os.clock() - began
  kept = kilobytes() - before
  assert(made)
end
print(("%.0f %.0f"):format(spent * 1000, kept))
