-- SPDX-License-Identifier: MIT
--- Agvance's sessions of made worlds, and what becomes of keys on their way into a list.

local names = require "spec.proofs.lies.names"

local agvance = {
  name = "agvance", act = "logout", reads = { "sessions" }, spelled = true,
  marks = { "error_beside", "doubled", "userless", "keyless", "key_blank", "key_number", "two_users", "two_keys", "count" },
}

local OWN = "OWN-KEY-0"

agvance.own = OWN

-- The list of another login, which our own session tells.
agvance.foreign = "other_login"

-- Somebody in between may say this, with a 200.
agvance.denial = '{"Status":"0","Message":"OK","Count":"0","APIUsers":[],"error":"Access denied"}'

function agvance.start(world)
  local settings = {}
  if not world.honest then
    settings = {
      unknown_keys = world:pick { "ignored", "error" }, logoff_lists = world:pick { "empty", "null", "rows" },
      spelling = world:chance(0.2) and world:pick { "upper", "percent", "domain", "blank", "nbsp", "nfd", "zero_width" } or "plain",
    }
  end
  local sessions = { { session_log_key = OWN, user = "api.offboarding", session_id = "session-own" } }
  for index = 1, 3 do
    sessions[#sessions + 1] = { session_log_key = "00-STAYS-" .. index, user = world.honest and "stays." .. index or names.others[index], session_id = "stays" .. index }
  end
  return { sessions = sessions, settings = settings }
end

local function new_session(world, user)
  local sessions = world.state.agvance.sessions
  local key = ("00A-7F31-%04d-B"):format(#sessions)
  sessions[#sessions + 1] = { session_log_key = key, user = user, session_id = "session-" .. #sessions }
  return key
end

local function claim_of(person, key, shown, user)
  return { system = "agvance", person = person, who = person, shown = shown or key, target = key, user = user }
end

local function cell(text, ...)
  return { system = "agvance", text = text, claims = { ... } }
end

local function by_name(world, person, spelled)
  local name = spelled and names.spell(person, world:pick(names.spellings)) or person
  return cell("user:" .. name, { system = "agvance", person = person, who = person, shown = "user:" .. name, by_name = name })
end

local CELLS = {
  function(world, person)
    local key = new_session(world, person)
    return cell(key, claim_of(person, key))
  end,
  function(world, person)
    local key = new_session(world, person)
    return cell(key .. "=" .. person, claim_of(person, key, nil, person))
  end,
  function(world, person)
    new_session(world, person)
    new_session(world, person)
    return by_name(world, person)
  end,
  -- From here on not in honest worlds.
  function(world, person)
    new_session(world, person)
    return by_name(world, person, true)
  end,
  function(world, person)
    local key = new_session(world, person)
    local mangled = names.mangle(key, world:pick(names.manglings))
    return cell(mangled, claim_of(person, key, mangled))
  end,
  function(world, person)
    local key = new_session(world, person)
    local mangled = names.mangle(key, world:pick(names.manglings))
    return cell(mangled .. "=" .. person, claim_of(person, key, mangled, person))
  end,
  function(world, person) -- two keys in one cell, and not what stands between keys
    local one, other = new_session(world, person), new_session(world, person)
    return cell(one .. world:pick { "\n", ", ", " ", "\t" } .. other, claim_of(person, one, ""), claim_of(person, other, ""))
  end,
  function(_, person) return cell("00A-DEAD-0000", claim_of(person, "00A-DEAD-0000")) end,
  function(world, person) -- somebody else's session
    local key = new_session(world, world:pick(names.others))
    return cell(key .. "=" .. person, claim_of(person, key, nil, person))
  end,
  function(world, person)
    local key = new_session(world, names.protected)
    return cell(key, claim_of(person, key))
  end,
  function(_, person) return cell(OWN, claim_of(person, OWN)) end,
}

local HONEST = 3

function agvance.cell(world, person)
  return CELLS[world:between(1, world.honest and HONEST or #CELLS)](world, person)
end

local function put(row)
  return { agvance = { sessions = { row } } }
end

local MOVES = {
  function(_, claim) return put { session_log_key = "00A-NEW-1", user = claim.who, session_id = "new1" } end,
  function(_, claim) return claim.target and put { session_log_key = claim.target, removed = true } end,
  function(_, claim) return claim.target and put { session_log_key = claim.target, user = claim.who, session_id = "again" } end,
  function(world, claim) return claim.target and put { session_log_key = claim.target, user = world:pick(names.others), session_id = "taken" } end,
}

function agvance.move(world, claim)
  return world:pick(MOVES)(world, claim)
end

function agvance.hide(world, claim)
  local rows = {}
  for _, session in ipairs(world.state.agvance.sessions) do
    if session.session_log_key == claim.target or session.user == claim.who then
      rows[#rows + 1] = { session_log_key = session.session_log_key, removed = true }
    end
  end
  return #rows > 0 and { agvance = { sessions = rows } } or nil
end

function agvance.show(_, claim)
  return claim.target and put { session_log_key = claim.target, user = claim.who, session_id = "was" } or nil
end

function agvance.aim(claim, operation)
  return operation == "logout" and claim.target or nil
end

-- Only these marks are of the list; the others are of the row of the one who is hidden, which then must be there.
local OF_LIST = { error_beside = true, count = true }

function agvance.spoil(world, claim, fault)
  if OF_LIST[fault.how] or not agvance.is_mark(fault.how) then
    return
  end
  fault.was = nil
  for _, session in ipairs(world.state.agvance.sessions) do
    if session.session_log_key == claim.target or session.user == claim.who then
      fault.row = session.session_log_key
    end
  end
end

function agvance.is_mark(how)
  for _, mark in ipairs(agvance.marks) do
    if mark == how then
      return true
    end
  end
  return false
end

agvance.lies = { { fault = "still_there" }, { fault = "reborn" }, { fault = "count_short" }, { fault = "code", code = 1 } }

function agvance.call(claim)
  return claim.shown, {}
end

return agvance
