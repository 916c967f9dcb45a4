/* SPDX-License-Identifier: MIT */
/* The results of calls as Lua values. All words of a server pass the mask, since a server may echo a credential. */
#include <string.h>

#include "binding.h"

/* Masking */

const char *so_bind_masked(lua_State *L, struct so_call *call, const char *text, size_t size, size_t limit, size_t *out_size)
{
    if (size <= limit && !so_call_may_show(call, size)) {
        *out_size = size;
        return text;
    }
    const struct so_mask *mask = so_call_mask(call);
    const char *shown = mask ? so_mask_apply(&call->arena, mask, text, size, limit, out_size) : NULL;
    if (!shown)
        so_bind_nomem(L);
    return shown;
}

void so_bind_push_masked(lua_State *L, struct so_call *call, const char *text, size_t size, size_t limit)
{
    const char *shown = so_bind_masked(L, call, text, size, limit, &size);
    lua_pushlstring(L, shown, size);
}

bool so_bind_hides_number(lua_State *L, struct so_call *call, double number)
{
    enum { LONGEST = 32 }; /* as it is printed */
    if (!so_call_may_show(call, LONGEST))
        return false;
    const struct so_mask *mask = so_call_mask(call);
    if (!mask)
        so_bind_nomem(L);
    return so_mask_hides_number(mask, number);
}

/* A text of bounded length. */
static void push_whole(lua_State *L, struct so_call *call, const char *text, size_t size)
{
    so_bind_push_masked(L, call, text, size, size);
}

/* Whether the table on top was masked before: tables may hold each other. */
static bool was_masked(lua_State *L, int seen)
{
    lua_pushvalue(L, -1);
    lua_rawget(L, seen);
    bool before = lua_toboolean(L, -1);
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_pushboolean(L, 1);
    lua_rawset(L, seen);
    return before;
}

/* Masks the texts inside the table on top; their names stay. `seen` is the table of those that were masked. */
static void mask_members(lua_State *L, struct so_call *call, int depth, int seen)
{
    luaL_checkstack(L, 8, "answer");
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        size_t size;
        const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;
        if (text) {
            lua_pushvalue(L, -2);
            push_whole(L, call, text, size);
            lua_rawset(L, -5); /* table, name, value, name, masked */
        } else if (lua_istable(L, -1) && depth > 1 && !was_masked(L, seen)) {
            mask_members(L, call, depth - 1, seen);
        }
    }
}

/* Masks the texts inside the table on top. */
static void mask_texts(lua_State *L, struct so_call *call, int depth)
{
    lua_newtable(L);
    lua_insert(L, -2);
    mask_members(L, call, depth, lua_gettop(L) - 1);
    lua_remove(L, -2);
}

static void push_vendor_message(lua_State *L, struct so_call *call)
{
    const struct so_answer *answer = &call->answer;
    so_bind_push_masked(L, call, answer->vendor_message, answer->vendor_message_size, SO_VENDOR_MESSAGE_MAX);
}

/* Sets vendor_code in the table on top, where the reply has one that may be shown. */
static void set_vendor_code(lua_State *L, struct so_call *call)
{
    const struct so_value *code = call->answer.vendor_code;
    if (!code || (code->type != SO_STRING && so_bind_hides_number(L, call, code->number)))
        return;
    if (code->type == SO_STRING)
        so_bind_push_masked(L, call, code->text, code->size, SO_VENDOR_CODE_MAX);
    else
        so_bind_push(L, code);
    lua_setfield(L, -2, "vendor_code");
}

/* Outcomes */

/* Sets date, stale and cookie in the table on top. */
static void set_head(lua_State *L, struct so_call *call)
{
    const struct so_reply *reply = &call->reply;
    if (reply->date > 0) {
        so_bind_push_number(L, reply->date);
        lua_setfield(L, -2, "date");
    }
    if (reply->stale) {
        push_whole(L, call, reply->stale, strlen(reply->stale));
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

/* Sets http_status, fields, vendor_code, vendor_message and the members from the head in the table on top. */
static void set_evidence(lua_State *L, struct so_call *call, const struct so_document *document)
{
    if (call->reply.http_status) {
        lua_pushinteger(L, (lua_Integer)call->reply.http_status);
        lua_setfield(L, -2, "http_status");
    }
    set_head(L, call);
    so_bind_fields(L, call, document);
    lua_setfield(L, -2, "fields");
    set_vendor_code(L, call);
    lua_pushboolean(L, call->answer.own_words);
    lua_setfield(L, -2, "own_words");
    if (!call->answer.vendor_message)
        return;
    push_vendor_message(L, call);
    lua_setfield(L, -2, "vendor_message");
}

/* Sets in the table on top whether the reply was whole. */
static void set_whole(lua_State *L, struct so_call *call)
{
    const char *doubt = call->answer.doubt;
    lua_pushboolean(L, !doubt);
    lua_setfield(L, -2, "whole");
    if (!doubt)
        return;
    push_whole(L, call, doubt, strlen(doubt));
    lua_setfield(L, -2, "doubt");
}

static const char *const quoting[] = {"doubt", "others"}; /* members that quote the reply */

/* Whether an answer has such a member, or anything in it has. */
static bool quotes(const struct so_value *value)
{
    for (size_t i = 0; value->name && i < sizeof quoting / sizeof *quoting; i++)
        if (!strcmp(value->name, quoting[i]))
            return true;
    for (const struct so_value *member = value->first; member; member = member->next)
        if (quotes(member))
            return true;
    return false;
}

/* Masks the members that quote the reply, in the table on top and in each of its rows. */
static void mask_rows(lua_State *L, struct so_call *call)
{
    size_t rows = lua_rawlen(L, -1);
    for (size_t i = 0; i <= rows; i++) {
        if (i)
            lua_rawgeti(L, -1, (int)i);
        else
            lua_pushvalue(L, -1);
        for (size_t j = 0; lua_istable(L, -1) && j < sizeof quoting / sizeof *quoting; j++) {
            size_t size;
            lua_getfield(L, -1, quoting[j]);
            const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;
            if (text)
                push_whole(L, call, text, size);
            else if (lua_istable(L, -1))
                mask_texts(L, call, 2);
            if (text)
                lua_setfield(L, -3, quoting[j]);
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
    }
}

enum { SCRIPTED_DEPTH = 100 }; /* of the texts in a script's answer that are masked: no reply is that deep. Rows are left as they are, as
                                  those of other lists */

int so_bind_answer(lua_State *L, struct so_call *call, const struct so_document *document)
{
    const struct so_answer *answer = &call->answer;
    if (answer->slot)
        lua_pushvalue(L, answer->slot);
    else if (answer->columns)
        so_bind_rows(L, call);
    else if (answer->result)
        so_bind_push(L, answer->result);
    else
        lua_newtable(L);
    if (answer->said) {
        lua_pushstring(L, answer->said);
        lua_setfield(L, -2, "answer");
    }
    bool may_show = so_call_may_show(call, call->reply.body.size);
    if (answer->slot && may_show)
        mask_texts(L, call, call->list ? 1 : SCRIPTED_DEPTH);
    if (may_show && (answer->slot ? call->list : answer->result && quotes(answer->result)))
        mask_rows(L, call);
    set_whole(L, call);
    set_evidence(L, call, document);
    return 1;
}

/* Pushes the message: where, what, and what to do. */
static void push_message(lua_State *L, struct so_call *call, const struct so_error *error)
{
    enum { MESSAGE_MAX = 1024 };
    const char *advice = error->advice ? error->advice : so_code_advice(error->code);
    const char *origin = so_call_origin(call);
    const char *what = so_arena_join(&call->arena, call->settings->backend->name, ".", so_operation_public_name(call->operation),
                                     ": ", origin, ": ", error->message, NULL);
    int top = lua_gettop(L);
    if (!what && error->code != SO_NOMEM)
        so_bind_nomem(L);
    so_bind_push_masked(L, call, what ? what : error->message, strlen(what ? what : error->message), MESSAGE_MAX);
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
    so_bind_set_text(L, "code", so_code_name(error->code));
    so_bind_set_text(L, "backend", call->settings->backend->name);
    so_bind_set_text(L, "operation", so_operation_public_name(call->operation));
    so_bind_set_text(L, "scope", so_scope_name(error->scope));
    lua_pushboolean(L, error->retriable);
    lua_setfield(L, -2, "retriable");
    lua_pushboolean(L, call->reply.sent);
    lua_setfield(L, -2, "sent");
    if (error->code == SO_UNUSABLE && call->unread && !strncmp(call->unread, SO_XML_MALFORMED, sizeof SO_XML_MALFORMED - 1)) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, "malformed");
    }
    if (call->reply.retry_after >= 0 && !so_bind_hides_number(L, call, call->reply.retry_after)) {
        so_bind_push_number(L, call->reply.retry_after);
        lua_setfield(L, -2, "retry_after");
    }
    return 4;
}
