/* SPDX-License-Identifier: MIT */
/* Calls for the Lua side: they are built, carried, and given replies. read.c reads them. */
#include <math.h>
#include <string.h>

#include "../core/cookie.h"
#include "../core/freshness.h"
#include "../core/proxy_secrets.h"
#include "../core/transport.h"
#include "binding.h"

static const char mark;

struct so_lua_call *so_bind_check_any_call(lua_State *L, int index)
{
    return so_bind_check(L, index, &mark, SO_CALL);
}

struct so_lua_call *so_bind_check_call(lua_State *L, int index)
{
    struct so_lua_call *lua_call = so_bind_check_any_call(L, index);
    luaL_argcheck(L, !lua_call->owner.ticket, index, "the call is on its way");
    luaL_argcheck(L, lua_call->owner.call, index, "the call was read already");
    return lua_call;
}

static int call_close(lua_State *L)
{
    struct so_lua_call *lua_call = so_bind_check_any_call(L, 1);
    if (lua_call->owner.ticket)
        so_ticket_abandon(lua_call->owner.ticket);
    so_xml_free(&lua_call->xml);
    so_call_free(lua_call->owner.call);
    so_call_free(lua_call->borrowed);
    *lua_call = (struct so_lua_call){0};
    return 0;
}

/* call:cancel(): cancels the call if it is on its way; it still comes back as finished */
static int call_cancel(lua_State *L)
{
    const struct so_lua_call *lua_call = so_bind_check_any_call(L, 1);
    if (lua_call->owner.ticket)
        so_ticket_cancel(lua_call->owner.ticket);
    return 0;
}

struct so_call *so_bind_borrow(struct so_lua_call *lua_call)
{
    lua_call->borrowed = lua_call->owner.call;
    lua_call->owner.call = NULL;
    return lua_call->borrowed;
}

/* A call of the client at `index`. */
static struct so_call *push_call(lua_State *L, int index, const struct so_operation *operation)
{
    struct so_lua_call *lua_call = lua_newuserdatauv(L, sizeof *lua_call, 0);
    *lua_call = (struct so_lua_call){0};
    so_bind_set_type(L, &mark);
    lua_call->owner.call = so_call_new(so_bind_settings(L, index), operation);
    if (!lua_call->owner.call)
        so_bind_nomem(L);
    lua_call->owner.call->list = operation->list;
    lua_call->owner.call->safe = operation->safe;
    lua_call->owner.call->sticky = lua_call->owner.call->settings->backend->sticky;
    return lua_call->owner.call;
}

/* Reads the arguments: `first` is the index of the first positional one; the table of the others, and the overrides, follow.
   Gives the index behind the operation's arguments. */
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

/* The operation at `index` of the client before it. */
static const struct so_operation *check_operation(lua_State *L, int index)
{
    const char *name = so_bind_text(L, index, "the name of an operation");
    const struct so_operation *operation = so_operation_find(so_bind_settings(L, index - 1)->backend, name);
    luaL_argcheck(L, operation, index, "no such operation");
    return operation;
}

/* Fills the call at 1 for the client at 2, with the arguments and overrides behind the operation at 3: all but its body.
   Raises what is wrong with them. False: memory is out. */
static bool fill(lua_State *L, struct so_call *call)
{
    const struct so_operation *operation = call->operation;
    const struct so_where where = {call->settings->backend->name, so_operation_public_name(operation)};
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
    if (built && operation->build)
        built = operation->build(call);
    else if (built)
        so_bind_script_build(L, call, &where);
    if (call->refusal)
        so_bind_raise(L, "%s.%s: %s", where.first, where.second, call->refusal);
    if (call->cookie && !so_cookie_mask(&call->arena, &call->secrets, call->cookie))
        return false;
    return built && !call->arena.failed;
}

/* core.build(client, operation, arguments..., overrides): the call, and the table that the Lua side keeps with the client */
static int call_build(lua_State *L)
{
    struct so_call *call = push_call(L, 1, check_operation(L, 2));
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

/* As core.build, but stores the call through a pointer: the caller frees it, even if this raises. */
static int try_arguments(lua_State *L)
{
    struct so_call **call = lua_touserdata(L, 1);
    const struct so_operation *operation = check_operation(L, 3);
    *call = so_call_new(so_bind_settings(L, 2), operation);
    return *call && fill(L, *call) ? 0 : so_bind_nomem(L);
}

/* core.refusal(client, operation, arguments..., overrides): the error that core.build would raise, or nil. Leaves no garbage,
   so that a long list can be checked. */
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
    so_transport_carry(so_bind_check_call(L, 1)->owner.call);
    lua_settop(L, 1);
    return 1;
}

/* core.total_timeout(call): the seconds that the call has in all, with the waiting before it; infinite without a limit */
static int call_total_timeout(lua_State *L)
{
    lua_pushnumber(L, so_bind_check_call(L, 1)->owner.call->limits.total_timeout);
    return 1;
}

/* core.within(call, seconds): limits the time that the call has. Gives the call. */
static int call_within(lua_State *L)
{
    double seconds = luaL_checknumber(L, 2);
    struct so_limits *limits = &so_bind_check_call(L, 1)->owner.call->limits;
    limits->total_timeout = fmin(limits->total_timeout, seconds);
    limits->timeout = fmin(limits->timeout, seconds);
    lua_settop(L, 1);
    return 1;
}

static const struct { const char *name; enum so_code code; const char *why; } endings[] = {
    {"timeout", SO_TIMEOUT, "its time was over before its turn came; nothing was sent"},
    {"cancelled", SO_CANCELLED, "it was cancelled; nothing was sent"},
    {"busy", SO_BUSY, "nothing can carry it; nothing was sent"},
};

/* core.give_up(call, code [, why]): fails a call that was never sent, in place of a carrier. Gives the call. */
static int call_give_up(lua_State *L)
{
    const char *name = so_bind_text(L, 2, "an ending"), *why = lua_isnoneornil(L, 3) ? NULL : so_bind_text(L, 3, "a reason");
    struct so_call *call = so_bind_check_call(L, 1)->owner.call;
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

/* core.reply(call, status, body [, retry_after [, content_type]]): sets the reply, in place of a carrier */
static int call_reply(lua_State *L)
{
    size_t size;
    long status = (long)luaL_checkinteger(L, 2);
    const char *body = luaL_checklstring(L, 3, &size);
    double retry_after = luaL_optnumber(L, 4, -1);
    const char *content_type = luaL_optstring(L, 5, NULL);
    struct so_call *call = so_bind_check_call(L, 1)->owner.call;
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

static void set_headers(lua_State *L, const struct so_header *headers, bool cookies)
{
    for (; headers; headers = headers->next)
        if (cookies || !so_header_is_cookie(headers))
            so_bind_set_text(L, headers->name, headers->value);
}

/* core.request(call): the request that would be sent. It has the secrets, so it must not get into any output. */
static int call_request(lua_State *L)
{
    struct so_lua_call *lua_call = so_bind_check_call(L, 1);
    struct so_call *call = so_bind_borrow(lua_call);
    const struct so_request *request = &call->request;
    lua_newtable(L);
    so_bind_set_text(L, "method", request->method);
    so_bind_set_text(L, "url", request->url);
    so_bind_set_text(L, "username", request->username);
    so_bind_set_text(L, "password", request->password);
    lua_newtable(L);
    set_headers(L, call->settings->headers, !call->cookie);
    set_headers(L, request->headers, true);
    so_bind_set_text(L, "Cookie", so_call_cookies(call));
    so_bind_set_text(L, SO_FRESH_HEADER, SO_FRESH_VALUE);
    so_bind_set_text(L, SO_FRESH_OLD_HEADER, SO_FRESH_VALUE);
    so_bind_set_text(L, "User-Agent", call->settings->user_agent);
    so_bind_set_text(L, "Accept", call->accept);
    so_bind_set_text(L, "Content-Type", request->content_type);
    lua_setfield(L, -2, "headers");
    if (request->bytes) {
        lua_pushlstring(L, request->bytes, request->size);
        lua_setfield(L, -2, "body");
    }
    lua_call->borrowed = NULL;
    lua_call->owner.call = call;
    return 1;
}

static int call_text(lua_State *L)
{
    const struct so_lua_call *lua_call = so_bind_check_any_call(L, 1);
    if (lua_call->owner.call)
        lua_pushfstring(L, SO_CALL ": %s.%s", lua_call->owner.call->settings->backend->name, lua_call->owner.call->operation->name);
    else if (lua_call->owner.ticket)
        lua_pushliteral(L, SO_CALL ": on its way");
    else
        lua_pushliteral(L, SO_CALL ": read");
    return 1;
}

void so_bind_call_type(lua_State *L)
{
    static const luaL_Reg methods[] = {{"cancel", call_cancel}, {NULL, NULL}};
    so_bind_type(L, SO_CALL, &mark, call_close, call_text);
    lua_pushnil(L);
    lua_setfield(L, -2, "__close"); /* collected only: then no function works with it */
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    so_bind_keep(L, &mark);
}

const luaL_Reg so_bind_call[] = {
    {"build", call_build}, {"refusal", call_refusal}, {"carry", call_carry}, {"reply", call_reply},
    {"request", call_request}, {"total_timeout", call_total_timeout},
    {"within", call_within}, {"give_up", call_give_up}, {NULL, NULL},
};
