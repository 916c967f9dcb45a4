-- SPDX-License-Identifier: MIT
-- Cases that once read as done while the person was in, or signed out somebody else: each as a run, with its result.

local leaver = require "spec.support.leaver"
local offboarding = require "spec.support.offboarding"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator
local DEVICE, KEY = leaver.systems.cisco_em.target, leaver.systems.agvance.target

-- A fault of the leaver's logout, and of all reads but the first, which is the one before the act.
local function on_act(system, fault, more)
  local made = { system = system, operation = leaver.systems[system].act, fault = fault }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end

local function on_look(system, fault, more, first)
  local made = { system = system, operation = leaver.systems[system].look, fault = fault, after = first and 0 or 1 }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end

-- The logout says done, and does nothing; the reads after it are falsified.
local function lies(system, fault, more)
  return { on_act(system, "still_there"), on_look(system, fault, more) }
end

-- As if the leaver had gone.
local gone = {
  cisco_em = { cisco_em = { devices = { { name = DEVICE } } } },
  agvance = { agvance = { sessions = { { session_log_key = KEY, removed = true } } } },
  oracle_commerce = { oracle_commerce = { tokens = { { token = leaver.tokens.oracle_commerce, removed = true } } } },
  jde_ais = { jde_ais = { sessions = { { token = leaver.tokens.jde_ais, removed = true } } } },
}

local function spoiled(system, how, more)
  local made = { how = how, was = gone[system] }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return lies(system, "spoiled", made)
end

local function seat(device, user)
  return { cisco_em = { devices = { { name = device, user = user } } } }
end

-- Token systems that say with HTTP 200 that a token is dead.
local said_by_flag = { oracle_commerce = { settings = { verify_dead_token = "flag" } }, jde_ais = { settings = { invalid_on_validate = "flag" } } }

-- `faults` and `moves` are set between plan and apply, `before` stands before the plan. `verdict`, `code`, `exit`, `changes` (how many
-- logouts were received) and `says` (a part of the message) are what it must come to, `stop` is a part of why the run was
-- stopped. `here`: the leaver is in, by the simulator's own state.
local rows = {
  -- Refused by somebody in between (L3).
  { "AIS: a gateway's status ERROR beside its own request's id", system = "jde_ais", faults = lies("jde_ais", "status",
      { status = 403, body = '{"status":"ERROR","message":"blocked","ray":"4711"}', type = "application/json" }),
    verdict = "begun", code = "denied", exit = 4, changes = 1,
    says = "acknowledged, and not yet proved", stop = "not in the system's own words" },
  { "Commerce: a gateway's error code beside its own request's id", system = "oracle_commerce", faults = lies("oracle_commerce", "status",
      { status = 401, body = '{"errorCode":"401","message":"blocked","requestId":"4711"}', type = "application/json" }),
    verdict = "begun", code = "denied", exit = 4, changes = 1,
    says = "acknowledged, and not yet proved", stop = "not in the system's own words" },
  { "Commerce: HTTP 200 from a gateway, with success false", system = "oracle_commerce", faults = lies("oracle_commerce", "status",
      { status = 200, body = '{"success":false,"errors":[{"code":1020}],"messages":[],"result":null}', type = "application/json" }),
    verdict = "unknown", exit = 3, changes = 1, says = "has an error beside, in 'errors'" },
  -- Another spelling (V1, A2).
  { "EM: after the logout it says LEA.VER@corp.example", system = "cisco_em", faults = { on_act("cisco_em", "still_there") },
    moves = { { system = "cisco_em", operation = "logout", people = seat(DEVICE, "LEA.VER@corp.example") } },
    verdict = "unknown", code = "nearly", exit = 3, changes = 1, says = "'LEA.VER@corp.example' is there, who may be lea.ver" },
  { "EM: after the logout it says CN=lea.ver,OU=people", system = "cisco_em", faults = { on_act("cisco_em", "still_there") },
    moves = { { system = "cisco_em", operation = "logout", people = seat(DEVICE, "CN=lea.ver,OU=people,DC=corp") } },
    verdict = "unknown", code = "nearly", exit = 3, changes = 1, says = "who may be lea.ver" },
  { "EM: after the logout it writes a blank behind the name", system = "cisco_em", faults = lies("cisco_em", "spelled", { how = "blank" }),
    verdict = "still_active", exit = 1, changes = 1, says = "still there: logged_in as lea.ver", here = true },
  { "EM: after the logout it pretty-prints userID", system = "cisco_em", faults = lies("cisco_em", "spelled", { how = "pretty" }),
    verdict = "still_active", exit = 1, changes = 1, says = "still there: logged_in as lea.ver", here = true },
  { "protect new.comer, who is new.comer@corp.example there", system = "cisco_em", options = { protect = { "new.comer" } },
    before = seat(DEVICE, "new.comer@corp.example"), verdict = "skipped", code = "protected", exit = 0, changes = 0,
    says = "new.comer@corp.example is protected" },
  -- Keys that a spreadsheet mangled (L1, V3).
  { "Agvance: a no-break space in the key", system = "agvance", cell = KEY:sub(1, 3) .. "\194\160" .. KEY:sub(4), verdict = "unknown", exit = 3, changes = 0,
    says = "the list has a key that is nearly this", here = true },
  { "Agvance: a row with an empty key hides ours", system = "agvance", faults = spoiled("agvance", "key_blank", { row = KEY, was = {} }),
    verdict = "unknown", exit = 3, changes = 1, says = "the list has a session without a key, which may be this one", here = true },
  -- Nobody can be named (A1), and two cells mean the same phone (A3).
  { "EM: the reply does not say who sits there", system = "cisco_em", faults = { on_look("cisco_em", "spoiled", { how = "two_users", was = {} }, true) },
    verdict = "unknown", code = "unreadable", exit = 3, changes = 0, says = "who is there is not known", here = true },
  { "EM: user:NAME and the same phone, where somebody protected sits down between", system = "cisco_em", cell = "user:lea.ver;" .. DEVICE,
    options = { protect = { "new.comer" } }, faults = { on_act("cisco_em", "taken", { user = "new.comer", when = "after" }) },
    verdict = "already_out", exit = 0, changes = 1, at = { [DEVICE] = "new.comer" } }, -- the name's row; the phone's is "ended"
  -- The person is proved to be out, not the phone to be free (V2, V3).
  { "EM: user:NAME, who logs in at another phone before the proof", system = "cisco_em", cell = "user:lea.ver",
    before = { cisco_em = { devices = { { name = "SEPOTHER" } } } },
    moves = { { system = "cisco_em", operation = "logout", people = seat("SEPOTHER", "lea.ver") } },
    verdict = "ended", exit = 0, changes = 2, at = { [DEVICE] = false, SEPOTHER = false } },
  { "Commerce: the browser renews the token between look and logout", system = "oracle_commerce",
    moves = { { system = "oracle_commerce", operation = "verify", people = { oracle_commerce = { tokens = {
      { token = leaver.tokens.oracle_commerce, removed = true }, { token = "eyRenewed.For.Leaver", api = "ccagent", expires_in = 900,
        renewed_from = leaver.tokens.oracle_commerce } } } } } },
    verdict = "unknown", code = "moved", exit = 3, changes = 1, says = "it may have been renewed" },
  -- Replies that contradict themselves, and are not whole (L1).
  { "EM: a row with two users", system = "cisco_em", faults = spoiled("cisco_em", "two_users", { user = "new.comer", was = {} }),
    verdict = "unknown", exit = 3, changes = 1, says = "does not say who", here = true },
  { "AIS: isValidSession false beside an exception", system = "jde_ais", before = said_by_flag, faults = spoiled("jde_ais", "error_beside"),
    verdict = "unknown", exit = 3, changes = 1, says = "has an error beside, in 'exception'", here = true },
  -- A logout that timed out (A4).
  { "EM: a logout that timed out, then looks that all fail", system = "cisco_em", timeout = 0.3,
    faults = { on_act("cisco_em", "stall", { act = true, seconds = 0.9 }), on_look("cisco_em", "status", { status = 503 }) },
    verdict = "unknown", code = "busy", exit = 3, changes = 1 },
}

for _, system in ipairs { "jde_ais", "oracle_commerce" } do
  for _, status in ipairs { 401, 403 } do
    for _, form in ipairs { "text", "json", "empty", "page" } do
      rows[#rows + 1] = { ("%s: a gateway refuses with %d (%s)"):format(system, status, form), system = system,
        faults = lies(system, "gateway", { status = status, form = form }), verdict = "begun", code = "denied", exit = 4, changes = 1,
        says = "acknowledged, and not yet proved", stop = "not in the system's own words", here = true }
    end
  end
end

for _, system in ipairs(leaver.names) do
  rows[#rows + 1] = { system .. ": HTTP 203, from a proxy that changes replies", system = system, before = said_by_flag,
    faults = spoiled(system, "status_203"), verdict = "unknown", exit = 3, changes = 1, says = "came with HTTP 203, not 200", here = true }
  rows[#rows + 1] = { system .. ": a reply that a cache made a day ago", system = system, faults = spoiled(system, "age", { seconds = 86400 }),
    verdict = "unknown", code = "stale", exit = 3, changes = 1, says = "the reply is an old one: its header says Age: 864", here = true }
end

local function run(row)
  local person = offboarding.leaver(row.system)
  person[row.system] = row.cell or person[row.system]
  simulator.add(row.before or {})
  return assert(offboarding.apply({ [row.system] = offboarding.entry(row.system, nil, { timeout = row.timeout }) }, { person }, row.options, function()
    simulator.faults(row.faults or {})
    simulator.moves(row.moves or {})
  end))
end

local function check(row, result)
  local found = result.results[1]
  local message = tostring(found.message)
  assert.are.same({ row.verdict, row.code, row.exit, row.changes }, { found.verdict, row.code and found.code, result.exit, leaver.changes(row.system) })
  assert(not row.says or message:find(row.says, 1, true), message)
  local why = tostring((result.stops[1] or {}).why)
  assert(not row.stop or why:find(row.stop, 1, true), why)
  assert(not row.here or leaver.systems[row.system].here(), "the leaver is out, and must be in")
  for device, user in pairs(row.at or {}) do
    assert.are.equal(user or nil, simulated.row("cisco_em", "devices", "name", device).user)
  end
  assert.is_nil(simulated.leak(result, leaver.secrets))
end

describe("no false verdict:", function()
  before_each(leaver.arrive)

  for _, row in ipairs(rows) do
    it(row[1], function()
      check(row, run(row))
    end)
  end
end)
