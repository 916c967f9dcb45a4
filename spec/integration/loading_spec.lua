-- SPDX-License-Identifier: MIT
-- A fresh state, as a dialplan has one for each call, loads few files of the module. Prints how many for a logout, and for a sign-out.

local child = require "spec.support.child"
local peer = require "spec.support.peer"
local planted = require "spec.support.planted"

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

  -- Calls that need a file which is not loaded yet: a name, the call, and what is required before.
  local later = {
    { "signoff.loop", 'signoff.loop(function() return "it ran" end)' },
    { "signoff.engine", 'signoff.engine():step() == 0 and "it ran"' },
    { "signout", 'client:signout("token", { deadline = 0.1 }) and "it ran"' },
    { "a vendor's facts", 'vendor.of("jde_ais") and "it ran"', 'require "signoff.offboard.vendor"' },
  }

  for _, row in ipairs(later) do
    it("runs nothing of a folder that package.path names later: " .. row[1], function()
      local folder = peer.directory()
      planted.plant(folder)
      local text = child.run(([[
        local signoff = require "signoff"
        local client = signoff.jde_ais { url = "http://127.0.0.1:1" }
        local vendor = %s
        package.path, package.cpath = %q .. package.path, %q .. package.cpath
        print(%s)
      ]]):format(row[3] or "nil", folder .. "/?.lua;", folder .. "/?.so;", row[2]))
      assert.are.equal("it ran", text)
      assert.is_nil(planted.ran(folder))
    end)

    it("loads again what could not be loaded once: " .. row[1], function()
      local text = child.run(([[
        local signoff = require "signoff"
        local client = signoff.jde_ais { url = "http://127.0.0.1:1" }
        local vendor = %s
        local function call() return %s end
        local function fail() debug.sethook() error("out of time", 0) end
        debug.sethook(function()
          if debug.getinfo(2, "S").source:find "/signoff/" and debug.getinfo(2, "S").what == "main" then fail() end
        end, "l")
        local fine, message = pcall(call)
        debug.sethook()
        print(fine, message)
        print(call())
      ]]):format(row[3] or "nil", row[2]))
      assert.are.equal("false\tout of time\nit ran", text)
    end)
  end

  it("loads the loop where it is called", function()
    local names = loaded_by 'signoff.loop(function(loop) return loop:spawn(client.logout, client, "044-token"):join().answer end)'
    assert.is_true(names["signoff.async.scheduler"])
  end)
end)
