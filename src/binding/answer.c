/* SPDX-License-Identifier: MIT */
/* What a call came to, as Lua values. All that a server said passes the mask: what it echoes may be a credential. */
#include <string.h>

#include "binding.h"

/* Masking */

static const char *masked(lua_State *L, struct so_call *call, const char *text, size_t size, size_t *out_size)
{
    *out_size = size;
    if (!so_mask_needed(call->settings->secrets, call->secrets, size))
        return text;
    if (!call->mask)
        call->mask = so_mask_make(&call->arena, call->settings->secrets, call->secrets);
    const char *shown = call->mask ? so_mask_apply(&call->arena, call->mask, text, size, out_size) : NULL;
    if (!shown)
        so_bind_nomem(L);
    return shown;
}

static void push_masked(lua_State *L, struct so_call *call, const char *text, size_t size)
{
    const char *shown = masked(L, call, text, size, &size);
    lua_pushlstring(L, shown, size);
}

/* The vendor's own words: masked whole, then cut, so that no part of a secret is left over. */
static void push_vendor_message(lua_State *L, struct so_call *call)
{
    enum { VENDOR_MESSAGE_MAX = 512 };
    size_t size;
    const char *shown = masked(L, call, call->answer.vendor_message, call->answer.vendor_message_size, &size);
    lua_pushlstring(L, shown, so_text_prefix(shown, size, VENDOR_MESSAGE_MAX));
}

/* Replaces the texts inside the table on top; a name that holds a secret goes, with what it names. */
static void mask_table(lua_State *L, struct so_call *call, int depth)
{
    luaL_checkstack(L, 6, "fields");
    for (lua_pushnil(L); lua_next(L, -2);) {
        size_t size, masked_size;
        if (lua_type(L, -1) == LUA_TSTRING) {
            const char *text = lua_tolstring(L, -1, &size);
            push_masked(L, call, text, size);
            lua_replace(L, -2);
        } else if (lua_istable(L, -1) && depth > 0) {
            mask_table(L, call, depth - 1);
        }
        if (lua_type(L, -2) == LUA_TSTRING) {
            const char *name = lua_tolstring(L, -2, &size);
            if (masked(L, call, name, size, &masked_size) != name) {
                lua_pop(L, 1);
                lua_pushnil(L);
            }
        }
        lua_pushvalue(L, -2); /* table, key, value, key */
        lua_insert(L, -2);    /* table, key, key, value */
        lua_rawset(L, -4);
    }
}

/* The reply's own members */

static void push_node(lua_State *L, struct so_call *call, struct so_node node);

/* Child elements by their local names; one name several times makes a list of them, and one that holds a secret goes. */
static void add_element(lua_State *L, struct so_call *call, struct so_node child)
{
    const char *name = so_node_name(child);
    size_t size = strlen(name);
    if (masked(L, call, name, size, &size) != name)
        return;
    lua_getfield(L, -1, name);
    bool again = !lua_isnil(L, -1);
    if (again && (!lua_istable(L, -1) || lua_rawlen(L, -1) == 0)) {
        lua_createtable(L, 2, 0);
        lua_insert(L, -2);
        lua_rawseti(L, -2, 1);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, name);
    }
    push_node(L, call, child);
    if (again)
        lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
    else
        lua_setfield(L, -3, name);
    lua_pop(L, 1);
}

static void push_elements(lua_State *L, struct so_call *call, struct so_node parent, const char *left_out)
{
    struct so_cursor cursor = {0};
    struct so_node child;
    luaL_checkstack(L, 8, "fields");
    lua_newtable(L);
    while (so_node_next(parent, &cursor, &child))
        if (!left_out || strcmp(so_node_name(child), left_out))
            add_element(L, call, child);
}

static void push_node(lua_State *L, struct so_call *call, struct so_node node)
{
    const char *text;
    size_t size;
    if (so_node_type(node) == SO_TABLE)
        push_elements(L, call, node, NULL);
    else if (so_node_text(node, &text, &size))
        push_masked(L, call, text, size);
    else
        lua_pushliteral(L, "");
}

static void push_fields(lua_State *L, struct so_call *call, const struct so_document *document)
{
    const char *moved = call->answer.moved;
    if (!document || (call->answer.rows.document && !moved)) {
        lua_newtable(L);
    } else if (so_node_name(document->root)) {
        push_elements(L, call, document->root, moved);
    } else if (!lua_istable(L, document->root.slot)) {
        lua_newtable(L);
    } else {
        lua_pushvalue(L, document->root.slot);
        if (moved) {
            lua_pushnil(L);
            lua_setfield(L, -2, moved);
        }
        if (so_mask_needed(call->settings->secrets, call->secrets, call->reply.body.size))
            mask_table(L, call, 32);
    }
}

/* Outcomes */

/* date, stale, cookie: into the table on top. */
static void set_head(lua_State *L, struct so_call *call)
{
    const struct so_reply *reply = &call->reply;
    if (reply->date > 0) {
        so_bind_push_number(L, reply->date);
        lua_setfield(L, -2, "date");
    }
    if (reply->stale) {
        push_masked(L, call, reply->stale, strlen(reply->stale));
        lua_setfield(L, -2, "stale");
    }
    if (!reply->sets_cookie)
        return;
    if (reply->cookie)
        so_bind_push_secret(L, reply->cookie, strlen(reply->cookie));
    else
        lua_pushboolean(L, false);
    lua_setfield(L, -2, "cookie");
}

/* http_status, fields, vendor_code, vendor_message, and what the head says: into the table on top. */
static void set_evidence(lua_State *L, struct so_call *call, const struct so_document *document)
{
    const struct so_answer *answer = &call->answer;
    if (call->reply.http_status) {
        lua_pushinteger(L, (lua_Integer)call->reply.http_status);
        lua_setfield(L, -2, "http_status");
    }
    set_head(L, call);
    push_fields(L, call, document);
    lua_setfield(L, -2, "fields");
    if (answer->vendor_code && answer->vendor_code->type == SO_STRING)
        push_masked(L, call, answer->vendor_code->text, answer->vendor_code->size);
    else if (answer->vendor_code)
        so_bind_push(L, answer->vendor_code);
    else
        lua_pushnil(L);
    lua_setfield(L, -2, "vendor_code");
    lua_pushboolean(L, answer->own_words);
    lua_setfield(L, -2, "own_words");
    if (!answer->vendor_message)
        return;
    push_vendor_message(L, call);
    lua_setfield(L, -2, "vendor_message");
}

/* Whether the reply was whole, into the table on top. */
static void set_whole(lua_State *L, struct so_call *call)
{
    const char *doubt = call->answer.doubt;
    lua_pushboolean(L, !doubt);
    lua_setfield(L, -2, "whole");
    if (!doubt)
        return;
    push_masked(L, call, doubt, strlen(doubt));
    lua_setfield(L, -2, "doubt");
}

/* What the reply's own words are in, of the table on top or of each of its rows. */
static void mask_rows(lua_State *L, struct so_call *call)
{
    static const char *const members[] = {"doubt", "others"};
    size_t rows = lua_rawlen(L, -1);
    for (size_t i = 0; i <= rows; i++) {
        if (i)
            lua_rawgeti(L, -1, (int)i);
        else
            lua_pushvalue(L, -1);
        for (size_t j = 0; lua_istable(L, -1) && j < sizeof members / sizeof *members; j++) {
            size_t size;
            lua_getfield(L, -1, members[j]);
            const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;
            if (text)
                push_masked(L, call, text, size);
            else if (lua_istable(L, -1))
                mask_table(L, call, 2);
            if (text)
                lua_setfield(L, -3, members[j]);
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
    }
}

int so_bind_answer(lua_State *L, struct so_call *call, const struct so_document *document)
{
    const struct so_answer *answer = &call->answer;
    if (answer->columns)
        so_bind_rows(L, call);
    else if (answer->result)
        so_bind_push(L, answer->result);
    else
        lua_newtable(L);
    if (answer->said) {
        lua_pushstring(L, answer->said);
        lua_setfield(L, -2, "answer");
    }
    if (answer->result && so_mask_needed(call->settings->secrets, call->secrets, call->reply.body.size))
        mask_rows(L, call);
    set_whole(L, call);
    set_evidence(L, call, document);
    return 1;
}

static void set_string(lua_State *L, const char *name, const char *text)
{
    if (!text)
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

/* Where, what, and what to do. */
static void push_message(lua_State *L, struct so_call *call, const struct so_error *error)
{
    const char *advice = error->advice ? error->advice : so_code_advice(error->code);
    const char *origin = so_call_origin(call);
    const char *what = so_arena_join(&call->arena, call->settings->backend->name, ".", so_operation_shown(call->operation),
                                     ": ", origin, ": ", error->message, NULL);
    int top = lua_gettop(L);
    if (!what && error->code != SO_NOMEM)
        so_bind_nomem(L);
    push_masked(L, call, what ? what : error->message, strlen(what ? what : error->message));
    if (call->answer.vendor_message) {
        lua_pushliteral(L, ": ");
        push_vendor_message(L, call);
    }
    if (advice)
        lua_pushfstring(L, "; %s", advice);
    lua_concat(L, lua_gettop(L) - top);
}

int so_bind_error(lua_State *L, struct so_call *call, const struct so_error *error, const struct so_document *document)
{
    lua_pushnil(L);
    push_message(L, call, error);
    lua_pushstring(L, so_code_name(error->code));
    lua_createtable(L, 0, 16);
    set_evidence(L, call, document);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "message");
    set_string(L, "code", so_code_name(error->code));
    set_string(L, "backend", call->settings->backend->name);
    set_string(L, "operation", so_operation_shown(call->operation));
    set_string(L, "scope", so_scope_name(error->scope));
    lua_pushboolean(L, error->retriable);
    lua_setfield(L, -2, "retriable");
    lua_pushboolean(L, call->reply.sent);
    lua_setfield(L, -2, "sent");
    if (call->reply.retry_after >= 0) {
        so_bind_push_number(L, call->reply.retry_after);
        lua_setfield(L, -2, "retry_after");
    }
    return 4;
}
