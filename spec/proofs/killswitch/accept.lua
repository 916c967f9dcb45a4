-- SPDX-License-Identifier: MIT
-- Every case of spec/data/killswitch through receiver:accept, without nginx: signed by the transmitter, verified by libcjose with keys from a
-- file, written to an inbox on disk; then all again, and again after a restart.

local files = require "spec.support.files"
local killswitch = require "spec.support.killswitch"
local json = require "signoff.json"
local peer = require "spec.support.peer"
local receiver = require "signoff.receiver"
local transmitter = require "spec.support.transmitter"

describe("receiver:accept with its real parts", function()
  local folder, cases, tokens, log, opened
  local NOW = os.time()
  local named = killswitch.all_cases(NOW)

  -- A receiver of a site, as after a start of the host.
  local function start()
    local options = killswitch.options(folder, folder .. "/inbox")
    function options.log(level, message, fields)
      log[#log + 1] = json.encode { level, message, fields }
    end
    opened = receiver.new(options)
    opened:start { now = function() return NOW end }
  end

  local function send(i)
    local request = killswitch.request(cases[i], tokens[i])
    return opened:accept(cases[i].kind, request)
  end

  -- A kid that no key has may be that of a newer one, and the issuer is not asked twice within 30 seconds: 503.
  local function expect_status(case, status, body)
    if not (case.row == 15 and status == 503) then
      assert.equal(case.status, status, body or case.title)
    end
  end

  local function lines()
    local inbox = assert(receiver.inbox(folder .. "/inbox"))
    local list = inbox:events()
    inbox:close()
    return #list
  end

  setup(function()
    cases, log = killswitch.all_cases(NOW), {}
    folder = transmitter.folder()
    files.write(folder .. "/people.csv", killswitch.people_csv())
    tokens = transmitter.sign(folder, cases)
    for name in pairs(killswitch.issuers) do
      files.write(("%s/%s.jwks"):format(folder, name), transmitter.jwks(folder, name))
    end
    assert(os.execute(("mkdir -m 700 %s/inbox"):format(folder)))
    start()
  end)

  teardown(function()
    opened.parts.inbox:close()
    peer.stop_all()
  end)

  local accepted = 0
  for i, case in ipairs(named) do
    it(case.title, function()
      local status, headers, body, event = send(i)
      expect_status(case, status, body)
      assert.equal("no-store", headers["Cache-Control"])
      assert.equal(case.disposition, event and event.disposition)
      accepted = accepted + (event and 1 or 0)
    end)
  end

  it("1 the inbox has a line for each message that was accepted, and none besides", function()
    assert.equal(accepted, lines())
    assert.is_true(accepted > 100)
  end)

  local function all_again()
    for i, case in ipairs(cases) do
      expect_status(case, (send(i)))
    end
  end

  it("50 all again have the same answers, and no line", function()
    all_again()
    assert.equal(accepted, lines())
  end)

  it("51 all again after a restart have the same answers, and no line", function()
    opened.parts.inbox:close()
    start()
    all_again()
    assert.equal(accepted, lines())
  end)

  it("113 no token, no header and no subject is in the log", function()
    local said = table.concat(log, "\n")
    assert.is_nil(said:find("ana.silva", 1, true))
    assert.is_nil(said:find("could not be handled", 1, true), said)
    for i, case in ipairs(cases) do
      for _, secret in ipairs { tokens[i], case.request.authorization } do
        assert.is_false(#secret > 10 and said:find(secret, 1, true) ~= nil, case.title)
      end
    end
  end)
end)
