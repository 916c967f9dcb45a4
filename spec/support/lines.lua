-- SPDX-License-Identifier: MIT
-- Counts which lines of some Lua files run, by a hook of the interpreter: how often each, and which could have run and did not.

local lines = {}
lines.__index = lines

--- @tparam table paths ends of paths, of the files that are looked at (`state_machine.lua`)
function lines.new(paths)
  return setmetatable({ paths = paths, files = {}, counts = {}, known = {}, calls = {} }, lines)
end

-- The file that a source belongs to; false for others.
local function file_of(self, source)
  local found = self.files[source]
  if found == nil then
    found = false
    for _, path in ipairs(self.paths) do
      if source:sub(-#path) == path then
        found = path
      end
    end
    self.files[source] = found
  end
  return found
end

-- A function that is called for the first time says which of its lines can run.
local function note_call(self, info, path)
  local name = path .. ":" .. info.linedefined
  self.calls[name] = (self.calls[name] or 0) + 1
  if self.calls[name] > 1 then
    return
  end
  local known = self.known[path] or {}
  self.known[path] = known
  for line in pairs(debug.getinfo(3, "L").activelines or {}) do
    known[line] = true
  end
end

--- Counts from now on.
function lines:start()
  debug.sethook(function(event, line)
    local info = debug.getinfo(2, "S")
    local path = file_of(self, info.source)
    if path and event == "line" then
      local counts = self.counts[path] or {}
      self.counts[path] = counts
      counts[line] = (counts[line] or 0) + 1
    elseif path then
      note_call(self, info, path)
    end
  end, "cl")
end

--- Counts no more.
function lines:stop() -- luacheck: ignore 212 (the hook is the thread's)
  debug.sethook()
end

local function stopped(...)
  debug.sethook()
  return ...
end

--- A function during which it counts.
function lines:around(watched)
  return function(...)
    self:start()
    return stopped(watched(...))
  end
end

-- The lines of a text on which a function begins.
local function functions_of(text)
  local list, n = {}, 0
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    n = n + 1
    if line:gsub('"[^"]*"', ""):find "%f[%w_]function%f[^%w_]" and not line:find "^%s*%-%-" then
      list[#list + 1] = n
    end
  end
  return list
end

-- The lines that only end something: nothing comes there after a `return`.
local function ends_of(text)
  local found, n = {}, 0
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    n = n + 1
    found[n] = line:find "^%s*end[%s,)]*$" ~= nil
  end
  return found
end

--- Lines that could have run and did not, and functions that nobody called.
-- @tparam string path one of the files
-- @tparam string text its source
-- @treturn {string,...}
function lines:missed(path, text)
  local missed, counts, ends = {}, self.counts[path] or {}, ends_of(text)
  for line in pairs(self.known[path] or {}) do
    if not counts[line] and not ends[line] then
      missed[#missed + 1] = ("%s:%d"):format(path, line)
    end
  end
  for _, line in ipairs(functions_of(text)) do
    if not self.calls[path .. ":" .. line] then
      missed[#missed + 1] = ("%s:%d: nobody calls it"):format(path, line)
    end
  end
  table.sort(missed)
  return missed
end

return lines
