/* SPDX-License-Identifier: MIT */
/* Feeds what libFuzzer makes up to a Lua function. The Lua file that FUZZ_TARGET names returns it: `function(bytes)`, which
   raises when something is wrong with what came of them. The module's own C is linked in and watched.
   Lua code that runs counts as coverage, too, line by line, where the file returns `true` behind the function.
   Globals for a target: fuzz.port, a peer on 127.0.0.1; fuzz.serve(bytes), all that it says, then it closes. */
#define _GNU_SOURCE
#include <lauxlib.h>
#include <lualib.h>
#include <sanitizer/lsan_interface.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../torture/peer.h"

enum { LINES = 1 << 14, BETWEEN_COLLECTIONS = 256, BETWEEN_LEAK_CHECKS = 20000 };

int luaopen_signoff_core(lua_State *L);
int luaopen_signoff_jose(lua_State *L);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* libFuzzer reads these like the counters of compiled code. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t lines[LINES];

static lua_State *L;
static unsigned long inputs;

static void on_line(lua_State *state, lua_Debug *at)
{
    lua_getinfo(state, "S", at);
    uint32_t place = (uint32_t)at->linedefined * 2654435761u + (uint32_t)at->currentline * 40503u;
    for (const char *byte = at->short_src; *byte; byte++)
        place = (place ^ (uint8_t)*byte) * 16777619u;
    lines[(place ^ place >> 16) % LINES]++;
}

static int serve(lua_State *state)
{
    size_t size;
    const char *bytes = luaL_checklstring(state, 1, &size);
    peer_plan(&bytes, &size, 1, true);
    return 0;
}

static void give_up(const char *what)
{
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

static void set_globals(void)
{
    lua_newtable(L);
    lua_pushinteger(L, peer_start());
    lua_setfield(L, -2, "port");
    lua_pushcfunction(L, serve);
    lua_setfield(L, -2, "serve");
    lua_setglobal(L, "fuzz");
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, luaopen_signoff_core);
    lua_setfield(L, -2, "signoff.core");
    lua_pushcfunction(L, luaopen_signoff_jose);
    lua_setfield(L, -2, "signoff.jose");
    lua_pop(L, 2);
}

static int traceback(lua_State *state)
{
    luaL_traceback(state, state, luaL_tolstring(state, 1, NULL), 1);
    return 1;
}

/* The peer's thread is still there: nothing must be taken down under it. */
static void end_at_once(int status, void *payload)
{
    (void)payload;
    fflush(NULL);
    _Exit(status);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *target = getenv("FUZZ_TARGET");
    (void)argc, (void)argv;
    if (!target)
        give_up("FUZZ_TARGET names no Lua file");
    on_exit(end_at_once, NULL);
    L = luaL_newstate();
    luaL_openlibs(L);
    set_globals();
    lua_pushcfunction(L, traceback);
    if (luaL_loadfile(L, target) || lua_pcall(L, 0, 2, 1))
        give_up(lua_tostring(L, -1));
    if (lua_toboolean(L, -1))
        lua_sethook(L, on_line, LUA_MASKLINE, 0);
    lua_settop(L, 2); /* traceback, function */
    return 0;
}

static void clean(void)
{
    if (++inputs % BETWEEN_COLLECTIONS)
        return;
    lua_gc(L, LUA_GCCOLLECT, 0);
    if (inputs % BETWEEN_LEAK_CHECKS < BETWEEN_COLLECTIONS && __lsan_do_recoverable_leak_check())
        give_up("memory leaked");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    lua_pushvalue(L, 2);
    lua_pushlstring(L, (const char *)bytes, size);
    if (lua_pcall(L, 1, 0, 1))
        give_up(lua_tostring(L, -1));
    clean();
    return 0;
}
