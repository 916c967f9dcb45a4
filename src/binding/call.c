/* SPDX-License-Identifier: MIT */
/* The road of a call, as Lua walks it: build, carry, read. */
#include <math.h>
#include <string.h>

#include "../core/cookie.h"
#include "../core/freshness.h"
#include "../core/proxy_secrets.h"
#include "../core/transport.h"
#include "binding.h"

static const char mark;

struct so_bound *so_bind_check_any_call(lua_State *L, int index)
{
    return so_bind_check(L, index, &mark, SO_CALL);
}

struct so_bound *so_bind_check_call(lua_State *L, int index)
{
    struct so_bound *bound = so_bind_check_any_call(L, index);
    luaL_argcheck(L, !bound->letter && !bound->launch, index, "the call is on its way");
    luaL_argcheck(L, bound->call, index, "the call was read already");
    return bound;
}

static int call_close(lua_State *L)
{
    struct so_bound *bound = so_bind_check_any_call(L, 1);
    if (bound->letter)
        so_letter_abandon(bound->letter);
    bound->letter = NULL;
    if (bound->launch)
        so_launch_abandon(bound->launch);
    bound->launch = NULL;
    so_xml_free(&bound->xml);
    so_call_free(bound->call);
    so_call_free(bound->borrowed);
    bound->call = bound->borrowed = NULL;
    return 0;
}

/* For making Lua values, which may run a finalizer that asks for the same call: it finds none. */
static struct so_call *borrow(struct so_bound *bound)
{
    bound->borrowed = bound->call;
    bound->call = NULL;
    return bound->borrowed;
}

static struct so_call *push_call(lua_State *L, struct so_settings *settings, const struct so_operation *operation)
{
    struct so_bound *bound = lua_newuserdatauv(L, sizeof *bound, 0);
    *bound = (struct so_bound){0};
    so_bind_set_type(L, &mark);
    bound->call = so_call_new(settings, operation);
    if (!bound->call)
        so_bind_nomem(L);
    bound->call->list = operation->list;
    bound->call->safe = operation->safe;
    bound->call->sticky = bound->call->settings->backend->sticky;
    return bound->call;
}

/* Where the arguments stand: `first` is that of the first positional one; the table of the others, and the overrides,
   follow. Gives the index behind all that belong to the operation. */
static int take_arguments(lua_State *L, int first, struct so_call *call, const struct so_where *where)
{
    const struct so_parameter *list = call->operation->arguments;
    struct so_value *into = so_value_new(&call->arena, SO_TABLE, NULL);
    int positional = call->operation->positional, index = first;
    if (!into)
        so_bind_nomem(L);
    call->arguments = into;
    if (positional < 0)
        positional = lua_istable(L, first) ? 0 : 1;
    for (int i = 0; i < positional; i++, index++)
        so_bind_parameter(L, index, list + i, where, "argument", &call->arena, into, &call->secrets);
    bool named = list[positional].name && lua_istable(L, index) && call->operation->positional >= 0;
    named = named || (call->operation->positional < 0 && positional == 0);
    if (named)
        so_bind_refuse_unknown(L, index, list + positional, NULL, where, "argument");
    so_bind_parameters(L, named ? index : 0, list, positional, where, "argument", &call->arena, into, &call->secrets);
    return named ? index + 1 : index;
}

static const struct so_operation *check_operation(lua_State *L, int index, const struct so_settings *settings)
{
    const char *name = so_bind_text(L, index, "the name of an operation");
    const struct so_operation *operation = so_operation_find(settings->backend, name);
    luaL_argcheck(L, operation && operation->build, index, "no such operation");
    return operation;
}

/* Fills the call at 1 for the client at 2, with the arguments and overrides behind the operation at 3: all but its body.
   Raises what is wrong with them. False: memory is out. */
static bool fill(lua_State *L, struct so_call *call)
{
    const struct so_operation *operation = call->operation;
    const struct so_where where = {call->settings->backend->name, so_operation_shown(operation)};
    int last = lua_gettop(L);
    luaL_checkstack(L, 10, "arguments");
    int index = take_arguments(L, 4, call, &where);
    call->own = last < 4; /* nothing was passed, not even a nil */
    if (index <= last && !lua_isnil(L, index))
        so_bind_overrides(L, index++, call, &where);
    for (; index <= last; index++)
        if (!lua_isnil(L, index))
            so_bind_raise(L, "%s.%s: too many arguments", where.first, where.second);
    bool built = call->settings->proxy || so_proxy_environment(&call->arena, &call->secrets); /* as it is when it is sent */
    built = built && operation->build(call);
    if (call->refusal)
        so_bind_raise(L, "%s.%s: %s", where.first, where.second, call->refusal);
    if (call->cookie && !so_cookie_mask(&call->arena, &call->secrets, call->cookie))
        return false;
    return built && !call->arena.failed;
}

/* core.build(client, operation, arguments..., overrides): the call, and what Lua's side keeps with the client */
static int call_build(lua_State *L)
{
    struct so_settings *settings = so_bind_settings(L, 1);
    struct so_call *call = push_call(L, settings, check_operation(L, 2, settings));
    lua_insert(L, 1); /* the call first: the arguments move up by one */
    bool built = fill(L, call);
    if (built && call->request.format == SO_FORMAT_JSON)
        so_json_write(L, call);
    else
        built = built && so_call_write_body(call);
    if (!built || call->arena.failed)
        return so_bind_nomem(L);
    lua_getiuservalue(L, 2, 1);
    lua_insert(L, 2);
    lua_settop(L, 2);
    return 2;
}

/* As core.build, with where the call goes in place of the call: its owner frees it, whatever is raised here. */
static int try_arguments(lua_State *L)
{
    struct so_call **call = lua_touserdata(L, 1);
    struct so_settings *settings = so_bind_settings(L, 2);
    const struct so_operation *operation = check_operation(L, 3, settings);
    *call = so_call_new(settings, operation);
    return *call && fill(L, *call) ? 0 : so_bind_nomem(L);
}

/* core.refusal(client, operation, arguments..., overrides): what core.build would raise, nil where it would not. Nothing is
   left to the collector, so that a long list can be checked. */
static int call_refusal(lua_State *L)
{
    struct so_call *call = NULL;
    lua_pushcfunction(L, try_arguments);
    lua_insert(L, 1);
    lua_pushlightuserdata(L, &call);
    lua_insert(L, 2);
    int status = lua_pcall(L, lua_gettop(L) - 1, 0, 0);
    so_call_free(call);
    if (status == LUA_ERRMEM)
        return lua_error(L);
    return status ? 1 : 0;
}

/* core.carry(call): the blocking carrier */
static int call_carry(lua_State *L)
{
    so_transport_carry(so_bind_check_call(L, 1)->call);
    lua_settop(L, 1);
    return 1;
}

/* core.patience(call): the seconds that it has in all, with the waiting before it; infinite where nobody said */
static int call_patience(lua_State *L)
{
    lua_pushnumber(L, so_bind_check_call(L, 1)->call->limits.patience);
    return 1;
}

/* core.within(call, seconds): it has no more than that. Gives the call. */
static int call_within(lua_State *L)
{
    double seconds = luaL_checknumber(L, 2);
    struct so_limits *limits = &so_bind_check_call(L, 1)->call->limits;
    limits->patience = fmin(limits->patience, seconds);
    limits->timeout = fmin(limits->timeout, seconds);
    lua_settop(L, 1);
    return 1;
}

static const struct { const char *name; enum so_code code; const char *why; } endings[] = {
    {"timeout", SO_TIMEOUT, "its time was over before its turn came; nothing was sent"},
    {"cancelled", SO_CANCELLED, "it was cancelled; nothing was sent"},
    {"busy", SO_BUSY, "nothing can carry it; nothing was sent"},
};

/* core.give_up(call, code [, why]): in place of a carrier, fails the call, whose turn never came. Gives the call. */
static int call_give_up(lua_State *L)
{
    const char *name = so_bind_text(L, 2, "an ending"), *why = lua_isnoneornil(L, 3) ? NULL : so_bind_text(L, 3, "a reason");
    struct so_call *call = so_bind_check_call(L, 1)->call;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (!strcmp(name, endings[i].name))
            so_call_fail(call, &call->failure, endings[i].code, SO_SCOPE_NONE, endings[i].code != SO_CANCELLED, "%s",
                         why ? why : endings[i].why);
    luaL_argcheck(L, call->failure.code != SO_OK, 2, "no such ending");
    if (call->failure.code != SO_BUSY)
        call->failure.advice = "allow more time, or fewer calls at once";
    lua_settop(L, 1);
    return 1;
}

/* core.reply(call, status, body [, retry_after [, content_type]]): in place of a carrier, what one would bring */
static int call_reply(lua_State *L)
{
    size_t size;
    long status = (long)luaL_checkinteger(L, 2);
    const char *body = luaL_checklstring(L, 3, &size);
    double retry_after = luaL_optnumber(L, 4, -1);
    const char *content_type = luaL_optstring(L, 5, NULL);
    struct so_call *call = so_bind_check_call(L, 1)->call;
    struct so_reply *reply = &call->reply;
    reply->http_status = status;
    reply->retry_after = retry_after;
    reply->sent = true;
    reply->received = size;
    call->reading = call->limits.timeout;
    so_transport_label(call, content_type);
    if (!so_call_receive(call, reply->http_status, body, size))
        return so_bind_nomem(L);
    lua_settop(L, 1);
    return 1;
}

static void set_text(lua_State *L, const char *name, const char *text)
{
    if (!text)
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

static void set_headers(lua_State *L, const struct so_header *headers, bool cookies)
{
    for (; headers; headers = headers->next)
        if (cookies || !so_header_is_cookie(headers))
            set_text(L, headers->name, headers->value);
}

/* core.request(call): what would be sent; with its secrets, so not for any output */
static int call_request(lua_State *L)
{
    struct so_bound *bound = so_bind_check_call(L, 1);
    struct so_call *call = borrow(bound);
    const struct so_request *request = &call->request;
    lua_newtable(L);
    set_text(L, "method", request->method);
    set_text(L, "url", request->url);
    set_text(L, "username", request->username);
    set_text(L, "password", request->password);
    lua_newtable(L);
    set_headers(L, call->settings->headers, !call->cookie);
    set_headers(L, request->headers, true);
    set_text(L, "Cookie", so_call_cookies(call));
    set_text(L, SO_FRESH_HEADER, SO_FRESH_VALUE);
    set_text(L, SO_FRESH_OLD_HEADER, SO_FRESH_VALUE);
    set_text(L, "User-Agent", call->settings->user_agent);
    set_text(L, "Accept", call->accept);
    set_text(L, "Content-Type", request->content_type);
    lua_setfield(L, -2, "headers");
    if (request->bytes) {
        lua_pushlstring(L, request->bytes, request->size);
        lua_setfield(L, -2, "body");
    }
    bound->borrowed = NULL;
    bound->call = call;
    return 1;
}

/* The format of a body by its first byte: what replies are labelled as is documented nowhere, and often wrong. */
static enum so_format format_of(const char **bytes, size_t *size)
{
    static const char *const wide[] = {"\xff\xfe", "\xfe\xff", "<\0", "\0<"}; /* UTF-16 */
    if (*size >= 2)
        for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
            if (!memcmp(*bytes, wide[i], 2))
                return SO_FORMAT_XML;
    const char *text = *bytes;
    size_t left = *size;
    if (left >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) /* a BOM is an error to lua-cjson */
        text += 3, left -= 3;
    so_text_trim(&text, &left);
    if (!left)
        return SO_FORMAT_NONE;
    if (*text == '<')
        return SO_FORMAT_XML;
    *bytes = text;
    *size = left;
    return SO_FORMAT_JSON;
}

static bool speaks(const struct so_backend *backend, enum so_format format)
{
    for (const char *const *type = backend->accepts; *type; type++)
        if (so_format_of(*type) == format)
            return true;
    return false;
}

/* The reply's document, or NULL and the reason in call->unread; an empty body has neither. */
static const struct so_document *open_document(lua_State *L, struct so_bound *bound, struct so_json *json)
{
    struct so_call *call = bound->borrowed;
    const char *bytes = call->reply.body.bytes;
    size_t size = call->reply.body.size;
    enum so_format format = format_of(&bytes, &size);
    if (format == SO_FORMAT_NONE)
        return NULL;
    if (call->reply.cut) {
        call->unread = "is longer than a system's own refusal";
        return NULL;
    }
    if (!speaks(call->settings->backend, format)) {
        call->unread = format == SO_FORMAT_XML ? "is a page or XML, where JSON was expected"
                                               : "is no XML, which was expected";
        return NULL;
    }
    if (format == SO_FORMAT_JSON) {
        call->unread = so_json_read(L, json, &call->arena, bytes, size, so_call_values_max(call));
        return call->unread ? NULL : &json->document;
    }
    call->unread = so_xml_read(&bound->xml, &call->arena, bytes, size, call->reply.charset, so_call_values_max(call));
    return call->unread ? NULL : &bound->xml.document;
}

static int push_outcome(lua_State *L, struct so_call *call, const struct so_document *document)
{
    static const struct so_error nomem = {SO_NOMEM, SO_SCOPE_NONE, true, "memory ran out", NULL};
    if (call->arena.failed)
        return so_bind_error(L, call, &nomem, NULL);
    if (call->answer.error.code != SO_OK)
        return so_bind_error(L, call, &call->answer.error, document);
    return so_bind_answer(L, call, document);
}

/* Reads date, freshness and cookies of the head: they count where the reply is complete. Cookies are secrets from here on. */
static void read_head(struct so_call *call)
{
    struct so_reply *reply = &call->reply;
    if (!reply->http_status)
        so_head_clear(&reply->head);
    so_freshness_read(call);
    if (reply->stale)
        call->answer.doubt = so_arena_join(&call->arena, "is not fresh: ", reply->stale, NULL);
    if (call->sticky)
        reply->sets_cookie = so_cookie_take(&call->arena, call->cookie, &reply->head, reply->date, &reply->cookie);
    if (reply->cookie)
        so_cookie_mask(&call->arena, &call->secrets, reply->cookie);
}

/* Reads a reply that came. What takes longer than the call has time is over, too. */
static int read_reply(lua_State *L, struct so_bound *bound)
{
    struct so_call *call = bound->borrowed;
    struct so_json json;
    int top = lua_gettop(L), results = 0;
    double ends = so_bind_now() + call->reading;
    const struct so_document *document = open_document(L, bound, &json);
    if (so_bind_now() <= ends) {
        call->operation->read(call, document);
        results = push_outcome(L, call, document);
    }
    if (so_bind_now() <= ends)
        return results;
    lua_settop(L, top);
    so_call_fail(call, &call->failure, SO_TIMEOUT, SO_SCOPE_NONE, true, "its time was over before its reply was read");
    return so_bind_error(L, call, &call->failure, NULL);
}

/* core.read(call): the answer, or nil, message, code, detail */
static int call_read(lua_State *L)
{
    struct so_bound *bound = so_bind_check_call(L, 1);
    struct so_call *call = borrow(bound);
    read_head(call);
    int results = call->failure.code == SO_OK ? read_reply(L, bound) : so_bind_error(L, call, &call->failure, NULL);
    so_xml_free(&bound->xml);
    so_call_free(call);
    bound->borrowed = NULL;
    return results;
}

static int call_text(lua_State *L)
{
    const struct so_bound *bound = so_bind_check_any_call(L, 1);
    if (bound->call)
        lua_pushfstring(L, SO_CALL ": %s.%s", bound->call->settings->backend->name, bound->call->operation->name);
    else if (bound->letter || bound->launch)
        lua_pushliteral(L, SO_CALL ": on its way");
    else
        lua_pushliteral(L, SO_CALL ": read");
    return 1;
}

void so_bind_call_type(lua_State *L)
{
    so_bind_type(L, SO_CALL, &mark, call_close, call_text);
    lua_pushnil(L);
    lua_setfield(L, -2, "__close"); /* collected only: then no function works with it */
    so_bind_keep(L, &mark);
}

const luaL_Reg so_bind_call[] = {
    {"build", call_build}, {"refusal", call_refusal}, {"carry", call_carry}, {"reply", call_reply},
    {"request", call_request}, {"read", call_read}, {"patience", call_patience},
    {"within", call_within}, {"give_up", call_give_up}, {NULL, NULL},
};
