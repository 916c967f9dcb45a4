/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "cookie.h"
#include "xml.h"

struct so_call *so_call_new(struct so_settings *settings, const struct so_operation *operation)
{
    struct so_call *call = malloc(sizeof *call); /* calloc would pass by glibc's fast lists */
    if (!call)
        return NULL;
    *call = (struct so_call){0};
    call->settings = so_settings_share(settings);
    call->operation = operation;
    call->limits = settings->limits;
    call->accept = settings->accept;
    call->content_type = settings->content_type;
    call->reply.retry_after = -1;
    call->reading = INFINITY;
    return call;
}

void so_call_free(struct so_call *call)
{
    if (!call)
        return;
    so_buffer_free(&call->reply.body);
    so_arena_free(&call->arena);
    so_settings_free(call->settings);
    free(call);
}

static const struct so_value *value_at(const struct so_value *list, int index)
{
    static const struct so_value none = {.type = SO_NIL};
    const struct so_value *value = list ? list->first : NULL;
    while (value && index--)
        value = value->next;
    return value ? value : &none;
}

const struct so_value *so_call_argument(const struct so_call *call, int index)
{
    return value_at(call->arguments, index);
}

const struct so_value *so_call_option(const struct so_call *call, int index)
{
    return value_at(call->settings->options, index);
}

const struct so_value *so_call_token(struct so_call *call, int argument, int option)
{
    const struct so_value *token = so_call_argument(call, argument), *own = so_call_option(call, option);
    const char *name = own->name;
    if (token->type == SO_STRING && !call->own)
        return token;
    if (token->type != SO_STRING && call->own && own->type == SO_STRING)
        return own;
    if (token->type == SO_STRING)
        call->refusal = so_arena_join(&call->arena, "argument '", name, "' and option 'own' exclude each other", NULL);
    else if (call->own)
        call->refusal = so_arena_join(&call->arena, "argument '", name, "' is missing, and the client has no option '", name, "'", NULL);
    else
        call->refusal = so_arena_join(&call->arena, "argument '", name, "' is missing; the client's own is taken where there is no "
                                      "argument at all, or the option 'own' says so", NULL);
    return NULL;
}

const char *so_call_url(const struct so_call *call)
{
    return call->node ? call->node->url : call->settings->url;
}

const char *so_call_origin(const struct so_call *call)
{
    if (call->request.origin)
        return call->request.origin;
    return call->node ? call->node->origin : call->settings->origin;
}

const char *so_call_cookies(struct so_call *call)
{
    const char *cookies = call->cookie;
    for (const struct so_header *header = call->settings->headers; cookies && header; header = header->next)
        if (so_header_is_cookie(header))
            cookies = so_cookie_join(&call->arena, cookies, header->value);
    return cookies;
}

const struct so_mask *so_call_mask(struct so_call *call)
{
    if (call->mask)
        return call->mask;
    const struct so_mask *base = so_settings_mask(call->settings);
    if (base)
        call->mask = call->secrets ? so_mask_make(&call->arena, call->secrets, base) : base;
    return call->mask;
}

bool so_call_may_show(const struct so_call *call, size_t size)
{
    return so_mask_needed(call->settings->secrets, size) || so_mask_needed(call->secrets, size);
}

const char *so_call_shown(struct so_call *call, const char *text, size_t size, size_t limit)
{
    const struct so_mask *mask = so_call_mask(call);
    const char *shown = mask ? so_mask_apply(&call->arena, mask, text, size, limit, &size) : NULL;
    const char *kept = shown ? so_arena_copy(&call->arena, shown, size) : NULL;
    return kept ? kept : "***";
}

size_t so_call_values_max(const struct so_call *call)
{
    enum { ANSWER_MAX = 32768, LIST_MAX = 2000000 /* of 64 MiB, the largest that is taken, fewer */ };
    size_t most = ANSWER_MAX + (call->list ? call->reply.received / 2 : 0);
    return most < LIST_MAX ? most : LIST_MAX;
}

bool so_call_receive(struct so_call *call, long http_status, const char *bytes, size_t size)
{
    struct so_reply *reply = &call->reply;
    size_t left = http_status < 300 ? SIZE_MAX : SO_REFUSAL_MAX - reply->body.size;
    reply->cut |= size > left;
    return so_buffer_append(&reply->body, bytes, size < left ? size : left);
}

bool so_call_write_body(struct so_call *call)
{
    struct so_request *request = &call->request;
    if (!request->body)
        return true;
    if (request->format == SO_FORMAT_FORM)
        return so_form_write(&call->arena, request->body, &request->bytes, &request->size);
    request->bytes = so_xml_write(&call->arena, request->body, request->space, &request->size);
    return request->bytes != NULL;
}

void so_call_fail(struct so_call *call, struct so_error *error, enum so_code code, enum so_scope scope, bool retriable,
                  const char *format, ...)
{
    char text[256]; /* room for most */
    va_list values, again;
    va_start(values, format);
    va_copy(again, values);
    int size = vsnprintf(text, sizeof text, format, values);
    bool fits = size >= 0 && (size_t)size < sizeof text;
    const char *message = fits ? so_arena_copy(&call->arena, text, (size_t)size) : so_arena_vformat(&call->arena, format, again);
    va_end(values);
    va_end(again);
    *error = (struct so_error){code, scope, retriable, message, NULL};
    if (!error->message)
        error->message = "memory ran out";
}
