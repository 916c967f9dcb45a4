/* SPDX-License-Identifier: MIT */
/* An interpreter that decides when Lua collects: at one allocation of a function, or at it and all that follow, a whole
   collection takes place, or a step of one at every allocation. Each collection finds a finalizer, which does what the script
   says. `host SCRIPT ARGUMENT ...` */
#include <lauxlib.h>
#include <lualib.h>
#include <sanitizer/lsan_interface.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../torture/peer.h"

enum { OUTPUT_MAX = 64 * 1024 };

/* One watched call. */
static struct {
    lua_State *L;
    bool counting, lasting, stepping;
    long at, asked;  /* the allocation that a collection follows, and how many there were; 0: before the first */
    double number;   /* of the call: a finalizer of an earlier one does nothing */
} watched;

static struct { long collections; } *sums; /* shared with the children */

static const char act_key, sentinel_key;

static void fail(const char *what)
{
    fprintf(stderr, "lifetime: %s\n", what ? what : "?");
    exit(70);
}

/* Where the collector may next, it does a step. All that the two do is to set counters of Lua's, so that an allocator can
   call them. */
static void start_collector(void)
{
    lua_gc(watched.L, LUA_GCRESTART, 0);
}

static void stop_collector(void)
{
    lua_gc(watched.L, LUA_GCSTOP, 0);
}

enum { WHOLE = 0 };

/* How much one step does (WHOLE: all of a collection), and how much memory may come before the next collection. */
static void set_pace(int multiplier, int pause)
{
#if LUA_VERSION_NUM >= 504
    lua_gc(watched.L, LUA_GCINC, 100, multiplier == WHOLE ? 1000 : multiplier, multiplier == WHOLE ? 100 : 1);
#else
    lua_gc(watched.L, LUA_GCSETSTEPMUL, multiplier);
#endif
    lua_gc(watched.L, LUA_GCSETPAUSE, pause);
}

static void *allocate(void *payload, void *block, size_t before, size_t size)
{
    (void)payload;
    if (!size) {
        free(block);
        return NULL;
    }
    bool grows = !block || size > before;
    if (watched.counting && grows && (++watched.asked == watched.at || watched.stepping))
        start_collector();
    return realloc(block, size);
}

static void push_sentinel(lua_State *L)
{
    double *number = lua_newuserdata(L, sizeof *number);
    *number = watched.number;
    lua_pushlightuserdata(L, (void *)&sentinel_key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    lua_setmetatable(L, -2);
}

/* The sentinel's __gc. Its own allocations are not counted. */
static int finalize(lua_State *L)
{
    const double *number = lua_touserdata(L, 1);
    if (!watched.counting || *number != watched.number)
        return 0;
    sums->collections++;
    watched.counting = false;
    lua_pushlightuserdata(L, (void *)&act_key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    if (lua_pcall(L, 0, 0, 0))
        fail(lua_tostring(L, -1));
    if (watched.lasting)
        push_sentinel(L);
    watched.counting = true;
    return 0;
}

/* collector.call(at, lasting, act, f, ...): calls f. The allocation of that number (-1: none) is followed by a collection, which
   calls act; so are all later ones if it lasts. How many there were, then what pcall gives. */
static int host_call(lua_State *L)
{
    watched.at = (long)luaL_checkinteger(L, 1);
    watched.lasting = lua_toboolean(L, 2);
    watched.asked = 0;
    watched.number++;
    lua_pushvalue(L, 3);
    lua_pushlightuserdata(L, (void *)&act_key);
    lua_insert(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
    set_pace(WHOLE, watched.lasting ? 0 : 1000);
    luaL_checkstack(L, 20, "sentinel");
    push_sentinel(L);
    lua_pop(L, 1);
    watched.counting = true;
    if (watched.at == 0)
        start_collector();
    int status = lua_pcall(L, lua_gettop(L) - 4, LUA_MULTRET, 0);
    watched.counting = false;
    stop_collector();
    lua_pushboolean(L, !status);
    lua_replace(L, 3);
    lua_pushinteger(L, watched.asked);
    lua_replace(L, 2);
    return lua_gettop(L) - 1;
}

/* collector.step(multiplier, act): from now on every allocation is followed by a step, and every collection calls act */
static int host_step(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_pushlightuserdata(L, (void *)&act_key);
    lua_insert(L, 2);
    lua_rawset(L, LUA_REGISTRYINDEX);
    set_pace((int)luaL_checkinteger(L, 1), 0);
    watched.number++;
    push_sentinel(L);
    watched.counting = watched.lasting = watched.stepping = true;
    return 0;
}

static int be_child(lua_State *L, int output)
{
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    alarm((unsigned)luaL_checkinteger(L, 2));
    bool may_leak = lua_toboolean(L, 3);
    lua_settop(L, 1);
    int status = lua_pcall(L, 0, 0, 0) != 0;
    if (status)
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
    lua_settop(L, 0);
    lua_gc(L, LUA_GCCOLLECT, 0);
    lua_gc(L, LUA_GCCOLLECT, 0);
    if (!may_leak && __lsan_do_recoverable_leak_check())
        status = 1;
    fflush(NULL);
    _Exit(status);
}

static void push_output(lua_State *L, int from)
{
    static char bytes[OUTPUT_MAX];
    char rest[1024];
    size_t size = 0;
    for (ssize_t got = 1; got > 0;) {
        bool full = size == sizeof bytes;
        got = read(from, full ? rest : bytes + size, full ? sizeof rest : sizeof bytes - size);
        size += full || got < 0 ? 0 : (size_t)got;
    }
    lua_pushlstring(L, bytes, size);
}

/* collector.fork(f, seconds, may_leak): calls f in a child. Whether that ended well, and what it printed */
static int host_fork(lua_State *L)
{
    int ends[2], status = 0;
    if (fflush(NULL) || pipe(ends))
        fail("no pipe");
    pid_t child = fork();
    if (child < 0)
        fail("no child");
    if (!child)
        return be_child(L, ends[1]);
    close(ends[1]);
    push_output(L, ends[0]);
    close(ends[0]);
    waitpid(child, &status, 0);
    lua_pushboolean(L, WIFEXITED(status) && WEXITSTATUS(status) == 0);
    if (WIFSIGNALED(status)) {
        lua_pushfstring(L, "%s\nended by signal %d", lua_tostring(L, -2), WTERMSIG(status));
        lua_replace(L, -3);
    }
    lua_insert(L, -2);
    return 2;
}

/* collector.collections(): how many there were, also in children */
static int host_collections(lua_State *L)
{
    lua_pushinteger(L, sums->collections);
    return 1;
}

/* collector.serve(): the port of a server of this process */
static int host_serve(lua_State *L)
{
    lua_pushinteger(L, peer_start());
    return 1;
}

/* collector.replies{bytes, ...}: what it will say */
static int host_replies(lua_State *L)
{
    const char *replies[PEER_REPLIES];
    size_t sizes[PEER_REPLIES];
    int count = 0;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_checkstack(L, PEER_REPLIES, "replies");
    for (lua_rawgeti(L, 1, 1); count < PEER_REPLIES && lua_isstring(L, -1); lua_rawgeti(L, 1, ++count + 1))
        replies[count] = lua_tolstring(L, -1, &sizes[count]);
    peer_plan(replies, sizes, count, false);
    return 0;
}

static void push_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"call", host_call},   {"fork", host_fork},       {"collections", host_collections},
        {"step", host_step},   {"serve", host_serve},     {"replies", host_replies},
        {NULL, NULL},
    };
    lua_newtable(L);
    for (const luaL_Reg *function = functions; function->name; function++) {
        lua_pushcfunction(L, function->func);
        lua_setfield(L, -2, function->name);
    }
    lua_setglobal(L, "collector");
}

static void keep_metatable(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)&sentinel_key);
    lua_newtable(L);
    lua_pushcfunction(L, finalize);
    lua_setfield(L, -2, "__gc");
    lua_rawset(L, LUA_REGISTRYINDEX);
}

static void set_arguments(lua_State *L, int count, char **arguments)
{
    lua_newtable(L);
    for (int i = 1; i < count; i++) {
        lua_pushstring(L, arguments[i]);
        lua_rawseti(L, -2, i - 1);
    }
    lua_setglobal(L, "arg");
}

int main(int count, char **arguments)
{
    if (count < 2)
        fail("a script is missing");
    setvbuf(stdout, NULL, _IOLBF, 0);
    sums = mmap(NULL, sizeof *sums, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    lua_State *L = watched.L = lua_newstate(allocate, NULL);
    if (sums == MAP_FAILED || !L)
        fail("no memory");
    luaL_openlibs(L);
    stop_collector();
    keep_metatable(L);
    push_functions(L);
    set_arguments(L, count, arguments);
    if (luaL_loadfile(L, arguments[1]))
        fail(lua_tostring(L, -1));
    luaL_checkstack(L, count, "arguments");
    for (int i = 2; i < count; i++)
        lua_pushstring(L, arguments[i]);
    int status = lua_pcall(L, count - 2, 1, 0);
    if (status && lua_isstring(L, -1)) /* what ends with an error without a message has said what is wrong */
        fail(lua_tostring(L, -1));
    return status || (lua_isboolean(L, -1) && !lua_toboolean(L, -1));
}
