/* SPDX-License-Identifier: MIT */
/* Texts and their bytes for the Lua side, the same in every locale: Lua 5.1 to 5.4 ask the C library, and so the locale of the
   host. */
#include <stdlib.h>
#include <string.h>

#include "../core/digest.h"
#include "../core/locale.h"
#include "../core/text.h"
#include "binding.h"

/* core.lower(text): A to Z alone */
static int text_lower(lua_State *L)
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

/* core.printable(text): whether it is of printable ASCII alone, so that no check for other characters finds any */
static int text_printable(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    lua_pushboolean(L, so_text_is_printable(text, size));
    return 1;
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* core.trim(text): without the blanks of ASCII around it */
static int text_trim(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size), *end = text + size;
    while (text < end && is_blank(*text))
        text++;
    while (end > text && is_blank(end[-1]))
        end--;
    lua_pushlstring(L, text, (size_t)(end - text));
    return 1;
}

/* core.digits(number): as "%.14g", with a decimal point */
static int text_digits(lua_State *L)
{
    char digits[SO_NUMBER_ROOM];
    size_t size = so_number_digits(digits, luaL_checknumber(L, 1));
    lua_pushlstring(L, digits, size);
    return 1;
}

/* core.number(text): the number that decimal digits with an optional point and exponent mean; nil for any other text */
static int text_number(lua_State *L)
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

/* core.before(a, b): whether the first text comes before the second in the order of their bytes */
static int text_before(lua_State *L)
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
static int text_sort(lua_State *L)
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

/* Above 15: no digit. */
static unsigned value_of(unsigned char digit)
{
    unsigned decimal = digit - '0', other = (digit | 0x20u) - 'a';
    return decimal < 10 ? decimal : other < 6 ? other + 10 : 16;
}

/* core.unhex(digits[, from, to]): the bytes of at most 64 hexadecimal digits, those of a longer text from one place to another */
static int text_unhex(lua_State *L)
{
    char bytes[SO_SHA256_DIGITS / 2];
    size_t size;
    unsigned seen = 0;
    const char *digits = luaL_checklstring(L, 1, &size);
    lua_Integer from = luaL_optinteger(L, 2, 1), to = luaL_optinteger(L, 3, (lua_Integer)size), count = to - from + 1;
    luaL_argcheck(L, from >= 1 && to <= (lua_Integer)size && count >= 0 && count <= SO_SHA256_DIGITS && count % 2 == 0, 1, "hexadecimal digits are needed");
    for (lua_Integer i = 0; i < count; i += 2) {
        unsigned first = value_of((unsigned char)digits[from - 1 + i]), second = value_of((unsigned char)digits[from + i]);
        seen |= first | second;
        bytes[i / 2] = (char)(first << 4 | second);
    }
    luaL_argcheck(L, seen < 16, 1, "hexadecimal digits are needed");
    lua_pushlstring(L, bytes, (size_t)count / 2);
    return 1;
}

/* core.sha256(bytes): 64 hexadecimal digits */
static int text_sha256(lua_State *L)
{
    size_t size;
    char digest[SO_SHA256_DIGITS + 1];
    const char *bytes = luaL_checklstring(L, 1, &size);
    if (!so_sha256(bytes, size, digest))
        return so_bind_nomem(L);
    lua_pushlstring(L, digest, SO_SHA256_DIGITS);
    return 1;
}

/* core.utf8(text): the text with U+FFFD for each byte that is no UTF-8 */
static int text_utf8(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size), *end = text + size;
    luaL_Buffer made;
    if (so_text_is_utf8(text, size)) {
        lua_settop(L, 1);
        return 1;
    }
    luaL_buffinit(L, &made);
    while (text < end) {
        size_t step = so_text_character(text, (size_t)(end - text));
        luaL_addlstring(&made, step ? text : "\xef\xbf\xbd", step ? step : 3);
        text += step ? step : 1;
    }
    luaL_pushresult(&made);
    return 1;
}

/* core.is_verbatim(text): whether JSON has the text unchanged between quotes: printable ASCII, no quote, no backslash */
static int text_verbatim(lua_State *L)
{
    size_t size, i = 0;
    const char *text = luaL_checklstring(L, 1, &size);
    while (i < size && text[i] >= ' ' && text[i] < 127 && text[i] != '"' && text[i] != '\\')
        i++;
    lua_pushboolean(L, i == size);
    return 1;
}

const luaL_Reg so_bind_text_functions[] = {
    {"lower", text_lower}, {"digits", text_digits}, {"number", text_number}, {"before", text_before}, {"sort", text_sort},
    {"printable", text_printable}, {"trim", text_trim}, {"sha256", text_sha256}, {"unhex", text_unhex}, {"utf8", text_utf8},
    {"is_verbatim", text_verbatim}, {NULL, NULL},
};
