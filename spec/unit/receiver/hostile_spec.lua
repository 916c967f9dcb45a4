-- SPDX-License-Identifier: MIT
-- Messages of any shape, well signed: each has an answer of its kind, none is an error of ours, and what is refused is not in the inbox.

local json = require "signoff.json"
local support = require "spec.support.receiver"

local ROUNDS = 1500

-- A generator of its own: the same numbers on every Lua.
local function generator(seed)
  return function(most)
    seed = (seed * 16807) % 2147483647
    return seed % most + 1
  end
end

local TEXTS = {
  "", "x", "admin", "user", "robot", "email", "iss_sub", "aliases", "complex", "opaque", "ip-addresses", "phone_number", "scim", "account", "ana.silva@acme.example", "acct:", "@",
  "\0", "\27[2J", "\226\128\174", ("y"):rep(300), ("z"):rep(2000), support.IDP, support.OKTA, support.OTHER, support.SESSION, support.LOGOUT,
  support.URI .. "ssf/event-type/verification", support.URI .. "caep/event-type/credential-change", "nil", "%s%n", "1e999", "sub-ana", "signoff",
}
local NUMBERS = { 0, -1, 1, 0.5, support.NOW, support.NOW - 1, support.NOW + 61, 1e15, -1e300, 2 ^ 53 }
local NAMES = {
  "iss", "aud", "iat", "exp", "nbf", "jti", "sub", "sid", "sub_id", "subject", "events", "nonce", "txn", "format", "subject_type", "email", "uri", "id", "user", "session", "device",
  "tenant", "application", "group", "identifiers", "externalId", "phone_number", "ip-addresses", "event_timestamp", "initiating_entity", "reason_admin", "change_type", "state", "en",
}

local function new_maker(random)
  local make
  local makers = {
    function() return TEXTS[random(#TEXTS)] end, function() return NUMBERS[random(#NUMBERS)] end, function() return random(2) == 1 end,
    function() return json.null end,
    function(depth)
      local list = json.list {}
      for i = 1, random(4) - 1 do
        list[i] = make(depth + 1)
      end
      return list
    end,
    function(depth)
      local object = {}
      for _ = 1, random(6) - 1 do
        object[random(5) == 1 and TEXTS[random(#TEXTS)] or NAMES[random(#NAMES)]] = make(depth + 1)
      end
      return object
    end,
  }
  function make(depth)
    return makers[random(depth > 5 and 4 or #makers)](depth)
  end
  return make
end

-- Good claims of which some, or some within, are anything.
local function spoil(random, make, claims)
  local copy = json.decode(json.encode(claims))
  for _ = 1, random(3) do
    local place = copy
    while true do
      local names = {}
      for name in pairs(place) do
        names[#names + 1] = name
      end
      table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
      local name = #names > 0 and random(4) > 1 and names[random(#names)] or NAMES[random(#NAMES)]
      if type(place[name]) == "table" and place[name][1] == nil and not getmetatable(place[name]) and random(3) > 1 then
        place = place[name]
      else
        place[name] = make(0)
        break
      end
    end
  end
  return copy
end

local STATUSES = {
  push = { [202] = true, [400] = true }, backchannel = { [200] = true, [400] = true }, revocation = { [204] = true, [400] = true, [401] = true, [403] = true, [404] = true },
}

describe("a hostile message", function()
  for kind, statuses in pairs(STATUSES) do
    it("has an answer of its kind: " .. kind, function()
      local random = generator(42)
      local make = new_maker(random)
      local site = support.new()
      local seen = {}
      for round = 1, ROUNDS do
        local _, good = support.good[kind](support.NOW)
        good.jti = "j-" .. round
        good.iss = random(3) == 1 and support.OKTA or support.IDP
        local claims = spoil(random, make, good)
        local body = kind == "revocation" and { body = json.encode(spoil(random, make, { sub_id = support.EMAIL })) } or nil
        local before, fine, answer = #site.events, pcall(site.send, site, kind, { payload = json.encode(claims), request = body })
        assert.is_true(fine, answer)
        assert.is_true(statuses[answer.status], ("%d for %s"):format(answer.status, json.encode(claims)))
        local written = answer.status < 300 or answer.status == 404
        assert.is_true(written or #site.events == before)
        seen[answer.status] = (seen[answer.status] or 0) + 1
      end
      for _, said in ipairs(site.log) do
        assert.are_not.equal("error: ", said.level .. ": " .. (said.message:find "could not be handled" and "" or said.message))
      end
      assert.is_true(seen[400] ~= nil and (seen[200] or seen[202] or seen[204]) ~= nil)
    end)
  end
end)
