-- SPDX-License-Identifier: MIT
--- One made world, from a number: who is where, what the list says, what people do by themselves, what goes wrong, how it is run.
-- It is plain data, so that it can be printed, and made smaller.
--
-- Never drawn, since no rule could tell: a look that lies in the system's own words ("free", a whole list, a refusal in the form of the
-- system's own errors) or comes from a node that lags, with nothing that shows it (`silent`); one reply with an old Date among
-- new ones, of which the Date alone tells; a reply from somebody in between that names a person who is not there; a token of
-- somebody who is protected; a browser that renews a token which is dead.

local names = require "spec.proofs.lies.names"
local random = require "spec.proofs.lies.random"

local world = {}

world.systems = {}
local NAMES = { "agvance", "cisco_em", "isymphony", "jde_ais", "oracle_commerce" }
for _, name in ipairs(NAMES) do
  world.systems[name] = require("spec.proofs.lies.worlds." .. name)
end

local SYSTEMS = { "cisco_em", "cisco_em", "cisco_em", "agvance", "agvance", "oracle_commerce", "jde_ais", "isymphony" }

-- Ways of running, with how often each is taken. Those that need real time are slower.
local WAYS = {
  { "apply", 46 }, { "undo", 4 }, { "resume", 18 }, { "run", 12 }, { "blocking", 6 }, { "verify", 2 }, { "loop", 5 }, { "together", 4 }, { "nginx", 3 },
}

world.ways = {}
for i, way in ipairs(WAYS) do
  world.ways[i] = way[1]
end

-- In real time every wait is so much shorter than on a clock of our own, and the simulator's clock so much faster.
world.HASTE = 200
world.real = { blocking = true, verify = true, loop = true, together = true, nginx = true }

-- Neither of these takes names to ask for, nor protects anybody.
world.direct = { blocking = true, verify = true, loop = true, nginx = true }

local CACHED = { "age", "warning", "x_cache" }
local COMMON = { "age", "warning", "x_cache", "old_date", "status_203" }
local FORMS = { "text", "json", "empty", "page" }

local function pick_way(draw)
  local at = draw:between(1, 100)
  for _, way in ipairs(WAYS) do
    at = at - way[2]
    if at <= 0 then
      return way[1]
    end
  end
end

local function set_of(count, list, draw)
  local chosen, set = {}, {}
  for _ = 1, count do
    local one = draw:pick(list)
    if not set[one] then
      chosen[#chosen + 1], set[one] = one, true
    end
  end
  return chosen
end

-- A cell, and of phones sometimes two of them.
local function draw_cells(made, person, system)
  local facts = world.systems[system]
  local count = system == "cisco_em" and not made.honest and made:chance(0.2) and 2 or 1
  for _ = 1, count do
    local cell = facts.cell(made, person)
    local by_name = cell.claims[1].by_name
    if not (world.direct[made.case.way] and (by_name or cell.claims[2])) then
      cell.person = person
      table.insert(made.case.cells, cell)
    end
  end
end

local function draw_list(made)
  local people = set_of(made:between(1, 3), made.honest and { names.leavers[1], names.leavers[2], names.leavers[3] } or names.leavers, made)
  local systems = set_of(made:chance(0.6) and 1 or 3, made.case.way == "undo" and { "isymphony" } or SYSTEMS, made)
  for _, system in ipairs(systems) do
    made.state[system] = world.systems[system].start(made)
    for _, person in ipairs(people) do
      draw_cells(made, person, system)
    end
  end
  if not made.honest and not world.direct[made.case.way] and made:chance(0.1) then
    made.state.cisco_em = made.state.cisco_em or world.systems.cisco_em.start(made)
    draw_cells(made, names.protected, "cisco_em")
  end
end

-- Any of the claims that cells make.
local function draw_claim(made)
  local cells = made.case.cells
  return cells[1] and made:pick(made:pick(cells).claims)
end

local function draw_move(made)
  local claim = draw_claim(made)
  local facts = claim and world.systems[claim.system]
  if not facts then
    return
  end
  local patch, requires = facts.move(made, claim)
  if not patch then
    return
  end
  local move = { people = patch, requires = requires }
  if made:chance(0.4) then
    move.at = made:pick { 0.2, 1, 3, 5, 8, 11, 15, 25, 40 }
  else
    move.system = claim.system
    move.operation = made:chance(0.4) and facts.act or made:pick(facts.reads)
    move.after, move.when = made:between(0, 3), made:pick { "before", "after" }
  end
  table.insert(made.case.moves, move)
end

-- A break of the exchange, whatever it is about.
local function draw_break(made, is_act)
  local act = nil
  if is_act then
    act = made:chance(0.5)
  end
  return made:pick {
    { fault = "gateway", status = made:pick { 401, 403, 403, 429, 503 }, form = made:pick(FORMS), act = act },
    { fault = "status", status = made:pick { 500, 503 }, act = act },
    { fault = "status", status = 200, type = "text/html", body = "<html>Log in</html>", act = act },
    { fault = "close", act = act }, { fault = "close", act = act }, { fault = "cut", act = act }, { fault = "chunked" },
    world.real[made.case.way] and { fault = "slow", seconds = 0.03, when = made:pick { "before", "after" } } or { fault = "cut_headers", act = act },
  }
end

local function draw_spoil(made, claim, facts)
  local fault = { fault = "spoiled" }
  if made:chance(0.15) then -- somebody stands there who was there before
    fault.how, fault.was = made:pick(CACHED), facts.show(made, claim)
  end
  if not fault.was then
    fault.how, fault.was = made:pick(made:chance(0.5) and COMMON or facts.marks), facts.hide(made, claim)
    facts.spoil(made, claim, fault)
  end
  return fault
end

local function copy(row)
  local made = {}
  for name, value in pairs(row) do
    made[name] = value
  end
  return made
end

local function draw_lie(made, facts)
  local fault = copy(made:pick(facts.lies))
  if fault.fault == "reborn" then
    fault.seconds = made:pick { 0, 2, 5, 9, 12, 30 }
  end
  return fault
end

local function draw_look_fault(made, claim, facts)
  local kind = made:fraction()
  if kind < 0.08 and facts.denial then
    return { fault = "status", status = 200, type = "application/json", body = facts.denial }
  elseif kind < 0.2 and facts.foreign and made.case.own_session then
    return { fault = "spoiled", how = facts.foreign }
  elseif kind < 0.55 then
    return draw_spoil(made, claim, facts)
  elseif kind < 0.65 and facts.spelled then
    return { fault = "spelled", how = made:pick { "upper", "percent", "domain", "backslash", "blank", "newline", "pretty", "nbsp", "nfd" } }
  end
  return draw_break(made, false)
end

-- In less than a second no date moves; and of two caches the younger one's date is later, as if it were new.
local function tells_by_date(made)
  for _, other in ipairs(made.case.faults) do
    if other.how == "old_date" then
      return false
    end
  end
  return not world.real[made.case.way]
end

local function place_fault(made, fault, claim, operation, after)
  if fault.how == "old_date" and not tells_by_date(made) then
    fault.how = "age"
  end
  fault.system, fault.operation, fault.after = claim.system, operation, after
  fault.target = world.systems[claim.system].aim(claim, operation)
  table.insert(made.case.faults, fault)
end

local function draw_fault(made)
  local claim = draw_claim(made)
  if not claim then
    return
  end
  local facts = world.systems[claim.system]
  local is_act = made:chance(0.4)
  local fault = is_act and made:chance(0.5) and draw_lie(made, facts) or is_act and draw_break(made, true)
    or draw_look_fault(made, claim, facts)
  if fault.how ~= "old_date" then -- what is cached stays cached: one old reply among new ones, nobody can tell
    fault.times = made:pick { 1, 1, 2, 3, false } or nil
  end
  place_fault(made, fault, claim, is_act and facts.act or made:pick(facts.reads), made:between(0, 3))
end

-- An honest night: one reply in a hundred is lost, one in a hundred is a 503.
local function draw_weather(made)
  for _, system in ipairs(NAMES) do
    for request = 0, made.state[system] and 40 or -1 do
      if made:chance(0.01) then
        table.insert(made.case.faults, { system = system, fault = "close", act = true, after = request, times = 1 })
      elseif made:chance(0.01) then
        table.insert(made.case.faults, { system = system, fault = "status", status = 503, after = request, times = 1 })
      end
    end
  end
end

-- An act that does nothing, or is undone, and then reads that do not show it as it is.
local function draw_plot(made)
  local claim = draw_claim(made)
  if not claim then
    return
  end
  local facts = world.systems[claim.system]
  local lie = made:chance(0.6) and draw_lie(made, facts) or draw_break(made, true)
  place_fault(made, lie, claim, facts.act, 0)
  for _ = 1, made:between(1, 2) do
    local look = draw_look_fault(made, claim, facts)
    place_fault(made, look, claim, facts.reads[1], made:between(1, 3))
    look.times = look.how ~= "old_date" and made:pick { 2, 3, false } or nil
  end
end

local function draw_trouble(made)
  for _ = 1, made:between(0, 3) do
    draw_move(made)
  end
  if made:chance(0.3) then
    return draw_plot(made)
  end
  for _ = 1, made:between(0, 2) do
    draw_fault(made)
  end
end

-- Other oddities of a run: the list comes as a file, in which a stray quote may stand; a function knows the targets of
-- a system, and may fail; one client of several is in a hurry, or of another tenant since the plan; the example for nginx is given what is no list.
local function draw_nasty(made)
  local way, systems = made.case.way, {}
  for _, system in ipairs(SYSTEMS) do
    systems[#systems + 1] = made.state[system] and not systems[system] and system or nil
    systems[system] = made.state[system] ~= nil
  end
  if way == "nginx" then
    return made:chance(0.1) and { object = true } or nil
  elseif world.direct[way] or way == "run" or way == "undo" or not systems[1] then
    return nil
  end
  return made:pick {
    false, false, false, false, { file = true }, { file = true, stray = made:between(1, 3) }, { late = made:pick(systems), fails = made:chance(0.5) },
    systems[2] and { hurried = made:pick(systems) }, way ~= "together" and { tenant = made:pick(systems) },
  } or nil
end

local function draw_rules(made)
  local case = made.case
  if not world.direct[case.way] then
    local spelled = not made.honest and made:chance(0.3)
    case.protect = { spelled and names.spell(names.protected, made:pick(names.spellings)) or names.protected }
  end
  case.own_session = made.honest or made:chance(0.85)
  case.nasty = not made.honest and draw_nasty(made) or nil
  if case.way == "resume" then
    case.crash = { at = made:between(1, 14), gap = made:pick { 0, 1, 4, 12, 60 } }
  end
end

--- @tparam number seed a whole number
-- @tparam[opt] string way instead of one by chance
function world.new(seed, way)
  local draw = random.new(seed)
  local case = { seed = seed, cells = {}, moves = {}, faults = {}, state = {} }
  case.way = way or pick_way(draw)
  case.honest = draw:chance(0.3) and case.way ~= "resume" and case.way ~= "verify" or nil
  local made = setmetatable({ case = case, state = case.state, honest = case.honest or false }, { __index = function(_, name)
    return function(_, ...)
      return draw[name](draw, ...)
    end
  end })
  draw_list(made)
  draw_rules(made)
  if made.honest then
    draw_weather(made)
  else
    draw_trouble(made)
  end
  return case
end

return world
