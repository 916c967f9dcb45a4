/* SPDX-License-Identifier: MIT */
/* Pushes described values (value.h) as Lua values. */
#include "binding.h"

static void push_children(lua_State *L, const struct so_value *parent)
{
    int index = 0;
    luaL_checkstack(L, 4, "values");
    lua_createtable(L, parent->type == SO_LIST ? 4 : 0, parent->type == SO_LIST ? 4 : 8);
    for (const struct so_value *child = parent->first; child; child = child->next) {
        so_bind_push(L, child);
        if (child->name && parent->type == SO_TABLE)
            lua_setfield(L, -2, child->name);
        else
            lua_rawseti(L, -2, ++index);
    }
}

/* A whole number is an integer where Lua has them: scripts print it, and compare it as text. */
void so_bind_push_number(lua_State *L, double number)
{
    if (number >= -9007199254740992.0 && number <= 9007199254740992.0 && number == (double)(lua_Integer)number)
        lua_pushinteger(L, (lua_Integer)number);
    else
        lua_pushnumber(L, number);
}

void so_bind_push(lua_State *L, const struct so_value *value)
{
    switch (value->type) {
    case SO_NIL:
        lua_pushnil(L);
        break;
    case SO_BOOLEAN:
        lua_pushboolean(L, value->truth);
        break;
    case SO_NUMBER:
        so_bind_push_number(L, value->number);
        break;
    case SO_STRING:
        lua_pushlstring(L, value->text, value->size);
        break;
    case SO_LIST:
    case SO_TABLE:
        push_children(L, value);
        break;
    }
}

void so_bind_set_text(lua_State *L, const char *name, const char *text)
{
    if (!text)
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}
