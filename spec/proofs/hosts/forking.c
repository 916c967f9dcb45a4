/* SPDX-License-Identifier: MIT */
/* Functions that Lua lacks: forking.fork() gives 0 in the child and its number in the parent, forking.wait(number) the child's
   status as it exited, or nothing where a signal ended it. */
#include <lauxlib.h>
#include <lua.h>
#include <sys/wait.h>
#include <unistd.h>

static int call_fork(lua_State *L)
{
    lua_pushinteger(L, fork());
    return 1;
}

static int call_wait(lua_State *L)
{
    int status;
    if (waitpid((pid_t)luaL_checkinteger(L, 1), &status, 0) < 0 || !WIFEXITED(status))
        return 0;
    lua_pushinteger(L, WEXITSTATUS(status));
    return 1;
}

int luaopen_forking(lua_State *L)
{
    lua_newtable(L);
    lua_pushcfunction(L, call_fork);
    lua_setfield(L, -2, "fork");
    lua_pushcfunction(L, call_wait);
    lua_setfield(L, -2, "wait");
    return 1;
}
