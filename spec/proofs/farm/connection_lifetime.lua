-- SPDX-License-Identifier: MIT
-- Nothing of a connection is used after a finalizer has closed it: memory/lifetime.lua in the host of spec/proofs/lifetime: FARM_HOST.

local farm_server = require "spec.support.farm_server"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local host = assert(os.getenv "FARM_HOST")

describe("the connection of a farm, while finalizers close what it works with", function()
  teardown(function()
    postgres.stop_all()
    peer.stop_all()
  end)

  it("gives what it gives undisturbed, or a clear error, and the sanitizer finds nothing", function()
    local server = farm_server.start()
    local output = peer.output_of(("timeout --kill-after=10 900 %s spec/proofs/farm/memory/lifetime.lua '%s' 2>&1; echo status=$?"):format(
      host, server:uri("postgres", "signoff")))
    print((output:gsub("\nstatus=%d+$", "")))
    assert.matches("status=0$", output)
    assert.matches("\n26 passed, 0 failed", output)
  end)
end)
