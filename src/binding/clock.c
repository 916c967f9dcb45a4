/* SPDX-License-Identifier: MIT */
/* Time, as Lua's side waits by it. */
#include <errno.h>
#include <math.h>
#include <time.h>

#include "binding.h"

double so_bind_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* core.now() */
static int read_now(lua_State *L)
{
    lua_pushnumber(L, so_bind_now());
    return 1;
}

/* core.time(): Unix seconds, with their fraction */
static int read_time(lua_State *L)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    lua_pushnumber(L, (double)time.tv_sec + (double)time.tv_nsec / 1e9);
    return 1;
}

/* core.sleep(seconds): blocks the thread */
static int sleep_for(lua_State *L)
{
    double seconds = luaL_checknumber(L, 1);
    if (!(seconds > 0))
        return 0;
    struct timespec left = {(time_t)fmin(seconds, 86400), 0};
    left.tv_nsec = (long)((fmin(seconds, 86400) - (double)left.tv_sec) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        continue;
    return 0;
}

const luaL_Reg so_bind_clock[] = {
    {"now", read_now}, {"time", read_time}, {"sleep", sleep_for}, {NULL, NULL},
};
