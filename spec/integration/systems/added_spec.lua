-- SPDX-License-Identifier: MIT
-- The files that docs/add-a-system.md shows, as its reader copies them, against a scripted server.

local child = require "spec.support.child"
local page = require "spec.support.page"
local peer = require "spec.support.peer"

local function list(...)
  return peer.reply("200 OK", ('{"sessions":[%s]}'):format(table.concat({ ... }, ",")), { ["Content-Type"] = "application/json" })
end

local ANA, BEN = '{"id":"s-17","user":"ana"}', '{"id":"s-18","user":"ben"}'
local GONE = peer.reply("204 No Content", nil, { ["Content-Length"] = false })
local KEY = peer.reply("401 Unauthorized", '{"error":"bad_key","message":"unknown key"}', { ["Content-Type"] = "application/json" })
local UNKNOWN = peer.reply("404 Not Found", '{"error":"no_session","message":"no such session"}', { ["Content-Type"] = "application/json" })

-- The replies, the argument of try.lua, and the end of what it writes.
local rows = {
  { "lists", { list(ANA, BEN) }, "", "s%-17\tana\ns%-18\tben$" },
  { "signs out", { list(ANA, BEN), list(ANA, BEN), GONE, list(BEN), list(BEN) }, "s-17", "\nended$" },
  { "says that it was gone", { list(ANA), list(ANA), UNKNOWN, list(), list() }, "s-17", "\nalready_out$" },
  { "does not believe", { list(ANA), list(ANA), GONE, list(ANA), list(ANA) }, "s-17", "\nstill_active\t" },
  { "says nothing of what it never saw", { list(BEN), list(BEN), list(BEN) }, "s-17", "\nunknown\t" },
  { "is refused", { KEY }, "s-17", "unknown key" },
}

-- A server that gives these replies one after the other, and the last one from then on, however many connections there are.
local function start(replies)
  local steps = peer.replies((table.unpack or unpack)(replies)) -- luacheck: ignore 143
  steps[#steps + 1] = peer.always(replies[#replies])[1]
  return peer.start { steps }
end

describe("the system of docs/add-a-system.md", function()
  after_each(peer.stop_all)

  for _, row in ipairs(rows) do
    it(row[1], function()
      local directory, server, files = peer.directory(), start(row[2]), {}
      for _, block in ipairs(page.blocks "docs/add-a-system.md") do
        files[block.kind] = files[block.kind] or block.text
      end
      peer.write_file(directory .. "/helpdesk.lua", files.lua)
      peer.write_file(directory .. "/try.lua", (files.text:gsub("https://desk.example", server.url)
        :gsub("signout%(arg%[1%]%)", "signout(arg[1], { settle = 0.2, schedule = { 0.2 }, deadline = 3 })")))
      local written = peer.output_of(("cd %s && HELPDESK_API_KEY=key-of-a-test timeout 300 %s try.lua %s 2>&1"):format(
        directory, child.interpreter, row[3]))
      assert.matches(row[4], written)
      local first = server:requests()[1]
      assert.are.equal("GET /api/sessions key-of-a-test", ("%s %s %s"):format(first.method, first.target, first.headers["x-api-key"]))
    end)
  end
end)
