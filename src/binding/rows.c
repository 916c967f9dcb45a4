/* SPDX-License-Identifier: MIT */
/* Long lists: renames the members of a decoded reply's items. Texts that are Lua values already are moved, not copied. */
#include <string.h>

#include "binding.h"

/* The names of all columns are on the stack while the rows are made: the names in Lua from `names` on, the system's from
   `wires` on. From `doubts` on are the last doubts of each column, since many rows have the same one. */
struct rows {
    lua_State *L;
    const struct so_call *call;
    const struct so_column *columns;
    int names, wires, doubts, count;
    const char **why; /* of the text at the same place from `doubts` on */
};

static void push_names(struct rows *rows)
{
    lua_State *L = rows->L;
    while (rows->columns[rows->count].name)
        rows->count++;
    luaL_checkstack(L, 3 * rows->count + 12, "rows");
    rows->names = lua_gettop(L) + 1;
    for (int i = 0; i < rows->count; i++)
        lua_pushstring(L, rows->columns[i].name);
    rows->wires = rows->names + rows->count;
    for (int i = 0; i < rows->count; i++)
        lua_pushstring(L, rows->columns[i].wire);
    rows->doubts = rows->wires + rows->count;
    lua_settop(L, lua_gettop(L) + rows->count);
}

/* Whether a text equals the client's own option: then the row is our own session. */
static bool is_own(const struct rows *rows, const struct so_column *column, const char *text, size_t size)
{
    const struct so_value *own = so_call_option(rows->call, column->option);
    return own->type == SO_STRING && own->size == size && !memcmp(own->text, text, size);
}

static void push_cell(const struct rows *rows, const struct so_column *column, struct so_node cell)
{
    const char *text;
    double number;
    size_t size;
    if (column->type == SO_NUMBER && so_node_number(cell, &number))
        so_bind_push_number(rows->L, number);
    else if (column->type == SO_NUMBER || !so_node_text(cell, &text, &size))
        lua_pushnil(rows->L);
    else if (column->type == SO_BOOLEAN)
        lua_pushboolean(rows->L, is_own(rows, column, text, size));
    else
        lua_pushlstring(rows->L, text, size);
}

/* Takes the value of a cell that is a text in Lua already, or missing; false leaves it to `push_cell`. */
static bool move_cell(const struct rows *rows, int index, struct so_node item)
{
    lua_State *L = rows->L;
    const struct so_column *column = &rows->columns[index];
    if (!item.slot || !lua_istable(L, item.slot) || column->type == SO_NUMBER)
        return false;
    lua_pushvalue(L, rows->wires + index);
    lua_rawget(L, item.slot);
    int type = lua_type(L, -1);
    if (type == LUA_TSTRING && column->type != SO_BOOLEAN)
        return true;
    size_t size;
    const char *own = type == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;
    bool is = own && is_own(rows, column, own, size), missing = type == LUA_TNIL || type == LUA_TLIGHTUSERDATA;
    lua_pop(L, 1);
    if (own)
        lua_pushboolean(L, is);
    else if (missing)
        lua_pushnil(L);
    return own || missing;
}

/* Why the value on top is no name that can be compared with others; NULL where it is one. `cell` is NULL where the value is
   missing. */
static const char *why_unreadable(lua_State *L, const struct so_node *cell)
{
    size_t size;
    const char *text = lua_tolstring(L, -1, &size);
    if (!cell && !text)
        return "is missing";
    if (!text || (cell && so_node_type(*cell) != SO_STRING))
        return "is no text";
    bool shown = size && *text > ' ' && *text < 0x7f; /* mostly; else look through all of it */
    return !shown && so_name_is_blank(text, size) ? "is blank" : NULL;
}

/* Notes in the row, which is below name and value, that the value on top cannot be read. */
static void add_doubt(struct rows *rows, int index, const struct so_node *cell)
{
    lua_State *L = rows->L;
    const struct so_column *column = &rows->columns[index];
    const char *why = column->doubt ? why_unreadable(L, cell) : NULL;
    if (!why && column->doubt)
        why = rows->call->answer.unreadable;
    if (!why)
        return;
    if (why != rows->why[index]) {
        lua_pushfstring(L, "has a row whose '%s' %s", column->wire, why);
        lua_replace(L, rows->doubts + index);
        rows->why[index] = why;
    }
    lua_pushvalue(L, rows->doubts + index);
    lua_pushvalue(L, -1);
    lua_setfield(L, -5, column->doubt);
    lua_setfield(L, -4, "doubt");
}

static void push_row(struct rows *rows, struct so_node item)
{
    lua_State *L = rows->L;
    lua_createtable(L, 0, rows->count);
    for (int i = 0; i < rows->count; i++) {
        struct so_node cell;
        bool there = false;
        lua_pushvalue(L, rows->names + i);
        if (!move_cell(rows, i, item)) {
            there = so_node_child(item, rows->columns[i].wire, &cell);
            if (there)
                push_cell(rows, &rows->columns[i], cell);
            else
                lua_pushnil(L);
        }
        add_doubt(rows, i, there ? &cell : NULL);
        if (lua_isnil(L, -1))
            lua_pop(L, 2);
        else
            lua_rawset(L, -3);
    }
}

void so_bind_rows(lua_State *L, struct so_call *call)
{
    struct rows rows = {.L = L, .call = call, .columns = call->answer.columns};
    struct so_cursor cursor = {0};
    struct so_node item;
    int index = 0, base = lua_gettop(L) + 1, slot = call->answer.rows.slot;
    lua_createtable(L, slot ? (int)lua_rawlen(L, slot) : 0, 0);
    push_names(&rows);
    rows.why = so_arena_alloc(&call->arena, (size_t)rows.count * sizeof *rows.why);
    if (!rows.why)
        so_bind_nomem(L);
    while (call->answer.rows.document && so_node_next(call->answer.rows, &cursor, &item)) {
        push_row(&rows, item);
        lua_rawseti(L, base, ++index);
    }
    lua_settop(L, base);
}
