/* SPDX-License-Identifier: MIT */
/* Reuse of coroutines. */
#include "binding.h"

static bool has_returned(lua_State *thread)
{
    lua_Debug frame;
    return lua_status(thread) == 0 && lua_gettop(thread) == 0 && !lua_getstack(thread, 0, &frame);
}

/* A new coroutine gets its hook from the coroutine that makes it: only Lua itself can set that. */
static bool is_hooked(lua_State *L, lua_State *thread)
{
    return lua_gethook(L) || lua_gethook(thread);
}

/* core.refill(coroutine, f): makes a coroutine that has returned run f, as a new one would. Lua keeps the memory of its stack,
   which is most of the cost of a short task. False: it has not returned, or there is a hook. */
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
