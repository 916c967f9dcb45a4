-- SPDX-License-Identifier: MIT
--- Lua code in a process of its own, run by the same interpreter.

local peer = require "spec.support.peer"

local child = {}

child.interpreter = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match "%d%.%d"

--- Runs `code` and gives what it printed, or its error.
-- @tparam string code
-- @tparam[opt] string environment assignments, as a shell has them before a command
function child.run(code, environment)
  local path = peer.directory() .. "/code.lua"
  peer.write_file(path, code)
  return peer.output_of(("env %s timeout 300 %s %s 2>&1"):format(environment or "", child.interpreter, path))
end

return child
