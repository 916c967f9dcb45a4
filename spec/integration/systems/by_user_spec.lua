-- SPDX-License-Identifier: MIT
-- A system in Lua that tells of the sessions of one user: a target is the user, whatever the person is called in the list. And the
-- report of such a run, where the system is not described.

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

  it("is reported where it is not described, of a run that ended and of one that did not", function()
    local directory = peer.directory()
    apply(client_of { IN, DONE, OUT }, directory .. "/journal")
    local lines = {}
    for line in io.lines(directory .. "/journal") do
      lines[#lines + 1] = line
      if line:find('"event":"intent"', 1, true) then
        peer.write_file(directory .. "/begun", table.concat(lines, "\n") .. "\n")
      end
    end
    for name, wanted in pairs { journal = "ended", begun = "Ana" } do
      local text = child.run(('print((require "signoff.offboard".report(%q, { format = "text" })))'):format(directory .. "/" .. name))
      assert.matches(wanted, text)
      assert.matches("directory", text)
    end
  end)
end)
