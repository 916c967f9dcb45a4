/* SPDX-License-Identifier: MIT */
/* Lua with fork, wait, exit and kill_self. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int fork_process(lua_State *L)
{
    lua_pushinteger(L, fork());
    return 1;
}

static int wait_for(lua_State *L)
{
    int status = 0;
    waitpid((pid_t)luaL_checkinteger(L, 1), &status, 0);
    lua_pushinteger(L, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 1;
}

static int exit_process(lua_State *L)
{
    exit((int)luaL_checkinteger(L, 1));
}

static int kill_self(lua_State *L)
{
    (void)L;
    return kill(getpid(), SIGKILL);
}

int main(int count, char **arguments)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_register(L, "fork", fork_process);
    lua_register(L, "wait", wait_for);
    lua_register(L, "exit", exit_process);
    lua_register(L, "kill_self", kill_self);
    if (count < 2 || luaL_loadfile(L, arguments[1]) || lua_pcall(L, 0, 0, 0)) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        return 1;
    }
    lua_close(L);
    return 0;
}
