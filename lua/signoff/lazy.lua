-- SPDX-License-Identifier: MIT

--- Loads files of the module when they are first needed, from the folder that this file was loaded from: by then the current
-- folder and `package.path` may be others, and somebody may have planted modules there.
-- @module signoff.lazy

local package, pcall, require = package, pcall, require -- a host may take them away from its scripts

local core = require "signoff.core"

-- The folder that has the folder of this file; nil where that is no absolute path.
local folder = debug.getinfo(1, "S").source:match "^@(/.*)signoff/lazy%.lua$"
local path = folder and folder .. "?.lua" or package.path

local marks = { userdata = true, number = true } -- of a file that is being loaded: Lua 5.1's, LuaJIT's

-- Lua 5.1 and LuaJIT take a file whose loading was broken off for one that is still being loaded, and never load it again.
local function forget_unfinished()
  for name, value in pairs(package.loaded) do
    if marks[type(value)] and name:find "^signoff%." then
      package.loaded[name] = nil
    end
  end
end

-- Raises that no file can be opened now, if that is why: `require` itself only says that there is no such module.
local function check_descriptors(name)
  local file, message = core.file "/"
  if not file then
    core.raise(("%s cannot be loaded: %s"):format(name, (message:gsub("^/: ", ""))))
  end
  file:close()
end

local lazy = {}

--- `require` for files of this module.
-- @tparam string name
-- @return the module
-- @raise where it cannot be loaded now; it may be later
function lazy.require(name)
  local outside = package.path
  package.path = path
  local fine, loaded = pcall(require, name)
  package.path = outside
  if not fine then
    forget_unfinished()
    check_descriptors(name)
    error(loaded, 0)
  end
  return loaded
end

return lazy
