/* SPDX-License-Identifier: MIT */
/* Long lists: the items of a decoded reply, renamed. Texts that are Lua values already are moved, not made again. */
#include <string.h>

#include "binding.h"

/* The names of all columns stand on the stack while the rows are made: those in Lua from `names` on, the system's from
   `wires` on. */
struct rows {
    lua_State *L;
    const struct so_call *call;
    const struct so_column *columns;
    int names, wires, count;
};

static void push_names(struct rows *rows)
{
    lua_State *L = rows->L;
    while (rows->columns[rows->count].name)
        rows->count++;
    luaL_checkstack(L, 2 * rows->count + 12, "rows");
    rows->names = lua_gettop(L) + 1;
    for (int i = 0; i < rows->count; i++)
        lua_pushstring(L, rows->columns[i].name);
    rows->wires = rows->names + rows->count;
    for (int i = 0; i < rows->count; i++)
        lua_pushstring(L, rows->columns[i].wire);
}

/* Whether a text is that of the client's own option: our session among all. */
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

/* Takes the value of a cell that is a text in Lua already; false leaves it to `push_cell`. */
static bool move_cell(const struct rows *rows, int index, struct so_node item)
{
    lua_State *L = rows->L;
    const struct so_column *column = &rows->columns[index];
    if (!item.slot || !lua_istable(L, item.slot) || column->type == SO_NUMBER)
        return false;
    lua_pushvalue(L, rows->wires + index);
    lua_rawget(L, item.slot);
    bool text = lua_type(L, -1) == LUA_TSTRING;
    if (text && column->type == SO_BOOLEAN) {
        size_t size;
        const char *own = lua_tolstring(L, -1, &size);
        bool is = is_own(rows, column, own, size);
        lua_pop(L, 1);
        lua_pushboolean(L, is);
    } else if (!text) {
        lua_pop(L, 1);
    }
    return text;
}

/* Why the value on top is no name that another one could be compared with; NULL: it is one. `cell` is NULL where it is missing. */
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

/* Notes in the row, which stands below name and value, that the value on top cannot be read. */
static void add_doubt(const struct rows *rows, int index, const struct so_node *cell)
{
    lua_State *L = rows->L;
    const struct so_column *column = &rows->columns[index];
    const char *why = column->doubt ? why_unreadable(L, cell) : NULL;
    if (!why && column->doubt)
        why = rows->call->answer.unreadable;
    if (!why)
        return;
    lua_pushfstring(L, "has a row whose '%s' %s", column->wire, why);
    lua_pushvalue(L, -1);
    lua_setfield(L, -5, column->doubt);
    lua_setfield(L, -4, "doubt");
}

static void push_row(const struct rows *rows, struct so_node item)
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
        lua_rawset(L, -3);
    }
}

void so_bind_rows(lua_State *L, const struct so_call *call)
{
    struct rows rows = {.L = L, .call = call, .columns = call->answer.columns};
    struct so_cursor cursor = {0};
    struct so_node item;
    int index = 0, base = lua_gettop(L) + 1, slot = call->answer.rows.slot;
    lua_createtable(L, slot ? (int)lua_rawlen(L, slot) : 0, 0);
    push_names(&rows);
    while (call->answer.rows.document && so_node_next(call->answer.rows, &cursor, &item)) {
        push_row(&rows, item);
        lua_rawseti(L, base, ++index);
    }
    lua_settop(L, base);
}
