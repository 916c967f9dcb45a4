-- SPDX-License-Identifier: MIT
-- signoff-offboard as an operator meets it: a process against the simulator, its exit status, its words, its files.

local core = require "signoff.core"
local disk = require "spec.support.disk"
local json = require "signoff.json"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local run, simulator = operator.run, operator.simulator

before_each(operator.fresh)
after_each(operator.clean)

-- Every token of the list, every credential of the site: none may ever be shown.
local secrets = { "em-password", "manag3rpa55word", "agvance-key", "session-own" }
for token in peer.read_file "examples/leavers.csv":gmatch "[^,@\n]+" do
  if #token > 60 then
    secrets[#secrets + 1] = token
  end
end

local function no_secret(...)
  for _, text in ipairs { ... } do
    assert.is_nil(simulated.leak(text, secrets), text)
  end
end

local function has(text, ...)
  for _, words in ipairs { ... } do
    assert(text:find(words, 1, true), ("no %q in:\n%s"):format(words, text))
  end
end

-- The command, its exit status as it must be; gives stdout and stderr.
local function expect(status, words, more)
  local got, out, err = run(words, more)
  assert(got == status, ("status %s instead of %d for: %s\n%s%s"):format(tostring(got), status, words, out, err))
  no_secret(out, err)
  return out, err
end

local function planned(...)
  operator.list("list.csv", ...)
  expect(0, "plan list.csv --out plan")
end

describe("usage", function()
  for words, message in pairs {
    [""] = "a command is required", ["sing"] = "sing", ["plan"] = "'people'", ["apply p --max-age soon"] = "'soon' is no span of time",
    ["report j --format pdf"] = "--format", ["plan l.csv --ouch"] = "--ouch",
  } do
    it(("mistakes end with 2 and say what to do: %s"):format(words), function()
      local out, err = expect(2, words)
      assert.equal("", out)
      has(err, "signoff-offboard: ", message, "Try: signoff-offboard --help")
    end)
  end

  it("is told, and the version", function()
    local out = expect(0, "--help")
    has(out, "plan", "apply", "resume", "status", "report", "undo", "doctor", "Exit status")
    has(expect(0, "apply --help"), "--not-before", "--max-fail", "--yes")
    has(expect(0, "--version"), "signoff-offboard 0")
  end)
end)

describe("the systems' file", function()
  local function refused(text, ...)
    operator.write("own.lua", text)
    local out, err = expect(2, "doctor --config own.lua")
    assert.equal("", out)
    has(err, "own.lua", ...)
  end

  it("is missing: the paths where it is looked for", function()
    local _, err = expect(2, "doctor --config nowhere.lua")
    has(err, "nowhere.lua", "--config", "$SIGNOFF_CONFIG")
    _, err = expect(2, "doctor", "export SIGNOFF_CONFIG=elsewhere.lua")
    has(err, "elsewhere.lua", "it was named by $SIGNOFF_CONFIG")
    _, err = expect(2, "doctor", "unset SIGNOFF_CONFIG")
    has(err, "/etc/signoff/systems.lua")
    _, err = expect(2, "doctor --config .")
    has(err, "is a directory")
  end)

  it("may be written to by others, and is not run", function()
    operator.write("own.lua", "os.execute 'touch ran' return {}")
    for mode, who in pairs { ["620"] = "its group may write to it", ["602"] = "everybody may write to it" } do
      os.execute(("chmod %s %s"):format(mode, operator.path "own.lua"))
      local _, err = expect(2, "doctor --config own.lua")
      has(err, who, "chmod go-w")
    end
    os.execute(("mkdir %s; mv %s %s; chmod 600 %s/own.lua; chmod 757 %s"):format(
      operator.path "open", operator.path "own.lua", operator.path "open", operator.path "open", operator.path "open"))
    local _, err = expect(2, "doctor --config open/own.lua")
    has(err, "everybody may write to open")
    assert.is_nil(operator.read "ran" or operator.read "open/ran")
  end)

  it("is not quoted where it is no Lua: a secret may stand there", function()
    for _, text in ipairs { 'return { "hunter-4711 }', "return { hunter 4711 }", "return { 4711hunter }", "return [[hunter-4711" } do
      operator.write("own.lua", text)
      for _, words in ipairs { "doctor", "config check --json" } do
        local out, err = expect(2, words .. " --config own.lua")
        has(err, "own.lua:1:")
        assert.is_nil((err .. out):find "hunter" or (err .. out):find "4711")
      end
    end
  end)

  it("does not return what it should", function()
    refused("return {", "own.lua:1:")
    refused("error 'out of order'", "out of order")
    refused("", "returns nothing")
    refused("return 7", "returns a number")
    refused("return { systems = {} }", "returns no systems")
    refused("return { system = {} }", "returns 'system', which nobody asks for")
    refused("return { systems = 1 }", "'systems' must be a table, not a number")
    refused("return { systems = { jde_ais = 7 } }", "systems: 'jde_ais'")
    refused("return { systems = { jde_ais = { client = 7 } } }", "systems: 'jde_ais': 'client' must be a client")
  end)

  it("names a secret that is not there", function()
    local _, err = expect(2, "doctor", "unset CISCO_EM_APP_CERTIFICATE")
    has(err, "systems.lua", "CISCO_EM_APP_CERTIFICATE")
  end)

  it("has options that mean nothing", function()
    local start = "local s = require 'signoff' return { systems = { jde_ais = { client = s.jde_ais { url = 'https://x.example' } } }, options = "
    refused(start .. "{ setle = 1 } }", "there is no option 'setle'")
    refused(start .. "{ settle = '1' } }", "'settle': must be a number of seconds")
    refused(start .. "{ max_fail = 'lots' } }", "'max_fail': 'lots' is neither a count nor a share")
    refused(start .. "{ protect = 'rita' } }", "'protect': must be a list of texts")
    refused(start .. "{ protect = { rita = true } } }", "'protect': must be a list of texts")
    refused(start .. "{ not_before = '8pm' } }", "'not_before': '8pm' is no time of day")
    refused(start .. "{ max_people = 0 } }", "'max_people': must be a whole number above 0")
  end)
end)

describe("doctor", function()
  it("finds nothing wrong, and changes nothing", function()
    local out = expect(0, "doctor")
    for _, system in ipairs(simulated.systems) do
      for _, check in ipairs { "reachable", "TLS", "login", "clock" } do
        assert.truthy(out:find(("\n%s +%s +ok"):format(system, check)), out)
      end
    end
    assert.is_nil(out:find("warn", 1, true))
    assert.equal(0, operator.changes())
  end)

  it("gives JSON", function()
    local rows = json.decode((expect(0, "doctor --json")))
    assert.equal(20, #rows)
    assert.same({ "TLS", "ok" }, { rows[2].check, rows[2].state })
  end)

  it("tells refused credentials from missing rights, and ends with 4", function()
    local out = expect(4, "doctor", "export CISCO_EM_APP_CERTIFICATE=wrong-4711")
    assert.truthy(out:find "cisco_em +login +fail")
    has(out, "code 3")
    assert.is_nil(out:find("wrong-4711", 1, true))
    out = expect(4, "doctor", "export CISCO_EM_APP_ID=readonly")
    has(out, "code 10")
    out = expect(4, "doctor", "export ISYMPHONY_PASSWORD=wrong-4711")
    assert.truthy(out:find "isymphony +login +fail")
  end)

  it("finds what is not reachable, and ends with 1", function()
    local out = expect(1, "doctor", "export JDE_AIS_URL=https://127.0.0.1:1")
    assert.truthy(out:find "jde_ais +reachable +fail")
    assert.is_nil(out:find "jde_ais +login")
  end)

  it("finds a proxy that does not lead there", function()
    local proxy = peer.start { peer.always(peer.reply "407 Proxy Authentication Required") }
    operator.write("own.lua", ([[local s = require "signoff" return { systems = { jde_ais = {
      client = s.jde_ais { url = "https://ais.example", proxy = %q } } } }]]):format(proxy.url))
    local out = expect(4, "doctor --config own.lua")
    assert.truthy(out:find "jde_ais +reachable +fail")
    has(out, "the proxy 127.0.0.1:" .. proxy.port, "HTTP 407")
    assert.is_nil(out:find("ok", 1, true))
  end)

  it("finds certificates that expired, of others, and of an unknown CA", function()
    for _, url in ipairs { simulator.expired, simulator.other_host } do
      assert.truthy(expect(1, "doctor", "export JDE_AIS_URL=" .. url):find "jde_ais +TLS +fail")
    end
    local out = expect(1, "doctor", "export SIGNOFF_CA_FILE=" .. simulator.other_ca_file)
    assert.truthy(out:find "jde_ais +TLS +fail")
    has(out, "ca_file")
  end)

  it("warns where there is no TLS, and where the clocks differ", function()
    assert.truthy(expect(0, "doctor", "export JDE_AIS_URL=" .. simulator.http):find "jde_ais +TLS +warn +none: credentials and tokens")
    simulator.faults { { system = "jde_ais", fault = "raw",
      bytes = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 25\r\n\r\n{\"isValidSession\":false }\n" } }
    assert.truthy(expect(0, "doctor"):find "jde_ais +clock +warn +%d+ s behind of this machine: check NTP")
  end)
end)

describe("a list that cannot be taken", function()
  local head = "person,cisco_em,jde_ais\n"

  local function refused(text, ...)
    operator.write("bad.csv", text)
    local out, err = expect(2, "plan bad.csv --out plan")
    assert.equal("", out)
    has(err, "bad.csv", ...)
    assert.is_nil(operator.read "plan")
  end

  it("has an unknown column", function()
    refused("person,cisco_me\nana,SEP1\n", "bad.csv:1", "'cisco_me'", "cisco_em")
  end)

  it("has a person twice", function()
    refused(head .. "ana,SEP1,\nANA,SEP2,\n", "bad.csv:3", "bad.csv:2")
  end)

  it("has a bad cell", function()
    refused(head .. "ana,=ana,\n", "bad.csv:2", "no device stands before '='")
    refused(head .. "ana,SEP1\n", "bad.csv:2")
    refused(head .. 'ana,"SEP1,\n', "bad.csv:2")
  end)

  it("is empty, or has a head alone", function()
    refused("", "bad.csv")
    refused(head, "nobody")
  end)

  it("is Excel's, with semicolons", function()
    refused("person;cisco_em\r\nana;SEP1\r\n", "delimiter")
    expect(0, "plan bad.csv --delimiter ';'")
  end)

  it("holds tokens, and others may read it", function()
    os.execute("chmod 644 " .. operator.path "leavers.csv")
    local _, err = expect(2, "plan leavers.csv")
    has(err, "chmod 600")
  end)

  it("is larger than any list", function()
    os.execute("truncate -s 1G " .. operator.path "huge.csv")
    os.execute("chmod 600 " .. operator.path "huge.csv")
    local _, err = expect(2, "plan huge.csv")
    has(err, "huge.csv", "MiB")
  end)

  it("is not there, or names too many", function()
    local _, err = expect(2, "plan nobody.csv")
    has(err, "nobody.csv")
    _, err = expect(2, "plan leavers.csv --max-people 11")
    has(err, "12", "11")
  end)
end)

describe("plan", function()
  it("shows what would be done, writes it down for its owner alone, and changes nothing", function()
    local out, err = expect(0, "plan leavers.csv --out plan --ticket CHG-1 --operator night")
    has(out, "12 people", "SEP001122334401", "in use by ana.silva", "CHG-1", "night")
    has(err, "environment: example", "Written: plan (sha256:", "signoff-offboard apply plan --people leavers.csv --journal JOURNAL --yes")
    assert.equal("600", peer.output_of("stat -c %a " .. operator.path "plan"))
    no_secret(operator.read "plan")
    assert.equal(0, operator.changes())
  end)

  it("leaves alone who is protected", function()
    local out = expect(0, "plan leavers.csv --protect ana.silva --protect SEP001122334402")
    assert.truthy(out:find("protected", 1, true), out)
    local plan = json.decode((expect(0, "plan leavers.csv --protect ana.silva --json")))
    local count = 0
    for _, item in ipairs(plan.items) do
      count = count + (item.protected and 1 or 0)
    end
    assert.equal(5, count)
  end)

  it("is made where a system cannot be asked, and says so", function()
    operator.list("list.csv", "ana.silva")
    local _, err = expect(0, "plan list.csv --out plan", "export CISCO_EM_URL=https://127.0.0.1:1/em")
    has(err, "warning: who is on cisco_em is not known: ", "127.0.0.1:1")
  end)

  it("names a place that cannot be written to", function()
    operator.list("list.csv", "liam.byrne")
    for _, place in ipairs { "/proc/plan", "nowhere/plan" } do
      local _, err = expect(2, "plan list.csv --out " .. place)
      has(err, place)
    end
  end)

  it("ends with 4 where credentials are refused", function()
    local _, err = expect(4, "plan leavers.csv", "export CISCO_EM_APP_CERTIFICATE=wrong-4711")
    has(err, "cisco_em", "code 3")
  end)
end)

describe("apply", function()
  it("says what it would do, and sends nothing without --yes", function()
    planned("ana.silva", "liam.byrne")
    local out, err = expect(0, "apply plan --people list.csv --journal journal")
    has(out, "ana.silva")
    has(err, "Nothing was sent. To do it: signoff-offboard apply plan --people list.csv --journal journal --settle 0.2 --yes")
    assert.equal(0, operator.changes())
    assert.is_nil(operator.read "journal")
  end)

  it("signs everybody out, and proves it", function()
    planned("ana.silva", "david.kim", "farid.haddad", "liam.byrne")
    local out, err = expect(0, "apply plan --people list.csv --journal journal --yes")
    has(out, "4 people, 14 targets, ", ": 10 ended, 1 already_out, 3 status_set\n")
    has(err, "[14/14]  ", "SEP001122334404")
    no_secret(operator.read "journal")
    assert.equal("600", peer.output_of("stat -c %a " .. operator.path "journal"))
    assert.is_nil(simulated.row("cisco_em", "devices", "name", "SEP001122334401").user)
  end)

  it("gives its result as JSON, and says nothing else if asked", function()
    planned("ana.silva", "liam.byrne")
    local out, err = expect(0, "apply plan --people list.csv --journal journal --yes --json --quiet")
    local result = json.decode(out)
    assert.equal(7, #result.results)
    assert.equal(0, result.exit)
    assert.equal("environment: example (" .. operator.path "systems.lua" .. ")\n", err)
  end)

  it("needs a journal, a new one, that can be written", function()
    planned "liam.byrne"
    local _, err = expect(2, "apply plan --people list.csv --yes")
    has(err, "--journal FILE")
    operator.write("journal", "something")
    _, err = expect(2, "apply plan --people list.csv --yes --journal journal")
    has(err, "journal")
    assert.equal("something", operator.read "journal")
    _, err = expect(2, "apply plan --people list.csv --yes --journal nowhere/journal")
    has(err, "nowhere/journal")
    assert.equal(0, operator.changes())
  end)

  it("refuses a plan that was edited, that is too old, that is for other systems", function()
    planned "liam.byrne"
    local plan = operator.read "plan"
    operator.write("edited", (plan:gsub("liam.byrne", "rita.stone")))
    local _, err = expect(2, "apply edited --people list.csv --journal journal --yes")
    has(err, "edited", "digest")
    _, err = expect(2, "apply plan --people list.csv --journal journal --yes --max-age 0")
    has(err, "plan: the plan was made", "plan again")
    operator.write("own.lua", 'local s = require "signoff" return { systems = { jde_ais = { client = s.jde_ais { url = "https://x.example" } } } }')
    _, err = expect(2, "apply plan --people list.csv --journal journal --yes --config own.lua")
    has(err, "the plan is for other systems")
    _, err = expect(2, "apply list.csv --journal journal --yes")
    has(err, "list.csv:1", "is no plan")
    assert.equal(0, operator.changes())
    assert.is_nil(operator.read "journal")
  end)

  it("keeps its hours, and ends with 5 outside them", function()
    planned "liam.byrne"
    local now = os.date "!*t"
    local minutes = now.hour * 60 + now.min
    local function at(offset)
      local time = (minutes + offset) % 1440
      return ("%02d:%02d"):format(math.floor(time / 60), time % 60)
    end
    local _, err = expect(5, ("apply plan --people list.csv --journal journal --yes --not-before %s --not-after %s"):format(at(5), at(10)))
    has(err, "the hours are not before " .. at(5), "nothing was sent")
    assert.equal(0, operator.changes())
    expect(0, ("apply plan --people list.csv --journal journal --yes --not-before %s --not-after %s"):format(at(-5), at(5)))
  end)

  it("believes no system that lies, says what is left, and writes a list of it", function()
    planned("ana.silva", "liam.byrne")
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "still_there" },
      { system = "jde_ais", operation = "logout", fault = "still_there" } }
    local out, err = expect(1, "apply plan --people list.csv --journal journal --yes --deadline 2 --failed failed.csv")
    has(out, "To do by hand:\n  ana.silva\n", "cisco_em SEP001122334401: log the user out at the phone", "2 still_active")
    has(err, "failed.csv: one person is left")
    local failed = operator.read "failed.csv"
    assert.truthy(failed:find("ana.silva", 1, true) and not failed:find("liam.byrne", 1, true))
    assert.equal("600", peer.output_of("stat -c %a " .. operator.path "failed.csv"))
    assert.truthy(simulated.leak(failed, secrets)) -- the list was given: the token that is left comes from it
  end)
end)

-- The twelve of the list, on Extension Mobility at its own pace: a change a second, ten of them.
local slow = "export CISCO_EM_PER_MINUTE=60"

local function started_slowly()
  expect(0, "plan leavers.csv --out plan")
  operator.start("apply plan --people leavers.csv --journal journal --yes", slow)
  operator.wait_for("changes on Extension Mobility", function()
    return #simulated.journal("cisco_em", "logout") >= 2
  end)
end

local function phones()
  local count = 0
  for _, entry in ipairs(simulated.journal("cisco_em", "logout")) do
    count = count + #entry.targets
  end
  return count
end

describe("a run that is interrupted", function()
  for _, name in ipairs { "INT", "TERM", "HUP" } do
    it(("by SIG%s finishes what is on its way, says how to go on, and is taken up"):format(name), function()
      started_slowly()
      operator.signal(name)
      local status, output = operator.finish()
      assert.equal(6, status, output)
      has(output, "To go on: signoff-offboard resume journal --people leavers.csv", "Not started: ", "Stopped: it was interrupted")
      no_secret(output, operator.read "journal")
      local acted = phones()
      assert.is_true(acted >= 2 and acted < 9, acted .. " phones")
      expect(0, "report journal --check")
      local out = expect(0, "resume journal --people leavers.csv")
      has(out, "12 people, 42 targets, ", ": 32 ended, 1 already_out, 9 status_set")
      assert.equal(10, phones()) -- each was logged out once
    end)
  end

  it("twice ends at once, and can still be taken up", function()
    started_slowly()
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "slow", seconds = 8, when = "after" } }
    operator.wait_for("a request on its way", function()
      return simulator.read_faults()[1].fired > 0
    end)
    operator.signal "INT"
    operator.signal "TERM"
    local status = operator.finish()
    assert.is_true(status == 130 or status == 143, "status " .. status) -- whichever came second
    simulator.clear_faults()
    local out = expect(0, "resume journal")
    has(out, "42 targets", ", 1 already_out, 9 status_set")
    assert.is_nil(out:find("still_active", 1, true))
  end)

  it("has one writer", function()
    started_slowly()
    local _, err = expect(2, "resume journal")
    has(err, ("journal: another signoff writes it (pid %d on "):format(operator.pid), ", since 20")
    operator.signal "INT"
    assert.equal(6, (operator.finish()))
  end)
end)

describe("a command that only reads", function()
  for _, words in ipairs { "plan leavers.csv --out plan", "status leavers.csv", "doctor" } do
    it(("ends with 6 when it is interrupted: %s"):format(words), function()
      simulator.faults { { system = "cisco_em", fault = "slow", seconds = 3, when = "after" } }
      operator.start(words)
      operator.wait_for("a slow request", function()
        return simulator.read_faults()[1].fired > 0
      end)
      operator.signal "INT"
      local status, output = operator.finish()
      assert.equal(6, status, output)
      has(output, "interrupted; nothing was changed")
      assert.is_nil(operator.read "plan")
    end)
  end
end)

describe("a full disk", function()
  local function full(room)
    return "export " .. disk.environment("DISK_ROOM=" .. room)
  end

  it("before anything was sent: nothing is", function()
    expect(0, "plan leavers.csv --out plan")
    local out, err = expect(2, "apply plan --journal journal --yes", full(4000))
    assert.equal("", out)
    has(err, "journal: no space is left on the disk")
    assert.equal(0, operator.changes())
  end)

  it("in the middle: nothing more is sent, and the run is taken up", function()
    expect(0, "plan leavers.csv --out plan")
    local out, err = expect(5, "apply plan --journal journal --yes", full(24000))
    has(out, "no space is left on the disk", "pending")
    has(err, "To go on: signoff-offboard resume journal")
    local acted = phones()
    expect(0, "resume journal")
    assert.is_true(acted < 10 and phones() <= 12, ("%d and then %d phones"):format(acted, phones()))
  end)
end)

describe("a run that a system stops", function()
  it("ends with 4 where credentials are refused, and is taken up with others", function()
    planned("ana.silva", "ben.okafor")
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "code", code = 3 } }
    local out, err = expect(4, "apply plan --people list.csv --journal journal --yes")
    has(out, "Stopped: cisco_em: ", "code 3", "pending")
    has(err, "To go on: signoff-offboard resume journal --people list.csv")
    simulator.clear_faults()
    expect(0, "resume journal --people list.csv --config systems.lua")
  end)

  it("ends with 5 after too many failures", function()
    planned("ana.silva", "ben.okafor", "carla.rossi", "elif.demir")
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "code", code = 22 } }
    local out = expect(5, "apply plan --people list.csv --journal journal --yes --max-fail 1")
    has(out, "max_fail")
  end)
end)

describe("what a run left", function()
  it("is taken up from failed.csv as a list", function()
    planned("ana.silva", "liam.byrne")
    simulator.faults { { system = "oracle_commerce", operation = "logout", fault = "still_there" } }
    expect(1, "apply plan --people list.csv --journal journal --yes --deadline 1")
    simulator.clear_faults()
    local _, err = expect(0, "report journal --failed without.csv --format csv")
    has(err, "without.csv: 2 people are left")
    assert.equal("person,jde_ais,oracle_commerce,agvance,cisco_em,isymphony\r\nana.silva,,?,,,\r\nliam.byrne,,?,,,\r\n", operator.read "without.csv")
    expect(0, "report journal --failed with.csv --people list.csv --format csv")
    expect(0, "plan with.csv --out again")
    local out = expect(0, "apply again --people with.csv --journal second --yes")
    has(out, "2 people, 2 targets, ", ": 2 ended")
    expect(0, "plan without.csv --out third")
    has(expect(3, "apply third --journal fourth --yes"), "2 no_token", "To do by hand:")
  end)
end)

describe("a file that is read", function()
  it("is never written over by a slip", function()
    planned "liam.byrne"
    local before = {}
    for _, name in ipairs { "list.csv", "plan", "systems.lua" } do
      before[name] = operator.read(name)
    end
    for _, words in ipairs {
      "plan list.csv --out ./list.csv", "plan list.csv --out systems.lua --config systems.lua",
      "apply plan --people list.csv --journal journal --yes --failed plan", "apply plan --people list.csv --journal journal --yes --failed .//list.csv",
      "apply plan --people list.csv --journal journal --yes --failed journal",
    } do
      local _, err = expect(2, words)
      has(err, "name another file")
    end
    for name, bytes in pairs(before) do
      assert.equal(bytes, operator.read(name))
    end
    assert.equal(0, operator.changes())
    expect(0, "apply plan --people list.csv --journal journal --yes")
    local journal = operator.read "journal"
    expect(2, "report journal --failed journal")
    expect(2, "resume journal --failed ./journal")
    for _, path in ipairs { '"$PWD/journal"', '"../${PWD##*/}/journal"' } do
      has(select(2, expect(2, "report journal --format html --out " .. path)), "name another file")
    end
    assert.equal(journal, operator.read "journal")
  end)
end)

describe("report", function()
  before_each(function()
    planned("ana.silva", "liam.byrne")
    expect(0, "apply plan --people list.csv --journal journal --yes --quiet")
  end)

  it("is a page, JSON or CSV", function()
    has(expect(0, "report journal"), "Offboarding of ", "ana.silva   ended", "2 people, 7 targets")
    local result = json.decode((expect(0, "report journal --format json")))
    assert.equal(7, #result.results)
    assert.same(result, json.decode((expect(0, "report journal --json"))))
    local csv = expect(0, "report journal --format csv")
    assert.equal(8, select(2, csv:gsub("\r\n", "")))
  end)

  it("is a page of HTML in a file, of all or of one person, and says what was written", function()
    local out, err = expect(0, "report journal --format html --out page.html")
    assert.equal("", out)
    local page = operator.read "page.html"
    has(err, ("Written: page.html (sha256:%s)"):format(core.sha256(page)), "Written: page.html.json (sha256:")
    assert.equal(operator.read "page.html.json", (expect(0, "report journal --json")))
    assert.equal(2, select(2, page:gsub("<details", "")))
    expect(0, "report journal --format html --out ana.html --person ana.silva")
    assert.equal(1, select(2, operator.read("ana.html"):gsub("<details", "")))
    has(expect(0, "report journal --format html"), "<!doctype html>", "ana.silva", "liam.byrne")
    expect(0, "report journal --format html --out page.html --failed left.csv", 'TZ="CET-1"')
    assert.are_not.equal(page, operator.read "page.html")
    expect(0, "report journal --format html --out page.html --tz UTC", 'TZ="CET-1"')
    assert.equal(page, operator.read "page.html")
  end)

  it("writes over nothing that it reads, and leaves an older page where it cannot make one", function()
    local journal = operator.read "journal"
    operator.write("old.html", "old")
    os.execute(("cp %s %s"):format(operator.path "journal", operator.path "page.html.json"))
    for words, said in pairs {
      ["report journal --out journal"] = "name another file", ["report page.html.json --format html --out page.html"] = "name another file",
      ["report journal --format html --out old.html --failed old.html"] = "name another file",
      ["report journal --format html --out none/page.html"] = "none/page.html: there is no such file or folder",
      ["report list.csv --format html --out old.html"] = "list.csv:1: ", ["report journal --format html --out old.html --person zoe"] = "zoe",
    } do
      has(select(2, expect(2, words)), said)
    end
    assert.equal("old", operator.read "old.html")
    assert.equal(journal, operator.read "journal")
    assert.equal(journal, operator.read "page.html.json")
  end)

  it("needs no systems, and no secrets", function()
    has(expect(0, "report journal", "unset SIGNOFF_CONFIG CISCO_EM_APP_CERTIFICATE"), "2 people, 7 targets")
  end)

  it("checks the chain: what was changed is found, with its line", function()
    local _, err = expect(0, "report journal --check")
    has(err, "the chain holds", "head: ")
    operator.write("journal", (operator.read "journal":gsub('"verdict":"ended"', '"verdict":"faked"', 1)))
    local out
    out, err = expect(2, "report journal --check")
    assert.equal("", out)
    assert.truthy(err:find "journal:%d+: ", err)
    expect(2, "resume journal")
    expect(2, "report list.csv")
    expect(2, "report nothing")
  end)
end)

describe("status", function()
  it("tells who is in, and changes nothing", function()
    operator.list("list.csv", "ana.silva", "david.kim", "carla.rossi")
    local out = expect(0, "status list.csv")
    assert.truthy(out:find "ana.silva +cisco_em +SEP001122334401 +in +ana.silva is there")
    assert.truthy(out:find "david.kim +cisco_em +SEP001122334404 +out")
    assert.truthy(out:find "carla.rossi +cisco_em +user:carla.rossi +in +SEP001122334403")
    assert.truthy(out:find "ana.silva +jde_ais +sha256:%x+@ANA%-LAPTOP +in +alive")
    assert.equal(0, operator.changes())
    local rows = json.decode((expect(0, "status list.csv --json")))
    assert.equal("ana.silva", rows[1].person)
  end)

  it("ends with 3 where it cannot tell", function()
    operator.list("list.csv", "ana.silva")
    simulator.faults { { system = "jde_ais", fault = "status", status = 500 } }
    assert.truthy(expect(3, "status list.csv"):find "jde_ais +sha256:%x+@ANA%-LAPTOP +unknown")
  end)
end)

describe("undo", function()
  it("puts the statuses back", function()
    simulator.add { isymphony = { users = { { user_name = "ana.silva", status = { name = "Away", type = "away", note = "lunch" } } } } }
    planned("ana.silva", "liam.byrne")
    expect(0, "apply plan --people list.csv --journal journal --yes")
    assert.equal("Gone home", simulated.row("isymphony", "users", "user_name", "ana.silva").status.name)
    local out = expect(0, "undo journal --journal back")
    has(out, "2 people, 2 targets, ", ": 2 status_set")
    local status = simulated.row("isymphony", "users", "user_name", "ana.silva").status
    assert.same({ "Away", "away", "lunch" }, { status.name, status.type, status.note })
    has(expect(0, "report back"), "2 people, 2 targets")
  end)
end)

describe("on a terminal", function()
  local function on_terminal(more)
    return peer.output_of(("cd %s; . $SIGNOFF_SIMULATOR/environment; %s; export TERM=xterm SIGNOFF_CONFIG=systems.lua CISCO_EM_PER_MINUTE=6000; "
      .. "script -qec 'stty cols 120; sh words.run' /dev/null </dev/null 2>&1"):format(operator.directory, more))
  end

  local function apply(more)
    planned("ana.silva", "liam.byrne")
    simulator.faults { { system = "jde_ais", operation = "logout", fault = "still_there" } }
    operator.write("words.run", ("exec %s %s/examples/offboard.lua apply plan --people list.csv --journal journal --yes --deadline 1\n"):format(
      require("spec.support.child").interpreter, peer.output_of "pwd"))
    return on_terminal(more)
  end

  it("each system has a progress bar, and colours", function()
    local output = apply "unset NO_COLOR"
    no_secret(output)
    has(output, "jde_ais          [####", "1/1  done in ", "\27[31mana.silva   jde_ais ", "\27[32m")
  end)

  it("there are no colours with NO_COLOR, and a progress bar all the same", function()
    local output = apply "export NO_COLOR=1"
    has(output, "jde_ais          [####")
    assert.is_nil(output:find "\27%[%d*m")
  end)
end)
