-- SPDX-License-Identifier: MIT
-- A call that inspects its connection: the server's clock, and when its certificate ends.

local core = require "signoff.core"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

before_each(simulated.reset)

-- The findings when the client asks whether a made-up token lives; then the call's own values.
local function look(scheme, options, plain)
  local client = simulated.client("jde_ais", scheme, options)
  local call = core.build(client, "status", { token = "nobody", device = "none" })
  core.carry(plain and call or core.inspect(call))
  return core.inspected(call), core.read(call)
end

describe("core.inspect", function()
  it("tells the server's clock, and when its certificate ends", function()
    local seen, answer = look "https"
    assert.is_false(answer.active)
    assert.is_true(math.abs(seen.date - core.time()) < 30)
    local days = (seen.certificate_ends - core.time()) / 86400
    assert.is_true(days > 364 and days < 366)
  end)

  it("does so again on the second call, although a connection is kept alive", function()
    look "https"
    assert.is_number((look "https").certificate_ends)
  end)

  it("knows of no certificate without TLS", function()
    local seen = look "http"
    assert.is_number(seen.date)
    assert.is_nil(seen.certificate_ends)
  end)

  it("tells nothing of a call that was not to look", function()
    assert.is_nil(next((look("https", nil, true))))
  end)

  it("reads the clock of the last head only, and takes no nonsense for a clock", function()
    simulator.faults { { system = "jde_ais", fault = "raw", bytes = "HTTP/1.1 200 OK\r\nDate: soon\r\nContent-Length: 2\r\n\r\n{}" } }
    assert.is_nil((look "http").date)
    local bytes = "HTTP/1.1 200 OK\r\ndate:Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\n\r\n{}"
    simulator.faults { { system = "jde_ais", fault = "raw", bytes = bytes } }
    assert.equal(784111777, (look "http").date)
  end)

  it("leaves the failure as it is where there is no connection", function()
    local seen, answer, _, code = look("https", { url = simulator.expired })
    assert.is_nil(next(seen))
    assert.is_nil(answer)
    assert.equal("tls", code)
  end)
end)
