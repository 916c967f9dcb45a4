/* SPDX-License-Identifier: MIT */
/* Files and their bytes, for Lua's side. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "../core/digest.h"
#include "../core/trust.h"
#include "binding.h"

enum { PERMISSIONS = 07777 };

const char *so_bind_path(lua_State *L, int index)
{
    const char *path = so_bind_text(L, index, "a path");
    luaL_argcheck(L, *path, index, "a path must not be empty");
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

/* core.save_begin(path, bytes): the name of a temporary file beside it with these bytes, or nil, message, reason */
static int file_save_begin(lua_State *L)
{
    size_t size;
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1), *bytes = luaL_checklstring(L, 2, &size);
    char *made = lua_newuserdatauv(L, strlen(path) + SO_FILE_SUFFIX, 0);
    if (!so_file_begin(made, path, bytes, size, &trouble))
        return so_bind_trouble(L, path, &trouble);
    lua_pushstring(L, made);
    return 1;
}

/* core.save_end(temporary, path, bytes): as core.save, by that temporary file, which stays where it fails */
static int file_save_end(lua_State *L)
{
    size_t size;
    struct so_trouble trouble;
    const char *made = so_bind_path(L, 1), *path = so_bind_path(L, 2), *bytes = luaL_checklstring(L, 3, &size);
    if (!so_file_end(made, path, bytes, size, &trouble))
        return so_bind_trouble(L, path, &trouble);
    lua_pushboolean(L, 1);
    return 1;
}

static int push_status(lua_State *L, const struct stat *status)
{
    lua_createtable(L, 0, 4);
    lua_pushstring(L, so_file_kind(status->st_mode));
    lua_setfield(L, -2, "kind");
    so_bind_push_number(L, (double)status->st_size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, status->st_mode & PERMISSIONS);
    lua_setfield(L, -2, "mode");
    so_bind_push_number(L, (double)status->st_mtime);
    lua_setfield(L, -2, "mtime");
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
    return push_status(L, &status);
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

/* A file that is open to be read: what is asked of it, and read from it, is of one and the same file. */

struct reading {
    int descriptor; /* -1: closed */
    struct stat status;
    char path[];
};

static const char mark;

static struct reading *check_reading(lua_State *L)
{
    struct reading *reading = so_bind_check(L, 1, &mark, SO_FILE_TYPE);
    if (reading->descriptor < 0)
        so_bind_raise(L, "the file was closed");
    return reading;
}

/* core.file(path): what a path leads to, open, whatever it is; or nil, message, reason */
static int reading_open(lua_State *L)
{
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1);
    size_t size = strlen(path) + 1;
    struct reading *reading = lua_newuserdatauv(L, sizeof *reading + size, 0);
    reading->descriptor = -1;
    memcpy(reading->path, path, size);
    so_bind_set_type(L, &mark);
    reading->descriptor = so_file_open(path, &reading->status, &trouble);
    return reading->descriptor >= 0 ? 1 : so_bind_trouble(L, path, &trouble);
}

/* file:about(): as core.stat, when it was opened; `fixed`: its mount is read-only */
static int reading_about(lua_State *L)
{
    const struct reading *reading = check_reading(L);
    bool fixed = so_file_is_fixed(reading->descriptor);
    push_status(L, &reading->status);
    if (fixed) {
        lua_pushboolean(L, fixed);
        lua_setfield(L, -2, "fixed");
    }
    return 1;
}

/* file:trust(): true where nobody but root and the user who runs this can have put it there, or nil, message, reason */
static int reading_trust(lua_State *L)
{
    struct so_trouble trouble;
    const struct reading *reading = check_reading(L);
    if (!so_trust_check(reading->descriptor, reading->path, &trouble))
        return so_bind_trouble(L, reading->path, &trouble);
    lua_pushboolean(L, 1);
    return 1;
}

int so_bind_read(lua_State *L, int descriptor)
{
    char bytes[64 * 1024];
    struct so_trouble trouble;
    ssize_t count = so_file_read(descriptor, bytes, sizeof bytes);
    if (count > 0) {
        lua_pushlstring(L, bytes, (size_t)count);
        return 1;
    }
    lua_pushnil(L);
    if (count == 0)
        return 1;
    so_trouble_from(&trouble, errno);
    lua_pushstring(L, trouble.text);
    lua_pushstring(L, trouble.reason);
    return 3;
}

/* file:read(): the next bytes, some at a time, nil at the end; or nil, what is wrong, reason */
static int reading_read(lua_State *L)
{
    return so_bind_read(L, check_reading(L)->descriptor);
}

static int reading_close(lua_State *L)
{
    struct reading *reading = so_bind_check(L, 1, &mark, SO_FILE_TYPE);
    if (reading->descriptor >= 0)
        close(reading->descriptor);
    reading->descriptor = -1;
    return 0;
}

static int reading_text(lua_State *L)
{
    const struct reading *reading = so_bind_check(L, 1, &mark, SO_FILE_TYPE);
    lua_pushfstring(L, SO_FILE_TYPE ": %s", reading->descriptor >= 0 ? reading->path : "closed");
    return 1;
}

void so_bind_file_type(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"about", reading_about}, {"trust", reading_trust}, {"read", reading_read}, {"close", reading_close}, {NULL, NULL},
    };
    so_bind_type(L, SO_FILE_TYPE, &mark, reading_close, reading_text);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    so_bind_keep(L, &mark);
}

const luaL_Reg so_bind_file[] = {
    {"file", reading_open}, {"save", file_save}, {"save_begin", file_save_begin}, {"save_end", file_save_end}, {"stat", file_stat}, {"sha256", bytes_sha256}, {"utf8", bytes_utf8},
    {"is_verbatim", bytes_verbatim}, {NULL, NULL},
};
