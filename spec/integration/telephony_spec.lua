-- SPDX-License-Identifier: MIT
-- The feature codes of examples/freeswitch and examples/asterisk: for each outcome what the caller hears, what the log says, and what
-- the simulator then shows.

local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"
local telephony = require "spec.support.telephony"

local simulator = simulated.simulator

-- The tones that the caller hears at the end.
local tones = {
  freeswitch = {
    out = "tone_stream://%(150,50,600);%(150,50,800);%(300,0,1000)", nobody = "tone_stream://%(150,150,800);loops=2",
    partly = "tone_stream://%(300,100,800);%(500,0,500)", failed = "tone_stream://%(250,250,480,620);loops=4",
  },
  asterisk = {
    out = "!600/150,!0/50,!800/150,!0/50,!1000/300", nobody = "!800/150,!0/150,!800/150", partly = "!800/300,!0/100,!500/500",
    failed = "480+620/250,0/250",
  },
}

local PHONE, FREE = "SEP0011223344A1", "SEP0011223344A2"
local ENDED, SET = "rita.stone at SEP0011223344A1: ended", "iSymphony's status of rita.stone: status_set"
local NOT_SET = "iSymphony's status of rita.stone is not set: it is not proven that everything is logged out"

-- Phones at which rita.stone is logged in, so many.
local function many(count)
  local devices = {}
  for i = 1, count do
    devices[i] = { name = "SEPMANY" .. i, user = "rita.stone" }
  end
  return { cisco_em = { devices = devices } }
end

local function em(operation, fault, more)
  local one = { system = "cisco_em", operation = operation, fault = fault }
  for name, value in pairs(more or {}) do
    one[name] = value
  end
  return { one }
end

-- Reads are falsified, as if nobody were at the phone.
local function spoiled(how)
  return em(nil, "spoiled", { how = how, user = "ben.okafor", was = { cisco_em = { devices = { { name = PHONE, user = "" } } } } })
end

-- `device` or `number` of the call, `people`, `faults`, `site` (Lua that changes the site); what comes of it: `outcome`, `log` before
-- the outcome, `heard` (what Extension Mobility was asked), `shown` (rita.stone's status in the end). `slow`: something hangs.
local rows = {
  { "a phone's name", device = PHONE, outcome = "out", log = { ENDED, SET }, shown = "Gone home" },
  { "a free phone", device = FREE, outcome = "nobody", log = { "nobody is logged in at SEP0011223344A2" }, shown = "Available" },
  { "a phone that the cluster does not know", device = "SEPNOSUCH", outcome = "failed",
    log = { "asked who is logged in at SEPNOSUCH: no_device" } },
  { "a trunk call", number = "2001", outcome = "out", log = { ENDED, SET }, shown = "Gone home" },
  { "a trunk call of somebody who is logged in nowhere", number = "2001", people = many(0), outcome = "nobody",
    log = { "rita.stone is logged in at no phone" }, shown = "Available" },
  { "a trunk call of nobody", number = "2999", outcome = "failed", log = { "nobody is known by the number 2999" }, heard = "" },
  { "a call without a number", outcome = "failed", log = { "nobody is known by the number (none)" }, heard = "" },
  { "a trunk call from three phones", number = "2001", people = many(3), outcome = "out", shown = "Gone home",
    log = { "rita.stone at SEPMANY1: ended", "rita.stone at SEPMANY2: ended", "rita.stone at SEPMANY3: ended", SET } },
  { "a trunk call from more phones", number = "2001", people = many(5), outcome = "partly", shown = "Available",
    log = { "rita.stone at SEPMANY1: ended", "rita.stone at SEPMANY2: ended", "rita.stone at SEPMANY3: ended",
      "rita.stone: 2 phones more are left alone", NOT_SET } },
  { "one of two phones is refused", number = "2001", people = many(2), outcome = "partly", shown = "Available",
    faults = em("logout", "code", { code = 4, message = "policy", target = "SEPMANY2" }),
    log = { "rita.stone at SEPMANY1: ended", "rita.stone at SEPMANY2: failed: cisco_em.logout: https://HOST: refused with code 4 " ..
      "(Policy Validation error): policy; check the credentials, their rights, and that this address may call", NOT_SET } },
  { "EM hangs as it is asked who is there", slow = true, device = PHONE, outcome = "failed", shown = "Available",
    faults = em(nil, "stall", { seconds = 10 }), log = { "asked who is logged in at SEP0011223344A1: cisco_em.status: https://HOST: " ..
      "Operation timed out after N ms with 0 bytes received; look at the target before repeating" } },
  { "EM hangs as it is asked where somebody is", slow = true, number = "2001", outcome = "failed", shown = "Available",
    faults = em(nil, "stall", { seconds = 10 }), log = { "asked where rita.stone is logged in: cisco_em.query_users: https://HOST: " ..
      "Operation timed out after N ms with 0 bytes received; look at the target before repeating" } },
  { "EM hangs as it logs out", slow = true, device = PHONE, outcome = "failed", shown = "Available", faults = em("logout", "stall", { seconds = 10 }),
    log = { "rita.stone at SEP0011223344A1: unknown: cisco_em.logout: https://HOST: Operation timed out after N ms with 0 bytes " ..
      "received; look at the target before repeating", NOT_SET } },
  { "EM hangs after the logout", slow = true, device = PHONE, outcome = "failed", shown = "Available",
    faults = em("query_devices", "stall", { seconds = 10, after = 2 }),
    log = { "rita.stone at SEP0011223344A1: unknown: cisco_em.query_devices: https://HOST: Operation timed out after N ms with 0 bytes " ..
      "received; look at the target before repeating", NOT_SET } },
  { "EM refuses our account", device = PHONE, site = "site.cisco_em.app_id = 'readonly'", outcome = "failed", shown = "Available",
    log = { "asked who is logged in at SEP0011223344A1: cisco_em.status: https://HOST: refused with code 10 (User lacks app proxy rights): " ..
      "@; check the credentials, their rights, and that this address may call" } },
  { "nobody listens where EM should be", device = PHONE, site = "site.cisco_em.url = 'https://127.0.0.1:1/emservice/EMServiceServlet'",
    outcome = "failed", heard = "", log = { "asked who is logged in at SEP0011223344A1: cisco_em.status: https://HOST: @" } },
  { "EM is busy once as it is asked who is there", device = PHONE, faults = em("query_devices", "code", { code = 26, times = 1 }),
    outcome = "out", log = { ENDED, SET }, shown = "Gone home", heard = "query_devices query_devices query_devices logout query_devices query_devices" },
  { "EM is busy once as it is asked where somebody is", number = "2001", faults = em("query_users", "code", { code = 26, times = 1 }),
    outcome = "out", log = { ENDED, SET }, shown = "Gone home", heard = "query_users query_users query_devices logout query_devices query_devices" },
  { "EM is busy once as it logs out", device = PHONE, faults = em("logout", "code", { code = 26, times = 1 }),
    outcome = "out", log = { ENDED, SET }, shown = "Gone home",
    heard = "query_devices query_devices logout query_devices logout query_devices query_devices" },
  { "EM is busy for long", device = PHONE, faults = em("query_devices", "code", { code = 26, message = "busy" }), outcome = "failed",
    shown = "Available", heard = "query_devices query_devices", log = { "asked who is logged in at SEP0011223344A1: cisco_em.status: " ..
      "https://HOST: refused with code 26 (Busy, please try again): busy; try again later" } },
  { "EM lies", slow = true, device = PHONE, faults = em("logout", "still_there"), outcome = "failed", shown = "Available",
    log = { "rita.stone at SEP0011223344A1: still_active: still there: logged_in as rita.stone", NOT_SET } },
  { "EM lies, and the site wants the status nevertheless", slow = true, device = PHONE, site = "site.status_if_unproven = true",
    faults = em("logout", "still_there"), outcome = "partly", shown = "Gone home",
    log = { "rita.stone at SEP0011223344A1: still_active: still there: logged_in as rita.stone", SET } },
  { "EM does not say who is there", device = PHONE, faults = spoiled "userless", outcome = "failed", shown = "Available", heard = "query_devices",
    log = { "asked who is logged in at SEP0011223344A1: the reply does not say who sits there" } },
  { "EM contradicts itself", device = PHONE, faults = spoiled "two_users", outcome = "failed", shown = "Available", heard = "query_devices",
    log = { "asked who is logged in at SEP0011223344A1: somebody is logged in, and the reply has a 'userID' that cannot be read" } },
  { "EM answers out of a cache where somebody is", number = "2001", outcome = "failed", shown = "Available", heard = "query_users",
    faults = em("query_users", "spoiled", { how = "age", was = { cisco_em = { devices = { { name = FREE, user = "rita.stone" } } } } }),
    log = { "asked where rita.stone is logged in: somebody is logged in, and the reply is not fresh: its header says Age: 60" } },
  { "EM answers out of a cache that nobody is there", device = PHONE, faults = spoiled "age", outcome = "failed", shown = "Available",
    heard = "query_devices", log = { "asked who is logged in at SEP0011223344A1: the reply is not fresh: its header says Age: 60" } },
  { "EM contradicts itself about somebody", number = "2001", faults = spoiled "doubled", outcome = "failed", shown = "Available",
    heard = "query_users", log = { "asked where rita.stone is logged in: somebody is logged in, and the reply has this row twice" } },
  { "iSymphony hangs", slow = true, device = PHONE, outcome = "partly", faults = { { system = "isymphony", fault = "stall", seconds = 10 } },
    log = { ENDED, "iSymphony's status of rita.stone: failed: isymphony.status: https://HOST: Operation timed out after N ms with 0 " ..
      "bytes received; look at the target before repeating" }, shown = "Available" },
  { "iSymphony does not know the person", device = PHONE, outcome = "partly", site = "site.panel_users = { ['rita.stone'] = 'r.stone' }",
    log = { ENDED, "iSymphony's status of r.stone: failed: isymphony.status: https://HOST: @" }, shown = "Available" },
}

-- Settings that are missing or wrong: the caller hears it, the log names them, and nothing was sent.
for code, message in pairs {
  ["site.cisco_em = nil"] = "signoff_site.lua: setting 'cisco_em' is missing",
  ["site.isymphony = nil"] = "signoff_site.lua: setting 'isymphony' is missing",
  ["site.status = nil"] = "signoff_site.lua: setting 'status' is missing",
  ["site.status = 'Gone home'"] = "signoff_site.lua: setting 'status' must be a table, not a string",
  ["site.stauts = {}"] = "signoff_site.lua: unknown setting 'stauts'",
  ["site.users = { [2001] = 'rita.stone' }"] = "signoff_site.lua: users: [2001] = rita.stone: both must be texts, in quotes",
  ["site.panel_users = { ['rita.stone'] = '' }"] = "signoff_site.lua: panel_users: [rita.stone] = : both must be texts, in quotes",
  ["site.cisco_em.url = nil"] = "@signoff.cisco_em: option 'host' (\"address:port\") or 'url' is missing",
  ["site.cisco_em.app_id = nil"] = "@signoff.cisco_em: option 'app_id' is missing",
  ["site.isymphony.password = nil"] = "@signoff.isymphony: option 'password' is missing",
  ["site.status.type = nil"] = "@isymphony.set_status: argument 'type' is missing",
  ["site.status.type = 'gone'"] = "@isymphony.set_status: argument 'type' is none of @",
  ["site = nil"] = "signoff_site.lua: it must return a table",
  ["site.isymphony.password = require 'signoff'.secret.file '/nonexistent/password'"] = "@secret.file: /nonexistent/password: @",
} do
  rows[#rows + 1] = { code, device = PHONE, site = code, outcome = "failed", log = { message }, heard = "", shown = "Available" }
end

-- Whether a line is as expected; `@` stands for anything.
local function is_as(expected, line)
  return line:match("^" .. expected:gsub("[%p]", "%%%0"):gsub("%%@", ".*") .. "$") ~= nil
end

local function check_log(expected, found)
  assert.are.equal(#expected, #found.log, found.output)
  for i, line in ipairs(expected) do
    assert(is_as(line, found.log[i]), ("%s\nwanted: %s"):format(found.output, line))
  end
end

local function prepare(directory, row)
  simulator.people(row.people or {})
  simulator.faults(row.faults or {})
  local site = ("local site = dofile '%s/spec/proofs/hosts/signoff_site.lua'\n%s\nreturn site\n"):format(peer.output_of "pwd", row.site or "")
  os.execute(("mkdir -p %s/etc/asterisk"):format(directory))
  peer.write_file(directory .. "/signoff_site.lua", site)
  peer.write_file(directory .. "/etc/asterisk/signoff_site.lua", site)
end

local function check(row, found, host)
  local expected = { (table.unpack or unpack)(row.log) } -- luacheck: ignore 143
  expected[#expected + 1] = row.outcome
  check_log(expected, found)
  assert.are.equal(tones[host][row.outcome], found.play[#found.play])
  assert.is_true(found.hung_up, found.output)
  if row.heard then
    assert.are.equal(row.heard, simulated.heard "cisco_em")
    assert.is_true(row.heard ~= "" or #simulated.journal "isymphony" == 0)
  end
  if row.shown then
    local status = simulated.row("isymphony", "users", "user_name", "rita.stone").status
    assert.are.equal(row.shown, type(status) == "table" and status.name or "Available")
  end
end

describe("the feature code", function()
  local host, directory

  setup(function()
    directory = peer.directory()
    host = telephony.build(directory)
  end)

  before_each(simulated.reset)

  teardown(function()
    peer.stop_all()
    simulated.reset()
  end)

  for _, row in ipairs(rows) do
    it(("of FreeSWITCH: %s: %s"):format(row[1], row.outcome), function()
      prepare(directory, row)
      local found = telephony.freeswitch(host, directory, { signoff_device = row.device, caller_id_number = row.number })
      check(row, found, "freeswitch")
      assert.are.same({ "signoff_outcome=" .. row.outcome }, found.set)
      for _, uuid in ipairs(found.uuids) do
        assert.are.equal("5f1e0c2a-6d3b-4c4f-9a5e-000000000001", uuid)
      end
    end)

    if not row.slow then
      it(("of Asterisk: %s: %s"):format(row[1], row.outcome), function()
        prepare(directory, row)
        local found = telephony.asterisk(directory, { SIGNOFF_DEVICE = row.device, ["CALLERID(num)"] = row.number })
        check(row, found, "asterisk")
        assert.are.same({ "SIGNOFF_OUTCOME=" .. row.outcome }, found.set)
      end)
    end
  end
end)
