/* SPDX-License-Identifier: MIT */
/* The reading of calls that came back: their documents, their answers or errors, and the connections that were inspected. */
#include <string.h>

#include "../core/cookie.h"
#include "../core/freshness.h"
#include "binding.h"

/* The format of a body by its first byte: the media types of replies are not documented, and often wrong. */
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
static const struct so_document *open_document(lua_State *L, struct so_lua_call *lua_call, struct so_json *json)
{
    struct so_call *call = lua_call->borrowed;
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
        call->unread = so_json_read(L, json, &call->arena, bytes, size, so_call_values_max(call), call->settings->backend->arrays);
        return call->unread ? NULL : &json->document;
    }
    call->unread = so_xml_read(&lua_call->xml, &call->arena, bytes, size, call->reply.charset, so_call_values_max(call));
    return call->unread ? NULL : &lua_call->xml.document;
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

/* Reads a reply that came. Reading counts as part of the call's time. */
static int read_reply(lua_State *L, struct so_lua_call *lua_call)
{
    struct so_call *call = lua_call->borrowed;
    struct so_json json;
    int top = lua_gettop(L), results = 0;
    double ends = so_now() + call->reading;
    const struct so_document *document = open_document(L, lua_call, &json);
    if (so_now() <= ends) {
        if (call->operation->read)
            call->operation->read(call, document);
        else
            so_bind_script_read(L, call, document);
        results = push_outcome(L, call, document);
    }
    if (so_now() <= ends)
        return results;
    lua_settop(L, top);
    so_call_fail(call, &call->failure, SO_TIMEOUT, SO_SCOPE_NONE, true, "its time was over before its reply was read");
    return so_bind_error(L, call, &call->failure, NULL);
}

/* core.read(call): the answer, or nil, message, code, detail */
static int call_read(lua_State *L)
{
    struct so_lua_call *lua_call = so_bind_check_call(L, 1);
    struct so_call *call = so_bind_borrow(lua_call);
    read_head(call);
    int results = call->failure.code == SO_OK ? read_reply(L, lua_call) : so_bind_error(L, call, &call->failure, NULL);
    so_xml_free(&lua_call->xml);
    so_call_free(call);
    lua_call->borrowed = NULL;
    return results;
}

/* core.page(call): in place of core.read, the HTTP status, the body as it came, and the seconds that it may be kept, or nil; or nil,
   message, code, detail */
static int call_page(lua_State *L)
{
    struct so_lua_call *lua_call = so_bind_check_call(L, 1);
    struct so_call *call = so_bind_borrow(lua_call);
    int results = 3;
    if (call->failure.code == SO_OK) {
        double seconds = so_head_max_age(&call->reply.head);
        lua_pushinteger(L, call->reply.http_status);
        lua_pushlstring(L, call->reply.body.size ? call->reply.body.bytes : "", call->reply.body.size);
        if (seconds >= 0)
            lua_pushnumber(L, seconds);
        else
            lua_pushnil(L);
    } else {
        results = so_bind_error(L, call, &call->failure, NULL);
    }
    so_call_free(call);
    lua_call->borrowed = NULL;
    return results;
}

/* core.inspect(call): tells its carrier to open a new connection and inspect it; gives the call */
static int inspect(lua_State *L)
{
    so_bind_check_call(L, 1)->owner.call->inspected = true;
    lua_settop(L, 1);
    return 1;
}

static void set_moment(lua_State *L, const char *name, double seconds)
{
    if (seconds <= 0)
        return;
    lua_pushnumber(L, seconds);
    lua_setfield(L, -2, name);
}

/* core.inspected(call): the dates that were seen, in Unix seconds; must be called before core.read */
static int inspected(lua_State *L)
{
    lua_newtable(L);
    const struct so_call *call = so_bind_check_call(L, 1)->owner.call;
    bool twice;
    if (!call->inspected)
        return 1;
    double date = so_head_date(&call->reply.head, &twice), ends = call->reply.certificate_ends;
    set_moment(L, "date", date);
    set_moment(L, "certificate_ends", ends);
    return 1;
}

const luaL_Reg so_bind_reading[] = {
    {"read", call_read}, {"page", call_page}, {"inspect", inspect}, {"inspected", inspected}, {NULL, NULL},
};
