/* SPDX-License-Identifier: MIT */
/* What a command needs of its process: Ctrl-C, the terminal that a person looks at, and whose process it is. */
#define _GNU_SOURCE /* O_PATH */
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
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

/* core.hold_standard(): standard input, output and error are open, so that no file and no connection takes the place of one
   that was closed. What is opened here can be neither read nor written. */
static int hold_standard(lua_State *L)
{
    (void)L;
    int descriptor;
    do
        descriptor = open("/dev/null", O_PATH);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor >= 0)
        close(descriptor);
    return 0;
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

/* core.zone(text): the time zone of this process, as TZ has it */
static int zone(lua_State *L)
{
    setenv("TZ", so_bind_text(L, 1, "a zone"), 1);
    tzset();
    return 0;
}

/* core.process_users(): the numbers of its real and of its effective user */
static int process_users(lua_State *L)
{
    lua_pushnumber(L, getuid());
    lua_pushnumber(L, geteuid());
    return 2;
}

/* core.account(number or name): name and number of that user of this machine; nothing where there is none */
static int account(lua_State *L)
{
    char texts[16384];
    struct passwd entry, *found = NULL;
    if (lua_type(L, 1) == LUA_TNUMBER)
        getpwuid_r((uid_t)lua_tonumber(L, 1), &entry, texts, sizeof texts, &found);
    else
        getpwnam_r(so_bind_text(L, 1, "the name of a user"), &entry, texts, sizeof texts, &found);
    if (!found)
        return 0;
    lua_pushstring(L, found->pw_name);
    lua_pushnumber(L, found->pw_uid);
    return 2;
}

const luaL_Reg so_bind_process[] = {
    {"interrupt", interrupt}, {"interrupted", interrupted}, {"hold_standard", hold_standard}, {"terminal", terminal},
    {"zone", zone}, {"process_users", process_users}, {"account", account}, {NULL, NULL},
};
