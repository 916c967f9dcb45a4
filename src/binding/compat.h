/* SPDX-License-Identifier: MIT */
/* Makes the Lua API from 5.1 (also LuaJIT) to 5.4 look the same. No other file checks the version. */
#ifndef SIGNOFF_COMPAT_H
#define SIGNOFF_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM < 504
#define lua_newuserdatauv(L, size, values) lua_newuserdata(L, size)
#if LUA_VERSION_NUM == 501
#define lua_setiuservalue(L, index, n) lua_setfenv(L, index)
#define lua_getiuservalue(L, index, n) lua_getfenv(L, index)
#else
#define lua_setiuservalue(L, index, n) lua_setuservalue(L, index)
#define lua_getiuservalue(L, index, n) lua_getuservalue(L, index)
#endif
#endif

#if LUA_VERSION_NUM == 501
#define lua_rawlen(L, index) lua_objlen(L, index)
#define lua_absindex(L, index) ((index) > 0 || (index) <= LUA_REGISTRYINDEX ? (index) : lua_gettop(L) + (index) + 1)
#define luaL_newlib(L, functions) (lua_newtable(L), luaL_register(L, NULL, functions))
#define luaL_setfuncs(L, functions, upvalues) luaL_register(L, NULL, functions)
#endif

#endif
