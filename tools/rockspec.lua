-- SPDX-License-Identifier: MIT
-- Compares the sources that a rockspec lists with those that are there; with "write", lists those; with "release VERSION [URL]", writes
-- rockspecs/NAME-VERSION-1.rockspec, whose source is that URL, or the archive beside it.

local files = require "spec.support.files"

local path, write = arg[1], arg[2] == "write"
local package_name = path:match "([^/]+)%-scm%-1%.rockspec$"

-- The objects of core that the receivers' shared object has, too, by the Makefile.
local function is_shared(name)
  local shared = files.read "Makefile":match "\njose_core :=[^,]*,[^,]*,([^)]*)%)"
  return (" " .. shared .. " "):find((" %s "):format(name:match "^src/core/(.*)%.c$" or "/"), 1, true)
end

-- The sources of each shared object.
local owns = {
  core = function(name) return not name:find "^src/jose/" end,
  jose = function(name) return name:find "^src/jose/" and not name:find "_libcjose" or is_shared(name) end,
}

-- LuaRocks copies all of lua/. The name signoff.jose is that of a shared object and of a file there, so it is no row of its own.
local function is_row(name)
  return name ~= "lua/signoff/jose.lua"
end

local function found(folder, extension, belongs)
  local names = {}
  for name in io.popen(("find %s -name '*.%s' | LC_ALL=C sort"):format(folder, extension)):lines() do
    names[#names + 1] = belongs(name) and name or nil
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
  :gsub('(%["signoff%.(%l+)"%] = {\n      sources = {\n).-(      },)', function(head, object, tail)
    return head .. lines(found("src", "c", owns[object]), source) .. tail
  end)
  :gsub('\n    %["signoff[%w_.]*"%] = "lua/[^\n]*', "")
  :gsub("\n  },\n}\n$", function(tail) return "\n" .. lines(found("lua", "lua", is_row), module) .. tail:sub(2) end)

-- The same of a release: `luarocks install` fetches what `luarocks make` finds around it.
local function release(version, url)
  local name = package_name .. "-" .. version
  local archive = "signoff-" .. version
  local source_of = ('source = {\n  url = %q,\n  dir = %q,\n}\n'):format(url or archive .. ".tar.gz", archive)
  local text, count = right:gsub('version = "scm%-1"', ('version = "%s-1"'):format(version))
  assert(count == 1 and version:find "^%d+%.%d+%.%d+$", "the version must be such as 1.0.0")
  text, count = text:gsub("%-%- `luarocks make`[^\n]*\nsource = {.-\n}\n", function() return source_of end)
  assert(count == 1, path .. ": its source is not found")
  assert(os.execute "mkdir -p rockspecs")
  files.write(("rockspecs/%s-1.rockspec"):format(name), text)
end

if arg[2] == "release" then
  release(arg[3], arg[4])
elseif write then
  files.write(path, right)
elseif right ~= written then
  print(path .. " does not list what is there: `make rockspec` sets it right")
  os.exit(false)
end
