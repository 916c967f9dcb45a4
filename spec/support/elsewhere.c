/* SPDX-License-Identifier: MIT */
/* elsewhere.call(f, ...) calls f on another thread, while this one waits; gives what pcall gives. */
#include <lauxlib.h>
#include <lua.h>
#include <pthread.h>

struct call {
    lua_State *L;
    int arguments, status;
};

static void *run(void *payload)
{
    struct call *call = payload;
    call->status = lua_pcall(call->L, call->arguments, LUA_MULTRET, 0);
    return NULL;
}

static int call_elsewhere(lua_State *L)
{
    struct call call = {L, lua_gettop(L) - 1, 0};
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, &call))
        return luaL_error(L, "no thread could be started");
    pthread_join(thread, NULL);
    lua_pushboolean(L, call.status == 0);
    lua_insert(L, 1);
    return lua_gettop(L);
}

int luaopen_elsewhere(lua_State *L)
{
    lua_newtable(L);
    lua_pushcfunction(L, call_elsewhere);
    lua_setfield(L, -2, "call");
    return 1;
}
