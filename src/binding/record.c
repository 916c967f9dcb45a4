/* SPDX-License-Identifier: MIT */
/* The JSON of a record that is written often: one text, made in one go. Values that are rare in records go the longer way, in Lua. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "../core/locale.h"
#include "../core/text.h"
#include "binding.h"

enum { ROOM = 8192, DEPTH = 31, SLOTS = 4 };

struct text {
    size_t size;
    char bytes[ROOM];
};

/* Each function gives false where there is no room, or something is rare. */

static bool add(struct text *out, const char *bytes, size_t size)
{
    if (size > ROOM - out->size)
        return false;
    memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
    return true;
}

/* Whether all of eight bytes are ASCII, and need no escape. */
static bool are_plain(const char *bytes)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return !((word | (word - ' ' * ones) | ((word ^ '"' * ones) - ones) | ((word ^ '\\' * ones) - ones)) & high);
}

/* How many bytes need no escape. */
static size_t plain_size(const char *bytes, size_t size, bool *ascii)
{
    size_t i = 0;
    unsigned char seen = 0;
    while (size - i >= sizeof(uint64_t) && are_plain(bytes + i))
        i += sizeof(uint64_t);
    for (; i < size && (unsigned char)bytes[i] >= ' ' && bytes[i] != '"' && bytes[i] != '\\'; i++)
        seen |= (unsigned char)bytes[i];
    *ascii &= seen < 0x80;
    return i;
}

static bool add_escape(struct text *out, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    const char code[] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]}, mark[] = {'\\', (char)byte};
    return byte < ' ' ? add(out, code, sizeof code) : add(out, mark, sizeof mark);
}

static bool add_string(struct text *out, const char *bytes, size_t size)
{
    bool ascii = true, fine = add(out, "\"", 1);
    for (size_t at = 0; fine && at < size;) {
        size_t plain = plain_size(bytes + at, size - at, &ascii);
        fine = add(out, bytes + at, plain);
        at += plain;
        if (at < size)
            fine = fine && add_escape(out, (unsigned char)bytes[at++]);
    }
    return fine && add(out, "\"", 1) && (ascii || so_text_is_utf8(bytes, size));
}

static bool add_number(struct text *out, double number)
{
    char digits[SO_NUMBER_ROOM];
    return fabs(number) < 1e14 && add(out, digits, so_number_digits(digits, number));
}

static bool add_value(lua_State *L, struct text *out, int depth);

/* The members of the table on top. An empty one, a list and one with a metatable are rare. */
static bool add_members(lua_State *L, struct text *out, int depth)
{
    const char *before = "{";
    if (depth == DEPTH || lua_getmetatable(L, -1))
        return false;
    luaL_checkstack(L, SLOTS, "JSON");
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        size_t size;
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &size) : NULL;
        if (!name || !add(out, before, 1) || !add_string(out, name, size) || !add(out, ":", 1) || !add_value(L, out, depth + 1))
            return false;
        before = ",";
    }
    return *before == ',' && add(out, "}", 1);
}

/* The value on top. */
static bool add_value(lua_State *L, struct text *out, int depth)
{
    size_t size;
    switch (lua_type(L, -1)) {
    case LUA_TSTRING: {
        const char *bytes = lua_tolstring(L, -1, &size);
        return add_string(out, bytes, size);
    }
    case LUA_TNUMBER:
        return add_number(out, lua_tonumber(L, -1));
    case LUA_TBOOLEAN:
        return lua_toboolean(L, -1) ? add(out, "true", 4) : add(out, "false", 5);
    case LUA_TTABLE:
        return add_members(L, out, depth);
    default:
        return false;
    }
}

/* core.json_between(before, value, after): the JSON of a value, between two texts; nothing where something is rare: an empty table, a list, null, a large
   number, bytes that are no UTF-8, 32 levels, 8 KiB. It is never a text of its own: LuaJIT finds a text by its length and 16 of its bytes, among them
   the last four, and many records that are alike there make it slow. */
static int json_between(lua_State *L)
{
    struct text out;
    size_t before_size, after_size;
    const char *before = luaL_checklstring(L, 1, &before_size), *after = luaL_checklstring(L, 3, &after_size);
    lua_pushvalue(L, 2);
    out.size = 0;
    if (!add(&out, before, before_size) || !add_value(L, &out, 0) || !add(&out, after, after_size))
        return 0;
    lua_pushlstring(L, out.bytes, out.size);
    return 1;
}

const luaL_Reg so_bind_record[] = {
    {"json_between", json_between}, {NULL, NULL},
};
