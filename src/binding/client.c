/* SPDX-License-Identifier: MIT */
/* Clients. A new one is closed, until it is opened; every function is safe in every state. */
#include <string.h>

#include "binding.h"

struct client {
    const struct so_backend *backend; /* NULL until it was first opened */
    struct so_settings *settings;     /* NULL: closed */
};

static const char mark;

static struct client *check_client(lua_State *L, int index)
{
    return so_bind_check(L, index, &mark, SO_CLIENT);
}

struct so_settings *so_bind_settings(lua_State *L, int index)
{
    struct client *client = check_client(L, index);
    if (!client->settings)
        so_bind_raise(L, "%s: the client is closed", client->backend ? client->backend->name : SO_CLIENT);
    return client->settings;
}

/* core.open(client, options): opens it, or gives an open one other options; its calls on their way keep the old ones. */
static int client_open(lua_State *L)
{
    struct client *client = check_client(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    const struct so_where where = {"signoff", client->backend->name};
    so_bind_refuse_unknown(L, 2, client->backend->options, so_common_options, &where, "option");
    struct client *next = lua_newuserdatauv(L, sizeof *next, 1);
    *next = (struct client){client->backend, NULL};
    so_bind_set_type(L, client->backend);
    next->settings = so_settings_new();
    if (!next->settings)
        return so_bind_nomem(L);
    next->settings->backend = client->backend;
    so_bind_settings_fill(L, 2, next->settings, &where);
    struct so_settings *before = client->settings; /* collected with `next` */
    client->settings = next->settings;
    next->settings = before;
    lua_settop(L, 1);
    return 1;
}

/* core.client(kind, anchor): a new, closed client; `anchor` is the table that the Lua side keeps with it */
static int client_new(lua_State *L)
{
    const char *kind = so_bind_text(L, 1, "the name of a system");
    luaL_checktype(L, 2, LUA_TTABLE);
    const struct so_backend *backend = so_bind_find_system(L, kind);
    luaL_argcheck(L, backend, 1, "no such system");
    struct client *client = lua_newuserdatauv(L, sizeof *client, 1);
    *client = (struct client){backend, NULL};
    so_bind_set_type(L, backend);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

/* core.anchor(client) */
static int client_anchor(lua_State *L)
{
    check_client(L, 1);
    lua_getiuservalue(L, 1, 1);
    return 1;
}

static int client_close(lua_State *L)
{
    struct client *client = check_client(L, 1);
    so_settings_free(client->settings);
    client->settings = NULL;
    return 0;
}

static int client_kind(lua_State *L)
{
    lua_pushstring(L, check_client(L, 1)->backend->name);
    return 1;
}

/* core.is_open(client) */
static int client_is_open(lua_State *L)
{
    lua_pushboolean(L, check_client(L, 1)->settings != NULL);
    return 1;
}

/* core.option(client, name): a number among the system's own options, or how many items a list has; and whether it is given */
static int client_option(lua_State *L)
{
    const char *name = so_bind_text(L, 2, "the name of an option");
    const struct so_settings *settings = so_bind_settings(L, 1);
    const struct so_value *value = so_value_member(settings->options, name);
    const struct so_parameter *option = settings->backend->options;
    while (option->name && strcmp(option->name, name))
        option++;
    if (value && value->type == SO_NUMBER)
        lua_pushnumber(L, value->number);
    else if (value && value->type != SO_NIL && option->type == SO_LIST) /* one may stand alone */
        lua_pushinteger(L, value->type == SO_LIST ? (lua_Integer)so_value_count(value) : 1);
    else
        lua_pushnil(L);
    lua_pushboolean(L, value && value->type != SO_NIL);
    return 2;
}

/* core.mask(client, text): without the client's secrets */
static int client_mask(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 2, &size);
    struct so_arena *arena = so_bind_arena(L);
    const struct so_mask *mask = so_settings_mask(so_bind_settings(L, 1));
    const char *masked = mask ? so_mask_apply(arena, mask, text, size, size, &size) : NULL;
    if (!masked)
        return so_bind_nomem(L);
    lua_pushlstring(L, masked, size);
    return 1;
}

static int client_text(lua_State *L)
{
    struct so_arena *arena = so_bind_arena(L);
    const struct client *client = check_client(L, 1);
    const char *text = so_arena_join(arena, SO_CLIENT ": ", client->backend->name, " ",
                                     client->settings ? client->settings->origin : "(closed)", NULL);
    if (!text)
        return so_bind_nomem(L);
    lua_pushstring(L, text);
    return 1;
}

void so_bind_client_type(lua_State *L, const struct so_backend *backend)
{
    so_bind_type(L, SO_CLIENT, &mark, client_close, client_text);
    lua_newtable(L); /* methods: Lua's side fills it */
    lua_pushcfunction(L, client_close);
    lua_setfield(L, -2, "close");
    lua_pushcfunction(L, client_kind);
    lua_setfield(L, -2, "kind");
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__index");
    lua_insert(L, -2);
    so_bind_keep(L, backend);
}

const luaL_Reg so_bind_client[] = {
    {"client", client_new},     {"open", client_open},     {"anchor", client_anchor},
    {"is_open", client_is_open}, {"option", client_option}, {"mask", client_mask},
    {"check_defaults", so_bind_check_defaults},
    {NULL, NULL},
};
