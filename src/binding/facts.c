/* SPDX-License-Identifier: MIT */
/* The tables of facts of all systems as a Lua table: the Lua side uses it, and the documentation is checked against it. */
#include "binding.h"

static void set_flag(lua_State *L, const char *name, bool flag)
{
    lua_pushboolean(L, flag);
    lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, long number)
{
    lua_pushinteger(L, (lua_Integer)number);
    lua_setfield(L, -2, name);
}

static void set_texts(lua_State *L, const char *name, const char *const *texts)
{
    lua_newtable(L);
    for (int i = 0; texts && texts[i]; i++) {
        lua_pushstring(L, texts[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, name);
}

static const char *provenance_name(enum so_provenance provenance)
{
    static const char *const names[] = {[SO_SEED] = "seed", [SO_DOCUMENTED] = "documented", [SO_INFERRED] = "inferred"};
    return names[provenance];
}

static void set_parameters(lua_State *L, const char *name, const struct so_parameter *list)
{
    static const char *const types[] = {[SO_NIL] = "table",     [SO_BOOLEAN] = "boolean", [SO_NUMBER] = "number",
                                        [SO_STRING] = "string", [SO_LIST] = "list",       [SO_TABLE] = "reference"};
    int index = 0;
    lua_newtable(L);
    for (; list && list->name; list++) {
        lua_newtable(L);
        so_bind_set_text(L, "name", list->name);
        so_bind_set_text(L, "type", types[list->type]);
        so_bind_set_text(L, "fallback", list->fallback);
        so_bind_set_text(L, "what", list->what);
        set_flag(L, "required", list->flags & SO_REQUIRED);
        set_flag(L, "secret", list->flags & SO_SECRET);
        set_flag(L, "route", list->flags & SO_ROUTE);
        if (list->choices)
            set_texts(L, "choices", list->choices);
        lua_rawseti(L, -2, ++index);
    }
    lua_setfield(L, -2, name);
}

static void set_follow_ups(lua_State *L, const struct so_operation *operation)
{
    static const char *const kinds[] = {
        [SO_FOLLOW_UP_NONE] = NULL, [SO_FOLLOW_UP_REPEAT] = "repeat", [SO_FOLLOW_UP_PROBE] = "probe", [SO_FOLLOW_UP_BY_NAME] = "by_name",
    };
    lua_newtable(L);
    for (size_t i = 0; i < sizeof operation->follow_ups / sizeof *operation->follow_ups; i++) {
        const struct so_follow_up *follow_up = &operation->follow_ups[i];
        if (follow_up->kind == SO_FOLLOW_UP_NONE)
            continue;
        lua_newtable(L);
        so_bind_set_text(L, "kind", kinds[follow_up->kind]);
        so_bind_set_text(L, "operation", follow_up->operation);
        so_bind_set_text(L, "says", follow_up->says);
        lua_rawseti(L, -2, (int)follow_up->http_status);
    }
    lua_setfield(L, -2, "follow_ups");
}

/* How an operation uses the rows of another one's list. */
static void set_rows(lua_State *L, const char *name, const char *operation, const char *key, const char *option)
{
    if (!operation)
        return;
    lua_newtable(L);
    so_bind_set_text(L, "operation", operation);
    so_bind_set_text(L, "key", key);
    so_bind_set_text(L, "option", option);
    lua_setfield(L, -2, name);
}

static void push_operation(lua_State *L, const struct so_operation *operation)
{
    static const char *const kinds_of_evidence[] = {
        [SO_EVIDENCE_NONE] = NULL,        [SO_EVIDENCE_OCCUPANT] = "occupant", [SO_EVIDENCE_SESSION] = "session",
        [SO_EVIDENCE_TOKEN] = "token",       [SO_EVIDENCE_SETTING] = "setting",  [SO_EVIDENCE_LOGINS] = "logins",
    };
    static const char *const retries[] = {[SO_RETRY_NO] = "no", [SO_RETRY_ONCE] = "once", [SO_RETRY_PACED] = "paced"};
    lua_newtable(L);
    so_bind_set_text(L, "name", operation->name);
    set_parameters(L, "arguments", operation->arguments);
    set_integer(L, "positional", operation->positional);
    set_texts(L, "answers", operation->answers);
    set_flag(L, "changes", operation->changes);
    set_flag(L, "safe", operation->safe);
    set_flag(L, "internal", operation->public_name != NULL); /* a step of another operation: no method */
    so_bind_set_text(L, "public_name", operation->public_name);
    set_flag(L, "list", operation->list);
    set_flag(L, "finds", operation->finds);
    so_bind_set_text(L, "row_key", operation->row_key);
    so_bind_set_text(L, "retry", retries[operation->retry]);
    so_bind_set_text(L, "evidence", kinds_of_evidence[operation->evidence]);
    set_integer(L, "batch_max", operation->batch_max);
    so_bind_set_text(L, "chunked", operation->chunked);
    set_rows(L, "filters", operation->filters.operation, operation->filters.key, NULL);
    set_rows(L, "excludes_own", operation->excludes_own.operation, operation->excludes_own.key, operation->excludes_own.option);
    so_bind_set_text(L, "provenance", provenance_name(operation->provenance));
    set_follow_ups(L, operation);
}

static void set_codes(lua_State *L, const struct so_vendor_code *codes)
{
    lua_newtable(L);
    for (; codes && codes->wording; codes++) {
        lua_newtable(L);
        so_bind_set_text(L, "code", so_code_name(codes->error));
        so_bind_set_text(L, "answer", codes->answer);
        so_bind_set_text(L, "scope", so_scope_name(codes->scope));
        set_flag(L, "retriable", codes->retriable);
        so_bind_set_text(L, "wording", codes->wording);
        so_bind_set_text(L, "provenance", provenance_name(codes->provenance));
        so_bind_set_text(L, "source", codes->source);
        lua_rawseti(L, -2, codes->code);
    }
    lua_setfield(L, -2, "codes");
}

static void set_comparison(lua_State *L, const struct so_backend *backend)
{
    lua_newtable(L);
    so_bind_set_text(L, "name", so_naming_name(backend->names));
    so_bind_set_text(L, "target", so_naming_name(backend->targets));
    lua_setfield(L, -2, "comparison");
}

void so_bind_facts(lua_State *L, const struct so_backend *backend)
{
    lua_newtable(L);
    so_bind_set_text(L, "name", backend->name);
    so_bind_set_text(L, "title", backend->title);
    so_bind_set_text(L, "path", backend->default_path);
    set_texts(L, "accepts", backend->accepts);
    set_texts(L, "encodings", backend->encodings);
    so_bind_set_text(L, "signs_out", backend->signs_out);
    so_bind_set_text(L, "by_hand", backend->by_hand);
    set_flag(L, "tokens_age", backend->tokens_age);
    set_flag(L, "renewable", backend->renewable);
    set_comparison(L, backend);
    set_flag(L, "sticky", backend->sticky);
    set_parameters(L, "common_options", so_common_options);
    set_parameters(L, "options", backend->options);
    set_codes(L, backend->codes);
    lua_newtable(L);
    for (const struct so_operation *operation = backend->operations; operation->name; operation++) {
        push_operation(L, operation);
        lua_setfield(L, -2, operation->name);
    }
    lua_setfield(L, -2, "operations");
}
