-- SPDX-License-Identifier: MIT
--- Small Lua modules in C, compiled for the interpreter that runs the specs.

local child = require "spec.support.child"
local peer = require "spec.support.peer"

local native = {}

--- Compiles modules, until `peer.stop_all`.
-- @tparam table sources paths of files in C; each opens as the file's name
-- @treturn string Lua code with which another process of the same interpreter finds them
function native.paths(sources)
  local folder = peer.directory()
  local flags = peer.output_of("pkg-config --cflags " .. child.interpreter)
  for _, source in ipairs(sources) do
    local name = source:match "([%w_]+)%.c$"
    local problem = peer.output_of(("cc -shared -fPIC -pthread %s -o %s/%s.so %s 2>&1"):format(flags, folder, name, source))
    assert(problem == "", problem)
  end
  return ("package.cpath = %q .. package.cpath\n"):format(folder .. "/?.so;")
end

return native
