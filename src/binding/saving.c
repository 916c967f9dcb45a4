/* SPDX-License-Identifier: MIT */
/* Files that the Lua side saves in pieces. */
#include <string.h>

#include "../core/saving.h"
#include "binding.h"

struct saving {
    struct so_saving file;
    char path[]; /* for messages; `file` may be closed by a finalizer */
};

static const char mark;

static struct saving *check(lua_State *L)
{
    struct saving *saving = so_bind_check(L, 1, &mark, SO_SAVING_TYPE);
    if (!saving->file.made)
        so_bind_raise(L, "the file was closed");
    return saving;
}

/* Pushes the results of a method: true, or nil, message, reason. */
static int push_outcome(lua_State *L, bool fine, const struct saving *saving, const struct so_trouble *trouble)
{
    if (!fine)
        return so_bind_trouble(L, saving->path, trouble);
    lua_pushboolean(L, 1);
    return 1;
}

/* core.saving(path): a file that is saved in pieces; or nil, message, reason */
static int saving_begin(lua_State *L)
{
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1);
    size_t size = strlen(path) + 1;
    struct saving *saving = lua_newuserdatauv(L, sizeof *saving + size, 0);
    saving->file = (struct so_saving)SO_SAVING_NONE;
    memcpy(saving->path, path, size);
    so_bind_set_type(L, &mark);
    return so_saving_begin(&saving->file, path, &trouble) ? 1 : so_bind_trouble(L, path, &trouble);
}

/* saving:write(bytes): true; or nil, message, reason */
static int saving_write(lua_State *L)
{
    size_t size;
    struct so_trouble trouble;
    const char *bytes = luaL_checklstring(L, 2, &size);
    struct saving *saving = check(L);
    luaL_argcheck(L, saving->file.digest, 1, "the file is complete");
    return push_outcome(L, so_saving_write(&saving->file, bytes, size, &trouble), saving, &trouble);
}

/* saving:complete(): the SHA-256 of its bytes, 64 hexadecimal digits; they are on disk. Or nil, message, reason */
static int saving_complete(lua_State *L)
{
    struct so_trouble trouble;
    char digits[SO_SHA256_DIGITS + 1];
    struct saving *saving = check(L);
    luaL_argcheck(L, saving->file.digest, 1, "the file is complete");
    if (!so_saving_complete(&saving->file, digits, &trouble))
        return so_bind_trouble(L, saving->path, &trouble);
    lua_pushlstring(L, digits, SO_SHA256_DIGITS);
    return 1;
}

/* saving:rename(): true, it has its name; or nil, message, reason */
static int saving_rename(lua_State *L)
{
    struct so_trouble trouble;
    struct saving *saving = check(L);
    luaL_argcheck(L, !saving->file.digest, 1, "the file is not complete");
    return push_outcome(L, so_saving_rename(&saving->file, &trouble), saving, &trouble);
}

/* saving:close(): removes what was not renamed */
static int saving_close(lua_State *L)
{
    struct saving *saving = so_bind_check(L, 1, &mark, SO_SAVING_TYPE);
    so_saving_close(&saving->file);
    return 0;
}

static int saving_text(lua_State *L)
{
    const struct saving *saving = so_bind_check(L, 1, &mark, SO_SAVING_TYPE);
    lua_pushfstring(L, SO_SAVING_TYPE ": %s", saving->path);
    return 1;
}

void so_bind_saving_type(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"write", saving_write}, {"complete", saving_complete}, {"rename", saving_rename}, {"close", saving_close}, {NULL, NULL},
    };
    so_bind_type(L, SO_SAVING_TYPE, &mark, saving_close, saving_text);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    so_bind_keep(L, &mark);
}

const luaL_Reg so_bind_saving[] = {
    {"saving", saving_begin}, {NULL, NULL},
};
