-- SPDX-License-Identifier: MIT
--- Lua code in a process whose disk works badly.

local child = require "spec.support.child"
local peer = require "spec.support.peer"

local disk = {}

local library -- of the test that runs

local function build()
  if not library or not peer.read_file(library) then
    library = peer.directory() .. "/disk.so"
    local problem = peer.output_of(("cc -shared -fPIC -o %s spec/support/disk.c 2>&1"):format(library))
    assert(problem == "", problem)
  end
  return library
end

--- The library, for another program that is to have such a disk.
disk.library = build

--- Variables of the environment of a program that is to have such a disk, behind the libraries that it has already.
-- @tparam string settings of disk.c: assignments, as a shell has them before a command
-- @treturn string more assignments
function disk.environment(settings)
  return ('%s LD_PRELOAD="$LD_PRELOAD %s"'):format(settings, build())
end

--- Code run so that a disk fails as `settings` of disk.c say.
-- @tparam string settings assignments, as a shell has them before a command
-- @treturn string what it printed
function disk.bad(settings, code)
  return child.run(code, disk.environment(settings))
end

-- Runs code behind a command of the shell.
local function run_behind(command, code)
  local path = peer.directory() .. "/code.lua"
  peer.write_file(path, code)
  return peer.output_of(("%s timeout 300 %s %s 2>&1"):format(command, child.interpreter, path))
end

--- No file may grow beyond so many bytes, a multiple of 1,024; the shell's signal for that is the default one.
function disk.limited(bytes, code)
  return run_behind(("env --default-signal=XFSZ bash -c 'ulimit -f %d && exec \"$@\"' bash"):format(bytes / 1024), code)
end

--- Code run in `folder` on a small disk of its own, as `options` of mount(8) say; nil where this machine has no such thing.
function disk.small(folder, options, code)
  local as = peer.output_of "for as in '' --map-root-user; do unshare --mount $as true 2>/dev/null && echo \"$as.\" && break; done"
  if as == "" then
    return nil
  end
  local mount = ("unshare --mount %s sh -c 'mount -t tmpfs -o %s none %s && exec \"$@\"' sh"):format(as:gsub("%.$", ""), options, folder)
  return run_behind(mount, code)
end

return disk
