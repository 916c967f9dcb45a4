/* SPDX-License-Identifier: MIT */
/* Calls on their way: the ports that carry them for Lua. Only port:step waits. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "../core/descriptors.h"
#include "../core/locale.h"
#include "../core/thread.h"
#include "binding.h"

enum { AT_ONCE_MAX = 65536, WAIT_MAX = 3600 /* seconds of one step */ };

struct port {
    struct so_port *port; /* NULL: closed */
    pthread_t thread;     /* that made it */
};

static const char mark;

static struct port *push_port(lua_State *L)
{
    struct port *made = lua_newuserdatauv(L, sizeof *made, 0);
    made->port = NULL;
    made->thread = pthread_self();
    so_bind_set_type(L, &mark);
    return made;
}

static struct so_port *check_port_at(lua_State *L, int index)
{
    const struct port *held = so_bind_check(L, index, &mark, SO_PORT);
    luaL_argcheck(L, held->port, index, "the port is closed");
    return held->port;
}

static struct so_port *check_port(lua_State *L)
{
    return check_port_at(L, 1);
}

static struct so_port *check_engine(lua_State *L)
{
    struct so_port *port = check_port(L);
    luaL_argcheck(L, port->kind == &so_engine_port, 1, "an engine expected");
    luaL_argcheck(L, so_port_is_ours(port), 1, "the engine belongs to the process that made it, not to its child");
    return port;
}

struct so_port *so_bind_check_channel(lua_State *L, int index)
{
    struct so_port *port = check_port_at(L, index);
    luaL_argcheck(L, port->kind == &so_channel_port, index, "a channel expected");
    return port;
}

static struct so_port *check_channel(lua_State *L)
{
    return so_bind_check_channel(L, 1);
}

/* core.engine(at_once): a port whose calls port:step carries, that many at once at most */
static int engine_new(lua_State *L)
{
    lua_Integer at_once = luaL_checkinteger(L, 1);
    luaL_argcheck(L, at_once > 0 && at_once <= AT_ONCE_MAX, 1, "1 to 65536");
    struct port *made = push_port(L);
    made->port = so_engine_port_new((int)at_once);
    if (made->port)
        return 1;
    const char *problem = so_descriptors_problem(errno);
    return problem ? so_bind_raise(L, "%s", problem) : so_bind_nomem(L);
}

/* core.channel(): a port whose calls the module's own thread carries; nil, message where it cannot */
static int channel_new(lua_State *L)
{
    struct port *made = push_port(L);
    made->port = so_channel_new();
    if (made->port)
        return 1;
    const char *problem = so_descriptors_problem(errno), *why = so_errno_text(errno);
    lua_pushnil(L);
    if (problem)
        lua_pushstring(L, problem);
    else
        lua_pushfstring(L, "no thread could be started: %s", why);
    return 2;
}

static int push_id(lua_State *L, double id)
{
    if (id == 0)
        return 0;
    lua_pushnumber(L, id);
    return 1;
}

/* port:submit(call): the number of the call; nil where the call has failed already, and may be read */
static int port_submit(lua_State *L)
{
    struct so_lua_call *lua_call = so_bind_check_call(L, 2);
    return push_id(L, so_port_submit(check_port(L), &lua_call->owner));
}

/* port:finished(): the number of the next call that is finished, and may be read from now on; nil where there is none */
static int port_finished(lua_State *L)
{
    return push_id(L, so_port_finished(check_port(L)));
}

/* port:close(): cancels its calls. Those of an engine may be read; those of a channel never come back. */
static int port_close(lua_State *L)
{
    struct port *held = so_bind_check(L, 1, &mark, SO_PORT);
    struct so_port *port = held->port;
    held->port = NULL;
    so_port_close(port);
    return 0;
}

/* port:step(seconds): an engine does what can be done; if that finishes no call, it waits at most that long */
static int port_step(lua_State *L)
{
    double seconds = luaL_checknumber(L, 2);
    so_engine_port_step(check_engine(L), fmin(seconds, WAIT_MAX));
    return 0;
}

/* port:start(): an engine sends what was submitted */
static int port_start(lua_State *L)
{
    so_engine_port_start(check_engine(L));
    return 0;
}

/* port:misuse(): why this process or this thread may not use the port; nil where it may */
static int port_misuse(lua_State *L)
{
    const struct port *held = so_bind_check(L, 1, &mark, SO_PORT);
    if (!so_port_is_ours(check_port(L)))
        lua_pushliteral(L, "it belongs to the process that made it, not to its child");
    else if (!pthread_equal(held->thread, pthread_self()))
        lua_pushliteral(L, "it belongs to the thread that made it, not to this one");
    else
        return 0;
    return 1;
}

/* port:descriptor(): readable when port:step(0) would do something */
static int port_descriptor(lua_State *L)
{
    lua_pushinteger(L, so_engine_port_descriptor(check_engine(L)));
    return 1;
}

/* port:due(): the seconds until port:step(0) would do something though the descriptor is not readable; nil where it never would */
static int port_due(lua_State *L)
{
    double seconds = so_engine_port_due(check_engine(L));
    if (isinf(seconds))
        return 0;
    lua_pushnumber(L, seconds);
    return 1;
}

/* port:wake(): makes an engine's descriptor readable, until the next step */
static int port_wake(lua_State *L)
{
    so_engine_port_wake(check_engine(L));
    return 0;
}

/* port:pending(): how many calls a channel has that are not finished, or not asked for */
static int port_pending(lua_State *L)
{
    lua_pushinteger(L, so_channel_pending(check_channel(L)));
    return 1;
}

static int push_failure(lua_State *L, const char *what)
{
    const char *why = so_errno_text(errno);
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", what, why);
    return 2;
}

/* port:listen(): the path of a channel's socket to connect to; or nil, message. port:accept follows. */
static int port_listen(lua_State *L)
{
    struct so_arena *arena = so_bind_arena(L);
    const char *path = so_channel_listen(check_channel(L));
    if (!path)
        return push_failure(L, "a socket in a directory of its own");
    path = so_arena_copy(arena, path, strlen(path));
    if (!path)
        return so_bind_nomem(L);
    lua_pushstring(L, path);
    return 1;
}

/* port:accept(): accepts the connection, which gets a byte whenever a call is finished and none was before; or nil, message */
static int port_accept(lua_State *L)
{
    if (!so_channel_accept(check_channel(L)))
        return push_failure(L, "a connection from this process");
    lua_pushboolean(L, 1);
    return 1;
}

/* port:disconnect(): closes a channel's socket; the channel goes on */
static int port_disconnect(lua_State *L)
{
    so_channel_disconnect(check_channel(L));
    return 0;
}

void so_bind_port_type(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"submit", port_submit}, {"finished", port_finished}, {"close", port_close}, {"step", port_step},
        {"start", port_start}, {"misuse", port_misuse}, {"descriptor", port_descriptor}, {"due", port_due}, {"wake", port_wake},
        {"pending", port_pending}, {"listen", port_listen}, {"accept", port_accept}, {"disconnect", port_disconnect}, {NULL, NULL},
    };
    so_bind_type(L, SO_PORT, &mark, port_close, NULL);
    luaL_newlib(L, methods);
    luaL_setfuncs(L, so_bind_disk, 0);
    lua_setfield(L, -2, "__index");
    so_bind_keep(L, &mark);
}

const luaL_Reg so_bind_transfer[] = {
    {"engine", engine_new}, {"channel", channel_new}, {NULL, NULL},
};
