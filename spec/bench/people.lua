-- SPDX-License-Identifier: MIT
-- CPU time to read a list of people, and to plan, save and load what is to be done to them, for two numbers of people.
-- No system is asked: those that would be are left out of the second.

local people = require "signoff.offboard.people"
local plan = require "signoff.offboard.plan"
local signoff = require "signoff"
local systems = require "signoff.offboard.systems"

local NOBODY = "http://127.0.0.1:1"
local FEW, MANY, TIMES = 10000, 100000, 3

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

local function write_list(path, count)
  local file = assert(io.open(path, "wb"))
  file:write "person,cisco_em,isymphony,agvance,oracle_commerce,jde_ais\n"
  for i = 1, count do
    file:write(("person.%d,SEP%012d;SEPX%d,person.%d,K-%d,oracle-token-%d,jde-token-%d@PC-%d\n"):format(i, i, i, i, i, i, i, i))
  end
  file:close()
  os.execute(("chmod 600 '%s'"):format(path))
end

local function read(path, count)
  assert(#assert(people.read(path, systems.check(site))) == count)
end

local function make(path, count)
  local made = assert(plan.make(silent, path, { ignore = { "cisco_em", "agvance" } }))
  assert(made:save(path .. ".plan"))
  assert(#assert(plan.load(path .. ".plan")).items == 3 * count)
  os.remove(path .. ".plan")
end

local function milliseconds(act, path, count)
  write_list(path, count)
  collectgarbage()
  collectgarbage()
  local began = os.clock()
  act(path, count)
  return (os.clock() - began) * 1000
end

-- The least of some for each number, by turns: what else runs on the machine only adds, and adds to both.
local function least(act, path)
  local few, many = math.huge, math.huge
  for _ = 1, TIMES do
    few, many = math.min(few, milliseconds(act, path, FEW)), math.min(many, milliseconds(act, path, MANY))
  end
  return few, many
end

local path = os.tmpname()
local version = rawget(_G, "jit") and "LuaJIT" or _VERSION
for _, row in ipairs { { "read", read, "six targets each" }, { "planned, saved and loaded", make, "three targets each" } } do
  local few, many = least(row[2], path)
  print(("100,000 people, %s, %s, %s\tms\t%.0f\tten times 10,000\t%.0f\tat_most 1.5"):format(row[3], row[1], version, many, 10 * few))
end
os.remove(path)
