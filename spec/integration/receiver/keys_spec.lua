-- SPDX-License-Identifier: MIT
-- The keys of issuers: how often they are fetched, how long they are used, what is refused. Signatures are those of a test: a token is
-- "KID PAYLOAD", and is good where a key of the set has that kid.

local core = require "signoff.core"
local keys = require "signoff.receiver.keys"
local key_files = require "signoff.receiver.key_files"
local peer = require "spec.support.peer"
local replay = require "signoff.receiver.replay"

local ISSUER = "https://idp.example/tenant"
local HOUR = 3600

-- The set of a text: kids with blanks between.
local function key_set(text)
  local kids = {}
  for kid in text:gmatch "%f[%w]k%d+" do
    kids[#kids + 1] = kid
  end
  if #kids == 0 then
    return nil, "there is none", {}
  end
  local set = {}
  function set.kids()
    return kids
  end
  function set.signed(_, token)
    local kid, payload = token:match "^(%S*) (.*)$"
    for _, own in ipairs(kids) do
      if kid == own or kid == "" and payload == own then
        return true, own
      end
    end
    return nil, kid == "" and "invalid_key" or "unknown_kid", "No key has it."
  end
  return set, {}
end

local time, folder, pages, asked, said

before_each(function()
  time, folder, asked, said = 1000000, peer.directory(), {}, {}
  pages = { ["https://idp.example/keys"] = { 200, "k1" } }
end)

after_each(peer.stop_all)

local function make(more, issuer)
  local entry = { issuer = ISSUER, jwks_uri = "https://idp.example/keys" }
  for name, value in pairs(issuer or {}) do
    entry[name] = value or nil
  end
  local options = {
    issuers = { entry }, folder = folder, key_set = key_set, now = function() return time end, clock = function() return time end,
    log = function(_, message) said[#said + 1] = message end,
    fetch = function(url)
      asked[#asked + 1] = url
      local page = pages[url]
      if not page then
        return nil, url .. ": refused"
      end
      return page[1], { max_age = page.max_age }, page[2]
    end,
  }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  return keys.new(options)
end

-- The outcome of a token with that kid: "good", or a code.
local function verify(self, kid, payload)
  local result, code = self:verify(ISSUER, (kid or "") .. " " .. (payload or "claims"), { kid = kid })
  return result and "good" or code
end

describe("the keys of an issuer", function()
  it("are fetched with the first token, and used", function()
    local self = make()
    assert.are.equal("good", verify(self, "k1"))
    assert.are.equal("good", verify(self, "k1"))
    assert.are.same({ "https://idp.example/keys" }, asked)
    assert.are.equal("invalid_key", select(2, self:verify("https://other.example", "k1 x", { kid = "k1" })))
  end)

  it("82 are fetched once where a new kid appears, and then used", function()
    local self = make()
    verify(self, "k1")
    time = time + 31
    pages["https://idp.example/keys"] = { 200, "k1 k2" }
    for _ = 1, 10 do
      assert.are.equal("good", verify(self, "k2"))
    end
    assert.are.equal(2, #asked)
  end)

  it("82 are fetched where a token without a kid fits none, and then used", function()
    local self = make()
    assert.are.equal("good", verify(self, nil, "k1"))
    time = time + 31
    pages["https://idp.example/keys"] = { 200, "k2" }
    assert.are.equal("good", verify(self, nil, "k2"))
    assert.are.equal("invalid_key", verify(self, nil, "k3"))
    assert.are.equal(2, #asked)
  end)

  it("83 cost one fetch in 30 s, whatever kids come, and good tokens are good", function()
    local self = make()
    verify(self, "k1")
    local counts = {}
    for number = 1, 1000 do
      time = time + 0.1 -- 100 s in all
      local code = verify(self, "x" .. number)
      counts[code] = (counts[code] or 0) + 1
      assert.are.equal("good", verify(self, "k1"))
    end
    assert.are.equal(4, #asked)
    assert.are.same({ unknown_kid = 3, unavailable = 997 }, counts)
  end)

  it("83 answer for a kid that was asked for and is missing without a fetch, for 5 minutes", function()
    local self = make()
    verify(self, "k1")
    time = time + 31
    for _ = 1, 9 do
      assert.are.equal("unknown_kid", verify(self, "x1"))
      time = time + 31
    end
    assert.are.equal(2, #asked)
    time = time + 31
    assert.are.equal("unknown_kid", verify(self, "x1"))
    assert.are.equal(3, #asked)
  end)

  it("84 come from the disk where the issuer is down at the start; without them a token must wait", function()
    verify(make(), "k1")
    pages = {}
    local self = make()
    assert.are.equal("good", verify(self, "k1"))
    assert.are.equal("unavailable", verify(self, "k2"))
    os.execute(("rm %s/keys-*"):format(folder))
    self = make()
    assert.are.equal("unavailable", verify(self, "k1"))
    pages = { ["https://idp.example/keys"] = { 200, "k1" } }
    assert.are.equal("unavailable", verify(self, "k1")) -- it was asked just now
    time = time + 31
    assert.are.equal("good", verify(self, "k1"))
  end)

  it("82 are those that another worker fetched, also where its file has the inode of an earlier one", function()
    local shared = replay.dictionary(function() return time end)
    local self, other = make { shared = shared }, make { shared = shared }
    assert.are.equal("good", verify(self, "k1"))
    local path = key_files.path(folder, ISSUER)
    os.execute(("ln %s %s.kept"):format(path, path))
    time, pages["https://idp.example/keys"] = time + 31, { 200, "k2" }
    assert.are.equal("good", verify(other, "k2"))
    local before = core.stat(path .. ".kept").id
    os.execute(("cat %s >%s.kept; touch -d '1 minute' %s.kept; mv %s.kept %s"):format(path, path, path, path, path))
    assert.are.equal(before, core.stat(path).id)
    assert.are.equal("good", verify(self, "k2"))
    assert.are.equal(2, #asked)
  end)

  it("84 are on disk for their owner alone, and are not taken from a file that others can write, that is none, or of another issuer", function()
    verify(make(), "k1")
    local path = key_files.path(folder, ISSUER)
    assert.are.equal(384, core.stat(path).mode)
    pages = {}
    for _, harm in ipairs { "chmod 666 %s", "echo '{' >%s", "sed -i s/tenant/other/ %s", "rm %s; mkdir %s" } do
      os.execute(("cp -p %s %s.kept"):format(path, path))
      os.execute((harm:gsub("%%s", path)))
      assert.are.equal("unavailable", verify(make(), "k1"))
      os.execute(("rm -rf %s; mv %s.kept %s"):format(path, path, path))
    end
    assert.are.equal("good", verify(make(), "k1"))
  end)

  it("85 are used for a day while the issuer is down, with a warning after an hour, and then a token must wait", function()
    local self = make()
    verify(self, "k1")
    pages = {}
    time = time + HOUR
    assert.are.equal("good", verify(self, "k1"))
    assert.is_false(self:state()[1].warning)
    time = time + 1.5 * HOUR
    assert.are.equal("good", verify(self, "k1"))
    local state = self:state()[1]
    assert.is_true(state.warning)
    assert.matches("refused", state.problem)
    assert.are.same({ "k1" }, state.kids)
    time = time + 21.4 * HOUR
    assert.are.equal("good", verify(self, "k1"))
    time = time + 1.1 * HOUR
    assert.are.equal("unavailable", verify(self, "k1"))
    pages = { ["https://idp.example/keys"] = { 200, "k1" } }
    time = time + 31
    assert.are.equal("good", verify(self, "k1"))
    assert.is_nil(self:state()[1].problem)
  end)

  for name, page in pairs {
    ["an empty object"] = { 200, "{}" }, ["no keys"] = { 200, '{"keys":[]}' }, ["a page"] = { 200, "<html>" },
    ["300 KiB"] = { 200, "k2" .. (" "):rep(300 * 1024) }, ["a redirect"] = { 302, "k2" }, ["an error"] = { 500, "k2" },
    ["nothing"] = { 204, "" },
  } do
    it("86 stay as they are where the issuer answers with " .. name .. ", and that is said", function()
      local self = make()
      verify(self, "k1")
      time, said = time + 31, {}
      pages["https://idp.example/keys"] = page
      assert.are.equal("unavailable", verify(self, "k2"))
      assert.are.equal("good", verify(self, "k1"))
      assert.are.equal(1, #said)
      assert.matches("its keys could not be fetched: https://idp.example/keys", said[1])
    end)
  end

  it("86 are fetched again after a fetch that raised an error, as after any other failure", function()
    local failing = true
    local self = make { fetch = function(url)
      asked[#asked + 1] = url
      return failing and error("ca_file: no such file", 0) or 200, {}, "k1"
    end }
    for round = 1, 3 do
      assert.are.equal("unavailable", verify(self, "k1"))
      assert.are.same({ round, round }, { #asked, #said })
      assert.matches("its keys could not be fetched: ca_file: no such file", said[round])
      time = time + 31
    end
    failing = false
    assert.are.equal("good", verify(self, "k1"))
    assert.is_nil(self:state()[1].problem)
  end)

  it("87 are those of the last fetch: one that was withdrawn is good for nothing", function()
    local self = make()
    verify(self, "k1")
    time = time + 31
    pages["https://idp.example/keys"] = { 200, "k2" }
    assert.are.equal("good", verify(self, "k2"))
    assert.are_not.equal("good", verify(self, "k1"))
    assert.are_not.equal("good", verify(make(), "k1"))
  end)

  it("are fetched again before they are old, as the issuer says how long they may be kept, within limits", function()
    for _, row in ipairs { { nil, 3600 }, { 600, 600 }, { 0, 300 }, { 10 * 86400, 86400 } } do
      pages["https://idp.example/keys"] = { 200, "k1", max_age = row[1] }
      os.execute(("rm -f %s/keys-*"):format(folder))
      local self = make()
      verify(self, "k1")
      asked = {}
      time = time + 0.8 * row[2] - 1
      assert.are.equal("good", verify(self, "k1"))
      self:refresh()
      assert.are.equal(0, #asked)
      time = time + 2
      assert.are.equal("good", verify(self, "k1"))
      assert.are.equal(1, #asked)
      self:refresh()
      assert.are.equal(1, #asked)
      time = time + 100000
    end
  end)

  it("60 do not get younger where the clock is set back", function()
    local wall = time
    local self = make { now = function() return wall end }
    verify(self, "k1")
    wall = wall - HOUR
    time = time + HOUR
    pages["https://idp.example/keys"] = { 200, "k2" }
    verify(self, "k1")
    assert.are.equal("good", verify(self, "k2"))
    wall = wall + 30 * HOUR
    pages = {}
    assert.are.equal("unavailable", verify(self, "k2"))
  end)

  it("come from a file that a site configures, which is read again for a new kid", function()
    local path = folder .. "/site.json"
    peer.write_file(path, "k1")
    local self = make({}, { jwks_uri = false, keys = path })
    assert.are.equal("good", verify(self, "k1"))
    peer.write_file(path, "k1 k2")
    assert.are.equal("good", verify(self, "k2"))
    os.execute("chmod 666 " .. path)
    self = make({}, { jwks_uri = false, keys = path })
    assert.are.equal("unavailable", verify(self, "k1"))
    assert.matches("everybody may write", self:state()[1].problem)
    assert.are.same({}, asked)
  end)
end)

describe("an issuer's metadata", function()
  local SSF, OPENID = "https://idp.example/.well-known/ssf-configuration/tenant", "https://idp.example/tenant/.well-known/openid-configuration"
  local good = '{"issuer":"https://idp.example/tenant","jwks_uri":"https://idp.example/keys"}'

  local function find(issuer)
    issuer.jwks_uri = false
    return verify(make({}, issuer), "k1")
  end

  it("89 is asked for where the standards have it: between host and path, and behind the path", function()
    pages[SSF] = { 200, good }
    assert.are.equal("good", find { ssf = {} })
    assert.are.same({ SSF, "https://idp.example/keys" }, asked)
    os.execute(("rm -f %s/keys-*"):format(folder))
    pages[SSF], pages[OPENID], asked = { 404, "" }, { 200, good }, {}
    assert.are.equal("good", find { ssf = {} })
    assert.are.same({ SSF, OPENID, "https://idp.example/keys" }, asked)
    os.execute(("rm -f %s/keys-*"):format(folder))
    asked = {}
    assert.are.equal("good", find {})
    assert.are.same({ OPENID, "https://idp.example/keys" }, asked)
    asked = {}
    assert.are.equal("good", find {}) -- from the disk
    assert.are.same({}, asked)
  end)

  for name, text in pairs {
    ["of another issuer"] = '{"issuer":"https://idp.example/other","jwks_uri":"https://idp.example/keys"}',
    ["of an issuer with a slash"] = '{"issuer":"https://idp.example/tenant/","jwks_uri":"https://idp.example/keys"}',
    ["without an issuer"] = '{"jwks_uri":"https://idp.example/keys"}',
    ["with two issuers"] = '{"issuer":"https://idp.example/tenant","issuer":"x","jwks_uri":"https://idp.example/keys"}',
    ["whose keys are not behind https"] = '{"issuer":"https://idp.example/tenant","jwks_uri":"http://idp.example/keys"}',
    ["without keys"] = '{"issuer":"https://idp.example/tenant"}', ["that is a page"] = "<html>", ["that is a text"] = '"text"',
  } do
    it("89 is refused where it is one " .. name, function()
      pages[OPENID] = { 200, text }
      local self = make({}, { jwks_uri = false })
      assert.are.equal("unavailable", verify(self, "k1"))
      assert.matches("^https://idp.example/tenant/.well%-known/openid%-configuration ", self:state()[1].problem)
      assert.are.same({ OPENID }, asked)
    end)
  end

  it("89 is no longer looked for behind one that is broken", function()
    pages[SSF], pages[OPENID] = { 500, "" }, { 200, good }
    assert.are.equal("unavailable", find { ssf = {} })
    assert.are.same({ SSF }, asked)
  end)
end)
