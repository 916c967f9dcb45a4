-- SPDX-License-Identifier: MIT
-- Runs the specs inside the host of freeswitch.c, and measures how much stack each call into the module takes, with all that it
-- calls in turn: libcurl, TLS, libxml2, lua-cjson. Its last line is the most that any took, in bytes.

local core = require "signoff.core"

local function measured(f)
  return function(...)
    return host.depth(f, ...)
  end
end

local function measure_all(functions)
  for name, f in pairs(functions) do
    if type(f) == "function" and name ~= "raise" then -- whose messages name the caller's place
      functions[name] = measured(f)
    end
  end
end

measure_all(core)
for _, methods in pairs(core.methods) do
  measure_all(methods)
end

local function say_deepest()
  print(("deepest %d"):format(host.deepest()))
  io.stdout:flush()
end

-- The runner ends the process where a spec failed, and returns where none did.
local exit = os.exit
os.exit = function(status) -- luacheck: ignore 122
  say_deepest()
  exit(status)
end

arg = { [0] = "busted", "--output=tools/report.lua" }
for path in os.getenv("SPECS"):gmatch "%S+" do
  table.insert(arg, path)
end
require "busted.runner" { standalone = false }
say_deepest()
