/* SPDX-License-Identifier: MIT */
/* Raises errors of scripts, with the place in that script. */
#include <string.h>

#include "binding.h"

/* The name of the module in a file's path: the part behind the last folder "signoff", or that name itself; NULL for any other
   path. */
static const char *module_in(const char *source)
{
    static const char folder[] = "signoff";
    const char *found = NULL;
    for (const char *at = source; (at = strstr(at, folder)); at++) {
        const char *end = at + sizeof folder - 1;
        if (at > source && (at[-1] == '/' || at[-1] == '@') && (*end == '/' || !strcmp(end, ".lua")))
            found = at;
    }
    return found;
}

/* Whether a file belongs to the module: its path says so, and Lua has loaded a module of that name. Other scripts may be in a
   folder of that name, such as /etc/signoff. */
static bool is_own(lua_State *L, const char *source)
{
    char name[128];
    const char *path = module_in(source), *end = path ? strrchr(path, '.') : NULL;
    size_t size = end && !strcmp(end, ".lua") ? (size_t)(end - path) : 0;
    if (!size || size >= sizeof name)
        return false;
    for (size_t i = 0; i < size; i++)
        name[i] = (char)(path[i] == '/' ? '.' : path[i]);
    name[size] = '\0';
    lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
    lua_getfield(L, -1, name);
    bool loaded = lua_toboolean(L, -1);
    lua_pop(L, 2);
    return loaded;
}

static const char callers; /* its address is the table's place in the registry */

/* Pushes a weak table: the coroutine that called, by the one that works for it. */
static void push_callers(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)&callers);
    lua_rawget(L, LUA_REGISTRYINDEX);
    if (lua_istable(L, -1))
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_newtable(L);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushlightuserdata(L, (void *)&callers);
    lua_pushvalue(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
}

/* Pushes the position of a coroutine's innermost function that is no function of the module, if there is one. */
static bool push_place(lua_State *L, lua_State *thread)
{
    lua_Debug frame;
    for (int level = thread == L; lua_getstack(thread, level, &frame) && lua_getinfo(thread, "Sl", &frame); level++) {
        if (*frame.what == 'C' || *frame.what == 't' || is_own(L, frame.source)) /* 't': 5.1's "tail" */
            continue;
        lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
        return true;
    }
    return false;
}

/* Pushes the position of the script that called into the module, however deep in the module's Lua files and coroutines this is. */
static void push_position(lua_State *L)
{
    enum { NESTED_MAX = 16 };
    luaL_checkstack(L, 8, "a position");
    int top = lua_gettop(L);
    push_callers(L);
    lua_pushthread(L);
    bool found = false;
    for (int i = 0; i < NESTED_MAX && lua_isthread(L, -1) && !found; i++) {
        found = push_place(L, lua_tothread(L, -1));
        if (!found)
            lua_rawget(L, top + 1);
    }
    if (!found)
        luaL_where(L, 1);
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
}

int so_bind_raise(lua_State *L, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    push_position(L);
    lua_pushvfstring(L, format, values);
    va_end(values);
    lua_concat(L, 2);
    return lua_error(L);
}

const char *so_bind_text(lua_State *L, int index, const char *what)
{
    size_t size;
    const char *text = luaL_checklstring(L, index, &size);
    if (strlen(text) != size)
        so_bind_raise(L, "%s holds a NUL byte, where C ends a text", what);
    return text;
}

int so_bind_nomem(lua_State *L)
{
    return luaL_error(L, "not enough memory");
}

/* core.raise(message) */
static int raise_message(lua_State *L)
{
    luaL_checklstring(L, 1, NULL);
    lua_settop(L, 1);
    push_position(L);
    lua_insert(L, 1);
    lua_concat(L, 2);
    return lua_error(L);
}

/* core.thread(): the coroutine that runs, also where it is the main one */
static int running_thread(lua_State *L)
{
    lua_pushthread(L);
    return 1;
}

/* core.called_by(thread): says that the running coroutine works for another one: errors get the place in that one's script; nil
   ends this */
static int set_caller(lua_State *L)
{
    luaL_argcheck(L, lua_isthread(L, 1) || lua_isnoneornil(L, 1), 1, "a coroutine expected");
    lua_settop(L, 1);
    push_callers(L);
    lua_pushthread(L);
    lua_pushvalue(L, 1);
    lua_rawset(L, -3);
    return 0;
}

const luaL_Reg so_bind_raising[] = {
    {"raise", raise_message}, {"thread", running_thread}, {"called_by", set_caller}, {NULL, NULL},
};
