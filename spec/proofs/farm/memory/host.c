/* SPDX-License-Identifier: MIT */
/* Threads with a Lua state each, which run the same script: host THREADS SCRIPT.lua ARGUMENTS... Each is given its number, then the
   arguments. Ends with 1 where one of them fails. For sanitizers and memcheck. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 16 };

struct task {
    pthread_t id;
    int number, failed;
    char **arguments; /* the script first */
};

static void *run(void *payload)
{
    struct task *task = payload;
    lua_State *L = luaL_newstate();
    int count = 1;
    luaL_openlibs(L);
    task->failed = luaL_loadfile(L, *task->arguments);
    lua_pushinteger(L, task->number);
    for (char **each = task->arguments + 1; *each; each++, count++)
        lua_pushstring(L, *each);
    task->failed = task->failed || lua_pcall(L, count, 0, 0);
    if (task->failed)
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
    lua_close(L);
    return NULL;
}

int main(int count, char **arguments)
{
    struct task tasks[THREADS] = {{0}};
    int threads = count > 2 ? atoi(arguments[1]) : 0, failed = threads < 1 || threads > THREADS;
    for (int i = 0; i < threads && !failed; i++) {
        tasks[i].number = i + 1;
        tasks[i].arguments = arguments + 2;
        pthread_create(&tasks[i].id, NULL, run, &tasks[i]);
    }
    for (int i = 0; i < threads && tasks[i].id; i++) {
        pthread_join(tasks[i].id, NULL);
        failed |= tasks[i].failed;
    }
    return failed;
}
