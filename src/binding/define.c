/* SPDX-License-Identifier: MIT */
/* Systems that are described in Lua: makes a table of facts of a description that the Lua side has checked. Its memory are blocks of the
   Lua state and texts of the description, which the registry holds until the state is closed, behind the last finalizer: clients and calls
   may point there as long as they live. */
#include <stdlib.h>
#include <string.h>

#include "../backends/reading.h"
#include "../backends/registry.h"
#include "binding.h"

static const char systems; /* its address is the place of the table of systems by name in the registry */

/* A system that is described, and its hooks: a table that holds all of its memory. The address of `mark` is the place of the hooks. */
struct described {
    struct so_backend backend; /* first */
    struct so_words words;
    char mark;
};

struct maker {
    lua_State *L;
    int hooks;
};

/* Zeroed memory that the hooks hold. */
static void *block(const struct maker *maker, size_t size)
{
    void *made = lua_newuserdatauv(maker->L, size, 0);
    memset(made, 0, size);
    lua_rawseti(maker->L, maker->hooks, (int)lua_rawlen(maker->L, maker->hooks) + 1);
    return made;
}

/* The members of the table on top */

static const char *text_of(lua_State *L, const char *name)
{
    lua_getfield(L, -1, name);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL; /* the description keeps it */
    lua_pop(L, 1);
    return text;
}

static bool flag_of(lua_State *L, const char *name)
{
    lua_getfield(L, -1, name);
    bool flag = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return flag;
}

static double number_of(lua_State *L, const char *name)
{
    lua_getfield(L, -1, name);
    double number = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return number;
}

/* The place of a word in a list; 0 where it is none of them. */
static int choice_of(lua_State *L, const char *name, const char *const *choices, int count)
{
    const char *text = text_of(L, name);
    for (int i = 0; text && i < count; i++)
        if (choices[i] && !strcmp(choices[i], text))
            return i;
    return 0;
}

#define CHOICE_OF(L, name, choices) choice_of(L, name, choices, (int)(sizeof choices / sizeof *choices))

/* A list of texts, up to NULL; NULL where there is none. */
static const char *const *texts_of(const struct maker *maker, const char *name)
{
    lua_State *L = maker->L;
    const char **texts = NULL;
    lua_getfield(L, -1, name);
    if (lua_istable(L, -1)) {
        size_t count = lua_rawlen(L, -1);
        texts = block(maker, (count + 1) * sizeof *texts);
        for (size_t i = 0; i < count; i++) {
            lua_rawgeti(L, -1, (int)i + 1);
            texts[i] = lua_tostring(L, -1);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
    return texts;
}

/* Parameters */

static const struct { const char *name; unsigned flag; } flags[] = {
    {"required", SO_REQUIRED}, {"secret", SO_SECRET}, {"may_be_empty", SO_MAY_BE_EMPTY}, {"whole", SO_WHOLE_NUMBER}, {"route", SO_ROUTE},
};

static void read_parameter(const struct maker *maker, struct so_parameter *out)
{
    static const char *const types[] = {[SO_BOOLEAN] = "boolean", [SO_NUMBER] = "number", [SO_STRING] = "string", [SO_LIST] = "list"};
    static const char *const kinds_of_text[] = {[SO_PLACE_LOCAL] = "local", [SO_PLACE_NAME] = "name", [SO_PLACE_URL] = "url"};
    lua_State *L = maker->L;
    *out = (struct so_parameter){
        .name = text_of(L, "name"), .type = (enum so_type)CHOICE_OF(L, "type", types), .place = (enum so_place)CHOICE_OF(L, "place", kinds_of_text),
        .fallback = text_of(L, "fallback"), .choices = texts_of(maker, "choices"), .least = number_of(L, "least"),
        .most = number_of(L, "most"), .what = text_of(L, "what"),
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        out->flags |= flag_of(L, flags[i].name) ? flags[i].flag : 0;
}

static const struct so_parameter *parameters_of(const struct maker *maker, const char *name)
{
    lua_State *L = maker->L;
    lua_getfield(L, -1, name);
    size_t count = lua_rawlen(L, -1);
    struct so_parameter *list = block(maker, (count + 1) * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -1, (int)i + 1);
        read_parameter(maker, list + i);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return list;
}

/* Operations */

/* How an operation uses another one's rows: in the table that is that member. */
static const char *of_rows(lua_State *L, const char *member, const char *name)
{
    lua_getfield(L, -1, member);
    const char *text = lua_istable(L, -1) ? text_of(L, name) : NULL;
    lua_pop(L, 1);
    return text;
}

static void read_operation(const struct maker *maker, struct so_operation *out)
{
    static const char *const retries[] = {[SO_RETRY_NO] = "no", [SO_RETRY_ONCE] = "once", [SO_RETRY_PACED] = "paced"};
    static const char *const kinds[] = {[SO_EVIDENCE_OCCUPANT] = "occupant", [SO_EVIDENCE_SESSION] = "session", [SO_EVIDENCE_TOKEN] = "token",
                                        [SO_EVIDENCE_SETTING] = "setting"};
    lua_State *L = maker->L;
    *out = (struct so_operation){
        .name = text_of(L, "name"), .public_name = text_of(L, "public_name"), .arguments = parameters_of(maker, "arguments"),
        .positional = (int)number_of(L, "positional"), .answers = texts_of(maker, "answers"), .changes = flag_of(L, "changes"),
        .safe = flag_of(L, "safe"), .retry = (enum so_retry)CHOICE_OF(L, "retry", retries),
        .evidence = (enum so_evidence)CHOICE_OF(L, "evidence", kinds), .batch_max = (int)number_of(L, "batch_max"),
        .list = flag_of(L, "list"), .finds = flag_of(L, "finds"), .row_key = text_of(L, "row_key"), .chunked = text_of(L, "chunked"),
        .filters = {of_rows(L, "filters", "operation"), of_rows(L, "filters", "key")},
        .excludes_own = {of_rows(L, "excludes_own", "operation"), of_rows(L, "excludes_own", "key"), of_rows(L, "excludes_own", "option")},
        .provenance = SO_DOCUMENTED,
    };
}

static const struct so_operation *operations_of(const struct maker *maker)
{
    lua_State *L = maker->L;
    lua_getfield(L, -1, "operations");
    size_t count = lua_rawlen(L, -1);
    struct so_operation *list = block(maker, (count + 1) * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -1, (int)i + 1);
        read_operation(maker, list + i);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return list;
}

/* The scope of the row on top. */
static enum so_scope scope_of(lua_State *L)
{
    static const char *const scopes[] = {[SO_SCOPE_CLIENT] = "client", [SO_SCOPE_TARGET] = "target"};
    return (enum so_scope)CHOICE_OF(L, "scope", scopes);
}

static enum so_code code_of(lua_State *L)
{
    const char *name = text_of(L, "code");
    for (int code = SO_OK + 1; name && code < SO_CODES; code++)
        if (!strcmp(so_code_name((enum so_code)code), name))
            return (enum so_code)code;
    return SO_UNUSABLE;
}

static const struct so_status_rule *statuses_of(const struct maker *maker)
{
    lua_State *L = maker->L;
    lua_getfield(L, -1, "statuses");
    size_t count = lua_rawlen(L, -1);
    struct so_status_rule *list = block(maker, (count + 1) * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -1, (int)i + 1);
        long status = (long)number_of(L, "status");
        list[i] = (struct so_status_rule){status, status, code_of(L), scope_of(L), flag_of(L, "retriable")};
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return list;
}

static enum so_naming naming_of(lua_State *L, const char *name, enum so_naming otherwise)
{
    enum so_naming found = otherwise;
    const char *text = text_of(L, name);
    return text && so_naming_find(text, &found) ? found : otherwise;
}

/* The backend of the description on top. */
static void read_backend(const struct maker *maker, struct described *out)
{
    lua_State *L = maker->L;
    out->words = (struct so_words){texts_of(maker, "data"), texts_of(maker, "errors"), texts_of(maker, "lists"), text_of(L, "rows")};
    out->backend = (struct so_backend){
        .name = text_of(L, "name"), .title = text_of(L, "title"), .default_path = text_of(L, "path"), .accepts = texts_of(maker, "accepts"),
        .options = parameters_of(maker, "options"), .operations = operations_of(maker), .signs_out = text_of(L, "signs_out"),
        .statuses = statuses_of(maker), .by_hand = text_of(L, "by_hand"), .tokens_age = flag_of(L, "tokens_age"), .renewable = flag_of(L, "renewable"),
        .sticky = flag_of(L, "sticky"), .names = naming_of(L, "names", SO_NAMES_EXACT), .targets = naming_of(L, "targets", SO_KEYS_EXACT),
        .words = &out->words, .attributes = texts_of(maker, "attributes"), .arrays = texts_of(maker, "arrays"),
    };
}

static void push_systems(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)&systems);
    lua_rawget(L, LUA_REGISTRYINDEX);
}

const struct so_backend *so_bind_find_system(lua_State *L, const char *name)
{
    const struct so_backend *found = so_backend_find(name);
    if (found)
        return found;
    push_systems(L);
    lua_getfield(L, -1, name);
    found = lua_touserdata(L, -1);
    lua_pop(L, 2);
    return found;
}

void so_bind_push_hooks(lua_State *L, const struct so_backend *backend)
{
    lua_pushlightuserdata(L, (void *)&((const struct described *)backend)->mark);
    lua_rawget(L, LUA_REGISTRYINDEX);
}

/* core.define(description, hooks): makes the system known to this Lua state, and gives its facts and the table of its clients' methods.
   `hooks` has the functions `build` and `read`, and holds memory from now on. The description must not change any more. */
static int define(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    luaL_checkstack(L, 20, "a description");
    lua_pushvalue(L, 1);
    lua_setfield(L, 2, "description");
    const struct maker maker = {L, 2};
    struct described *made = block(&maker, sizeof *made);
    lua_pushvalue(L, 1);
    read_backend(&maker, made);
    lua_pushvalue(L, 2);
    so_bind_keep(L, &made->mark); /* first: from here on the memory stays */
    so_bind_facts(L, &made->backend);
    so_bind_client_type(L, &made->backend);
    push_systems(L);
    lua_pushlightuserdata(L, made);
    lua_setfield(L, -2, made->backend.name);
    lua_pop(L, 1);
    return 2;
}

/* A module that is loaded once more finds the systems of before: their constructors are still in use. */
void so_bind_define_open(lua_State *L)
{
    push_systems(L);
    if (lua_isnil(L, -1)) {
        lua_newtable(L);
        so_bind_keep(L, &systems);
    }
    lua_pop(L, 1);
}

const luaL_Reg so_bind_define[] = {{"define", define}, {NULL, NULL}};
