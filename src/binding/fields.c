/* SPDX-License-Identifier: MIT */
/* A reply's own members for scripts: masked, and at most as many as a person reads; or all of it, for a script that reads replies. */
#include <string.h>

#include "binding.h"

/* The most that is shown in all, and of one text. */
enum { VALUES_MAX = 1000, BYTES_MAX = 16 * 1024, TEXT_MAX = 4 * 1024 };

struct fields {
    lua_State *L;
    struct so_call *call; /* whose secrets are masked; NULL: all is shown as it is */
    size_t values, bytes; /* left */
};

/* Whether one more value may be shown. */
static bool take_value(struct fields *fields)
{
    if (!fields->call)
        return true;
    if (fields->values == 0 || fields->bytes == 0)
        return false;
    fields->values--;
    return true;
}

static size_t take_bytes(struct fields *fields, size_t size)
{
    size_t most = fields->bytes < TEXT_MAX ? fields->bytes : TEXT_MAX;
    size_t taken = size < most ? size : most;
    fields->bytes -= taken;
    return taken;
}

/* Whether a member with that name may be shown: a member whose name holds a secret is left out. */
static bool may_name(struct fields *fields, const char *name, size_t size)
{
    if (!fields->call)
        return true;
    size_t limit = take_bytes(fields, size), shown;
    return limit == size && so_bind_masked(fields->L, fields->call, name, size, limit, &shown) == name;
}

static void push_text(struct fields *fields, const char *text, size_t size)
{
    if (fields->call)
        so_bind_push_masked(fields->L, fields->call, text, size, take_bytes(fields, size));
    else
        lua_pushlstring(fields->L, text, size);
}

/* JSON */

static void push_json(struct fields *fields, int index);

static void add_member(struct fields *fields, const char *left_out)
{
    lua_State *L = fields->L;
    size_t size;
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &size) : NULL;
    if (name && ((left_out && !strcmp(name, left_out)) || !may_name(fields, name, size)))
        return;
    lua_pushvalue(L, -2);
    push_json(fields, lua_absindex(L, -2));
    lua_rawset(L, -5); /* table, key, value, key, what is shown of it */
}

static void push_members(struct fields *fields, int index, const char *left_out)
{
    lua_State *L = fields->L;
    luaL_checkstack(L, 8, "fields");
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (!take_value(fields)) {
            lua_pop(L, 2);
            return;
        }
        add_member(fields, left_out);
    }
}

static void push_json(struct fields *fields, int index)
{
    lua_State *L = fields->L;
    size_t size;
    if (lua_type(L, index) == LUA_TSTRING) {
        const char *text = lua_tolstring(L, index, &size);
        push_text(fields, text, size);
    } else if (lua_type(L, index) == LUA_TNUMBER) {
        if (so_bind_hides_number(L, fields->call, lua_tonumber(L, index)))
            lua_pushliteral(L, "***");
        else
            lua_pushvalue(L, index);
    } else if (lua_istable(L, index)) {
        push_members(fields, index, NULL);
    } else {
        lua_pushvalue(L, index);
    }
}

/* XML: child elements by their local names; one name several times makes a list of them */

static void push_element(struct fields *fields, struct so_node node);

/* Makes a list of the member on top, in the table below it. */
static void make_list(lua_State *L, const char *name)
{
    lua_createtable(L, 2, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
}

static void add_element(struct fields *fields, struct so_node child)
{
    lua_State *L = fields->L;
    const char *name = so_node_name(child);
    if (!may_name(fields, name, strlen(name)))
        return;
    lua_getfield(L, -1, name);
    bool again = !lua_isnil(L, -1), listed = again && lua_istable(L, -1) && lua_rawlen(L, -1) > 0;
    if (again && !listed && !take_value(fields)) { /* a list is a value of its own */
        lua_pop(L, 1);
        return;
    }
    if (again && !listed)
        make_list(L, name);
    push_element(fields, child);
    if (again)
        lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
    else
        lua_setfield(L, -3, name);
    lua_pop(L, 1);
}

static void push_elements(struct fields *fields, struct so_node parent, const char *left_out)
{
    struct so_cursor cursor = {0};
    struct so_node child;
    luaL_checkstack(fields->L, 8, "fields");
    lua_newtable(fields->L);
    while (so_node_next(parent, &cursor, &child) && take_value(fields))
        if (!left_out || strcmp(so_node_name(child), left_out))
            add_element(fields, child);
}

static void push_element(struct fields *fields, struct so_node node)
{
    const char *text;
    size_t size;
    if (so_node_type(node) == SO_TABLE)
        push_elements(fields, node, NULL);
    else if (so_node_text(node, &text, &size))
        push_text(fields, text, size);
    else
        lua_pushliteral(fields->L, "");
}

/* The members as they were decoded, without one of them. */
static void push_decoded(lua_State *L, int slot, const char *left_out)
{
    lua_pushvalue(L, slot);
    if (!left_out)
        return;
    lua_pushnil(L);
    lua_setfield(L, -2, left_out);
}

void so_bind_fields(lua_State *L, struct so_call *call, const struct so_document *document)
{
    struct fields fields = {L, call, VALUES_MAX, BYTES_MAX};
    size_t size = call->reply.body.size;
    bool little = size <= 2 * VALUES_MAX && !so_call_may_show(call, size); /* too little for any bound, and for a secret */
    const char *moved = call->answer.moved;
    bool listed = call->answer.rows.document && !moved;
    if (document && !listed && so_node_name(document->root))
        push_elements(&fields, document->root, moved);
    else if (document && !listed && lua_istable(L, document->root.slot) && little)
        push_decoded(L, document->root.slot, moved);
    else if (document && !listed && lua_istable(L, document->root.slot))
        push_members(&fields, document->root.slot, moved);
    else
        lua_newtable(L);
}

void so_bind_view(lua_State *L, const struct so_document *document)
{
    struct fields fields = {.L = L};
    if (!so_node_name(document->root))
        lua_pushvalue(L, document->root.slot);
    else
        push_elements(&fields, document->root, NULL);
}
