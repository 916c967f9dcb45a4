-- SPDX-License-Identifier: MIT
-- Extension Mobility against the simulator: every operation, what was received, and what it came to.

local simulated = require "spec.support.simulated"

local simulator, check, check_failure = simulated.simulator, simulated.check, simulated.check_failure

local ANA, FREE, NEVER, RITA = "SEP001122334401", "SEP001122334404", "SEP0011223344A2", "SEP0011223344A1"

-- `run` gives the call's values, `received` is what the service understood, `device` who sits at `at` afterwards.
local operations = {
  { name = "logout", run = function(client) return client:logout(ANA) end,
    answer = { answer = "accepted", http_status = 200, fields = { success = "" } },
    received = { action = "logout", devices = { ANA } }, at = ANA, device = { last_user = "ana.silva" }, free = true },
  { name = "logout in another case", run = function(client) return client:logout(ANA:lower()) end,
    answer = { answer = "accepted" }, received = { action = "logout", devices = { ANA:lower() } }, at = ANA, free = true },
  { name = "logout of a free phone", run = function(client) return client:logout(FREE) end,
    answer = { answer = "already_out", vendor_code = 19, vendor_message = "No user logged in" },
    received = { action = "logout" }, at = FREE, device = { last_user = "david.kim" }, free = true },
  { name = "status of a first login, which has both userID and none", run = function(client) return client:status(ANA) end,
    answer = { active = true, device = ANA, state = "logged_in", user = "ana.silva", emcc = false },
    absent = { "last_user", "vendor_code" }, received = { action = "deviceUserQuery", devices = { ANA } },
    at = ANA, device = { user = "ana.silva" } },
  { name = "status of a later login", run = function(client) return client:status "SEP001122334403" end,
    answer = { active = true, state = "logged_in", user = "carla.rossi", last_user = "rita.stone" },
    received = { action = "deviceUserQuery" } },
  { name = "status of a free phone", run = function(client) return client:status(FREE:lower()) end,
    answer = { active = false, device = FREE:lower(), state = "free", last_user = "david.kim" }, absent = { "user" },
    received = { action = "deviceUserQuery" } },
  { name = "status of a phone that nobody ever used", run = function(client) return client:status(NEVER) end,
    answer = { active = false, state = "free" }, absent = { "user", "last_user" }, received = { action = "deviceUserQuery" } },
  { name = "status of no phone", run = function(client) return client:status "SEPNONE" end,
    answer = { device = "SEPNONE", state = "no_device" }, absent = { "active", "user" }, received = { action = "deviceUserQuery" } },
  { name = "query of devices", run = function(client) return client:query_devices { RITA, "SEPNONE", FREE, ANA } end,
    answer = { { device = RITA, user = "rita.stone", active = true }, { device = "SEPNONE", state = "no_device" },
      { device = FREE, active = false }, { device = ANA, user = "ana.silva" }, http_status = 200 },
    received = { action = "deviceUserQuery", devices = { RITA, "SEPNONE", FREE, ANA } } },
  { name = "query of users", run = function(client) return client:query_users { "david.kim", "FARID.HADDAD", "nobody" } end,
    answer = { { user = "david.kim", active = false, state = "free" }, { user = "FARID.HADDAD", active = true,
      state = "logged_in", devices = { "SEP001122334406", "SEP001122334407" } }, { user = "nobody", state = "no_user" } },
    received = { action = "userDevicesQuery", users = { "david.kim", "FARID.HADDAD", "nobody" } } },
  { name = "login", run = function(client) return client:login { device = FREE, user = "david.kim" } end,
    answer = { answer = "accepted" }, received = { action = "login", devices = { FREE }, users = { "david.kim" } },
    at = FREE, device = { user = "david.kim" } },
  { name = "login for some minutes", at = FREE, device = { user = "david.kim" },
    run = function(client)
      return client:login { device = FREE, user = "david.kim", profile = "david.kim-profile", minutes = 60 }
    end,
    answer = { answer = "accepted" }, received = { profile = "david.kim-profile", time = "60", indefinite = false } },
  { name = "login without end", at = FREE, device = { user = "david.kim" },
    run = function(client) return client:login { device = FREE, user = "david.kim", indefinite = true } end,
    answer = { answer = "accepted" }, received = { indefinite = true } },
}

local function check_device(row)
  local device = simulated.row("cisco_em", "devices", "name", row.at)
  check(row.device or {}, device, row.free and { "user" } or nil)
end

local function check_operation(row, client)
  local answer, message = row.run(client)
  check(row.answer, assert(answer, message), row.absent)
  local entries = simulated.journal "cisco_em"
  assert.are.equal(1, #entries)
  check({ app_id = "offboarding", app_certificate = "em-password" }, entries[1].decoded)
  check(row.received, entries[1].decoded)
  check({ method = "POST", headers = { ["content-type"] = "application/x-www-form-urlencoded" } }, entries[1])
  if row.at then
    check_device(row)
  end
end

-- How the service words its replies: none of it changes what they mean.
local wordings = {
  { prologue = "always" }, { prologue = "never", line_breaks = false }, { order = "reversed" }, { percent_encode = false },
}

describe("cisco_em", function()
  before_each(simulated.reset)

  for _, scheme in ipairs(simulated.schemes) do
    for _, row in ipairs(operations) do
      it(("%s: %s"):format(scheme, row.name), function()
        check_operation(row, simulated.client("cisco_em", scheme))
        assert.are.equal(scheme, simulated.last "cisco_em".scheme)
      end)
    end
  end

  for index, wording in ipairs(wordings) do
    it(("understands replies however they are worded (%d)"):format(index), function()
      for _, row in ipairs(operations) do
        simulator.reset()
        simulator.settings("cisco_em", wording)
        check_operation(row, simulated.client "cisco_em")
      end
    end)
  end

  it("has no 'emcc' where the release does not tell", function()
    simulator.settings("cisco_em", { emcc = false })
    check({ state = "logged_in" }, assert(simulated.client "cisco_em":status(ANA)), { "emcc" })
    simulator.settings("cisco_em", { emcc = true })
    simulator.add { cisco_em = { devices = { { name = ANA, user = "ana.silva", emcc = true } } } }
    check({ emcc = true }, assert(simulated.client "cisco_em":status(ANA)))
  end)

  it("asks for 60 devices in one query, and tells them apart in any order", function()
    local names, devices = simulated.names("SEPMANY", 60), {}
    for index, name in ipairs(names) do
      devices[index] = { name = name, user = index % 3 > 0 and "user." .. index or nil }
    end
    simulator.add { cisco_em = { devices = devices, settings = { order = "reversed" } } }
    local found = assert(simulated.client "cisco_em":query_devices(names))
    assert.are.equal(60, #found)
    for index, row in ipairs(found) do
      check({ device = names[index], active = index % 3 > 0, user = devices[index].user }, row)
    end
    assert.are.equal("query_devices", simulated.heard "cisco_em")
  end)

  it("carries awkward texts to the very same value", function()
    for _, text in ipairs(simulated.awkward) do
      assert(simulated.client("cisco_em", "http", { app_id = text, app_certificate = text }):logout(text) == nil)
      check({ devices = { text }, app_id = text, app_certificate = text }, simulated.last "cisco_em".decoded)
      assert(simulated.client "cisco_em":login { device = text, user = text, profile = text } == nil)
      check({ devices = { text }, users = { text }, profile = text }, simulated.last "cisco_em".decoded)
    end
  end)

  it("carries a name of 64 KiB", function()
    local name = ("x&<%"):rep(16384)
    check_failure({ code = "not_found", vendor_code = 11 }, simulated.client "cisco_em":logout(name))
    assert.are.same({ name }, simulated.last "cisco_em".decoded.devices)
  end)

  it("gives user ids as they are, however the service encodes them", function()
    for _, encoded in ipairs { true, false } do
      for _, user in ipairs { "em@cisco.com", "Zo\195\171.\229\144\141", "a&b <c>", "o'neil \"x\"", "100%", "a+b c" } do
        simulator.people { cisco_em = { devices = { { name = "SEP1", user = user } }, users = { { name = user } },
          settings = { percent_encode = encoded } } }
        local client = simulated.client "cisco_em"
        assert.are.equal(user, assert(client:status "SEP1").user)
        check({ { user = user, devices = { "SEP1" } } }, assert(client:query_users { user }))
      end
    end
  end)
end)
