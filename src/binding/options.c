/* SPDX-License-Identifier: MIT */
/* Options of clients, and those that a call overrides: from Lua tables into settings and calls. */
#include "../core/keylog.h"
#include "binding.h"

/* Raises what is wrong, or that memory is out; returns where neither is. */
static void check(lua_State *L, const char *why, const struct so_arena *arena, const struct so_where *where)
{
    if (why)
        so_bind_raise(L, "%s.%s: %s", where->first, where->second, why);
    if (arena->failed)
        so_bind_nomem(L);
}

static void check_keylog(lua_State *L, const struct so_where *where)
{
    if (!so_keylog_is_silent())
        so_bind_raise(L, "%s.%s: the environment has SSLKEYLOGFILE, and what libcurl does TLS with (%s) would write the keys there; "
                         "unset it before this program starts", where->first, where->second,
                      curl_version_info(CURLVERSION_NOW)->ssl_version);
}

struct so_header *so_bind_header(lua_State *L, const struct so_backend *backend, struct so_arena *arena, struct so_masked **masked,
                                 const struct so_where *where, const char *what)
{
    size_t name_size = 0, size = 0;
    bool secret;
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &name_size) : NULL;
    const char *value = so_bind_bytes(L, -1, &size, &secret);
    const char *why = so_header_refuse(backend, arena, name, name_size, value, size);
    if (why)
        so_bind_raise(L, "%s.%s: %s: %s", where->first, where->second, what, why);
    if (!value)
        so_bind_raise(L, "%s.%s: %s: '%s' must be a string or a secret, not %s", where->first, where->second, what, name,
                      luaL_typename(L, -1));
    struct so_header *header = so_header_new(arena, masked, name, name_size, value, size);
    if (!header || arena->failed)
        so_bind_nomem(L);
    return header;
}

static void take_headers(lua_State *L, int index, struct so_settings *settings, const struct so_where *where)
{
    lua_getfield(L, index, "headers");
    if (!lua_isnil(L, -1) && !lua_istable(L, -1))
        so_bind_raise(L, "%s.%s: option 'headers' must be a table, not %s", where->first, where->second, luaL_typename(L, -1));
    if (lua_istable(L, -1))
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
            so_header_insert(&settings->headers,
                             so_bind_header(L, settings->backend, &settings->arena, &settings->secrets, where, "option 'headers'"));
    lua_pop(L, 1);
}

void so_bind_settings_fill(lua_State *L, int index, struct so_settings *settings, const struct so_where *where)
{
    struct so_arena *arena = &settings->arena;
    struct so_value *common = so_value_new(arena, SO_TABLE, NULL), *own = so_value_new(arena, SO_TABLE, NULL);
    if (!common || !own)
        so_bind_nomem(L);
    so_bind_parameters(L, index, so_common_options, 0, where, "option", arena, common, &settings->secrets);
    so_bind_parameters(L, index, settings->backend->options, 0, where, "option", arena, own, &settings->secrets);
    settings->options = own;
    take_headers(L, index, settings, where);
    check(L, so_options_take(settings, common), arena, where);
    check_keylog(L, where);
}

/* core.check_defaults(options): raises what is wrong with options that all clients have */
int so_bind_check_defaults(lua_State *L)
{
    const struct so_where where = {"signoff", "defaults"};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct so_arena *arena = so_bind_arena(L);
    struct so_value *values = so_value_new(arena, SO_TABLE, NULL);
    struct so_masked *masked = NULL;
    if (!values)
        return so_bind_nomem(L);
    so_bind_refuse_unknown(L, 1, so_common_options, NULL, &where, "option");
    so_bind_parameters(L, 1, so_common_options, 0, &where, "option", arena, values, &masked);
    return arena->failed ? so_bind_nomem(L) : 0;
}

void so_bind_overrides(lua_State *L, int index, struct so_call *call, const struct so_where *where)
{
    struct so_value *given = so_value_new(&call->arena, SO_TABLE, NULL);
    if (!given)
        so_bind_nomem(L);
    luaL_checktype(L, index, LUA_TTABLE);
    so_bind_refuse_unknown(L, index, so_call_options, NULL, where, "option");
    so_bind_parameters(L, index, so_call_options, 0, where, "option", &call->arena, given, &call->secrets);
    check(L, so_options_override(call, given), &call->arena, where);
}
