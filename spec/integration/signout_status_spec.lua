-- SPDX-License-Identifier: MIT
-- client:signout on iSymphony, where nobody can be signed out: a status is set, and read back.

local leaver = require "spec.support.leaver"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local GONE = { name = "Gone home", type = "unavailable", note = "left on <Friday> & \"gone\"", return_time = 1757100000000 }

local function status(code, more)
  local made = { fault = "status", status = code, type = "text/html" }
  for name, value in pairs(more or {}) do made[name] = value end
  return made
end

-- `set` and `read` are faults of setting and of reading, `reads` says how many reads pass first. `sets` is how many
-- requests to set were received, `shown` whether the panel shows the status afterwards.
local rows = {
  { name = "sets it", verdict = "status_set", sets = 1, shown = true },
  { name = "the panel ignores it", set = { fault = "status_ignored" }, verdict = "failed", sets = 1 },
  { name = "the panel says done, does nothing", set = { fault = "still_there" }, verdict = "failed", sets = 1 },
  { name = "it is undone at once", set = { fault = "reborn", seconds = 0, clock = "real" }, verdict = "failed", sets = 1 },
  { name = "the reply is lost", set = { fault = "close", act = true, times = 1 }, verdict = "status_set", sets = 1, shown = true },
  { name = "the reply is always lost", set = { fault = "close", act = true }, verdict = "status_set", sets = 1, shown = true },
  { name = "acts, but says 503", set = status(503, { act = true, times = 1 }), verdict = "status_set", sets = 1, shown = true },
  { name = "an undecided 200", set = status(200, { act = true }), verdict = "status_set", sets = 1, shown = true },
  { name = "an undecided 200 that did nothing", set = status(200), verdict = "failed", sets = 1 },
  { name = "a login page", set = status(200, { body = "<html>Log in</html>" }), verdict = "failed", code = "unusable", sets = 1 },
  { name = "503 once", set = status(503, { times = 1 }), verdict = "status_set", sets = 2, shown = true },
  { name = "always closed", set = { fault = "close" }, verdict = "failed", code = "unreachable" },
  { name = "refused with 422", set = status(422), verdict = "failed", code = "rejected", sets = 1 },
  { name = "refused with 401", set = status(401), verdict = "failed", code = "denied", sets = 1 },
  { name = "cannot be read back", read = status(500), reads = 1, verdict = "unknown", code = "server", sets = 1, shown = true },
  { name = "reads back as a page", read = status(200, { body = "<html/>" }), reads = 1, verdict = "unknown", code = "unusable", sets = 1, shown = true },
  { name = "one read fails", read = status(503, { times = 1 }), reads = 1, verdict = "status_set", sets = 1, shown = true },
  { name = "the first read is refused", read = status(401), verdict = "failed", code = "denied", sets = 0 },
}

local function shown()
  local found = simulated.row("isymphony", "users", "user_name", "lea.ver").status
  return found ~= nil and found.name == GONE.name and found.type == GONE.type and found.note == GONE.note
    and found.return_time == GONE.return_time
end

local function break_it(row)
  local list = {}
  for operation, made in pairs { set_status = row.set or false, status = row.read or false } do
    if made then
      made.system, made.operation, made.after = "isymphony", operation, operation == "status" and row.reads or nil
      list[#list + 1] = made
    end
  end
  simulator.faults(list)
end

local function check(result)
  assert.are.same({ simulated.kind "isymphony", "set_status", "lea.ver" }, { result.system, result.action, result.target })
  assert.is_true(#result.evidence > 0)
  for _, entry in ipairs(result.evidence) do
    assert.are.same({ "number", "string" }, { type(entry.at), type(entry.what) })
  end
  assert.are.equal(result.verdict ~= "status_set", result.by_hand ~= nil)
  assert.is_nil(simulated.leak(result, leaver.secrets))
  return result
end

local function signout(client)
  return check(client:signout("lea.ver", leaver.options { status = GONE }))
end

describe("signout on isymphony", function()
  before_each(leaver.arrive)

  for _, scheme in ipairs(simulated.schemes) do
    for _, row in ipairs(rows) do
      it(("%s: %s"):format(scheme, row.name), function()
        break_it(row)
        local result = signout(simulated.client("isymphony", scheme))
        assert.are.equal(row.verdict, result.verdict)
        assert.is_true(row.code == nil or row.code == result.code, tostring(result.code))
        assert.is_true(row.sets == nil or row.sets == #simulated.journal("isymphony", "set_status"), simulated.heard "isymphony")
        assert.are.equal(row.shown or false, shown())
      end)
    end
  end

  it("tells what it was before, and which panels remain", function()
    local result = signout(simulated.client "isymphony")
    assert.is_true(simulated.mentions(result.evidence, "Available"))
    assert.is_true(simulated.mentions(result.evidence, "192.0.2.77"))
    assert.are.equal("status set_status status status logins", simulated.heard "isymphony")
  end)

  it("sets nothing that is set already, and says so", function()
    local client = simulated.client "isymphony"
    signout(client)
    simulator.forget()
    local result = signout(client)
    assert.are.equal("status_set", result.verdict)
    assert.is_true(simulated.mentions(result.evidence, "already"))
    assert.is_true(simulated.mentions(result.evidence, "192.0.2.77"))
    assert.are.equal("status status logins", simulated.heard "isymphony")
  end)

  it("sets it again where only the note or the time differs", function()
    for _, changes in ipairs { { note = "another" }, { return_time = 1757100000001 } } do
      local before = { name = GONE.name, type = GONE.type, note = changes.note or GONE.note, return_time = changes.return_time or GONE.return_time }
      simulator.add { isymphony = { users = { { user_name = "lea.ver", status = before } } } }
      simulator.forget()
      assert.are.equal("status_set", signout(simulated.client "isymphony").verdict)
      assert.are.equal(1, #simulated.journal("isymphony", "set_status"))
      assert.is_true(shown())
    end
  end)

  it("compares a Unix second with what the panel keeps in milliseconds", function()
    local wanted = { name = "Out", type = "xa", return_at = 1757100000 }
    local result = check(simulated.client "isymphony":signout("lea.ver", leaver.options { status = wanted }))
    assert.are.equal("status_set", result.verdict)
    assert.are.equal(1757100000000, simulated.row("isymphony", "users", "user_name", "lea.ver").status.return_time)
  end)

  it("is refused without a licence, or for nobody", function()
    simulator.add { isymphony = { users = { { user_name = "lea.ver", licensed = false } } } }
    local result = signout(simulated.client "isymphony")
    assert.are.same({ "failed", "denied" }, { result.verdict, result.code })
    assert.is_true(simulated.mentions(result.message, "licence"))
    simulator.add { isymphony = { users = { { user_name = "lea.ver", removed = true } } } }
    result = signout(simulated.client "isymphony")
    assert.are.same({ "failed", "not_found" }, { result.verdict, result.code })
    assert.are.equal(0, #simulated.journal("isymphony", "set_status"))
  end)

  it("needs a status, and refuses a wrong one before anything is sent", function()
    local client = simulated.client "isymphony"
    for wanted, options in pairs { status = {}, type = { status = { name = "x", type = "asleep" } }, name = { status = { type = "xa" } } } do
      local ok, message = pcall(client.signout, client, "lea.ver", options)
      assert.is_false(ok)
      assert.is_true(simulated.mentions(message, "'" .. wanted .. "'"), tostring(message))
    end
    assert.are.equal("", simulated.heard "isymphony")
  end)

  it("verifies a status without setting it", function()
    local client = simulated.client "isymphony"
    local options = leaver.options { status = GONE }
    assert.are.equal("failed", check(client:verify("lea.ver", options)).verdict)
    simulator.add { isymphony = { users = { { user_name = "lea.ver", status = GONE } } } }
    assert.are.equal("status_set", check(client:verify("lea.ver", options)).verdict)
    assert.are.equal(0, #simulated.journal("isymphony", "set_status"))
  end)
end)
