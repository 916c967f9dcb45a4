-- SPDX-License-Identifier: MIT
-- Compares the sources that a rockspec lists with those that are there; with "write", lists those.

local files = require "spec.support.files"

local path, write = arg[1], arg[2] == "write"

local function found(folder, extension)
  local names = {}
  for name in io.popen(("find %s -name '*.%s' | LC_ALL=C sort"):format(folder, extension)):lines() do
    names[#names + 1] = name
  end
  return names
end

local function source(name)
  return ("        %q,\n"):format(name)
end

local function module(name)
  return ("    [%q] = %q,\n"):format(name:sub(5, -5):gsub("/", "."), name)
end

local function lines(names, format)
  local all = {}
  for i, name in ipairs(names) do
    all[i] = format(name)
  end
  return table.concat(all)
end

local written = files.read(path)
local right = written
  :gsub("(sources = {\n).-(      },)", function(head, tail) return head .. lines(found("src", "c"), source) .. tail end)
  :gsub('    %["signoff[%w_.]*"%] = "lua/[^\n]*\n', "")
  :gsub("\n  },\n}\n$", function(tail) return "\n" .. lines(found("lua", "lua"), module) .. tail:sub(2) end)

if write then
  files.write(path, right)
elseif right ~= written then
  print(path .. " does not list what is there: `make rockspec` sets it right")
  os.exit(false)
end
