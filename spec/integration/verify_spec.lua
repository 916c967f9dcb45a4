-- SPDX-License-Identifier: MIT
-- client:verify against the simulator: it changes nothing, and takes nothing for proof that is none.

local leaver = require "spec.support.leaver"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local DEVICE, KEY = leaver.systems.cisco_em.target, leaver.systems.agvance.target

local function verify(client, system, changes)
  local facts = leaver.systems[system]
  local result = leaver.check(client:verify(facts.target, leaver.options(changes)), system)
  assert.are.equal(0, leaver.changes(system))
  return result
end

-- A client that has seen the leaver signed in.
local function witness(system, scheme, options)
  local client = simulated.client(system, scheme, options)
  assert.are.equal("still_active", verify(client, system).verdict)
  simulator.forget()
  return client
end

local function em(results)
  return "<response><deviceUserResults>" .. results:gsub("DEVICE", DEVICE) .. "</deviceUserResults></response>"
end

local SPACE = "http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"

local function xml(rest)
  return ("<AgvApiUser xmlns=\"%s\" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">%s<Status>0</Status></AgvApiUser>"):format(SPACE, rest)
end

-- Reads that say something which is no proof, though the leaver is not seen in them.
local bodies = {
  cisco_em = {
    { "another device", em "<device name=\"SEPOTHER\"><none/><none/></device>" }, { "no device at all", em "" },
    { "an empty user", em "<device name=\"DEVICE\"><userID/><none/></device>" },
    { "a device without children", em "<device name=\"DEVICE\"/>" },
    { "the device twice", em("<device name=\"DEVICE\"><none/><none/></device><device name=\"DEVICE\"><none/><none/></device>") },
    { "the device twice, in contradiction: somebody is there", em("<device name=\"DEVICE\"><none/><none/></device>"
      .. "<device name=\"DEVICE\"><userID>lea.ver</userID><none/></device>"), "still_active" },
    { "another query's results", "<response><userDevicesResults><user id=\"x\"><none/></user></userDevicesResults></response>" },
    { "success", "<response><success/></response>" }, { "two roots", em "" .. em "" },
    { "a failure without a code", "<response><failure><errorMessage>no</errorMessage></failure></response>" },
    { "code 19, which is for logouts", "<response><failure><error code=\"19\">free</error></failure></response>" },
    { "a page", "<html><none/></html>" }, { "a cut document", em("<device name=\"DEVICE\"><none/><none/></device>"):sub(1, -12) },
  },
  agvance = {
    { "a short list", "{\"Status\":\"0\",\"Count\":\"5\",\"APIUsers\":[]}" }, { "no list", "{\"Status\":\"0\"}" },
    { "a null list", "{\"Status\":\"0\",\"Count\":null,\"APIUsers\":null}" },
    { "Status 1", "{\"Status\":\"1\",\"Count\":\"0\",\"APIUsers\":[]}" }, { "no Status", "{\"Count\":\"0\",\"APIUsers\":[]}" },
    { "a session without its key", "{\"Status\":\"0\",\"Count\":\"1\",\"APIUsers\":[{\"UseriD\":\"lea.ver\"}]}" },
    { "a session with a null key", "{\"Status\":\"0\",\"Count\":\"1\",\"APIUsers\":[{\"UseriD\":\"lea.ver\",\"SessionLogKey\":null}]}" },
    { "members in another case", ("{\"Status\":\"0\",\"Count\":\"1\",\"APIUsers\":[{\"sessionLogKey\":\"%s\"}]}"):format(KEY) },
    { "something that is no session", "{\"Status\":\"0\",\"Count\":\"1\",\"APIUsers\":[\"x\"]}" },
    { "XML without a namespace", "<AgvApiUser><APIUsers/><Count>0</Count><Status>0</Status></AgvApiUser>" },
    { "an XML session with a null key", xml "<APIUsers><ApiUser><SessionLogKey i:nil=\"true\"/></ApiUser></APIUsers><Count>1</Count>" },
    { "an XML list of nothing it knows", xml "<APIUsers><Other/></APIUsers>" },
  },
  oracle_commerce = {
    { "no flag", "{\"links\":[]}" }, { "a number", "{\"success\":0}" }, { "null", "{\"success\":null}" },
    { "an error", "{\"success\":false,\"errorCode\":\"1\"}" }, { "not quite JSON", "{\"success\":false,}" }, { "a list", "[]" },
  },
  jde_ais = {
    { "no flag", "{\"status\":\"Success\"}" }, { "a number", "{\"isValidSession\":0}" }, { "null", "{\"isValidSession\":null}" },
    { "an object", "{\"isValidSession\":{\"value\":false}}" }, { "a cut document", "{\"isValidSession\":fal" }, { "an empty element", "<r><isValidSession/></r>" },
  },
}

-- Options that are refused, and what the refusal names.
local wrong = {
  { { tolerance = 1 }, "tolerance" }, { { settle = "10" }, "settle" }, { { settle = -1 }, "settle" }, { { settle = 0 / 0 }, "settle" },
  { { deadline = math.huge }, "deadline" }, { { deadline = true }, "deadline" }, { { schedule = 1 }, "schedule" }, { { schedule = {} }, "schedule" },
  { { schedule = { 1, 0 } }, "schedule" }, { { schedule = { -1, 1 } }, "schedule" }, { { schedule = { "1" } }, "schedule" },
}

local function gaps(system)
  local list, before = {}, nil
  for _, entry in ipairs(simulated.journal(system)) do
    list[#list + 1] = before and entry.time - before
    before = entry.time
  end
  return list
end

-- The leaver is gone: whose token, since this client's logout was accepted.
local function see_off(client, system)
  if leaver.tokens[system] then
    assert.are.equal("accepted", assert(client:logout(leaver.systems[system].target)).answer)
    return simulator.forget()
  end
  leaver.leave(system)
end

describe("verify", function()
  before_each(leaver.arrive)

  for _, system in ipairs(leaver.names) do
    for _, scheme in ipairs(simulated.schemes) do
      it(("%s, %s: finds the leaver there, and later gone"):format(system, scheme), function()
        local client = witness(system, scheme)
        see_off(client, system)
        local result = verify(client, system)
        assert.are.equal("ended", result.verdict)
        assert.is_nil(result.by_hand or result.code or result.message)
        assert.are.equal(("%s %s"):format(leaver.systems[system].look, leaver.systems[system].look), simulated.heard(system))
        assert.is_true(gaps(system)[1] >= 0.045)
      end)
    end

    it(system .. ": says what a hand must do", function()
      local result = verify(simulated.client(system), system)
      assert.are.equal("still_active", result.verdict)
      assert.is_string(result.by_hand)
      assert.is_string(result.message)
    end)

    it(system .. ": has not seen 'gone' twice when the deadline leaves no time to settle", function()
      local client, started = witness(system), os.time()
      see_off(client, system)
      local result = verify(client, system, { settle = 10, deadline = 0.5 })
      assert.are.equal("unverified", result.verdict)
      assert.is_string(result.by_hand)
      assert.are.equal(1, #simulated.journal(system))
      assert.is_true(os.time() - started <= 2)
    end)

    it(system .. ": a look that the deadline cuts unsays nothing", function()
      local client = witness(system)
      simulator.faults { { system = system, after = 1, fault = "slow", seconds = 0.5 } }
      local result = verify(client, system, { schedule = { 0.05 }, deadline = 0.3 })
      assert.are.equal("still_active", result.verdict)
    end)

    for _, body in ipairs(bodies[system]) do
      it(("%s: %s is no proof"):format(system, body[1]), function()
        local client = witness(system)
        simulator.faults { { system = system, fault = "status", status = 200, type = "text/plain", body = body[2] } }
        assert.are.equal(body[3] or "unknown", verify(client, system).verdict)
      end)
    end

    it(system .. ": looks as often as the schedule says, its last number again and again", function()
      verify(simulated.client(system), system, { schedule = { 0.05, 0.1 }, deadline = 0.5 })
      local found = gaps(system)
      assert.is_true(#found >= 3)
      for index, seconds in ipairs(found) do
        assert.is_true(seconds >= (index == 1 and 0.045 or 0.095), ("gap %d is %.3f s"):format(index, seconds))
      end
    end)
  end

  it("waits as long as a busy system asks", function()
    local client = witness "agvance"
    leaver.leave "agvance"
    simulator.faults { { system = "agvance", fault = "status", status = 503, headers = { ["Retry-After"] = "1" }, times = 1 } }
    assert.are.equal("ended", verify(client, "agvance", { deadline = 5, schedule = { 0.05 } }).verdict)
    assert.is_true(gaps "agvance"[1] >= 0.95)
  end)

  for index, row in ipairs(wrong) do
    it(("refuses a wrong %s, naming it, before anything is sent (%d)"):format(row[2], index), function()
      local client = simulated.client "cisco_em"
      local ok, message = pcall(client.verify, client, DEVICE, row[1])
      assert.is_false(ok)
      assert.is_truthy(tostring(message):find("'" .. row[2] .. "'", 1, true), tostring(message))
      assert.are.equal(0, #simulator.journal())
    end)
  end

  for _, system in ipairs { "oracle_commerce", "jde_ais" } do
    it(system .. ": a token that was never seen alive proves nothing", function()
      leaver.leave(system)
      local result = verify(simulated.client(system), system)
      assert.are.equal("unknown", result.verdict)
      assert.is_string(result.by_hand)
    end)

    it(system .. ": a token that 'status' saw alive, and that was then logged out, is gone", function()
      local client, target = simulated.client(system), leaver.systems[system].target
      assert.is_true(assert(client:status(target)).active)
      assert.are.equal("accepted", assert(client:logout(target)).answer)
      simulator.forget()
      assert.are.equal("ended", verify(client, system).verdict)
    end)

    it(system .. ": looks until the token expires", function()
      local list = system == "jde_ais" and "sessions" or "tokens"
      local device = system == "jde_ais" and "LEAVER-PC" or nil
      simulator.add { [system] = { [list] = { { token = leaver.tokens[system], device = device, expires_in = 0.15 } } } }
      local result = simulated.client(system):verify(leaver.systems[system].target, leaver.options { schedule = { 0.05 } })
      local renewed = system == "oracle_commerce" -- or may have been
      assert.are.same({ renewed and "unknown" or "ended", renewed and "moved" or nil }, { result.verdict, result.code })
      assert.is_true(#simulated.journal(system) >= 4)
    end)
  end

  it("jde_ais: a token that somebody else ended is asked for elsewhere before it is gone", function()
    local client = witness "jde_ais"
    leaver.leave "jde_ais"
    assert.are.equal("ended", verify(client, "jde_ais").verdict)
    assert.are.equal("validate validate validate validate validate", simulated.heard "jde_ais")
    simulator.add { jde_ais = { sessions = { { token = leaver.tokens.jde_ais, device = "LEAVER-PC", node = 1 } } } }
    simulator.settings("jde_ais", { nodes = 2, sticky = false })
    client:status(leaver.systems.jde_ais.target)
    client:status(leaver.systems.jde_ais.target)
    assert.are.equal("still_active", verify(client, "jde_ais").verdict)
  end)

  it("oracle_commerce: a token that somebody else ended may have been renewed, also where its logout had been accepted", function()
    local client, target = simulated.client "oracle_commerce", leaver.systems.oracle_commerce.target
    simulator.settings("oracle_commerce", { revoke = false })
    assert.is_true(assert(client:status(target)).active)
    assert.are.equal("accepted", assert(client:logout(target)).answer)
    assert.is_true(assert(client:status(target)).active)
    leaver.leave "oracle_commerce"
    simulator.forget()
    local result = verify(client, "oracle_commerce")
    assert.are.same({ "unknown", "moved" }, { result.verdict, result.code })
  end)

  it("jde_ais: another device or none proves nothing", function()
    local token = leaver.tokens.jde_ais
    for _, target in ipairs { { token = token, device = "OTHER-PC" }, token, { token = token } } do
      assert.are.equal("unknown", leaver.check(simulated.client "jde_ais":verify(target, leaver.quick), "jde_ais").verdict)
    end
    assert.is_true(leaver.systems.jde_ais.here())
  end)

  it("cisco_em: a phone that does not exist is no proof", function()
    local result = simulated.client "cisco_em":verify("SEPNONE", leaver.quick)
    assert.are.equal("failed", result.verdict)
    assert.are.equal("not_found", result.code)
  end)

  it("oracle_commerce: a site without verification proves nothing", function()
    simulator.settings("oracle_commerce", { verify = false })
    local result = verify(simulated.client "oracle_commerce", "oracle_commerce")
    assert.are.equal("unverified", result.verdict)
    assert.are.equal("unsupported", result.code)
    assert.are.equal(1, #simulated.journal "oracle_commerce")
  end)

  it("isymphony: reads the panel logins", function()
    local client = simulated.client "isymphony"
    assert.are.equal("still_active", client:verify("lea.ver", leaver.quick).verdict)
    simulator.add { isymphony = { users = { { user_name = "lea.ver", logins = {} } } } }
    assert.are.equal("ended", client:verify("lea.ver", leaver.quick).verdict)
    assert.are.equal("unknown", client:verify("nobody", leaver.quick).verdict)
    assert.are.equal("logins logins logins logins logins logins", simulated.heard "isymphony")
  end)
end)
