/* SPDX-License-Identifier: MIT */
/* What a command needs of its process: Ctrl-C, and the terminal that a person looks at. */
#include <sys/ioctl.h>
#include <unistd.h>

#include "../core/interrupt.h"
#include "binding.h"

/* core.interrupt(boolean): watches for Ctrl-C and its like, or puts everything back */
static int interrupt(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TBOOLEAN);
    if (lua_toboolean(L, 1))
        so_interrupt_watch();
    else
        so_interrupt_release();
    return 0;
}

/* core.interrupted(): the name of the signal that came, or nil */
static int interrupted(lua_State *L)
{
    lua_pushstring(L, so_interrupt_caught());
    return 1;
}

/* core.terminal(descriptor): the columns of the terminal there, or nothing where there is none */
static int terminal(lua_State *L)
{
    int descriptor = (int)luaL_checkinteger(L, 1);
    struct winsize size = {0};
    if (!isatty(descriptor))
        return 0;
    bool known = !ioctl(descriptor, TIOCGWINSZ, &size) && size.ws_col;
    lua_pushinteger(L, known ? size.ws_col : 80);
    return 1;
}

const luaL_Reg so_bind_process[] = {
    {"interrupt", interrupt}, {"interrupted", interrupted}, {"terminal", terminal}, {NULL, NULL},
};
