/* SPDX-License-Identifier: MIT */
/* Memory that runs out in signoff.jose: each allocation fails once, and with all that follow it, of each allocator: ours (--wrap), jansson's,
   libcjose's, libcrypto's and Lua's. Every attempt is a process of its own, since libcjose does not expect every failure.
   host SCENARIO.lua ALLOCATOR ARGUMENTS...: the file returns a function, which gets the arguments and returns a word. Prints a line for
   each word, and for each signal, with its count. */
#define _GNU_SOURCE
#include <cjose/util.h>
#include <jansson.h>
#include <lauxlib.h>
#include <lualib.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind { OWN, JANSSON, CJOSE, CRYPTO, LUA, KINDS };

static const char *const names[KINDS] = {"own", "jansson", "libcjose", "libcrypto", "lua"};
static struct {
    enum kind kind;
    long n; /* 0: none fails */
    bool lasting;
    long asked[KINDS];
} armed;

static bool may(enum kind kind)
{
    long number = ++armed.asked[kind];
    return !(armed.n && kind == armed.kind && (number == armed.n || (armed.lasting && number > armed.n)));
}

/* The C library's; in our own objects the linker puts the other two in their place. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
    return may(OWN) ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return may(OWN) ? __real_calloc(count, size) : NULL;
}

static void *cjose_malloc(size_t size)
{
    return may(CJOSE) ? __real_malloc(size) : NULL;
}

static void *cjose_realloc(void *block, size_t size)
{
    return may(CJOSE) ? realloc(block, size) : NULL;
}

static void *json_malloc(size_t size)
{
    return may(JANSSON) ? __real_malloc(size) : NULL;
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return size && may(CRYPTO) ? __real_malloc(size) : NULL;
}

static void *crypto_realloc(void *block, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return may(CRYPTO) ? realloc(block, size) : NULL;
}

static void crypto_free(void *block, const char *file, int line)
{
    (void)file, (void)line;
    free(block);
}

static void *lua_take(void *payload, void *block, size_t before, size_t size)
{
    (void)payload;
    if (!size) {
        free(block);
        return NULL;
    }
    if (block && size <= before)
        return realloc(block, size);
    return may(LUA) ? realloc(block, size) : NULL;
}

int luaopen_signoff_jose(lua_State *L);

/* Runs the scenario; gives its word, or "raised: ...". The state has it at index 1, with its arguments behind. */
static void run(lua_State *L, int arguments, char *word, size_t size)
{
    lua_settop(L, 1 + arguments);
    lua_pushvalue(L, 1);
    for (int i = 0; i < arguments; i++)
        lua_pushvalue(L, 2 + i);
    int status = lua_pcall(L, arguments, 1, 0);
    const char *text = lua_tostring(L, -1);
    snprintf(word, size, "%s%s", status ? "raised: " : "", text ? text : "nothing");
}

static lua_State *start(char **argv)
{
    lua_State *L = lua_newstate(lua_take, NULL);
    luaL_openlibs(L);
    luaL_requiref(L, "signoff.jose", luaopen_signoff_jose, 0);
    lua_setglobal(L, "jose");
    lua_settop(L, 0);
    if (luaL_dofile(L, argv[1])) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        exit(1);
    }
    luaL_checkstack(L, 40, NULL);
    for (char **argument = argv + 3; *argument; argument++)
        lua_pushstring(L, *argument);
    return L;
}

/* The attempt, and one with memory behind it, which must be as good as ever. */
static void attempt(lua_State *L, int arguments, const char *good, FILE *out)
{
    char word[200], after[200];
    armed.asked[armed.kind] = 0;
    run(L, arguments, word, sizeof word);
    armed.n = 0;
    run(L, arguments, after, sizeof after);
    fprintf(out, "%s%s\n", word, strcmp(after, good) ? ", and not as good afterwards" : "");
    fflush(out);
    lua_close(L);
}

static void attempt_apart(lua_State *L, int arguments, const char *good, FILE *out)
{
    fflush(NULL);
    pid_t child = fork();
    if (!child) {
        attempt(L, arguments, good, out);
        exit(0); /* where leaks are looked for */
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status)
        fprintf(out, "%s %d\n", WIFSIGNALED(status) ? "signal" : "status", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    fflush(out);
}

static enum kind kind_of(const char *name)
{
    for (int i = 0; i < KINDS; i++)
        if (!strcmp(name, names[i]))
            return (enum kind)i;
    exit(1);
}

int main(int argc, char **argv)
{
    char good[200];
    cjose_set_alloc_funcs(cjose_malloc, cjose_realloc, free); /* gives its own to the two others, too */
    json_set_alloc_funcs(json_malloc, free);
    if (argc < 3 || !CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free))
        return 1;
    lua_State *L = start(argv);
    int arguments = argc - 3;
    run(L, arguments, good, sizeof good); /* twice: the first makes what is kept */
    memset(armed.asked, 0, sizeof armed.asked);
    run(L, arguments, good, sizeof good);
    armed.kind = kind_of(argv[2]);
    long count = armed.asked[armed.kind];
    printf("%ld allocations, %s\n", count, good);
    for (long n = 1; n <= count; n++)
        for (int lasting = 0; lasting < 2; lasting++) {
            armed.n = n, armed.lasting = lasting;
            attempt_apart(L, arguments, good, stdout);
        }
    lua_close(L);
    return 0;
}
