-- SPDX-License-Identifier: MIT
--- A folder full of modules that somebody planted: under every name that we or our hosts may ask for, as Lua and as shared
-- objects. Each says so in a file when it is run.
--
-- As a script, for tools/rock: `planted.lua plant FOLDER`, `planted.lua ran FOLDER` (fails if any ran).

local planted = {}

local foreign = {
  "cjson", "cjson.safe", "cjson.util", "argparse", "socket", "luarocks.loader", "luarocks.core.cfg", "luarocks", "loadall",
  "resty.core", "resty.core.base", "resty.core.request", "resty.lrucache", "ngx.semaphore", "ngx.ssl", "tablepool", "table.new",
  "table.clear", "ffi", "bit", "jit", "jit.p", "jit.v", "string.buffer", "thread.exdata", "systems", "signout", "signoff_phone",
  "signoff_site", "worker", "xml", "lxp", "strict", "init", "lua", "mine",
}

-- Our own, as they are in the checkout.
local function ours()
  local names = { "signoff.core", "signoff.init" }
  local pipe = assert(io.popen "find lua -name '*.lua'")
  for path in pipe:lines() do
    names[#names + 1] = path:sub(5, -5):gsub("/", ".")
  end
  pipe:close()
  return names
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local source = [[
#include <stdio.h>
__attribute__((constructor)) static void run(void)
{
    FILE *file = fopen("%s/.ran", "a");
    fputs("a shared object\n", file);
    fclose(file);
}
]]

local function library(folder)
  write(folder .. "/.c", source:format(folder))
  assert(os.execute(("cc -x c -shared -fPIC -o %s/.so %s/.c"):format(folder, folder)))
end

-- The paths below a folder at which a Lua may look for a module, without the ending.
local function paths_of(name)
  local path = name:gsub("%.", "/")
  return { path, path .. "/init", "lib/" .. path }
end

--- Plants them in a folder that is there, at `?`, `?/init` and `lib/?`.
function planted.plant(folder)
  library(folder)
  local folders, files, objects = {}, {}, {}
  local names = ours()
  for _, name in ipairs(foreign) do
    names[#names + 1] = name
  end
  for _, name in ipairs(names) do
    for _, place in ipairs(paths_of(name)) do
      folders[#folders + 1] = ("%s/%s"):format(folder, place:match "^(.*)/[^/]*$" or "")
      files[("%s/%s.lua"):format(folder, place)] = ("io.open(%q, 'a'):write('%s\\n')\n"):format(folder .. "/.ran", name)
      objects[#objects + 1] = ("%s/%s.so"):format(folder, place)
    end
  end
  assert(os.execute("mkdir -p " .. table.concat(folders, " ")))
  for path, text in pairs(files) do
    write(path, text)
  end
  assert(os.execute(("tee %s < %s/.so > /dev/null"):format(table.concat(objects, " "), folder)))
end

--- The files that ran there, a line each; nil for none.
function planted.ran(folder)
  local file = io.open(folder .. "/.ran")
  if file then
    local text = file:read "*a"
    file:close()
    os.remove(folder .. "/.ran")
    return text
  end
end

local relative = {
  "", "./?.lua;./?/init.lua;", "?.lua;?/init.lua;lib/?.lua;", ";./?.lua;;;", ".//?.lua;./lib/../?.lua;", "./lib/../loadall.lua;lib/loadall.lua;",
}

--- The environment of somebody who has ever set a path for Lua: assignments, as a shell has them.
-- @tparam string path of LUA_PATH: behind what is added
-- @tparam string cpath of LUA_CPATH
-- @tparam[opt] string suffix of the variables' names that this Lua reads first
-- @treturn {string,...}
function planted.environments(path, cpath, suffix)
  local list = {}
  for _, added in ipairs(relative) do
    for _, ending in ipairs { "", suffix } do
      list[#list + 1] = ("LUA_PATH%s='%s%s' LUA_CPATH%s='%s%s'"):format(ending, added, path, ending, (added:gsub("%.lua", ".so")), cpath)
    end
  end
  return list
end

--- The variables that make an interpreter run something first.
planted.first = { "LUA_INIT=@mine.lua", "LUA_INIT_5_4=@mine.lua", "LUA_INIT_5_3=@mine.lua", "LUA_INIT_5_2=@mine.lua", "LUA_INIT='require \"mine\"'" }

if arg and arg[0] and arg[0]:find("planted%.lua$") then
  if arg[1] == "plant" then
    planted.plant(arg[2])
  else
    local text = planted.ran(arg[2])
    io.stderr:write(text or "")
    os.exit(text == nil)
  end
end

return planted
