/* SPDX-License-Identifier: MIT */
/* What the metatables of all userdata have in common. */
#include "binding.h"

void so_bind_type(lua_State *L, const char *name, lua_CFunction close, lua_CFunction text)
{
    static const char *const closers[] = {"__gc", "__close"};
    luaL_newmetatable(L, name);
    for (size_t i = 0; i < sizeof closers / sizeof *closers; i++) {
        lua_pushcfunction(L, close);
        lua_setfield(L, -2, closers[i]);
    }
    lua_pushcfunction(L, text);
    lua_setfield(L, -2, "__tostring");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__metatable");
}
