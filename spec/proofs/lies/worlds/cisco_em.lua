-- SPDX-License-Identifier: MIT
--- Phones of made worlds: who sits where, what a list says of it, and how the two can change.

local names = require "spec.proofs.lies.names"

local em = {
  name = "cisco_em", act = "logout", reads = { "query_devices", "query_users" },
  marks = { "error_beside", "doubled", "userless", "nameless", "two_users", "person_beside" }, spelled = true,
}

function em.start(world)
  local users = {}
  for _, list in ipairs { names.leavers, names.others, { names.protected } } do
    for _, name in ipairs(list) do
      users[#users + 1] = { name = name }
    end
  end
  local settings = {}
  if not world.honest then
    settings = {
      percent_encode = world:chance(0.7), order = world:pick { "asked", "reversed" }, emcc = world:chance(0.7), line_breaks = world:chance(0.7),
      spelling = world:chance(0.2) and world:pick { "upper", "percent", "domain", "backslash", "blank", "newline", "pretty", "nbsp", "nfd" } or "plain",
    }
  end
  return { users = users, devices = {}, settings = settings }
end

local function new_device(world, user)
  local devices = world.state.cisco_em.devices
  local name = ("SEP0011223344%02X"):format(#devices + 1)
  devices[#devices + 1] = { name = name, user = user }
  return name
end

local function at_device(world, person, device)
  local named = world:chance(0.5)
  local text = device
  if named then
    local spelled = not world.honest and world:chance(0.2)
    text = device .. "=" .. (spelled and names.spell(person, world:pick(names.spellings)) or person)
  end
  return { system = "cisco_em", text = text, claims = {
    { system = "cisco_em", person = person, who = person, shown = device, target = device, user = named and person or nil },
  } }
end

local function by_name(world, person)
  local spelled = not world.honest and world:chance(0.2)
  local name = spelled and names.spell(person, world:pick(names.spellings)) or person
  local text = "user:" .. name
  return { system = "cisco_em", text = text, claims = {
    { system = "cisco_em", person = person, who = person, shown = text, by_name = name },
  } }
end

local CELLS = {
  function(world, person) return at_device(world, person, new_device(world, person)) end,
  function(world, person) return at_device(world, person, new_device(world, person)) end,
  function(world, person)
    new_device(world, person)
    return by_name(world, person)
  end,
  function(world, person)
    new_device(world, person)
    new_device(world, person)
    return by_name(world, person)
  end,
  function(world, person) return at_device(world, person, new_device(world)) end, -- nobody is there
  function(world, person) return by_name(world, person) end, -- the person is nowhere
  -- From here on not in honest worlds.
  function(world, person) return at_device(world, person, new_device(world, world:pick(names.others))) end,
  function(world, person) return at_device(world, person, new_device(world, names.protected)) end,
  function(world, person) -- a phone that is in the list twice
    local devices = world.state.cisco_em.devices
    return at_device(world, person, #devices > 0 and world:pick(devices).name or new_device(world, person))
  end,
  function(world, person) return at_device(world, person, new_device(world, person):lower()) end,
  function(world, person) return at_device(world, person, "SEP00112233FFFF") end,
}

local HONEST = 6

--- One cell of a person's row.
function em.cell(world, person)
  return CELLS[world:between(1, world.honest and HONEST or #CELLS)](world, person)
end

local function seat(device, user)
  return { cisco_em = { devices = { { name = device, user = user } } } }
end

local function place_of(world, claim)
  local devices = world.state.cisco_em.devices
  return claim.target or (#devices > 0 and world:pick(devices).name) or "SEP001122334401"
end

-- Moves that people make by themselves.
local MOVES = {
  function(_, claim) return seat("SEP0011223344F1", claim.who) end, -- logs in elsewhere
  function(world, claim) return seat(place_of(world, claim)) end, -- leaves
  function(world, claim) return seat(place_of(world, claim), world:pick(names.others)) end, -- is followed by somebody else
  function(world, claim) return seat(place_of(world, claim), names.protected) end,
  function(world, claim) return seat(place_of(world, claim), claim.who) end, -- comes back
  function(world, claim) -- moves to another phone
    local patch = seat(place_of(world, claim))
    table.insert(patch.cisco_em.devices, { name = "SEP0011223344F2", user = claim.who })
    return patch
  end,
}

function em.move(world, claim)
  return world:pick(MOVES)(world, claim)
end

--- The world as it would be if nobody were at any phone that concerns the claim.
function em.hide(world, claim)
  local rows = {}
  for _, device in ipairs(world.state.cisco_em.devices) do
    if device.name:lower() == (claim.target or ""):lower() or device.user == claim.who then
      rows[#rows + 1] = { name = device.name }
    end
  end
  return #rows > 0 and { cisco_em = { devices = rows } } or nil
end

--- As it would be if the one of the list were still there.
function em.show(_, claim)
  return claim.target and seat(claim.target, claim.who) or nil
end

--- The target that faults of an operation are aimed at.
function em.aim(claim, operation)
  if operation == "query_users" then
    return claim.by_name
  end
  return claim.target
end

-- Whether another row of the list is about the same phone: whom a member beside names is not for it.
local function is_shared(world, claim)
  for _, cell in ipairs(world.case.cells) do
    for _, other in ipairs(cell.claims) do
      if other ~= claim and (other.target or ""):lower() == (claim.target or ""):lower() and other.who ~= claim.who then
        return true
      end
    end
  end
  return false
end

-- Calls for a phone alone know of nobody whom a member beside could name.
local DIRECT = { blocking = true, verify = true, loop = true, nginx = true }
local TELLS_USER = { blocking = true, loop = true }

local function knows_person(world, claim)
  local way = world.case.way
  return not DIRECT[way] or (TELLS_USER[way] and claim.user ~= nil)
end

function em.spoil(world, claim, fault)
  if fault.how == "person_beside" and (is_shared(world, claim) or not knows_person(world, claim)) then
    fault.how = "error_beside"
  end
  fault.user = fault.how == "person_beside" and claim.who or nil
end

-- Lies about an act.
em.lies = { { fault = "still_there" }, { fault = "reborn" }, { fault = "code", code = 6 }, { fault = "code", code = 26 }, { fault = "code", code = 19 } }

function em.call(claim)
  return claim.target, { user = claim.user }
end

return em
