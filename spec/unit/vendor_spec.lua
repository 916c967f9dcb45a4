-- SPDX-License-Identifier: MIT
-- Each kind of system has a file in lua/signoff/offboard/vendor/, and its facts fit those of the backend.

local core = require "signoff.core"
local identity = require "signoff.offboard.identity"
local observe = require "signoff.signout.observe"
local sorted_names = require "spec.support.sorted_names"
local targets = require "signoff.offboard.people.target"
local vendor = require "signoff.offboard.vendor"

-- The members of a vendor's table, and their types.
local shape = {
  target = { key = "string", bound = "string", read = "function", write = "function", duplicate_advice = "string" },
  resolve = { target_at = "function", optional = "string", never_optional = "string" },
  tenant_options = {}, route_options = {},
  limits = { concurrency = "number", per_minute = "number" },
  doctor = { operation = "string", arguments = "table", shows = "string", remark = "function" },
}

-- The members that `wanted` does not have, or has with another type.
local function strangers(part, value, wanted)
  local found = {}
  for member, content in pairs(value or {}) do
    if type(content) ~= wanted[member] then
      found[#found + 1] = part .. "." .. member
    end
  end
  return found
end

-- The members of a target that a plan keeps.
local kept = { device = true, key = true, user = true, token = true }

describe("the vendor's file of", function()
  for _, kind in ipairs(sorted_names(core.facts)) do
    local own, facts, system = require("signoff.offboard.vendor." .. kind), core.facts[kind], vendor.of(kind)

    it(kind .. " has members that are known", function()
      for part, value in pairs(own) do
        assert(part == "init" or shape[part], part)
        assert.are.same({}, (part == "init" or value[1]) and {} or strangers(part, value, shape[part]))
      end
    end)

    it(kind .. " has a target that a plan keeps, and that is a token where it is secret", function()
      assert.is_true(kept[own.target.key])
      assert(own.target.bound == nil or own.target.bound == "device")
      assert.are.equal(system.target.secret, own.target.key == "token")
    end)

    it(kind .. " is told apart by options that are there", function()
      local options = {}
      for _, option in ipairs(facts.options) do
        options[option.name] = true
      end
      for _, names in ipairs { system.tenant_options, system.route_options } do
        for _, name in ipairs(names) do
          assert(options[name], name)
        end
      end
    end)

    it(kind .. " reads a target and writes it again", function()
      local target = system.target.read "AB-12"
      assert.are.same({ [own.target.key] = "AB-12" }, target)
      assert.are.equal("AB-12", (own.target.write or function() return target[own.target.key] end)(target))
    end)

    it(kind .. " has one id for a target and for its item in a plan", function()
      for _, text in ipairs { "AB-12", own.target.bound and "AB-12@PC" or "CD-34", own.resolve and "user:ana" or "EF-56" } do
        local target = assert(targets.parse(kind, text))
        assert.are.equal(targets.id(kind, target), targets.id_of_item(kind, targets.into_item({}, kind, target)))
      end
    end)

    it(kind .. " resolves names where its operations do", function()
      assert.are.equal(observe.question(kind, true) ~= nil, own.resolve ~= nil)
      if own.resolve then
        assert.are.equal("AB-12", own.resolve.target_at("AB-12", "ana")[own.target.key])
        assert.are_not.equal(own.resolve.optional == nil, own.resolve.never_optional == nil)
      end
    end)

    it(kind .. " is asked by doctor with an operation that changes nothing", function()
      local operation = facts.operations[own.doctor and own.doctor.operation or "status"]
      assert.is_false(operation.changes)
      assert(own.doctor or operation.evidence == "token")
    end)
  end

  it("a kind that nobody knows is no path to a file", function()
    assert.has_error(function() vendor.of "../vendor" end)
  end)
end)

describe("two systems of one kind", function()
  local cases = {
    { "the same", {}, nil }, { "another url", { url = "https://b" }, "with url https://b, not https://a, here" },
    { "another path", { path = "p" }, "with path p, not none, here" }, { "another proxy", { proxy = "p" }, "with proxy p, not none, here" },
    { "url and path", { path = "p", url = "https://b" }, "with url https://b, not https://a, here" },
    { "another node", { nodes = "n" }, "with nodes n, not none, here" }, { "a member of a later version", { zone = "z" }, "with zone z, not none, here" },
    { "a member that is no text", { zone = {} }, nil }, { "a header", { headers = { x = "1" } }, "with the header 'x' besides" },
  }
  for kind in pairs(core.facts) do
    for part in pairs { tenant_options = true, route_options = true } do
      for _, name in ipairs(vendor.of(kind)[part]) do
        cases[#cases + 1] = { kind .. "'s " .. name, { [name] = "other" }, ("with %s other, not none, here"):format(name), kind, part == "tenant_options" }
      end
    end
  end

  for _, case in ipairs(cases) do
    it("are told apart: " .. case[1], function()
      local planned, here = { url = "https://a" }, { url = "https://a" }
      for name, value in pairs(case[2]) do
        here[name] = value
      end
      assert.are.equal(case[3], (identity.difference(planned, here)))
      if case[4] then -- another route to the same tenant reaches the same targets
        assert.are.equal(case[5], identity.digest(case[4], planned) ~= identity.digest(case[4], here))
      end
    end)
  end

  it("of which one is only in the plan are told apart", function()
    assert.are.equal("with zone none, not z, here", identity.difference({ url = "https://a", zone = "z" }, { url = "https://a" }))
  end)
end)

describe("the shape of a vendor's file", function()
  local rows = { { target = { keys = "x" } }, { resolve = { target_at = "x" } }, { limits = { concurrency = "8" } }, { doctor = { asks = {} } } }

  for i, row in ipairs(rows) do
    it("does not fit row " .. i, function()
      local part, value = next(row)
      assert.are.equal(1, #strangers(part, value, shape[part]))
    end)
  end
end)
