/* SPDX-License-Identifier: MIT */
/* A reply's own members for scripts: masked, and at most as many as a person reads; or all of it, for a script that reads replies. */
#include <string.h>

#include "../backends/reading.h"
#include "binding.h"

/* The most that is shown in all, and of one text. */
enum { VALUES_MAX = 1000, BYTES_MAX = 16 * 1024, TEXT_MAX = 4 * 1024 };

struct fields {
    lua_State *L;
    struct so_call *call; /* whose secrets are masked; NULL: all is shown as it is */
    size_t values, bytes; /* left */
    const char *const *attributes; /* of XML elements, which stand as members; NULL: none */
    const char *const *lists;      /* names of XML elements that stand as lists, also where there is one alone; NULL: none */
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

static void push_node(struct fields *fields, struct so_node node);

/* Makes a list of the member on top, in the table below it. */
static void make_list(lua_State *L, const char *name)
{
    lua_createtable(L, 2, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
}

/* Puts an empty list in the place of the nil on top, and into the table below it. */
static void begin_list(lua_State *L, const char *name)
{
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
}

/* Adds a member to the table on top: one name several times, in XML, makes a list of them, and so does a name of a list. */
static void add_member(struct fields *fields, const char *name, struct so_node child)
{
    lua_State *L = fields->L;
    lua_getfield(L, -1, name);
    bool again = !lua_isnil(L, -1), listed = again && lua_istable(L, -1) && lua_rawlen(L, -1) > 0;
    if (!again && so_read_is_one_of(fields->lists, name)) {
        begin_list(L, name);
        again = listed = true;
    }
    if (again && !listed && !take_value(fields)) { /* a list is a value of its own */
        lua_pop(L, 1);
        return;
    }
    if (again && !listed)
        make_list(L, name);
    push_node(fields, child);
    if (again)
        lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
    else
        lua_setfield(L, -3, name);
    lua_pop(L, 1);
}

/* The members of an object, the items of a list, or the child elements by their local names. */
static void push_members(struct fields *fields, struct so_node parent, const char *left_out)
{
    struct so_cursor cursor = {0};
    struct so_node child;
    const char *name;
    luaL_checkstack(fields->L, 8, "fields");
    lua_newtable(fields->L);
    while (so_node_each(parent, &cursor, &name, &child) && take_value(fields)) {
        if (name && (!left_out || strcmp(name, left_out)) && may_name(fields, name, strlen(name)))
            add_member(fields, name, child);
        if (name)
            continue;
        push_node(fields, child);
        lua_rawseti(fields->L, -2, (int)cursor.index);
    }
}

/* Sets the attributes of an element in the table on top, but for those that a child has the name of. */
static void set_attributes(const struct fields *fields, struct so_node node)
{
    lua_State *L = fields->L;
    const char *text;
    size_t size;
    for (const char *const *name = fields->attributes; name && *name; name++) {
        if (!so_node_attribute(node, *name, &text, &size))
            continue;
        lua_getfield(L, -1, *name);
        bool taken = !lua_isnil(L, -1);
        lua_pop(L, 1);
        if (taken)
            continue;
        lua_pushlstring(L, text, size);
        lua_setfield(L, -2, *name);
    }
}

static bool has_attribute(const struct fields *fields, struct so_node node)
{
    const char *text;
    size_t size;
    for (const char *const *name = fields->attributes; name && *name; name++)
        if (so_node_attribute(node, *name, &text, &size))
            return true;
    return false;
}

/* An element with such attributes, for a script: its own text stands as `text`. */
static void push_with_attributes(struct fields *fields, struct so_node node)
{
    const char *text;
    size_t size;
    push_members(fields, node, NULL);
    set_attributes(fields, node);
    if (so_node_type(node) == SO_TABLE || !so_node_text(node, &text, &size))
        return;
    push_text(fields, text, size);
    lua_setfield(fields->L, -2, "text");
}

static void push_node(struct fields *fields, struct so_node node)
{
    enum so_type type = so_node_type(node);
    const char *text;
    double number;
    size_t size;
    if (has_attribute(fields, node))
        push_with_attributes(fields, node);
    else if (type == SO_TABLE || type == SO_LIST)
        push_members(fields, node, NULL);
    else if (type == SO_STRING && so_node_text(node, &text, &size))
        push_text(fields, text, size);
    else if (type == SO_NUMBER && so_node_number(node, &number) && so_bind_hides_number(fields->L, fields->call, number))
        lua_pushliteral(fields->L, "***");
    else if (node.slot)
        lua_pushvalue(fields->L, node.slot);
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
    struct fields fields = {.L = L, .call = call, .values = VALUES_MAX, .bytes = BYTES_MAX};
    size_t size = call->reply.body.size;
    bool little = size <= 2 * VALUES_MAX && !so_call_may_show(call, size); /* too little for any bound, and for a secret */
    const char *moved = call->answer.moved;
    bool listed = call->answer.rows.document && !moved;
    bool shown = document && !listed && (so_node_name(document->root) || lua_istable(L, document->root.slot));
    if (shown && little && document->root.slot)
        push_decoded(L, document->root.slot, moved);
    else if (shown)
        push_members(&fields, document->root, moved);
    else
        lua_newtable(L);
}

void so_bind_view(lua_State *L, const struct so_document *document, const struct so_backend *backend)
{
    struct fields fields = {.L = L, .attributes = backend->attributes, .lists = backend->words->lists};
    if (document->root.slot)
        lua_pushvalue(L, document->root.slot);
    else
        push_with_attributes(&fields, document->root);
}
