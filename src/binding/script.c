/* SPDX-License-Identifier: MIT */
/* Calls of systems that are described in Lua: the script's functions build the request and read the reply. They run where they cannot
   yield, and see no reply that is hostile. */
#include <math.h>
#include <string.h>

#include "../backends/reading.h"
#include "../core/cookie.h"
#include "binding.h"

enum { ERROR_MAX = 512, QUERY_MAX = 8000 };

/* The error message on top of the stack, masked: a script may quote a secret. */
static const char *masked_error(lua_State *L, struct so_call *call)
{
    size_t size;
    const char *text = lua_tolstring(L, -1, &size);
    if (!text)
        return "an error that is no text";
    const char *shown = so_bind_masked(L, call, text, size, ERROR_MAX, &size);
    const char *kept = so_arena_copy(&call->arena, shown, size);
    bool yields = kept && strstr(kept, "attempt to yield");
    kept = yields ? so_arena_join(&call->arena, kept, " (it cannot wait)", NULL) : kept;
    return kept ? kept : "memory ran out";
}

/* Pushes one of the functions that build and read, and the name of the call's operation. */
static void push_function(lua_State *L, const struct so_call *call, const char *name)
{
    luaL_checkstack(L, 12, "a script");
    so_bind_push_hooks(L, call->settings->backend);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
    lua_pushstring(L, call->operation->name);
}

/* Pushes the client as scripts see it: its own options. Credentials among them are texts. */
static void push_client(lua_State *L, const struct so_call *call)
{
    lua_createtable(L, 0, 1);
    so_bind_push(L, call->settings->options);
    lua_setfield(L, -2, "options");
}

/* Sets whether a script runs, and gives whether one did: its functions cannot make calls. Names and values are there already, so that
   this allocates nothing. */
static bool set_running(lua_State *L, const struct so_call *call, bool running)
{
    so_bind_push_hooks(L, call->settings->backend);
    lua_getfield(L, -1, "context");
    lua_getfield(L, -1, "script");
    bool before = lua_toboolean(L, -1);
    lua_pushboolean(L, running);
    lua_setfield(L, -3, "script");
    lua_pop(L, 3);
    return before;
}

/* Calls the function below its arguments, for two results; LUA_ERRMEM also where a script's own pcall has caught that. */
static int run(lua_State *L, const struct so_call *call, int arguments)
{
    bool before = set_running(L, call, true); /* a finalizer may have a call built or read while a script runs */
    int status = lua_pcall(L, arguments, 2, 0);
    set_running(L, call, before);
    const char *text = status && lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    return text && strstr(text, "not enough memory") ? LUA_ERRMEM : status;
}

/* Building */

static const char *text_of(lua_State *L, struct so_call *call, int index, const char *name, size_t *size)
{
    lua_getfield(L, index, name);
    const char *text = lua_tolstring(L, -1, size);
    const char *kept = text ? so_arena_copy(&call->arena, text, *size) : NULL;
    if (text && !kept)
        so_bind_nomem(L);
    lua_pop(L, 1);
    return kept;
}

static void refuse(lua_State *L, const struct so_where *where, const char *member, const char *why)
{
    if (why)
        so_bind_raise(L, "%s.%s: its 'build' gave a '%s' that %s", where->first, where->second, member, why);
}

/* A path below the client's address, and the query behind it, which is encoded already. */
static void set_url(lua_State *L, struct so_call *call, int made, const struct so_where *where)
{
    size_t size = 0, query_size = 0;
    const char *path = text_of(L, call, made, "path", &size), *query = text_of(L, call, made, "query", &query_size);
    const char *base = so_call_url(call);
    refuse(L, where, "path", path ? so_text_refuse(SO_PLACE_PATH, path, size) : NULL);
    refuse(L, where, "query", query_size > QUERY_MAX ? "is longer than the 8,000 bytes that servers take" : NULL);
    bool has_path = path && *path;
    call->request.url = so_arena_join(&call->arena, base, has_path && *path != '/' ? "/" : "", has_path ? path : "", query ? "?" : "",
                                      query ? query : "", NULL);
}

/* Cookies go where those of the module go, unless the call has others. */
static void take_cookie(lua_State *L, struct so_call *call, const struct so_header *header, const struct so_where *where)
{
    refuse(L, where, "Cookie", so_cookie_refuse(header->value, strlen(header->value)));
    if (!call->cookie)
        call->cookie = header->value;
}

/* Whether a text is one of those values, and the list of parameters does not call it a secret. */
static bool is_public_among(const struct so_parameter *list, const struct so_value *values, const char *text, size_t size)
{
    const struct so_value *value = values ? values->first : NULL;
    for (; list->name && value; list++, value = value->next)
        if (!(list->flags & SO_SECRET) && value->type == SO_STRING && value->size == size && !memcmp(value->text, text, size))
            return true;
    return false;
}

/* Whether the value on top may be shown: any other value of a header may be, or hold, a credential. */
static bool is_public(lua_State *L, const struct so_call *call)
{
    size_t size = 0;
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;
    return text && (is_public_among(call->operation->arguments, call->arguments, text, size) ||
                    is_public_among(call->settings->backend->options, call->settings->options, text, size));
}

static void add_header(lua_State *L, struct so_call *call, const struct so_where *where)
{
    struct so_masked **masked = is_public(L, call) ? NULL : &call->secrets;
    const struct so_header *header = so_bind_header(L, call->settings->backend, &call->arena, masked, where,
                                                    "the headers that its 'build' gave");
    if (so_header_is_cookie(header)) {
        take_cookie(L, call, header, where);
        return;
    }
    for (const struct so_header *own = call->settings->headers; own; own = own->next)
        if (so_text_same(own->name, strlen(own->name), header->name, strlen(header->name)))
            so_bind_raise(L, "%s.%s: its 'build' gave the header '%s', which the client's option 'headers' has as well", where->first,
                          where->second, header->name);
    if (!so_request_header(&call->request, &call->arena, header->name, header->value))
        so_bind_nomem(L);
}

/* Names and values one behind the other: in the order of the names. */
static void set_headers(lua_State *L, struct so_call *call, int made, const struct so_where *where)
{
    lua_getfield(L, made, "headers");
    int list = lua_gettop(L), count = lua_istable(L, list) ? (int)lua_rawlen(L, list) : 0;
    for (int i = 1; i < count; i += 2) {
        lua_rawgeti(L, list, i);
        lua_rawgeti(L, list, i + 1);
        add_header(L, call, where);
        lua_settop(L, list);
    }
    lua_pop(L, 1);
}

/* Basic authentication joins the two before it encodes them, and a server may echo the result. */
static void set_login(lua_State *L, struct so_call *call, int made, const struct so_where *where)
{
    size_t user_size = 0, password_size = 0;
    struct so_request *request = &call->request;
    request->username = text_of(L, call, made, "username", &user_size);
    request->password = text_of(L, call, made, "password", &password_size);
    if (!request->username || !request->password)
        return;
    refuse(L, where, "username", so_text_refuse(SO_PLACE_BASIC_USER, request->username, user_size));
    refuse(L, where, "password", so_text_refuse(SO_PLACE_BASIC_PASSWORD, request->password, password_size));
    const char *both = so_arena_join(&call->arena, request->username, ":", request->password, NULL);
    if (!both || !so_mask_add(&call->arena, &call->secrets, request->password, password_size) ||
        !so_mask_add(&call->arena, &call->secrets, both, strlen(both)))
        so_bind_nomem(L);
}

static void set_request(lua_State *L, struct so_call *call, int made, const struct so_where *where)
{
    size_t size;
    struct so_request *request = &call->request;
    request->method = text_of(L, call, made, "method", &size);
    set_url(L, call, made, where);
    set_headers(L, call, made, where);
    set_login(L, call, made, where);
    request->bytes = text_of(L, call, made, "body", &request->size);
    request->content_type = text_of(L, call, made, "content_type", &size);
    refuse(L, where, "content_type", request->content_type ? so_text_refuse(SO_PLACE_HEADER, request->content_type, size) : NULL);
    if (!request->method || !request->url)
        so_bind_nomem(L);
}

/* Building is part of the call's time. */
static void spend(struct so_call *call, double seconds)
{
    call->limits.total_timeout -= seconds;
    if (call->limits.total_timeout < 0.001)
        so_call_fail(call, &call->failure, SO_TIMEOUT, SO_SCOPE_NONE, true, "its time was over before its request was built; nothing was sent");
}

void so_bind_script_build(lua_State *L, struct so_call *call, const struct so_where *where)
{
    int top = lua_gettop(L);
    double started = so_now();
    push_function(L, call, "build");
    push_client(L, call);
    so_bind_push(L, call->arguments);
    lua_pushboolean(L, call->own);
    int status = run(L, call, 4);
    if (status == LUA_ERRMEM)
        so_bind_nomem(L);
    if (status)
        so_bind_raise(L, "%s.%s: its 'build' failed: %s", where->first, where->second, masked_error(L, call));
    if (!lua_istable(L, -2)) {
        const char *why = masked_error(L, call);
        so_bind_raise(L, "%s.%s: %s", where->first, where->second, why);
    }
    set_request(L, call, top + 1, where);
    spend(call, so_now() - started);
    lua_settop(L, top);
}

/* Reading */

/* A reply that a script is not shown: a redirect, a part, a refusal without a form, a page, a body that is hostile or broken. */
static bool is_hidden(const struct so_call *call, const struct so_document *document)
{
    long status = call->reply.http_status;
    bool shown = (status >= 200 && status <= 299 && status != 206) || (status >= 400 && status != 407);
    if (!shown || call->unread || so_read_is_page(call, document))
        return true;
    return status >= 400 && (!document || so_node_type(document->root) != SO_TABLE);
}

/* Fails a call as its HTTP status says. */
static void fail_by_status(struct so_call *call, const struct so_document *document)
{
    long status = call->reply.http_status;
    if ((status == 401 || status == 403) && !call->answer.own_words)
        so_read_foreign_refusal(call);
    else if (so_read_status(call))
        so_read_unusable(call, call->unread ? call->unread : so_read_is_page(call, document) ? "is a page" : "is none of this system's");
}

/* Pushes the reply as scripts see it. */
static void push_reply(lua_State *L, const struct so_call *call, const struct so_document *document)
{
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, (lua_Integer)call->reply.http_status);
    lua_setfield(L, -2, "status");
    so_bind_set_text(L, "format", !document ? "none" : so_node_name(document->root) ? "xml" : "json");
    if (document && so_node_type(document->root) != SO_NIL)
        so_bind_view(L, document, call->settings->backend);
    else
        lua_newtable(L);
    lua_setfield(L, -2, "body");
}

static bool flag_of(lua_State *L, int index, const char *name)
{
    lua_getfield(L, index, name);
    bool truth = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return truth;
}

static void take_vendor_code(lua_State *L, struct so_call *call, int about)
{
    lua_getfield(L, about, "vendor_code");
    size_t size = 0;
    bool number = lua_type(L, -1) == LUA_TNUMBER && isfinite(lua_tonumber(L, -1));
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;
    struct so_value *value = number || text ? so_value_new(&call->arena, number ? SO_NUMBER : SO_STRING, NULL) : NULL;
    if (value && number)
        value->number = lua_tonumber(L, -1);
    if (value && text) {
        value->size = so_read_kept(size, SO_VENDOR_CODE_MAX);
        value->text = so_arena_copy(&call->arena, text, value->size);
    }
    if (value && (number || value->text))
        call->answer.vendor_code = value;
    lua_pop(L, 1);
}

/* The members that an answer and a failure may both have. */
static void take_words(lua_State *L, struct so_call *call, const struct so_document *document, int about)
{
    size_t size = 0;
    const char *message = text_of(L, call, about, "vendor_message", &size);
    take_vendor_code(L, call, about);
    if (message)
        so_read_vendor_message(call, message, strlen(message));
    call->answer.own_words = document != NULL && flag_of(L, about, "own_words");
}

static enum so_code code_named(const char *name)
{
    for (int code = SO_OK + 1; name && code < SO_CODES; code++)
        if (!strcmp(so_code_name((enum so_code)code), name))
            return (enum so_code)code;
    return SO_OK;
}

static enum so_scope scope_named(const char *name)
{
    if (!name)
        return SO_SCOPE_NONE;
    return strcmp(name, "client") ? SO_SCOPE_TARGET : SO_SCOPE_CLIENT;
}

static void take_failure(lua_State *L, struct so_call *call, const struct so_document *document, int about)
{
    size_t size;
    enum so_code code = code_named(text_of(L, call, about, "code", &size));
    if (code == SO_OK) {
        fail_by_status(call, document);
        return;
    }
    const char *message = text_of(L, call, about, "message", &size);
    enum so_scope scope = scope_named(text_of(L, call, about, "scope", &size));
    so_call_fail(call, &call->answer.error, code, scope, flag_of(L, about, "retriable"), "answered HTTP %ld: %s", call->reply.http_status,
                 message ? message : so_code_name(code));
}

/* Whether the HTTP status only puts off: that is no answer about a target, in whose words it may be. */
static bool says_busy(const struct so_call *call)
{
    return so_status_rule(call->settings->backend->statuses, call->reply.http_status)->code == SO_BUSY;
}

/* The script sees an empty object as an empty list. */
static void doubt_lists(struct so_call *call, const struct so_document *document)
{
    if (document->no_array)
        so_read_doubt(call, so_read_because(call, "has something else than a list as '%s'", document->no_array));
    if (call->list && !so_node_name(document->root) && so_node_type(document->root) == SO_TABLE && so_node_is_empty(document->root))
        so_read_doubt(call, "is an empty object, which lists nobody");
}

/* The doubts of a reply that is answered with: those of every system, then the script's. A refusal in the system's own words comes with
   another status than 200, or with members of an error, but is no list; and the reply to a change may be empty. */
static void doubt_reply(lua_State *L, struct so_call *call, const struct so_document *document, const char *said, int about)
{
    size_t size;
    const struct so_words *words = call->settings->backend->words;
    const char *doubt = text_of(L, call, about, "doubt", &size);
    bool is_out = said && !strcmp(said, "already_out") && call->reply.http_status == 200;
    bool refused = call->reply.http_status >= 400 && !call->list && !says_busy(call);
    bool refuses = call->answer.own_words && (refused || is_out), done = call->operation->changes && !document;
    if (document)
        doubt_lists(call, document);
    if (!refuses && !done)
        so_read_whole(call, document, words);
    else if (document && document->repeats)
        so_read_doubt(call, "has a member twice, or more members than any answer");
    else if (document)
        so_read_doubt(call, so_read_repeated(call, document->root, words));
    if (doubt)
        so_read_doubt(call, so_call_shown(call, doubt, strlen(doubt), ERROR_MAX));
}

/* An absence in a reply that is not whole is none. */
static void doubt_absence(lua_State *L, int answer)
{
    lua_getfield(L, answer, "active");
    bool absent = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (!absent)
        return;
    lua_pushnil(L);
    lua_setfield(L, answer, "active");
}

/* Answers about several targets are no better than their reply. */
static void doubt_rows(lua_State *L, const char *doubt, int answer)
{
    for (size_t i = 1, count = lua_rawlen(L, answer); i <= count; i++) {
        lua_rawgeti(L, answer, (int)i);
        if (lua_istable(L, -1)) {
            doubt_absence(L, lua_gettop(L));
            lua_pushboolean(L, 0);
            lua_setfield(L, -2, "whole");
            so_bind_set_text(L, "doubt", doubt);
        }
        lua_pop(L, 1);
    }
}

static void take_answer(lua_State *L, struct so_call *call, const struct so_document *document, int answer, int about)
{
    static const char *const known[] = {"accepted", "already_out"};
    size_t size;
    const char *said = text_of(L, call, about, "said", &size);
    doubt_reply(L, call, document, said, about);
    call->answer.slot = answer;
    if (call->answer.doubt && !call->operation->changes)
        doubt_absence(L, answer);
    if (call->answer.doubt && call->list && call->operation->batch_max > 1)
        doubt_rows(L, call->answer.doubt, answer);
    if (call->answer.doubt && call->operation->changes && call->reply.http_status < 400)
        call->answer.own_words = false;
    call->answer.said = said ? "undecided" : NULL;
    for (size_t i = 0; said && !call->answer.doubt && i < sizeof known / sizeof *known; i++)
        if (!strcmp(said, known[i]))
            call->answer.said = known[i];
}

/* Where the answer consists of a list, its rows are no part of `fields`. */
static void leave_out_rows(struct so_call *call, const struct so_document *document)
{
    const char *rows = call->settings->backend->words->rows;
    if (!call->list || !document)
        return;
    if (so_node_type(document->root) == SO_LIST)
        call->answer.rows = document->root;
    else
        call->answer.moved = rows;
}

void so_bind_script_read(lua_State *L, struct so_call *call, const struct so_document *document)
{
    int top = lua_gettop(L);
    if (is_hidden(call, document)) {
        fail_by_status(call, document);
        return;
    }
    push_function(L, call, "read");
    push_reply(L, call, document);
    so_bind_push(L, call->arguments);
    lua_pushboolean(L, call->own);
    push_client(L, call);
    lua_pushboolean(L, document && document->repeats);
    int status = run(L, call, 6);
    if (status == LUA_ERRMEM) {
        call->arena.failed = true;
    } else if (status) {
        so_call_fail(call, &call->answer.error, SO_UNUSABLE, SO_SCOPE_NONE, false, "its 'read' failed: %s", masked_error(L, call));
    } else if (!lua_istable(L, -1)) {
        so_call_fail(call, &call->answer.error, SO_UNUSABLE, SO_SCOPE_NONE, false, "%s", masked_error(L, call));
    } else {
        take_words(L, call, document, top + 2);
        leave_out_rows(call, document);
        if (lua_istable(L, top + 1))
            take_answer(L, call, document, top + 1, top + 2);
        else
            take_failure(L, call, document, top + 2);
    }
}
