-- SPDX-License-Identifier: MIT
-- client:signout against systems that lie and exchanges that break: nothing of it may read as "ended" when it is not.

local leaver = require "spec.support.leaver"
local lies = require "spec.support.lies"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local fault, status = lies.fault, lies.status

-- A token whose logout's reply was lost may have been renewed, or live at another node: what refuses it proves nothing.
local lost = { verdict = "unknown", code = "moved", changes = 1 }

-- `act` and `look` are faults of the leaver's logout and of reads; `reads` says how many of them pass first (1: the one
-- before the act). `verdict`, `code` and `changes` (how many logouts were received) are what must come of it; a system may
-- have its own under its name, false where it cannot be told from the truth.
local rows = {
  -- The system says done, and lies.
  { name = "says done, does nothing", act = fault "still_there", verdict = "still_active", changes = 1 },
  { name = "the session is reborn at once", act = fault("reborn", { seconds = 0, clock = "real" }), verdict = "still_active", changes = 1 },
  { name = "the session is reborn before the second look", act = fault("reborn", { seconds = 0.02, clock = "real" }),
    verdict = "still_active", changes = 1 },
  -- The logout's reply is lost, and it acted.
  { name = "closed after the act", act = fault("close", { act = true, times = 1 }), verdict = "ended", changes = 1, tokens = lost },
  { name = "always closed after the act", act = fault("close", { act = true }), verdict = "ended", changes = 1, tokens = lost },
  { name = "reset after the act", act = fault("reset_before_headers", { act = true, times = 1 }), verdict = "ended", changes = 1, tokens = lost },
  { name = "reset inside the headers", act = fault("reset_inside_headers", { times = 1 }), verdict = "ended", changes = 1, tokens = lost },
  { name = "the headers are cut", act = fault("cut_headers", { times = 1 }), verdict = "ended", changes = 1, tokens = lost },
  { name = "the body is cut", act = fault("cut", { times = 1 }), verdict = "ended", changes = 1, tokens = lost },
  { name = "reset inside the body", act = fault("reset_inside_body", { times = 1 }), verdict = "ended", changes = 1, tokens = lost },
  { name = "stalls after the act", act = fault("stall", { act = true, seconds = 0.9 }), timeout = 0.3, verdict = "ended", changes = 1, tokens = lost },
  { name = "acts, but says 500", act = status(500, "", { act = true }), verdict = "ended", changes = 1, tokens = lost },
  { name = "acts, but says 503", act = status(503, "", { act = true }), verdict = "ended", changes = 1, tokens = lost },
  { name = "acts, but shows a page", act = status(200, "<html/>", { act = true }), verdict = "ended", changes = 1, tokens = lost },
  { name = "acts after the deadline of the exchange", act = fault("slow", { seconds = 0.5, times = 1 }), timeout = 0.3, verdict = "ended",
    oracle_commerce = false, jde_ais = false }, -- whether a look comes before it decides of a token
  -- The logout is lost, and it did not act.
  { name = "closed before the act, once", act = fault("close", { times = 1 }), verdict = "ended", changes = 2 },
  { name = "always closed before the act", act = fault "close", verdict = "failed", code = "unreachable" },
  { name = "always reset before the act", act = fault "reset_before_headers", verdict = "failed", code = "unreachable" },
  { name = "always stalls before the act", act = fault("stall", { seconds = 0.9 }), timeout = 0.3, verdict = "failed", code = "timeout" },
  { name = "always garbage", act = fault("raw", { bytes = "\0\1\2 garbage\r\n\r\n" }), verdict = "failed", code = { unusable = true, unreachable = true } },
  { name = "refused with 400", act = status(400), verdict = "failed", code = "rejected", changes = 1 },
  { name = "refused with 401", act = status(401), verdict = "failed", code = "denied", changes = 1 },
  { name = "refused with 403", act = status(403), verdict = "failed", code = "denied", changes = 1 },
  { name = "refused with 404", act = status(404), verdict = "failed", code = "not_found", changes = 1 },
  { name = "a redirect to a page that says 200", act = status(302, "", { headers = { Location = simulator.http } }), verdict = "failed", code = "rejected", changes = 1 },
  { name = "500 once", act = status(500, "", { times = 1 }), verdict = "ended", changes = 2, agvance = { verdict = "failed", code = "server", changes = 1 } },
  { name = "503 once", act = status(503, "", { times = 1 }), verdict = "ended", changes = 2 },
  { name = "a login page with 200", act = status(200, "<html>Log in</html>"), verdict = "failed", code = "unusable", changes = 1 },
  { name = "an empty 200", act = status(200), verdict = "failed", code = "unusable", changes = 1,
    oracle_commerce = { verdict = "still_active", changes = 1 }, jde_ais = { verdict = "still_active", changes = 1 } },
  -- The reads after the act prove nothing, and the act did nothing.
  { name = "looks get 500", act = fault "still_there", look = status(500), reads = 1, verdict = "unknown", code = "server" },
  { name = "looks get 503", act = fault "still_there", look = status(503), reads = 1, verdict = "unknown", code = "busy" },
  { name = "looks get 400", act = fault "still_there", look = status(400), reads = 1, verdict = "unknown", code = "rejected" },
  { name = "looks get 401", act = fault "still_there", look = status(401), reads = 1, verdict = "unknown", code = "denied" },
  { name = "looks get 403", act = fault "still_there", look = status(403), reads = 1, verdict = "unknown", code = "denied" },
  { name = "looks get 404", act = fault "still_there", look = status(404), reads = 1, verdict = "unknown", code = "not_found",
    oracle_commerce = { verdict = "unverified", code = "unsupported" } },
  { name = "looks get a redirect", act = fault "still_there", look = status(302), reads = 1, verdict = "unknown", code = "rejected" },
  { name = "looks get a page", act = fault "still_there", look = status(200, "<html/>"), reads = 1, verdict = "unknown", code = "unusable" },
  { name = "looks get an empty 200", act = fault "still_there", look = status(200), reads = 1, verdict = "unknown" },
  { name = "looks get an empty object", act = fault "still_there", look = status(200, "{}"), reads = 1, verdict = "unknown" },
  { name = "looks are cut", act = fault "still_there", look = fault "cut", reads = 1, verdict = "unknown", code = "unusable" },
  { name = "looks are closed", act = fault "still_there", look = fault "close", reads = 1, verdict = "unknown", code = "unreachable" },
  { name = "looks are reset", act = fault "still_there", look = fault "reset_inside_headers", reads = 1, verdict = "unknown", code = { unreachable = true, unusable = true } },
  { name = "looks stall", act = fault "still_there", look = fault("stall", { seconds = 0.9 }), reads = 1, timeout = 0.3, verdict = "unknown", code = "timeout" },
  { name = "one look fails", look = status(503, "", { times = 1 }), reads = 1, verdict = "ended", changes = 1 },
  { name = "the second look fails for ever", look = status(500), reads = 2, verdict = "unknown", changes = 1 },
  -- The look before the act.
  { name = "the first look fails once", look = status(503, "", { times = 1 }), verdict = "ended", changes = 1 },
  { name = "the first look always fails", look = status(503), verdict = "failed", code = "busy", changes = 0 },
  { name = "the first look is denied", look = status(401), verdict = "failed", code = "denied", changes = 0 },
  { name = "the first look gets a page", look = status(200, "<html/>"), verdict = "failed", code = "unusable", changes = 0 },
}

local function check_code(wanted, code)
  if type(wanted) == "table" then
    assert.is_true(wanted[code], "the code is " .. tostring(code))
  else
    assert.are.equal(wanted, code)
  end
end

local function check_row(row, system, wanted)
  lies.tell(row, system)
  local client = simulated.client(system, "http", { timeout = row.timeout })
  local result = leaver.check(client:signout(leaver.systems[system].target, leaver.quick), system)
  assert.are.equal(wanted.verdict, result.verdict)
  if wanted.code then
    check_code(wanted.code, result.code)
    assert.is_string(result.message)
  end
  if wanted.changes then
    assert.are.equal(wanted.changes, leaver.changes(system))
  end
  assert.are.equal(result.verdict ~= "ended", result.by_hand ~= nil)
  local gone = result.verdict == "ended" or result.code == "moved" or row.reads == 2
  assert.are.equal(gone, not leaver.systems[system].here())
end

describe("signout", function()
  before_each(leaver.arrive)

  for _, case in ipairs(lies.cases(rows)) do
    it(case.name, function()
      lies.with_kind(case, function()
        check_row(case.row, case.system, case.wanted)
      end)
    end)
  end
end)
