/* SPDX-License-Identifier: MIT */
/* Coroutines that begin anew. */
#include "binding.h"

static bool has_returned(lua_State *thread)
{
    lua_Debug frame;
    return lua_status(thread) == 0 && lua_gettop(thread) == 0 && !lua_getstack(thread, 0, &frame);
}

/* core.refill(coroutine, f): one that has returned is to run f, as a new one would: only, it is the same coroutine. Lua keeps
   the memory of its stack, which is most of what a short task costs. False: it has not returned. */
static int coroutine_refill(lua_State *L)
{
    lua_State *thread = lua_tothread(L, 1);
    luaL_argcheck(L, thread && thread != L, 1, "another coroutine expected");
    luaL_checktype(L, 2, LUA_TFUNCTION);
    bool returned = has_returned(thread);
    if (returned) {
        so_reset_globals(L, 1);
        lua_sethook(thread, lua_gethook(L), lua_gethookmask(L), lua_gethookcount(L));
        lua_pushvalue(L, 2);
        lua_xmove(L, thread, 1); /* even an empty stack has room for it */
    }
    lua_pushboolean(L, returned);
    return 1;
}

const luaL_Reg so_bind_coroutine[] = {
    {"refill", coroutine_refill}, {NULL, NULL},
};
