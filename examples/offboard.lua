#!/bin/sh
_=[[
# SPDX-License-Identifier: MIT
# signoff-offboard: signs the people of a list out of their systems, and proves it. `signoff-offboard --help` says how,
# systems.lua beside this file is a site to copy. The installed command is this file.
#
# Between the brackets it is a shell's script, for a shell and LuaRocks: it finds the Lua that the module below the folder
# above was built for, and gives it the rest. `make install` knows which one that is, and puts other lines here.
# Nothing of the current folder is run, so what the environment tells Lua to run first is forgotten.
unset LUA_INIT LUA_INIT_5_2 LUA_INIT_5_3 LUA_INIT_5_4
file=$(readlink -f -- "$0")
module=$(ls -t "${file%/*/*}"/lib*/lua/*/signoff/core.so 2> /dev/null | head -n 1)
version=${module%/signoff/core.so} version=${version##*/}
for lua in "${file%/*}/lua" "lua${version:=5.4}" luajit lua; do
    "$lua" -e "os.exit(_VERSION == 'Lua $version' and 0 or 1)" 2> /dev/null && exec "$lua" -- "$file" "$@"
done
echo "signoff-offboard: no Lua $version is found; install it, or have its folder in PATH" >&2
exit 2
]]
local tree, version = arg[0]:match "^(/.*)/bin/[^/]*$", _VERSION:match "%d+%.%d+"
if tree then
  package.path = ("%s/share/lua/%s/?.lua;%s/share/lua/%s/?/init.lua;"):format(tree, version, tree, version) .. package.path
  package.cpath = ("%s/lib/lua/%s/?.so;%s/lib64/lua/%s/?.so;"):format(tree, version, tree, version) .. package.cpath
end

-- Nothing is loaded from the current folder, which may be anybody's.
for _, name in ipairs { "path", "cpath" } do
  package[name] = (";" .. package[name]):gsub(";[^/;][^;]*", ""):sub(2)
end

os.exit(require "signoff.offboard.cli.main"(arg))
