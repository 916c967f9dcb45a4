-- SPDX-License-Identifier: MIT
-- Systems in Lua within one another, and in a state that loads the module once more.

local child = require "spec.support.child"
local core = require "signoff.core"
local signoff = require "signoff"

local made = 0

-- A client of a system of its own, whose functions are given.
local function client_of(build, read)
  made = made + 1
  return signoff.system {
    name = "nested" .. made, title = "It nests", by_hand = "look", target = "text",
    doctor = { operation = "me", shows = "it works" },
    operations = {
      kick = { changes = true, build = build or function() return {} end, read = read or function() return { answer = "accepted" } end },
      me = { build = function() return {} end, read = function() return {} end, target = false },
    },
  } { url = "http://127.0.0.1:1" }
end

local function answered(client)
  return core.read(core.reply(core.build(client, "kick", "s1"), 200, '{"a":1}'))
end

local REFUSED = "the functions of a system in Lua cannot make calls"

-- Runs of another system within a function, each of which ends as it may, before the function tries a call.
local within = {
  ["nothing"] = function() end,
  ["another one's functions"] = function() assert(answered(client_of())) end,
  ["two of them, one in the other"] = function()
    assert(answered(client_of(function() assert(answered(client_of())) return {} end)))
  end,
  ["another one's that fails"] = function() pcall(answered, client_of(function() error "broken" end)) end,
  ["another one's that gives no answer"] = function() assert(not answered(client_of(nil, function() return 7 end))) end,
  ["a build alone"] = function() core.build(client_of(), "kick", "s1") end,
}

describe("a function of a system in Lua cannot make calls", function()
  for name, act in pairs(within) do
    for _, hook in ipairs { "build", "read" } do
      it(("behind %s, in its '%s'"):format(name, hook), function()
        local other, problem = client_of(), nil
        local function try()
          act()
          problem = select(2, pcall(other.kick, other, "s1"))
          return hook == "build" and {} or { answer = "accepted" }
        end
        local client = client_of(hook == "build" and try or nil, hook == "read" and try or nil)
        assert(answered(client))
        assert(tostring(problem):find(REFUSED, 1, true), tostring(problem))
        local _, message = other:kick "s1" -- no function runs any more: the call is made, and nobody is there
        assert(message:find("127.0.0.1:1", 1, true), message)
      end)
    end
  end
end)

describe("a module that is loaded once more", function()
  it("leaves systems in Lua as they are, their clients and those that are made later", function()
    local text = child.run [[
      local function fresh()
        for name in pairs(package.loaded) do
          if name:find "^signoff" then
            package.loaded[name] = nil
          end
        end
        return require "signoff", require "signoff.core"
      end
      local signoff, core = fresh()
      local new = signoff.system {
        name = "twice", title = "It", by_hand = "look", target = "text", doctor = { operation = "me", shows = "it works" },
        operations = {
          kick = { changes = true, build = function() return {} end, read = function() return { answer = "accepted" } end },
          me = { build = function() return {} end, read = function() return {} end, target = false },
        },
      }
      local before = new { url = "http://127.0.0.1:1" }
      local _, newer = fresh()
      for _, client in ipairs { before, new { url = "http://127.0.0.1:1" } } do
        for _, module in ipairs { core, newer } do
          local answer = assert(module.read(module.reply(module.build(client, "kick", "s1"), 200, "{}")))
          print(client:kind(), answer.answer, newer ~= core)
        end
      end
    ]]
    assert.equal(("twice\taccepted\ttrue\n"):rep(4), text .. "\n")
  end)
end)

-- A hook comes in between as a finalizer does, at any instruction.
describe("a definition within which others are made", function()
  for _, every in ipairs { 1000, 100, 20 } do
    it(("comes to its end, and all are whole: each %d instructions"):format(every), function()
      assert.equal("it ended, all have all methods", child.run(([[
        if jit then jit.off() end -- what is compiled calls no hook
        local signoff, core = require "signoff", require "signoff.core"
        require "signoff.system"
        local count, names, MOST, EVERY = 0, { signout = true }, 1500, %d
        local function describe()
          count = count + 1
          local number, own = count, "own" .. count %% 7
          assert(number < MOST, "it does not end")
          names[own] = true
          return signoff.system {
            name = "site" .. number, title = "It", by_hand = "look", target = "text", doctor = { operation = "me", shows = "it works" },
            operations = {
              kick = { changes = true, build = function() return {} end, read = function() return { answer = "accepted" } end },
              me = { build = function() return {} end, read = function() return {} end, target = false },
              [own] = { build = function() return {} end, read = function() return {} end, target = false },
            },
          }
        end
        debug.sethook(describe, "", EVERY)
        describe()
        debug.sethook()
        local missing = 0
        for number = 1, count do
          for name in pairs(names) do
            missing = missing + (core.methods["site" .. number][name] and 0 or 1)
          end
        end
        io.write("it ended, ", missing == 0 and "all have all methods" or missing .. " methods are missing")
      ]]):format(every)))
    end)
  end
end)
