/* SPDX-License-Identifier: MIT */
/* JSON by an instance of lua-cjson of our own, so that the program's settings are never touched. */
#include <stdint.h>
#include <string.h>

#include "../core/json_numbers.h"
#include "../core/json_syntax.h"
#include "../core/locale.h"
#include "../core/pin.h"
#include "binding.h"

/* A walk over all members takes two slots for each level: the name, and the value. */
enum { SLOTS_OF_LEVEL = 2, SLOTS_MORE = 4 };

static const char encode, decode; /* their addresses are the keys of the two functions in the registry */

static void configure(lua_State *L, const char *setting, int value, bool is_flag)
{
    lua_getfield(L, -1, setting);
    if (is_flag)
        lua_pushboolean(L, value);
    else
        lua_pushinteger(L, value);
    lua_call(L, 1, 0);
}

static int make_instance(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "cjson");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "new");
    lua_call(L, 0, 1);
    return 1;
}

/* Calls a function with as many arguments, for one result; a status as lua_pcall's. */
static int call_plain(lua_State *L, int arguments)
{
    locale_t before = so_locale_enter();
    int status = lua_pcall(L, arguments, 1, 0);
    so_locale_leave(before);
    return status;
}

/* A new instance of lua-cjson notes the locale's decimal point for all instances, and ends the process where that is no single
   byte. Afterwards the program's instances must find the point that a new one of theirs would have noted. */
static void push_instance(lua_State *L)
{
    lua_pushcfunction(L, make_instance);
    if (strlen(localeconv()->decimal_point) == 1)
        lua_call(L, 0, 1);
    else if (call_plain(L, 0))
        lua_error(L);
}

void so_json_open(lua_State *L)
{
    push_instance(L);
    configure(L, "decode_max_depth", SO_JSON_DEPTH_MAX, false);
    configure(L, "encode_max_depth", SO_JSON_DEPTH_MAX, false);
    configure(L, "decode_invalid_numbers", 0, true);
    configure(L, "encode_invalid_numbers", 0, true);
    configure(L, "encode_keep_buffer", 0, true); /* a finalizer may encode while we do, and what was sent is not kept */
    lua_getfield(L, -1, "encode");
    so_pin((const void *)(uintptr_t)lua_tocfunction(L, -1)); /* Lua 5.1 closes it before a script's last finalizers run */
    so_bind_keep(L, &encode);
    lua_getfield(L, -1, "decode");
    so_bind_keep(L, &decode);
    lua_pop(L, 1);
}

static void push_function(lua_State *L, const void *key)
{
    lua_pushlightuserdata(L, (void *)key);
    lua_rawget(L, LUA_REGISTRYINDEX);
}

/* Replaces the value on top by its text. */
static void encode_top(lua_State *L)
{
    push_function(L, &encode);
    lua_insert(L, -2);
    if (call_plain(L, 1))
        lua_error(L);
}

/* As call_plain, for `decode` and its argument. */
static int decode_plain(lua_State *L, const char *text, size_t size)
{
    push_function(L, &decode);
    lua_pushlstring(L, text, size);
    return call_plain(L, 1);
}

/* Replaces the text on top by its value, or by a message. Where lua-cjson noted another decimal point than '.', it gets a text
   without decimal points. `arena` may be NULL. */
static int decode_top(lua_State *L, struct so_arena *arena)
{
    int index = lua_gettop(L);
    size_t size;
    const char *text = lua_tolstring(L, index, &size);
    push_function(L, &decode);
    lua_pushvalue(L, index);
    int status = call_plain(L, 1);
    if (status == LUA_ERRRUN) {
        arena = arena ? arena : so_bind_arena(L);
        const char *plain = so_json_without_points(arena, text, size, &size);
        if (!plain)
            status = LUA_ERRMEM;
        else if (plain != text && decode_plain(L, plain, size) == 0)
            status = 0;
    }
    lua_pushvalue(L, status ? index + 1 : -1);
    lua_replace(L, index);
    lua_settop(L, index);
    return status;
}

void so_json_write(lua_State *L, struct so_call *call)
{
    struct so_request *request = &call->request;
    so_bind_push(L, request->body);
    encode_top(L);
    const char *text = lua_tolstring(L, -1, &request->size);
    request->bytes = so_arena_copy(&call->arena, text, request->size);
    lua_pop(L, 1);
}

/* The document: a node is an index of the stack, its child is one above it */

static lua_State *state_of(struct so_node node)
{
    return ((struct so_json *)node.document)->L;
}

/* The first place behind the document's. */
static int end_of(struct so_node node)
{
    return ((struct so_json *)node.document)->end;
}

static bool is_root(struct so_node node)
{
    return node.slot == node.document->root.slot;
}

static enum so_type table_type(struct so_node node)
{
    lua_State *L = state_of(node);
    if (lua_rawlen(L, node.slot) > 0)
        return SO_LIST;
    if (is_root(node))
        return ((struct so_json *)node.document)->first == '[' ? SO_LIST : SO_TABLE;
    return SO_TABLE;
}

static enum so_type json_type(struct so_node node)
{
    switch (lua_type(state_of(node), node.slot)) {
    case LUA_TBOOLEAN:
        return SO_BOOLEAN;
    case LUA_TNUMBER:
        return SO_NUMBER;
    case LUA_TSTRING:
        return SO_STRING;
    case LUA_TTABLE:
        return table_type(node);
    default:
        return SO_NIL;
    }
}

/* Moves the value on top to the place of `parent`'s child. */
static bool take_child(struct so_node parent, struct so_node *out)
{
    lua_State *L = state_of(parent);
    bool there = !lua_isnil(L, -1) && parent.slot + 1 < end_of(parent);
    if (!there) {
        lua_pop(L, 1);
        return false;
    }
    lua_replace(L, parent.slot + 1);
    *out = (struct so_node){parent.document, NULL, parent.slot + 1};
    return true;
}

static bool json_child(struct so_node parent, const char *name, struct so_node *out)
{
    lua_State *L = state_of(parent);
    if (!lua_istable(L, parent.slot))
        return false;
    lua_pushstring(L, name);
    lua_rawget(L, parent.slot);
    return take_child(parent, out);
}

static bool json_next(struct so_node list, size_t *cursor, void **place, struct so_node *out)
{
    lua_State *L = state_of(list);
    (void)place;
    if (!lua_istable(L, list.slot))
        return false;
    lua_rawgeti(L, list.slot, (int)++*cursor);
    return take_child(list, out);
}

static bool json_each(struct so_node parent, size_t *cursor, void **place, const char **name, struct so_node *out)
{
    lua_State *L = state_of(parent);
    int key = parent.slot + 1, value = parent.slot + 2;
    (void)place;
    if (!lua_istable(L, parent.slot) || value >= end_of(parent))
        return false;
    if (++*cursor == 1)
        lua_pushnil(L);
    else
        lua_pushvalue(L, key);
    if (!lua_next(L, parent.slot))
        return false;
    lua_replace(L, value);
    lua_replace(L, key);
    *name = lua_type(L, key) == LUA_TSTRING ? lua_tostring(L, key) : NULL;
    *out = (struct so_node){parent.document, NULL, value};
    return true;
}

static bool format_number(struct so_node node, const char **text, size_t *size)
{
    char digits[32];
    *size = so_number_write(digits, sizeof digits, "%.14g", lua_tonumber(state_of(node), node.slot));
    *text = so_arena_copy(node.document->arena, digits, *size);
    return *text != NULL;
}

static bool json_text(struct so_node node, const char **text, size_t *size)
{
    lua_State *L = state_of(node);
    switch (lua_type(L, node.slot)) {
    case LUA_TSTRING:
        *text = lua_tolstring(L, node.slot, size);
        return true;
    case LUA_TNUMBER:
        return format_number(node, text, size);
    case LUA_TBOOLEAN:
        *text = lua_toboolean(L, node.slot) ? "true" : "false";
        *size = strlen(*text);
        return true;
    default:
        return false;
    }
}

static bool json_number(struct so_node node, double *out)
{
    if (lua_type(state_of(node), node.slot) != LUA_TNUMBER)
        return false;
    *out = lua_tonumber(state_of(node), node.slot);
    return true;
}

static bool json_truth(struct so_node node, bool *out)
{
    if (!lua_isboolean(state_of(node), node.slot))
        return false;
    *out = lua_toboolean(state_of(node), node.slot);
    return true;
}

static bool json_empty(struct so_node node)
{
    lua_State *L = state_of(node);
    if (lua_type(L, node.slot) == LUA_TSTRING)
        return lua_rawlen(L, node.slot) == 0;
    if (!lua_istable(L, node.slot))
        return false;
    lua_pushnil(L);
    if (!lua_next(L, node.slot))
        return true;
    lua_pop(L, 2);
    return false;
}

static const struct so_document_methods methods = {
    .type = json_type,
    .child = json_child,
    .next = json_next,
    .each = json_each,
    .text = json_text,
    .number = json_number,
    .truth = json_truth,
    .empty = json_empty,
};

const char *so_json_read(lua_State *L, struct so_json *out, struct so_arena *arena, const char *bytes, size_t size, size_t values_max,
                         const char *const *arrays)
{
    struct so_json_shape shape;
    const char *why = so_json_refuse(arena, bytes, size, values_max, arrays, &shape);
    if (why)
        return why;
    int slot = lua_gettop(L) + 1, slots = SLOTS_OF_LEVEL * shape.depth + SLOTS_MORE;
    luaL_checkstack(L, slots + 12, "JSON"); /* a failure pushes its message in parts */
    lua_pushlstring(L, bytes, size);
    int status = decode_top(L, arena);
    if (status == LUA_ERRMEM)
        so_bind_nomem(L);
    if (status) {
        lua_pop(L, 1);
        return "is not valid JSON";
    }
    lua_settop(L, slot + slots - 1);
    *out = (struct so_json){.document = {.methods = &methods, .arena = arena}, .L = L, .end = slot + slots, .first = bytes[0]};
    out->document.root = (struct so_node){&out->document, NULL, slot};
    out->document.repeats = shape.repeats;
    out->document.no_array = shape.no_array;
    return NULL;
}

/* core.json_encode(value) */
static int json_encode(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    encode_top(L);
    return 1;
}

/* core.json_decode(text): the value, or nil and lua-cjson's message */
static int json_decode(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TSTRING);
    lua_settop(L, 1);
    int status = decode_top(L, NULL);
    if (status == LUA_ERRMEM)
        return so_bind_nomem(L);
    if (!status)
        return 1;
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}

/* core.json_repeats(text): whether an object of a JSON text may have a member twice: lua-cjson silently keeps the last one.
   True also for a text that is refused. */
static int json_repeats(lua_State *L)
{
    size_t size;
    struct so_json_shape shape;
    const char *text = luaL_checklstring(L, 1, &size);
    lua_pushboolean(L, so_json_refuse(NULL, text, size, SIZE_MAX, NULL, &shape) || shape.repeats);
    return 1;
}

const luaL_Reg so_bind_json[] = {
    {"json_encode", json_encode}, {"json_decode", json_decode}, {"json_repeats", json_repeats}, {NULL, NULL},
};
