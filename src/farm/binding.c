/* SPDX-License-Identifier: MIT */
/* The module signoff.farm, for the Lua side of signoff. Not for scripts. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../binding/compat.h"
#include "../core/locale.h"
#include "../core/pin.h"
#include "link.h"
#include "target.h"

SO_BEGIN_INTERNAL

#define SO_CONNECTION "signoff.farm.connection"
#define SO_QUERY "signoff.farm.query"

enum { VALUES_MOST = 64 };

static const struct so_ports_v1 *ports;

struct connection {
    struct so_target target; /* no URI: it is closed */
    struct so_link *link;    /* NULL: not yet */
    unsigned long heard;     /* up to where `expect` has been told */
};

static struct connection *check_connection(lua_State *L)
{
    struct connection *connection = luaL_checkudata(L, 1, SO_CONNECTION);
    luaL_argcheck(L, connection->target.uri, 1, "the connection is closed");
    return connection;
}

static int push_reason(lua_State *L, const struct so_reason *reason)
{
    lua_pushnil(L);
    lua_pushstring(L, reason->message);
    lua_pushstring(L, reason->code);
    if (!*reason->sqlstate)
        return 3;
    lua_pushstring(L, reason->sqlstate);
    return 4;
}

/* farm.connection(uri): a connection, of which nothing is open yet; or nil, message, code */
static int connection_new(lua_State *L)
{
    size_t size;
    struct so_reason reason;
    const char *uri = luaL_checklstring(L, 1, &size);
    luaL_argcheck(L, strlen(uri) == size, 1, "the URI holds a NUL byte");
    struct connection *connection = lua_newuserdatauv(L, sizeof *connection, 0);
    *connection = (struct connection){0};
    luaL_getmetatable(L, SO_CONNECTION);
    lua_setmetatable(L, -2);
    return so_target_read(&connection->target, uri, &reason) ? 1 : push_reason(L, &reason);
}

/* farm.now(): as ages are measured */
static int now(lua_State *L)
{
    lua_pushnumber(L, so_farm_now());
    return 1;
}

/* The link of this process. NULL: `reason` says why. */
static struct so_link *link_of(struct connection *connection, struct so_reason *reason)
{
    if (connection->link && so_link_is_ours(connection->link))
        return connection->link;
    connection->link = so_link_use(connection->target.uri);
    connection->heard = 0;
    if (!connection->link) {
        const char *why = so_errno_text(errno);
        so_reason_set(reason, so_reason_away, "no thread could be started: %s", why);
    }
    return connection->link;
}

/* The text of a parameter; numbers by a text of ours on the stack. NULL is null. */
static const char *check_value(lua_State *L, int index)
{
    char digits[32];
    size_t size;
    switch (lua_type(L, index)) {
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, index, &size);
        luaL_argcheck(L, strlen(text) == size, 5, "a value holds a NUL byte");
        return text;
    }
    case LUA_TNUMBER: {
        double number = lua_tonumber(L, index);
        bool whole = number == floor(number) && fabs(number) < 0x1p53;
        size = so_number_write(digits, sizeof digits, whole ? "%.0f" : "%.17g", number);
        lua_pushlstring(L, digits, size);
        lua_replace(L, index);
        return lua_tostring(L, index);
    }
    case LUA_TBOOLEAN:
        return lua_toboolean(L, index) ? "true" : "false";
    case LUA_TNIL:
    case LUA_TLIGHTUSERDATA:
        return NULL;
    }
    luaL_argerror(L, 5, "values are texts, numbers, booleans, or null");
    return NULL;
}

static int check_count(lua_State *L, int values)
{
    luaL_checktype(L, values, LUA_TTABLE);
    lua_getfield(L, values, "n");
    int count = lua_isnumber(L, -1) ? (int)lua_tonumber(L, -1) : (int)lua_rawlen(L, values);
    lua_pop(L, 1);
    luaL_argcheck(L, count >= 0 && count <= VALUES_MOST, values, "there are too many values");
    return count;
}

static double check_seconds(lua_State *L, int index)
{
    double seconds = luaL_checknumber(L, index);
    luaL_argcheck(L, seconds >= 0 && seconds <= 86400, index, "a number of seconds is needed");
    return seconds;
}

static struct so_query **push_slot(lua_State *L)
{
    struct so_query **slot = lua_newuserdatauv(L, sizeof *slot, 0);
    *slot = NULL;
    luaL_getmetatable(L, SO_QUERY);
    lua_setmetatable(L, -2);
    return slot;
}

/* Hands over a query, which belongs to the slot on top of the stack. Nothing of Lua runs between the checks and the end of this. */
static int hand_over(lua_State *L, struct so_query *query, double seconds)
{
    struct connection *connection = check_connection(L);
    struct so_port *port = lua_isnil(L, 2) ? NULL : ports->check(L, 2);
    struct so_reason reason;
    struct so_link *link = link_of(connection, &reason);
    if (!link)
        return push_reason(L, &reason);
    if (!so_link_submit(link, query, port, seconds, connection->heard))
        return push_reason(L, &query->reason); /* nobody else has it */
    if (!port)
        return 1;
    lua_pushnumber(L, query->task.id);
    return 2;
}

/* connection:submit(port or nil, seconds, statement, values): a query, and its number as a task of the port; or nil, message, code */
static int connection_submit(lua_State *L)
{
    const char *values[VALUES_MOST];
    size_t size;
    check_connection(L);
    lua_settop(L, 5);
    double seconds = check_seconds(L, 3);
    const char *statement = luaL_checklstring(L, 4, &size);
    luaL_argcheck(L, strlen(statement) == size, 4, "a statement holds a NUL byte");
    int count = check_count(L, 5);
    luaL_checkstack(L, count + 8, "values");
    struct so_query **slot = push_slot(L);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, 5, i + 1);
        values[i] = check_value(L, lua_gettop(L));
    }
    lua_pushvalue(L, 6);
    *slot = so_query_new(statement, count, values);
    return *slot ? hand_over(L, *slot, seconds) : luaL_error(L, "not enough memory");
}

/* connection:expect(port or nil, seconds): a query that is done with the next notification since the last one that was told, and at the
   latest after the seconds; as submit */
static int connection_expect(lua_State *L)
{
    check_connection(L);
    lua_settop(L, 3);
    double seconds = check_seconds(L, 3);
    struct so_query **slot = push_slot(L);
    *slot = so_query_new(NULL, 0, NULL);
    return *slot ? hand_over(L, *slot, seconds) : luaL_error(L, "not enough memory");
}

/* connection:name(): hosts, database and user, without a secret; and whether the URI holds a password */
static int connection_name(lua_State *L)
{
    const struct connection *connection = luaL_checkudata(L, 1, SO_CONNECTION);
    bool secret = connection->target.password;
    char name[512]; /* a finalizer may close the connection */
    snprintf(name, sizeof name, "%s", connection->target.name ? connection->target.name : "closed");
    lua_pushstring(L, name);
    lua_pushboolean(L, secret);
    return 2;
}

/* connection:close(): queries that wait go on, if another user of the same URI is left; otherwise they end as away */
static int connection_close(lua_State *L)
{
    struct connection *connection = luaL_checkudata(L, 1, SO_CONNECTION);
    struct so_link *link = connection->link;
    connection->link = NULL;
    so_link_leave(link);
    so_target_free(&connection->target);
    return 0;
}

static int connection_text(lua_State *L)
{
    connection_name(L);
    lua_pop(L, 1);
    lua_pushfstring(L, SO_CONNECTION ": %s", lua_tostring(L, -1));
    return 1;
}

/* Queries */

static struct so_query *check_query(lua_State *L)
{
    struct so_query **slot = luaL_checkudata(L, 1, SO_QUERY);
    luaL_argcheck(L, *slot, 1, "the query was read");
    return *slot;
}

static bool is_done(const struct so_query *query)
{
    return atomic_load_explicit(&query->done, memory_order_acquire);
}

/* Holds a query in a slot of its own on the stack: a finalizer may free it while Lua values are made of it. `release` lets go of it. */
static struct so_query **push_hold(lua_State *L)
{
    struct so_query **hold = push_slot(L), *query = check_query(L);
    atomic_fetch_add(&query->holders, 1);
    *hold = query;
    return hold;
}

static int release(struct so_query **hold, int results)
{
    so_query_release(*hold);
    *hold = NULL;
    return results;
}

/* query:wait(): waits until it is done, a little longer than its seconds */
static int query_wait(lua_State *L)
{
    so_link_wait(check_query(L));
    return 0;
}

/* query:age(): the seconds since before it was handed over; and whether the server may have had it */
static int query_age(lua_State *L)
{
    const struct so_query *query = check_query(L);
    double age = so_farm_now() - query->began;
    bool sent = !is_done(query) || query->sent;
    lua_pushnumber(L, age);
    lua_pushboolean(L, sent);
    return 2;
}

static int push_late(lua_State *L)
{
    struct so_reason late;
    so_reason_set(&late, so_reason_away, "no answer in time: a name may be being resolved");
    return push_reason(L, &late);
}

/* Pushes the reason where there are no rows, and gives of how many values; 0: there are rows. */
static int push_problem(lua_State *L, const struct so_query *query)
{
    if (!is_done(query))
        return push_late(L);
    return query->reason.code ? push_reason(L, &query->reason) : 0;
}

static void push_field(lua_State *L, const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        lua_pushboolean(L, 0);
    else
        lua_pushlstring(L, PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}

static void push_rows(lua_State *L, const PGresult *result)
{
    int rows = PQntuples(result), columns = PQnfields(result);
    lua_createtable(L, rows, 0);
    for (int row = 0; row < rows; row++) {
        lua_createtable(L, columns, 0);
        for (int column = 0; column < columns; column++) {
            push_field(L, result, row, column);
            lua_rawseti(L, -2, column + 1);
        }
        lua_rawseti(L, -2, row + 1);
    }
}

/* query:rows(): a list of lists of texts, with false for null; or nil, message, code, SQLSTATE */
static int query_rows(lua_State *L)
{
    struct so_query **hold = push_hold(L);
    int problem = push_problem(L, *hold);
    if (!problem)
        push_rows(L, (*hold)->result);
    return release(hold, problem ? problem : 1);
}

/* query:value(): the only field of the only row; as rows */
static int query_value(lua_State *L)
{
    struct so_query **hold = push_hold(L);
    int problem = push_problem(L, *hold);
    if (problem)
        return release(hold, problem);
    if (PQntuples((*hold)->result) == 1 && PQnfields((*hold)->result) == 1)
        push_field(L, (*hold)->result, 0, 0);
    else
        lua_pushboolean(L, 0);
    return release(hold, 1);
}

/* connection:heard(query): whether a notification came, or may have been missed; the next one that is expected is a later one */
static int connection_heard(lua_State *L)
{
    struct connection *connection = check_connection(L);
    struct so_query *const *slot = luaL_checkudata(L, 2, SO_QUERY);
    bool heard = *slot && is_done(*slot) && (*slot)->notified;
    if (heard)
        connection->heard = (*slot)->heard;
    lua_pushboolean(L, heard);
    return 1;
}

/* query:free(): one that waits is not sent */
static int query_free(lua_State *L)
{
    struct so_query **slot = luaL_checkudata(L, 1, SO_QUERY), *query = *slot;
    *slot = NULL;
    if (!query)
        return 0;
    atomic_store_explicit(&query->unwanted, true, memory_order_relaxed);
    so_query_release(query);
    return 0;
}

static void make_type(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction collect, lua_CFunction text)
{
    if (luaL_newmetatable(L, name)) {
        lua_newtable(L);
        luaL_setfuncs(L, methods, 0);
        lua_setfield(L, -2, "__index");
        lua_pushcfunction(L, collect);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, collect);
        lua_setfield(L, -2, "__close");
        if (text) {
            lua_pushcfunction(L, text);
            lua_setfield(L, -2, "__tostring");
        }
        lua_pushstring(L, name);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}

/* The functions of the core that is loaded. */
static void take_ports(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "signoff.core");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "ports_v1");
    const struct so_ports_v1 *found = lua_touserdata(L, -1);
    if (!lua_islightuserdata(L, -1) || strcmp(found->name, SO_PORTS_V1) != 0 || found->size != sizeof *found)
        luaL_error(L, "signoff.farm: signoff/core.so is of another version than signoff/farm.so: build both of the same sources");
    lua_pop(L, 2);
    so_link_ports(found);
    ports = found;
}

SO_END_INTERNAL

__attribute__((visibility("default"))) int luaopen_signoff_farm(lua_State *L);

int luaopen_signoff_farm(lua_State *L)
{
    static const luaL_Reg functions[] = {{"connection", connection_new}, {"now", now}, {NULL, NULL}};
    static const luaL_Reg connections[] = {
        {"submit", connection_submit}, {"expect", connection_expect}, {"heard", connection_heard}, {"name", connection_name}, {"close", connection_close}, {NULL, NULL},
    };
    static const luaL_Reg queries[] = {
        {"wait", query_wait},   {"age", query_age},   {"rows", query_rows}, {"value", query_value},
        {"free", query_free}, {NULL, NULL},
    };
    so_pin(functions);
    take_ports(L);
    make_type(L, SO_CONNECTION, connections, connection_close, connection_text);
    make_type(L, SO_QUERY, queries, query_free, NULL);
    luaL_newlib(L, functions);
    return 1;
}
