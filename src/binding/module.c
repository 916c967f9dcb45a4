/* SPDX-License-Identifier: MIT */
/* The module signoff.core: what Lua's side of signoff is made with. Not for scripts. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../core/once.h"
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
        if (!*frame.what || *frame.what == 'C')
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

/* core.raise(message) */
static int system_raise(lua_State *L)
{
    return so_bind_raise(L, "%s", luaL_checkstring(L, 1));
}

int so_bind_nomem(lua_State *L)
{
    return luaL_error(L, "not enough memory");
}

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

/* core.now(): seconds of a clock that only moves forward */
static int system_now(lua_State *L)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    lua_pushnumber(L, (double)time.tv_sec + (double)time.tv_nsec / 1e9);
    return 1;
}

/* core.time(): Unix seconds, with their fraction */
static int system_time(lua_State *L)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    lua_pushnumber(L, (double)time.tv_sec + (double)time.tv_nsec / 1e9);
    return 1;
}

/* core.sleep(seconds): blocks the thread */
static int system_sleep(lua_State *L)
{
    double seconds = luaL_checknumber(L, 1);
    if (!(seconds > 0))
        return 0;
    struct timespec left = {(time_t)fmin(seconds, 86400), 0};
    left.tv_nsec = (long)((fmin(seconds, 86400) - (double)left.tv_sec) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        continue;
    return 0;
}

const luaL_Reg so_bind_system[] = {
    {"now", system_now}, {"time", system_time}, {"sleep", system_sleep}, {"raise", system_raise}, {NULL, NULL},
};

static void set_facts(lua_State *L)
{
    lua_newtable(L);
    for (const struct so_backend *const *backend = so_backends; *backend; backend++) {
        so_bind_facts(L, *backend);
        lua_setfield(L, -2, (*backend)->name);
    }
    lua_setfield(L, -2, "facts");
}

__attribute__((visibility("default"))) int luaopen_signoff_core(lua_State *L);

int luaopen_signoff_core(lua_State *L)
{
    static const luaL_Reg *const functions[] = {so_bind_client, so_bind_call, so_bind_secret, so_bind_system};
    static const luaL_Reg none[] = {{NULL, NULL}};
    so_once_pin();
    so_json_open(L);
    so_bind_secret_type(L);
    so_bind_call_type(L);
    luaL_newlib(L, none);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        luaL_setfuncs(L, functions[i], 0);
    so_bind_client_type(L);
    lua_setfield(L, -2, "methods");
    set_facts(L);
    lua_pushliteral(L, SO_VERSION);
    lua_setfield(L, -2, "version");
    return 1;
}
