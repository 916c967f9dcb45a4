-- SPDX-License-Identifier: MIT
-- `lua carried.lua TRIES MILLISECONDS` asks for every reply of refused.lua, blocking and in a loop, and prints a line for each:
-- what it came to, and the milliseconds of the processor that this thread spent on it, of the quickest of the tries and as pace.lua
-- has them: with all that libcurl does, which no other thread does here. Where that is more than MILLISECONDS, there are three times as many tries: what
-- else the machine does takes the processor's caches from us.

local pace = require "spec.proofs.bombs.pace"
local peer = require "spec.support.peer"
local refused = require "spec.proofs.bombs.refused"
local signoff = require "signoff"

-- Many secrets, and such as look like escapes.
local headers = { ["X-Login"] = "site-login-4711", ["X-Tenant"] = "9f1c2d3e-a1b2-4c4d-8e8f-0123456789ab" }
for i = 1, 98 do
  headers["X-Site-" .. i] = ("site-%41&amp;\\n%%2541"):rep(10) .. i
end

local options = {
  agvance = { headers = headers },
  jde_ais = { token = "044-token-4711", device = "PC1" }, isymphony = { username = "manager", password = "panel-password-4711" },
}

local carriers = {}

function carriers.blocking(f)
  return f()
end

function carriers.loop(f)
  return signoff.loop(function(loop)
    return loop:spawn(f):join()
  end)
end

local function ask(row, server, carry)
  local client = peer.client(row[2], server.url, options[row[2]])
  collectgarbage()
  collectgarbage()
  local started = os.clock()
  local code = carry(function()
    return (select(3, client[row[3]](client)))
  end)
  local seconds = os.clock() - started
  client:close()
  return code, seconds
end

local function measure(row, server, carry)
  local came, quickest, slowness, tries, limit = row[5], math.huge, math.huge, tonumber(arg[1]), arg[2] / 1000
  for try = 1, 3 * tries do
    if try <= tries or quickest >= limit then
      local code, seconds = ask(row, server, carry)
      came, quickest = came == row[5] and tostring(code) or came, math.min(quickest, seconds)
      slowness = math.min(slowness, pace.measure())
    end
  end
  return came, ("%.2f"):format(pace.of_reference(quickest, slowness) * 1000)
end

local function main()
  for _, row in ipairs(refused) do
    local exchange = { "request", { send = row[4] } }
    local server = peer.start { row.close and { exchange[1], exchange[2], "close" } or { { loop = exchange } } }
    for _, name in ipairs { "blocking", "loop" } do
      io.write(table.concat({ row[1], row[2] .. "." .. row[3], name, row[5], measure(row, server, carriers[name]) }, "\t"), "\n")
    end
    server:stop()
  end
end

local fine, problem = pcall(main)
peer.stop_all()
assert(fine, problem)
