/* SPDX-License-Identifier: MIT */
/* An interpreter under the address sanitizer, which searches for leaks before it ends: `leaks SCRIPT ARGUMENT ...`. A process that it starts
   in turn (shells, other interpreters) is not looked at: their leaks are their own. */
#include <lauxlib.h>
#include <lualib.h>
#include <sanitizer/lsan_interface.h>
#include <stdio.h>
#include <stdlib.h>

static lua_State *volatile kept; /* not closed: what is loaded must still be there when leaks are told apart by where they are from */

/* In place of os.exit. */
static int end(lua_State *L)
{
    int status = lua_isboolean(L, 1) ? !lua_toboolean(L, 1) : (int)luaL_optinteger(L, 1, 0);
    lua_settop(L, 0);
    lua_gc(L, LUA_GCCOLLECT, 0);
    fflush(NULL);
    if (__lsan_do_recoverable_leak_check())
        status = 1;
    _Exit(status);
}

static void spare_children(void)
{
    char options[512];
    const char *ours = getenv("ASAN_OPTIONS");
    snprintf(options, sizeof options, "%s:detect_leaks=0", ours ? ours : "");
    setenv("ASAN_OPTIONS", options, 1);
}

static void set_globals(lua_State *L, int count, char **arguments)
{
    lua_newtable(L);
    for (int i = 1; i < count; i++) {
        lua_pushstring(L, arguments[i]);
        lua_rawseti(L, -2, i - 1);
    }
    lua_setglobal(L, "arg");
    lua_getglobal(L, "os");
    lua_pushcfunction(L, end);
    lua_setfield(L, -2, "exit");
    lua_pop(L, 1);
}

int main(int count, char **arguments)
{
    lua_State *L = kept = luaL_newstate();
    spare_children();
    luaL_openlibs(L);
    set_globals(L, count, arguments);
    if (count < 2 || luaL_loadfile(L, arguments[1]) || lua_pcall(L, 0, 0, 0)) {
        fprintf(stderr, "leaks: %s\n", count < 2 ? "a script is missing" : lua_tostring(L, -1));
        _Exit(1);
    }
    lua_settop(L, 0);
    return end(L);
}
