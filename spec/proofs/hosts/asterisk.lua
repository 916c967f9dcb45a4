-- SPDX-License-Identifier: MIT
-- Runs a feature code as Asterisk's pbx_lua does, for the specs: asterisk.lua ROOT EXTENSIONS CONTEXT EXTENSION [NAME=VALUE]...
--
-- The file EXTENSIONS is run twice, as Asterisk does in a call. Files of /etc are read below ROOT.
-- NAME=VALUE are variables of the channel. All that the code does to the call is printed, a line each, as freeswitch.c does.

local root, file, context, extension = arg[1], arg[2], arg[3], arg[4]

local variables = {}
for i = 5, #arg do
  local name, value = arg[i]:match "^(.-)=(.*)$"
  variables[name] = value
end

local real_dofile = dofile
function dofile(path) -- luacheck: ignore 121 131 (a host's own)
  return real_dofile(path:find "^/etc/" and root .. path or path)
end

channel = setmetatable({}, { -- luacheck: ignore 111
  __index = function(_, name)
    return { get = function() return variables[name] or "" end }
  end,
  __newindex = function(_, name, value)
    variables[name] = value
    print(("set %s=%s"):format(name, value))
  end,
})

local ours

local function note(format)
  return function(...)
    assert(not ours, "an application was run while another thread has the channel's frames")
    print(format:format(...))
  end
end

app = { -- luacheck: ignore 111
  answer = note "answer", hangup = note "hangup", playtones = note "play %s", wait = note "wait %s",
  verbose = function(level, text) note "log %s %s"(level, text) end,
}

function autoservice_start() -- luacheck: ignore 111
  ours = true
end

function autoservice_stop() -- luacheck: ignore 111
  ours = false
end

for _ = 1, 2 do
  real_dofile(file)
end
extensions[context][extension](context, extension) -- luacheck: ignore 113
