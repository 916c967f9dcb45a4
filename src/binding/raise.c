/* SPDX-License-Identifier: MIT */
/* Raising: what is wrong with a script is said with the place in that script. */
#include <string.h>

#include "binding.h"

/* The name of the module in a file's path: what stands behind the last folder "signoff", or that name itself; NULL where it is none. */
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

/* Whether a file is one of the module's own: its place looks so, and Lua has loaded a module of that name. A script of others may
   lie in a folder of that name, such as /etc/signoff. */
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

/* Pushes the position of the script that called into the module, however deep in the module's Lua files this is. */
static void push_position(lua_State *L)
{
    lua_Debug frame;
    luaL_checkstack(L, 4, "a position");
    for (int level = 1; lua_getstack(L, level, &frame) && lua_getinfo(L, "Sl", &frame); level++) {
        if (*frame.what == 'C' || *frame.what == 't' || is_own(L, frame.source)) /* 't': 5.1's "tail" */
            continue;
        lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
        return;
    }
    luaL_where(L, 1);
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

const luaL_Reg so_bind_raising[] = {
    {"raise", raise_message}, {NULL, NULL},
};
