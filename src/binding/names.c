/* SPDX-License-Identifier: MIT */
/* Comparison of names, and texts as they are shown to people, for the Lua side. */
#include "../core/display.h"
#include "../core/names.h"
#include "binding.h"

static enum so_naming check_rule(lua_State *L, int index, const char *function)
{
    enum so_naming rule = SO_NAMES_EXACT;
    const char *name = lua_isnoneornil(L, index) ? so_naming_name(rule) : so_bind_text(L, index, "a rule");
    if (!so_naming_find(name, &rule))
        so_bind_raise(L, "%s: rule '%s' is none of 'exact', 'folded' and 'key'", function, name);
    return rule;
}

/* A number is no name: the reply of a system that writes one in place of a name cannot be read. */
static const char *check_text(lua_State *L, int index, size_t *size, bool *secret, const char *function)
{
    const char *text = so_bind_bytes(L, index, size, secret);
    if (!text)
        so_bind_raise(L, "%s: a name must be a string, not %s", function, luaL_typename(L, index));
    return text;
}

/* core.compare(a, b, rule): "same", "nearly" or "different", and a notice or nil. Secrets are compared too, without a notice. */
static int compare(lua_State *L)
{
    static const char *const likenesses[] = {[SO_DIFFERENT] = "different", [SO_NEARLY] = "nearly", [SO_SAME] = "same"};
    struct so_comparison found;
    struct so_name first, second;
    size_t a_size, b_size;
    bool a_secret = false, b_secret = false;
    enum so_naming rule = check_rule(L, 3, "core.compare");
    struct so_arena *arena = so_bind_arena(L); /* may collect: a secret's bytes are asked for behind it */
    const char *a = check_text(L, 1, &a_size, &a_secret, "core.compare"), *b = check_text(L, 2, &b_size, &b_secret, "core.compare");
    if (!so_name_keys(arena, rule, a, a_size, &first) || !so_name_keys(arena, rule, b, b_size, &second) ||
        !so_names_compare(arena, &first, &second, &found))
        return so_bind_nomem(L);
    lua_pushstring(L, likenesses[found.likeness]);
    lua_pushstring(L, a_secret || b_secret ? NULL : found.notice);
    so_arena_free(arena);
    return 2;
}

/* core.name_key(text, rule): two names with equal keys are nearly the same, with equal second keys the same; nothing for a
   text that shows nothing */
static int name_key(lua_State *L)
{
    struct so_name name;
    size_t size;
    luaL_checktype(L, 1, LUA_TSTRING);
    const char *text = lua_tolstring(L, 1, &size);
    enum so_naming rule = check_rule(L, 2, "core.name_key");
    struct so_arena *arena = so_bind_arena(L);
    if (!so_name_keys(arena, rule, text, size, &name))
        return so_bind_nomem(L);
    if (!name.nearly_size) {
        so_arena_free(arena);
        return 0;
    }
    lua_pushlstring(L, name.nearly, name.nearly_size);
    lua_pushlstring(L, name.same, name.same_size);
    so_arena_free(arena);
    return 2;
}

/* core.shown(text): the text as it is shown to people, with escapes for invisible characters and those that control a terminal */
static int shown(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size), *end = text + size;
    luaL_Buffer made;
    lua_settop(L, 1);
    if (so_display_is_plain(text, size))
        return 1;
    luaL_buffinit(L, &made);
    while (text < end) {
        char room[SO_DISPLAY_ESCAPE];
        const char *piece;
        size_t piece_size;
        text += so_display_character(text, (size_t)(end - text), room, &piece, &piece_size);
        luaL_addlstring(&made, piece, piece_size);
    }
    luaL_pushresult(&made);
    return 1;
}

/* core.width(text): the cells that a shown text takes */
static int width(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    so_bind_push_number(L, (double)so_display_width(text, size));
    return 1;
}

/* core.cut(text, cells): as much of a shown text as fits */
static int cut(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    lua_Number cells = luaL_checknumber(L, 2);
    lua_pushlstring(L, text, so_display_cut(text, size, cells > 0 && cells < 1e9 ? (size_t)cells : cells > 0 ? size : 0));
    return 1;
}

const luaL_Reg so_bind_names[] = {
    {"compare", compare}, {"name_key", name_key}, {"shown", shown}, {"width", width}, {"cut", cut}, {NULL, NULL},
};
