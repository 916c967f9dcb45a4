/* SPDX-License-Identifier: MIT */
/* Calls on an engine that the Lua state itself steps, in its own thread. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "../core/descriptors.h"
#include "../core/engine.h"
#include "binding.h"

enum { AT_ONCE_MAX = 65536, WAIT_MAX = 3600 /* seconds of one step */ };

struct stepped {
    struct so_engine *engine; /* NULL: shut */
    pid_t owner;              /* a fork inherits what is not its own */
    double last_id;
};

/* A call between its userdata and the engine. */
struct so_launch {
    struct so_transfer transfer; /* first: the engine gives this back */
    struct stepped *stepped; /* in a forked process it may be gone */
    pid_t process;           /* that launched it */
    struct so_lua_call *owner; /* NULL: it was collected, and nobody wants the call */
    double id;
};

static const char mark;

static struct stepped *check_engine(lua_State *L, int index)
{
    struct stepped *stepped = so_bind_check(L, index, &mark, SO_ENGINE);
    luaL_argcheck(L, stepped->engine, index, "the engine is shut");
    return stepped;
}

/* The call goes back to its owner, if there is one. */
static void give_back(struct so_transfer *transfer)
{
    struct so_launch *launch = (struct so_launch *)transfer;
    if (launch->owner) {
        launch->owner->call = transfer->call;
        launch->owner->launch = NULL;
    } else {
        so_call_free(transfer->call);
    }
    free(launch);
}

static int engine_close(lua_State *L)
{
    struct stepped *stepped = so_bind_check(L, 1, &mark, SO_ENGINE);
    if (stepped->engine && stepped->owner == getpid())
        so_engine_free(stepped->engine, give_back);
    stepped->engine = NULL;
    return 0;
}

/* core.engine(at_once): a new one, that keeps at most that many requests on their way */
static int engine_new(lua_State *L)
{
    lua_Integer at_once = luaL_checkinteger(L, 1);
    luaL_argcheck(L, at_once > 0 && at_once <= AT_ONCE_MAX, 1, "1 to 65536");
    struct stepped *stepped = lua_newuserdatauv(L, sizeof *stepped, 0);
    *stepped = (struct stepped){.owner = getpid()};
    so_bind_set_type(L, &mark);
    stepped->engine = so_engine_new((int)at_once);
    if (stepped->engine)
        return 1;
    const char *problem = so_descriptors_problem(errno);
    return problem ? so_bind_raise(L, "%s", problem) : so_bind_nomem(L);
}

/* core.launch(call, engine): its number, which `landed` gives back */
static int engine_launch(lua_State *L)
{
    struct so_lua_call *lua_call = so_bind_check_call(L, 1);
    struct stepped *stepped = check_engine(L, 2);
    struct so_launch *launch = malloc(sizeof *launch); /* calloc would pass by glibc's fast lists */
    if (!launch)
        return so_bind_nomem(L);
    *launch = (struct so_launch){
        .transfer.call = lua_call->call, .stepped = stepped, .process = stepped->owner, .owner = lua_call, .id = ++stepped->last_id,
    };
    lua_call->call = NULL;
    lua_call->launch = launch;
    so_engine_submit(stepped->engine, &launch->transfer);
    lua_pushnumber(L, launch->id);
    return 1;
}

/* core.step(engine, seconds): does what can be done; where that lands no call, waits for as long at most */
static int engine_step(lua_State *L)
{
    double seconds = luaL_checknumber(L, 2);
    struct stepped *stepped = check_engine(L, 1);
    luaL_argcheck(L, stepped->owner == getpid(), 1, "the engine belongs to the process that made it, not to its child");
    so_engine_step(stepped->engine, fmin(seconds, WAIT_MAX));
    return 0;
}

/* core.landed(engine): the number of the next call that is back, and may be read; nil where there is none */
static int engine_landed(lua_State *L)
{
    struct stepped *stepped = check_engine(L, 1);
    struct so_transfer *transfer = so_engine_finished(stepped->engine);
    while (transfer && !((struct so_launch *)transfer)->owner) {
        give_back(transfer);
        transfer = so_engine_finished(stepped->engine);
    }
    if (!transfer)
        return 0;
    lua_pushnumber(L, ((struct so_launch *)transfer)->id);
    give_back(transfer);
    return 1;
}

static void cancel(struct so_launch *launch)
{
    if (launch->process == getpid())
        so_engine_cancel(launch->stepped->engine, &launch->transfer);
}

/* core.recall(call): ends it now, as cancelled; it lands */
static int engine_recall(lua_State *L)
{
    struct so_lua_call *lua_call = so_bind_check_any_call(L, 1);
    if (lua_call->launch)
        cancel(lua_call->launch);
    return 0;
}

void so_launch_abandon(struct so_launch *launch)
{
    launch->owner = NULL;
    cancel(launch);
}

void so_bind_engine_type(lua_State *L)
{
    so_bind_type(L, SO_ENGINE, &mark, engine_close, NULL);
    so_bind_keep(L, &mark);
}

/* core.shut(engine): what is on its way is cancelled, and may be read */
const luaL_Reg so_bind_engine[] = {
    {"engine", engine_new}, {"launch", engine_launch}, {"step", engine_step},
    {"landed", engine_landed}, {"recall", engine_recall}, {"shut", engine_close}, {NULL, NULL},
};
