-- SPDX-License-Identifier: MIT
-- The meaning of cells and their texts, and how a target is shown.

local cells = require "signoff.offboard.people.cells"
local core = require "signoff.core"
local json = require "signoff.json"
local signoff = require "signoff"
local site = require "spec.support.site"
local targets = require "signoff.offboard.people.target"

describe("a cell", function()
  local cases = {
    { "nothing", nil, {} },
    { "an empty text", "  ", {} },
    { "one target", " SEP1 ", { "SEP1" } },
    { "several", "SEP1; SEP2 ;SEP3", { "SEP1", "SEP2", "SEP3" } },
    { "empty pieces", ";SEP1;;", { "SEP1" } },
    { "a real semicolon", "a\\;b;c", { "a;b", "c" } },
    { "a backslash", "a\\b;c\\\\", { "a\\b", "c\\\\" } },
    { "line breaks between targets", "SEP1;\nSEP2\r\n", { "SEP1", "SEP2" } },
    { "a list, whose elements are taken as they stand", { "a;b", " c ", "" }, { "a;b", "c" } },
  }
  for _, case in ipairs(cases) do
    it("holds " .. case[1], function()
      assert.are.same(case[3], cells.split(case[2]))
    end)
  end

  it("holds secrets, and targets in parts", function()
    local secret = signoff.secret.new "token"
    assert.are.same({ secret }, cells.split(secret))
    local bound = { token = secret, device = "PC" }
    assert.are.same({ bound }, cells.split(bound))
    assert.are.same({ "x", secret, bound }, cells.split { "x", secret, bound })
  end)

  for name, case in pairs {
    ["a number"] = { 7, "is a number, where a text or a list must stand" },
    ["a yes"] = { true, "is a boolean, where a text or a list must stand" },
    ["a number in a list"] = { { "x", 7 }, "element 2 is a number, where a text must stand" },
    ["null in a list"] = { { json.null }, "element 1 is null, where a text must stand" },
    ["a list in a list"] = { { { "x" } }, "element 1 is a table, where a text must stand" },
    ["names"] = { { device = "x" }, "is a table that is no list of targets" },
    ["a file"] = { io.stdout, "is neither a text nor a secret" },
    ["a NUL byte"] = { "a\0b", "holds a NUL byte" },
  } do
    it("never holds " .. name, function()
      local found, message = cells.split(case[1])
      assert.is_nil(found)
      assert.are.equal(case[2], message)
    end)
  end
end)

describe("a target of", function()
  local cases = {
    { "cisco_em", "SEP1", { device = "SEP1" }, "SEP1", "SEP1" },
    { "cisco_em", "SEP1=ana=b", { device = "SEP1", user = "ana=b" }, "SEP1", "SEP1" },
    { "cisco_em", "user:ana", { find = "ana" }, "user:ana" },
    { "cisco_em", "user: ana?", { find = "ana", optional = true }, "user:ana?" },
    { "cisco_em", "User:ana", { device = "User:ana" }, "User:ana", "User:ana" },
    { "isymphony", "user:ana", { user = "user:ana" }, "user:ana", "user:ana" },
    { "isymphony", "ana", { user = "ana" }, "ana", "ana" },
    { "agvance", "AGV=1@x", { key = "AGV", user = "1@x" }, "AGV", "AGV" },
    { "agvance", "AGV/1=", { key = "AGV/1=" }, "AGV/1=", "AGV/1=" },
    { "agvance", "AGV/1==ana", { key = "AGV/1=", user = "ana" }, "AGV/1=", "AGV/1=" },
    { "agvance", "AGV=1=ana", { key = "AGV=1", user = "ana" }, "AGV=1", "AGV=1" },
    { "agvance", "AGV\\=1", { key = "AGV=1" }, "AGV=1", "AGV=1" },
    { "agvance", "AGV= ", { key = "AGV=" }, "AGV=", "AGV=" },
    { "agvance", "AGV=CORP\\ana", { key = "AGV", user = "CORP\\ana" }, "AGV", "AGV" },
    { "agvance", "user:ana silva", { find = "ana silva" }, "user:ana silva" },
  }
  for _, kind in ipairs { "cisco_em", "isymphony", "agvance", "oracle_commerce", "jde_ais" } do
    cases[#cases + 1] = { kind, "?", { unknown = true }, "?" }
  end
  for _, case in ipairs(cases) do
    it(("%s: %s"):format(case[1], case[2]), function()
      local target = targets.parse(case[1], case[2])
      assert.are.same(case[3], target)
      assert.are.equal(case[4], targets.shown(case[1], target))
      if case[5] then
        assert.are.equal(case[5], targets.argument(case[1], target))
      end
    end)
  end

  it("oracle_commerce is a token, shown by its fingerprint", function()
    local target = targets.parse("oracle_commerce", "ey.a@b=;c")
    assert.are.equal("ey.a@b=;c", core.bytes(target.token))
    assert.are.equal(signoff.fingerprint "ey.a@b=;c", targets.shown("oracle_commerce", target))
    assert.are.equal(target.token, targets.argument("oracle_commerce", target))
  end)

  it("jde_ais is a token and a device, split at the first @", function()
    local target = targets.parse("jde_ais", "044a=@PC@HOME")
    assert.are.equal("044a=", core.bytes(target.token))
    assert.are.equal("PC@HOME", target.device)
    assert.are.equal(signoff.fingerprint "044a=" .. "@PC@HOME", targets.shown("jde_ais", target))
    assert.are.same({ token = target.token, device = "PC@HOME" }, targets.argument("jde_ais", target))
  end)

  it("jde_ais may lack its device", function()
    local target = targets.parse("jde_ais", "044a=")
    assert.is_nil(target.device)
    assert.are.equal(target.token, targets.argument("jde_ais", target))
    local secret = signoff.secret.new "044b"
    assert.are.same({ token = secret }, targets.parse("jde_ais", secret))
  end)

  it("jde_ais may come in parts", function()
    local target = targets.parse("jde_ais", { token = "044@c", device = "PC" })
    assert.are.equal("044@c", core.bytes(target.token))
    assert.are.equal("PC", target.device)
  end)

  it("the same phone is one, whatever its case", function()
    local function identity(kind, text)
      return targets.identity(kind, targets.parse(kind, text))
    end
    assert.are.equal(identity("cisco_em", "sep1"), identity("cisco_em", "SEP1=ana"))
    assert.are.equal(identity("agvance", "user:Ana"), identity("agvance", "user:ana"))
    assert.are_not.equal(identity("agvance", "k"), identity("agvance", "K"))
    assert.are_not.equal(identity("jde_ais", "t@A"), identity("jde_ais", "t@B"))
    assert.is_nil(identity("jde_ais", "?"))
  end)
end)

describe("no target is made of", function()
  local systems = site.systems()
  local cases = {
    { "cisco_em", "=ana", "no device stands before '='" },
    { "cisco_em", "SEP1=", "no user stands after '='" },
    { "cisco_em", "user:", "nobody is named after 'user:'" },
    { "cisco_em", "user: ?", "nobody is named after 'user:'" },
    { "cisco_em", "SEP\0011", "control character" },
    { "cisco_em", "user:a\002b", "control character" },
    { "agvance", "user:", "nobody is named after 'user:'" },
    { "agvance", "user:ana?", "'user:NAME?' is for Extension Mobility" },
    { "jde_ais", "@PC", "no token stands before '@'" },
    { "jde_ais", "044a@", "no device stands after '@'" },
    { "jde_ais", "04\n4a@PC", "line break" },
    { "oracle_commerce", "ey\r\nX: y", "line break" },
    { "oracle_commerce", ("x"):rep(65537), "has more than 64 KiB" },
    { "oracle_commerce", { token = "x", device = "PC" }, "has a member 'device', which no target of oracle_commerce has" },
    { "jde_ais", { token = "x", device = 7 }, "its device is a number" },
    { "jde_ais", { token = 7 }, "its token is neither a text nor a secret" },
    { "jde_ais", { token = "" }, "its token is neither a text nor a secret" },
    { "jde_ais", { token = "x", ["\27device"] = "PC" }, "has a member '\\u{1b}device', which no target of jde_ais has" },
    { "agvance", { token = "x" }, "has a member 'token', which no target of agvance has" },
    { "agvance", signoff.secret.new "x", "is a secret, where a text must stand" },
  }
  for _, case in ipairs(cases) do
    it(("%s: %s"):format(case[1], case[3]), function()
      local target, message = targets.understand(case[1], systems[case[1]].client, case[2])
      assert.is_nil(target)
      assert(message:find(case[3], 1, true), message)
      assert.is_nil(message:find("044a", 1, true))
    end)
  end
end)

describe("what a function gives at the last moment", function()
  local client = site.systems().jde_ais.client

  it("is read as a cell is", function()
    local list = targets.late(client, "a@PC;b")
    assert.are.equal("a", core.bytes(list[1].token))
    assert.are.equal("PC", list[1].device)
    assert.are.equal("b", core.bytes(list[2].token))
    assert.are.same({}, targets.late(client, nil))
    assert.are.same({}, targets.late(client, ""))
    assert.are.same({ { unknown = true } }, targets.late(client, "?"))
    assert.are.equal("PC", targets.late(client, { { token = "t", device = "PC" } })[1].device)
  end)

  it("is refused where it is none, without showing it", function()
    local list, message = targets.late(client, { "a@PC", "t0ken@" })
    assert.is_nil(list)
    assert.are.equal("target 2: no device stands after '@'", message)
    list, message = targets.late(client, 7)
    assert.is_nil(list)
    assert(message:find("is a number", 1, true))
  end)
end)
