/* SPDX-License-Identifier: MIT */
/* Runs Lua scripts as FreeSWITCH's mod_lua does: a fresh state for each, closed at its end, on threads with a small stack, with
   the objects `freeswitch` and `session`.

       freeswitch [-w] [-t threads] [-n runs of each] [-s stack, KiB] [-v name=value]...
           [-d script-directory]... [-m module-directory]... SCRIPT

   The directories are those of lua.conf.xml, and do what mod_lua does with them: joined, and with LUA_PATH or LUA_CPATH behind
   them where FreeSWITCH was started with one, they take that variable's place; so Lua's own paths are gone unless one of them
   ends in ";;". The lines that a script logs begin with the uuid of its call where they are logged by the session.
   A "%d" in a value becomes the number of the run. With -n 1 and one thread everything that the script does to the call is
   printed, a line each; otherwise how often each value of the variable signoff_outcome was set. Last comes how deep
   the stack was used; not with -w, for tools that watch memory: to them a thread's stack is gone with it.
   `host.depth(f, ...)` runs f, and `host.deepest()` is the most bytes of stack that any took. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, VARIABLES = 16, OUTCOMES = 8, THREADS = 256, PAINT = 0xa5, MARGIN = 512 };

struct variable { char name[64], value[128]; };

struct call {
    char uuid[40];
    struct variable variables[VARIABLES];
    int count, answered, hung_up;
};

static struct { int threads, runs, stack, watched; const char *script; struct variable given[VARIABLES]; int count; } options = {.threads = 1, .runs = 1, .stack = 240};

/* The values for LUA_PATH and LUA_CPATH. */
static struct path { const char *variable; char text[PATH_SIZE]; } script_path = {"LUA_PATH", ""}, module_path = {"LUA_CPATH", ""};

static struct { char name[128]; int times; } outcomes[OUTCOMES];
static int failures;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct thread { pthread_t id; int number; unsigned char *stack; size_t deepest; };
static struct thread threads[THREADS];
static __thread struct thread *self;

static void fail(const char *what)
{
    fprintf(stderr, "freeswitch: %s\n", what);
    exit(2);
}

static int is_quiet(void)
{
    return options.threads * options.runs > 1;
}

static void note_outcome(const char *name)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < OUTCOMES; i++)
        if (!outcomes[i].times || !strcmp(outcomes[i].name, name)) {
            snprintf(outcomes[i].name, sizeof outcomes[i].name, "%s", name);
            outcomes[i].times++;
            break;
        }
    pthread_mutex_unlock(&lock);
}

/* session and freeswitch */

static struct call *check_session(lua_State *L)
{
    return *(struct call **)luaL_checkudata(L, 1, "session");
}

static struct variable *find(struct call *call, const char *name)
{
    for (int i = 0; i < call->count; i++)
        if (!strcmp(call->variables[i].name, name))
            return &call->variables[i];
    return NULL;
}

static int session_ready(lua_State *L)
{
    struct call *call = check_session(L);
    lua_pushboolean(L, call->answered && !call->hung_up);
    return 1;
}

static int session_answer(lua_State *L)
{
    check_session(L)->answered = 1;
    if (!is_quiet())
        puts("answer");
    return 0;
}

static int session_hangup(lua_State *L)
{
    check_session(L)->hung_up = 1;
    if (!is_quiet())
        puts("hangup");
    return 0;
}

static int session_get_variable(lua_State *L)
{
    struct variable *found = find(check_session(L), luaL_checkstring(L, 2));
    lua_pushstring(L, found ? found->value : NULL);
    return 1;
}

static int session_set_variable(lua_State *L)
{
    struct call *call = check_session(L);
    const char *name = luaL_checkstring(L, 2), *value = luaL_checkstring(L, 3);
    struct variable *found = find(call, name);
    if (!found && call->count < VARIABLES)
        found = &call->variables[call->count++];
    if (!found)
        return luaL_error(L, "too many variables");
    snprintf(found->name, sizeof found->name, "%s", name);
    snprintf(found->value, sizeof found->value, "%s", value);
    if (!strcmp(name, "signoff_outcome"))
        note_outcome(value);
    if (!is_quiet())
        printf("set %s=%s\n", name, value);
    return 0;
}

static int session_stream_file(lua_State *L)
{
    check_session(L);
    const char *file = luaL_checkstring(L, 2);
    if (!is_quiet())
        printf("play %s\n", file);
    return 0;
}

static int session_console_log(lua_State *L)
{
    struct call *call = check_session(L);
    const char *level = luaL_checkstring(L, 2), *text = luaL_checkstring(L, 3);
    if (!is_quiet())
        printf("%s log %s %s", call->uuid, level, text);
    return 0;
}

static int console_log(lua_State *L)
{
    const char *level = luaL_checkstring(L, 1), *text = luaL_checkstring(L, 2);
    if (!is_quiet())
        printf("log %s %s", level, text);
    return 0;
}

static void set_functions(lua_State *L, const luaL_Reg *functions)
{
    for (; functions->name; functions++) {
        lua_pushcfunction(L, functions->func);
        lua_setfield(L, -2, functions->name);
    }
}

static void push_session(lua_State *L, struct call *call)
{
    static const luaL_Reg methods[] = {
        {"ready", session_ready},             {"answer", session_answer},           {"hangup", session_hangup},
        {"getVariable", session_get_variable}, {"setVariable", session_set_variable}, {"streamFile", session_stream_file},
        {"consoleLog", session_console_log},  {NULL, NULL},
    };
    *(struct call **)lua_newuserdata(L, sizeof call) = call;
    luaL_newmetatable(L, "session");
    lua_newtable(L);
    set_functions(L, methods);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

/* The stack: what was not used still has its paint. */

static size_t unpainted(const unsigned char *from, const unsigned char *to)
{
    uint64_t paint, word;
    memset(&paint, PAINT, sizeof paint);
    while (from + sizeof word <= to && memcpy(&word, from, sizeof word) && word == paint)
        from += sizeof word;
    return (size_t)(to - from);
}

static int host_depth(lua_State *L)
{
    unsigned char *here = __builtin_frame_address(0); /* what is MARGIN below it is not ours, nor memset's */
    memset(self->stack, PAINT, (size_t)(here - MARGIN - self->stack));
    int result = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    size_t depth = unpainted(self->stack, here);
    if (depth > self->deepest)
        self->deepest = depth;
    return result ? lua_error(L) : lua_gettop(L);
}

static int host_deepest(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)self->deepest);
    return 1;
}

/* A script */

static void push_host(lua_State *L, struct call *call)
{
    static const luaL_Reg freeswitch[] = {{"consoleLog", console_log}, {NULL, NULL}};
    static const luaL_Reg host[] = {{"depth", host_depth}, {"deepest", host_deepest}, {NULL, NULL}};
    lua_newtable(L);
    set_functions(L, freeswitch);
    lua_setglobal(L, "freeswitch");
    lua_newtable(L);
    set_functions(L, host);
    lua_setglobal(L, "host");
    push_session(L, call);
    lua_setglobal(L, "session");
}

static int traceback(lua_State *L)
{
    lua_getglobal(L, "debug");
    lua_getfield(L, -1, "traceback");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static void run_script(struct call *call)
{
    lua_State *L = luaL_newstate();
    if (!L)
        fail("no state");
    luaL_openlibs(L);
    push_host(L, call);
    lua_pushcfunction(L, traceback);
    if (luaL_loadfile(L, options.script) || lua_pcall(L, 0, 0, -2)) {
        fprintf(stderr, "freeswitch: %s\n", lua_tostring(L, -1));
        __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
    }
    lua_gc(L, LUA_GCCOLLECT, 0);
    lua_close(L);
}

static void begin_call(struct call *call, int number)
{
    memset(call, 0, sizeof *call);
    snprintf(call->uuid, sizeof call->uuid, "5f1e0c2a-6d3b-4c4f-9a5e-%012d", number);
    call->count = options.count;
    for (int i = 0; i < options.count; i++) {
        struct variable *variable = &call->variables[i];
        const char *value = options.given[i].value, *mark = strstr(value, "%d");
        *variable = options.given[i];
        if (mark)
            snprintf(variable->value, sizeof variable->value, "%.*s%06d%s", (int)(mark - value), value, number, mark + 2);
    }
}

static void *work(void *payload)
{
    struct call call;
    self = payload;
    for (int i = 0; i < options.runs; i++) {
        begin_call(&call, self->number * options.runs + i + 1);
        run_script(&call);
    }
    return NULL;
}

static void start(struct thread *thread)
{
    size_t size = (size_t)options.stack * 1024;
    pthread_attr_t attributes;
    thread->stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (thread->stack == MAP_FAILED)
        fail("no stack");
    memset(thread->stack, PAINT, size);
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, thread->stack, size);
    if (pthread_create(&thread->id, &attributes, work, thread))
        fail("no thread");
    pthread_attr_destroy(&attributes);
}

static void run_threads(void)
{
    for (int i = 0; i < options.threads; i++) {
        threads[i].number = i;
        start(&threads[i]);
    }
    for (int i = 0; i < options.threads; i++)
        pthread_join(threads[i].id, NULL);
}

static void print_stack(void)
{
    size_t most = 0, size = (size_t)options.stack * 1024;
    for (int i = 0; i < options.threads; i++) {
        size_t used = unpainted(threads[i].stack, threads[i].stack + size);
        most = used > most ? used : most;
    }
    printf("stack %zu\n", most);
}

static void print_outcomes(void)
{
    if (is_quiet())
        for (int i = 0; i < OUTCOMES && outcomes[i].times; i++)
            printf("outcome %s %d\n", outcomes[i].name, outcomes[i].times);
    if (!options.watched)
        print_stack();
    if (failures)
        printf("failures %d\n", failures);
}

static void give_variable(const char *text)
{
    const char *sign = strchr(text, '=');
    struct variable *variable = &options.given[options.count];
    if (!sign || options.count == VARIABLES / 2)
        fail("-v wants name=value");
    snprintf(variable->name, sizeof variable->name, "%.*s", (int)(sign - text), text);
    snprintf(variable->value, sizeof variable->value, "%s", sign + 1);
    options.count++;
}

static void append(struct path *path, const char *more)
{
    size_t used = strlen(path->text);
    if ((size_t)snprintf(path->text + used, sizeof path->text - used, "%s%s", used ? ";" : "", more) >= sizeof path->text - used)
        fail("a path is too long");
}

static void replace_path(struct path *path)
{
    const char *before = getenv(path->variable);
    if (!*path->text)
        return;
    if (before)
        append(path, before);
    if (setenv(path->variable, path->text, 1))
        fail("no environment");
}

int main(int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "wt:n:s:v:d:m:")) != -1;)
        switch (option) {
        case 'w': options.watched = 1; break;
        case 't': options.threads = atoi(optarg); break;
        case 'n': options.runs = atoi(optarg); break;
        case 's': options.stack = atoi(optarg); break;
        case 'v': give_variable(optarg); break;
        case 'd': append(&script_path, optarg); break;
        case 'm': append(&module_path, optarg); break;
        default: fail("[-w] [-t threads] [-n runs of each] [-s stack] [-v name=value]... [-d path]... [-m path]... SCRIPT");
        }
    if (optind >= argc || options.threads < 1 || options.threads > THREADS)
        fail("a script is missing, or there are too many threads");
    options.script = argv[optind];
    replace_path(&script_path);
    replace_path(&module_path);
    run_threads();
    print_outcomes();
    return failures ? 1 : 0;
}
