-- SPDX-License-Identifier: MIT
-- Specs of one pure file: its rows, and that they reach every line of it. No simulator is needed.

local assert = require "luassert"
local files = require "spec.support.files"
local Lines = require "spec.support.lines"

-- Lua 5.1 has no package.searchpath; there the modules stand in the first entry.
local function path_of(name)
  local search = package.searchpath -- luacheck: ignore 143
  if search then
    return search(name, package.path)
  end
  return (package.path:match("[^;]*%?%.lua"):gsub("%?", (name:gsub("%.", "/"))))
end

-- Freshly loaded, so that what runs while a file is loaded counts as well.
local function load_fresh(name, lines)
  local modules = {}
  for _, file in ipairs { "verdict", "observation", "proof", "attempts", "occupant", "state_machine" } do
    modules[file] = require("signoff.signout." .. file)
  end
  local path = assert(path_of("signoff.signout." .. name))
  modules[name] = lines:around(assert(loadfile(path)))()
  return modules, path
end

--- Describes a file of signoff.signout by its rows in spec/unit/rows.
-- @tparam string name
-- @tparam function describe of busted
-- @tparam function it of busted
return function(name, describe, it)
  local table_of = require("spec.unit.rows." .. name)
  describe("signout." .. name, function()
    local lines = Lines.new { "signout/" .. name .. ".lua" }
    local modules, path = load_fresh(name, lines)
    local check = lines:around(table_of.check)
    local function holds(row)
      assert.is_nil(check(row, modules))
    end
    if table_of ~= require "spec.unit.rows.state_machine" or name == "state_machine" then
      for _, row in ipairs(table_of.rows) do
        it(row[1], function()
          holds(row)
        end)
      end
    else -- they are counted once
      it("holds in all rows of the state machine", function()
        for _, row in ipairs(table_of.rows) do
          holds(row)
        end
      end)
    end

    -- LuaJIT compiles what runs often, and tells no hook.
    if not rawget(_G, "jit") then
      it("has rows that reach every line", function()
        assert.are.same({}, lines:missed("signout/" .. name .. ".lua", files.read(path)))
      end)
    end
  end)
end
