-- SPDX-License-Identifier: MIT
--- Loads all files of a folder afresh and counts which of their lines run, for specs that go through several of them.

local assert = require "luassert"
local coroutines = require "signoff.async.coroutine"
local files = require "spec.support.files"
local Lines = require "spec.support.lines"

local function is_of(name, prefix)
  return name == prefix or name:sub(1, #prefix + 1) == prefix .. "."
end

-- Takes the loaded modules of a prefix out, and gives them.
local function take_out(prefix)
  local taken = {}
  for name, module in pairs(package.loaded) do
    if is_of(name, prefix) then
      taken[name] = module
    end
  end
  for name in pairs(taken) do
    package.loaded[name] = nil
  end
  return taken
end

--- @tparam string prefix a module's name; the files below it are meant, too
-- @tparam {string,...} names of the files, as `signoff/receiver/push.lua`
-- @return the module
-- @treturn function makes a function during which lines are counted
-- @treturn function adds, as `it` does, a row for each file: every line of it was reached. None where a coroutine is behind every pcall
-- (Lua 5.1), or a compiler (LuaJIT): there no hook tells of all lines
return function(prefix, names)
  local lines = Lines.new(names)
  local before = take_out(prefix)
  local module = lines:around(require)(prefix)
  take_out(prefix)
  for name, other in pairs(before) do
    package.loaded[name] = other
  end
  return module, function(f)
    return lines:around(f)
  end, function(it)
    if rawget(_G, "jit") or coroutines.pcall ~= pcall then
      return
    end
    for _, name in ipairs(names) do
      it("has rows that reach every line of " .. name, function()
        assert.are.same({}, lines:missed(name, files.read("lua/" .. name)))
      end)
    end
  end
end
