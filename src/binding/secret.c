/* SPDX-License-Identifier: MIT */
/* Secrets: they are read when they are made, wiped when they are collected, and never shown. */
#include <stdlib.h>
#include <string.h>

#include "../core/digest.h"
#include "../core/secret.h"
#include "binding.h"

enum { SHOWN = 12 };

/* A secret is a so_buffer; without bytes it is closed. */

static const char mark;

static struct so_buffer *push_secret(lua_State *L)
{
    struct so_buffer *secret = lua_newuserdatauv(L, sizeof *secret, 0);
    *secret = (struct so_buffer){0};
    so_bind_set_type(L, &mark);
    return secret;
}

void so_bind_push_secret(lua_State *L, const char *bytes, size_t size)
{
    if (!so_buffer_append(push_secret(L), bytes, size))
        so_bind_nomem(L);
}

/* signoff.secret.new(bytes) */
static int secret_new(lua_State *L)
{
    size_t size;
    const char *bytes = luaL_checklstring(L, 1, &size);
    luaL_argcheck(L, size > 0, 1, "a secret must not be empty");
    luaL_argcheck(L, size <= SO_SECRET_LARGEST, 1, "a secret has at most 64 KiB");
    const char *why = so_secret_refuse(bytes, size, false);
    if (why)
        return so_bind_raise(L, "secret.new: the text %s", why);
    return so_buffer_append(push_secret(L), bytes, size) ? 1 : so_bind_nomem(L);
}

/* signoff.secret.env(name) */
static int secret_env(lua_State *L)
{
    const char *name = so_bind_text(L, 1, "the name of a variable");
    struct so_buffer *secret = push_secret(L);
    const char *value = getenv(name);
    if (!value || !*value)
        return so_bind_raise(L, "secret.env: the environment has no '%s', or it is empty; set it before this program starts",
                             name);
    const char *why = so_secret_refuse(value, strlen(value), true);
    if (why)
        return so_bind_raise(L, "secret.env: '%s' %s", name, why);
    return so_buffer_text(secret, value) ? 1 : so_bind_nomem(L);
}

/* signoff.secret.file(path): refuses a file that is not its owner's alone, or that others may have put there */
static int secret_file(lua_State *L)
{
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1);
    if (!so_secret_read(push_secret(L), path, false, &trouble))
        return so_bind_raise(L, "secret.file: %s: %s", path, trouble.text);
    return 1;
}

/* signoff.secret.credential(name): a file in the folder that a service's manager names */
static int secret_credential(lua_State *L)
{
    struct so_trouble trouble;
    const char *name = so_bind_text(L, 1, "the name of a credential"), *folder = getenv("CREDENTIALS_DIRECTORY");
    if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
        return so_bind_raise(L, "secret.credential: '%s' is no name of a credential: it is that of a file, without a folder", name);
    if (!folder || *folder != '/')
        return so_bind_raise(L, "secret.credential: the environment has no CREDENTIALS_DIRECTORY, an absolute path; systemd sets it where "
                             "the unit has LoadCredential=%s:FILE, in a container set it to the folder where secrets are mounted", name);
    const char *path = lua_pushfstring(L, "%s/%s", folder, name);
    if (!so_secret_read(push_secret(L), path, true, &trouble))
        return so_bind_raise(L, "secret.credential: %s: %s", path, trouble.text);
    return 1;
}

/* core.secret_command(argv, seconds): the only line that a program writes; blocks */
static int secret_command(lua_State *L)
{
    struct so_trouble trouble;
    double seconds = luaL_checknumber(L, 2);
    char **argv = so_bind_argv(L, 1, "secret.command");
    struct so_buffer *secret = push_secret(L);
    if (*argv[0] != '/')
        return so_bind_raise(L, "secret.command: '%s' is no absolute path, and is not looked for in PATH; write the path that "
                             "'command -v %s' prints, such as \"/usr/bin/%s\"", argv[0], argv[0], so_file_name(argv[0]));
    if (!so_secret_run(secret, argv, seconds, &trouble))
        return so_bind_raise(L, "secret.command: %s: %s", argv[0], trouble.text);
    return 1;
}

bool so_bind_is_secret(lua_State *L, int index)
{
    return so_bind_test(L, index, &mark) != NULL;
}

static int secret_close(lua_State *L)
{
    so_buffer_free(so_bind_check(L, 1, &mark, SO_SECRET_TYPE));
    return 0;
}

static int secret_text(lua_State *L)
{
    lua_pushliteral(L, "secret: ***");
    return 1;
}

const char *so_bind_bytes(lua_State *L, int index, size_t *size, bool *secret)
{
    *secret = false;
    if (lua_type(L, index) == LUA_TSTRING)
        return lua_tolstring(L, index, size);
    struct so_buffer *bytes = so_bind_test(L, index, &mark);
    if (!bytes)
        return NULL;
    if (!bytes->bytes)
        so_bind_raise(L, "the secret was closed");
    *secret = true;
    *size = bytes->size;
    return bytes->bytes;
}

/* signoff.fingerprint(secret or string): "sha256:" and 12 hexadecimal digits */
static int fingerprint(lua_State *L)
{
    char digest[SO_SHA256_DIGITS + 1];
    size_t size;
    bool secret;
    const char *bytes = so_bind_bytes(L, 1, &size, &secret);
    luaL_argcheck(L, bytes, 1, "a string or a secret");
    if (!so_sha256(bytes, size, digest))
        return so_bind_nomem(L);
    digest[SHOWN] = '\0';
    lua_pushfstring(L, "sha256:%s", digest);
    return 1;
}

/* core.bytes(secret or string): the bytes, which the Lua side must not put into any output; nil for anything else */
static int secret_bytes(lua_State *L)
{
    size_t size;
    bool secret;
    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING)
        return 1;
    struct so_arena *arena = so_bind_arena(L);
    const char *bytes = so_bind_bytes(L, 1, &size, &secret);
    if (!bytes) {
        lua_pushnil(L);
        return 1;
    }
    const char *copy = so_arena_copy(arena, bytes, size);
    if (!copy)
        return so_bind_nomem(L);
    lua_pushlstring(L, copy, size);
    so_arena_free(arena); /* wiped now, not when it is collected */
    return 1;
}

void so_bind_secret_type(lua_State *L)
{
    static const luaL_Reg methods[] = {{"close", secret_close}, {NULL, NULL}};
    so_bind_type(L, SO_SECRET_TYPE, &mark, secret_close, secret_text);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    so_bind_keep(L, &mark);
}

const luaL_Reg so_bind_secret[] = {
    {"secret_new", secret_new},
    {"secret_env", secret_env},
    {"secret_file", secret_file},
    {"secret_credential", secret_credential},
    {"secret_command", secret_command},
    {"bytes", secret_bytes},
    {"fingerprint", fingerprint},
    {NULL, NULL},
};
