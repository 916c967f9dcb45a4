/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "../binding/compat.h"
#include "../core/locale.h"
#include "values.h"

/* The text is valid: each function begins at its value, and gives what is behind it. */

enum { SLOTS = 4, MEMBERS = 8, DIGITS = 15 };

static const char *push_value(lua_State *L, const char *at);

static const char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')
        at++;
    return at;
}

static void push_escaped(lua_State *L, const struct so_value_text *text)
{
    size_t most = (size_t)(text->end - text->at), size;
    char *room = lua_newuserdatauv(L, most + 1, 0);
    so_object_text(text, room, most, &size);
    lua_pushlstring(L, room, size);
    lua_remove(L, -2);
}

static const char *push_text(lua_State *L, const char *at)
{
    const char *end = at + 1;
    bool escaped = false;
    for (; *end != '"'; end++) {
        escaped |= *end == '\\';
        end += *end == '\\';
    }
    struct so_value_text text = {at, end + 1};
    if (escaped)
        push_escaped(L, &text);
    else
        lua_pushlstring(L, at + 1, (size_t)(end - at - 1));
    return text.end;
}

/* Times and counts are whole and short: no digit of them is lost. */
static const char *push_number(lua_State *L, const char *at)
{
    char *end;
    double whole = 0;
    const char *digits = at + (*at == '-'), *behind = digits;
    for (; *behind >= '0' && *behind <= '9' && behind - digits <= DIGITS; behind++)
        whole = whole * 10 + (*behind - '0');
    if (behind - digits <= DIGITS && !memchr(".eE", *behind, 3)) {
        lua_pushnumber(L, *at == '-' ? -whole : whole);
        return behind;
    }
    lua_pushnumber(L, so_number_read(at, &end));
    return end;
}

static const char *push_members(lua_State *L, const char *at)
{
    lua_createtable(L, 0, MEMBERS);
    for (at = skip_blanks(at + 1); *at != '}'; at = skip_blanks(at)) {
        at = skip_blanks(*at == ',' ? at + 1 : at);
        at = skip_blanks(push_text(L, at)); /* a colon follows */
        at = push_value(L, skip_blanks(at + 1));
        lua_rawset(L, -3);
    }
    return at + 1;
}

static const char *push_items(lua_State *L, const char *at)
{
    int count = 0;
    lua_createtable(L, 0, 0);
    for (at = skip_blanks(at + 1); *at != ']'; at = skip_blanks(at)) {
        at = push_value(L, skip_blanks(*at == ',' ? at + 1 : at));
        lua_rawseti(L, -2, ++count);
    }
    return at + 1;
}

static const char *push_word(lua_State *L, const char *at)
{
    if (*at == 'n')
        lua_pushlightuserdata(L, NULL);
    else
        lua_pushboolean(L, *at == 't');
    return at + (*at == 'f' ? strlen("false") : strlen("true")); /* or null */
}

static const char *push_value(lua_State *L, const char *at)
{
    luaL_checkstack(L, SLOTS, "JSON");
    switch (*at) {
    case '{':
        return push_members(L, at);
    case '[':
        return push_items(L, at);
    case '"':
        return push_text(L, at);
    case 't':
    case 'f':
    case 'n':
        return push_word(L, at);
    default:
        return push_number(L, at);
    }
}

void so_values_push(lua_State *L, const struct so_value_text *object)
{
    push_value(L, object->at);
}
