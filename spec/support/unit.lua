-- SPDX-License-Identifier: MIT
-- Specs of one pure file: its rows, and that they reach every line of it. No simulator is needed.

local assert = require "luassert"
local covered = require "spec.support.covered"
local rows_of = require "spec.unit.rows"

-- The pure files, with the watched one in its place.
local function modules_with(name, watched)
  local modules = {}
  for _, file in ipairs { "verdict", "observation", "proof", "attempts", "occupant", "state_machine" } do
    modules[file] = require("signoff.signout." .. file)
  end
  modules[name] = watched
  return modules
end

--- Describes a file of signoff.signout by its rows in spec/unit/rows.
-- @tparam string name
-- @tparam function describe of busted
-- @tparam function it of busted
return function(name, describe, it)
  local table_of, other = rows_of(name) -- rows of another file count once
  describe("signout." .. name, function()
    local watched, counted, reaches_every_line = covered("signoff.signout." .. name)
    local modules, check = modules_with(name, watched), counted(table_of.check)
    local function holds(row)
      assert.is_nil(check(row, modules))
    end
    if other then
      it("holds in all rows of " .. other, function()
        for _, row in ipairs(table_of.rows) do
          holds(row)
        end
      end)
    end
    for _, row in ipairs(other and {} or table_of.rows) do
      it(row[1], function()
        holds(row)
      end)
    end

    reaches_every_line(it)
  end)
end
