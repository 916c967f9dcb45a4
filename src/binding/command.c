/* SPDX-License-Identifier: MIT */
/* Programs: their arguments and variables from Lua's lists. */
#include <string.h>

#include "../core/command.h"
#include "binding.h"

static int refuse_member(lua_State *L, const char *where, int number)
{
    if (so_bind_is_secret(L, -1))
        return so_bind_raise(L, "%s: argument %d is a secret, and other users see arguments; hand it over in a file", where, number);
    return so_bind_raise(L, "%s: argument %d must be a string, not %s", where, number, luaL_typename(L, -1));
}

static int count_members(lua_State *L, int list, const char *where)
{
    size_t members = 0;
    for (lua_pushnil(L); lua_istable(L, list) && lua_next(L, list); lua_pop(L, 1))
        members++;
    if (!members || members != lua_rawlen(L, list))
        return so_bind_raise(L, "%s: a list is needed, of a program's absolute path and its arguments, and of nothing else", where);
    return (int)members;
}

static char *copy_member(lua_State *L, struct so_arena *arena, const char *where, int number)
{
    size_t size;
    if (lua_type(L, -1) != LUA_TSTRING)
        refuse_member(L, where, number);
    const char *text = lua_tolstring(L, -1, &size);
    if (strlen(text) != size)
        so_bind_raise(L, "%s: argument %d holds a NUL byte, where C ends a text", where, number);
    return so_arena_copy(arena, text, size);
}

char **so_bind_argv(lua_State *L, int list, const char *where)
{
    struct so_arena *arena = so_bind_arena(L); /* the last Lua value that is made: nothing changes the list from here on */
    int count = count_members(L, list, where);
    char **argv = so_arena_alloc(arena, ((size_t)count + 1) * sizeof *argv);
    for (int i = 0; argv && i < count; i++) {
        lua_rawgeti(L, list, i + 1);
        argv[i] = copy_member(L, arena, where, i);
        lua_pop(L, 1);
    }
    if (arena->failed)
        so_bind_nomem(L);
    argv[count] = NULL;
    return argv;
}

/* core.command_check(path): true if that program could be run now; or nil, message, reason */
static int command_check(lua_State *L)
{
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1);
    if (!so_command_check(path, &trouble))
        return so_bind_trouble(L, path, &trouble);
    lua_pushboolean(L, 1);
    return 1;
}

/* core.command_feed(argv, variables, bytes, seconds): true when it read what it wanted and ended well; or nil, message, reason.
   Blocks */
static int command_feed(lua_State *L)
{
    struct so_trouble trouble;
    size_t size;
    const char *bytes = luaL_checklstring(L, 3, &size);
    double seconds = luaL_checknumber(L, 4);
    luaL_argcheck(L, lua_istable(L, 2) && lua_rawlen(L, 2) <= SO_VARIABLES_MOST, 2, "a list of a few variables");
    char **argv = so_bind_argv(L, 1, "command"), **variables = so_bind_argv(L, 2, "command");
    if (!so_command_feed(argv, variables, bytes, size, seconds, &trouble))
        return so_bind_trouble(L, argv[0], &trouble);
    lua_pushboolean(L, 1);
    return 1;
}

const luaL_Reg so_bind_command[] = {{"command_check", command_check}, {"command_feed", command_feed}, {NULL, NULL}};
