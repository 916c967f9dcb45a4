/* SPDX-License-Identifier: MIT */
/* Options and arguments: makes values of Lua ones, as a list of parameters says. Every error raises, and names the parameter. */
#include <string.h>

#include "binding.h"

/* The parameter that is being read: its names for messages, and its destination. */
struct reading {
    lua_State *L;
    const struct so_parameter *parameter;
    const struct so_where *where;
    const char *kind;
    struct so_arena *arena;
    struct so_value *into;
    struct so_masked **masked;
};

static int refuse(const struct reading *reading, const char *why)
{
    return so_bind_raise(reading->L, "%s.%s: %s '%s' %s", reading->where->first, reading->where->second, reading->kind, reading->parameter->name, why);
}

static int refuse_type(const struct reading *reading, int index, const char *wanted)
{
    return so_bind_raise(reading->L, "%s.%s: %s '%s' must be %s, not %s", reading->where->first, reading->where->second, reading->kind,
                         reading->parameter->name, wanted, luaL_typename(reading->L, index));
}

/* Checks a text and adds it as a child of `into`. */
static struct so_value *add_text(const struct reading *reading, int index, struct so_value *into, const char *name)
{
    const struct so_parameter *parameter = reading->parameter;
    size_t size;
    bool secret;
    const char *text = so_bind_bytes(reading->L, index, &size, &secret);
    if (!text)
        refuse_type(reading, index, "a string");
    const char *why = so_parameter_refuse_text(parameter, reading->arena, text, size);
    if (why)
        refuse(reading, why);
    struct so_value *value = so_value_add_text(reading->arena, into, name, text, size);
    if (!value || ((secret || parameter->flags & SO_SECRET) &&
                   !so_mask_add(reading->arena, reading->masked, value->text, size)))
        so_bind_nomem(reading->L);
    return value;
}

static void add_number(const struct reading *reading, int index)
{
    const struct so_parameter *parameter = reading->parameter;
    if (lua_type(reading->L, index) != LUA_TNUMBER)
        refuse_type(reading, index, "a number");
    double number = lua_tonumber(reading->L, index);
    const char *why = so_parameter_refuse_number(parameter, reading->arena, number);
    if (why)
        refuse(reading, why);
    if (!so_value_add_number(reading->arena, reading->into, parameter->name, number))
        so_bind_nomem(reading->L);
}

static void add_boolean(const struct reading *reading, int index)
{
    if (!lua_isboolean(reading->L, index))
        refuse_type(reading, index, "true or false");
    if (!so_value_add_boolean(reading->arena, reading->into, reading->parameter->name, lua_toboolean(reading->L, index)))
        so_bind_nomem(reading->L);
}

/* A list without holes, or one text alone. */
static void add_list(const struct reading *reading, int index)
{
    lua_State *L = reading->L;
    if (!lua_istable(L, index)) {
        add_text(reading, index, reading->into, reading->parameter->name);
        return;
    }
    struct so_value *list = so_value_add(reading->arena, reading->into, SO_LIST, reading->parameter->name);
    if (!list)
        so_bind_nomem(L);
    size_t count = lua_rawlen(L, index), members = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        members++;
    if (!count || members != count)
        refuse(reading, count ? "has holes, or members that are no items" : "is an empty list");
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, index, (int)i);
        add_text(reading, lua_gettop(L), list, NULL);
        lua_pop(L, 1);
    }
}

/* A name; or a table with an id, and the name to fall back on. */
static void add_reference(const struct reading *reading, int index)
{
    lua_State *L = reading->L;
    if (!lua_istable(L, index)) {
        add_text(reading, index, reading->into, reading->parameter->name);
        return;
    }
    lua_getfield(L, index, "id");
    if (lua_isnil(L, -1))
        refuse(reading, "is a table without 'id'");
    struct so_value *reference = so_value_add(reading->arena, reading->into, SO_TABLE, reading->parameter->name);
    if (!reference)
        so_bind_nomem(L);
    add_text(reading, lua_gettop(L), reference, "id");
    lua_pop(L, 1);
}

static void add_nothing(const struct reading *reading)
{
    if (reading->parameter->flags & SO_REQUIRED)
        refuse(reading, "is missing");
    if (!so_parameter_add_fallback(reading->parameter, reading->arena, reading->into))
        so_bind_nomem(reading->L);
}

void so_bind_parameter(lua_State *L, int index, const struct so_parameter *parameter, const struct so_where *where, const char *kind,
                       struct so_arena *arena, struct so_value *into, struct so_masked **masked)
{
    const struct reading reading = {L, parameter, where, kind, arena, into, masked};
    index = lua_absindex(L, index);
    if (lua_isnoneornil(L, index))
        add_nothing(&reading);
    else if (parameter->type == SO_NUMBER)
        add_number(&reading, index);
    else if (parameter->type == SO_BOOLEAN)
        add_boolean(&reading, index);
    else if (parameter->type == SO_LIST)
        add_list(&reading, index);
    else if (parameter->type == SO_TABLE)
        add_reference(&reading, index);
    else
        add_text(&reading, index, into, parameter->name);
}

void so_bind_parameters(lua_State *L, int index, const struct so_parameter *list, int first, const struct so_where *where,
                        const char *kind, struct so_arena *arena, struct so_value *into, struct so_masked **masked)
{
    for (const struct so_parameter *parameter = list + first; parameter->name; parameter++) {
        if (parameter->type == SO_NIL) /* of a kind of its own: read elsewhere */
            continue;
        if (index)
            lua_getfield(L, index, parameter->name);
        else
            lua_pushnil(L);
        so_bind_parameter(L, -1, parameter, where, kind, arena, into, masked);
        lua_pop(L, 1);
    }
}

static void add_names(luaL_Buffer *names, const struct so_parameter *list)
{
    for (; list && list->name; list++) {
        luaL_addchar(names, ' ');
        luaL_addstring(names, list->name);
    }
}

static int raise_unknown(lua_State *L, const char *name, const struct so_parameter *list,
                         const struct so_parameter *other, const struct so_where *where, const char *kind)
{
    luaL_Buffer names;
    luaL_buffinit(L, &names);
    add_names(&names, list);
    add_names(&names, other);
    luaL_pushresult(&names);
    return so_bind_raise(L, "%s.%s: unknown %s '%s'; known are:%s", where->first, where->second, kind,
                        strlen(name) > 100 ? "a long name" : name, lua_tostring(L, -1));
}

void so_bind_refuse_unknown(lua_State *L, int index, const struct so_parameter *list, const struct so_parameter *other,
                            const struct so_where *where, const char *kind)
{
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            so_bind_raise(L, "%s.%s: an %s without a name (a %s)", where->first, where->second, kind, luaL_typename(L, -2));
        size_t size;
        const char *name = lua_tolstring(L, -2, &size);
        if (strlen(name) != size)
            so_bind_raise(L, "%s.%s: the name of an %s holds a NUL byte", where->first, where->second, kind);
        if (!so_parameter_is_listed(list, name) && !so_parameter_is_listed(other, name))
            raise_unknown(L, name, list, other, where, kind);
    }
}
