/* SPDX-License-Identifier: MIT */
/* Coroutines that begin anew. */
#include "binding.h"

static bool has_returned(lua_State *thread)
{
    lua_Debug frame;
    return lua_status(thread) == 0 && lua_gettop(thread) == 0 && !lua_getstack(thread, 0, &frame);
}

/* A new coroutine takes its hook from the one that makes it: only Lua itself can give it that. */
static bool is_hooked(lua_State *L, lua_State *thread)
{
    return lua_gethook(L) || lua_gethook(thread);
}

/* core.refill(coroutine, f): one that has returned is to run f, as a new one would: only, it is the same coroutine. Lua keeps
   the memory of its stack, which is most of what a short task costs. False: it has not returned, or debug.sethook is at
   work. */
static int coroutine_refill(lua_State *L)
{
    lua_State *thread = lua_tothread(L, 1);
    luaL_argcheck(L, thread && thread != L, 1, "another coroutine expected");
    luaL_checktype(L, 2, LUA_TFUNCTION);
    bool fits = has_returned(thread) && !is_hooked(L, thread);
    if (fits) {
        so_reset_globals(L, 1);
        lua_pushvalue(L, 2);
        lua_xmove(L, thread, 1); /* even an empty stack has room for it */
    }
    lua_pushboolean(L, fits);
    return 1;
}

const luaL_Reg so_bind_coroutine[] = {
    {"refill", coroutine_refill}, {NULL, NULL},
};
