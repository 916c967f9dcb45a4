-- SPDX-License-Identifier: MIT
-- Every case of spec/data/killswitch over the wire: signed by the transmitter, sent to nginx with the example's configuration, answered, and
-- found in the inbox with its disposition, or not at all.

local cjson = require "cjson".new()
local killswitch = require "spec.support.killswitch"
local nginx = require "spec.support.kill_switch_nginx"
local peer = require "spec.support.peer"
local transmitter = require "spec.support.transmitter"

-- The member of a refusal's body that has its code, and the codes of RFC 6750 and Back-Channel Logout in place of ours.
local MEMBERS = { push = "err", backchannel = "error", revocation = "error" }
local NAMES = { authentication_failed = "invalid_token" }

local function code_of(case)
  if case.kind == "push" then
    return case.answer
  end
  return NAMES[case.answer] or "invalid_request"
end

-- These say all by their status.
local WITHOUT_CODE = { [404] = true, [405] = true, [413] = true, [415] = true }

local HEADERS = {
  [400] = { ["content-type"] = "application/json", ["content-language"] = "en" },
  [401] = { ["www-authenticate"] = "Bearer" },
  [405] = { allow = "POST" },
}

describe("a message over the wire", function()
  local one, answers, events, tokens, folder

  -- The names of the specs; the cases are made again in `setup`, so that their times are fresh.
  local cases = killswitch.all_cases(os.time())

  setup(function()
    folder = nginx.folder()
    one = nginx.start { folder = folder, unlimited = true, environment = ("SIGNOFF_HOOK=%s/hook"):format(folder),
      replace = { ["error.log notice"] = "error.log info" } }
    cases = killswitch.all_cases(os.time())
    tokens = transmitter.sign(folder, cases)
    local requests = {}
    for i, token in ipairs(tokens) do
      requests[i] = killswitch.request(cases[i], token)
      requests[i].kind = cases[i].kind
    end
    answers, events = nginx.send(one, requests), {}
    for _, event in ipairs(nginx.events(one)) do
      events[event.jti] = event
    end
  end)

  teardown(function()
    if one then nginx.stop(one) end
    peer.stop_all()
  end)

  local function check_refusal(case, answer)
    if not WITHOUT_CODE[answer.status] then
      assert.equal(code_of(case), cjson.decode(answer.body)[MEMBERS[case.kind]], answer.body)
    end
    if type(case.claims.jti) == "string" then
      assert.is_nil(events[case.claims.jti])
    end
  end

  for i, named in ipairs(cases) do
    it(named.title, function()
      local case, answer = cases[i], answers[i]
      assert.equal(case.status, answer.status, answer.body)
      for name, value in pairs(HEADERS[answer.status] or {}) do
        assert.equal(value, answer.headers[name])
      end
      if case.answer then
        return check_refusal(case, answer)
      end
      assert.equal(case.disposition, (events[case.claims.jti] or {}).disposition)
      if answer.status < 300 then
        assert.equal("", answer.body)
      end
    end)
  end

  it("96 no answer may be kept by a cache, but those of nginx itself", function()
    for i, answer in ipairs(answers) do
      if answer.status ~= 413 then
        assert.equal("no-store", answer.headers["cache-control"], cases[i].title)
      end
    end
  end)

  it("1 the inbox has a line for each message that was accepted, and none besides", function()
    local accepted, lines = 0, 0
    for _, case in ipairs(cases) do
      accepted = accepted + (case.answer and 0 or 1)
    end
    for _ in pairs(events) do
      lines = lines + 1
    end
    assert.equal(accepted, lines)
    assert.equal(accepted, #nginx.events(one))
  end)

  -- Pieces of what no output may hold: of each token the claims and the signature, each stream's secret.
  local function secrets()
    local list = {}
    for _, token in ipairs(tokens) do
      for _, part in ipairs { token:match "%.([^.]+)%.", token:match "%.([^.]+)$" } do
        list[#list + 1] = #part > 60 and part:sub(-50, -11) or nil
      end
    end
    for _, issuer in pairs(killswitch.issuers) do
      list[#list + 1] = issuer.ssf.authorization:match "^Bearer (.*)$"
    end
    list[#list + 1] = "0123456789abcdef" -- of the guesses
    return list
  end

  local SUBJECTS = { "ana.silva", "ben.okafor", "rita.stone", "shared@acme", "nobody@acme", "+1555010000", "5e55", "contract ended" }

  -- Those of a list that a text has. The first of them stands for all that were found.
  local function found_in(text, list)
    for _, one_of_them in ipairs(list) do
      if text:find(one_of_them, 1, true) then
        return one_of_them
      end
    end
  end

  it("113 no token and no authorization is in the log, in what the site's hook is told, in the inbox, or in an answer", function()
    local all = secrets()
    assert.is_true(#all > 500)
    local outputs = { log = peer.read_file(one.log), hook = peer.read_file(folder .. "/hook"), inbox = peer.output_of("cat " .. one.inbox .. "/*") }
    for i, answer in ipairs(answers) do
      outputs[cases[i].title] = answer.body
    end
    for name, text in pairs(outputs) do
      assert.is_nil(found_in(text, all), name)
    end
    assert.is_true(#outputs.hook > 10000 and #outputs.inbox > 10000)
    assert.matches("ana.silva", outputs.inbox, 1, true)
  end)

  it("113 no subject and no reason of a sender is in the log, in what the hook is told, or in an answer", function()
    assert.is_nil(found_in(peer.read_file(one.log), SUBJECTS))
    assert.is_nil(found_in(peer.read_file(folder .. "/hook"), SUBJECTS))
    for _, answer in ipairs(answers) do
      assert.is_nil(found_in(answer.body, SUBJECTS))
    end
  end)

  it("8 no key was fetched for a header that names an address", function()
    local log = peer.read_file(one.log)
    assert.is_nil(log:find("attacker", 1, true))
    assert.is_nil(log:find("could not be handled", 1, true), log)
    assert.is_nil(log:find("[alert]", 1, true), log)
  end)
end)
