/* SPDX-License-Identifier: MIT */
/* Two Lua states: the first runs spec/proofs/torture/torture.lua, which decides; the second runs the scenarios, and is the one whose
   memory fails. The host never asks the second one for memory while that may be refused. */
#include <lauxlib.h>
#include <lualib.h>
#include <sanitizer/lsan_interface.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory.h"
#include "peer.h"

enum { SCENARIOS = 1, DESCRIBE }; /* what stands at the bottom of the second state's stack */

static lua_State *volatile driver; /* stays open: what it has loaded must be there when leaks are told apart */
static lua_State *subject;
static int port;

static void fail(const char *what)
{
    fprintf(stderr, "torture: %s\n", what ? what : "?");
    exit(70);
}

/* torture.open(file): the second state, with the scenarios of that file */
static int host_open(lua_State *L)
{
    const char *file = luaL_checkstring(L, 1);
    subject = lua_newstate(memory_lua, NULL);
    if (!subject)
        fail("no state");
    luaL_openlibs(subject);
    lua_pushinteger(subject, port);
    lua_setglobal(subject, "port");
    if (luaL_loadfile(subject, file) || lua_pcall(subject, 0, 2, 0))
        fail(lua_tostring(subject, -1));
    return 0;
}

/* torture.close(): how many of its blocks are left */
static int host_close(lua_State *L)
{
    lua_close(subject);
    subject = NULL;
    lua_pushinteger(L, memory_live(MEMORY_LUA));
    return 1;
}

/* The scenario's own function onto the stack of the second state. */
static void push_scenario(const char *name)
{
    lua_getfield(subject, SCENARIOS, name);
    lua_getfield(subject, -1, "run");
    lua_remove(subject, -2);
}

/* The outcome of the scenario, in words: by describe(...), for which there is memory again. */
static const char *describe(int base, int status)
{
    if (status)
        return lua_tostring(subject, -1);
    lua_pushvalue(subject, DESCRIBE);
    lua_insert(subject, base);
    if (lua_pcall(subject, lua_gettop(subject) - base, 1, 0))
        fail(lua_tostring(subject, -1));
    return lua_tostring(subject, -1);
}

/* torture.run(scenario [, kind, n, lasting]): "answer" or "raised", what it gave, how many allocations failed */
static int host_run(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    int kind = luaL_checkoption(L, 2, "own", memory_names);
    long n = (long)luaL_optinteger(L, 3, 0);
    int lasting = lua_toboolean(L, 4), base = lua_gettop(subject) + 1;
    lua_checkstack(subject, 100);
    push_scenario(name);
    memory_arm((enum memory)kind, n, lasting);
    int status = lua_pcall(subject, 0, LUA_MULTRET, 0);
    memory_disarm();
    const char *text = describe(base, status);
    lua_pushstring(L, status ? "raised" : "answer");
    lua_pushstring(L, text ? text : "no message");
    lua_pushinteger(L, memory_failed());
    lua_settop(subject, base - 1);
    return 3;
}

/* torture.asked(kind): how many allocations the last run made */
static int host_asked(lua_State *L)
{
    lua_pushinteger(L, memory_asked((enum memory)luaL_checkoption(L, 1, NULL, memory_names)));
    return 1;
}

/* torture.live(): blocks that are out after a collection, by kind */
static int host_live(lua_State *L)
{
    lua_gc(subject, LUA_GCCOLLECT, 0);
    lua_gc(subject, LUA_GCCOLLECT, 0);
    lua_newtable(L);
    for (int kind = 0; kind < MEMORY_KINDS; kind++) {
        lua_pushinteger(L, memory_live((enum memory)kind));
        lua_setfield(L, -2, memory_names[kind]);
    }
    return 1;
}

/* torture.leaked(): whether anything that nobody points at is left; what it is goes to stderr */
static int host_leaked(lua_State *L)
{
    lua_pushboolean(L, __lsan_do_recoverable_leak_check());
    return 1;
}

/* torture.replies{bytes, ...}: what the peer will say */
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

/* torture.requests(): what the peer received since then */
static int host_requests(lua_State *L)
{
    const char *bytes;
    size_t size;
    lua_newtable(L);
    for (int number = 0; (bytes = peer_request(number, &size)); number++) {
        lua_pushlstring(L, bytes, size);
        lua_rawseti(L, -2, number + 1);
    }
    return 1;
}

static void push_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"open", host_open},       {"close", host_close},   {"run", host_run},           {"asked", host_asked}, {"live", host_live},
        {"leaked", host_leaked},   {"replies", host_replies}, {"requests", host_requests}, {NULL, NULL},
    };
    lua_newtable(L);
    for (const luaL_Reg *function = functions; function->name; function++) {
        lua_pushcfunction(L, function->func);
        lua_setfield(L, -2, function->name);
    }
    lua_setglobal(L, "torture");
    lua_pushinteger(L, port);
    lua_setglobal(L, "port");
}

int main(int count, char **arguments)
{
    if (count < 2)
        fail("a script is missing");
    setvbuf(stdout, NULL, _IOLBF, 0);
    memory_start();
    port = peer_start();
    lua_State *L = driver = luaL_newstate();
    luaL_openlibs(L);
    push_functions(L);
    if (luaL_loadfile(L, arguments[1]))
        fail(lua_tostring(L, -1));
    luaL_checkstack(L, count, "arguments");
    for (int i = 2; i < count; i++)
        lua_pushstring(L, arguments[i]);
    if (lua_pcall(L, count - 2, 1, 0))
        fail(lua_tostring(L, -1));
    return !lua_toboolean(L, -1);
}
