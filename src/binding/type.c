/* SPDX-License-Identifier: MIT */
/* The metatables of all userdata. */
#include "binding.h"

void so_bind_type(lua_State *L, const char *name, const void *mark, lua_CFunction close, lua_CFunction text)
{
    static const char *const closers[] = {"__gc", "__close"};
    lua_createtable(L, 1, 8);
    for (size_t i = 0; i < sizeof closers / sizeof *closers; i++) {
        lua_pushcfunction(L, close);
        lua_setfield(L, -2, closers[i]);
    }
    if (text) {
        lua_pushcfunction(L, text);
        lua_setfield(L, -2, "__tostring");
    }
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__metatable");
    lua_pushlightuserdata(L, (void *)mark);
    lua_rawseti(L, -2, 1);
}

void *so_bind_test(lua_State *L, int index, const void *mark)
{
    void *object = lua_touserdata(L, index);
    if (!object || !lua_getmetatable(L, index))
        return NULL;
    lua_rawgeti(L, -1, 1);
    bool marked = lua_touserdata(L, -1) == mark;
    lua_pop(L, 2);
    return marked ? object : NULL;
}

void *so_bind_check(lua_State *L, int index, const void *mark, const char *name)
{
    void *object = so_bind_test(L, index, mark);
    if (!object)
        luaL_argerror(L, index, lua_pushfstring(L, "%s expected, got %s", name, luaL_typename(L, index)));
    return object;
}

void so_bind_keep(lua_State *L, const void *key)
{
    lua_pushlightuserdata(L, (void *)key);
    lua_insert(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
}

void so_bind_set_type(lua_State *L, const void *key)
{
    lua_pushlightuserdata(L, (void *)key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    lua_setmetatable(L, -2);
}

static const char arena_key;

static int arena_close(lua_State *L)
{
    so_arena_free(so_bind_check(L, 1, &arena_key, "signoff.arena"));
    return 0;
}

void so_bind_arena_type(lua_State *L)
{
    so_bind_type(L, "signoff.arena", &arena_key, arena_close, NULL);
    so_bind_keep(L, &arena_key);
}

struct so_arena *so_bind_arena(lua_State *L)
{
    struct so_arena *arena = lua_newuserdatauv(L, sizeof *arena, 0);
    *arena = (struct so_arena){0};
    so_bind_set_type(L, &arena_key);
    return arena;
}
