-- SPDX-License-Identifier: MIT
-- One leaver who is signed in to every system of the simulator, and what each system knows of it.

local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local leaver = {}

local DEVICE = "SEPA0B1C2D3E4F5"
local KEY = "AGV/Leaver+Key="

leaver.tokens = {
  oracle_commerce = "eyLeaver+Header.eyLeaver/Payload==.LeaverSignature+/==", jde_ais = "044Leaver+Token/4711=TGVhdmVyVG9rZW4==",
}

-- The texts that must stand in no result: tokens and credentials, and parts of tokens.
leaver.secrets = {
  leaver.tokens.oracle_commerce, leaver.tokens.jde_ais, "LeaverSignature", "Leaver/Payload", "TGVhdmVyVG9rZW4", "Token/4711",
  "em-password", "manag3rpa55word", "agvance-key", "agvance-database", "session-own",
}

local function at_device()
  local user = simulated.row("cisco_em", "devices", "name", DEVICE).user
  return user ~= nil and user:lower() == "lea.ver"
end

local function in_list(system, list, key, value)
  return function() return simulated.row(system, list, key, value) ~= nil end
end

-- The secrets of each system's client, which must never be shown, whoever says them.
leaver.own = {
  cisco_em = { "em-password" }, agvance = { "agvance-key", "agvance-database", "session-own" },
  oracle_commerce = { leaver.tokens.oracle_commerce }, jde_ais = { leaver.tokens.jde_ais },
}

-- `look` and `act` are the operations as the simulator's journal has them, `here` tells the truth.
leaver.systems = {
  cisco_em = { target = DEVICE, look = "query_devices", act = "logout", here = at_device },
  agvance = { target = KEY, look = "sessions", act = "logout", here = in_list("agvance", "sessions", "session_log_key", KEY) },
  oracle_commerce = { target = leaver.tokens.oracle_commerce, look = "verify", act = "logout",
    here = in_list("oracle_commerce", "tokens", "token", leaver.tokens.oracle_commerce) },
  jde_ais = { target = { token = leaver.tokens.jde_ais, device = "LEAVER-PC" }, look = "validate", act = "logout",
    here = in_list("jde_ais", "sessions", "token", leaver.tokens.jde_ais) },
}

leaver.names = { "cisco_em", "agvance", "oracle_commerce", "jde_ais" }

-- Quick, and the deadline is never what ends it: after three observations the schedule asks for more time than there is.
leaver.quick = { settle = 0.05, schedule = { 0.02, 0.03, 60 }, deadline = 2 }

--- Signs the leaver in everywhere: for before_each.
function leaver.arrive()
  simulator.reset()
  simulator.add {
    cisco_em = { devices = { { name = DEVICE, user = "lea.ver" } }, users = { { name = "lea.ver" }, { name = "new.comer" } } },
    isymphony = { users = { { user_name = "lea.ver", logins = { { ip = "192.0.2.77", port = 52299 } } } } },
    agvance = { sessions = { { session_log_key = KEY, user = "lea.ver", session_id = "session-leaver" } } },
    oracle_commerce = { tokens = { { token = leaver.tokens.oracle_commerce, api = "ccagent", expires_in = 900 } } },
    jde_ais = { sessions = { { token = leaver.tokens.jde_ais, device = "LEAVER-PC", expires_in = 1800 } } },
  }
end

--- The leaver's own logout in one system, unseen by any client of ours.
function leaver.leave(system)
  local removed = {
    cisco_em = { devices = { { name = DEVICE } } }, agvance = { sessions = { { session_log_key = KEY, removed = true } } },
    oracle_commerce = { tokens = { { token = leaver.tokens.oracle_commerce, removed = true } } },
    jde_ais = { sessions = { { token = leaver.tokens.jde_ais, removed = true } } },
  }
  simulator.add { [system] = removed[system] }
end

--- The leaver's options, with others added or in place of them.
function leaver.options(changes)
  local options = {}
  for _, source in ipairs { leaver.quick, changes or {} } do
    for name, value in pairs(source) do
      options[name] = value
    end
  end
  return options
end

--- How often a system was asked to act.
function leaver.changes(system)
  return #simulated.journal(system, leaver.systems[system].act)
end

local proofs = { ended = true, already_out = true }

--- Raises when a result claims more than the truth, lacks what every result has, or shows a secret.
function leaver.check(result, system, target)
  assert(result.system == simulated.kind(system) and result.action == "logout" and type(result.verdict) == "string")
  assert(not (proofs[result.verdict] and leaver.systems[system].here()), "a false '" .. result.verdict .. "'")
  assert(target == nil or result.target == target)
  local before = os.time() - 60
  for _, entry in ipairs(result.evidence) do
    assert(type(entry.what) == "string", "evidence that says nothing")
    assert(entry.at >= before and entry.at <= os.time() + 2, ("evidence at %.3f, after %.3f"):format(entry.at, before))
    before = entry.at
  end
  assert(#result.evidence > 0, "a verdict without evidence")
  local leak = simulated.leak(result, leaver.secrets)
  assert(leak == nil, leak and leak .. " shows a secret")
  return result
end

return leaver
