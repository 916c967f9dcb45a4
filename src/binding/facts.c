/* SPDX-License-Identifier: MIT */
/* The systems' tables of facts as a Lua table: Lua's side works from it, and the documentation is checked against it. */
#include "binding.h"

static void set_text(lua_State *L, const char *name, const char *text)
{
    if (!text)
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

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

static const char *mark_name(enum so_mark mark)
{
    static const char *const names[] = {[SO_SEED] = "seed", [SO_DOCUMENTED] = "documented", [SO_INFERRED] = "inferred"};
    return names[mark];
}

static void set_parameters(lua_State *L, const char *name, const struct so_parameter *list)
{
    static const char *const types[] = {[SO_NIL] = "table",     [SO_BOOLEAN] = "boolean", [SO_NUMBER] = "number",
                                        [SO_STRING] = "string", [SO_LIST] = "list",       [SO_TABLE] = "reference"};
    int index = 0;
    lua_newtable(L);
    for (; list && list->name; list++) {
        lua_newtable(L);
        set_text(L, "name", list->name);
        set_text(L, "type", types[list->type]);
        set_text(L, "fallback", list->fallback);
        set_text(L, "what", list->what);
        set_flag(L, "required", list->flags & SO_REQUIRED);
        set_flag(L, "secret", list->flags & SO_SECRET);
        set_flag(L, "route", list->flags & SO_ROUTE);
        if (list->choices)
            set_texts(L, "choices", list->choices);
        lua_rawseti(L, -2, ++index);
    }
    lua_setfield(L, -2, name);
}

static void set_detours(lua_State *L, const struct so_operation *operation)
{
    static const char *const kinds[] = {
        [SO_FOLLOW_UP_NONE] = NULL, [SO_FOLLOW_UP_REPEAT] = "repeat", [SO_FOLLOW_UP_PROBE] = "probe", [SO_FOLLOW_UP_BY_NAME] = "by_name",
    };
    lua_newtable(L);
    for (size_t i = 0; i < sizeof operation->detours / sizeof *operation->detours; i++) {
        const struct so_follow_up *detour = &operation->detours[i];
        if (detour->kind == SO_FOLLOW_UP_NONE)
            continue;
        lua_newtable(L);
        set_text(L, "kind", kinds[detour->kind]);
        set_text(L, "operation", detour->operation);
        set_text(L, "says", detour->says);
        lua_rawseti(L, -2, (int)detour->http_status);
    }
    lua_setfield(L, -2, "detours");
}

static void push_operation(lua_State *L, const struct so_operation *operation)
{
    static const char *const proofs[] = {
        [SO_PROVES_NOTHING] = NULL,        [SO_PROVES_OCCUPANT] = "occupant", [SO_PROVES_SESSION] = "session",
        [SO_PROVES_TOKEN] = "token",       [SO_PROVES_SETTING] = "setting",  [SO_PROVES_LOGINS] = "logins",
    };
    static const char *const retries[] = {[SO_RETRY_NO] = "no", [SO_RETRY_ONCE] = "once", [SO_RETRY_PACED] = "paced"};
    lua_newtable(L);
    set_text(L, "name", operation->name);
    set_parameters(L, "arguments", operation->arguments);
    set_integer(L, "positional", operation->positional);
    set_texts(L, "answers", operation->answers);
    set_flag(L, "changes", operation->changes);
    set_flag(L, "safe", operation->safe);
    set_flag(L, "internal", operation->shown != NULL); /* a step of another operation: no method */
    set_text(L, "shown", operation->shown);
    set_flag(L, "list", operation->list);
    set_flag(L, "finds", operation->finds);
    set_text(L, "retry", retries[operation->retry]);
    set_text(L, "proves", proofs[operation->proves]);
    set_integer(L, "covers", operation->covers);
    set_text(L, "spares", operation->spares);
    set_text(L, "own", operation->own);
    set_text(L, "chunked", operation->chunked);
    set_text(L, "select", operation->select);
    set_text(L, "key", operation->key);
    set_text(L, "mark", mark_name(operation->mark));
    set_detours(L, operation);
}

static void set_codes(lua_State *L, const struct so_vendor_code *codes)
{
    lua_newtable(L);
    for (; codes && codes->wording; codes++) {
        lua_newtable(L);
        set_text(L, "code", so_code_name(codes->error));
        set_text(L, "answer", codes->answer);
        set_text(L, "scope", so_scope_name(codes->scope));
        set_flag(L, "retriable", codes->retriable);
        set_text(L, "wording", codes->wording);
        set_text(L, "mark", mark_name(codes->mark));
        set_text(L, "source", codes->source);
        lua_rawseti(L, -2, codes->code);
    }
    lua_setfield(L, -2, "codes");
}

static void set_comparison(lua_State *L, const struct so_backend *backend)
{
    lua_newtable(L);
    set_text(L, "name", so_naming_name(backend->names));
    set_text(L, "target", so_naming_name(backend->targets));
    lua_setfield(L, -2, "comparison");
}

void so_bind_facts(lua_State *L, const struct so_backend *backend)
{
    lua_newtable(L);
    set_text(L, "name", backend->name);
    set_text(L, "title", backend->title);
    set_text(L, "path", backend->default_path);
    set_texts(L, "accepts", backend->accepts);
    set_texts(L, "encodings", backend->encodings);
    set_text(L, "signs_out", backend->signs_out);
    set_text(L, "by_hand", backend->by_hand);
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
