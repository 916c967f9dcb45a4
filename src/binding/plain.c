/* SPDX-License-Identifier: MIT */
/* Letters, numbers and the order of texts for Lua's side, which are the same in every locale: those of Lua 5.1 to 5.4 ask the C
   library, and so the host's locale. */
#include <stdlib.h>
#include <string.h>

#include "../core/locale.h"
#include "../core/text.h"
#include "binding.h"

/* core.lower(text): A to Z alone */
static int plain_lower(lua_State *L)
{
    luaL_Buffer lower;
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    luaL_buffinit(L, &lower);
    for (size_t i = 0; i < size; i++)
        luaL_addchar(&lower, so_text_lower(text[i]));
    luaL_pushresult(&lower);
    return 1;
}

/* core.digits(number): as "%.14g", with a decimal point */
static int plain_digits(lua_State *L)
{
    char digits[32];
    size_t size = so_number_write(digits, sizeof digits, "%.14g", luaL_checknumber(L, 1));
    lua_pushlstring(L, digits, size);
    return 1;
}

/* core.number(text): of decimal digits with a point, if any, and an exponent; nil for anything else */
static int plain_number(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    char *end;
    double number = so_number_read(text, &end);
    if (size == 0 || strspn(text, "0123456789.+-eE") < size || end != text + size)
        return 0;
    so_bind_push_number(L, number);
    return 1;
}

static int compare_texts(const char *a, size_t a_size, const char *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

/* core.before(a, b): whether the bytes of the first text stand before those of the second */
static int plain_before(lua_State *L)
{
    size_t a_size, b_size;
    const char *a = luaL_checklstring(L, 1, &a_size), *b = luaL_checklstring(L, 2, &b_size);
    lua_pushboolean(L, compare_texts(a, a_size, b, b_size) < 0);
    return 1;
}

struct text {
    const char *bytes;
    size_t size;
    int place;
};

static int compare_items(const void *one, const void *other)
{
    const struct text *a = one, *b = other;
    return compare_texts(a->bytes, a->size, b->bytes, b->size);
}

/* core.sort(list): texts by their bytes, in place; gives the list. */
static int plain_sort(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    int count = (int)lua_rawlen(L, 1);
    struct text *texts = lua_newuserdatauv(L, sizeof *texts * (size_t)(count ? count : 1), 0);
    lua_createtable(L, count, 0); /* list, texts, what keeps the bytes */
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, 1, i + 1);
        luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 1, "a list of strings");
        texts[i].bytes = lua_tolstring(L, -1, &texts[i].size);
        texts[i].place = i + 1;
        lua_rawseti(L, 3, i + 1);
    }
    qsort(texts, (size_t)count, sizeof *texts, compare_items);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, 3, texts[i].place);
        lua_rawseti(L, 1, i + 1);
    }
    lua_settop(L, 1);
    return 1;
}

const luaL_Reg so_bind_plain[] = {
    {"lower", plain_lower}, {"digits", plain_digits}, {"number", plain_number},
    {"before", plain_before}, {"sort", plain_sort}, {NULL, NULL},
};
