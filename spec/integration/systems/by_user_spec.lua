-- SPDX-License-Identifier: MIT
-- A system in Lua that tells of the sessions of one user: a target is the user, whatever the person is called in the list. And its plan
-- and journal, shown by a command that knows the system by the systems' file alone.

local child = require "spec.support.child"
local offboard = require "signoff.offboard"
local peer = require "spec.support.peer"
local signoff = require "signoff"

local function failed(reply)
  return nil, nil, { vendor_code = reply.body.error, own_words = reply.body.error ~= nil }
end

local new = signoff.system {
  name = "by_user", title = "Sessions of one user", default_path = "admin", target = "text",
  options = { { name = "realm", required = true } },
  operations = {
    count = {
      build = function(client) return { path = { client.options.realm, "count" } } end,
      read = function(reply) return { count = reply.body } end, target = false,
    },
    status = {
      build = function(client, user) return { path = { client.options.realm, user, "sessions" } } end,
      read = function(reply)
        if reply.status ~= 200 then
          return failed(reply)
        end
        return { active = #reply.body > 0 }
      end,
      evidence = "session",
    },
    logout = {
      build = function(client, user) return { method = "POST", path = { client.options.realm, user, "logout" } } end,
      read = function(reply)
        if reply.status == 204 then
          return { answer = "accepted" }
        end
        return failed(reply)
      end,
      changes = true, repeatable = true,
    },
  },
  doctor = { operation = "count", shows = "the token may read users" },
  codes = { unknown = { code = "not_found", scope = "target", wording = "no such user" } },
  by_hand = "end the sessions in the console",
}

local function json(status, body)
  return peer.reply(status, body, { ["Content-Type"] = "application/json" })
end

local IN, OUT = json("200 OK", '[{"id":"1","username":"Somebody Else"}]'), json("200 OK", "[]")
local DONE = peer.reply("204 No Content", nil, { ["Content-Length"] = false })
local UNKNOWN = json("404 Not Found", '{"error":"unknown"}')

-- The replies, one after the other; the verdict and its code.
local rows = {
  { "is in", { IN, DONE, OUT, OUT }, "ended" },
  { "is out", { OUT, OUT }, "already_out" },
  { "stays in", { IN, DONE, IN }, "still_active" },
  { "is unknown", { UNKNOWN }, "failed", "not_found" },
  { "is unknown afterwards", { IN, DONE, UNKNOWN }, "unknown", "not_found" },
}

local function client_of(replies)
  local steps = peer.replies((table.unpack or unpack)(replies)) -- luacheck: ignore 143
  steps[#steps + 1] = peer.always(replies[#replies])[1]
  return new { url = peer.start({ steps }).url, realm = "staff" }
end

local function apply(client, journal)
  local people, systems = { { person = "Ana", directory = "u-1" } }, { directory = { client = client } }
  return assert(offboard.apply(assert(offboard.plan(systems, people)), systems, { people = people, journal = journal, settle = 0.2 }))
end

describe("a system that tells of one user", function()
  after_each(peer.stop_all)

  for _, row in ipairs(rows) do
    it(("says '%s' of one who %s"):format(row[3], row[1]), function()
      local result = client_of(row[2]):signout("u-1", { settle = 0.1, schedule = { 0.1 }, deadline = 2 })
      assert(result.verdict == row[3] and result.code == row[4], ("%s, %s: %s"):format(result.verdict, tostring(result.code), tostring(result.message)))
    end)
  end

  it("is offboarded from under any name of a person", function()
    local result = apply(client_of { IN, DONE, OUT }, false)
    assert.are.equal("ended", result.results[1].verdict)
    assert.are.equal(0, result.exit)
  end)

  it("is shown and reported by the command, which reads the systems' file for it", function()
    local directory = peer.directory()
    local plan = assert(offboard.plan({ directory = { client = client_of { OUT } } }, { { person = "Ana", directory = "u-1" } }))
    assert(plan:save(directory .. "/plan"))
    apply(client_of { IN, DONE, OUT }, directory .. "/journal")
    peer.write_file(directory .. "/systems.lua", [[
      local signoff = require "signoff"
      local function none() return {} end
      local new = signoff.system {
        name = "by_user", title = "By user", target = "text", by_hand = "none",
        operations = { logout = { build = none, read = none, changes = true }, look = { build = none, read = none, target = false } },
        doctor = { operation = "look", shows = "nothing" },
      }
      return { systems = { directory = { client = new { url = "http://127.0.0.1:1" } } } }
    ]])
    os.execute("chmod 600 " .. directory .. "/*")
    for words, wanted in pairs { ["show plan"] = "sign out 1 target", ["report journal"] = "Ana +ended" } do
      local command = ("cd %s && %s %s/examples/offboard.lua %s"):format(directory, child.interpreter, peer.output_of "pwd", words)
      assert.matches(wanted, peer.output_of("SIGNOFF_CONFIG=systems.lua; export SIGNOFF_CONFIG; " .. command .. " 2>&1"))
      local refused = peer.output_of("SIGNOFF_CONFIG=nowhere.lua; export SIGNOFF_CONFIG; " .. command .. " 2>&1")
      assert.matches("of a kind %(by_user%) that this signoff does not know.*nowhere%.lua", refused)
    end
  end)
end)
