/* SPDX-License-Identifier: MIT */
/* Files and their bytes, for Lua's side. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/digest.h"
#include "../core/file.h"
#include "binding.h"

enum { PERMISSIONS = 07777 };

const char *so_bind_path(lua_State *L, int index)
{
    size_t size;
    const char *path = luaL_checklstring(L, index, &size);
    luaL_argcheck(L, size > 0, index, "a path must not be empty");
    luaL_argcheck(L, strlen(path) == size, index, "a path must not hold a NUL byte");
    return path;
}

int so_bind_trouble(lua_State *L, const char *path, const struct so_trouble *trouble)
{
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path, trouble->text);
    lua_pushstring(L, trouble->reason);
    return 3;
}

/* core.save(path, bytes): true, or nil, message, reason */
static int file_save(lua_State *L)
{
    size_t size;
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1), *bytes = luaL_checklstring(L, 2, &size);
    if (!so_file_save(path, bytes, size, &trouble))
        return so_bind_trouble(L, path, &trouble);
    lua_pushboolean(L, 1);
    return 1;
}

/* core.stat(path): {kind=, size=, mode=, mtime=} of what a path leads to, or nil, message, reason */
static int file_stat(lua_State *L)
{
    struct stat status;
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1);
    if (stat(path, &status)) {
        so_trouble_from(&trouble, errno);
        return so_bind_trouble(L, path, &trouble);
    }
    lua_createtable(L, 0, 4);
    lua_pushstring(L, so_file_kind(status.st_mode));
    lua_setfield(L, -2, "kind");
    so_bind_push_number(L, (double)status.st_size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, status.st_mode & PERMISSIONS);
    lua_setfield(L, -2, "mode");
    so_bind_push_number(L, (double)status.st_mtime);
    lua_setfield(L, -2, "mtime");
    return 1;
}

/* core.sha256(bytes): 64 hexadecimal digits */
static int bytes_sha256(lua_State *L)
{
    size_t size;
    char digest[SO_SHA256_DIGITS + 1];
    const char *bytes = luaL_checklstring(L, 1, &size);
    if (!so_sha256(bytes, size, digest))
        return so_bind_nomem(L);
    lua_pushlstring(L, digest, SO_SHA256_DIGITS);
    return 1;
}

/* core.utf8(text): what is no UTF-8 in it as U+FFFD, byte by byte */
static int bytes_utf8(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size), *end = text + size;
    luaL_Buffer made;
    if (so_text_is_utf8(text, size)) {
        lua_settop(L, 1);
        return 1;
    }
    luaL_buffinit(L, &made);
    while (text < end) {
        size_t step = so_text_character(text, (size_t)(end - text));
        luaL_addlstring(&made, step ? text : "\xef\xbf\xbd", step ? step : 3);
        text += step ? step : 1;
    }
    luaL_pushresult(&made);
    return 1;
}

/* core.is_verbatim(text): whether it stands in JSON as it is, between quotes: printable ASCII, no quote, no backslash */
static int bytes_verbatim(lua_State *L)
{
    size_t size, i = 0;
    const char *text = luaL_checklstring(L, 1, &size);
    while (i < size && text[i] >= ' ' && text[i] < 127 && text[i] != '"' && text[i] != '\\')
        i++;
    lua_pushboolean(L, i == size);
    return 1;
}

const luaL_Reg so_bind_file[] = {
    {"save", file_save}, {"stat", file_stat}, {"sha256", bytes_sha256}, {"utf8", bytes_utf8},
    {"is_verbatim", bytes_verbatim}, {NULL, NULL},
};
