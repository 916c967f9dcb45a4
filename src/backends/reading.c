/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "reading.h"

/* Servers answer 400 to a request without TLS at a port that needs TLS, each in its own words. */
static bool wants_tls(const struct so_call *call)
{
    static const char *const words[] = {"HTTPS port", "requires TLS", "speaking plain HTTP to an SSL"};
    const char *body = call->reply.body.bytes;
    for (size_t i = 0; body && call->reply.http_status == 400 && i < sizeof words / sizeof *words; i++)
        if (strstr(body, words[i]))
            return true;
    return false;
}

bool so_read_status(struct so_call *call)
{
    long status = call->reply.http_status;
    if (status >= 200 && status <= 299 && status != 206)
        return true;
    const struct so_status_rule *rule = so_status_rule(call->settings->backend->statuses, status);
    const char *to = call->reply.location;
    so_call_fail(call, &call->answer.error, rule->code, rule->scope, rule->retriable, "answered HTTP %ld%s%s%s", status,
                 to ? ", a redirect to " : "", to ? to : "", to ? ", which is not followed" : "");
    if (wants_tls(call))
        call->answer.error.advice = "that port wants TLS: use https";
    return false;
}

void so_read_unusable(struct so_call *call, const char *why)
{
    so_call_fail(call, &call->answer.error, SO_UNUSABLE, SO_SCOPE_NONE, false, "the reply (HTTP %ld) %s",
                 call->reply.http_status, why);
}

bool so_read_is_page(const struct so_call *call, const struct so_document *document)
{
    const char *text = call->reply.body.bytes;
    size_t size = call->reply.body.size;
    const char *root = document ? so_node_name(document->root) : NULL;
    if (call->reply.cut) /* the bytes that people are shown */
        return true;
    if (root)
        return so_text_same(root, strlen(root), "html", 4);
    return !document && memchr(text ? text : "", '<', size < 16 ? size : 16); /* behind blanks or a byte order mark */
}

bool so_read_root(struct so_call *call, const struct so_document *document, struct so_node *out)
{
    if (document)
        *out = document->root;
    else
        so_read_unusable(call, call->unread ? call->unread : "is empty");
    return document != NULL;
}

size_t so_read_kept(size_t size, size_t shown)
{
    size_t most = shown + SO_MASK_BEYOND + 1; /* one more tells that it was cut */
    return size < most ? size : most;
}

void so_read_vendor_number(struct so_call *call, long code)
{
    struct so_value *value = so_value_new(&call->arena, SO_NUMBER, NULL);
    if (value)
        value->number = (double)code;
    call->answer.vendor_code = value;
}

void so_read_vendor_code(struct so_call *call, struct so_node parent, const char *member)
{
    size_t size;
    const char *text = so_node_member(&call->arena, parent, member, &size);
    if (!text)
        return;
    so_text_trim(&text, &size);
    size = so_read_kept(size, SO_VENDOR_CODE_MAX);
    struct so_value *value = size ? so_value_new(&call->arena, SO_STRING, NULL) : NULL;
    if (!value)
        return;
    value->text = so_arena_copy(&call->arena, text, size);
    value->size = size;
    call->answer.vendor_code = value->text ? value : NULL;
}

void so_read_vendor_message(struct so_call *call, const char *text, size_t size)
{
    so_text_trim(&text, &size);
    if (!size)
        return;
    size = so_read_kept(size, SO_VENDOR_MESSAGE_MAX);
    call->answer.vendor_message = so_arena_copy(&call->arena, text, size);
    call->answer.vendor_message_size = call->answer.vendor_message ? size : 0;
}

void so_read_message_of(struct so_call *call, struct so_node parent, const char *const *members)
{
    for (; *members && !call->answer.vendor_message; members++) {
        struct so_node child;
        const char *text;
        size_t size;
        if (so_node_child(parent, *members, &child) && so_node_type(child) == SO_STRING && so_node_text(child, &text, &size))
            so_read_vendor_message(call, text, size);
    }
}

bool so_read_rows(struct so_call *call, struct so_node list, const struct so_column *columns, size_t *count)
{
    struct so_cursor cursor = {0};
    struct so_node item;
    *count = 0;
    while (so_node_next(list, &cursor, &item)) {
        if (so_node_type(item) != SO_TABLE)
            so_read_doubt(call, "lists something that is no record");
        ++*count;
    }
    if (!*count && so_node_type(list) != SO_LIST && !so_node_is_empty(list)) {
        so_read_unusable(call, "has something else where a list was expected");
        return false;
    }
    if (!*count && so_node_type(list) == SO_STRING && !so_node_name(list)) /* of XML an empty list is an empty element */
        so_read_doubt(call, "has a text where a list was expected");
    call->answer.rows = list;
    call->answer.columns = columns;
    return true;
}

struct so_value *so_read_answer(struct so_call *call, const char *said)
{
    call->answer.said = said;
    return call->answer.result = so_value_new(&call->arena, SO_TABLE, NULL);
}

void so_read_copy(struct so_call *call, struct so_value *into, const char *name, struct so_node parent, const char *wire)
{
    struct so_node child;
    const char *text;
    size_t size;
    if (so_node_child(parent, wire, &child) && so_node_text(child, &text, &size))
        so_value_add_text(&call->arena, into, name, text, size);
}
