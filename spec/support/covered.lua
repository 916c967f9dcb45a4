-- SPDX-License-Identifier: MIT
--- Loads one file afresh and counts which of its lines its spec reaches.

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

--- Loads a file, and counts.
-- @tparam string name of its module
-- @return the module
-- @treturn function makes a function during which lines are counted
-- @treturn function adds, as `it` does, the row that every line was reached; none on LuaJIT, which compiles what runs often, and tells
-- no hook
return function(name)
  local path = assert(path_of(name))
  local ending = path:match "signoff/(.*)$"
  local lines = Lines.new { ending }
  local module = lines:around(assert(loadfile(path)))()
  return module, function(f)
    return lines:around(f)
  end, function(it)
    if not rawget(_G, "jit") then
      it("has rows that reach every line", function()
        assert.are.same({}, lines:missed(ending, files.read(path)))
      end)
    end
  end
end
