-- SPDX-License-Identifier: MIT
--- A name that is slow to resolve, for a process of its own: whoever asks for `ais.example` waits, and is told to try again.

local peer = require "spec.support.peer"

local SOURCE = [[
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (node && !strcmp(node, "ais.example")) {
        usleep(%d);
        return EAI_AGAIN;
    }
    real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(node, service, hints, out);
}
]]

--- @tparam number seconds
-- @treturn string assignments, as a shell has them before a command
return function(seconds)
  local path = peer.directory() .. "/slow_name"
  peer.write_file(path .. ".c", SOURCE:format(seconds * 1e6))
  local said = peer.output_of(("cc -shared -fPIC -o %s.so %s.c -ldl 2>&1"):format(path, path))
  assert(said == "", said)
  return ('LD_PRELOAD="${LD_PRELOAD:+$LD_PRELOAD:}%s.so"'):format(path)
end
