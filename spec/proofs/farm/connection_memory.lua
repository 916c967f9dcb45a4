-- SPDX-License-Identifier: MIT
-- Threads that use a connection in every way, in a host that is watched: FARM_HOST, the command of memory/host.c; FARM_CALLS, how many calls
-- each of its threads makes. The host ends well only where nothing is reported.

local core = require "signoff.core"
local farm_server = require "spec.support.farm_server"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local host, calls = assert(os.getenv "FARM_HOST"), tonumber(os.getenv "FARM_CALLS") or 5000

local function run(server, threads, disturb)
  local directory = peer.directory()
  os.execute(("{ timeout --kill-after=10 900 %s %d spec/proofs/farm/memory/calls.lua '%s' %d >%s/out 2>&1; echo $? >%s/status; } &"):format(
    host, threads, server:uri("postgres", "signoff"), calls / threads, directory, directory))
  local function is_over()
    return (peer.read_file(directory .. "/status") or ""):match "%d+"
  end
  while disturb and not is_over() do
    disturb()
    core.sleep(1)
  end
  local status = peer.wait_for("the end of a host", is_over, 900)
  local output, made, fine = peer.read_file(directory .. "/out"), 0, 0
  assert(status == "0", "status " .. status .. "\n" .. output:sub(-6000))
  for count, good in output:gmatch "(%d+) (%d+) %d+ %d+\n" do
    made, fine = made + tonumber(count), fine + tonumber(good)
  end
  assert.is_true(made >= calls, output)
  print(("%d threads: %d calls, %d of them answered"):format(threads, made, fine))
  return made, fine
end

describe("the connection of a farm in a watched host", function()
  after_each(function()
    postgres.stop_all()
    peer.stop_all()
  end)

  it("one thread", function()
    local made, fine = run(farm_server.start(), 1)
    assert.is_true(fine > made * 0.9)
  end)

  it("four threads with a Lua state each", function()
    local made, fine = run(farm_server.start(), 4)
    assert.is_true(fine > made * 0.8)
  end)

  it("four threads whose server comes and goes", function()
    local server = farm_server.start()
    local _, fine = run(server, 4, function()
      server:restart(({ "immediate", "kill", "fast" })[math.random(3)])
    end)
    assert.is_true(fine > 0)
  end)
end)
