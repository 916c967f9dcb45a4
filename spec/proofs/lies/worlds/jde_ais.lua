-- SPDX-License-Identifier: MIT
--- JD Edwards AIS's sessions of made worlds.

local base64 = require("spec.support.encodings").base64

local ais = { name = "jde_ais", act = "logout", reads = { "validate" }, marks = { "error_beside", "doubled" } }

local DEVICE = "LEAVER-PC"

-- Somebody in between may say this, with a 200.
ais.denial = '{"isValidSession":false,"error":"Access denied"}'

function ais.start(world)
  local settings = {}
  if not world.honest then
    settings = {
      invalid_on_validate = world:pick { "444", "403", "flag" }, invalid_token_status = world:pick { 444, 403 }, error_status = world:chance(0.5),
      nodes = world:chance(0.4) and 2 or 1, sticky = world:chance(0.5), logout_needs_device = world:chance(0.5),
    }
  end
  return { sessions = {}, settings = settings }
end

-- A token of the published form, which names a device; the session's own or, where the form has changed, some other.
local function naming(number, device)
  return "044" .. base64(("%032d"):format(number)) .. base64(("019%019d041%s1757100462792"):format(number, device))
end

local function new_token(world, number)
  if world.honest or world:chance(0.3) then
    return ("044Token%d/4711=TGVh%d=="):format(number, number)
  end
  return naming(number, world:chance(0.7) and DEVICE or "OTHER-PC")
end

local function new_session(world, person)
  local sessions = world.state.jde_ais.sessions
  local nodes = world.state.jde_ais.settings.nodes or 1
  local token = new_token(world, #sessions + 1)
  sessions[#sessions + 1] = { token = token, user = person, device = DEVICE, expires_in = 1800, node = nodes > 1 and world:between(1, nodes) or nil }
  return token
end

function ais.cell(world, person)
  local token = world:chance(0.9) and new_session(world, person) or world.honest and new_session(world, person) or "044Dead/0000=AAAA=="
  local device = DEVICE
  if not world.honest and world:chance(0.2) then
    device = world:pick { "OTHER-PC", false }
  end
  return { system = "jde_ais", text = device and token .. "@" .. device or token, claims = {
    { system = "jde_ais", person = person, who = person, shown = token, secret = true, device = device or nil, target = token,
      nodes = (world.state.jde_ais.settings.nodes or 1) > 1 },
  } }
end

local function put(row)
  return { jde_ais = { sessions = { row } } }
end

local MOVES = {
  function(_, claim) return put { token = claim.target, removed = true } end,
  function(_, claim) return put { token = claim.target, user = claim.who, device = DEVICE, expires_in = 1800 } end,
  function(_, claim) return put { token = "044New/1=BBBB==", user = claim.who, device = DEVICE, expires_in = 1800 } end,
}

function ais.move(world, claim)
  return world:pick(MOVES)(world, claim)
end

function ais.hide(_, claim)
  return put { token = claim.target, removed = true }
end

function ais.show() end

function ais.aim(claim)
  return claim.target
end

function ais.spoil() end

ais.lies = { { fault = "still_there" }, { fault = "reborn" }, { fault = "wrong_device" } }

function ais.call(claim)
  return claim.device and { token = claim.target, device = claim.device } or claim.target, {}
end

return ais
