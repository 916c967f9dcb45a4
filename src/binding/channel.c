/* SPDX-License-Identifier: MIT */
/* Calls that a thread of the module's own carries: a Lua state's side of it. Nothing here waits. */
#include <errno.h>
#include <string.h>

#include "../core/descriptors.h"
#include "../core/locale.h"
#include "binding.h"

struct box {
    struct so_channel *channel; /* NULL: closed */
};

static const char mark;

static struct so_channel *check_channel(lua_State *L, int index)
{
    struct box *box = so_bind_check(L, index, &mark, SO_CHANNEL);
    luaL_argcheck(L, box->channel, index, "the channel is closed");
    return box->channel;
}

static int channel_close(lua_State *L)
{
    struct box *box = so_bind_check(L, 1, &mark, SO_CHANNEL);
    so_channel_detach(box->channel);
    box->channel = NULL;
    return 0;
}

/* core.channel(): a new one; nil, message where nothing can carry calls */
static int channel_new(lua_State *L)
{
    struct box *box = lua_newuserdatauv(L, sizeof *box, 0);
    box->channel = NULL;
    so_bind_set_type(L, &mark);
    box->channel = so_channel_new();
    if (box->channel)
        return 1;
    const char *problem = so_descriptors_problem(errno), *why = so_errno_text(errno);
    lua_pushnil(L);
    if (problem)
        lua_pushstring(L, problem);
    else
        lua_pushfstring(L, "no thread could be started: %s", why);
    return 2;
}

/* core.submit(call, channel): its number; nil where the call has failed already, and is to be read */
static int channel_submit(lua_State *L)
{
    struct so_lua_call *lua_call = so_bind_check_call(L, 1);
    struct so_ticket *ticket = so_channel_submit(check_channel(L, 2), lua_call->call, lua_call);
    if (!ticket)
        return 0;
    lua_call->call = NULL;
    lua_call->ticket = ticket;
    lua_pushnumber(L, ticket->id);
    return 1;
}

/* core.cancel(call): it is not sent if its request has not begun */
static int channel_cancel(lua_State *L)
{
    struct so_lua_call *lua_call = so_bind_check_any_call(L, 1);
    if (lua_call->ticket)
        so_ticket_cancel(lua_call->ticket);
    return 0;
}

/* core.finished(channel): the numbers of those that are finished, and may be read now */
static int channel_finished(lua_State *L)
{
    int count = 0;
    lua_newtable(L);
    struct so_channel *channel = check_channel(L, 1);
    for (struct so_ticket *ticket; (ticket = so_channel_first(channel));) {
        struct so_lua_call *lua_call = ticket->owner;
        if (lua_call) {
            lua_pushnumber(L, ticket->id);
            lua_rawseti(L, -2, ++count);
        }
        struct so_call *call = so_channel_take(channel);
        if (!lua_call) {
            so_call_free(call);
            continue;
        }
        lua_call->call = call;
        lua_call->ticket = NULL;
    }
    return 1;
}

/* core.pending(channel): how many it has that are not finished, or not asked for */
static int channel_pending(lua_State *L)
{
    lua_pushinteger(L, so_channel_count(check_channel(L, 1)));
    return 1;
}

static int push_failure(lua_State *L, const char *what)
{
    const char *why = so_errno_text(errno);
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", what, why);
    return 2;
}

/* core.listen(channel): the path of a socket to connect to; or nil, message. core.accept follows. */
static int channel_listen(lua_State *L)
{
    struct so_arena *arena = so_bind_arena(L);
    const char *path = so_channel_listen(check_channel(L, 1));
    if (!path)
        return push_failure(L, "a socket in a directory of its own");
    path = so_arena_copy(arena, path, strlen(path));
    if (!path)
        return so_bind_nomem(L);
    lua_pushstring(L, path);
    return 1;
}

/* core.accept(channel): what has connected gets a byte whenever there is something where there was nothing */
static int channel_accept(lua_State *L)
{
    if (!so_channel_accept(check_channel(L, 1)))
        return push_failure(L, "a connection from this process");
    lua_pushboolean(L, 1);
    return 1;
}

/* core.disconnect(channel): closes the socket */
static int channel_disconnect(lua_State *L)
{
    so_channel_disconnect(check_channel(L, 1));
    return 0;
}

void so_bind_channel_type(lua_State *L)
{
    so_bind_type(L, SO_CHANNEL, &mark, channel_close, NULL);
    so_bind_keep(L, &mark);
}

const luaL_Reg so_bind_channel[] = {
    {"channel", channel_new},   {"submit", channel_submit},  {"cancel", channel_cancel},
    {"finished", channel_finished}, {"pending", channel_pending}, {"listen", channel_listen},
    {"accept", channel_accept}, {"disconnect", channel_disconnect}, {NULL, NULL},
};
