-- SPDX-License-Identifier: MIT
-- A fresh state, as a dialplan has one for each call, loads few files of the module. Prints how many for a logout, and for a sign-out.

local child = require "spec.support.child"
local peer = require "spec.support.peer"

-- Calls a method of a client in a state of its own, and writes what was loaded by then.
local function loaded_by(call)
  local done, gone = peer.reply("200 OK", '{"status":"Success"}'), peer.reply("444 Invalid token", '{"message":"Invalid token"}')
  local server = peer.start { { "request", { send = done }, "request", { send = gone }, { loop = { "request", { send = gone } } } } }
  local text = child.run(([[
    local signoff = require "signoff"
    signoff.defaults { profile = "dialplan" }
    local client = signoff.jde_ais { url = %q }
    print(%s)
    for name in pairs(package.loaded) do
      if name:find "^signoff" then
        print("loaded " .. name)
      end
    end
  ]]):format(server.url, call))
  local names, count = {}, 0
  for name in text:gmatch "loaded (%S+)" do
    names[name], count = true, count + 1
  end
  return names, count, text
end

describe("a fresh state", function()
  after_each(peer.stop_all)

  -- A call, its outcome, and how many files at most.
  local rows = {
    { "one blocking logout", 'client:logout({ token = "044-token", device = "LEAVER-PC" }).answer', "accepted", 25 },
    { "one blocking sign-out", 'client:signout({ token = "044-token", device = "LEAVER-PC" }).verdict', "unknown", 30 },
  }

  for _, row in ipairs(rows) do
    it("loads little for " .. row[1], function()
      local names, count, text = loaded_by(row[2])
      print(("loaded after require, one client and %s: %d of signoff (at most %d)"):format(row[1], count, row[4]))
      assert.are.equal(row[3], text:match "^[^\n]*")
      assert.is_true(names["signoff.core"] and count <= row[4], text)
      for _, name in ipairs { "loop", "async.scheduler", "async.tasks", "async.limiter", "async.heap", "async.queue", "async.nginx", "offboard", "journal" } do
        assert.is_nil(names["signoff." .. name], name)
      end
    end)
  end

  it("loads the loop where it is called", function()
    local names = loaded_by 'signoff.loop(function(loop) return loop:spawn(client.logout, client, "044-token"):join().answer end)'
    assert.is_true(names["signoff.async.scheduler"])
  end)
end)
