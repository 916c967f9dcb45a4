/* SPDX-License-Identifier: MIT */
/* Threads with a Lua state each, which all read the same key set and accept the same token: threads SCENARIO.lua ROUNDS ARGUMENTS...
   Prints how often the scenario said "accepted". For the thread sanitizer. */
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4 };

int luaopen_signoff_jose(lua_State *L);

static char **arguments; /* from the scenario on */

static int accepted(lua_State *L)
{
    int count = 0;
    lua_pushvalue(L, 1);
    for (char **each = arguments + 2; *each; each++, count++)
        lua_pushstring(L, *each);
    if (lua_pcall(L, count, 1, 0))
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
    int good = !strcmp(lua_tostring(L, -1), "accepted");
    lua_settop(L, 1);
    return good;
}

static void *run(void *sum)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    luaL_requiref(L, "signoff.jose", luaopen_signoff_jose, 0);
    lua_setglobal(L, "jose");
    lua_settop(L, 0);
    if (luaL_dofile(L, arguments[0]))
        exit(1);
    for (int i = 0; i < atoi(arguments[1]); i++)
        *(int *)sum += accepted(L);
    lua_close(L);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    int sums[THREADS] = {0}, sum = 0;
    if (argc < 4)
        return 1;
    arguments = argv + 1;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run, &sums[i]);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum += sums[i];
    }
    printf("%d\n", sum);
    return 0;
}
