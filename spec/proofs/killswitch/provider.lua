-- SPDX-License-Identifier: MIT
-- A sender that is not ours: oidc-provider logs users in and out, and tells by back-channel. RS256 with `sid`, and ES256 without.

local cjson = require "cjson".new()
local files = require "spec.support.files"
local nginx = require "spec.support.kill_switch_nginx"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local NODE = assert(os.getenv "KILLSWITCH_NODE", "run make check-killswitch, which brings node and its packages")

-- The site: each provider's keys from its file, its `sub` in the column of the person.
local SITE = [[
local issuers, identities = {}, {}
for _, one in ipairs { %s } do
  issuers[#issuers + 1] = { issuer = one.issuer, algorithms = { one.algorithm }, keys = one.keys,
    logout = { client_id = "signoff", sid = one.sid } }
  identities[one.issuer] = "person"
end
return require "signoff.receiver".new { inbox = os.getenv "SIGNOFF_INBOX", people = os.getenv "SIGNOFF_FOLDER" .. "/leavers.csv",
  identities = identities, issuers = issuers }
]]

local function start_provider(algorithm, port)
  local folder = peer.directory()
  local process = peer.spawn(("env LD_PRELOAD= %s %s/identity_provider.mjs %s %s http://127.0.0.1:%d/backchannel-logout"):format(
    NODE, os.getenv "KILLSWITCH_FOLDER", folder, algorithm, port), folder)
  local issuer = peer.wait_for("oidc-provider", function()
    return (files.find(process.output) or ""):match "(http://127%.0%.0%.1:%d+)\n"
  end)
  return { issuer = issuer, algorithm = algorithm, keys = folder .. "/keys.json" }
end

local function row(one)
  return ("{ issuer = %q, algorithm = %q, keys = %q, sid = %q }"):format(one.issuer, one.algorithm, one.keys, one.sid)
end

-- Logs a user in and out at a provider, which says how its logout token was answered.
local function leave(one, name)
  local text = peer.output_of((peer.CURL .. " -s --max-time 30 '%s/_control/leave?name=%s'"):format(one.issuer, name))
  local fine, result = pcall(cjson.decode, text)
  return fine and result or { outcome = text }
end

local function events_of(one, person)
  local list = {}
  for _, event in ipairs(nginx.events(one)) do
    list[#list + 1] = event.person == person and event or nil
  end
  return list
end

describe("oidc-provider", function()
  local one, providers

  setup(function()
    simulated.reset()
    local port = peer.free_port()
    providers = { named = start_provider("RS256", port), quiet = start_provider("RS256", port), whole = start_provider("ES256", port) }
    providers.named.sid, providers.quiet.sid, providers.whole.sid = "act", "record", "record"
    local folder = nginx.folder()
    assert(os.execute(("install -m 600 examples/leavers.csv examples/systems.lua %s"):format(folder)))
    one = nginx.start { folder = folder, port = port, site = SITE:format(row(providers.named) .. "," .. row(providers.quiet) .. "," .. row(providers.whole)) }
  end)

  teardown(function()
    if one then nginx.stop(one) end
    peer.stop_all()
    simulated.reset()
  end)

  it("97 RS256 with sid: the provider counts our answer as a success", function()
    assert.same({ outcome = "success", sub = "ben.okafor" }, leave(providers.named, "ben.okafor"))
    local events = events_of(one, "ben.okafor")
    assert.same({ 1, "act", "RS256", "op-RS256" }, { #events, events[1].disposition, events[1].alg, events[1].kid })
  end)

  it("97 RS256 with sid, where a session is only recorded", function()
    assert.same({ outcome = "success", sub = "hugo.martin" }, leave(providers.quiet, "hugo.martin"))
    local events = events_of(one, "hugo.martin")
    assert.same({ 1, "record" }, { #events, events[1].disposition })
  end)

  it("97 ES256 without sid: the provider counts our answer as a success", function()
    assert.same({ outcome = "success", sub = "ana.silva" }, leave(providers.whole, "ana.silva"))
    local events = events_of(one, "ana.silva")
    assert.same({ 1, "act", "ES256" }, { #events, events[1].disposition, events[1].alg })
  end)

  it("98 a user whom nobody knows: a success all the same", function()
    assert.same({ outcome = "success", sub = "nobody" }, leave(providers.whole, "nobody"))
    assert.same(0, #events_of(one, "nobody"))
  end)

  it("97, 118 the actor clears the systems of both, and of nobody else", function()
    local text = peer.output_of(("SIGNOFF_CONFIG=%s/systems.lua lua5.4 examples/offboard.lua watch %s --people %s/leavers.csv --once --quiet --json"):format(
      one.folder, one.inbox, one.folder))
    local document = cjson.decode(text)
    local exits = {}
    for _, run in ipairs(document.runs) do
      exits[run.person] = run.exit
    end
    assert.same({ ["ana.silva"] = 0, ["ben.okafor"] = 0 }, exits, text)
    local users = {}
    for _, device in ipairs(simulated.simulator.state("cisco_em").devices) do
      users[device.name] = device.user or ""
    end
    assert.same({ "", "", "hugo.martin" }, { users.SEP001122334401, users.SEP001122334402, users.SEP001122334408 })
  end)
end)
