/* SPDX-License-Identifier: MIT */
/* A look at the connection of a call: for who asks whether a system could be worked with, not for calls as such. */
#include "../core/call.h"
#include "binding.h"

/* core.inspect(call): its carrier is to look at the connection, a new one; gives the call */
static int inspect(lua_State *L)
{
    so_bind_check_call(L, 1)->owner.call->inspected = true;
    lua_settop(L, 1);
    return 1;
}

static void set_moment(lua_State *L, const char *name, double seconds)
{
    if (seconds <= 0)
        return;
    lua_pushnumber(L, seconds);
    lua_setfield(L, -2, name);
}

/* core.inspected(call): what was seen, in Unix seconds; to be asked before the call is read */
static int inspected(lua_State *L)
{
    lua_newtable(L);
    const struct so_call *call = so_bind_check_call(L, 1)->owner.call;
    bool twice;
    if (!call->inspected)
        return 1;
    double date = so_head_date(&call->reply.head, &twice), ends = call->reply.certificate_ends;
    set_moment(L, "date", date);
    set_moment(L, "certificate_ends", ends);
    return 1;
}

const luaL_Reg so_bind_inspect[] = {
    {"inspect", inspect}, {"inspected", inspected}, {NULL, NULL},
};
