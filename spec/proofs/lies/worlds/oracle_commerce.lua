-- SPDX-License-Identifier: MIT
--- Oracle Commerce's tokens of made worlds.

local commerce = { name = "oracle_commerce", act = "logout", reads = { "verify" }, marks = { "error_beside", "doubled" } }

-- Somebody in between may say this, with a 200.
commerce.denial = '{"success":false,"error":"Access denied"}'

function commerce.start(world)
  local settings = {}
  if not world.honest then
    settings = {
      verify_dead_token = world:pick { "401", "flag" }, unauthorized = world:pick { "json", "json", "empty", "oauth" }, revoke = world:chance(0.9),
      cookie = world:chance(0.5), nodes = world:chance(0.4) and 2 or 1, sticky = world:chance(0.5),
    }
  end
  return { tokens = {}, settings = settings }
end

local function new_token(world, person)
  local tokens = world.state.oracle_commerce.tokens
  local token = ("eyHead.ey%dPay/load==.Sign%d+/=="):format(#tokens + 1, #tokens + 1)
  local nodes = world.state.oracle_commerce.settings.nodes or 1
  tokens[#tokens + 1] = { token = token, agent = person, api = "ccagent", expires_in = 900, node = nodes > 1 and world:between(1, nodes) or nil }
  return token
end

local function cell_of(world, person, token)
  return { system = "oracle_commerce", text = token, claims = {
    { system = "oracle_commerce", person = person, who = person, shown = token, secret = true, target = token,
      nodes = (world.state.oracle_commerce.settings.nodes or 1) > 1 },
  } }
end

function commerce.cell(world, person)
  if world.honest or world:chance(0.8) then
    return cell_of(world, person, new_token(world, person))
  end
  local token = new_token(world, person) -- renewed before the list was made
  local row = world.state.oracle_commerce.tokens[#world.state.oracle_commerce.tokens]
  row.token, row.renewed_from = "eyNew" .. #token .. "." .. token, token
  return cell_of(world, person, token)
end

local function renew(claim, number)
  return { oracle_commerce = { tokens = {
    { token = claim.target, removed = true },
    { token = "eyRenewed" .. number .. claim.target, agent = claim.who, api = "ccagent", expires_in = 900, renewed_from = claim.target },
  } } }
end

-- A browser renews only a token that is alive.
local function while_alive(claim)
  return { system = "oracle_commerce", list = "tokens", key = claim.target }
end

local MOVES = {
  function(_, claim) return renew(claim, 1), while_alive(claim) end,
  function(_, claim) return renew(claim, 2), while_alive(claim) end,
  function(_, claim) return { oracle_commerce = { tokens = { { token = claim.target, removed = true } } } } end,
}

function commerce.move(world, claim)
  return world:pick(MOVES)(world, claim)
end

function commerce.hide(_, claim)
  return { oracle_commerce = { tokens = { { token = claim.target, removed = true } } } }
end

function commerce.show() end

function commerce.aim(claim)
  return claim.target
end

function commerce.spoil() end

commerce.lies = {
  { fault = "still_there" }, { fault = "reborn" }, { fault = "result_false" }, { fault = "code", code = 222001, status = 500 },
  { fault = "code", code = 83004, status = 400 },
}

function commerce.call(claim)
  return claim.target, {}
end

return commerce
