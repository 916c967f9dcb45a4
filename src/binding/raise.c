/* SPDX-License-Identifier: MIT */
/* Raising: what is wrong with a script is said with the place in that script. */
#include <stdio.h>
#include <string.h>

#include "binding.h"

/* How much of `source` is the place of the module's own Lua files: ".../signoff", before "/walk.lua" or ".lua". */
static size_t own_prefix(const char *source)
{
    const char *found = NULL;
    for (const char *at = source; (at = strstr(at, "/signoff")); at++)
        found = at;
    return found ? (size_t)(found - source) + strlen("/signoff") : 0;
}

/* Pushes the position of the script that called into the module, however deep in the module's Lua files this is. */
static void push_position(lua_State *L)
{
    lua_Debug frame;
    char own[sizeof frame.short_src] = "";
    size_t size = 0;
    for (int level = 1; lua_getstack(L, level, &frame) && lua_getinfo(L, "Sl", &frame); level++) {
        if (*frame.what == 'C' || *frame.what == 't') /* C, and 5.1's "tail" */
            continue;
        if (!size) {
            size = own_prefix(frame.source);
            snprintf(own, sizeof own, "%.*s", (int)size, frame.source);
        }
        if (size && !strncmp(frame.source, own, strlen(own)))
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
