-- SPDX-License-Identifier: MIT
-- The list of people who leave, made by examples/people_from_ldap.lua from a real directory: whole, or not at all.

package.path = "./?.lua;" .. package.path
local checks = require "spec.support.checks"
local child = require "spec.support.child"
local files = require "spec.support.files"
local people = require "signoff.offboard.people.people"
local peer = require "spec.support.peer"
local server = require "spec.proofs.directory.server"
local site = require "spec.support.site"
local spreadsheet = require "signoff.offboard.people.spreadsheet"

local check = checks.check
local SCRIPT = peer.output_of "pwd" .. "/examples/people_from_ldap.lua"
local SECONDS = 2 -- that a directory may take, where it says nothing
local systems = site.systems(nil, { cisco_em = true, agvance = true, isymphony = true })

local function quoted(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- Runs the script. `settings` are environment variables besides the right ones; false: not set.
local function run(address, words, settings)
  local variables = {
    LDAP_URI = address, LDAP_BASE = server.base, LDAP_USER = server.user, LDAP_PASSWORD = server.password, LDAPREFERRALS = "off",
    LDAPTIMEOUT = SECONDS, LDAPNETWORK_TIMEOUT = SECONDS,
  }
  for name, value in pairs(settings or {}) do
    variables[name] = value or nil
  end
  local parts = { "env" }
  for name, value in pairs(variables) do
    parts[#parts + 1] = ("%s=%s"):format(name, quoted(tostring(value)))
  end
  parts[#parts + 1] = ("timeout 300 %s %s"):format(child.interpreter, SCRIPT)
  for _, word in ipairs(words or { "2026-11-29" }) do
    parts[#parts + 1] = quoted(word)
  end
  local folder = peer.directory()
  local status = peer.output_of(("%s >%s/out 2>%s/err </dev/null; echo $?"):format(table.concat(parts, " "), folder, folder))
  local out, err = files.read(folder .. "/out"), files.read(folder .. "/err")
  assert(not (out .. err):find(server.password, 1, true), "the password is shown")
  return tonumber(status), out, err, folder .. "/out"
end

local function names_of(path)
  os.execute("chmod 600 " .. path)
  local list = assert(people.read(path, systems))
  local names = {}
  for i, person in ipairs(list) do
    names[i] = person.person
  end
  table.sort(names)
  return names, list
end

local function same(wanted, found, what)
  wanted, found = table.concat(wanted, "|"), table.concat(found, "|")
  assert(wanted == found, ("%s: %s instead of %s"):format(what or "list", found:sub(1, 400), wanted:sub(1, 400)))
end

-- Starts a directory for some checks.
local function with(list, options, f)
  local fine, message = xpcall(function()
    f(server.start(list, options))
  end, debug.traceback)
  server.stop()
  site.clean()
  checks.note(fine, "the directory served, and ended")
  if not fine then
    print("    " .. tostring(message))
  end
end

local function refused(what, wanted, status, out, err)
  check(what, function()
    assert(status == 1, ("status %s: %s"):format(tostring(status), err))
    assert(out == "", "a list: " .. out)
    assert(err:find(wanted, 1, true), err)
  end)
end

local ODD = { "ana", "b.en", "=cmd|' /C calc'!A1", "+49 30 1", "-x", "@sum", 'quo"te', "com,ma", "semi;colon", "Zo\195\171 \229\144\141",
  "par(en)*the\\ses", "x=y", "</script>", ("l"):rep(300), "#x" }

local function odd_accounts()
  local list = {
    { name = "enabled", enabled = true }, { name = "before", changed = "20261128235959.0Z" }, { name = "host$", type = 805306369 },
  }
  for i, name in ipairs(ODD) do
    list[#list + 1] = { name = name, phone = "+49;30 " .. i, department = name }
  end
  return list
end

with(odd_accounts(), { referral = "ldap://127.0.0.1:1/dc=far,dc=example" }, function(address)
  local status, out, err, path = run(address)
  check("who was disabled since is in the list, nobody else, each name and phone as the directory has it", function()
    assert(status == 0, err)
    local names, list = names_of(path)
    local wanted = { (table.unpack or unpack)(ODD) } -- luacheck: ignore 143
    table.sort(wanted)
    same(wanted, names)
    for _, person in ipairs(list) do
      assert(person.cells.cisco_em == ("user:%s?"):format((person.person:gsub(";", "\\;"))), person.cells.cisco_em)
      assert(person.cells.isymphony:find "^%+49\\;30 %d+$", person.cells.isymphony)
    end
    assert(out:find("^person,cisco_em,agvance,isymphony\r\n"), out)
  end)
  check("names that a spreadsheet would run are kept, and the plan's notices name them", function()
    for _, name in ipairs { "=cmd|' /C calc'!A1", "+49 30 1", "-x", "@sum" } do
      assert(spreadsheet.runs(name), name)
      assert(out:find(name, 1, true), name)
    end
  end)
  check("another server that it refers to is said, and not asked", function()
    assert(err:find("not asked: ldap://127.0.0.1:1/dc=far,dc=example", 1, true), err)
  end)
  for _, name in ipairs(ODD) do
    check(("a condition finds exactly its value: %s"):format(name:sub(1, 30)), function()
      local got, _, problem, file = run(address, { "2026-11-29", "department=" .. name })
      assert(got == 0, problem)
      same({ name }, (names_of(file)))
    end)
  end
  for _, value in ipairs { "*", "ana)(sAMAccountName=*", "ana*", "*)(|(cn=*", "\\61na", "\\2a" } do
    refused("a condition is no filter: " .. value, "nobody", run(address, { "2026-11-29", "department=" .. value }))
  end
  check("two conditions hold both", function()
    assert(run(address, { "2026-11-29", "department=ana", "ipPhone=+49;30 1" }) == 0)
    assert(run(address, { "2026-11-29", "department=ana", "ipPhone=+49;30 2" }) == 1)
  end)
  for moment, count in pairs { ["2026-11-29T18:00"] = #ODD, ["2026-11-28"] = #ODD + 1, ["2026-11-28T23:59"] = #ODD + 1 } do
    check("since " .. moment, function()
      local _, _, problem = run(address, { moment })
      assert(problem:find(("%d people"):format(count), 1, true), problem)
    end)
  end
  refused("since a moment to come", "nobody", run(address, { "2026-11-29T18:01" }))
  for _, text in ipairs { "", "yesterday", "2026-02-30", "2026-13-01", "2027-02-29", "2026-11-00", "2026-11-29T24:00", "2026-11-29 18:00", "2026-11-29)(cn=*" } do
    refused(("'%s' is no moment"):format(text), "is no moment", run(address, { text }))
  end
  for _, text in ipairs { "department", "=x", "a b=c", "department=", "(cn=x", "cn)(x=y" } do
    refused(("'%s' is no condition"):format(text), "is no condition", run(address, { "2026-11-29", text }))
  end
  refused("a wrong password", "Invalid credentials", run(address, nil, { LDAP_PASSWORD = "wrong" }))
  refused("no password, which would be nobody's login", "LDAP_PASSWORD is not set", run(address, nil, { LDAP_PASSWORD = "" }))
  refused("an unknown user", "Invalid credentials", run(address, nil, { LDAP_USER = "cn=nobody," .. server.base }))
  refused("a user who may not read accounts", "nobody", run(address, nil, { LDAP_USER = "cn=blind," .. server.base, LDAP_PASSWORD = "blind-4711" }))
  refused("a base that is not there", "there is no ou=nowhere", run(address, nil, { LDAP_BASE = "ou=nowhere," .. server.base }))
  refused("an attribute that the directory does not know", "nobody", run(address, { "2026-11-29", "colour=red" }))
  refused("a password that would travel readable", "use ldaps://", run("ldap://127.0.0.1:1", nil))
  refused("referrals that would be followed", "LDAPREFERRALS must be off", run(address, nil, { LDAPREFERRALS = false }))
  refused("no limit of time", "LDAPTIMEOUT is not set", run(address, nil, { LDAPTIMEOUT = false }))
  for _, name in ipairs { "LDAP_URI", "LDAP_BASE", "LDAP_USER" } do
    refused("without " .. name, name .. " is not set", run(address, nil, { [name] = false }))
  end
  os.execute("kill -STOP " .. server.process.pid)
  refused("a directory that says nothing", "imed out", run(address))
  os.execute(("{ sleep 1; kill -9 %d; } >/dev/null 2>&1 &"):format(server.process.pid))
  refused("a directory that goes away while it is asked", "Can't contact LDAP server", run(address, nil, { LDAPTIMEOUT = 30 }))
  refused("a directory that is gone", "Can't contact LDAP server", run(address))
  refused("a directory that cannot be reached", "Can't contact LDAP server", run("ldaps://127.0.0.1:" .. peer.free_port()))
end)

-- More than a server gives at once: all of them, or none.
local function many(count)
  local list = {}
  for i = 1, count do
    list[i] = { name = ("p%05d"):format(i * 7919 % 100003) }
  end
  return list
end

for _, row in ipairs { { 2500, 1000 }, { 1000, 1000 }, { 1001, 1000 }, { 999, 1000 }, { 40, 3 }, { 9, 2 }, { 2, 2 }, { 1, 1000 } } do
  local count, limit = row[1], row[2]
  with(many(count), { limit = limit }, function(address)
    check(("%d people, %d at once"):format(count, limit), function()
      local status, _, err, path = run(address)
      assert(status == 0, err)
      local names, wanted = names_of(path), {}
      for i, account in ipairs(many(count)) do
        wanted[i] = account.name
      end
      table.sort(wanted)
      same(wanted, names)
    end)
  end)
end

with(many(50), { limit = 20, unordered = true }, function(address)
  refused("a directory that cannot compare names: no list, rather than a part", "cannot compare sAMAccountName", run(address))
end)

with(many(3), { limit = 1 }, function(address)
  local status, out, err = run(address)
  check("one at once: no list, rather than a part", function()
    assert(status == 1 and out == "", ("status %s, %s%s"):format(tostring(status), out, err))
  end)
end)

checks.close()
